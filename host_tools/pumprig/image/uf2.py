"""Is this file a whole UF2 image, and for which chip?

Format: github.com/microsoft/uf2. A UF2 file is a row of 512-byte blocks, each with its own
header, so a file that was cut short or mixed up is recognised before it reaches a board.
"""

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from .errors import ImageError

__all__ = ("BLOCK_BYTES", "Uf2", "read_uf2", "require_family")

BLOCK_BYTES = 512
_HEADER = struct.Struct("<8I")
_MAGIC = (0x0A324655, 0x9E5D5157)
_MAGIC_END = struct.pack("<I", 0x0AB16F30)
_FLAG_FAMILY = 0x2000
_PAYLOAD_MAX = 476
_FLASH = range(0x1000_0000, 0x1100_0000)  # the 16 MiB window both chips execute from
# Written by picotool for the RP2350 as a work-around of erratum E10; the boot ROM skips it.
_FAMILY_ABSOLUTE = 0xE48BFF57

# Both are strings of the banner. What follows "-preview" names a commit, not a version.
_VERSION = re.compile(rb"MicroPython v(\d+(?:\.\d+)+(?:-preview)?)[^ ]* on \d{4}-\d\d-\d\d")
_MACHINE = re.compile(rb"; ([ -~]{1,60} with RP2\d{3})\0")


@dataclass(frozen=True)
class Uf2:
    """A UF2 file whose every block was checked.

    ``version`` and ``machine``, as in ``os.uname()``, are read from MicroPython's start-up banner;
    None where it is not found.
    """

    family_id: int
    blocks: int
    sha256: str
    version: str | None
    machine: str | None


def read_uf2(path: Path) -> Uf2:
    """Read and check the file; ImageError with a one-line reason for anything but a whole image.

    Refused: unreadable or empty file, a length that is no multiple of 512 bytes, wrong magic
    numbers, no family id or several, blocks missing or out of order, addresses outside flash.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(f"cannot read {path}: {error.strerror}") from error
    if not data or len(data) % BLOCK_BYTES:
        raise ImageError(f"{path} is no whole UF2 file: {len(data)} bytes, not n x {BLOCK_BYTES}")
    chunks: list[bytes] = []
    families: set[int] = set()
    expected = 0
    for offset in range(0, len(data), BLOCK_BYTES):
        block = data[offset : offset + BLOCK_BYTES]
        where = f"{path}, block {offset // BLOCK_BYTES}"
        magic0, magic1, flags, address, size, number, total, family = _HEADER.unpack_from(block)
        if (magic0, magic1) != _MAGIC or block[-4:] != _MAGIC_END:
            raise ImageError(f"{where}: not a UF2 block (magic numbers are wrong)")
        if not flags & _FLAG_FAMILY:
            raise ImageError(f"{where}: carries no family id, so its chip is unknown")
        if family == _FAMILY_ABSOLUTE:
            continue
        if not 0 < size <= _PAYLOAD_MAX or address not in _FLASH:
            raise ImageError(f"{where}: {size} bytes at 0x{address:08x} do not belong in flash")
        if number != expected:
            raise ImageError(
                f"{where}: is number {number}, expected {expected} (file is mixed up)"
            )
        expected += 1
        families.add(family)
        chunks.append(block[_HEADER.size : _HEADER.size + size])
    if len(families) != 1:
        names = ", ".join(f"0x{family:08x}" for family in sorted(families)) or "none"
        raise ImageError(f"{path}: must be for one chip family, found {names}")
    if expected != total:
        raise ImageError(f"{path}: holds {expected} of {total} blocks (file is cut short)")
    flash = b"".join(chunks)
    return Uf2(
        families.pop(),
        expected,
        hashlib.sha256(data).hexdigest(),
        _named(_VERSION, flash),
        _named(_MACHINE, flash),
    )


def _named(pattern: re.Pattern[bytes], flash: bytes) -> str | None:
    match = pattern.search(flash)
    return match[1].decode() if match else None


def require_family(uf2: Uf2, family_id: int, owner: str) -> None:
    """Refuse an image for another chip than ``owner`` (a board or a drive, for the message)."""
    if uf2.family_id != family_id:
        raise ImageError(
            f"the image is for chip family 0x{uf2.family_id:08x}, {owner} takes 0x{family_id:08x}"
        )

"""The board's file system with the firmware in it, as a littlefs image.

Booting from an image takes no time; copying the same files over the console takes seconds, which
is the deploy path and tested as such elsewhere.
"""

import binascii
from collections.abc import Mapping
from pathlib import PurePosixPath

from littlefs import LittleFS, UserContext

# The Pico's layout as the stock MicroPython image mounts it (the emulator's board table agrees).
FS_START = 0xA0000
FS_BLOCKS = 352
FS_BLOCK_BYTES = 4096
_DISK_VERSION = 0x00020000  # 2.0: every MicroPython release mounts it


def build(files: Mapping[str, bytes], journal_sectors: int = 0) -> bytes:
    """`files` maps board paths such as "main.py" or "pump/units.mpy" to their contents.

    `journal_sectors`: so many blocks are reserved for the firmware's journal, and the watchdog
    counts as proven, as after its first boot (firmware/drivers/flash.py, device.py), which takes
    seconds even emulated.
    """
    context = UserContext(buffsize=FS_BLOCKS * FS_BLOCK_BYTES)
    fs = LittleFS(
        context=context,
        block_size=FS_BLOCK_BYTES,
        block_count=FS_BLOCKS,
        prog_size=256,
        disk_version=_DISK_VERSION,
    )
    for name in sorted(files):
        folder = str(PurePosixPath(name).parent)
        if folder != ".":
            fs.makedirs(folder, exist_ok=True)
        with fs.open(name, "wb") as f:
            f.write(files[name])
    if journal_sectors:
        with fs.open("watchdog", "wb") as f:
            f.write(b"ok")
        _reserve(fs, context, journal_sectors)
    fs.unmount()
    return bytes(context.buffer)


def _reserve(fs: LittleFS, context: UserContext, sectors: int) -> None:
    """As firmware/drivers/flash.py does: a sector keeps its tag until it is first written to."""
    fs.makedirs("journal", exist_ok=True)
    tags = [b"pumprig journal be9c4000 %03d" % sector for sector in range(sectors)]
    for sector, tag in enumerate(tags):
        with fs.open(f"journal/{sector:03d}", "wb") as f:
            f.write(tag.ljust(FS_BLOCK_BYTES, b"\xff"))
    places = b""
    begins = {}
    for at in range(0, len(context.buffer), FS_BLOCK_BYTES):
        begins[bytes(context.buffer[at : at + len(tags[0])])] = at
    for tag in tags:
        places += (begins[tag] // FS_BLOCK_BYTES).to_bytes(2, "little")
    for name in ("journal/map0", "journal/map1"):
        with fs.open(name, "wb") as f:
            f.write(places + binascii.crc32(places).to_bytes(4, "little"))


class ReservedSectors:
    """The firmware's reserved sectors in a board's whole flash, as pump.slots wants them."""

    def __init__(self, flash: bytearray, sectors: int) -> None:
        self._flash = flash
        fs = LittleFS(block_size=FS_BLOCK_BYTES, block_count=FS_BLOCKS, mount=False)
        fs.context.buffer = bytearray(flash[FS_START : FS_START + FS_BLOCKS * FS_BLOCK_BYTES])
        fs.mount()
        with fs.open("journal/map0", "rb") as f:
            places = f.read()
        self.places = [int.from_bytes(places[2 * n : 2 * n + 2], "little") for n in range(sectors)]

    def read(self, sector: int, offset: int, into: bytearray) -> None:
        at = self._begin(sector) + offset
        into[:] = self._flash[at : at + len(into)]

    def program(self, sector: int, offset: int, page: bytes) -> None:
        at = self._begin(sector) + offset
        for number, byte in enumerate(page, at):
            self._flash[number] &= byte

    def erase(self, sector: int) -> None:
        at = self._begin(sector)
        self._flash[at : at + FS_BLOCK_BYTES] = b"\xff" * FS_BLOCK_BYTES

    def _begin(self, sector: int) -> int:
        return FS_START + self.places[sector] * FS_BLOCK_BYTES

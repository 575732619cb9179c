"""Flash sectors of our own beside MicroPython's file system, on the stock image.

The stock image gives the whole end of the flash to its file system, and formats it anew if it is
made smaller. So the sectors are taken from within: files of exactly one block, `journal/000` and
on. littlefs keeps nothing in such a block but the file's bytes, and moves it only when the file is
written to, which nobody does. Where they lie is noted once, twice over, in `journal/map0` and
`map1`; from then on they are read, programmed and erased behind the file system's back.

Before a sector is first written to after a boot, the file is read through the file system and
compared with the block: a file that was deleted or put back by somebody gives its block up, and
nothing is written there.
"""

import binascii
import os

import rp2

from pump.slots import PAGE_BYTES, SECTOR_BYTES, TAG

_FOLDER = "/journal"
_MAPS = ("/journal/map0", "/journal/map1")
_ERASE = 6  # block device ioctl
_BLOCKS = 4


class Flash:
    """`sectors` of them, reserved at the first boot (a quarter of a minute on a real board).
    `feed()` keeps the watchdog quiet: then, and at each erase, since a flash that takes nothing
    any more is tried a dozen times in a row, 0.4 s each at worst. `fault` says in one line why
    there are none, "" if there are."""

    def __init__(self, sectors: int, feed) -> None:
        self._device = rp2.Flash()
        self._readblocks = self._device.readblocks
        self._sectors = sectors
        self._feed = feed
        self._mine = bytearray(sectors)  # 1: compared since power-up; 2: not ours any more
        self.fault = ""
        places = _read(_MAPS[0])
        if not self._is_map(places):
            other = _read(_MAPS[1])
            if places or other:
                places = other
            else:
                try:
                    places = self._reserve(feed)
                except OSError as error:
                    self.fault = "flash: no room for the journal (" + str(error) + ")"
                    return
        if self._is_map(places):
            self._block = [_u16(places, 2 * sector) for sector in range(sectors)]
        else:
            self.fault = "flash: the map of the journal is damaged"

    # -- what pump.slots asks for -----------------------------------------------------------------
    def read(self, sector: int, offset: int, into) -> None:
        self._readblocks(self._block[sector], into, offset)

    def program(self, sector: int, offset: int, page) -> None:
        if self._is_mine(sector):
            self._device.writeblocks(self._block[sector], page, offset)

    def erase(self, sector: int) -> None:
        if self._is_mine(sector):
            self._feed()
            self._device.ioctl(_ERASE, self._block[sector])

    # -- where they lie --------------------------------------------------------------------------
    def _is_map(self, data: bytes) -> bool:
        end = 2 * self._sectors
        return len(data) == end + 4 and binascii.crc32(data[:end]).to_bytes(4, "little") == bytes(
            data[end:]
        )

    def _is_mine(self, sector: int) -> bool:
        if not self._mine[sector]:
            self._mine[sector] = 1 if self._is_same(sector) else 2
        return self._mine[sector] == 1

    def _is_same(self, sector: int) -> bool:
        seen, there = bytearray(PAGE_BYTES), bytearray(PAGE_BYTES)
        try:
            if os.stat(_path(sector))[6] != SECTOR_BYTES:
                return False
            with open(_path(sector), "rb") as f:
                for offset in range(0, SECTOR_BYTES, PAGE_BYTES):
                    f.readinto(seen)
                    self.read(sector, offset, there)
                    if seen != there:
                        return False
        except OSError:
            return False
        return True

    # -- the first boot --------------------------------------------------------------------------
    def _reserve(self, feed) -> bytes:
        """Make the files, find their blocks by what they begin with, and note them."""
        try:
            os.mkdir(_FOLDER)
        except OSError:  # an earlier first boot broke off: without a map nothing was kept
            for name in os.listdir(_FOLDER):
                feed()
                os.remove(_FOLDER + "/" + name)
        tag = TAG + binascii.hexlify(os.urandom(4))  # then the number of the sector
        block = bytearray(b"\xff" * SECTOR_BYTES)
        for sector in range(self._sectors):
            feed()
            block[: len(tag) + 4] = b"%s %03d" % (tag, sector)
            with open(_path(sector), "wb") as f:
                f.write(block)
        places = bytearray(2 * self._sectors)
        begin = bytearray(len(tag) + 4)
        for number in range(self._device.ioctl(_BLOCKS, 0)):
            self._device.readblocks(number, begin, 0)
            if begin[: len(tag)] == tag:
                at = 2 * int(begin[-3:])
                places[at : at + 2] = number.to_bytes(2, "little")
        places += binascii.crc32(places).to_bytes(4, "little")
        for path in _MAPS:
            feed()
            with open(path, "wb") as f:
                f.write(places)
        return bytes(places)


def _u16(data: bytes, at: int) -> int:
    return data[at] | data[at + 1] << 8


def _path(sector: int) -> str:
    return f"{_FOLDER}/{sector:03d}"


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""

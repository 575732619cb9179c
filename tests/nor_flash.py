"""A flash for tests: clears bits page by page, sets them sector by sector, and may lose power."""

from collections import Counter
from random import Random

from pumprig.bench.torn import torn

SECTOR, PAGE = 4096, 256


class PowerCut(Exception):
    """The power went in the middle of an erase or a program."""


class NorFlash:
    """`cut_after` operations more, the next one is torn and PowerCut raised. `stuck` sectors
    ignore what is programmed. Every byte begins as `filled`."""

    def __init__(self, sectors: int, filled: int = 0xFF, seed: int = 0) -> None:
        self.cells = bytearray([filled]) * (sectors * SECTOR)
        self.erases: Counter[int] = Counter()
        self.programs = 0
        self.reads = 0
        self.cut_after: int | None = None
        self.stuck: set[int] = set()
        self.chance = Random(seed)

    def read(self, sector: int, offset: int, into: bytearray | memoryview) -> None:
        at = self._at(sector, offset)
        assert offset + len(into) <= SECTOR, "a read never leaves its sector"
        self.reads += 1
        into[:] = self.cells[at : at + len(into)]

    def program(self, sector: int, offset: int, page: bytes) -> None:
        assert offset % PAGE == 0
        assert len(page) == PAGE
        self.programs += 1
        at = self._at(sector, offset)
        before = bytes(self.cells[at : at + PAGE])
        after = bytes(a & b for a, b in zip(before, page, strict=True))
        self._change(at, before, before if sector in self.stuck else after)

    def erase(self, sector: int) -> None:
        self.erases[sector] += 1
        at = self._at(sector, 0)
        self._change(at, bytes(self.cells[at : at + SECTOR]), b"\xff" * SECTOR)

    def _at(self, sector: int, offset: int) -> int:
        assert 0 <= sector < len(self.cells) // SECTOR
        assert 0 <= offset < SECTOR
        return sector * SECTOR + offset

    def _change(self, at: int, before: bytes, after: bytes) -> None:
        if self.cut_after is not None:
            if self.cut_after == 0:
                self.cells[at : at + len(before)] = torn(before, after, self.chance)
                raise PowerCut
            self.cut_after -= 1
        self.cells[at : at + len(before)] = after

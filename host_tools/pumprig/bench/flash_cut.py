"""Power that goes in the middle of a flash erase or program of the emulated board.

The emulator carries such a command out at once, when chip select rises. This part waits for the
one it is aimed at, leaves the sector half done as a real one would be (torn.py), and raises
`PowerFails` out of whatever was moving time. `Chip.power_cut` is then up to the caller.
"""

from random import Random
from typing import Any

from pumprig.bench.chip import Chip
from pumprig.bench.flash_image import FS_BLOCK_BYTES, FS_BLOCKS, FS_START
from pumprig.bench.torn import torn

_SELECT = 1  # among the QSPI pins
_SSI = 0x18000
_END = FS_START + FS_BLOCKS * FS_BLOCK_BYTES


class PowerFails(Exception):
    """The power is going, now."""


class FlashCut:
    """`operations`: erases and programs seen since it was attached, the file system's too."""

    def __init__(self) -> None:
        self.operations = 0
        self._left = -1
        self._chance = Random()
        self._writing = False
        self._before = b""

    def attach(self, chip: Chip) -> None:
        self._flash = chip.mcu.flash
        self._ssi: Any = chip.mcu.peripherals[_SSI]
        chip.mcu.qspi[_SELECT].add_listener(self._on_select)

    def aim(self, operations: int, chance: Random) -> None:
        """At the next erase or program but `operations`. `chance` decides how far it gets."""
        self._left, self._chance = operations, chance

    def disarm(self) -> None:
        self._left = -1

    def _on_select(self, state: object, _before: object) -> None:
        if int(state) == 0:  # type: ignore[call-overload]
            self._writing = bool(self._ssi._write_enabled)
            if self._writing and self._left == 0:
                self._before = bytes(self._flash[FS_START:_END])
            return
        if not self._writing or self._ssi._write_enabled:
            return
        self._writing = False
        self.operations += 1
        if self._left < 0:
            return
        self._left -= 1
        if self._left < 0:
            self._tear()
            raise PowerFails

    def _tear(self) -> None:
        after = bytes(self._flash[FS_START:_END])
        for at in range(0, len(after), FS_BLOCK_BYTES):
            old, new = self._before[at : at + FS_BLOCK_BYTES], after[at : at + FS_BLOCK_BYTES]
            if old != new:
                begin = FS_START + at
                self._flash[begin : begin + FS_BLOCK_BYTES] = torn(old, new, self._chance)

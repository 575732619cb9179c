"""The emulated board's USB serial port as a tty, so that a real client cannot tell the difference.

A pseudo-terminal in raw mode; the board's end is read and written between slices of emulation.
Like a cable, it does not lose what the client has not read yet, up to what the kernel buffers;
beyond that the board's output waits here.
"""

import os
import pty
import tty
from contextlib import suppress

from pumprig.bench.chip import Chip


class PtyPort:
    """`path` is what a client opens. `turn()` moves bytes both ways, without waiting."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        self._unsent = bytearray()
        chip.on_console = self._unsent.extend

    def turn(self) -> None:
        with suppress(BlockingIOError):
            self._chip.write_console(os.read(self._ours, 4096))
        if self._unsent:
            with suppress(BlockingIOError):
                del self._unsent[: os.write(self._ours, self._unsent)]

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)

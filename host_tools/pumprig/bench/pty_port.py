"""The emulated board's USB serial port as a tty, so that a real client cannot tell the difference.

A pseudo-terminal in raw mode; the board's end is read and written between slices of emulation.
What the board says while no client has the port open is lost; what a client does not read fast
enough waits here.

A pty has no modem lines: asked for them it answers ENOTTY, which pyserial and mpremote take for
"none". The board sees its port open (DTR) all the time; MicroPython could not tell a script.
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
        self._ours, theirs = pty.openpty()
        tty.setraw(theirs)  # kept by the kernel for every client to come
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(theirs)
        os.close(theirs)
        self._unsent = bytearray()
        self._open = False
        chip.on_console = self._hear

    def _hear(self, data: bytes) -> None:
        if self._open:
            self._unsent += data

    def turn(self) -> None:
        is_open = True
        try:
            self._chip.write_console(os.read(self._ours, 4096))
        except BlockingIOError:
            pass
        except OSError:  # EIO: nobody has the other end open
            is_open = False
        if is_open != self._open:
            self._open = is_open
            self._unsent.clear()
        if self._unsent:
            with suppress(BlockingIOError):
                del self._unsent[: os.write(self._ours, self._unsent)]

    def close(self) -> None:
        """A client that still has it open reads the end of the file."""
        os.close(self._ours)

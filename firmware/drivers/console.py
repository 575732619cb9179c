"""The USB serial port, never waited for long: what the host does not read is dropped."""

import select
import sys
from time import ticks_diff, ticks_ms

from micropython import const

_PATIENCE_MS = const(20)  # a host that reads empties the port's buffer of 256 bytes in a few


class Console:
    """MicroPython says only that a byte fits, and waits half a second and more for one that does
    not. So each byte is asked for, and a host that does not read is not waited for again until a
    whole line has gone out."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._out = select.poll()
        self._out.register(sys.stdout, select.POLLOUT)
        self._read = sys.stdin.buffer.read
        self._write = sys.stdout.buffer.write
        self._torn = False  # the last line went out in part, or not at all
        self.dropped = 0

    def wait(self, ms: int) -> bool:
        """Sleep until a byte comes or `ms` have passed; whether one came."""
        for _ in self._poll.ipoll(ms):
            return True
        return False

    def byte(self) -> int:
        """The next byte, or -1 when there is none."""
        for _ in self._poll.ipoll(0):
            return self._read(1)[0]
        return -1

    def _has_room(self) -> bool:
        for _ in self._out.ipoll(0):
            return True
        return False

    def _gets_room(self, limit_ms: int) -> int:
        """Wait for it; how many milliseconds are left of `limit_ms`, negative: there is none."""
        start = ticks_ms()
        while not self._has_room():
            if ticks_diff(ticks_ms(), start) >= limit_ms:
                return -1
        return max(0, limit_ms - ticks_diff(ticks_ms(), start))

    def write(self, line: bytes) -> None:
        ipoll, write = self._out.ipoll, self._write
        left_ms = 0 if self._torn else _PATIENCE_MS
        if self._torn and self._has_room():
            write(b"\n")  # ends what went out of it
        for at in range(len(line)):
            for _ in ipoll(0):
                break
            else:
                left_ms = self._gets_room(left_ms)
                if left_ms < 0:
                    self._torn = True
                    self.dropped += 1
                    return
            write(line, at, 1)
        self._torn = False

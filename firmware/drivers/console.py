"""The USB serial port, without ever waiting for it: what the host does not read is dropped."""

import select
import sys


class Console:
    def __init__(self) -> None:
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._out = select.poll()
        self._out.register(sys.stdout, select.POLLOUT)
        self._read = sys.stdin.buffer.read
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

    def write(self, line: bytes) -> None:
        for _ in self._out.ipoll(0):
            sys.stdout.buffer.write(line)
            return
        self.dropped += 1

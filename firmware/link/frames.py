"""One line, one frame: a JSON object, `*`, its CRC-32 in eight hex digits, a newline.

    {"q":7,"c":"status"}*1a2b3c4d

The sum covers the JSON text only. A line that is too long, torn or altered is dropped whole: it
is never guessed at, and the sender repeats what it gets no reply to.
"""

import binascii
import json

LINE_BYTES_MAX = 1024
BRACKETS_MAX = 64  # twice a program's; the board's stack holds some 100 levels of nesting


def encode(message: dict) -> bytes:
    text = json.dumps(message, separators=(",", ":")).encode()
    return b"%s*%08x\n" % (text, binascii.crc32(text))


def decode(line: bytes) -> "dict | None":
    """The message of one line (newline included or not), or None if it is not a sound frame."""
    line = line.strip()
    star = len(line) - 9
    if star < 2 or len(line) > LINE_BYTES_MAX or line[star : star + 1] != b"*":
        return None
    text = line[:star]
    if line[star + 1 :] != b"%08x" % binascii.crc32(text):
        return None
    if text.count(b"[") + text.count(b"{") > BRACKETS_MAX:
        return None
    try:
        message = json.loads(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


class LineReader:
    """Collects bytes into lines of bounded length; what is too long is skipped to its newline."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._skipping = False
        self.dropped = 0

    def feed(self, byte: int) -> "bytes | None":
        """One byte more; the line it completes, b"" for one that was too long, or None."""
        if byte == 0x0A:
            line, skipped = bytes(self._line), self._skipping
            self._line[:] = b""
            self._skipping = False
            return b"" if skipped else line
        if len(self._line) >= LINE_BYTES_MAX:
            if not self._skipping:
                self._skipping = True
                self.dropped += 1
            return None
        self._line.append(byte)
        return None

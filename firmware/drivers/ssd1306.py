"""The display: an SSD1306 of 128 x 64 on I2C, as eight lines of sixteen characters.

A line is one of its pages, and goes over in one transfer of 3.2 ms at 400 kHz: that is the most a
call takes, and so a display never holds up the loop.
"""

from time import ticks_diff, ticks_ms

import framebuf
from micropython import const

_ADDRESS = const(0x3C)
_WIDTH = const(128)
_LINES = const(8)
_HEAD = const(13)  # bytes before the pixels of a page
_RETRY_MS = const(10_000)
_AT_PAGE = const(9)
# Each command byte with 0x80 before it, then 0x40 and the pixels: columns 0..127, page p..p.
_PAGE = b"\x80\x21\x80\x00\x80\x7f\x80\x22\x80\x00\x80\x00\x40"
# Datasheet, application note. 0x00: commands follow.
_START = (
    b"\x00\xae"  # off
    b"\x20\x00\x40\xa1\xc8"  # addressing by rows; the picture the right way up
    b"\xa8\x3f\xd3\x00\xda\x12"  # 64 rows, wired alternately
    b"\xd5\x80\xd9\xf1\xdb\x30\x81\x8f"  # clock, precharge, deselect level, contrast
    b"\xa4\xa6\x8d\x14\xaf"  # memory, not inverted, charge pump, on
)


class Display:
    def __init__(self, i2c) -> None:
        self._i2c = i2c
        self._out = bytearray(_PAGE) + bytearray(_WIDTH)
        self._pixels = framebuf.FrameBuffer(
            memoryview(self._out)[_HEAD:], _WIDTH, 8, framebuf.MONO_VLSB
        )
        self._shown = [None] * _LINES
        self._started = False
        self._failed_ms = ticks_ms() - _RETRY_MS
        self.answers = True

    def show(self, lines) -> bool:
        """Bring it nearer to `lines` (up to eight strings of up to 16 characters) by one page;
        whether it shows them all. One that does not answer is asked again after ten seconds."""
        if not self.answers and ticks_diff(ticks_ms(), self._failed_ms) < _RETRY_MS:
            return False
        for line in range(_LINES):
            text = lines[line] if line < len(lines) else ""
            if text != self._shown[line]:
                self._send(line, text)
                return False
        return True

    def _send(self, line: int, text: str) -> None:
        try:
            if not self._started:
                self._i2c.writeto(_ADDRESS, _START)
                self._started = True
                return
            self._out[_AT_PAGE] = self._out[_AT_PAGE + 2] = line
            self._pixels.fill(0)
            self._pixels.text(text, 0, 0)
            self._i2c.writeto(_ADDRESS, self._out)
        except OSError:
            self._failed_ms = ticks_ms()
            self._started = self.answers = False
            for other in range(_LINES):
                self._shown[other] = None
            return
        self.answers = True
        self._shown[line] = text

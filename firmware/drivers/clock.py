"""Pump time: `scale` times the wall's, from the chip's microsecond timer, never backwards.

Kept as whole seconds and milliseconds, both small integers for 34 years. `read()` must be called
at least every 4 minutes (the timer wraps after 17); the main loop does so every second.
"""

from time import ticks_diff, ticks_us


class PumpClock:
    def __init__(self) -> None:
        self.scale = 1
        self.now_s = 0
        self.now_ms = 0  # 0..999, within the second
        self._left_us = 0  # pump microseconds below a millisecond
        self._last = ticks_us()

    def set_scale(self, scale: int) -> None:
        self.scale = scale

    def set(self, now_s: int, now_ms: int = 0) -> None:
        self.now_s, self.now_ms = now_s, now_ms
        self._left_us = 0
        self._last = ticks_us()

    def read(self) -> int:
        """Bring now_s and now_ms up to date."""
        ticks = ticks_us()
        passed = ticks_diff(ticks, self._last)
        self._last = ticks
        whole = passed // 1000
        us = (passed - whole * 1000) * self.scale + self._left_us
        extra = us // 1000
        self._left_us = us - extra * 1000
        ms = self.now_ms + whole * self.scale + extra
        seconds = ms // 1000
        self.now_ms = ms - seconds * 1000
        self.now_s += seconds
        return self.now_s

    def us_until(self, t_s: int) -> int:
        """Wall microseconds until pump second `t_s`, negative if it is past; within an hour."""
        ms = (t_s - self.now_s) * 1000 - self.now_ms
        us = ms // self.scale * 1000 + ms % self.scale * 1000 // self.scale
        return us - ticks_diff(ticks_us(), self._last)

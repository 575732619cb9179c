"""The clock chip (DS3231): seconds since 2000-01-01, by the wall, with a battery of its own."""

_PPM = 1_000_000


class ClockChip:
    """`raw(wall_ms)`: its seconds, or -1 when it says that it lost them, or is not there."""

    def __init__(self, start_s: int = 820_540_800) -> None:  # 2026-01-01
        self._at_s, self._at_ms, self._ppm = start_s, 0, 0
        self.lost = False
        self.absent = False

    def seconds(self, wall_ms: int) -> int:
        """What its counter holds, lost or not."""
        return self._at_s + (wall_ms - self._at_ms) * (_PPM + self._ppm) // (1000 * _PPM)

    def raw(self, wall_ms: int) -> int:
        return -1 if self.lost or self.absent else self.seconds(wall_ms)

    def set(self, seconds: int, wall_ms: int) -> None:
        """As the firmware sets it: it counts from there, and is not lost any more."""
        self._at_s, self._at_ms = seconds, wall_ms
        self.lost = False

    def jump(self, by_s: int) -> None:
        self._at_s += by_s

    def run_at(self, ppm: int, wall_ms: int) -> None:
        """From `wall_ms` on it runs so much too fast; negative: too slow."""
        self._at_s, self._at_ms, self._ppm = self.seconds(wall_ms), wall_ms, ppm

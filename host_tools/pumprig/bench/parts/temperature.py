"""The room's temperature, and the chip's own sensor of it."""

from pumprig.bench.fluid import MS_PER_H

DAY_MS = 24 * MS_PER_H
CHIP_ABOVE_ROOM_CC = 500  # bench assumption: the chip warms itself by 5 degrees


class Temperature:
    """`room_cc` at `now_ms` of pump time: a mean, and a swing up and down once a day."""

    def __init__(self, mean_cc: int = 2200, swing_cc: int = 0) -> None:
        self.mean_cc = mean_cc
        self.swing_cc = swing_cc
        self.chip_over_cc = 0
        self.stuck = False
        self.last: int | None = None

    def room_cc(self, now_ms: int) -> int:
        """A triangle: lowest at midnight of the first day, highest at noon."""
        at = now_ms % DAY_MS
        rise = at if at <= DAY_MS // 2 else DAY_MS - at
        return self.mean_cc - self.swing_cc + 4 * self.swing_cc * rise // DAY_MS

    def raw(self, now_ms: int) -> int:
        """ADC counts of the chip's sensor (RP2040 datasheet, 4.9.5), 0..4095."""
        if not self.stuck or self.last is None:
            cc = self.room_cc(now_ms) + CHIP_ABOVE_ROOM_CC + self.chip_over_cc
            microvolt = 706_000 - (cc - 2700) * 1721 // 100
            self.last = max(0, min(4095, (microvolt * 4096 + 1_650_000) // 3_300_000))
        return self.last

"""The load cell under the bag and its amplifier (HX711): counts for what hangs there.

100 g at 2 mV/V, gain 128: full scale is +-0.5 / 128 of the supply that also feeds the cell
(HX711 datasheet), so 100 g are 0.256 of 2**24 counts and one count is 23.3 ug; 24 is what we take.
Noise of 5 mg rms and 3 mg a degree are bench assumptions for a cheap cell.
"""

from pumprig.bench.fluid import MS_PER_H, Fluid
from pumprig.bench.parts.noise import Noise
from pumprig.bench.parts.temperature import Temperature

UG_PER_COUNT = 24
ZERO_COUNTS = 84_000  # of an empty hook
NOISE_UG = 5_000
DRIFT_UG_PER_DEGREE = 3_000
MEAN_CC = 2200  # where the cell was calibrated
PERIOD_MS = 100  # ten conversions a second
COUNTS_MAX, COUNTS_MIN = 0x7FFFFF, -0x800000


class Scale:
    """`raw(number, wall_ms)`: the conversion of that number, for what hangs there now; `last`:
    the one before."""

    def __init__(self, fluid: Fluid, temperature: Temperature, seed: int = 1) -> None:
        self._fluid = fluid
        self._temperature = temperature
        self._noise = Noise(seed)
        self.noise_ug = NOISE_UG
        self.drift_ug_per_degree = DRIFT_UG_PER_DEGREE
        self.stuck = self.saturated = self.disconnected = False
        self.last: int | None = None
        self._drift_ug_h = self._drift_from_ms = 0
        self._bump_ug = self._bump_ms = 0
        self._bump_from_ms: int | None = None

    def drift(self, ug_per_h: int) -> None:
        """From now on it creeps by so much an hour of pump time; 0: it is back at its zero."""
        self._drift_ug_h, self._drift_from_ms = ug_per_h, self._fluid.now_ms

    def bump(self, mass_ug: int, for_ms: int) -> None:
        """Something leans on it for `for_ms` of wall time, from the next conversion on."""
        self._bump_ug, self._bump_ms, self._bump_from_ms = mass_ug, for_ms, None

    def raw(self, number: int, wall_ms: int) -> int:
        if self.stuck and self.last is not None:
            return self.last
        fluid = self._fluid
        degrees_cc = self._temperature.room_cc(fluid.now_ms) - MEAN_CC
        ug = fluid.mass_ug + degrees_cc * self.drift_ug_per_degree // 100
        ug += self._drift_ug_h * (fluid.now_ms - self._drift_from_ms) // MS_PER_H
        ug += self._noise.at(number, self.noise_ug) + self._leaning_ug(wall_ms)
        counts = max(COUNTS_MIN, min(COUNTS_MAX, ZERO_COUNTS + ug // UG_PER_COUNT))
        self.last = COUNTS_MAX if self.saturated else counts
        return self.last

    def _leaning_ug(self, wall_ms: int) -> int:
        if not self._bump_ms:
            return 0
        if self._bump_from_ms is None:
            self._bump_from_ms = wall_ms
        if wall_ms - self._bump_from_ms >= self._bump_ms:
            self._bump_ms = 0
            return 0
        return self._bump_ug

"""How much baclofen reached the CSF, and when? A dose rate made from the volume delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from pumprig.analysis.clock import DAY_S, HOUR_S, end_s
from pumprig.analysis.flow import volume_line
from pumprig.rig.record import Run

DRUG = "baclofen"
GRID_S = 600
"""Counts are taken at whole ten minutes: short beside every time constant of the model, and it
keeps a month of a real board, which counts every few seconds, within a few thousand stretches."""
FINE_RUN_S = 7 * DAY_S
"""A run no longer than this is looked at every ten minutes, any other every hour."""


@dataclass(frozen=True, slots=True)
class Dosing:
    """A dose rate in ng/h that is constant between instants: rate i holds times i to i + 1.

    Times are whole seconds of pump time, in order; there is one more than there are rates.
    """

    times_s: tuple[int, ...]
    rates_ng_h: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.times_s) != len(self.rates_ng_h) + 1:
            raise ValueError("a dosing has one instant more than it has rates")
        if any(later <= earlier for earlier, later in pairwise(self.times_s)):
            raise ValueError("the instants of a dosing are not in order")
        if any(rate < 0 for rate in self.rates_ng_h):
            raise ValueError("a dose rate is below zero")

    @property
    def dose_ng(self) -> float:
        """All that is given."""
        stretches = pairwise(self.times_s)
        return sum(
            rate * (stop - start) / HOUR_S
            for rate, (start, stop) in zip(self.rates_ng_h, stretches, strict=True)
        )

    def stopped_at(self, stop_s: int) -> "Dosing":
        """The same until `stop_s`, then nothing, over the same time."""
        times_s: list[int] = [self.times_s[0]]
        rates: list[float] = []
        for rate, (start, end) in zip(self.rates_ng_h, pairwise(self.times_s), strict=True):
            if start < stop_s < end:
                times_s.append(stop_s)
                rates.append(rate)
            times_s.append(end)
            rates.append(rate if end <= stop_s else 0.0)
        return Dosing(tuple(times_s), tuple(rates))


def infusion(dose_ug_day: float, days: float) -> Dosing:
    """A constant dose, looked at every hour."""
    times_s = tuple(range(0, round(days * 24) * HOUR_S + 1, HOUR_S))
    return Dosing(times_s, (dose_ug_day * 1000 / 24,) * (len(times_s) - 1))


def dosing_of(run: Run) -> Dosing | None:
    """What `run` delivered, at the tip of the catheter at once; None where the model is silent.

    The volume is the bench's, else the pulse generator's count; between two counts it is taken
    to grow evenly. The model is of baclofen given into the CSF, and of nothing else.
    """
    program = run.program
    end = end_s(run)
    drugs = cast(Sequence[tuple[str, int, int, int, int]], program["drugs"])
    conc_ug_ml = next((conc for name, conc, *_ in drugs if name == DRUG), None)
    if conc_ug_ml is None or program["profile"] != "itb" or end == 0:
        return None
    ng_per_nl = conc_ug_ml / 1000  # 1 µg/mL is 0.001 ng/nL
    delivered = volume_line(run)
    looks = range(0, end, GRID_S if end <= FINE_RUN_S else HOUR_S)
    counts = {GRID_S * round(t_s / GRID_S) for t_s, _ in delivered.points}
    times_s = sorted({t for t in counts if 0 <= t < end} | {*looks, end})
    volumes_nl = [delivered.at(t_s) for t_s in times_s]
    rates = (
        # A count that falls back after a reset takes nothing out of anybody.
        max(0.0, (after - before) * ng_per_nl * HOUR_S / (stop - start))
        for (start, stop), (before, after) in zip(
            pairwise(times_s), pairwise(volumes_nl), strict=True
        )
    )
    return Dosing(tuple(times_s), tuple(rates))

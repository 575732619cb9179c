"""What a program delivers as written, exactly: a piecewise constant flow that repeats itself.

Times are civil seconds from the beginning of the period (of a week: Monday 00:00), flows nL/h,
volumes nL. No taper, no alarm, no order: the programmed day or week and nothing else.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

DAY_S = 86_400
WEEK_S = 7 * DAY_S
HOUR_S = 3_600
Steps = Sequence[tuple[int, int]]  # (stated second of day, rate in nL/h), ascending
Boluses = Sequence[tuple[int, int, int]]  # (second of day, volume in nL, seconds), ascending


@dataclass(frozen=True, slots=True)
class Flow:
    """`rates[i]` runs from `starts_s[i]` (the first is 0) to the next start or the end."""

    period_s: int
    starts_s: tuple[int, ...]
    rates_nl_h: tuple[Fraction, ...]
    sums_nl: tuple[Fraction, ...]  # delivered from 0 to each start, and to the period's end

    @property
    def period_nl(self) -> Fraction:
        return self.sums_nl[-1]

    def rate_at(self, t_s: int) -> Fraction:
        return self.rates_nl_h[bisect_right(self.starts_s, t_s % self.period_s) - 1]

    def until(self, t_s: int) -> Fraction:
        """Delivered from 0 to `t_s`, which may lie any number of periods ahead or behind."""
        periods, rest = divmod(t_s, self.period_s)
        i = bisect_right(self.starts_s, rest) - 1
        part = self.rates_nl_h[i] * (rest - self.starts_s[i]) / HOUR_S
        return periods * self.period_nl + self.sums_nl[i] + part

    def fullest(self, window_s: int) -> Fraction:
        """The most that any window of this length holds: it begins or ends at a change of rate."""
        ends = [*self.starts_s, *(start + window_s for start in self.starts_s)]
        return max(self.until(end) - self.until(end - window_s) for end in ends)

    def seconds_to(self, volume_nl: Fraction) -> int | None:
        """First whole second by which at least `volume_nl` is delivered; None: never."""
        if volume_nl <= 0:
            return 0
        if self.period_nl == 0:
            return None
        periods = max(0, -(-volume_nl // self.period_nl) - 1)
        to_go = volume_nl - periods * self.period_nl
        i = bisect_right(self.sums_nl, to_go) - 1
        if self.sums_nl[i] == to_go:
            # Reached at the end of a segment with flow, not after a pause that follows it.
            i = self.sums_nl.index(to_go) - 1
        rest = (to_go - self.sums_nl[i]) * HOUR_S / self.rates_nl_h[i]
        return periods * self.period_s + self.starts_s[i] + -(-rest // 1)


def day_flow(steps: Steps, lead_s: int, boluses: Boluses = (), adds: bool = True) -> Flow:
    """A day that follows and precedes others like it."""
    starts = sorted(((at_s - lead_s) % DAY_S, rate) for at_s, rate in steps)
    return _flow(DAY_S, starts, boluses, adds)


def steps_volume_nl(steps: Steps, before_nl_h: int) -> Fraction:
    """Exact basal volume of a day by stated times, midnight to midnight.

    Until its first step the last rate of the day before runs on.
    """
    starts = [(0, before_nl_h), *steps]
    ends = [*(at_s for at_s, _ in steps), DAY_S]
    return sum(
        (
            Fraction(rate * (end_s - at_s), HOUR_S)
            for (at_s, rate), end_s in zip(starts, ends, strict=True)
        ),
        Fraction(0),
    )


def week_flow(
    days: Sequence[Steps], lead_s: int, boluses: Boluses = (), adds: bool = True
) -> Flow:
    """Seven days from Monday. A lead carries a step across midnight and across the week's end."""
    starts = sorted(
        ((day * DAY_S + at_s - lead_s) % WEEK_S, rate)
        for day, steps in enumerate(days)
        for at_s, rate in steps
    )
    every_day = [
        (day * DAY_S + at_s, volume, seconds)
        for day in range(7)
        for at_s, volume, seconds in boluses
    ]
    return _flow(WEEK_S, starts, every_day, adds)


def _flow(period_s: int, starts: Steps, boluses: Boluses, adds: bool) -> Flow:
    """Basal and the boluses on top of it or in its place; boluses must not overlap."""
    spans = [
        (begin_s, begin_s + seconds, Fraction(volume * HOUR_S, seconds))
        for at_s, volume, seconds in boluses
        for begin_s in (at_s, at_s - period_s)  # the part that runs on across the period's end
    ]
    edges = {0, *(at_s for at_s, _ in starts)}
    edges |= {t_s for begin_s, end_s, _ in spans for t_s in (begin_s, end_s)}
    ascending = sorted(t_s for t_s in edges if 0 <= t_s < period_s)
    begins = [at_s for at_s, _ in starts]
    rates = []
    for t_s in ascending:
        # Before its first start of the period the last rate of the one before still runs.
        basal = Fraction(starts[bisect_right(begins, t_s) - 1][1])
        bolus = next((rate for begin, end, rate in spans if begin <= t_s < end), None)
        rates.append(basal if bolus is None else bolus + (basal if adds else 0))
    ends = [*ascending[1:], period_s]
    parts = [
        rate * (end_s - start_s) / HOUR_S
        for start_s, end_s, rate in zip(ascending, ends, rates, strict=True)
    ]
    sums = accumulate(parts, initial=Fraction(0))
    return Flow(period_s, tuple(ascending), tuple(rates), tuple(sums))

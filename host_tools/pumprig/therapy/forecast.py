"""How long does the reservoir last, and when would each level be passed? Pure arithmetic.

Nominal: the program delivered as written, without the taper that its guard would start, from a
midnight. `usable` is the volume above the residual. Everything is exact; what cannot be a whole
number is rounded so that an alarm comes early rather than late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

DAY_S = 86_400
HOUR_S = 3_600
Steps = Sequence[tuple[int, int]]  # (second of day, rate in nL/h), ascending


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a program does if nobody touches it. Times None: never."""

    daily_nl: int  # volume delivered in 24 h, rounded up
    dose_ng_day: int  # drug delivered in 24 h, rounded half-even
    guard_usable_nl: int  # at this usable volume the taper guard takes over
    low_usable_nl: int  # at this usable volume LOW_RESERVOIR sounds
    low_reservoir_s: int | None
    taper_guard_s: int | None
    empty_s: int | None
    days_to_minimum: int  # days a taper takes from the highest to the minimum rate


def with_lead(steps: Steps, lead_s: int) -> list[tuple[int, int]]:
    """When the pump changes its rate for the stated times of effect: `lead_s` earlier."""
    return sorted(((at_s - lead_s) % DAY_S, rate) for at_s, rate in steps)


def daily_volume_nl(steps: Steps) -> Fraction:
    """Exact volume of 24 h. The last step of a day lasts until the first of the next."""
    ends = [at_s for at_s, _ in steps[1:]] + [steps[0][0] + DAY_S]
    spans = [end - at_s for end, (at_s, _) in zip(ends, steps, strict=True)]
    return sum(
        (Fraction(rate * span, HOUR_S) for span, (_, rate) in zip(spans, steps, strict=True)),
        Fraction(0),
    )


def guard_usable_nl(highest_nl_h: int, tau_dh: int) -> int:
    """Usable volume at which the cap usable / tau meets the highest rate."""
    return -(-highest_nl_h * tau_dh // 10)


def low_usable_nl(low_alarm_nl: int, residual_nl: int, guard_nl: int, daily_nl: int) -> int:
    """The configured level or one day of delivery above the guard, whichever comes first."""
    return max(low_alarm_nl - residual_nl, guard_nl + daily_nl)


def seconds_to_level(usable_nl: int, level_nl: int, starts: Steps) -> int | None:
    """First whole second after midnight with `usable` at or below `level`; None: never.

    `starts` is the day as the pump runs it (`with_lead`), repeated without end.
    """
    to_go = Fraction(usable_nl - level_nl)
    if to_go <= 0:
        return 0
    daily = daily_volume_nl(starts)
    if daily == 0:
        return None
    days = max(0, -(-to_go // daily) - 1)  # whole days that surely do not reach the level
    to_go -= days * daily
    # From midnight the last rate of the day before still runs.
    midnight = (0, starts[-1][1])
    day = [midnight, *starts, (DAY_S, 0)]
    for (start_s, rate), (end_s, _) in pairwise(day):
        given = Fraction(rate * (end_s - start_s), HOUR_S)
        if given >= to_go:
            return days * DAY_S + start_s + -(-to_go * HOUR_S // rate)
        to_go -= given
    raise AssertionError("a day delivers its daily volume")


def days_of_taper(from_nl_h: int, to_nl_h: int, max_drop_permille: int) -> int:
    """Days of the largest daily reduction that lead from one rate to another, rounded up."""
    days, rate = 0, Fraction(from_nl_h)
    while rate > to_nl_h:
        rate = rate * (1000 - max_drop_permille) / 1000
        days += 1
    return days

"""How long does the reservoir last, and when is each level passed? Pure arithmetic.

From a full start on Monday 00:00, the program delivered as written. Levels and dates are exact;
what cannot be a whole number is rounded so that an alarm comes early rather than late. The course
of the taper is worked out hour by hour and told as about.
"""

from dataclasses import dataclass
from fractions import Fraction

from pumprig.therapy.flow import DAY_S, HOUR_S, Flow
from pumprig.therapy.therapy import Therapy

# Implants deliver within 14.5 % of what is programmed (docs/sources.md, S).
FAST = Fraction(1145, 1000)
_TAPER_H_MAX = 20_000  # at 1 % a day the guard takes over a year from 1 mL/h to the minimum


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a program does if nobody touches it. Times are seconds after the start; None: never."""

    daily_nl: int
    average_nl_h: int
    reference_nl_h: int
    guard_usable_nl: int  # at this usable volume the taper guard takes over
    low_usable_nl: int  # at this usable volume LOW_RESERVOIR sounds
    limit_24h_nl: int
    fullest_24h_nl: int  # the most that 24 h of the program hold, without operator's boluses
    allotted_24h_nl: int  # the same with every allotted bolus, before the limit cuts it
    low_reservoir_s: int | None  # nominal
    low_fast_s: int | None  # the pump gives 14.5 % more than it knows
    low_boluses_s: int | None  # every allotted bolus is used
    expiry_s: int | None  # the first of the drugs expires
    due_s: int | None  # the earliest of the four: REFILL_DUE speaks ahead of it
    due_because: str  # nominal, fast, boluses, expiry, or "" for never
    taper_guard_s: int | None
    minimum_s: int | None  # about: the guard has come down to the minimum rate
    gone_s: int | None  # about: nothing usable is left
    empty_s: int | None  # were there no taper
    days_to_minimum: int  # days of a planned taper from the highest to the minimum rate


def forecast(therapy: Therapy) -> Forecast:
    week = therapy.week()
    usable, low, guard = therapy.usable_nl, therapy.low_nl, therapy.guard_nl
    guard_s = week.seconds_to(Fraction(usable - guard))
    minimum_s, gone_s = _taper(therapy, week, guard_s)
    dates = {
        "nominal": week.seconds_to(Fraction(usable - low)),
        "fast": week.seconds_to((usable - low) / FAST),
        "boluses": _with_boluses(therapy, week),
        "expiry": therapy.stable_days * DAY_S or None,
    }
    because = min(
        (name for name, at_s in dates.items() if at_s is not None),
        key=lambda name: dates[name] or 0,
        default="",
    )
    fullest = -(-week.fullest(DAY_S) // 1)
    return Forecast(
        daily_nl=therapy.daily_nl,
        average_nl_h=therapy.average_nl_h,
        reference_nl_h=therapy.reference_nl_h,
        guard_usable_nl=guard,
        low_usable_nl=low,
        limit_24h_nl=therapy.limit_24h_nl,
        fullest_24h_nl=fullest,
        allotted_24h_nl=fullest + allotted_nl(therapy),
        low_reservoir_s=dates["nominal"],
        low_fast_s=dates["fast"],
        low_boluses_s=dates["boluses"],
        expiry_s=dates["expiry"],
        due_s=dates.get(because),
        due_because=because,
        taper_guard_s=guard_s,
        minimum_s=minimum_s,
        gone_s=gone_s,
        empty_s=week.seconds_to(Fraction(usable)),
        days_to_minimum=days_of_taper(
            therapy.highest_nl_h, therapy.minimum_nl_h, therapy.max_drop_permille
        ),
    )


def allotted_nl(therapy: Therapy) -> int:
    """What an operator's boluses can add in 24 h."""
    return therapy.bolus_day_max * therapy.bolus_max_nl


def _with_boluses(therapy: Therapy, week: Flow) -> int | None:
    """As if the allotted boluses were spread over the day, up to the limit of 24 h."""
    to_go = therapy.usable_nl - therapy.low_nl
    extra = allotted_nl(therapy)
    if extra == 0 or to_go <= 0:
        return week.seconds_to(Fraction(to_go))
    a_day = min(week.period_nl / 7 + extra, Fraction(therapy.limit_24h_nl))
    return -(-to_go * DAY_S // a_day)


def _taper(therapy: Therapy, week: Flow, guard_s: int | None) -> tuple[int | None, int | None]:
    """When the guard has brought the rate to its minimum, and when the usable volume is gone."""
    if guard_s is None or therapy.highest_nl_h <= therapy.minimum_nl_h:
        return None, week.seconds_to(Fraction(therapy.usable_nl))
    hours = [week.until(hour * HOUR_S + HOUR_S) - week.until(hour * HOUR_S) for hour in range(168)]
    left = min(Fraction(therapy.usable_nl), Fraction(therapy.guard_nl))
    minimum_s = None
    for hour in range(guard_s // HOUR_S, guard_s // HOUR_S + _TAPER_H_MAX):
        cap = int(left * 10 // therapy.tau_dh)
        if cap <= therapy.minimum_nl_h:
            minimum_s = hour * HOUR_S
            break
        programmed = hours[hour % 168]
        if therapy.periodic:
            programmed *= Fraction(min(cap, therapy.reference_nl_h), therapy.reference_nl_h)
        left -= round(min(programmed, Fraction(cap)))
    if minimum_s is None:
        return None, None
    return minimum_s, minimum_s + int(left * HOUR_S // therapy.minimum_nl_h)


def days_of_taper(from_nl_h: int, to_nl_h: int, max_drop_permille: int) -> int:
    """Days of the largest daily reduction that lead from one rate to another, rounded up."""
    days, rate = 0, Fraction(from_nl_h)
    while rate > to_nl_h:
        rate = rate * (1000 - max_drop_permille) / 1000
        days += 1
    return days

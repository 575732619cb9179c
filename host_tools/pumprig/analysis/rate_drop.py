"""How fast did the planned basal rate fall? The largest 1 - basal(t) / basal(t - 24 h)."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from pumprig.analysis.clock import DAY_S
from pumprig.analysis.piecewise import PiecewiseConstant, Time
from pumprig.rig.record import Event, RateChange

# Events and rate changes carry whole seconds: the two of one stop may differ by one.
SAME_INSTANT_S = 1
EMERGENCY_STOP = ("emergency_stop", "estop")  # as scenarios and as the link call it


def rate_drop_max_per_day(
    rates: Sequence[RateChange],
    events: Iterable[Event],
    minimum_nl_h: int,
    end_s: int,
    programmed: PiecewiseConstant | None = None,
    least_nl_h: int | None = None,
) -> float | None:
    """The largest drop over t in 24 h..end_s, end excluded; None where no t has a rate before it.

    Boluses are no part of it. Left out: zero flow that began with a hard stop (emergency stop,
    STEP_FAULT) or that ended delivery at the minimum rate, until flow begins again; where
    `programmed` is given, falls to no less than it asks for; a lost clock, and a day after it; and
    a day from where another program or time of day holds, whose fall was looked at before it was
    accepted. `least_nl_h` is what a stop leaves of the minimum rate for basal, if not all of it.
    The rates are constant between the instants looked at, so the right-hand values there are all
    the values there are.
    """
    line = [(change.t_s, change.basal_nl_h) for change in rates]
    events = list(events)
    excused = stopped_spans(line, events, minimum_nl_h, end_s, least_nl_h)
    excused += [(e.t_s, e.t_s + DAY_S) for e in events if e.kind == "program"]
    excused += _clock_faults(events, end_s)
    drops = [
        1 - Fraction(now, before)
        for t_s, before, now in day_pairs(line, end_s, programmed)
        if not any(start <= t_s < end for start, end in excused)
    ]
    return float(max(drops)) if drops else None


def day_pairs(
    basal: Sequence[tuple[Time, int]], end_s: Time, programmed: PiecewiseConstant | None = None
) -> list[tuple[Time, int, int]]:
    """(t_s, basal a day before, basal) wherever either changes, in order of time.

    Left out: no flow a day before, and, where `programmed` is given, basal as programmed or above.
    """
    line = PiecewiseConstant(basal)
    changes: set[Time] = {t_s for t_s, _ in basal}
    changes.update(programmed.times_s if programmed else [])
    instants = sorted({DAY_S} | changes | {t_s + DAY_S for t_s in changes})
    pairs = ((t_s, line.at(t_s - DAY_S), line.at(t_s)) for t_s in instants if DAY_S <= t_s < end_s)
    return [
        (t_s, before, now)
        for t_s, before, now in pairs
        if before > 0 and (programmed is None or now < programmed.at(t_s))
    ]


def stopped_spans(
    basal: Iterable[tuple[Time, int]],
    events: Iterable[Event],
    minimum_nl_h: int,
    end_s: Time,
    least_nl_h: int | None = None,
) -> list[tuple[Time, Time]]:
    """The stretches of no basal, (start, end), that the taper law does not judge.

    `least_nl_h` is what a stop leaves of the minimum rate for basal, if not all of it.
    """
    least = minimum_nl_h if least_nl_h is None else least_nl_h
    hard_stops_s = [e.t_s for e in events if _is_hard_stop(e)]
    spans: list[tuple[Time, Time]] = []
    before_nl_h = 0
    start_s: Time | None = None
    for t_s, rate in basal:
        if rate > 0 and start_s is not None:
            spans.append((start_s, t_s))
            start_s = None
        elif rate == 0 and before_nl_h > 0:
            hard = any(-SAME_INSTANT_S <= t_s - s <= SAME_INSTANT_S for s in hard_stops_s)
            if hard or least <= before_nl_h <= minimum_nl_h:
                start_s = t_s
        before_nl_h = rate
    if start_s is not None:
        spans.append((start_s, end_s))
    return spans


def _clock_faults(events: Iterable[Event], end_s: Time) -> list[tuple[Time, Time]]:
    """While the clock is not trusted the flow is the average, and a day after."""
    spans: list[tuple[Time, Time]] = []
    for event in events:
        if event.name == "CLOCK_FAULT" and event.event == "raised":
            spans.append((event.t_s, end_s))
        elif event.name == "CLOCK_FAULT" and event.event == "cleared" and spans:
            spans[-1] = (spans[-1][0], event.t_s + DAY_S)
    return spans


def _is_hard_stop(event: Event) -> bool:
    raised_fault = event.name == "STEP_FAULT" and event.event == "raised"
    return raised_fault or (event.kind == "command" and event.name in EMERGENCY_STOP)

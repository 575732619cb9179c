"""How fast did the planned rate fall? The largest 1 - rate(t) / rate(t - 24 h)."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from pumprig.analysis.clock import DAY_S
from pumprig.analysis.piecewise import PiecewiseConstant
from pumprig.rig.record import Event, RateChange

# Events and rate changes carry whole seconds: the two of one stop may differ by one.
SAME_INSTANT_S = 1
EMERGENCY_STOP = ("emergency_stop", "estop")  # as scenarios and as the link call it


def rate_drop_max_per_day(
    rates: Sequence[RateChange], events: Iterable[Event], minimum_nl_h: int, end_s: int
) -> float | None:
    """The largest drop over t in 24 h..end_s, end excluded; None where no t has a rate before it.

    Left out: zero flow that began with a hard stop (emergency stop, STEP_FAULT) or that ended
    delivery at the minimum rate, until flow begins again. Both rates are constant between the
    instants looked at, so the right-hand values there are all the values there are.
    """
    rate = PiecewiseConstant((change.t_s, change.rate_nl_h) for change in rates)
    excused = _excused(rates, [e.t_s for e in events if _is_hard_stop(e)], minimum_nl_h, end_s)
    changes = {change.t_s for change in rates}
    instants = {DAY_S} | changes | {t_s + DAY_S for t_s in changes}
    drops = [
        1 - Fraction(rate.at(t_s), rate.at(t_s - DAY_S))
        for t_s in instants
        if DAY_S <= t_s < end_s
        and rate.at(t_s - DAY_S) > 0
        and not any(start <= t_s < end for start, end in excused)
    ]
    return float(max(drops)) if drops else None


def _is_hard_stop(event: Event) -> bool:
    raised_fault = event.name == "STEP_FAULT" and event.event == "raised"
    return raised_fault or (event.kind == "command" and event.name in EMERGENCY_STOP)


def _excused(
    rates: Iterable[RateChange], hard_stops_s: list[int], minimum_nl_h: int, end_s: int
) -> list[tuple[int, int]]:
    """The stretches of zero flow, (start, end), that the taper law does not judge."""
    spans: list[tuple[int, int]] = []
    before_nl_h = 0
    start_s: int | None = None
    for change in rates:
        if change.rate_nl_h > 0 and start_s is not None:
            spans.append((start_s, change.t_s))
            start_s = None
        elif change.rate_nl_h == 0 and before_nl_h > 0:
            hard = any(abs(stop_s - change.t_s) <= SAME_INSTANT_S for stop_s in hard_stops_s)
            if hard or before_nl_h == minimum_nl_h:
                start_s = change.t_s
        before_nl_h = change.rate_nl_h
    if start_s is not None:
        spans.append((start_s, end_s))
    return spans

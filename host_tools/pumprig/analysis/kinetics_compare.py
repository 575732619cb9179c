"""What would stopping at once have done, beside what the pump did?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from pumprig.analysis.clock import DAY_S, HOUR_S, end_s
from pumprig.analysis.kinetics import Course, Family, Floats
from pumprig.analysis.kinetics_dosing import dosing_of
from pumprig.rig.record import Event, Run

GUARD_ENGAGED = "guard engaged"
NEVER = "not in this run"
SHOWN_FROM = 0.005  # an index below this is none at the two digits that are shown


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two courses from one moment on. `stop` is None where the run ended before that moment."""

    stop_s: int
    moment: str  # what happened at stop_s, in words
    pump: Family
    stop: Family | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report's table under the picture."""

    label: str
    pump: str
    stop: str


def compare(run: Run) -> Comparison | None:
    """None for a run that the model is not about."""
    dosing = dosing_of(run)
    if dosing is None:
        return None
    stop_s, moment = moment_of_stop(run.events)
    stop = Family.of(dosing.stopped_at(stop_s)) if stop_s < end_s(run) else None
    return Comparison(stop_s, moment, Family.of(dosing), stop)


def moment_of_stop(events: Iterable[Event]) -> tuple[int, str]:
    """When to stop at once: where a pump without a taper guard leaves its program behind.

    That is when the guard first engaged; else the last low-reservoir alarm; else, in a run
    without either, the end of day 1 so that there is something to see.
    """
    raised = [event for event in events if event.kind == "alarm" and event.event == "raised"]
    guards = [event.t_s for event in raised if event.name == "TAPER_GUARD"]
    if guards:
        return max(0, guards[0]), GUARD_ENGAGED
    lows = [event.t_s for event in raised if event.name == "LOW_RESERVOIR"]
    if lows:
        return max(0, lows[-1]), "last low-reservoir alarm"
    return DAY_S, "end of the first day"


def lines(comparison: Comparison) -> list[Line]:
    """What to read from the picture; all times count from the stop."""
    stop = comparison.stop
    if stop is None:
        return []

    def line(label: str, write: Callable[[Family, int], str]) -> Line:
        moment = comparison.stop_s
        return Line(label, write(comparison.pump, moment), write(stop, moment))

    return [
        line("CSF concentration falls to a tenth after", lambda f, at: _fall(f, "csf", 0.1, at)),
        line("Effect falls to half after", lambda f, at: _fall(f, "effect", 0.5, at)),
        line("Highest withdrawal index (band)", _worst),
        line("Highest withdrawal index after", _worst_after),
    ]


def fallen_after_s(course: Course, quantity: str, share: float, from_s: int) -> float | None:
    """Seconds from `from_s` until `quantity` is `share` of what it was then; None: it never is."""
    values: Floats = getattr(course, quantity)
    wanted = share * np.interp(from_s, course.t_s, values)
    below = np.flatnonzero((course.t_s > from_s) & (values <= wanted))
    if not below.size or not wanted:
        return None
    i = int(below[0])
    there = np.interp(wanted, values[[i, i - 1]], course.t_s[[i, i - 1]])
    return float(there) - from_s


def worst_withdrawal(course: Course, from_s: int) -> tuple[float, float]:
    """(highest index from `from_s` on, seconds from `from_s` to it)."""
    late = course.t_s >= from_s
    i = int(np.argmax(course.withdrawal[late]))
    return float(course.withdrawal[late][i]), float(course.t_s[late][i]) - from_s


def duration(seconds: float) -> str:
    """As in `46 h` or `10.4 d`: no finer than such a model deserves."""
    if seconds < 2 * DAY_S:
        return f"{seconds / HOUR_S:.0f} h"
    return f"{seconds / DAY_S:.1f} d"


def _fall(family: Family, quantity: str, share: float, from_s: int) -> str:
    after_s = fallen_after_s(family.nominal, quantity, share, from_s)
    return NEVER if after_s is None else duration(after_s)


def _worst(family: Family, from_s: int) -> str:
    peaks = [worst_withdrawal(course, from_s)[0] for course in (family.nominal, *family.others)]
    return f"{peaks[0]:.2f} ({min(peaks):.2f} to {max(peaks):.2f})"


def _worst_after(family: Family, from_s: int) -> str:
    highest, after_s = worst_withdrawal(family.nominal, from_s)
    if highest < SHOWN_FROM:
        return "none"
    rising = from_s + after_s == family.nominal.t_s[-1]
    return duration(after_s) + (", the end of the run" if rising else "")

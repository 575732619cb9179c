"""How high may the ideal basal be? The caps, decided on the hour, and what they make of a rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from pumprig.analysis.programmed import Programmed

HOURS_PER_DAY = 24

StopPlan = Sequence[tuple[int, int]]
"""(hour since the stop began, permille of the rate it began from), ascending; may be empty."""


@dataclass(slots=True)
class _Stop:
    """A planned stop under way. Hours are hours of running since it began."""

    cap: int
    began_from: int
    plan: StopPlan
    ends: str  # "stopped" | "minimum"
    is_holiday: bool
    hours: int = 0
    at_minimum_since: int | None = None

    def hour(self, minimum: int, keep_permille: int) -> bool:
        """Decide the cap of the next hour of running; whether the pump stops instead."""
        planned = dict(self.plan)
        last = max(planned, default=0)
        if self.hours in planned:
            self.cap = max(minimum, share_up(planned[self.hours], self.began_from))
        elif self.hours >= last and (self.hours - last) % HOURS_PER_DAY == 0:
            self.cap = max(minimum, share_up(keep_permille, self.cap))
        if self.cap > minimum:
            self.at_minimum_since = None
        elif self.at_minimum_since is None:
            self.at_minimum_since = self.hours
        since = self.at_minimum_since
        stops = since is not None and self.hours - since >= HOURS_PER_DAY
        self.hours += 1
        return stops and self.ends == "stopped"


class Caps:
    """Guard, resume, stop cap and hold. Flows nL/h, None where a cap is not there."""

    def __init__(self, programmed: Programmed) -> None:
        self.programmed = programmed
        self.used: dict[int, int] = {}  # hour -> use of it
        self.guards: dict[int, int] = {}  # hour -> guard cap
        self.guard = 0  # the first hour decides it before it is used
        self.resume: int | None = None
        self.resume_hours = 0
        self.stop: _Stop | None = None
        self.held = False

    # -- orders, on the hour at which they act ---------------------------------------------------
    def begin_resume(self, hour: int) -> None:
        self.resume = self._highest_used(hour)
        self.resume_hours = 0

    def begin_stop(self, hour: int, plan: StopPlan, ends: str, is_holiday: bool) -> None:
        highest = self._highest_used(hour)
        if self.stop is not None and self.stop.is_holiday:
            is_holiday = True  # a stop on top of it does not end it
        self.stop = _Stop(highest, highest, plan, ends, is_holiday)

    def end_holiday(self) -> None:
        if self.stop is not None and self.stop.is_holiday:
            self.stop = None

    def forget_guards(self) -> None:
        self.guards = {}

    @property
    def limited(self) -> bool:
        """Whether a refill now has to be followed by a climb."""
        guarded = self.guard < self.programmed.reference_nl_h
        return guarded or self.resume is not None or self.held

    # -- the hour --------------------------------------------------------------------------------
    def decide_guard(self, hour: int, usable_nl: int) -> None:
        floor = share_up(self._keep_permille, self.guards.get(hour - HOURS_PER_DAY, 0))
        self.guard = max(usable_nl * 10 // self.programmed.tau_dh, floor)
        self.guards[hour] = self.guard

    def raise_resume(self) -> None:
        if self.resume is None:
            return
        if self.resume_hours and self.resume_hours % HOURS_PER_DAY == 0:
            self.resume = self.resume * (1000 + self.programmed.rise_permille) // 1000
        self.resume_hours += 1
        if self.resume >= self.programmed.reference_nl_h:
            self.resume = None

    def lower_stop(self) -> bool:
        """Whether the pump stops now."""
        if self.stop is None:
            return False
        return self.stop.hour(self.programmed.minimum_nl_h, self._keep_permille)

    # -- what they make of it --------------------------------------------------------------------
    @property
    def smallest(self) -> int:
        caps = [self.guard, *self._stopping()]
        return min(caps if self.resume is None else [*caps, self.resume])

    def basal_nl_h(self, programmed_nl_h: int) -> int:
        """The basal rate where the program, or what stands for it, asks for `programmed_nl_h`."""
        minimum = self.programmed.minimum_nl_h
        rate = min(programmed_nl_h, self._of_basal(self.guard))
        if self.resume is not None:
            rate = min(rate, self._of_basal(self.resume))
        if rate < minimum <= programmed_nl_h:
            rate = minimum
        return min([rate, *map(self._of_basal, self._stopping())])

    def bolus_nl(self, volume_nl: int) -> int:
        """What is given of a periodic bolus that begins now."""
        reference = self.programmed.reference_nl_h
        return -(-volume_nl * min(self.smallest, reference) // reference)

    def use(self, hour: int, basal_nl_h: int) -> None:
        """The pump runs in `hour`, with `basal_nl_h`."""
        p = self.programmed
        use = min(self.smallest, p.reference_nl_h) if p.periodic else basal_nl_h
        self.used[hour] = max(use, self.used.get(hour, 0))

    def _stopping(self) -> list[int]:
        """The caps that may lie below the minimum rate's claim: no rate is raised above them."""
        stop = [] if self.stop is None else [self.stop.cap]
        return [*stop, self.programmed.minimum_nl_h] if self.held else stop

    def _of_basal(self, cap: int) -> int:
        """The share of a cap that is for basal: with periodic boluses, not all of it."""
        p = self.programmed
        if not p.periodic or cap >= p.reference_nl_h:
            return cap
        return -(-cap * p.highest_nl_h // p.reference_nl_h)

    def _highest_used(self, hour: int) -> int:
        """The highest use of the 24 hours before `hour`, at least the minimum rate."""
        day = range(hour - HOURS_PER_DAY, hour)
        return max(self.programmed.minimum_nl_h, *(self.used.get(h, 0) for h in day))

    @property
    def _keep_permille(self) -> int:
        return 1000 - self.programmed.max_drop_permille


def share_up(permille: int, value: int) -> int:
    """permille / 1000 of `value`, rounded up."""
    return -(-permille * value // 1000)

"""Which bolus is under way, and how fast? Operators' boluses, periodic ones and primes."""

from dataclasses import dataclass, replace

from pumprig.analysis.clock import HOUR_S
from pumprig.analysis.piecewise import Time


@dataclass(frozen=True, slots=True)
class Bolus:
    """`volume_nl` over `seconds` from `start_s` on, given exactly, by whole seconds and nL/h."""

    start_s: Time
    volume_nl: int
    seconds: int
    adds: bool  # on top of basal, else in its place
    is_prime: bool = False

    @property
    def end_s(self) -> Time:
        return self.start_s + self.seconds

    @property
    def slower_s(self) -> Time:
        """From here on it runs 1 nL/h slower."""
        return self.start_s + HOUR_S * self.volume_nl % self.seconds

    def rate_nl_h(self, t_s: Time) -> int:
        rate, seconds_faster = divmod(HOUR_S * self.volume_nl, self.seconds)
        return rate + (t_s < self.start_s + seconds_faster)


class Boluses:
    """At most one at a time. One that cannot begin at its second is not given."""

    def __init__(self) -> None:
        self.now: Bolus | None = None
        self._ordered: list[Bolus] = []
        self._stops_s: list[Time] = []

    def order(self, bolus: Bolus) -> None:
        self._ordered.append(bolus)

    def stop_at(self, end_s: Time) -> None:
        """The bolus under way ends at `end_s`, and one that would begin then or later does not."""
        self._stops_s.append(end_s)
        self._ordered = [bolus for bolus in self._ordered if bolus.start_s < end_s]

    def interrupt(self) -> None:
        """The pump stops: what is under way is never resumed, what is ordered never begins."""
        self.now = None
        self._ordered = []
        self._stops_s = []

    def end_due(self, t_s: Time) -> None:
        stopped = any(end_s <= t_s for end_s in self._stops_s)
        self._stops_s = [end_s for end_s in self._stops_s if end_s > t_s]
        if self.now is not None and (stopped or self.now.end_s <= t_s):
            self.now = None

    def take_ordered(self, t_s: Time) -> list[Bolus]:
        """The boluses ordered for `t_s`, in order; they are then no longer waiting."""
        due = [bolus for bolus in self._ordered if bolus.start_s <= t_s]
        self._ordered = [bolus for bolus in self._ordered if bolus.start_s > t_s]
        return due

    def begin(self, bolus: Bolus, adds: bool) -> None:
        """Let it begin, if none is under way and there is anything to give."""
        if self.now is None and bolus.volume_nl > 0:
            self.now = replace(bolus, adds=adds)

    def times(self) -> list[Time]:
        """Every instant known by now at which a bolus begins, ends or changes its rate."""
        now = [] if self.now is None else [self.now.slower_s, self.now.end_s]
        return [*now, *self._stops_s, *(bolus.start_s for bolus in self._ordered)]

"""What does the pump ask for now, before any cap? Program, civil time, lost clock and bridge."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from pumprig.analysis.clock import DAY_S, HOUR_S
from pumprig.analysis.ideal_ledger import Fill
from pumprig.analysis.piecewise import Time
from pumprig.analysis.programmed import Programmed


@dataclass(frozen=True, slots=True)
class _Bridge:
    """What is left of the old solution in the line, at the old program's average."""

    fill: Fill  # the filling that brought the new one
    line_nl: int
    rate_nl_h: int


class Source:
    """The program in force by civil time, and what stands in its place."""

    def __init__(self, programmed: Programmed, offset_s: int) -> None:
        self.programmed = programmed
        self._offset_s = offset_s  # civil time at pump time 0
        self._loss_hours: list[int] = []  # of each loss of the clock, also of those to come
        self._begun = 0  # losses begun
        self._lost: int | None = None  # the loss that no operator has mended
        self._no_periodic_until_s: Time = 0
        self._bridge: _Bridge | None = None
        self._bridge_end_s: Time | None = None

    def rate_nl_h(self, t_s: Time) -> int:
        """The programmed basal at `t_s`, or what stands for it."""
        if self._bridge is not None:
            return self._bridge.rate_nl_h
        if self._lost is None:
            return self.programmed.rate_nl_h(t_s + self._offset_s)
        safe_is_to_go_on = self.programmed.profile == "itb"
        return self.programmed.average_nl_h if safe_is_to_go_on else self.programmed.minimum_nl_h

    def periodic_at(self, t_s: Time) -> Iterator[tuple[int, int]]:
        """(volume_nl, seconds) of the periodic bolus that begins at `t_s`, if any."""
        withheld = self._lost is not None or self._bridge is not None
        if withheld or t_s < self._no_periodic_until_s:
            return
        for at_s, volume_nl, seconds in self.programmed.periodic:
            if at_s == (t_s + self._offset_s) % DAY_S:
                yield volume_nl, seconds

    def times(self, now: Time) -> Iterator[Time]:
        """The next instants at which a rate, a periodic bolus or the end of a bridge may come."""
        civil_s = now + self._offset_s
        yield now + self.programmed.next_start_s(civil_s)
        for at_s, _, _ in self.programmed.periodic:
            yield now + ((at_s - civil_s) % DAY_S or DAY_S)
        if self._bridge_end_s is not None:
            yield self._bridge_end_s

    # -- the clock -------------------------------------------------------------------------------
    def note_loss(self, front_s: Time) -> None:
        """The clock is lost from the first full hour at or after `front_s` on."""
        self._loss_hours.append(math.ceil(Fraction(front_s) / HOUR_S))

    def lose_clock(self, hour: int) -> None:
        """Losses that begin by `hour` do, each once, in the order in which they were noted."""
        while self._begun < len(self._loss_hours) and self._loss_hours[self._begun] <= hour:
            self._lost = self._begun
            self._begun += 1

    def set_clock(self, t_s: Time, offset_s: int, losses_known: int) -> None:
        """An operator's time holds, given when `losses_known` losses had been.

        The clock went the shorter way round the day, 12 hours back. Until the day is again where
        it was no periodic bolus begins, for it has had its turn.
        """
        forward_s = (offset_s - self._offset_s) % DAY_S
        if forward_s < DAY_S // 2:
            self._no_periodic_until_s -= forward_s
        else:
            ahead_s = max(self._no_periodic_until_s, t_s)
            self._no_periodic_until_s = ahead_s + DAY_S - forward_s
        self._offset_s = offset_s
        if self._lost is not None and self._lost < losses_known:
            self._lost = None

    # -- the bridge ------------------------------------------------------------------------------
    def begin_bridge(self, fill: Fill, old: Programmed) -> None:
        """Since `fill` the line still holds the solution of the `old` program."""
        if old.average_nl_h:
            self._bridge = _Bridge(fill, old.line_nl, old.average_nl_h)

    def reckon_bridge(self, t_s: Time, steps: int, rate_nl_h: int) -> None:
        """It ends when the books say that the line's volume has been given, in whole seconds.

        `rate_nl_h` is what its rate is under the caps.
        """
        if self._bridge is None:
            return
        left_nl = self._bridge.line_nl - self._bridge.fill.given_nl(steps)
        if left_nl <= 0:
            self._bridge = self._bridge_end_s = None
        else:
            self._bridge_end_s = t_s - (-left_nl * HOUR_S // rate_nl_h) if rate_nl_h else None

    def pause_bridge(self) -> None:
        """The pump stands still: what is left stays left, and is reckoned when it begins again."""
        self._bridge_end_s = None

    def end_bridge(self, t_s: Time) -> None:
        if self._bridge_end_s is not None and self._bridge_end_s <= t_s:
            self._bridge = self._bridge_end_s = None

"""What should the pump have delivered? docs/law.md, exact, sharing no line with the firmware.

Volumes nL, flows whole nL/h, times pump seconds. The parts: ideal_walk goes once through the time
line; ideal_caps, ideal_source, ideal_boluses, ideal_window and ideal_ledger each know one thing.

What operators and the world do is an `Action`, a tuple of the pump time of the order, its name and
what it says. Times with a name below are not decided by the law; the device's answer or log has
them, and they are never before the order.

    (t_s, "refill", volume_nl)                         in the reservoir, residual included
    (t_s, "refill", volume_nl, program)                with change of program
    (t_s, "refill", volume_nl, program, bridge)        a bool: bridge the old solution in the line
    (t_s, "change", program)
    (t_s, "stop")
    (t_s, "stop", plan, ends)                          [[hour, permille], ...], may be empty;
                                                       "stopped" or "minimum"
    (t_s, "stop", plan, ends, kind)                    "", "holiday" or "supervised"
    (t_s, "resume_direct")
    (t_s, "time", weekday, tod_s)                      civil time at t_s; Monday is 0
    (t_s, "clock_lost", front_s)                       and where the plan ended then
    (t_s, "hold", from_s) (t_s, "release", from_s)     profile itb; under pca the pump stops
    (t_s, "bolus", volume_nl, seconds, start_s)        an operator's, single or on demand
    (t_s, "bolus_stop", end_s)
    (t_s, "prime", volume_nl, seconds, start_s)
    (t_s, "refill_cancel")                             of a refill that had become a hold
    (t_s, "emergency_stop") (t_s, "restart")           restart while stopping: ends the stop

Where the law leaves something open, here is how it is read.
- The average is rounded down. A solution is its drugs with their concentrations.
- A lost clock is mended at the hour at which `time` acts, if given after the loss.
- `time` moves civil time the shorter way round the day, 12 hours back; after a move back no
  periodic bolus begins until the time of day is where it was.
- A holiday is over for the stop cap when a change acts while that cap is there, however low it is.
- Hours of a planned stop, like the days of a resume cap, are hours of running since it began.
- What is due while the pump stands still acts when it begins again. The residual is that of the
  program in force when the reservoir is filled. A change never alters the volume of a step.
- A bolus keeps adding to basal, or taking its place, as the program said when it began. At one
  second an operator's bolus comes before a periodic one; one that begins where the last ends is
  given; one scaled to nothing is none. Whatever stops the pump ends the bolus under way.
- bolus_stop ends the bolus under way at end_s, whoever asked for it, and one ordered before that
  would not have begun by then.
- A prime takes the place of basal, also of no basal while the pump is stopped.
- The 24 h limit is decided by whole seconds. While it holds, basal is at most the rate held. On a
  change of solution each rate given before counts as rate x new L / old L, rounded up.
- The bridge stands for the programmed basal, under the caps; no periodic bolus begins meanwhile.
  What is left is by the books; it is reckoned at its beginning, every full hour, every restart and
  hold, and ends at the whole second at which it is given.
- Basal is what the law above makes it, also while a bolus takes its place; 0 while the pump does
  not run or primes. Use is of that basal. A hold counts as a cap wherever caps are compared.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from pumprig.analysis.clock import DAY_S, HOUR_S
from pumprig.analysis.ideal_ledger import whole_steps
from pumprig.analysis.ideal_walk import Action, Walk
from pumprig.analysis.piecewise import PiecewiseConstant, Time
from pumprig.analysis.programmed import Programmed
from pumprig.rig.record import Sample

__all__ = ["Action", "Ideal", "volume_error_steps_max"]


class Ideal:
    """The ideal delivery over 0..end_s of pump time, for a program and what operators did.

    `actions` are in order of time; those after end_s have no effect. A ValueError refuses actions
    out of order or unknown, and questions about times outside 0..end_s. After a stop delivery
    begins `start_delay_s` after the order, the time a device plans ahead. Pump time 0 is
    `tod_s` seconds after the midnight that begins `weekday`, 0 for Monday.
    """

    def __init__(
        self,
        program: Mapping[str, object],
        actions: Sequence[Action],
        end_s: int,
        start_delay_s: int = 0,
        weekday: int = 0,
        tod_s: int = 0,
    ):
        self.end_s = end_s
        walk = Walk(Programmed.of(program), start_delay_s, weekday * DAY_S + tod_s)
        walk.run(actions, end_s)
        self.changes = walk.changes
        """(t_s, rate, basal) at every change of one of them."""
        self._basal = PiecewiseConstant((t_s, basal) for t_s, _, basal in walk.changes)
        self.rates: list[tuple[Time, int]] = []
        for t_s, rate, _ in walk.changes:
            if not self.rates or self.rates[-1][1] != rate:
                self.rates.append((t_s, rate))
        self._rate = PiecewiseConstant(self.rates)
        self._counted = PiecewiseConstant(walk.counted)
        self._nl_per_1000_steps = walk.nl_per_1000_steps
        self._fills = walk.fills
        self._dropped = walk.dropped

    def rate_nl_h(self, t_s: Time) -> int:
        """The rate from `t_s` on, with boluses."""
        return self._rate.at(self._inside(t_s))

    def basal_nl_h(self, t_s: Time) -> int:
        """The basal rate from `t_s` on, also while a bolus takes its place."""
        return self._basal.at(self._inside(t_s))

    def volume_nl(self, t_s: Time) -> Fraction:
        """Volume delivered from the start until `t_s`: the integral of the rate."""
        return Fraction(self._rate.area(self._inside(t_s))) / HOUR_S

    def window_nl(self, t_s: Time) -> Fraction:
        """Volume delivered in the 24 hours until `t_s`, primes apart."""
        given = self._counted.area(self._inside(t_s)) - self._counted.area(t_s - DAY_S)
        return Fraction(given) / HOUR_S

    def steps(self, t_s: Time) -> Fraction:
        """Motor steps until `t_s`, with the part of the one under way."""
        steps = self.volume_nl(t_s) * 1000 / self._nl_per_1000_steps
        return steps - sum(part for dropped_s, part in self._dropped if dropped_s <= t_s)

    def usable_nl(self, t_s: Time) -> int:
        """The ledger: volume above the residual at `t_s`, a refill counted at once."""
        fill = self._fills[bisect_right(self._fills, t_s, key=lambda fill: fill.t_s) - 1]
        return fill.usable_nl(whole_steps(self.steps(t_s)))

    def _inside(self, t_s: Time) -> Time:
        if not 0 <= t_s <= self.end_s:
            raise ValueError(f"{t_s} s is not in 0..{self.end_s}")
        return t_s


def volume_error_steps_max(samples: Iterable[Sample], ideal: Ideal) -> float:
    """The largest |emitted - ideal| over `samples`, in steps; 0 without samples."""
    errors = (abs(s.emitted - ideal.steps(Fraction(s.now_ms, 1000))) for s in samples)
    return float(max(errors, default=Fraction(0)))

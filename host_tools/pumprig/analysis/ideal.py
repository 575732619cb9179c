"""What should the pump have delivered? The documented law, exact, sharing no line with firmware.

The law. Volumes nL, flows whole nL/h, times pump seconds; time 0 is a midnight.

Program. Each stated time of day starts `lead_s` earlier, across midnight if need be.

Ledger. A step is made when the ideal volume passes k + 1/2 steps. usable = fill - residual -
floor(steps since the fill x nl_per_1000_steps / 1000). A refill sets it at once. A step is made
only if usable stays at zero or above; the ideal volume ends with the last such step, and the pump
is empty. Filling an empty pump starts it again at once.

Orders. refill, stop and resume_direct given at t act on the caps at the first full hour g at or
after t + 3600; a later order of the same kind takes the place of one that has not acted yet. An
hour that begins in the second of an order is decided before it.

Hours. While the pump runs, every full hour decides, in this order, for the hour that follows:
- refill: the guard caps so far are forgotten; if at t the rate was limited (guard cap below the
  program's highest rate, or a resume cap), a resume cap begins at the highest rate used in the
  last 24 hours, at least the minimum rate;
- resume_direct: the resume cap is dropped;
- stop: a stop cap begins at the highest rate used in the last 24 hours less one daily reduction;
- guard cap = usable x 10 // tau_dh, but never below (1 - d) x the guard cap of 24 hours before,
  rounded up, where there is one: whole nL/h must not break "never more than d per day". While a
  refill waits to act, the guard cap stays as it is;
- the resume cap, every 24 hours of running after its beginning, rises by the indication's
  titration step (USP DI monograph: spinal 30 %, cerebral 15 %), rounded down, and is dropped once
  it is at or above the program's highest rate;
- the stop cap, every 24 hours after its beginning, falls by d, rounded up, to the minimum rate;
  a day there, then the pump is stopped.

Rate = min(programmed, guard, resume); raised to the minimum rate where that would be below it and
the program is not; then min with the stop cap.

Emergency stop: rate 0 at once, until a restart. Restart: at once; the stop cap and a stop that
waits are forgotten, the guard is decided, a resume cap stays. The part of a step that was under
way at the stop is not made up for: steps count on from whole ones.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from pumprig.analysis.clock import HOUR_S
from pumprig.analysis.piecewise import PiecewiseConstant, Time
from pumprig.analysis.programmed import Programmed
from pumprig.rig.record import Sample

Action = tuple[Time, str] | tuple[Time, str, int]
"""(t_s, "refill", volume_nl), (t_s, "stop" | "emergency_stop" | "resume_direct" | "restart")."""

RISE_PERMILLE = {"spinal": 300, "cerebral": 150}
HOURS_PER_DAY = 24


class Ideal:
    """The ideal delivery over 0..end_s of pump time, for a program and what operators did.

    `actions` are in order of time; those after end_s have no effect. A ValueError refuses actions
    out of order or unknown, and questions about times outside 0..end_s. After a stop delivery
    begins `start_delay_s` after the order, the time a device plans ahead.
    """

    def __init__(
        self,
        program: Mapping[str, object],
        actions: Sequence[Action],
        end_s: int,
        start_delay_s: int = 0,
    ):
        self.end_s = end_s
        self._programmed = Programmed.of(program)
        walk = _Walk(self._programmed, start_delay_s)
        walk.run(actions, end_s)
        self.rates: list[tuple[Time, int]] = walk.rates
        self._rate = PiecewiseConstant(walk.rates)
        self._fills = walk.fills
        self._dropped = walk.dropped

    def rate_nl_h(self, t_s: Time) -> int:
        """The rate from `t_s` on."""
        return self._rate.at(self._inside(t_s))

    def volume_nl(self, t_s: Time) -> Fraction:
        """Volume delivered from the start until `t_s`: the integral of the rate."""
        return Fraction(self._rate.area(self._inside(t_s))) / HOUR_S

    def steps(self, t_s: Time) -> Fraction:
        """Motor steps until `t_s`, with the part of the one under way."""
        steps = self.volume_nl(t_s) * 1000 / self._programmed.nl_per_1000_steps
        return steps - sum(part for restart_s, part in self._dropped if restart_s <= t_s)

    def usable_nl(self, t_s: Time) -> int:
        """The ledger: volume above the residual at `t_s`, a refill counted at once."""
        fill = self._fills[bisect_right(self._fills, t_s, key=lambda fill: fill.t_s) - 1]
        return fill.usable_nl(_whole_steps(self.steps(t_s)))

    def _inside(self, t_s: Time) -> Time:
        if not 0 <= t_s <= self.end_s:
            raise ValueError(f"{t_s} s is not in 0..{self.end_s}")
        return t_s


def volume_error_steps_max(samples: Iterable[Sample], ideal: Ideal) -> float:
    """The largest |emitted - ideal| over `samples`, in steps; 0 without samples."""
    errors = (abs(s.emitted - ideal.steps(Fraction(s.now_ms, 1000))) for s in samples)
    return float(max(errors, default=Fraction(0)))


def _whole_steps(steps: Fraction) -> int:
    """The motor's rounding: a step is made when the integral passes k + 1/2."""
    return (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)


@dataclass(frozen=True, slots=True)
class _Fill:
    """The reservoir from one filling to the next."""

    t_s: Time
    filled_nl: int  # above the residual
    steps_before: int  # whole steps made before this filling
    nl_per_1000_steps: int

    def usable_nl(self, steps: int) -> int:
        """What is left after `steps` whole steps since the start of the program."""
        return self.filled_nl - (steps - self.steps_before) * self.nl_per_1000_steps // 1000

    @property
    def last_step(self) -> int:
        """The last step since the start of the program that leaves usable_nl at 0 or above."""
        return self.steps_before + (1000 * (self.filled_nl + 1) - 1) // self.nl_per_1000_steps


class _Walk:
    """Goes once through the time line and leaves `rates`, `fills` and `dropped` behind."""

    def __init__(self, programmed: Programmed, start_delay_s: int) -> None:
        self.programmed = programmed
        self.start_delay_s = start_delay_s
        self.begins_s: Time | None = None  # a stopped pump has been told to begin then
        self.keep_permille = 1000 - programmed.max_drop_permille
        self.rates: list[tuple[Time, int]] = []
        self.fills: list[_Fill] = []
        self.dropped: list[tuple[Time, Fraction]] = []  # (restart, part of a step not made up for)
        self.steps = Fraction(0)
        self.running = True
        self.empty = False
        self.acts_at: dict[str, int] = {}  # order -> hour at which it acts
        self.refilled_limited = False
        self.used: dict[int, int] = {}  # hour -> highest rate used in it
        self.guards: dict[int, int] = {}  # hour -> guard cap
        self.guard = 0  # the first hour decides it before it is used
        self.resume: int | None = None
        self.stop: int | None = None
        self.resume_hours = self.stop_hours = 0
        self.last_hour = -1
        self._fill(0, programmed.volume_nl)

    def run(self, actions: Sequence[Action], end_s: int) -> None:
        """Walk from one instant at which anything can change to the next."""
        if any(later[0] < earlier[0] for earlier, later in pairwise([(0, "start"), *actions])):
            raise ValueError("actions are not in order of time, from 0 on")
        instants = {
            *range(0, end_s, HOUR_S),
            *self.programmed.starts_until(end_s),
            *(action[0] for action in actions if action[0] < end_s),
            *(t for action in actions if (t := action[0] + self.start_delay_s) < end_s),
            end_s,
        }
        now: Time = 0
        left = list(actions)
        for then in sorted(instants):
            if then > now:
                self._deliver(now, then)
            now = then
            if now % HOUR_S == 0:
                self._decide(now)
            while left and left[0][0] <= now:
                self._act(left.pop(0))
            if self.begins_s is not None and now >= self.begins_s:
                self.begins_s = None
                self.running = True
                self._decide(now)

    # -- what operators do -----------------------------------------------------------------------
    def _act(self, action: Action) -> None:
        match action:
            case (t_s, "refill", int(volume_nl)):
                self._refill(t_s, volume_nl)
            case (t_s, "stop" | "resume_direct" as order):
                self._order(t_s, order)
            case (_, "emergency_stop"):
                self.running = False
                self.begins_s = None
            case (t_s, "restart"):
                self._restart(t_s)
            case _:
                raise ValueError(f"unknown action {action!r}")

    def _order(self, t_s: Time, order: str) -> None:
        self.acts_at[order] = math.ceil(Fraction(t_s) / HOUR_S) + 1

    def _refill(self, t_s: Time, volume_nl: int) -> None:
        below = self.guard < self.programmed.highest_nl_h
        self.refilled_limited = below or self.resume is not None
        self._fill(t_s, volume_nl)
        self._order(t_s, "refill")
        if self.empty:
            self.empty = False
            self.begins_s = t_s + self.start_delay_s

    def _fill(self, t_s: Time, volume_nl: int) -> None:
        p = self.programmed
        filled_nl = max(0, volume_nl - p.residual_nl)
        self.fills.append(_Fill(t_s, filled_nl, _whole_steps(self.steps), p.nl_per_1000_steps))

    def _restart(self, t_s: Time) -> None:
        self.begins_s = t_s + self.start_delay_s
        self.stop = None
        self.acts_at.pop("stop", None)
        self.dropped.append((t_s, self.steps - _whole_steps(self.steps)))
        self.steps = Fraction(_whole_steps(self.steps))

    # -- the hour --------------------------------------------------------------------------------
    def _decide(self, t_s: Time) -> None:
        """Decide the caps for the hour of `t_s`; a second time in an hour, the guard alone."""
        if not self.running:
            return
        hour = int(t_s) // HOUR_S
        if self._is_due("refill", hour):
            self.guards = {}
            self.resume = None
            if self.refilled_limited:
                self.resume = max(self.programmed.minimum_nl_h, self._highest_used(hour))
                self.resume_hours = 0
        if self._is_due("resume_direct", hour):
            self.resume = None
        if self._is_due("stop", hour):
            self.stop = self._highest_used(hour)
            self.stop_hours = 0
        if "refill" not in self.acts_at:
            self._decide_guard(hour)
        if hour != self.last_hour:
            self.last_hour = hour
            self._raise_resume()
            self._lower_stop()

    def _is_due(self, order: str, hour: int) -> bool:
        """Whether `order` acts now; it acts once."""
        due = self.acts_at.get(order, hour + 1) <= hour
        if due:
            del self.acts_at[order]
        return due

    def _decide_guard(self, hour: int) -> None:
        usable_nl = self.fills[-1].usable_nl(_whole_steps(self.steps))
        floor = _share_up(self.keep_permille, self.guards.get(hour - HOURS_PER_DAY, 0))
        self.guard = max(usable_nl * 10 // self.programmed.tau_dh, floor)
        self.guards[hour] = self.guard

    def _raise_resume(self) -> None:
        if self.resume is None:
            return
        if self.resume_hours and self.resume_hours % HOURS_PER_DAY == 0:
            self.resume = self.resume * (1000 + RISE_PERMILLE[self.programmed.indication]) // 1000
        self.resume_hours += 1
        if self.resume >= self.programmed.highest_nl_h:
            self.resume = None

    def _lower_stop(self) -> None:
        if self.stop is None:
            return
        minimum = self.programmed.minimum_nl_h
        if self.stop_hours % HOURS_PER_DAY == 0:
            if self.stop_hours and self.stop <= minimum:
                self.running = False
            self.stop = max(minimum, _share_up(self.keep_permille, self.stop))
        self.stop_hours += 1

    def _highest_used(self, hour: int) -> int:
        return max(self.used.get(h, 0) for h in range(hour - HOURS_PER_DAY, hour))

    # -- delivery --------------------------------------------------------------------------------
    def _limited_rate(self, t_s: Time) -> int:
        if not self.running:
            return 0
        programmed = self.programmed.rate_nl_h(t_s)
        minimum = self.programmed.minimum_nl_h
        rate = min(programmed, self.guard)
        if self.resume is not None:
            rate = min(rate, self.resume)
        if rate < minimum <= programmed:
            rate = minimum
        return rate if self.stop is None else min(rate, self.stop)

    def _deliver(self, start: Time, end: Time) -> None:
        """Advance the exact volume; nothing but running out can change the rate on the way."""
        rate = self._limited_rate(start)
        payable = self.fills[-1].last_step - self.steps
        if rate and payable <= 0:
            self._run_empty(start)
            return
        self._set_rate(start, rate)
        if not rate:
            return
        hour = int(start) // HOUR_S
        self.used[hour] = max(rate, self.used.get(hour, 0))
        steps_per_s = Fraction(5 * rate, 18 * self.programmed.nl_per_1000_steps)
        self.steps += min(payable, steps_per_s * (end - start))
        if steps_per_s * (end - start) > payable:
            self._run_empty(start + payable / steps_per_s)

    def _run_empty(self, t_s: Time) -> None:
        self.empty = True
        self.running = False
        self._set_rate(t_s, 0)

    def _set_rate(self, t_s: Time, rate: int) -> None:
        if not self.rates or self.rates[-1][1] != rate:
            self.rates.append((t_s, rate))


def _share_up(permille: int, value: int) -> int:
    """permille / 1000 of `value`, rounded up."""
    return -(-permille * value // 1000)

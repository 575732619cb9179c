"""Once through the time line: what is decided, what begins and ends, and what is delivered."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from pumprig.analysis.clock import DAY_S, HOUR_S
from pumprig.analysis.ideal_boluses import Bolus, Boluses
from pumprig.analysis.ideal_caps import Caps, StopPlan
from pumprig.analysis.ideal_ledger import Fill, whole_steps
from pumprig.analysis.ideal_source import Source
from pumprig.analysis.ideal_window import Window
from pumprig.analysis.piecewise import Time
from pumprig.analysis.programmed import Programmed

# Documented in ideal.py.
Action = tuple[Time, str, *tuple[Any, ...]]


class Walk:
    """Leaves `changes`, `fills`, `dropped` and `counted` behind."""

    def __init__(self, programmed: Programmed, start_delay_s: int, offset_s: int) -> None:
        self.changes: list[tuple[Time, int, int]] = []  # from then on, rate and basal
        self.counted: list[tuple[Time, int]] = []  # from then on, what counts against 24 h
        self.fills: list[Fill] = []
        self.dropped: list[tuple[Time, Fraction]] = []  # (instant, part of a step not made up for)
        self.nl_per_1000_steps = programmed.nl_per_1000_steps
        self.steps = Fraction(0)
        self.running = True
        self.empty = False
        self.begins_s: Time | None = None  # a stopped pump has been told to begin then
        self._start_delay_s = start_delay_s
        self._source = Source(programmed, offset_s)
        self._caps = Caps(programmed)
        self._boluses = Boluses()
        self._window = Window()
        self._acts_at: dict[str, int] = {}  # order -> hour at which it acts
        self._waiting: dict[str, tuple[Any, ...]] = {}  # order -> what it says
        self._refilled_limited = False
        self._losses_known = 0
        self._holds: list[tuple[Time, bool]] = []  # in order of being ordered
        self._last_hour = -1
        self._fill(0, programmed.volume_nl)

    def run(self, actions: Sequence[Action], end_s: int) -> None:
        """Walk from one instant at which anything can change to the next."""
        if any(later[0] < earlier[0] for earlier, later in pairwise([(0, "start"), *actions])):
            raise ValueError("actions are not in order of time, from 0 on")
        for action in actions:
            # It may act on an hour of its own second, which is decided before other orders.
            if action[0] <= end_s and action[1] == "clock_lost":
                self._source.note_loss(action[2])
        left = list(actions)
        now: Time = 0
        while True:
            if now % HOUR_S == 0:
                self._decide(now)
            while left and left[0][0] <= now:
                self._act(left.pop(0))
            self._happen(now)
            if now >= end_s:
                return
            times = [end_s, *self._times(now), *(action[0] for action in left[:1])]
            then = min(t_s for t_s in times if t_s > now)
            self._deliver(now, then)
            now = then

    def _times(self, now: Time) -> Iterator[Time]:
        """Every instant known by now at which something can change."""
        yield (now // HOUR_S + 1) * HOUR_S
        yield from self._source.times(now)
        yield from self._boluses.times()
        yield from (from_s for from_s, _ in self._holds)
        for t_s in (self.begins_s, self._window.next_change(now)):
            if t_s is not None:
                yield t_s

    # -- what operators do -----------------------------------------------------------------------
    def _act(self, action: Action) -> None:
        match action:
            case (t_s, "refill", int(volume_nl)):
                self._refill(t_s, volume_nl)
            case (t_s, "refill", int(volume_nl), Mapping() as program):
                self._refill(t_s, volume_nl)
                self._change(t_s, program, self.fills[-1], bridge=False)
            case (t_s, "refill", int(volume_nl), Mapping() as program, bool(bridge)):
                self._refill(t_s, volume_nl)
                self._change(t_s, program, self.fills[-1], bridge)
            case (t_s, "change", Mapping() as program):
                self._change(t_s, program, None, bridge=False)
            case (t_s, "stop"):
                self._stop(t_s, [], "stopped")
            case (t_s, "stop", plan, "stopped" | "minimum" as ends):
                self._stop(t_s, plan, ends)
            case (t_s, "stop", plan, "stopped" | "minimum" as ends, str(kind)):
                self._stop(t_s, plan, ends, kind)
            case (t_s, "time", int(weekday), int(tod_s)):
                offset_s = weekday * DAY_S + tod_s - math.floor(t_s)
                self._order(t_s, "time", offset_s, self._losses_known)
            case (t_s, "resume_direct"):
                self._order(t_s, "resume_direct")
            case (_, "clock_lost", _):
                self._losses_known += 1  # noted before the walk
            case (_, "hold" | "release" as order, from_s):
                self._holds.append((from_s, order == "hold"))
            case (_, "bolus", int(volume_nl), int(seconds), start_s) if seconds > 0:
                self._boluses.order(Bolus(start_s, volume_nl, seconds, adds=True))
            case (_, "prime", int(volume_nl), int(seconds), start_s) if seconds > 0:
                self._boluses.order(Bolus(start_s, volume_nl, seconds, adds=False, is_prime=True))
            case (_, "bolus_stop", end_s):
                self._boluses.stop_at(end_s)
            case (_, "emergency_stop"):
                self._stop_running()
                self.begins_s = None
            case (t_s, "refill_cancel"):
                self._refilled_limited = True
                self._order(t_s, "refill")
            case (t_s, "restart") if self.running:
                self._acts_at.pop("stop", None)
                self._order(t_s, "unstop")
            case (t_s, "restart"):
                self._restart(t_s)
            case _:
                raise ValueError(f"unknown action {action!r}")

    def _stop(self, t_s: Time, plan: StopPlan, ends: str, kind: str = "") -> None:
        self._acts_at.pop("unstop", None)
        self._order(t_s, "stop", plan, ends, kind == "holiday")

    def _order(self, t_s: Time, order: str, *what: Any) -> None:
        self._acts_at[order] = math.ceil(Fraction(t_s) / HOUR_S) + 1
        self._waiting[order] = what

    def _refill(self, t_s: Time, volume_nl: int) -> None:
        self._refilled_limited = self._caps.limited
        self._fill(t_s, volume_nl)
        self._order(t_s, "refill")
        if self.empty:
            self.empty = False
            self.begins_s = t_s + self._start_delay_s

    def _fill(self, t_s: Time, volume_nl: int) -> None:
        filled_nl = max(0, volume_nl - self._source.programmed.residual_nl)
        steps = whole_steps(self.steps)
        self.fills.append(Fill(t_s, filled_nl, steps, self.nl_per_1000_steps))

    def _change(
        self, t_s: Time, program: Mapping[str, object], fill: Fill | None, bridge: bool
    ) -> None:
        programmed = Programmed.of(program)
        if programmed.nl_per_1000_steps != self.nl_per_1000_steps:
            raise ValueError("a change of program cannot change the volume of a step")
        self._order(t_s, "change", programmed, fill, bridge)
        if not self.running:
            self._acts_at["change"] = math.floor(t_s) // HOUR_S

    def _restart(self, t_s: Time) -> None:
        self.begins_s = t_s + self._start_delay_s
        self._caps.stop = None
        self._acts_at.pop("stop", None)
        self._drop_part_step(t_s)

    def _drop_part_step(self, t_s: Time) -> None:
        self.dropped.append((t_s, self.steps - whole_steps(self.steps)))
        self.steps = Fraction(whole_steps(self.steps))

    # -- the hour --------------------------------------------------------------------------------
    def _decide(self, t_s: Time) -> None:
        """Decide the hour of `t_s`; a second time in an hour, the guard alone and what is due."""
        if not self.running:
            return
        hour = int(t_s) // HOUR_S
        self._source.end_bridge(t_s)
        self._source.lose_clock(hour)
        if self._is_due("time", hour):
            self._source.set_clock(t_s, *self._waiting["time"])
        if self._is_due("change", hour):
            self._change_program(*self._waiting["change"])
        if self._is_due("refill", hour):
            self._caps.forget_guards()
            if self._refilled_limited:
                self._caps.begin_resume(hour)
        if self._is_due("resume_direct", hour):
            self._caps.resume = None
        if self._is_due("unstop", hour):
            self._caps.stop = None
            self._caps.begin_resume(hour)
        if self._is_due("stop", hour):
            self._caps.begin_stop(hour, *self._waiting["stop"])
        if "refill" not in self._acts_at:
            self._caps.decide_guard(hour, self.fills[-1].usable_nl(whole_steps(self.steps)))
        if hour != self._last_hour:
            self._last_hour = hour
            self._caps.raise_resume()
            if self._caps.lower_stop():
                self._stop_running()
        self._reckon_bridge(t_s)

    def _is_due(self, order: str, hour: int) -> bool:
        """Whether `order` acts now; it acts once."""
        due = self._acts_at.get(order, hour + 1) <= hour
        if due:
            del self._acts_at[order]
        return due

    def _change_program(self, new: Programmed, fill: Fill | None, bridge: bool) -> None:
        old = self._source.programmed
        self._caps.end_holiday()
        if fill is not None:
            self._caps.forget_guards()
        if new.solution != old.solution:
            self._window.rescale(old.limit_24h_nl, new.limit_24h_nl)
            if bridge and fill is not None:
                self._source.begin_bridge(fill, old)
        self._source.programmed = self._caps.programmed = new

    def _reckon_bridge(self, t_s: Time) -> None:
        rate = self._caps.basal_nl_h(self._source.rate_nl_h(t_s))
        self._source.reckon_bridge(t_s, whole_steps(self.steps), rate)

    # -- instants between the hours --------------------------------------------------------------
    def _happen(self, now: Time) -> None:
        """What ends at `now` does so before anything begins; orders come before the program."""
        if self.begins_s is not None and now >= self.begins_s:
            self.begins_s = None
            self.running = True
            self._decide(now)
        for from_s, held in self._holds:
            if from_s <= now:
                self._caps.held = held
                self._reckon_bridge(now)
        self._holds = [hold for hold in self._holds if hold[0] > now]
        self._source.end_bridge(now)
        self._boluses.end_due(now)
        adds = self._source.programmed.bolus_adds
        for bolus in self._boluses.take_ordered(now):
            if bolus.is_prime and not self.running:
                self._drop_part_step(now)
            if bolus.is_prime or self.running:
                self._boluses.begin(bolus, adds and not bolus.is_prime)
        if self.running:
            for volume_nl, seconds in self._source.periodic_at(now):
                given_nl = self._caps.bolus_nl(volume_nl)
                self._boluses.begin(Bolus(now, given_nl, seconds, adds), adds)

    def _stop_running(self) -> None:
        self.running = False
        self._source.pause_bridge()
        self._boluses.interrupt()

    # -- delivery --------------------------------------------------------------------------------
    def _deliver(self, start: Time, end: Time) -> None:
        """Advance the exact volume; only the 24 h limit and running out come on the way."""
        bolus = self._boluses.now
        is_prime = bolus is not None and bolus.is_prime
        basal = 0
        if self.running and not is_prime:
            basal = self._caps.basal_nl_h(self._source.rate_nl_h(start))
        bolus_rate = 0 if bolus is None else bolus.rate_nl_h(start)
        in_place = bolus is not None and not bolus.adds
        rate = bolus_rate if in_place else basal + bolus_rate
        if not is_prime:
            limit_nl = self._source.programmed.limit_24h_nl
            seconds = self._window.seconds_left(start, rate, limit_nl)
            if seconds is not None and start + seconds < end:
                if seconds and not self._give(start, start + seconds, rate, basal, rate):
                    return
                start += seconds
                rate = self._window.rate_before(start)
                basal = basal if in_place else min(basal, rate)
        self._give(start, end, rate, basal, 0 if is_prime else rate)

    def _give(self, start: Time, end: Time, rate: int, basal: int, counts: int) -> bool:
        """Whether there was enough for it."""
        payable = self.fills[-1].last_step - self.steps
        if rate and payable <= 0:
            self._run_empty(start)
            return False
        self._set_rate(start, rate, basal, counts)
        if self.running:
            self._caps.use(int(start) // HOUR_S, basal)
        if not rate:
            return True
        steps_per_s = Fraction(5 * rate, 18 * self.nl_per_1000_steps)
        self.steps += min(payable, steps_per_s * (end - start))
        if steps_per_s * (end - start) >= payable:
            self._run_empty(start + payable / steps_per_s)
            return False
        return True

    def _run_empty(self, t_s: Time) -> None:
        # A stopped pump that runs out while it primes stays stopped when it is filled.
        self.empty = self.running
        self._stop_running()
        self._set_rate(t_s, 0, 0, 0)

    def _set_rate(self, t_s: Time, rate: int, basal: int, counts: int) -> None:
        if not self.changes or self.changes[-1][1:] != (rate, basal):
            self.changes.append((t_s, rate, basal))
        if not self.counted or self.counted[-1][1] != counts:
            self.counted.append((t_s, counts))
        self._window.add(t_s, counts)

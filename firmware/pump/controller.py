"""What may be done to the pump? Each order answers None, or one line that says why it is refused;
a refused order changes nothing. What follows from an order is planned in planner.py.

An order acts on the rate at the first full hour at least ORDER_LEAD_S later, because less may be
planned already; a bolus begins where the plan ends; a stop cuts at once.
"""

from pump import bolus as bo
from pump import conditions as al
from pump import refilling as rf
from pump import rules, snapshots
from pump import screening as sc
from pump.course import Course
from pump.limits import BOLUS_S_MAX, bolus_refusal, plan_refusal
from pump.planner import (
    CHANGE,
    DIRECT,
    EMPTY,
    ORDER_LEAD_S,
    READY,
    REFILL,
    RUNNING,
    STATE_NAMES,
    STOP,
    STOPPED,
    TIME,
    UNSTOP,
    Actions,
    Planner,
    Sensed,
    late_s,
    margin_s,
)
from pump.program import Program
from pump.refilling import Refilling
from pump.screening import Screening
from pump.units import DAY_S, END_S, HOUR_S, NEVER_S, WEEK_S

SUPERVISED_DROP_PERMILLE = 500  # the fastest published supervised taper, 20 to 50 % a day


class Controller(Planner):
    """The planner, and what operators may order. `counted` is the motor's own count of steps."""

    def __init__(self, window_s: int = HOUR_S, margin_s: int = 0, late_s: int = HOUR_S) -> None:
        Planner.__init__(self, window_s, margin_s, late_s)
        self.ticks_for_nl_h = 0  # the fastest rate for which the pulses were set up
        self.needs_program = False  # emptied: only a new program starts it again
        self.line_filled = False
        self._times: list[int] = []  # starts of operators' boluses in the last 24 h

    # -- the program -----------------------------------------------------------------------------
    def load(self, program: Program) -> "str | None":
        """Take a checked program. Refused while another one runs."""
        if self.state == RUNNING:
            return "load: a program is running; change it, or stop it first"
        if self._cut_pending:
            return "load: the motor is not cut yet"
        self._take(program)
        self.needs_program = False
        self.state = READY
        return None

    def start(self, now_s: int, counted: int, offset_s: int = 0) -> "str | None":
        """Run from pump time `now_s`, where civil time is `now_s + offset_s`."""
        p = self.program
        if self.state != READY or p is None:
            return "start: no program is ready (state: " + STATE_NAMES[self.state] + ")"
        refused = self._fault_refusal("start", al.MINIMUM)
        if refused:
            return refused
        self._base = counted
        self.authorised = 0
        self._hour = -1
        self._seen_s = -NEVER_S
        self.offset_s = offset_s
        self._no_periodic_until_s = -DAY_S
        self._bridge_nl = self._bridge_nl_h = 0
        self._bridge_end_s = NEVER_S
        self.clock_lost = self.time_lost = self._averages = False
        self._fault_holds, self._stopped_s = False, NEVER_S
        self._forget_orders()
        self.refilling = Refilling()
        self.refilling.filled_s = now_s
        self.screening = Screening()
        self.line_filled = False
        self._gap_from_s, self._times = -DAY_S, []
        self.course = Course()
        self.course.begin(now_s, p)
        self.ticks_for_nl_h = p.fastest_nl_h
        self._begin(now_s)
        self.set_refill_date(now_s)
        return None

    def change(self, now_s: int, program: Program, override: str = "") -> "str | None":
        """Another program with what is in the reservoir, from a full hour on, or from a restart.
        `override` is the reason to pass a titration rule."""
        holds = self.next_program or self.program  # the reservoir: a refill waits to act with it
        if holds is not None and program.solution() != holds.solution():
            return "change: another solution comes with a refill"
        refused = self.change_refusal(now_s, program, override, False)
        if refused:
            return refused
        if self.needs_program and self._is_empty():
            return "change: the reservoir was emptied; refill it first"
        self._change_at(now_s, program, self.next_program is not None and self.next_bridges)
        return None

    def change_refusal(
        self, now_s: int, program: Program, override: str, refill: bool
    ) -> "str | None":
        """Why `program` may not take the place of the one that runs, or None."""
        running = self.program
        if running is None or self.state not in (RUNNING, STOPPED):
            return "change: no program runs (state: " + STATE_NAMES[self.state] + ")"
        acts_s = acts_at(now_s)
        refused = self._dose_refusal(program, acts_s, override, refill)
        if refused:
            return refused
        window, b, bolus = self.window.copy(), self.bolus, None
        if b.kind not in (bo.NONE, bo.PRIME):
            rate = bo.split_rate_nl_h(b.volume_nl, b.end_s - b.start_s)
            bolus = (b.start_s, b.end_s, rate)
        if self.state == RUNNING:
            before = rules.pieces(running, self.front_s, self.offset_s, acts_s, bolus)
            for start_s, seconds, rate in before:
                window.reach(start_s)
                window.give(rate, seconds)
        window.reach(acts_s)
        if program.solution() == running.solution():
            window.limit_nl = program.limit_24h_nl
        else:
            window.rescale(program.limit_24h_nl)
        planned = rules.pieces(program, acts_s, self.offset_s, acts_s + 2 * DAY_S, bolus)
        if window.given_nl > window.limit_nl or not rules.fits_24h(window, planned):
            return "change: more than the limit of 24 h together with what was given"
        return None

    def _change_at(self, now_s: int, program: Program, bridges: bool) -> None:
        self.next_program = program
        self.next_bridges = bridges
        self.needs_program = False
        # A stopped pump changes in the hour in which it is restarted. Stopped it is once the plan
        # has ended, and not when the end is planned.
        running = self.state == RUNNING or self.front_s > now_s
        self.due[CHANGE] = acts_at(now_s) if running else now_s // HOUR_S * HOUR_S

    def _dose_refusal(
        self, program: Program, acts_s: int, override: str, refill: bool
    ) -> "str | None":
        running = self.program
        assert running is not None
        if self.state == RUNNING:
            refused = self.course.fall_refusal(program, self.taper.cap_nl_h(), running)
            if refused:
                return refused
        return None if override else self.course.rise_refusal(program, acts_s, refill)

    def hold_after_resets(self) -> None:
        """Too many of them: the minimum rate at once, until somebody acknowledges it."""
        if self.state == RUNNING:
            self.alarms.set(al.RESETS_REPEATED, True)
            self._fault_holds = self.taper.held = True
            self._reckon_bridge()

    # -- refill ----------------------------------------------------------------------------------
    def open_refill(self) -> "str | None":
        """An operator begins a refill; nothing changes yet. `expected_nl()` is what to find."""
        if self.program is None or self.state not in (RUNNING, STOPPED):
            return "refill_open: no program runs (state: " + STATE_NAMES[self.state] + ")"
        if self.refilling.state != rf.CLOSED:
            return "refill_open: a refill is open; complete or cancel it"
        self.refilling.open()
        return None

    def expected_nl(self, counted: int) -> int:
        """What the reservoir should hold, residual included: what was really made has left it."""
        p = self.program
        if p is None:
            return 0
        unmade = self.authorised - self.emitted(counted)
        return self.reservoir.volume_nl + unmade * p.nl_per_1000_steps // 1000

    def withdraw(
        self, now_s: int, withdrawn_nl: int, counted: int, confirmed: bool
    ) -> "str | None":
        """What was found in the reservoir. A difference must be confirmed; the verdict stands in
        `refilling.verdict`. From here on the refill has an hour to be completed."""
        p = self.program
        if p is None or self.refilling.state != rf.OPEN:
            return "withdrawn: no refill is open"
        if not 0 <= withdrawn_nl <= p.capacity_nl:
            return "volume_nl: " + str(withdrawn_nl)[:24] + " not in 0.." + str(p.capacity_nl)
        steps = self.emitted(counted) - self.refilling.filled_steps
        delivered_nl = steps * p.nl_per_1000_steps // 1000
        found = rf.verdict(
            self.expected_nl(counted),
            withdrawn_nl,
            delivered_nl,
            p.capacity_nl,
            self.refilling.again,
        )
        if found != rf.OK and not confirmed:
            expected = str(self.expected_nl(counted))
            return "volume_nl: " + rf.VERDICTS[found] + ", expected " + expected + "; confirm it"
        self.refilling.withdrawn(now_s, found)
        if found != rf.OK:
            self.alarms.set(al.VOLUME_MISMATCH, True)
        return None

    def cancel_refill(self, now_s: int) -> "str | None":
        """What was withdrawn is back; the old state goes on."""
        if self.refilling.state == rf.CLOSED:
            return "refill_cancel: no refill is open"
        self.refilling.cancel()
        self._end_hold(now_s)
        return None

    def _end_hold(self, now_s: int) -> None:
        if self.taper.held:
            self.due[REFILL] = acts_at(now_s)
            self._resume_limited = True
            if self.state == RUNNING:
                self.alarms.set(al.RESUME_CAP, True)
        self.alarms.set(al.PROGRAM_INTERRUPTED, False)

    def refill(self, now_s: int, volume_nl: int, counted: int) -> "str | None":
        """The reservoir now holds `volume_nl`, residual included. Refused outside its size.

        What was released and not made yet (`counted`) will leave the new filling.
        """
        p = self.program
        if p is None:
            return "refill: no program is loaded"
        refused = self.refill_refusal(volume_nl)
        if refused:
            return refused
        ran_empty = self.alarms.active & (1 << al.RESERVOIR_EMPTY)
        limited = self.is_limited() or ran_empty or self.taper.held
        self.reservoir.fill(volume_nl)
        self.reservoir.charge(self.authorised - self.emitted(counted))
        self.refilling.filled_s = now_s
        self.refilling.filled_steps = self.emitted(counted)
        self.refilling.close()
        for condition in (al.LOW_RESERVOIR, al.TAPER_GUARD, al.RESERVOIR_EMPTY):
            self.alarms.set(condition, False)
        self.alarms.set(al.PROGRAM_INTERRUPTED, False)
        self.due[REFILL] = acts_at(now_s)
        self._resume_limited = bool(limited)
        if ran_empty and not self.alarms.active & (1 << al.STOPPED):
            # Only the empty reservoir had stopped it: delivery goes on, limited.
            self._hour = -1
            self._begin(max(now_s + self.margin_s, self.front_s))
        if limited and self.state == RUNNING:
            self.alarms.set(al.RESUME_CAP, True)
        self.set_refill_date(now_s)
        return None

    def refill_with(
        self,
        now_s: int,
        volume_nl: int,
        counted: int,
        program: Program,
        bridges: bool,
        override: str,
    ) -> "str | None":
        """A refill with another program or solution: both, or neither. `bridges`: what is left of
        the old solution in the line is given at the old flow first."""
        if self.program is None:
            return "refill: no program is loaded"
        refused = self.refill_refusal(volume_nl) or self.change_refusal(
            now_s, program, override, True
        )
        if refused:
            return refused
        self._change_at(now_s, program, bridges and program.solution() != self.program.solution())
        self._next_bridge_steps = self.emitted(counted)
        return self.refill(now_s, volume_nl, counted)

    def refill_refusal(self, volume_nl: int) -> "str | None":
        p = self.program
        assert p is not None
        if p.residual_nl < volume_nl <= p.capacity_nl:
            return None
        low, high = str(p.residual_nl + 1), str(p.capacity_nl)
        return "refill: " + str(volume_nl)[:24] + " nL not in " + low + ".." + high

    # -- stops -----------------------------------------------------------------------------------
    def stop_planned(
        self, now_s: int, plan: object = None, stays: bool = False, kind: str = ""
    ) -> "str | None":
        """Taper down by `plan` (limits.plan_refusal), then by d a day to the minimum rate, and a
        day later off, unless it `stays`. kind: "", "holiday" or "supervised"."""
        if self.state != RUNNING:
            return "stop: not running (state: " + STATE_NAMES[self.state] + ")"
        if kind not in ("", "holiday", "supervised"):
            return "kind: not one of holiday supervised"
        p = self.program
        assert p is not None
        drop = SUPERVISED_DROP_PERMILLE if kind == "supervised" else p.max_drop_permille
        plan = [] if plan is None else plan
        refused = plan_refusal(plan, drop)
        if refused:
            return refused
        self._stop_plan = plan  # type: ignore[assignment]
        self._stop_stays, self._stop_holiday = stays, kind == "holiday"
        self.due[STOP] = acts_at(now_s)
        self.due[UNSTOP] = NEVER_S
        self.alarms.set(al.STOPPING, True)
        return None

    def stop_now(self, now_s: int) -> "str | None":
        """Emergency stop: flow is cut at once."""
        if self.state != RUNNING and not self._last_flows(now_s):
            return "estop: not running (state: " + STATE_NAMES[self.state] + ")"
        self._cut(now_s, al.STOPPED)
        return None

    def _last_flows(self, now_s: int) -> bool:
        """Whether a pump that has stopped by itself still makes what was released last."""
        return self.state == STOPPED and self.front_s > now_s

    def empty(self, now_s: int) -> "str | None":
        """Overdose: stop, and the drug is taken out of the reservoir. Only a refill and a new
        program start the pump again (USP DI monograph: turn off, remove the residual drug)."""
        if self.program is None:
            return "empty: no program is loaded"
        if self.state == RUNNING or self._last_flows(now_s):
            self._cut(now_s, al.STOPPED)
        self.alarms.set(al.STOPPED, True)  # also where it had run empty, or never ran
        self.reservoir.fill(0)
        self.needs_program = True
        self.refilling.cancel()
        self.alarms.set(al.PROGRAM_INTERRUPTED, False)
        self.alarms.set(al.RESERVOIR_EMPTY, True)
        return None

    def _is_empty(self) -> bool:
        return self.alarms.active & (1 << al.RESERVOIR_EMPTY) != 0

    def restart(self, now_s: int) -> "str | None":
        """Take up the loaded program again after a stop. A planned stop is forgotten; the climb
        after a refill is not, so that a stop and a restart are no way around it. While a planned
        stop is under way: end it, and climb back from where it is."""
        changes = self.state == STOPPED and self.next_program is not None
        if self.course.after_holiday and not changes:
            return "restart: after a holiday change to the initial continuous dose first"
        if self.state == RUNNING and self.alarms.active & (1 << al.STOPPING):
            self.due[STOP] = NEVER_S
            self.due[UNSTOP] = acts_at(now_s)
            return None
        if self.state != STOPPED or self._cut_pending:
            return "restart: not stopped (state: " + STATE_NAMES[self.state] + ")"
        if self.needs_program:
            return "restart: it was emptied; refill it and change to a program"
        if now_s + self.margin_s >= END_S:
            return "restart: pump time has ended; start a program anew"
        if self._is_empty():
            return "restart: the reservoir is empty; refill it"
        refused = self._fault_refusal("restart", al.FINISH)
        if refused:
            return refused
        self.taper.end_stop()
        self.due[STOP] = NEVER_S
        self._hour = -1
        self._begin(now_s + self.margin_s)
        for condition in (al.STOPPED, al.STOPPING, al.STEP_FAULT):
            self.alarms.set(condition, False)
        return None

    def resume_direct(self, now_s: int) -> "str | None":
        """An operator confirms the return to the program without the climb."""
        if not self.alarms.active & (1 << al.RESUME_CAP):
            return "resume_direct: no return is being limited"
        self.due[DIRECT] = acts_at(now_s)
        return None

    def settle(self, counted: int) -> None:
        """After a cut: `counted` is final, and what was released but not made goes back, but
        into no reservoir that was emptied."""
        unmade = self.authorised - (counted - self._base)
        if unmade < 0:
            self.reservoir.charge(-unmade)
        elif not self.needs_program:  # emptied, it holds nothing of them
            self.reservoir.give_back(unmade)
        self.authorised -= unmade
        self._cut_pending = False

    # -- boluses ---------------------------------------------------------------------------------
    def give_bolus(self, now_s: int, volume_nl: int, seconds: int) -> "str | None":
        """A single bolus, or the one on demand for a volume of 0."""
        p = self.program
        if p is None or self.state != RUNNING:
            return "bolus: not running (state: " + STATE_NAMES[self.state] + ")"
        kind = bo.SINGLE
        if volume_nl == 0:
            if not p.fields["demand"]:
                return "bolus: the program has none on demand; give volume_nl and seconds"
            kind = bo.DEMAND
            volume_nl, seconds = p.fields["demand"]
        if p.mode == "screening":
            return "bolus: while screening only the sequence's own; use screen"
        most = p.fields["bolus_day_max"]
        if len(self.recent_boluses(self.front_s)) >= most:
            return "bolus: " + str(most) + " in 24 h allowed (bolus_day_max)"
        refused = bolus_refusal(p.fields, "bolus", volume_nl, seconds)
        refused = refused or self._bolus_refusal(volume_nl, seconds)
        if not refused:
            self._begin_bolus(kind, volume_nl, seconds, p.bolus_adds)
        return refused

    def recent_boluses(self, t_s: int) -> "list[int]":
        """When operators' boluses of the last 24 h began."""
        return [start_s for start_s in self._times if start_s > t_s - DAY_S]

    def _bolus_refusal(self, volume_nl: int, seconds: int) -> "str | None":
        """What stands against a bolus now: another one, the day's limit, the reservoir."""
        p, start_s = self.program, self.front_s
        assert p is not None
        gap_s = p.fields["bolus_gap_s"]
        if self.bolus.kind != bo.NONE and self.bolus.end_s > start_s:
            return "bolus: another one is under way"
        if self._bridge_nl_h:
            return "bolus: a bridge between two solutions is under way"
        if self.refilling.state in (rf.WITHDRAWN, rf.INTERRUPTED):
            return "bolus: a refill is under way"
        refused = self._fault_refusal("bolus", al.MINIMUM)
        if refused:
            return refused
        if start_s < self._gap_from_s + gap_s:
            return "bolus: " + str(gap_s) + " s after the last one (bolus_gap_s) - R5.2.0(3)"
        next_s = p.periodic.left_s(start_s + self.offset_s)
        if p.periodic.slot(start_s + self.offset_s) >= 0 or seconds + gap_s > next_s:
            return "bolus: too near to the next periodic one (bolus_gap_s) - R5.2.0(3)"
        left_nl = self.reservoir.usable_nl - volume_nl
        if p.profile == "itb" and (self.is_limited() or left_nl < p.guard_nl):
            return "bolus: would leave too little for a taper (TAPER_GUARD); refill first"
        if left_nl < 0:
            return "bolus: more than the reservoir holds"
        rate = bo.split_rate_nl_h(volume_nl, seconds)
        planned = rules.pieces(
            p,
            start_s,
            self.offset_s,
            start_s + DAY_S + seconds,
            (start_s, start_s + seconds, rate),
        )
        if not rules.fits_24h(self.window, planned):
            most = str(self.window.limit_nl)
            return "bolus: more than " + most + " nL in 24 h with basal - R5.2.0(5)"
        return None

    def _begin_bolus(self, kind: int, volume_nl: int, seconds: int, adds: bool) -> None:
        start_s = self.front_s
        if self.bolus.kind != bo.NONE:  # over, and not yet seen to be
            self._bolus_over(start_s)
        self.bolus.begin(kind, start_s, volume_nl, seconds, adds)
        self._times = self.recent_boluses(start_s) + [start_s]
        self._gap_from_s = start_s + seconds

    def stop_bolus(self) -> "str | None":
        """The bolus under way ends where the plan ends. It is accounted, and never resumed."""
        if self.bolus.kind == bo.NONE or self.bolus.end_s <= self.front_s:
            return "bolus_stop: none is under way"
        self._bolus_over(self.front_s)
        return None

    def prime(self, now_s: int) -> "str | None":
        """Fill the line from the head to the tip, once, while nothing else flows: what leaves the
        tip is what was in the line. Volume: the declared dead volumes."""
        p = self.program
        if p is None or self.state != RUNNING:
            return "prime: not running (state: " + STATE_NAMES[self.state] + ")"
        refused = self.prime_refusal(p)
        if refused:
            return refused
        if self.line_filled:
            return "prime: the line was filled already; more of it would reach the tip"
        if self.authorised:
            return "prime: before anything else flows"
        if self.bolus.kind != bo.NONE:
            return "prime: a bolus is under way"
        self.bolus.begin(bo.PRIME, self.front_s, p.line_nl, self._prime_s(p), False)
        self.line_filled = True
        return None

    def prime_refusal(self, p: Program) -> "str | None":
        """Why a program can never fill its line, or None."""
        if p.line_nl == 0:
            return "prime: tubing_nl and catheter_nl are 0"
        if self._prime_s(p) > BOLUS_S_MAX:
            return "prime: takes more than 6 h; allow boluses with a max_bolus_flow_nl_h"
        if p.line_nl > p.volume_nl - p.residual_nl:
            return "prime: more than the reservoir holds"
        return None

    def _prime_s(self, p: Program) -> int:
        return bo.shortest_s(p.line_nl, max(1, p.fastest_nl_h))

    def screen(self, now_s: int, stage: int = 0, override: str = "") -> "str | None":
        """The next bolus of the screening sequence, if it is released (screening.py). `stage`, 1
        to 3, asks for a certain one; `override` is the reason to leave out one before it."""
        p = self.program
        if p is None or self.state != RUNNING or p.mode != "screening":
            return "screen: no screening program runs"
        refused = self.screening.refusal(self.front_s)
        if refused:
            return refused
        if self.bolus.kind != bo.NONE and self.bolus.end_s > self.front_s:
            return "screen: another bolus is under way"
        if self.refilling.state in (rf.WITHDRAWN, rf.INTERRUPTED):
            return "screen: a refill is under way"
        refused = self._fault_refusal("screen", al.MINIMUM)
        if refused:
            return refused
        stage = stage or self.screening.stage + 1
        if stage <= self.screening.stage or (stage > self.screening.stage + 1 and not override):
            following = str(self.screening.stage + 1)
            return "stage: " + following + " comes next - USP DI monograph; or override"
        _, volume_nl = sc.STAGES[stage - 1]
        least_s = max(sc.SHORTEST_S, p.fields["bolus_min_s"])
        seconds = max(least_s, bo.shortest_s(volume_nl, p.fields["max_bolus_flow_nl_h"]))
        if volume_nl > self.reservoir.usable_nl:
            return "screen: more than the reservoir holds"
        self._begin_bolus(bo.SCREENING, volume_nl, seconds, False)
        self.screening.begin(self.bolus.start_s, stage)
        return None

    # -- time ------------------------------------------------------------------------------------
    def next_offset(self, now_s: int, tod_s: int, weekday: int) -> int:
        """The offset for which it is now `tod_s` on `weekday`: the smallest move there is."""
        move = (weekday * DAY_S + tod_s - now_s - self.offset_s) % WEEK_S
        if move > WEEK_S // 2:
            move -= WEEK_S
        return self.offset_s + move

    def set_time(self, now_s: int, tod_s: int, weekday: int) -> "str | None":
        """Set the time of day: flex steps and periodic boluses move with it from a full hour on.
        No bolus is given twice by it, and no 24 hours hold more than the limit."""
        if self.state not in (RUNNING, STOPPED):
            return "time: no program runs (state: " + STATE_NAMES[self.state] + ")"
        self.next_offset_s = self.next_offset(now_s, tod_s, weekday)
        self.due[TIME] = acts_at(now_s)
        self._time_mends = True
        return None

    def ahead_s(self, now_s: int) -> int:
        """How much pump time is planned beyond `now_s`, and still to be made."""
        return max(0, self.front_s - now_s)

    def set_clock(self, now_s: int, ahead_s: int = 0) -> "str | None":
        """After a reset: it is `now_s`, and what was planned (`ahead_s`) is made from now on.

        Forward only, so nothing is ever delivered twice; what the gap would have held is not made
        up for. Civil time is known again with it.
        """
        if now_s >= END_S:
            return "clock: " + str(now_s)[:24] + " s is past the end of pump time"
        if now_s < self.front_s - ahead_s:
            return "clock: " + str(now_s)[:24] + " s is before what is already planned"
        self.front_s = now_s + max(self.margin_s, ahead_s)
        self._reckon_bridge()
        self._seen_s = now_s
        self.clock_lost = self.time_lost = self._averages = False
        self.alarms.set(al.CLOCK_FAULT, False)
        return None

    def _fault_refusal(self, order: str, least: int) -> "str | None":
        """Why not while a fault asks for `least` or more, or None."""
        fault = self.alarms.demanding(least)
        return order + ": " + fault + " is there; end its cause first" if fault else None

    def _forget_orders(self) -> None:
        for order in range(len(self.due)):
            self.due[order] = NEVER_S
        self.next_program = None

    # -- over a reset ----------------------------------------------------------------------------
    def snapshot(self, now_s: int) -> "dict[str, object]":
        """All that must outlive a reset, as plain data; the program's own fields included."""
        return snapshots.take(self, now_s)

    def restore(self, s: dict, bound_nl: int, cause: int) -> None:
        """Take up where `snapshot` left off (snapshots.restore)."""
        snapshots.restore(self, s, bound_nl, cause)


def acts_at(now_s: int) -> int:
    """The first full hour at least ORDER_LEAD_S after `now_s`."""
    return (now_s + ORDER_LEAD_S + HOUR_S - 1) // HOUR_S * HOUR_S


__all__ = (
    "EMPTY",
    "READY",
    "RUNNING",
    "STATE_NAMES",
    "STOPPED",
    "Actions",
    "Controller",
    "Sensed",
    "acts_at",
    "late_s",
    "margin_s",
)

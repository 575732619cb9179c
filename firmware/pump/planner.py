"""What happens next? `step(now_s, sensed) -> Actions`. No clock, no I/O, no exception for anything
the world can do. What it decides follows from its orders, the time and the counts alone.

It plans ahead: each packet covers pump time from the end of the last one (`front_s`) and is
released once, for good. Packets end at every change of the programmed rate, at every begin and end
of a bolus and at every full hour, where orders act and the taper decides; so what is delivered
does not depend on when `step` is called, and the host, the emulator and a board give the same
totals. docs/law.md is this page in words. controller.py is what operators may do to it.
"""

from pump import bolus as bo
from pump import conditions as al
from pump import refilling as rf
from pump.alarms import Alarms
from pump.bolus import Bolus
from pump.course import Course
from pump.delivery import Delivery
from pump.program import Program
from pump.refilling import Refilling
from pump.reservoir import Reservoir
from pump.screening import Screening
from pump.taper import NO_CAP, Taper
from pump.units import DAY_S, END_S, HOUR_S, HOURS_PER_DAY, NEVER_S
from pump.window import Window

ORDER_LEAD_S = 3600
PLAN_AHEAD_MAX_S = 3600
STOPPED_CRITICAL_S = 48 * HOUR_S  # implants: stopped for more than 48 h is a critical alarm

# States
EMPTY, READY, RUNNING, STOPPED = 0, 1, 2, 3
STATE_NAMES = ("no program", "ready", "running", "stopped")

# Orders that act on a full hour: places in `due`, in the order in which they act.
TIME, CHANGE, REFILL, DIRECT, UNSTOP, STOP = 0, 1, 2, 3, 4, 5
_ORDERS = 6


class Sensed:
    """What the world says. counted: steps seen on the pin since power-up; room: the generator can
    take a packet; idle: it has none left, so what was released must have been counted."""

    def __init__(self) -> None:
        self.counted = 0
        self.room = True
        self.idle = True


class Actions:
    """What to do. `steps` in `seconds` from `phase` at `rate_nl_h` is the packet, if `packet`."""

    def __init__(self) -> None:
        self.packet = False
        self.steps = 0
        self.seconds = 0
        self.rate_nl_h = 0
        self.phase = 0
        self.cut = False  # motor off now; then call settle() with the final count
        self.clock_s = NEVER_S  # set the clock to this pump time: it ran backwards, or away
        self.wake_s = NEVER_S


class Planner:
    """One pump. `window_s` is how much pump time a packet may cover, `margin_s` how early it is
    released before the last one ends, together at most PLAN_AHEAD_MAX_S; `late_s` how late a call
    may come before the clock, and not the caller, is to blame.
    """

    def __init__(self, window_s: int, margin_s: int, late_s: int) -> None:
        self.state = EMPTY
        self.actions = Actions()
        self.alarms = Alarms("itb")
        self.bolus = Bolus()
        self.course = Course()
        self.screening = Screening()
        self.refilling = Refilling()
        self.program: Program | None = None
        self.next_program: Program | None = None  # of a change that has not acted yet
        self.next_bridges = False
        self.rates: list[
            tuple[int, int, int]
        ] = []  # (t_s, rate, basal) of each change, for the log
        self.days: list[tuple[int, int]] = []  # (day, steps released before its midnight)
        self.front_s = 0
        self.rate_nl_h = self.basal_nl_h = 0
        self.authorised = 0  # steps released since start()
        self.offset_s = 0  # civil time - pump time
        self.next_offset_s = 0
        self.clock_lost = False  # civil time is not to be trusted
        self.time_lost = False  # and nor is pump time: a reset took some of it
        self._averages = False  # and the plan goes by the average already
        self._time_mends = False  # the time that waits to act was given after the clock was lost
        self._no_periodic_until_s = -DAY_S  # the day has been there before: none is given twice
        self._bridge_nl = self._bridge_nl_h = 0  # the line's volume, at this flow; 0: no bridge
        self._bridge_steps = 0  # made before the filling that brought the new solution
        self._next_bridge_steps = 0  # and before that of the change that waits
        self._bridge_end_s = NEVER_S
        self._gap_from_s = -DAY_S  # end of the last bolus, primes apart
        self._base = 0  # count at which authorised was zero
        self._cut_pending = False
        self._seen_s = -NEVER_S
        self._hour = -1
        self._resume_limited = False
        self._fault_holds = False  # at the minimum rate, for a fault's sake
        self._stopped_s = NEVER_S
        self._stop_plan: list[list[int]] = []
        self._stop_stays = self._stop_holiday = False
        self._refill_due_s = NEVER_S
        self._notice = 0  # the next of program.notices_s
        self.due = [NEVER_S] * _ORDERS
        self.set_pace(window_s, margin_s, late_s)

    def set_pace(self, window_s: int, margin_s: int, late_s: int = HOUR_S) -> None:
        self.margin_s = margin_s
        self.window_s = max(1, min(window_s, PLAN_AHEAD_MAX_S - margin_s))
        self.late_s = late_s

    def _take(self, program: Program) -> None:
        """Set up all that a program decides, as at its first start."""
        self.program = program
        earlier, self.alarms = self.alarms, Alarms(program.profile)
        self.alarms.follow(earlier)
        self.delivery = Delivery(program.nl_per_1000_steps)
        self.reservoir = Reservoir(
            program.volume_nl, program.residual_nl, program.nl_per_1000_steps
        )
        self.taper: Taper = program.new_taper()
        self.window = Window(program.limit_24h_nl)

    def _begin(self, now_s: int) -> None:
        self.state = RUNNING
        self.front_s = now_s
        self.rate_nl_h = self.basal_nl_h = -1
        self.delivery.reset()

    # -- questions -------------------------------------------------------------------------------
    def is_limited(self) -> bool:
        """Whether guard or resume cap may bind, now or at the program's highest rate."""
        p = self.program
        if p is None:
            return False
        t = self.taper
        return min(t.guard_nl_h, t.resume_nl_h) < p.reference_nl_h

    def emitted(self, counted: int) -> int:
        return counted - self._base

    def programmed_nl_h(self, t_s: int) -> int:
        """Basal as the program has it at a pump time, or what stands in for it."""
        p = self.program
        if p is None:
            return 0
        if self._bridge_nl_h:
            return self._bridge_nl_h
        if self._averages and p.is_therapy():
            return p.average_nl_h if p.profile == "itb" else p.minimum_nl_h
        return p.schedule.rate_nl_h(t_s + self.offset_s)

    # -- the step --------------------------------------------------------------------------------
    def step(self, now_s: int, sensed: Sensed) -> Actions:
        """Decide. At most one packet a call; call again while actions.wake_s <= now_s."""
        a = self.actions
        a.packet = a.cut = False
        a.wake_s = a.clock_s = NEVER_S
        if self.state == RUNNING:
            now_s = self._sane(now_s)
            self._check_count(now_s, sensed)
        if self.state == RUNNING:
            self._heed(now_s)
        if self._cut_pending:
            a.cut = True
            a.wake_s = now_s  # there is more to say once it is settled
            return a
        if self.state != RUNNING:
            if self.state == STOPPED:
                a.wake_s = self._stopped_long(now_s)
            return a
        self._remind(now_s)
        if self.front_s < now_s:
            # Nobody called in time. What was missed is not made up for in a burst.
            self._miss(now_s)
        if self.front_s - now_s <= self.margin_s:
            if sensed.room:
                self._release()
            else:
                # Sooner and sooner: room may come as late as one short packet before the front.
                wait_s = min(self.margin_s // 16, (self.front_s - now_s) // 2)
                a.wake_s = now_s + max(1, wait_s)
                return a
        if self.state == RUNNING:
            a.wake_s = self.front_s - self.margin_s
        elif self.state == STOPPED:
            a.wake_s = self._stopped_long(now_s)
        return a

    def _sane(self, now_s: int) -> int:
        """Time goes forward, and no further than the plan: otherwise the clock is at fault. It is
        set back to when it was last right, so nothing is given twice or left out, and no longer
        trusted."""
        if now_s < self._seen_s or now_s > self.front_s + self.late_s:
            now_s = self._seen_s if self._seen_s > -NEVER_S else self.front_s
            self.actions.clock_s = now_s
            self.lose_clock()
        self._seen_s = now_s
        return now_s

    def lose_clock(self) -> None:
        """The time of day is not to be trusted any more, until an operator gives it back."""
        self.clock_lost = True
        self._time_mends = False
        self.alarms.set(al.CLOCK_FAULT, True)

    def _miss(self, now_s: int) -> None:
        self.alarms.set(al.LATE, True)
        if self.bolus.kind != bo.NONE and now_s >= self.bolus.end_s:
            self._bolus_over(self.bolus.end_s)
        self.front_s = now_s
        self._reckon_bridge()

    def _check_count(self, now_s: int, sensed: Sensed) -> None:
        """The second path: never more made than released, and all of it once the motor rests."""
        unmade = self.authorised - (sensed.counted - self._base)
        if unmade < 0 or (sensed.idle and unmade):
            self._cut(now_s, al.STEP_FAULT)

    def _heed(self, now_s: int) -> None:
        """Faults that are there take delivery to the safe state of the profile: off at once, off
        after what is released, or to the minimum rate from the next full hour on."""
        demand = self.alarms.demand()
        if demand == al.STOP:
            self._cut(now_s, al.STOPPED)
        elif demand == al.FINISH:
            self._stopped()
            self.alarms.set(al.STOPPED, True)
        elif demand == al.MINIMUM:
            if self.bolus.kind != bo.NONE:
                self._bolus_over(self.front_s)
        elif self._fault_holds:  # until the next full hour: held, and nothing else says so
            self.alarms.set(al.RESUME_CAP, True)

    def _stopped_long(self, now_s: int) -> int:
        """When the stop becomes critical; NEVER_S once it is."""
        if now_s < self._stopped_s + STOPPED_CRITICAL_S:
            return min(NEVER_S, self._stopped_s + STOPPED_CRITICAL_S)
        self.alarms.escalate()
        return NEVER_S

    def _remind(self, now_s: int) -> None:
        p = self.program
        assert p is not None
        notices, given = p.notices_s, self._notice
        while self._notice < len(notices) and (
            now_s >= self._refill_due_s - notices[self._notice]
        ):
            self._notice += 1
        if self._notice > given:  # each notice is news, acknowledged or not
            self.alarms.set(al.REFILL_DUE, False)
            self.alarms.set(al.REFILL_DUE, True)
        if now_s >= self.refilling.filled_s + p.stable_s:
            self.alarms.set(al.DRUG_EXPIRED, True)

    def set_refill_date(self, now_s: int) -> None:
        p = self.program
        if p is not None:
            filled_s = self.refilling.filled_s
            self._refill_due_s = min(p.refill_dates_s(now_s, self.reservoir.usable_nl, filled_s))
            self._notice = 0
            self.alarms.set(al.REFILL_DUE, False)
            self.alarms.set(al.DRUG_EXPIRED, False)

    # -- the plan --------------------------------------------------------------------------------
    def _release(self) -> None:
        p, a, b = self.program, self.actions, self.bolus
        assert p is not None
        start_s = self.front_s
        if start_s >= END_S:
            self._stopped()
            self.alarms.set(al.STOPPED, True)
            return
        hour = start_s // HOUR_S
        if hour != self._hour:
            self._new_hour(hour)
            if self.state != RUNNING:
                return
            p = self.program
            assert p is not None
        if b.kind != bo.NONE and start_s >= b.end_s:
            self._bolus_over(start_s)
        if start_s >= self._bridge_end_s:
            self._end_bridge(start_s)
        civil_s = start_s + self.offset_s
        if p.periodic.boluses and not self._averages and not self._bridge_nl_h:
            self._periodic(p, start_s, civil_s)
        wanted_s = min(
            self.window_s,
            (hour + 1) * HOUR_S - start_s,
            p.schedule.left_s(civil_s),
            p.periodic.left_s(civil_s),
            b.left_s(start_s),
            self._bridge_end_s - start_s,
        )
        basal = self.taper.limit_nl_h(
            self.programmed_nl_h(start_s), p.highest_nl_h, p.reference_nl_h
        )
        if b.kind == bo.PRIME:
            basal = 0
        rate = basal
        if b.kind != bo.NONE:
            rate = b.rate_nl_h(start_s) + (basal if b.adds else 0)
        a.seconds = self.delivery.longest_s(rate, wanted_s)
        if b.kind != bo.PRIME:  # that fills the line, and nothing of it leaves the tip
            self.window.reach(start_s)
            allowed_s = self.window.allowed_s(rate, a.seconds)
            if allowed_s == 0:
                self.alarms.set(al.DOSE_LIMIT, True)
                rate = self.window.leaving_nl_h()
                allowed_s = min(a.seconds, self.window.leaving_s())
            a.seconds = allowed_s
        a.phase = self.delivery.phase
        a.rate_nl_h = rate
        steps = self.delivery.take(rate, a.seconds)
        payable = self.reservoir.affordable_steps(steps + 1)
        a.steps = min(steps, payable)
        empty = False
        if payable <= steps and rate:  # the last whole step there is: delivery ends with it
            to_end_s = self.delivery.seconds_to(a.phase, a.steps, rate)
            empty = to_end_s <= a.seconds
            a.seconds = min(a.seconds, to_end_s)
        a.packet = True
        self.reservoir.charge(a.steps)
        self.authorised += a.steps
        self.front_s = start_s + a.seconds
        if b.kind != bo.NONE:
            b.give(max(0, rate - basal) if b.adds else rate, a.seconds)
        if b.kind != bo.PRIME:
            self.window.give(rate, a.seconds)
        if b.kind == bo.NONE or b.adds:
            basal = min(basal, rate)  # held to the limit of 24 h
        if rate != self.rate_nl_h or basal != self.basal_nl_h:
            self.rate_nl_h, self.basal_nl_h = rate, basal
            self.rates.append((start_s, rate, basal))
        if p.reference_nl_h > p.highest_nl_h:
            basal = min(self.taper.cap_nl_h(), p.reference_nl_h)
        self.taper.used(hour, basal)
        if self.reservoir.usable_nl <= p.low_nl:
            self.alarms.set(al.LOW_RESERVOIR, True)
        if empty:
            self._run_empty()

    def _periodic(self, p: Program, start_s: int, civil_s: int) -> None:
        slot = p.periodic.slot(civil_s)
        if slot < 0 or start_s < self._no_periodic_until_s:
            return
        if self.bolus.kind != bo.NONE or self.alarms.demand() != al.KEEP:
            self.alarms.set(al.BOLUS_INTERRUPTED, True)  # this one is not given at all
            return
        _, volume_nl, seconds = p.periodic.boluses[slot]
        cap, reference = self.taper.cap_nl_h(), p.reference_nl_h
        if cap < reference:
            volume_nl = (volume_nl * cap + reference - 1) // reference
        if volume_nl:
            self.bolus.begin(bo.PERIODIC, start_s, volume_nl, seconds, p.bolus_adds)
            self._gap_from_s = start_s + seconds

    def _bolus_over(self, t_s: int) -> None:
        kind = self.bolus.kind
        if kind != bo.PRIME:
            self._gap_from_s = t_s
        if self.bolus.end(t_s):
            return
        if kind == bo.SCREENING:
            self.screening.interrupted()
        self.alarms.set(al.BOLUS_INTERRUPTED, True)

    def _new_hour(self, hour: int) -> None:
        p, t = self.program, self.taper
        assert p is not None
        self._hour = hour
        at_s = hour * HOUR_S
        if hour % HOURS_PER_DAY == 0 and self.front_s == at_s:
            self.days.append((hour // HOURS_PER_DAY, self.authorised))
        t.reach(hour)
        self.alarms.set(al.DOSE_LIMIT, False)
        if self._is_due(TIME, at_s):
            self._move_day(at_s)
        self._averages = self.clock_lost
        if self._is_due(CHANGE, at_s):
            self._change(at_s)
            p = self.program
            assert p is not None
        if self._is_due(REFILL, at_s):
            t.forget_guard()
            if self._resume_limited:
                t.begin_resume()
        if self._is_due(DIRECT, at_s):
            t.resume_nl_h = NO_CAP
        if self._is_due(UNSTOP, at_s):
            t.end_stop()
            t.begin_resume()
            self.alarms.set(al.STOPPING, False)
        if self._is_due(STOP, at_s):
            t.begin_stop(self._stop_plan, self._stop_stays)
            if self._stop_holiday:  # a stop on top of it does not end it
                self.course.after_holiday = True
        self._hold(at_s)
        if self.state != RUNNING:
            return
        refill_pending = self.due[REFILL] != NEVER_S
        t.hour(hour, self.reservoir.usable_nl, p.reference_nl_h, refill_pending)
        if t.stop_reached:
            self._stopped()
            self.alarms.set(al.STOPPING, False)
            self.alarms.set(al.STOPPED, True)
            return
        if t.guard_nl_h < p.reference_nl_h and not refill_pending:
            self.alarms.set(al.TAPER_GUARD, True)
        self._reckon_bridge()
        climbing = t.resume_nl_h != NO_CAP
        if refill_pending:  # the guard stays as it was: a program that is higher now may feel it
            climbing = climbing or self._resume_limited or t.guard_nl_h < p.reference_nl_h
        self.alarms.set(al.RESUME_CAP, climbing)

    def _is_due(self, order: int, at_s: int) -> bool:
        if at_s < self.due[order]:
            return False
        self.due[order] = NEVER_S
        return True

    def _change(self, at_s: int) -> None:
        """The next program holds from here on."""
        old, p = self.program, self.next_program
        assert old is not None and p is not None
        self.next_program = None
        self.program = p
        self.taper.adopt(p.tau_dh, p.max_drop_permille, p.minimum_nl_h, p.rise_permille)
        if self.course.after_holiday:
            self.taper.end_stop()
            if self.due[STOP] == NEVER_S:  # another one that waits goes on being told
                self.alarms.set(al.STOPPING, False)
        self.course.begin(at_s, p)
        if p.solution() == old.solution():
            self.window.limit_nl = p.limit_24h_nl
        else:
            self.window.rescale(p.limit_24h_nl)
        if self.next_bridges:
            self._bridge_nl, self._bridge_nl_h = old.line_nl, old.average_nl_h
            self._bridge_steps = self._next_bridge_steps
            self.bolus.log.append((self.front_s, bo.KINDS[bo.BRIDGE], "begun", old.line_nl, 0))
        self.set_refill_date(at_s)

    def _move_day(self, at_s: int) -> None:
        """The new offset holds. Where the day moves back, the shorter way round, no periodic bolus
        begins until it is where it was."""
        forward_s = (self.next_offset_s - self.offset_s) % DAY_S
        if forward_s < DAY_S // 2:
            self._no_periodic_until_s -= forward_s
        else:
            until_s = max(self._no_periodic_until_s, at_s)
            self._no_periodic_until_s = until_s + DAY_S - forward_s
        self.offset_s = self.next_offset_s
        if self._time_mends:
            self.clock_lost = self.time_lost = False
            self.alarms.set(al.CLOCK_FAULT, False)

    def _reckon_bridge(self) -> None:
        """What is left of the old solution in the line goes at the old program's average, under
        the caps. By the books, so it is reckoned anew whenever the rate may have changed."""
        p = self.program
        if p is None or not self._bridge_nl_h:
            return
        since = (self.authorised - self._bridge_steps) * p.nl_per_1000_steps // 1000
        left_nl = self._bridge_nl - since
        if left_nl <= 0:
            self._end_bridge(self.front_s)
            return
        rate = self.taper.limit_nl_h(self._bridge_nl_h, p.highest_nl_h, p.reference_nl_h)
        self._bridge_end_s = NEVER_S
        if rate:
            self._bridge_end_s = min(NEVER_S, self.front_s + bo.shortest_s(left_nl, rate))

    def _end_bridge(self, t_s: int) -> None:
        self.bolus.log.append((t_s, bo.KINDS[bo.BRIDGE], "given", self._bridge_nl, 0))
        self._bridge_nl = self._bridge_nl_h = 0
        self._bridge_end_s = NEVER_S

    def _hold(self, at_s: int) -> None:
        """At the minimum rate: by a fault, or by a refill that was begun and not completed, for
        then nobody knows what the reservoir holds."""
        p = self.program
        assert p is not None
        if self.refilling.is_late(at_s):
            self.alarms.set(al.PROGRAM_INTERRUPTED, True)
            if p.profile != "itb":
                self._stopped()
                self.alarms.set(al.STOPPED, True)
        if self.alarms.demand() == al.MINIMUM:
            self._fault_holds = self.taper.held = True
            return
        if self._fault_holds:
            self._fault_holds = False
            self.taper.begin_resume()
        # Completed or cancelled, it ends where the climb begins.
        if self.refilling.state == rf.INTERRUPTED:
            self.taper.held = True
        elif self.due[REFILL] == NEVER_S:
            self.taper.held = False

    def _run_empty(self) -> None:
        """What is left is less than a step: delivery ends here, and says so."""
        self.alarms.set(al.RESERVOIR_EMPTY, True)
        self._stopped()

    def _stopped(self) -> None:
        self.state = STOPPED
        self._stopped_s = self.front_s
        if self.bolus.kind != bo.NONE:
            self._bolus_over(self.front_s)
        self.rates.append((self.front_s, 0, 0))
        self.rate_nl_h = self.basal_nl_h = 0

    def _cut(self, now_s: int, fault: int) -> None:
        """Flow is cut at once: emergency stop, or a stop-class fault."""
        self._cut_boluses(now_s)
        self.front_s = now_s  # what was planned beyond will not be
        while self.rates and self.rates[-1][0] > now_s:
            self.rates.pop()
        self._stopped()
        self._cut_pending = True
        self.alarms.set(fault, True)

    def _cut_boluses(self, now_s: int) -> None:
        """What their log says beyond the cut will not be: each ends here, or has not begun."""
        b = self.bolus
        if b.kind != bo.NONE:
            b.take_back(now_s, self.front_s)
            b.start_s = min(b.start_s, now_s)
        ended = []
        while b.log and b.log[-1][0] > now_s:
            t_s, kind, event, nl, seconds = b.log.pop()
            if kind == bo.KINDS[bo.BRIDGE]:  # goes by the books, and on after a restart
                ended.append((now_s, kind, event, nl, seconds))
            elif event != "begun":
                passed_s = max(0, now_s - (t_s - seconds))
                part_nl = nl * passed_s // max(1, seconds)
                ended.append((now_s, kind, "interrupted", part_nl, passed_s))
                self._gap_from_s = now_s
                if kind == bo.KINDS[bo.SCREENING]:
                    self.screening.interrupted()
                self.alarms.set(al.BOLUS_INTERRUPTED, True)
        while ended:
            b.log.append(ended.pop())


def margin_s(time_scale: int) -> int:
    """How early a packet is released: half a second of wall time, at least a pump second."""
    return max(1, time_scale // 2)


def late_s(time_scale: int) -> int:
    """A watchdog ends a loop that hangs for three seconds of wall time: later is the clock."""
    return 60 + 4 * time_scale

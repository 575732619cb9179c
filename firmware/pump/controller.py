"""The controller: `step(now_s, sensed) -> Actions`. No clock, no I/O, no exception for anything
the world can do. What it decides follows from its orders, the time and the counts alone.

It plans ahead: each packet covers pump time from the end of the last one (`front_s`) and is
released once, for good. Packets end at every change of the programmed rate and at every full hour,
where the taper decides; so what is delivered does not depend on when `step` is called, and the
host, the emulator and a board give the same totals. An order acts on the rate at the first full
hour at least ORDER_LEAD_S later, because less may be planned already; a stop cuts at once.
"""

from pump import alarms as al
from pump.alarms import Alarms
from pump.delivery import Delivery
from pump.program import Program
from pump.reservoir import Reservoir
from pump.taper import NO_CAP, Taper
from pump.units import HOUR_S, HOURS_PER_DAY, NEVER_S

ORDER_LEAD_S = 3600
PLAN_AHEAD_MAX_S = 3600

# States
EMPTY, READY, RUNNING, STOPPED = 0, 1, 2, 3
STATE_NAMES = ("no program", "ready", "running", "stopped")


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
        self.wake_s = NEVER_S


class Controller:
    """One pump. `window_s` is how much pump time a packet may cover, `margin_s` how early it is
    released before the last one ends; together at most PLAN_AHEAD_MAX_S.
    """

    def __init__(self, window_s: int = HOUR_S, margin_s: int = 0) -> None:
        self.state = EMPTY
        self.actions = Actions()
        self.alarms = Alarms("itb")
        self.program: Program | None = None
        self.rates: list[tuple[int, int]] = []  # (t_s, rate_nl_h) of each change, for the log
        self.days: list[tuple[int, int]] = []  # (day, steps released before its midnight)
        self.front_s = 0
        self.rate_nl_h = 0
        self.authorised = 0  # steps released since start()
        self._base = 0  # count at which authorised was zero
        self._cut_pending = False
        self._hour = -1
        self._refill_due_s = NEVER_S
        self._resume_limited = False
        self._forget_orders()
        self.set_pace(window_s, margin_s)

    def set_pace(self, window_s: int, margin_s: int) -> None:
        self.margin_s = margin_s
        self.window_s = max(1, min(window_s, PLAN_AHEAD_MAX_S - margin_s))

    # -- orders: each answers None, or one line that says why it is refused --------------------
    def load(self, program: Program) -> "str | None":
        """Take a checked program. Refused while another one runs."""
        if self.state == RUNNING:
            return "load: a program is running; stop it first"
        if self._cut_pending:
            return "load: the motor is not cut yet"
        self.program = program
        self.alarms = Alarms(program.profile)
        self.delivery = Delivery(program.nl_per_1000_steps)
        self.reservoir = Reservoir(
            program.volume_nl, program.residual_nl, program.nl_per_1000_steps
        )
        self.taper = Taper(
            program.tau_dh, program.max_drop_permille, program.minimum_nl_h, program.indication
        )
        self.state = READY
        return None

    def start(self, now_s: int, counted: int) -> "str | None":
        if self.state != READY:
            return "start: no program is ready (state: " + STATE_NAMES[self.state] + ")"
        self._base = counted
        self.authorised = 0
        self._hour = -1
        self._forget_orders()
        self._begin(now_s)
        self._set_refill_date(now_s)
        return None

    def _begin(self, now_s: int) -> None:
        self.state = RUNNING
        self.front_s = now_s
        self.rate_nl_h = -1
        self.delivery.reset()

    def _forget_orders(self) -> None:
        self._order_resume_s = self._order_stop_s = self._order_direct_s = NEVER_S

    def refill(self, now_s: int, volume_nl: int, counted: int) -> "str | None":
        """The reservoir now holds `volume_nl`, residual included. Refused outside its size.

        What was released and not made yet (`counted`) will leave the new filling.
        """
        p = self.program
        if p is None:
            return "refill: no program is loaded"
        if not p.residual_nl < volume_nl <= p.capacity_nl:
            low, high = str(p.residual_nl + 1), str(p.capacity_nl)
            return "refill: " + str(volume_nl) + " nL not in " + low + ".." + high
        ran_empty = self.alarms.active & (1 << al.RESERVOIR_EMPTY)
        limited = self.is_limited() or ran_empty
        self.reservoir.fill(volume_nl)
        self.reservoir.charge(self.authorised - self.emitted(counted))
        for condition in (al.LOW_RESERVOIR, al.TAPER_GUARD, al.RESERVOIR_EMPTY, al.REFILL_DUE):
            self.alarms.set(condition, False)
        self._order_resume_s = _acts_at(now_s)
        self._resume_limited = bool(limited)
        if ran_empty:  # only the empty reservoir had stopped it: delivery goes on, limited
            self._begin(max(now_s + self.margin_s, self.front_s))
        if limited and self.state == RUNNING:
            self.alarms.set(al.RESUME_CAP, True)
        self._set_refill_date(now_s)
        return None

    def stop_planned(self, now_s: int) -> "str | None":
        if self.state != RUNNING:
            return "stop: not running (state: " + STATE_NAMES[self.state] + ")"
        self._order_stop_s = _acts_at(now_s)
        self.alarms.set(al.STOPPING, True)
        return None

    def stop_now(self, now_s: int, fault: int = al.STOPPED) -> "str | None":
        """Emergency stop, or a stop-class fault: flow is cut at once."""
        if self.state != RUNNING:
            return "estop: not running (state: " + STATE_NAMES[self.state] + ")"
        self.front_s = now_s  # what was planned beyond will not be
        while self.rates and self.rates[-1][0] > now_s:
            self.rates.pop()
        self._stopped()
        self._cut_pending = True
        self.alarms.set(fault, True)
        return None

    def restart(self, now_s: int) -> "str | None":
        """Take up the loaded program again after a stop. A planned stop is forgotten; the climb
        after a refill is not, so that a stop and a restart are no way around it."""
        if self.state != STOPPED or self._cut_pending:
            return "restart: not stopped (state: " + STATE_NAMES[self.state] + ")"
        if self.alarms.active & (1 << al.RESERVOIR_EMPTY):
            return "restart: the reservoir is empty; refill it"
        self.taper.stop_nl_h = NO_CAP
        self.taper.stop_reached = False
        self._order_stop_s = NEVER_S
        self._hour = -1
        self._begin(now_s + self.margin_s)
        for condition in (al.STOPPED, al.STOPPING, al.STEP_FAULT):
            self.alarms.set(condition, False)
        return None

    def resume_direct(self, now_s: int) -> "str | None":
        """An operator confirms the return to the program without the climb."""
        if not self.alarms.active & (1 << al.RESUME_CAP):
            return "resume_direct: no return is being limited"
        self._order_direct_s = _acts_at(now_s)
        return None

    def settle(self, counted: int) -> None:
        """After a cut: `counted` is final, and what was released but not made goes back."""
        unmade = self.authorised - (counted - self._base)
        if unmade > 0:
            self.reservoir.give_back(unmade)
        else:
            self.reservoir.charge(-unmade)
        self.authorised -= unmade
        self._cut_pending = False

    # -- over a reset ----------------------------------------------------------------------------
    def snapshot(self, now_s: int) -> "dict[str, object]":
        """All that must outlive a reset, as plain data; the program's own fields included."""
        p = self.program
        if p is None:
            return {"state": EMPTY}
        orders = [self._order_resume_s, self._order_stop_s, self._order_direct_s]
        return {
            "state": self.state,
            "program": p.fields,
            "now_s": now_s,
            "authorised": self.authorised,
            "usable_nl": self.reservoir.usable_nl,
            "hour": self._hour,
            "taper": self.taper.snapshot(),
            "orders": orders + [int(self._resume_limited), self._refill_due_s],
            "alarms": [self.alarms.active, self.alarms.acknowledged],
        }

    def restore(self, s: dict, bound_nl: int, cause: int) -> None:
        """Take up where `snapshot` left off. `bound_nl` is what may have been delivered since: the
        ledger takes it as gone. `cause` is the condition that says why (RESET_...). Delivery goes
        on if it was running; the time lost is unknown until `set_clock`.
        """
        if s["state"] == EMPTY:
            return
        self.load(Program(s["program"]))
        self.alarms.active, self.alarms.acknowledged = s["alarms"]
        self.reservoir.usable_nl = max(0, s["usable_nl"] - bound_nl)
        self.taper.restore(s["taper"])
        self._hour = s["hour"]
        self._order_resume_s, self._order_stop_s, self._order_direct_s = s["orders"][:3]
        self._resume_limited, self._refill_due_s = bool(s["orders"][3]), s["orders"][4]
        self.authorised = s["authorised"]
        self._base = -self.authorised
        self.state = s["state"]
        self.front_s = s["now_s"]
        if self.state == RUNNING:
            self._begin(s["now_s"] + self.margin_s)
            self.alarms.set(cause, True)

    def ahead_s(self, now_s: int) -> int:
        """How much pump time is planned beyond `now_s`, and still to be made."""
        return max(0, self.front_s - now_s)

    def set_clock(self, now_s: int, ahead_s: int = 0) -> "str | None":
        """After a reset: it is `now_s`, and what was planned (`ahead_s`) is made from now on.

        Forward only, so nothing is ever delivered twice; what the gap would have held is not made
        up for.
        """
        if not self.front_s - ahead_s <= now_s < NEVER_S:
            return "clock: " + str(now_s) + " s is before what is already planned"
        self.front_s = now_s + max(self.margin_s, ahead_s)
        return None

    # -- questions -------------------------------------------------------------------------------
    def is_limited(self) -> bool:
        """Whether delivery is, or is about to be, held below the program by guard or resume."""
        p = self.program
        if p is None or self.state == EMPTY:
            return False
        t = self.taper
        return t.guard_nl_h < p.highest_nl_h or t.resume_nl_h < p.highest_nl_h

    def emitted(self, counted: int) -> int:
        return counted - self._base

    # -- the step --------------------------------------------------------------------------------
    def step(self, now_s: int, sensed: Sensed) -> Actions:
        """Decide. At most one packet a call; call again while actions.wake_s <= now_s."""
        a = self.actions
        a.packet = False
        a.cut = False
        a.wake_s = NEVER_S
        if self.state == RUNNING:
            self._check_count(now_s, sensed)
        if self._cut_pending:
            a.cut = True
            return a
        if self.state != RUNNING:
            return a
        if now_s >= self._refill_due_s:
            self.alarms.set(al.REFILL_DUE, True)
        if self.front_s < now_s:
            # Nobody called in time. What was missed is not made up for in a burst.
            self.front_s = now_s
            self.alarms.set(al.LATE, True)
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
        return a

    def _release(self) -> None:
        p, a = self.program, self.actions
        assert p is not None
        start_s = self.front_s
        hour = start_s // HOUR_S
        if hour != self._hour:
            self._new_hour(hour)
            if self.state != RUNNING:
                return
        programmed = p.schedule.rate_nl_h(start_s)
        rate = self.taper.limit_nl_h(programmed)
        wanted_s = min(
            self.window_s,
            (hour + 1) * HOUR_S - start_s,
            p.schedule.next_change_s(start_s) - start_s,
        )
        a.seconds = self.delivery.longest_s(rate, wanted_s)
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
        if rate != self.rate_nl_h:
            self.rate_nl_h = rate
            self.rates.append((start_s, rate))
        self.taper.used(hour, rate)
        if self.reservoir.usable_nl <= p.low_nl:
            self.alarms.set(al.LOW_RESERVOIR, True)
        if empty:
            self._run_empty()

    def _new_hour(self, hour: int) -> None:
        p, t = self.program, self.taper
        assert p is not None
        self._hour = hour
        at_s = hour * HOUR_S
        if hour % HOURS_PER_DAY == 0 and self.front_s == at_s:
            self.days.append((hour // HOURS_PER_DAY, self.authorised))
        t.reach(hour)
        if at_s >= self._order_resume_s:
            self._order_resume_s = NEVER_S
            t.forget_guard()
            t.resume_nl_h = NO_CAP
            if self._resume_limited:
                t.begin_resume()
        if at_s >= self._order_direct_s:
            self._order_direct_s = NEVER_S
            t.resume_nl_h = NO_CAP
        if at_s >= self._order_stop_s:
            self._order_stop_s = NEVER_S
            t.begin_stop()
        refill_pending = self._order_resume_s != NEVER_S
        t.hour(hour, self.reservoir.usable_nl, p.highest_nl_h, refill_pending)
        if t.stop_reached:
            self._stopped()
            self.alarms.set(al.STOPPING, False)
            self.alarms.set(al.STOPPED, True)
            return
        if t.guard_nl_h < p.highest_nl_h and not refill_pending:
            self.alarms.set(al.LOW_RESERVOIR, True)
            self.alarms.set(al.TAPER_GUARD, True)
        climbing = self._resume_limited if refill_pending else t.resume_nl_h != NO_CAP
        self.alarms.set(al.RESUME_CAP, climbing)

    def _run_empty(self) -> None:
        """What is left is less than a step: delivery ends here, and says so."""
        self.alarms.set(al.RESERVOIR_EMPTY, True)
        self._stopped()

    def _stopped(self) -> None:
        self.state = STOPPED
        self.rates.append((self.front_s, 0))
        self.rate_nl_h = 0

    def _check_count(self, now_s: int, sensed: Sensed) -> None:
        """The second path: never more made than released, and all of it once the motor rests."""
        unmade = self.authorised - (sensed.counted - self._base)
        if unmade < 0 or (sensed.idle and unmade):
            self.stop_now(now_s, al.STEP_FAULT)

    def _set_refill_date(self, now_s: int) -> None:
        p = self.program
        if p is not None:
            self._refill_due_s = p.refill_due_s(now_s, self.reservoir.usable_nl)


def margin_s(time_scale: int) -> int:
    """How early a packet is released: half a second of wall time, at least a pump second."""
    return max(1, time_scale // 2)


def _acts_at(now_s: int) -> int:
    """The first full hour at least ORDER_LEAD_S after `now_s`."""
    return (now_s + ORDER_LEAD_S + HOUR_S - 1) // HOUR_S * HOUR_S

"""A pump to explore: what may happen to it, what makes two of its states the same, what must hold.

Inputs take no time but for those that wait, so orders meet within an hour in every sequence. The
real controller runs on an exact motor, and every packet on the way is planned, made and checked.

Two states are the same if FEATURES are: state; the conditions that say why; day or night rate;
minutes past the hour; the orders that wait, in hours; the programs that run and wait; the bolus,
how many there were and whether one more fits; the refill procedure; whether the time of day is
known; and coarsely (factors of two between minimum rate and highest rate, quarters of the vessel,
half days) volume, caps, highest rate of a day, and the time to the next step of climb and stop.
Left out: the exact figures behind those; pump time; the caps of the hours before, but for whether
there are any; the part of a step under way; conditions that only tell something (ONLY_TOLD), and
what was acknowledged. The first state met stands for all that are the same: what follows from
another of them may differ, and is not seen.
"""

import json
import pickle
from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Any, NamedTuple

from device_program import DAY, HOUR, least_tau_dh, program, scaled
from driven import Driven, ExactMotor
from world import SAYS_WHY

from pump import bolus as bo
from pump import conditions as al
from pump.controller import RUNNING, STOPPED, Actions, Controller
from pump.delivery import PACKET_STEPS_MAX
from pump.journal import BOUND_NL
from pump.planner import REFILL, STOP, TIME
from pump.program import Program
from pump.taper import NO_CAP
from pump.units import NEVER_S

GAP_S = 5 * HOUR  # of a clock that jumps, or of a reset
LATE_S = HOUR // 2  # what may still be the caller's fault
WAIT_DAYS_MAX = 30
DROP_PERMILLE = 500
# Fast to run down: two days from the guard to the minimum rate, two more at it. A day as
# programmed with every bolus is 306 uL of the 310 that it may hold.
FIELDS = program(
    drugs=[["drug", 1000, 12, 310, 3]],
    notices_s=[DAY],
    steps=[[6 * HOUR, 8_000], [22 * HOUR, 16_000]],
    max_flow_nl_h=20_000,
    max_bolus_flow_nl_h=40_000,
    bolus_max_nl=20_000,
    bolus_day_max=2,
    demand=[20_000, 5_400],
    periodic=[[10 * HOUR, 10_000, 5_400]],
    max_drop_permille=DROP_PERMILLE,
    tau_dh=least_tau_dh(DROP_PERMILLE, periodic=True),
    minimum_nl_h=4_000,
    nl_per_1000_steps=200_000,
    capacity_nl=2_500_000,
    low_alarm_nl=700_000,
)
CHANGED = scaled(FIELDS, 900)
REFERENCE_NL_H = Program(FIELDS).reference_nl_h
PL = FIELDS["nl_per_1000_steps"]
# These are told, and change nothing else.
ONLY_TOLD = sum(
    1 << bit
    for bit in (
        al.LATE,
        al.RESET_WATCHDOG,
        al.REFILL_DUE,
        al.LOW_RESERVOIR,
        al.BOLUS_INTERRUPTED,
        al.VOLUME_MISMATCH,
        al.DRUG_EXPIRED,
    )
)
SAYS_STOPPED = 1 << al.STOPPED | 1 << al.RESERVOIR_EMPTY | 1 << al.STEP_FAULT
TIMELESS = ("open_refill", "stop_bolus")  # orders that do not ask when


class Packet(NamedTuple):
    start_s: int
    end_s: int
    rate_nl_h: int
    basal_nl_h: int
    steps: int


class ExploredPump(Driven):
    """`FIELDS` under way, checked at every call, without the past that nothing needs."""

    def __init__(self, usable_nl: int, days: int = 0) -> None:
        self.filled_nl = usable_nl
        self.made_before = 0  # by the motor before the last reset
        self.made_at_fill = 0
        self.filled_s = -DAY
        self.doubt_nl = 0  # what resets since the fill took off the books, to be safe
        self.beyond = 0  # steps too many since the fill
        self.hard = False  # stopped by what may cut at once
        self.past: list[Packet] = []
        self.excused_s = -DAY  # until then the basal rate may be below half that of the day before
        self.holiday_from: object = None  # the program that a holiday interrupts
        self.course: object = None  # program and offset of the last packet
        super().__init__({**FIELDS, "volume_nl": usable_nl + FIELDS["residual_nl"]}, delay=prompt)
        self.watch = check
        self.serve()
        self.wait(days * DAY)
        if days:
            assert self.order("give_bolus", 0, 0) is None
            self.wait(4 * HOUR)

    # -- what happens -----------------------------------------------------------------------------
    def serve(self) -> None:
        """The controller is called until it has nothing to do now."""
        self._wake_s = self.now_s
        self.run_to(self.now_s)

    def order(self, name: str, *args: Any, **more: Any) -> "str | None":
        """Given now; a refusal must change nothing."""
        before = self.controller.snapshot(self.now_s)
        past = self.past.copy()
        cuts = name in ("stop_now", "empty")
        if cuts and (self.running or name == "empty"):
            self.cut()
        if name == "refill":
            args = (*args, self.made)
        if name not in TIMELESS:
            args = (self.now_s, *args)
        refused: str | None = getattr(self.controller, name)(*args, **more)
        if refused:
            assert self.controller.snapshot(self.now_s) == before, f"half obeyed: {refused}"
            assert ": " in refused and "\n" not in refused
            self.past = past
        elif cuts:
            self.hard = True
        self.serve()
        return refused

    def cut(self) -> None:
        """What is planned from now on will not be."""
        unmade = self.in_flight
        while self.past and self.past[-1].end_s > self.now_s:
            last = self.past.pop()
            unmade, kept = max(0, unmade - last.steps), max(0, last.steps - unmade)
            if last.start_s < self.now_s:
                self.past.append(last._replace(end_s=self.now_s, steps=kept))

    def refill(self, usable_nl: int) -> None:
        """To `usable_nl` above the residual, if the vessel takes so much."""
        volume_nl = usable_nl + FIELDS["residual_nl"]
        if volume_nl > FIELDS["capacity_nl"]:
            return
        self.filled_nl, self.filled_s = usable_nl, self.now_s
        self.doubt_nl = self.beyond = 0
        self.made_at_fill = self.made_before + self.made
        assert self.order("refill", volume_nl) is None

    def wait(self, seconds: int) -> None:
        self.run_to(self.now_s + seconds)

    def skip(self, seconds: int) -> None:
        """Nobody calls for `seconds` after what is planned."""
        c = self.controller
        was_running = c.state == RUNNING
        self.now_s = max(self.now_s, c.front_s) + seconds
        self.call()
        assert not was_running or c.alarms.active >> al.LATE & 1
        self.serve()

    def turn_clock(self, by_s: int) -> None:
        """The clock runs away, or backwards: it is set right, and nothing is delivered twice. The
        pump time between the last call and now is then there again; the motor has made its
        part."""
        c = self.controller
        if c.state != RUNNING:
            return  # a pump that rests does not look at it
        before = (c.authorised, c.front_s, c.state)
        self.sensed.counted, self.sensed.idle = self.made, not self.motor.under_way(self.now_s)
        a = c.step(self.now_s + by_s, self.sensed)
        assert a.clock_s <= self.now_s, "the clock is not set right"
        assert c.clock_lost and c.alarms.active >> al.CLOCK_FAULT & 1
        assert not a.packet and (c.authorised, c.front_s, c.state) == before
        self.motor.shift(a.clock_s - self.now_s)
        self.now_s = a.clock_s
        self.serve()

    def miscount(self) -> None:
        """The motor makes all that was released and one step more."""
        c = self.controller
        if c.state != RUNNING:
            return
        more = self.in_flight + 1
        self.beyond += 1
        self.cut()
        self.motor.cut(self.now_s)
        self.motor._done += more
        self.hard = True
        self.call()
        assert c.alarms.active >> al.STEP_FAULT & 1
        self.serve()

    def reset(self) -> None:
        """The CPU dies with what is released, and comes back from its record. No bolus goes on."""
        had_bolus = self.controller.bolus.kind != bo.NONE
        self.doubt_nl += BOUND_NL + self.in_flight * PL // 1000 + 1
        self.cut()
        self.made_before += self.made
        self.controller = c = revived(self.controller, self.now_s, BOUND_NL)
        self.motor = ExactMotor(PL)
        assert c.bolus.kind == bo.NONE
        assert not had_bolus or c.alarms.active >> al.BOLUS_INTERRUPTED & 1

    def tell_time(self, gap_s: int) -> None:
        """The host says that it is `gap_s` later than the controller thinks."""
        c = self.controller
        ahead_s = c.ahead_s(self.now_s)
        self.motor.shift(gap_s)
        self.now_s += gap_s
        assert c.set_clock(self.now_s, ahead_s) is None
        self.excused_s = self.now_s + DAY

    def change(self) -> None:
        """To the other program."""
        c = self.controller
        assert c.program is not None
        last = (c.next_program or c.program).fields
        fields = FIELDS if last["steps"] == CHANGED["steps"] else CHANGED
        self.order("change", Program({**fields, "volume_nl": last["volume_nl"]}), "tried")

    def move_day(self) -> None:
        """The time of day is set half a day on."""
        civil_s = self.now_s + self.controller.offset_s + DAY // 2
        self.order("set_time", civil_s % DAY, civil_s // DAY % 7)

    def fault(self, condition: int) -> None:
        """A fault comes, or goes and is reset."""
        alarms = self.controller.alarms
        there = alarms.active & ~alarms.latched & (1 << condition)
        self.hard |= not there and alarms.safe_state(condition) == al.STOP
        if self.hard and self.running:
            self.cut()
        alarms.set(condition, not there)
        alarms.reset_latch(condition)
        self.serve()

    def withdraw(self) -> None:
        """What is really there."""
        there_nl = FIELDS["residual_nl"] + int(self.filled_nl - self.made_nl)
        self.order("withdraw", there_nl, self.made, True)

    def empty(self) -> None:
        """The drug is taken out of the reservoir, whatever the pump does."""
        self.filled_nl = self.doubt_nl = self.beyond = 0
        self.made_at_fill = self.made_before + self.made
        self.order("empty")

    # -- what is ----------------------------------------------------------------------------------
    @property
    def in_flight(self) -> int:
        """Steps released and not made."""
        return self.controller.authorised - self.controller.emitted(self.made)

    @property
    def made_nl(self) -> Fraction:
        """Since the last filling."""
        return Fraction((self.made_before + self.made - self.made_at_fill) * PL, 1000)

    def check_books(self) -> None:
        """6: never more in the books than in the vessel; less only by what is in flight or in
        doubt."""
        usable_nl = self.controller.reservoir.usable_nl
        missing = self.filled_nl - self.made_nl - Fraction(self.in_flight * PL, 1000) - usable_nl
        assert -1 < missing < 1 + self.doubt_nl, f"books off by {float(missing)} nL"
        assert usable_nl >= -(self.beyond * PL // 1000)

    def forget(self) -> None:
        """What is older than a day, and the logs."""
        c = self.controller
        for log in (self.packets, c.days, c.alarms.changed):
            log.clear()
        del c.rates[:-1]
        c.bolus.log = [entry for entry in c.bolus.log if entry[0] > self.now_s]
        self.past = [packet for packet in self.past if packet.end_s > self.now_s - DAY]

    def key(self) -> Hashable:
        return tuple([feature(self) for feature in FEATURES.values()])


def prompt(_margin_s: int) -> int:
    return 0


def revived(c: Controller, now_s: int, bound_nl: int) -> Controller:
    """Another controller, from the record of `c` as the journal keeps it."""
    other = Controller(c.window_s, c.margin_s)
    other.restore(json.loads(json.dumps(c.snapshot(now_s))), bound_nl, al.RESET_WATCHDOG)
    return other


# Where a search begins: usable nL, and for how many days it runs then, with a bolus after them.
# The guard is at 788,000, the minimum rate at 197,000.
ROOTS = {
    "full": (2_000_000, 0),
    "near the guard": (806_000, 0),
    "low": (198_000, 0),
    "nearly empty": (6_000, 0),
    "three days on": (2_000_000, 3),
}


# -- what may happen: add to this as the controller learns more ----------------------------------
def refill_small(pump: ExploredPump) -> None:
    """A tenth more than there is, at least two hours of the highest rate."""
    usable_nl = pump.controller.reservoir.usable_nl
    pump.refill(max(usable_nl * 11 // 10, 32_000) + 1)


def wait_for_news(pump: ExploredPump) -> None:
    """Hours pass until the key changes."""
    key = pump.key()
    for _ in range(WAIT_DAYS_MAX * 24):
        pump.wait(HOUR)
        if pump.key() != key:
            break
        pump.forget()


def reset(pump: ExploredPump, gap_s: int = -1) -> None:
    """And the host tells the time after `gap_s`, or never."""
    pump.reset()
    if gap_s >= 0:
        pump.tell_time(gap_s)
    pump.serve()


INPUTS: dict[str, Callable[[ExploredPump], object]] = {
    "wait": wait_for_news,
    "half an hour": lambda pump: pump.wait(HOUR // 2),
    "refill small": refill_small,
    "refill full": lambda pump: pump.refill(FIELDS["capacity_nl"] - FIELDS["residual_nl"]),
    "open": lambda pump: pump.order("open_refill"),
    "withdraw": lambda pump: pump.withdraw(),
    "cancel": lambda pump: pump.order("cancel_refill"),
    "empty": lambda pump: pump.empty(),
    "bolus": lambda pump: pump.order("give_bolus", 0, 0),
    "stop bolus": lambda pump: pump.order("stop_bolus"),
    "change": lambda pump: pump.change(),
    "stop": lambda pump: pump.order("stop_planned"),
    "stop to the minimum": lambda pump: pump.order("stop_planned", None, True),
    "holiday": lambda pump: pump.order("stop_planned", None, False, "holiday"),
    "emergency stop": lambda pump: pump.order("stop_now"),
    "restart": lambda pump: pump.order("restart"),
    "resume direct": lambda pump: pump.order("resume_direct"),
    "acknowledge": lambda pump: pump.controller.alarms.acknowledge(-1),
    "reset": reset,
    "reset with a gap": lambda pump: reset(pump, GAP_S),
    "late": lambda pump: pump.skip(LATE_S),
    "clock back": lambda pump: pump.turn_clock(-GAP_S),
    "clock jumps": lambda pump: pump.turn_clock(GAP_S),
    "time": lambda pump: pump.move_day(),
    "self-test": lambda pump: pump.fault(al.SELF_TEST_FAILED),
    "occlusion": lambda pump: pump.fault(al.OCCLUSION_DOWN),
    "a step too many": lambda pump: pump.miscount(),
}


# -- what makes two states the same: one line a feature ------------------------------------------
def _cap(nl_h: int) -> int:
    """0 at the minimum rate or below, then factors of two, 9 where the program is not bound."""
    if nl_h >= REFERENCE_NL_H:
        return 9
    above = max(0, (nl_h - 1) // int(FIELDS["minimum_nl_h"]))
    return above.bit_length()


def _hours(due_s: int, now_s: int) -> int:
    return -1 if due_s == NEVER_S else max(0, -((now_s - due_s) // HOUR))


def _half_days(hours: int, cap_nl_h: int) -> int:
    return -1 if cap_nl_h == NO_CAP else hours % 24 // 12


def _volume(pump: ExploredPump) -> tuple[int, ...]:
    c = pump.controller
    assert c.program is not None
    usable_nl, low_nl = c.reservoir.usable_nl, c.program.low_nl
    cap = _cap(usable_nl * 10 // c.taper.tau_dh)
    above = 1 + (usable_nl - low_nl) * 4 // FIELDS["capacity_nl"] if usable_nl > low_nl else 0
    return (c.reservoir.affordable_steps(1), usable_nl > BOUND_NL, cap, above)


def _stop(pump: ExploredPump) -> tuple[int, ...]:
    c = pump.controller
    if c.state != RUNNING:
        return ()  # forgotten at the restart
    return _cap(c.taper.stop_nl_h), _half_days(c.taper.stop_hours, c.taper.stop_nl_h)


def _orders(pump: ExploredPump) -> tuple[object, ...]:
    """Hours until each acts, and how."""
    c = pump.controller
    found: tuple[object, ...] = tuple([_hours(due_s, pump.now_s) for due_s in c.due])
    if c.due[REFILL] != NEVER_S:
        found += ("refill", c._resume_limited)
    if c.due[STOP] != NEVER_S:
        found += ("stop", c._stop_stays, c._stop_holiday)
    if c.due[TIME] != NEVER_S:
        found += ("time", c._time_mends)
    return found


def _boluses(pump: ExploredPump) -> tuple[int, ...]:
    c = pump.controller
    if c.state != RUNNING:
        return ()
    room = c.window.limit_nl - c.window.given_nl >= 20_000
    times = len(c.recent_boluses(c.front_s))
    withheld = c.front_s < c._no_periodic_until_s
    return c.bolus.kind, c.bolus.start_s < c.front_s < c.bolus.end_s, times, room, withheld


def _programs(pump: ExploredPump) -> tuple[object, ...]:
    c = pump.controller
    both = [p and p.highest_nl_h for p in (c.program, c.next_program)]
    return (*both, c.course.after_holiday, c.needs_program, c.line_filled)


def _civil_hour(pump: ExploredPump) -> int:
    return (pump.now_s + pump.controller.offset_s) // HOUR % 24


FEATURES: dict[str, Callable[[ExploredPump], Hashable]] = {
    "state": lambda pump: pump.controller.state,
    "conditions": lambda pump: pump.controller.alarms.active & ~ONLY_TOLD,
    "step of the schedule": lambda pump: 6 <= (_civil_hour(pump) + 2) % 24 < 22,
    "past the hour": lambda pump: pump.now_s % HOUR,
    "orders": _orders,
    "programs": _programs,
    "boluses": _boluses,
    "refilling": lambda pump: (
        pump.controller.refilling.state,
        _hours(pump.controller.refilling.due_s, pump.now_s),
        pump.controller.taper.held,
    ),
    "time of day": lambda pump: (pump.controller.clock_lost, pump.controller._averages),
    "volume": _volume,
    "guard": lambda pump: _cap(pump.controller.taper.guard_nl_h),
    "resume": lambda pump: (
        _cap(pump.controller.taper.resume_nl_h),
        _half_days(pump.controller.taper.resume_hours, pump.controller.taper.resume_nl_h),
    ),
    "stop": _stop,
    "the last day": lambda pump: (
        _cap(pump.controller.taper.highest_of_day_nl_h()),
        any(pump.controller.taper.guard_caps),
    ),
}


# -- what must hold -------------------------------------------------------------------------------
def check(driven: Driven, a: Actions) -> None:
    """At every call; the figures are those of docs/architecture.md, what must always hold."""
    assert isinstance(driven, ExploredPump)
    pump, c = driven, driven.controller
    # 1: never more made than released and one, nor more in flight than two packets.
    assert -1 <= pump.in_flight <= 2 * PACKET_STEPS_MAX, pump.in_flight
    pump.check_books()  # 6
    assert c.alarms.acknowledged & ~c.alarms.active == 0
    if c.clock_lost and c.state == RUNNING:
        assert c.alarms.active >> al.CLOCK_FAULT & 1, "the time of day is lost in silence"  # 7
    if a.packet:
        _check_packet(pump, a)
    if c.state == RUNNING:
        pump.hard = False
    elif c.state == STOPPED:
        assert c.alarms.active & SAYS_STOPPED, "stopped in silence"  # 4
        before = pump.past[-1].basal_nl_h if pump.past else 0
        assert pump.hard or pump.doubt_nl or before <= FIELDS["minimum_nl_h"], before  # 2


def _check_packet(pump: ExploredPump, a: Actions) -> None:
    c = pump.controller
    p = c.program
    assert p is not None
    start_s, rate, basal = c.front_s - a.seconds, a.rate_nl_h, _basal_nl_h(c, a)
    programmed = p.schedule.rate_nl_h(start_s + c.offset_s)
    most = "max_flow_nl_h" if c.bolus.kind == bo.NONE else "max_bolus_flow_nl_h"
    assert start_s >= pump.now_s and 0 <= a.steps <= PACKET_STEPS_MAX
    assert not pump.past or start_s >= pump.past[-1].end_s, "planned twice"  # 7
    assert 0 <= rate <= FIELDS[most], f"{rate} nL/h is too fast"  # 3
    if basal != programmed:
        assert c.alarms.active & SAYS_WHY, f"{basal} nL/h of {programmed} in silence"  # 4
    packet = Packet(start_s, c.front_s, rate, basal, a.steps)
    _check_fall(pump, packet)
    pump.past.append(packet)
    begin_s = packet.end_s - DAY
    given_3600 = sum(
        old.rate_nl_h * (old.end_s - max(old.start_s, begin_s))
        for old in pump.past
        if old.end_s > begin_s
    )
    assert given_3600 <= c.window.limit_nl * HOUR, f"{given_3600 / HOUR} nL in a day"  # 3


def _basal_nl_h(c: Controller, a: Actions) -> int:
    """What of the packet is no bolus; the stop that may follow it sets the controller's to 0."""
    return c.basal_nl_h if c.state == RUNNING else min(a.rate_nl_h, c.rates[-2][2])


def _check_fall(pump: ExploredPump, packet: Packet) -> None:
    """2: never below half the basal rate of 24 hours before, but where something else says so."""
    c = pump.controller
    assert c.program is not None
    course = (c.program.highest_nl_h, c.offset_s)
    other = pump.course not in (None, course)
    if c.program is pump.holiday_from:
        assert c.course.after_holiday, "a holiday ends without another program"
    pump.holiday_from = c.program if c.course.after_holiday else None
    if other or c._averages or c.taper.held or c.alarms.active >> al.DOSE_LIMIT & 1:
        pump.excused_s = packet.end_s + DAY
    pump.course = course
    if packet.start_s < pump.excused_s:
        return
    keep = 1000 - FIELDS["max_drop_permille"]
    # A refill forgets the caps before it: what resets take off the books then takes its share.
    doubt_nl = pump.doubt_nl if packet.start_s < pump.filled_s + DAY else 0
    # 1: basal's share of a cap is rounded
    bound = packet.basal_nl_h + 1 + -(-doubt_nl * 10 // c.taper.tau_dh)
    for old in pump.past:
        if old.start_s + DAY < packet.end_s and packet.start_s < old.end_s + DAY:
            fell = f"fell from {old.basal_nl_h} to {packet.basal_nl_h} nL/h"
            assert 1000 * bound >= keep * old.basal_nl_h, fell


def check_state(pump: ExploredPump) -> None:
    """Once a state: a controller from its record is the same, and does the same for a day."""
    c, now_s = pump.controller, pump.now_s
    other = revived(c, now_s, 0)
    added = 1 << al.RESET_WATCHDOG if c.state == RUNNING else 0
    if c.state in (RUNNING, STOPPED):
        added |= 1 << al.CLOCK_FAULT
    if c.bolus.kind != bo.NONE:
        added |= 1 << al.BOLUS_INTERRUPTED
    assert other.alarms.active == c.alarms.active | added, "a reset in silence"
    other.alarms.active = c.alarms.active
    assert _plain(other.snapshot(now_s)) == _plain(c.snapshot(now_s)), (
        "a record does not hold it all"
    )
    # It lost the time, and with it whether an order that waits may mend that.
    other.clock_lost, other._averages = c.clock_lost, c._averages
    other._time_mends = c._time_mends
    other.front_s = c.front_s
    twins: list[ExploredPump] = [pickle.loads(pickle.dumps(pump)) for _ in range(2)]
    twins[0].controller.stop_bolus()  # it is not resumed
    twins[1].controller, twins[1].motor = other, ExactMotor(PL)
    twins[1].made_before += twins[1].made
    hours = []
    for twin in twins:
        twin.forget()
        twin.watch = unwatched
        twin.serve()
        twin.wait(DAY)
        # What is planned beyond the day may be an hour in one packet, or the first of several.
        hours.append({h: given for h, given in _hourly(twin).items() if h < twin.now_s // HOUR})
    # A record holds whole nL and no part of a step: a step may fall due earlier, or later. The
    # cap follows, and the periodic bolus of that hour its share of the cap.
    apart_nl_h = 2 * ((PL // 1000 + 1) * 10 // c.taper.tau_dh + 1)
    one, two = hours
    if not (twins[0].running and twins[1].running):  # the last packet ends with the last step
        last = max([*one, *two], default=0)
        for hour in (last, last - 1):
            one.pop(hour, None)
            two.pop(hour, None)
    assert one.keys() == two.keys(), "what was restored runs otherwise"
    apart_3600 = most_3600 = 0  # summed up: what the limit of 24 h takes from one hour comes later
    for hour, given in one.items():
        apart_3600 += given - two[hour]
        most_3600 += apart_nl_h * HOUR
        assert abs(apart_3600) <= most_3600, f"hour {hour}: {given}, restored {two[hour]}"


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Without the bolus, which is not resumed, and changes of rate to the same."""
    limit_nl, end_s, late, *changes = record["window"]
    rates: list[int] = []
    for i in range(0, len(changes), 2):
        if not rates or rates[-1] != changes[i + 1]:
            rates += changes[i : i + 2]
    return {**record, "bolus": bo.NONE, "window": [limit_nl, end_s, late, *rates]}


def _hourly(pump: ExploredPump) -> dict[int, int]:
    """1/3600 nL planned in each hour."""
    found: dict[int, int] = {}
    for start_s, seconds, rate, _ in pump.packets:
        if seconds:
            found[start_s // HOUR] = found.get(start_s // HOUR, 0) + rate * seconds
    return found


def unwatched(_driven: Driven, _actions: Actions) -> None:
    pass

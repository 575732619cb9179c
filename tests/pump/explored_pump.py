"""A pump to explore: what may happen to it, what makes two of its states the same, what must hold.

Inputs take no time but for those that wait, so orders meet within an hour in every sequence. The
real controller runs on an exact motor, and every packet on the way is planned, made and checked.

Two states are the same if FEATURES are: state; the conditions that say why; day or night rate;
minutes past the hour; the orders that wait, in hours; and coarsely (factors of two between minimum
rate and highest rate, quarters of the vessel, half days) volume, caps, highest rate of a day, and
the time to the next step of climb and stop. Left out: the exact figures behind those; pump time;
the caps of the hours before, but for whether there are any; the part of a step under way;
conditions that only tell something (ONLY_TOLD), and what was acknowledged. The first state met
stands for all that are the same: what follows from another of them may differ, and is not seen.
"""

import json
import pickle
from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import NamedTuple

from device_program import DAY, HOUR, least_tau_dh, program
from driven import Driven, ExactMotor

from pump import alarms as al
from pump.controller import RUNNING, STOPPED, Actions, Controller
from pump.delivery import PACKET_STEPS_MAX
from pump.journal import BOUND_NL
from pump.taper import NO_CAP
from pump.units import NEVER_S

GAP_S = 5 * HOUR  # of a clock that jumps, or stands
WAIT_DAYS_MAX = 30
DROP_PERMILLE = 500
# Fast to run down: two days from the guard to the minimum rate, two more at it.
FIELDS = program(
    steps=[[6 * HOUR, 8_000], [22 * HOUR, 16_000]],
    max_drop_permille=DROP_PERMILLE,
    tau_dh=least_tau_dh(DROP_PERMILLE),
    minimum_nl_h=4_000,
    nl_per_1000_steps=200_000,
    capacity_nl=2_500_000,
    low_alarm_nl=700_000,
    refill_notice_s=DAY,
)
# Delivery below the program is said by one of these.
SAYS_WHY = sum(
    1 << bit
    for bit in (
        al.TAPER_GUARD,
        al.RESERVOIR_EMPTY,
        al.STOPPED,
        al.RESUME_CAP,
        al.STOPPING,
        al.STEP_FAULT,
    )
)
# These are told, and change nothing else.
ONLY_TOLD = 1 << al.LATE | 1 << al.RESET_WATCHDOG | 1 << al.REFILL_DUE | 1 << al.LOW_RESERVOIR
SAYS_STOPPED = 1 << al.STOPPED | 1 << al.RESERVOIR_EMPTY | 1 << al.STEP_FAULT


class Packet(NamedTuple):
    start_s: int
    end_s: int
    rate_nl_h: int
    steps: int
    phase: int


class ExploredPump(Driven):
    """`FIELDS` under way, checked at every call, without the past that nothing needs."""

    def __init__(self, usable_nl: int) -> None:
        self.filled_nl = usable_nl
        self.made_before = 0  # by the motor before the last reset
        self.made_at_fill = 0
        self.filled_s = -DAY
        self.doubt_nl = 0  # what resets since the fill took off the books, to be safe
        self.hard = False  # stopped by what may cut at once
        self.past: list[Packet] = []
        super().__init__({**FIELDS, "volume_nl": usable_nl + FIELDS["residual_nl"]}, delay=prompt)
        self.watch = check
        self.serve()

    # -- what happens -----------------------------------------------------------------------------
    def serve(self) -> None:
        """The controller is called until it has nothing to do now."""
        self._wake_s = self.now_s
        self.run_to(self.now_s)

    def order(self, name: str, *args: int) -> "str | None":
        """Given now; a refusal must change nothing."""
        before = self.controller.snapshot(self.now_s)
        past = self.past.copy()
        if name == "stop_now":
            self.cut()
        if name == "refill":
            args = (*args, self.made)
        refused: str | None = getattr(self.controller, name)(self.now_s, *args)
        if refused:
            assert self.controller.snapshot(self.now_s) == before, f"half obeyed: {refused}"
            assert ": " in refused and "\n" not in refused
            self.past = past
        elif name == "stop_now":
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
        self.filled_nl, self.doubt_nl, self.filled_s = usable_nl, 0, self.now_s
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

    def turn_back(self, seconds: int) -> None:
        """The clock runs backwards for one call: nothing is delivered twice."""
        c = self.controller
        before = (c.authorised, c.front_s, c.state)
        self.sensed.counted, self.sensed.idle = self.made, False
        assert not c.step(self.now_s - seconds, self.sensed).packet
        assert (c.authorised, c.front_s, c.state) == before
        self.serve()

    def miscount(self) -> None:
        """The motor makes all that was released and one step more."""
        c = self.controller
        if c.state != RUNNING:
            return
        more = self.in_flight + 1
        self.cut()
        self.motor.cut(self.now_s)
        self.motor._done += more
        self.hard = True
        self.call()
        assert c.alarms.active >> al.STEP_FAULT & 1
        self.serve()

    def reset(self, gap_s: int) -> None:
        """The CPU dies with what is released, comes back from its record, and is told the time."""
        self.doubt_nl += BOUND_NL + self.in_flight * FIELDS["nl_per_1000_steps"] // 1000 + 1
        self.cut()
        self.made_before += self.made
        self.controller = revived(self.controller, self.now_s, BOUND_NL)
        self.motor = ExactMotor(FIELDS["nl_per_1000_steps"])
        self.now_s += gap_s
        assert self.controller.set_clock(self.now_s) is None
        self.serve()

    # -- what is ----------------------------------------------------------------------------------
    @property
    def in_flight(self) -> int:
        """Steps released and not made."""
        return self.controller.authorised - self.controller.emitted(self.made)

    def forget(self) -> None:
        """What is older than a day, and the logs."""
        c = self.controller
        for log in (self.packets, c.rates, c.days, c.alarms.changed):
            log.clear()
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


# Where a search begins, usable nL: the guard at 554,000, the minimum rate at 139,000.
ROOTS = {"full": 2_000_000, "near the guard": 570_000, "low": 145_000, "nearly empty": 6_000}


# -- what may happen: add to this as the controller learns more ----------------------------------
def refill_small(pump: ExploredPump) -> None:
    """A tenth more than there is, at least an hour of the highest rate."""
    usable_nl = pump.controller.reservoir.usable_nl
    pump.refill(max(usable_nl * 11 // 10, 16_000) + 1)


def wait_for_news(pump: ExploredPump) -> None:
    """Hours pass until the key changes."""
    key = pump.key()
    for _ in range(WAIT_DAYS_MAX * 24):
        pump.wait(HOUR)
        if pump.key() != key:
            break
        pump.forget()


INPUTS: dict[str, Callable[[ExploredPump], object]] = {
    "wait": wait_for_news,
    "half an hour": lambda pump: pump.wait(HOUR // 2),
    "refill small": refill_small,
    "refill full": lambda pump: pump.refill(FIELDS["capacity_nl"] - FIELDS["residual_nl"]),
    "stop": lambda pump: pump.order("stop_planned"),
    "emergency stop": lambda pump: pump.order("stop_now"),
    "restart": lambda pump: pump.order("restart"),
    "resume direct": lambda pump: pump.order("resume_direct"),
    "acknowledge": lambda pump: pump.controller.alarms.acknowledge(-1),
    "reset": lambda pump: pump.reset(0),
    "reset with a gap": lambda pump: pump.reset(GAP_S),
    "late": lambda pump: pump.skip(GAP_S),
    "clock back": lambda pump: pump.turn_back(GAP_S),
    "a step too many": lambda pump: pump.miscount(),
}


# -- what makes two states the same: one line a feature ------------------------------------------
def _cap(nl_h: int) -> int:
    """0 at the minimum rate or below, then factors of two, 9 where the program is not bound."""
    if nl_h >= 16_000:
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


FEATURES: dict[str, Callable[[ExploredPump], Hashable]] = {
    "state": lambda pump: pump.controller.state,
    "conditions": lambda pump: pump.controller.alarms.active & ~ONLY_TOLD,
    "step of the schedule": lambda pump: 6 <= (pump.now_s // HOUR + 2) % 24 < 22,
    "past the hour": lambda pump: pump.now_s % HOUR,
    "orders": lambda pump: (
        _hours(pump.controller._order_resume_s, pump.now_s),
        _hours(pump.controller._order_stop_s, pump.now_s),
        _hours(pump.controller._order_direct_s, pump.now_s),
        pump.controller._resume_limited,
    ),
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
    # 6: never more in the books than in the vessel; less only by what is in flight or in doubt.
    pl = FIELDS["nl_per_1000_steps"]
    made = pump.made_before + pump.made - pump.made_at_fill
    missing = pump.filled_nl - Fraction((made + pump.in_flight) * pl, 1000)
    missing -= c.reservoir.usable_nl
    assert -1 < missing < 1 + pump.doubt_nl, f"books off by {float(missing)} nL"
    assert c.reservoir.usable_nl >= 0
    assert c.alarms.acknowledged & ~c.alarms.active == 0
    if a.packet:
        _check_packet(pump, a)
    if c.state == RUNNING:
        pump.hard = False
    elif c.state == STOPPED:
        assert c.alarms.active & SAYS_STOPPED, "stopped in silence"  # 4
        before = pump.past[-1].rate_nl_h if pump.past else 0
        assert pump.hard or pump.doubt_nl or before <= FIELDS["minimum_nl_h"], before  # 2


def _check_packet(pump: ExploredPump, a: Actions) -> None:
    c = pump.controller
    assert c.program is not None
    start_s, rate = c.front_s - a.seconds, a.rate_nl_h
    programmed = c.program.schedule.rate_nl_h(start_s)
    assert start_s >= pump.now_s and 0 <= a.steps <= PACKET_STEPS_MAX
    assert not pump.past or start_s >= pump.past[-1].end_s, "planned twice"  # 7
    assert rate <= programmed, (rate, programmed)  # 3
    if rate < programmed:
        assert c.alarms.active & SAYS_WHY, f"{rate} nL/h of {programmed} in silence"  # 4
    packet = Packet(start_s, c.front_s, rate, a.steps, a.phase)
    keep = 1000 - FIELDS["max_drop_permille"]
    # A refill forgets the caps before it: what resets take off the books then takes its share.
    doubt_nl = pump.doubt_nl if start_s < pump.filled_s + DAY else 0
    bound = rate + -(-doubt_nl * 10 // c.taper.tau_dh)
    for old in pump.past:
        if old.start_s + DAY < packet.end_s and start_s < old.end_s + DAY:
            assert 1000 * bound >= keep * old.rate_nl_h, f"fell to {rate} nL/h"  # 2
    pump.past.append(packet)
    day = [old for old in pump.past if old.start_s >= packet.end_s - DAY]
    begun = 1 + sum(old.phase == c.delivery.units_per_step // 2 for old in day)
    given_nl = sum(old.steps for old in day) * FIELDS["nl_per_1000_steps"] // 1000
    limit_nl = c.program.daily_nl + begun * FIELDS["nl_per_1000_steps"] // 1000
    assert given_nl <= limit_nl, (given_nl, limit_nl)  # 3


def check_state(pump: ExploredPump) -> None:
    """Once a state: a controller from its record is the same, and does the same for a day."""
    c, now_s = pump.controller, pump.now_s
    before = c.snapshot(now_s)
    other = revived(c, now_s, 0)
    after = other.snapshot(now_s)
    if c.state == RUNNING:
        assert other.alarms.active >> al.RESET_WATCHDOG & 1
        other.alarms.set(al.RESET_WATCHDOG, bool(c.alarms.active >> al.RESET_WATCHDOG & 1))
        after = other.snapshot(now_s)
    assert after == before, "a record does not hold it all"
    other.front_s = c.front_s
    twins = [pickle.loads(pickle.dumps(pump)) for _ in range(2)]
    twins[1].controller, twins[1].motor = other, ExactMotor(FIELDS["nl_per_1000_steps"])
    twins[1].made_before += twins[1].made
    for twin in twins:
        twin.forget()
        twin.watch = unwatched
        twin.wait(DAY)
    # A record holds whole nL and no part of a step: a step may fall due earlier, or later.
    apart_nl = FIELDS["nl_per_1000_steps"] // 1000 + 1
    apart_nl_h = apart_nl * 10 // c.taper.tau_dh + 1
    one, two = ([packet[:3] for packet in twin.packets] for twin in twins)
    if not (twins[0].running and twins[1].running):  # the last packet ends with the last step
        assert abs(len(one) - len(two)) <= 1
        one, two = one[:-1], two[:-1]
        one, two = one[: len(two)], two[: len(one)]
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        assert a[:2] == b[:2] and abs(a[2] - b[2]) <= apart_nl_h, (a, b)


def unwatched(_driven: Driven, _actions: Actions) -> None:
    pass

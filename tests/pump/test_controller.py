"""The step: packets, alarms, counts that disagree, time that misbehaves, life over a reset."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, program
from driven import Driven
from traceability.mark import requirement

from pump import conditions as al
from pump.controller import RUNNING, STOPPED, Controller, Sensed, late_s, margin_s
from pump.delivery import PACKET_STEPS_MAX
from pump.planner import PLAN_AHEAD_MAX_S
from pump.program import Program

ODD_STEPS = [[0, 5_000], [HOUR + 1, 9_000], [2 * HOUR - 1, 7_000], [5 * HOUR + 1800, 16_000]]
paces = pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (2880, 720)])


def raised_at(driven: Driven, until_s: int, every_s: int = HOUR) -> dict[str, int]:
    """When each condition was first seen active, from now on."""
    seen: dict[str, int] = {}
    for t_s in range(driven.now_s, until_s, every_s):
        driven.run_to(t_s)
        for name in driven.active:
            seen.setdefault(name, t_s)
    return seen


# -- packets --------------------------------------------------------------------------------------
@paces
def test_packets_follow_each_other_and_end_at_hours_and_changes(
    window_s: int, margin_s: int
) -> None:
    fields = program(steps=ODD_STEPS, lead_s=0)
    driven = Driven(fields, window_s, margin_s)
    driven.run_to(DAY + HOUR)
    schedule = Program(fields).schedule
    front = 0
    for start_s, seconds, rate, steps in driven.packets:
        assert start_s == front
        front += seconds
        assert 1 <= seconds <= window_s
        assert steps <= PACKET_STEPS_MAX
        assert start_s // HOUR == (front - 1) // HOUR
        assert front <= start_s + schedule.left_s(start_s)
        assert rate == schedule.rate_nl_h(start_s)
    assert front > DAY + HOUR


@paces
def test_a_packet_is_released_its_margin_early_and_not_before(
    window_s: int, margin_s: int
) -> None:
    driven = Driven(continuous(16_000), window_s, margin_s)
    driven.run_to(1000)
    front = driven.controller.front_s
    driven.now_s = front - margin_s - 1
    assert not driven.call().packet
    assert driven.controller.actions.wake_s == front - margin_s
    driven.now_s = front - margin_s
    assert driven.call().packet
    assert driven.controller.front_s > front


def test_calls_nobody_asked_for_change_nothing() -> None:
    driven = Driven(continuous(16_000), 2880, 720)
    driven.run_to(5000)
    before = driven.controller.snapshot(0)
    wakes = {driven.call().wake_s for _ in range(50)}
    assert driven.controller.snapshot(0) == before
    assert wakes == {driven.controller.front_s - 720}


def test_the_plan_never_reaches_further_than_an_hour() -> None:
    for window_s, margin in ((HOUR, 0), (HOUR, HOUR - 1), (5760, 720), (4, 1), (0, 0), (-5, 0)):
        controller = Controller()
        controller.set_pace(window_s, margin)
        assert 1 <= controller.window_s <= max(1, window_s)
        assert controller.window_s + margin <= PLAN_AHEAD_MAX_S
    assert [margin_s(scale) for scale in (1, 2, 3, 4, 1440)] == [1, 1, 1, 2, 720]


def test_a_generator_without_room_is_asked_again_before_it_runs_dry() -> None:
    driven = Driven(continuous(16_000), 400, 160)
    driven.run_to(2000)
    c, sensed = driven.controller, Sensed()
    sensed.room = sensed.idle = False
    sensed.counted = driven.made
    now = c.front_s - 160
    while now < c.front_s:
        actions = c.step(now, sensed)
        assert not actions.packet
        assert now < actions.wake_s <= max(now + 1, now + min(10, (c.front_s - now) // 2))
        now = actions.wake_s
    assert now == c.front_s
    assert c.alarms.active == 0


def test_a_stopped_program_gives_packets_without_steps() -> None:
    driven = Driven(program(mode="stopped", steps=[[0, 0]]))
    driven.run_to(3 * DAY)
    assert driven.made == driven.controller.authorised == 0
    assert driven.active == set()
    assert driven.controller.state == RUNNING


def test_a_controller_without_a_program_does_nothing() -> None:
    controller = Controller()
    actions = controller.step(10**6, Sensed())
    assert not actions.packet and not actions.cut
    assert actions.wake_s == 0x3FFFFFFF
    assert controller.snapshot(5) == {"state": 0, "alarms": [0, 0, 0]}
    assert not controller.is_limited()


def test_midnights_are_told_with_the_steps_released_before_them() -> None:
    driven = Driven(continuous(16_000))
    driven.run_to(3 * DAY)
    assert driven.controller.days == [(day, day * 24 * 512) for day in range(4)]


# -- time that misbehaves -------------------------------------------------------------------------
@paces
@pytest.mark.parametrize("late", [1, 59 * 60, HOUR])
def test_a_call_that_comes_late_loses_the_time_and_says_so(
    window_s: int, margin_s: int, late: int
) -> None:
    driven = Driven(continuous(16_000), window_s, margin_s)
    driven.run_to(DAY)
    c = driven.controller
    front, released = c.front_s, c.authorised
    driven.now_s = front + late
    actions = driven.call()
    assert driven.active == {"LOOP_LATE"}
    assert actions.packet
    assert c.front_s == driven.now_s + actions.seconds <= driven.now_s + max(1, window_s)
    assert c.authorised - released <= PACKET_STEPS_MAX
    driven.run_to(driven.now_s + HOUR)
    assert c.authorised - released <= 512 * (HOUR + window_s + margin_s) / HOUR + 1


def test_what_comes_later_than_a_loop_can_is_the_clocks_fault() -> None:
    for scale, most_s in ((1, 64), (60, 300), (1440, 5820)):
        assert late_s(scale) == most_s
    for late, alarms in ((64, {"LOOP_LATE"}), (65, {"CLOCK_FAULT"})):
        driven = Driven(continuous(16_000), 4, 1)
        driven.run_to(DAY)
        driven.controller.set_pace(4, 1, late_s(1))
        driven.now_s = driven.controller.front_s + late
        driven.call()
        assert driven.active == alarms


def test_late_begins_one_second_after_the_front() -> None:
    for late, alarms in ((0, set()), (1, {"LOOP_LATE"})):
        driven = Driven(continuous(16_000), 600, 60)
        driven.run_to(DAY)
        driven.now_s = driven.controller.front_s + late
        assert driven.call().packet
        assert driven.active == alarms


def test_lateness_is_cleared_by_acknowledging_and_comes_again() -> None:
    driven = Driven(continuous(16_000))
    for _ in range(2):
        driven.run_to(driven.now_s + HOUR)
        driven.now_s = driven.controller.front_s + 1
        driven.call()
        assert driven.active == {"LOOP_LATE"}
        assert driven.controller.alarms.acknowledge(al.LATE)
        assert driven.active == set()


@requirement("I7")
def test_a_clock_that_stands_still_delivers_nothing_more() -> None:
    driven = Driven(continuous(16_000), 400, 50)
    driven.run_to(DAY)
    released = driven.controller.authorised
    for _ in range(100):
        driven.call()
    assert driven.controller.authorised == released


# -- the second path ------------------------------------------------------------------------------
def faulted(fields: dict[str, Any], more: int, idle: bool) -> Driven:
    """Called once with `more` steps counted than were released."""
    driven = Driven(fields, 4, 1)
    driven.run_to(DAY)
    c, sensed = driven.controller, driven.sensed
    sensed.counted, sensed.idle, sensed.room = c.authorised + more, idle, True
    driven.cut_at = c.step(DAY, sensed).cut
    return driven


@requirement("I1")
@pytest.mark.parametrize(
    ("more", "idle", "fault"),
    [
        (1, False, True),
        (1, True, True),
        (0, False, False),
        (0, True, False),
        (-1, False, False),
        (-1, True, True),
        (-600, False, False),
        (10**6, False, True),
    ],
)
def test_steps_made_must_be_steps_released(more: int, idle: bool, fault: bool) -> None:
    driven = faulted(continuous(16_000), more, idle)
    assert driven.cut_at == fault
    assert driven.active == ({"STEP_FAULT"} if fault else set())
    assert driven.controller.state == (STOPPED if fault else RUNNING)


@pytest.mark.parametrize("more", [-3, 1, 7])
def test_after_a_step_fault_the_books_hold_what_was_counted(more: int) -> None:
    driven = faulted(continuous(16_000), more, True)
    c = driven.controller
    counted = driven.sensed.counted
    c.settle(counted)
    assert c.authorised == c.emitted(counted) == counted
    assert c.reservoir.usable_nl == 49_500_000 - counted * 31_250 // 1000
    assert c.restart(DAY) is None
    assert driven.active == {"STEP_FAULT"}, "latched: it outlives its cause"
    assert c.alarms.reset_latch(al.STEP_FAULT)
    assert driven.active == set()
    assert not c.step(DAY, driven.sensed).cut


def test_a_step_fault_stays_latched_over_the_loading_of_a_program() -> None:
    driven = faulted(continuous(16_000), 1, True)
    c = driven.controller
    c.settle(driven.sensed.counted)
    assert c.load(Program(continuous(8_000))) is None
    assert driven.active == {"STEP_FAULT"}
    assert c.alarms.latched == 1 << al.STEP_FAULT


def test_a_count_that_does_not_begin_at_zero_is_no_fault() -> None:
    controller = Controller()
    assert controller.load(Program(continuous(16_000))) is None
    assert controller.start(0, 12_345) is None
    sensed = Sensed()
    sensed.counted = 12_345
    assert controller.step(0, sensed).packet
    assert controller.emitted(12_346) == 1
    assert controller.alarms.active == 0


# -- alarms of the reservoir ----------------------------------------------------------------------
@requirement("R6.8.0(9)")
def test_low_reservoir_comes_at_its_own_level() -> None:
    # 5,000 nL/h: the guard at 540,500 nL, a day more is 660,500; the level is 1,500,000.
    driven = Driven(continuous(5_000, volume_nl=4_000_000))
    seen = raised_at(driven, 30 * DAY)
    before = [t for t in range(0, 30 * DAY, HOUR) if 3_500_000 - 5_000 * t // HOUR > 1_500_000]
    assert seen["LOW_RESERVOIR"] in (before[-1] + HOUR, before[-1])


def test_low_reservoir_comes_a_day_of_delivery_before_the_guard_if_that_is_first() -> None:
    driven = Driven(continuous(16_000, volume_nl=4_000_000, low_alarm_nl=500_000))
    seen = raised_at(driven, 30 * DAY)
    assert seen["TAPER_GUARD"] - seen["LOW_RESERVOIR"] in (DAY - HOUR, DAY, DAY + HOUR)


def test_the_low_level_to_the_nl() -> None:
    p = Program(continuous(5_000))
    assert p.low_nl == 1_500_000  # 2 mL, less the residual
    p = Program(continuous(16_000))
    assert p.low_nl == 16_000 * 1_081 // 10 + 24 * 16_000
    for usable, low in ((p.low_nl + 600, set()), (p.low_nl + 500, {"LOW_RESERVOIR"})):
        driven = Driven(continuous(16_000, volume_nl=usable + 500_000), 112, 0)
        driven.run_to(0)  # 16 steps of 31.25 nL, 500 nL, are released
        assert {"LOW_RESERVOIR"} & driven.active == low


def test_the_guard_is_alarmed_before_the_rate_falls() -> None:
    fields = program(low_alarm_nl=500_000)  # by day 7,500 nL/h, by night 16,000
    driven = Driven(fields)
    seen = raised_at(driven, 20 * DAY)
    p = Program(fields)
    fell = next(t for t, rate in driven.rates if rate < p.schedule.rate_nl_h(t))
    assert seen["LOW_RESERVOIR"] < seen["TAPER_GUARD"] <= fell


def test_the_guard_alarm_comes_at_the_hour_its_cap_falls_below_the_highest_rate() -> None:
    driven = Driven(program())
    seen = raised_at(driven, 20 * DAY)
    driven = Driven(program())
    driven.run_to(seen["TAPER_GUARD"] - 1)
    assert driven.controller.taper.guard_nl_h >= 16_000
    driven.run_to(seen["TAPER_GUARD"])
    assert driven.controller.taper.guard_nl_h < 16_000


def test_a_refill_clears_what_it_cures() -> None:
    driven = Driven(continuous(16_000, volume_nl=1_500_000))
    driven.run_to(DAY)
    assert driven.active == {"LOW_RESERVOIR", "TAPER_GUARD", "REFILL_DUE"}
    driven.order("refill", 20_000_000)
    assert driven.active == {"RESUME_CAP"}


def test_a_refill_that_is_too_little_is_alarmed_again() -> None:
    driven = Driven(continuous(16_000, volume_nl=1_500_000))
    driven.run_to(DAY)
    driven.order("refill", 1_400_000)
    driven.run_to(DAY + 2 * HOUR)
    assert driven.active >= {"LOW_RESERVOIR", "TAPER_GUARD", "RESUME_CAP"}


def test_no_flow_needs_no_refill() -> None:
    driven = Driven(program(mode="stopped", steps=[[0, 0]], volume_nl=3_000_000))
    driven.run_to(90 * DAY)
    assert driven.active == set()


# -- a new start ----------------------------------------------------------------------------------
def test_without_a_pace_an_hour_is_planned_when_the_last_one_is_over() -> None:
    controller = Controller()
    assert (controller.window_s, controller.margin_s, controller.late_s) == (HOUR, 0, HOUR)


@pytest.mark.parametrize("start_s", [0, 1, HOUR, HOUR + 1800])
def test_a_program_may_start_at_any_pump_time(start_s: int) -> None:
    controller = Controller()
    controller.load(Program(continuous(16_000)))
    assert controller.start(start_s, 0) is None
    assert controller.refilling.filled_s == start_s
    actions = controller.step(start_s, Sensed())
    assert controller.rates == [(start_s, 16_000, 16_000)]
    assert actions.seconds == min(1800, HOUR - start_s % HOUR)
    assert controller.taper.guard_nl_h == 49_500_000 * 10 // 1081
    assert controller.days == ([(0, 0)] if start_s == 0 else [])


def test_a_new_start_knows_nothing_of_the_program_before() -> None:
    salt, other = (
        [["salt", 1000, 0, 1000, 0]],
        [["salt", 2000, 0, 2000, 0]],
    )
    driven = Driven(continuous(10_000, drugs=salt, tubing_nl=900_000), 600, 0)
    driven.run_to(30 * HOUR)
    new = Program(continuous(9_000, drugs=other))
    assert driven.order("refill_with", 40_000_000, driven.made, new, True, "why") is None
    driven.order("set_time", 5, 3)
    driven.run_to(40 * HOUR)
    driven.order("refill", 39_000_000)
    driven.order("stop_planned", [[5, 900]], True, "holiday")
    driven.order("set_time", 7, 4)
    driven.controller.open_refill()
    driven.order("stop_now")
    c = driven.controller
    fresh = Controller(600, 0)
    fields = continuous(20_000, drugs=salt, volume_nl=30_000_000)
    for controller, counted in ((c, driven.made), (fresh, 0)):
        assert controller.load(Program(fields)) is None
        assert controller.start(0, counted) is None
        assert controller.ticks_for_nl_h == 20_000
        assert controller.programmed_nl_h(0) == 20_000
    mine, its = c.snapshot(0), fresh.snapshot(0)
    for kept in (mine, its):  # but for the figures of orders that are not due any more
        del kept["plan"], kept["flags"], kept["numbers"][8:10], kept["numbers"][3]
    assert mine == its

"""Civil time: what moves with it, what is never given twice, and clocks that lie."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, with_boluses
from driven import Driven
from traceability.mark import requirement

from pump import conditions as al
from pump.controller import EMPTY, READY, RUNNING, Controller, Sensed
from pump.program import Program

T = 3 * DAY
WEEK = 7 * DAY
DAY_STEPS = [[0, 5_000], [6 * HOUR, 9_000], [20 * HOUR, 7_000]]
profiles = pytest.mark.parametrize("profile", ["itb", "pca"])


def flex(**changes: Any) -> dict[str, Any]:
    return continuous(0, **{"mode": "flex", "steps": DAY_STEPS, **changes})


def under_way(fields: dict[str, Any], t_s: int = T) -> Driven:
    driven = Driven(fields, 600, 60)
    driven.run_to(t_s)
    return driven


def lose_clock(driven: Driven, by_s: int = -DAY) -> None:
    """The clock jumps; the controller sees it, sets it right and trusts it no more."""
    right_s = driven.now_s
    c, sensed = driven.controller, driven.sensed
    sensed.counted, sensed.idle, sensed.room = driven.made, False, False
    actions = c.step(right_s + by_s, sensed)
    assert actions.clock_s <= right_s
    assert not actions.packet


# -- the start ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("offset_s", "first"), [(0, 5_000), (6 * HOUR - 1, 5_000), (6 * HOUR, 9_000), (DAY - 1, 7_000)]
)
def test_a_program_starts_at_the_time_of_day_it_is_told(offset_s: int, first: int) -> None:
    controller = Controller()
    assert controller.load(Program(flex())) is None
    assert controller.start(0, 0, offset_s) is None
    assert controller.step(0, Sensed()).rate_nl_h == first


# -- the move -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tod_s", "weekday", "move_s"),
    [
        (0, 3, 0),
        (1, 3, 1),
        (DAY - 1, 2, -1),
        (12 * HOUR, 6, 3 * DAY + 12 * HOUR),  # half a week: forward
        (12 * HOUR + 1, 6, 3 * DAY + 12 * HOUR + 1 - WEEK),
        (0, 0, -3 * DAY),
    ],
)
def test_the_day_moves_by_the_smallest_step_there_is(
    tod_s: int, weekday: int, move_s: int
) -> None:
    driven = under_way(flex())  # it is Thursday 00:00
    assert driven.controller.next_offset(T, tod_s, weekday) == move_s


@pytest.mark.parametrize(("after_s", "acts_s"), [(0, HOUR), (1, 2 * HOUR), (HOUR, 2 * HOUR)])
def test_the_new_time_holds_from_a_full_hour_on(after_s: int, acts_s: int) -> None:
    driven = under_way(flex(), T + after_s)
    assert driven.order("set_time", 12 * HOUR + after_s, 3) is None
    driven.run_to(T + acts_s - 61)
    assert driven.controller.offset_s == 0
    driven.run_to(T + acts_s)
    assert driven.controller.offset_s == 12 * HOUR
    assert driven.rates[-1] == (T + acts_s, 9_000)
    driven.run_to(T + 10 * HOUR)
    assert driven.rates[-1] == (T + 8 * HOUR, 7_000)
    assert driven.active == set()


@pytest.mark.parametrize(("state", "number"), [("no program", EMPTY), ("ready", READY)])
def test_without_a_program_under_way_there_is_no_time_to_set(state: str, number: int) -> None:
    controller = Controller()
    if number == READY:
        controller.load(Program(flex()))
    assert controller.set_time(0, 0, 0) == f"time: no program runs (state: {state})"


def test_a_stopped_pump_takes_the_time_when_it_runs_again() -> None:
    driven = under_way(flex())
    driven.order("stop_now")
    assert driven.order("set_time", 12 * HOUR, 3) is None
    driven.run_to(T + 2 * HOUR)
    driven.order("restart")
    assert driven.controller.offset_s == 12 * HOUR
    assert driven.controller.rate_nl_h == 9_000


# -- nothing is given twice -----------------------------------------------------------------------
PERIODIC = with_boluses(periodic=[[6 * HOUR, 5_000, 600], [18 * HOUR, 6_000, 600]])


def starts(driven: Driven) -> list[int]:
    return [t_s - T for t_s, _, event, _, _ in driven.controller.bolus.log if event == "begun"]


@requirement("I7")
@pytest.mark.parametrize(
    ("at_s", "tod_s", "expected"),
    [
        # at 7 the 6 o'clock one was given; back to 5 at 8: it comes again a day on
        (7 * HOUR, 5 * HOUR, [6, 20, 32, 44]),
        # back by 11 h 59 min
        (7 * HOUR, 19 * HOUR + 60, [6, 6 + 24 - 60 / 3600, 42 - 1 / 60, 54 - 1 / 60]),
        # on by one
        (7 * HOUR, 8 * HOUR, [6, 17, 29, 41, 53]),
        # on past one: it is left out
        (4 * HOUR + 1, 5 * HOUR + 1, [17, 29, 41, 53]),
    ],
)
def test_no_periodic_bolus_is_given_twice_by_a_moved_clock(
    at_s: int, tod_s: int, expected: list[float]
) -> None:
    driven = under_way(PERIODIC)
    driven.controller.bolus.log.clear()
    driven.run_to(T + at_s)
    weekday = 3 if tod_s < 12 * HOUR else 2
    assert driven.order("set_time", tod_s, weekday) is None
    driven.run_to(T + 54 * HOUR + HOUR // 2)
    assert [round(t_s / HOUR, 4) for t_s in starts(driven)] == [
        round(hour, 4) for hour in expected[: len(starts(driven))]
    ]
    assert len(starts(driven)) >= 3


def test_back_and_forth_gives_none_twice_and_leaves_none_out_for_long() -> None:
    driven = under_way(PERIODIC)
    driven.controller.bolus.log.clear()
    driven.run_to(T + 7 * HOUR)
    driven.order("set_time", 5 * HOUR, 3)  # acts at 8, as 6 o'clock
    driven.run_to(T + 8 * HOUR + 600)
    driven.order("set_time", 8 * HOUR + 600, 3)  # acts at 10, as 10 o'clock
    driven.run_to(T + 2 * DAY)
    assert starts(driven) == [h * HOUR for h in (6, 18, 30, 42)]


@pytest.mark.parametrize("weekday", range(7))
def test_another_weekday_alone_moves_no_bolus(weekday: int) -> None:
    driven = under_way(PERIODIC, T + 1)
    driven.controller.bolus.log.clear()
    driven.order("set_time", 1, weekday)
    driven.run_to(T + DAY)
    assert starts(driven) == [6 * HOUR, 18 * HOUR]
    assert driven.controller.offset_s // DAY % 7 == (weekday - 3) % 7


# -- a clock that is lost -------------------------------------------------------------------------
@requirement("I7")
@profiles
@pytest.mark.parametrize("by_s", [-1, -600, -HOUR, -DAY, -(10**6), 2 * HOUR, DAY, 10**6])
def test_a_clock_that_jumps_gives_nothing_and_is_alarmed(profile: str, by_s: int) -> None:
    driven = under_way(flex(profile=profile))
    c, front_s = driven.controller, driven.controller.front_s
    released, seen_s = c.authorised, c._seen_s
    if by_s < 0:
        by_s -= T - seen_s
    lose_clock(driven, by_s)
    assert driven.active == {"CLOCK_FAULT"}
    assert c.actions.clock_s == seen_s
    assert (c.front_s, c.authorised) == (front_s, released)
    driven.run_to(T + DAY)
    assert driven.active == {"CLOCK_FAULT"}


@pytest.mark.parametrize(("ahead_s", "fault"), [(HOUR, False), (HOUR + 1, True)])
def test_as_late_as_a_loop_may_be_is_no_fault_of_the_clock(ahead_s: int, fault: bool) -> None:
    driven = under_way(flex())
    driven.now_s = driven.controller.front_s + ahead_s
    driven.call()
    assert driven.active == ({"CLOCK_FAULT"} if fault else {"LOOP_LATE"})


@requirement("I7")
@pytest.mark.parametrize(("back_s", "fault"), [(0, False), (1, True)])
def test_a_second_back_is_a_fault(back_s: int, fault: bool) -> None:
    driven = under_way(flex())
    driven.call()  # T was seen
    driven.now_s = T - back_s
    driven.call()
    assert driven.active == ({"CLOCK_FAULT"} if fault else set())
    assert driven.now_s == T


def test_the_first_call_of_all_may_be_early_and_sets_the_time_where_it_is_not() -> None:
    controller = Controller(600, 60)
    controller.load(Program(flex()))
    controller.start(0, 0)
    assert controller.step(-60, Sensed()).packet
    assert controller.alarms.active == 0
    controller = Controller(600, 60)
    controller.load(Program(flex()))
    controller.start(0, 0)
    actions = controller.step(10**7, Sensed())
    assert actions.clock_s == 0
    assert actions.packet
    assert controller.alarms.active == 1 << al.CLOCK_FAULT


@pytest.mark.parametrize(("profile", "rate"), [("itb", 7_666), ("pca", 250)])
def test_while_the_time_is_lost_the_average_or_the_minimum_is_given(
    profile: str, rate: int
) -> None:
    driven = under_way(flex(profile=profile), T + 600)
    lose_clock(driven)
    driven.run_to(T + HOUR - 61)
    assert driven.controller.rate_nl_h == 5_000
    driven.run_to(T + 3 * DAY)
    assert driven.rates[-1] == (T + HOUR, rate)
    assert driven.active == {"CLOCK_FAULT"}


@pytest.mark.parametrize("mode", ["minimum", "stopped"])
def test_what_is_no_therapy_needs_no_time(mode: str) -> None:
    rate = 250 if mode == "minimum" else 0
    driven = under_way(continuous(rate, mode=mode, steps=[[0, rate]]))
    lose_clock(driven)
    driven.run_to(T + 3 * HOUR)
    assert driven.rates == [(0, rate)]


def test_while_the_time_is_lost_no_periodic_bolus_is_given() -> None:
    driven = under_way({**PERIODIC, "profile": "itb"})
    driven.controller.bolus.log.clear()
    lose_clock(driven)
    driven.run_to(T + DAY)
    assert starts(driven) == []
    assert driven.controller.rate_nl_h == 10_000 + 11_000 // 24
    assert driven.order("set_time", 0, 4) is None
    assert driven.active == {"CLOCK_FAULT"}  # until it holds
    driven.run_to(T + DAY + HOUR)
    assert driven.active == set()
    driven.run_to(T + 2 * DAY)
    assert starts(driven) == [DAY + 6 * HOUR, DAY + 18 * HOUR]
    assert driven.controller.rate_nl_h == 10_000


def test_a_time_given_before_the_clock_was_lost_mends_nothing() -> None:
    driven = under_way(flex())
    assert driven.order("set_time", 60, 3) is None
    driven.run_to(T + 60)
    lose_clock(driven)
    driven.run_to(T + 5 * HOUR)
    assert driven.active == {"CLOCK_FAULT"}
    assert driven.controller.clock_lost
    assert driven.rates[-1] == (T + HOUR, 7_666)


def test_a_bolus_under_way_goes_on_when_the_time_is_lost() -> None:
    driven = under_way(with_boluses())
    driven.order("give_bolus", 50_000, HOUR)
    driven.run_to(T + 600)
    lose_clock(driven)
    driven.run_to(T + 3 * HOUR)
    assert driven.controller.bolus.log[-1][2:4] == ("given", 50_000)
    assert driven.active == {"CLOCK_FAULT"}


# -- pump time ------------------------------------------------------------------------------------
def test_pump_time_given_back_is_civil_time_again() -> None:
    driven = under_way(flex())
    lose_clock(driven)
    driven.run_to(T + 2 * HOUR)
    assert driven.controller.rate_nl_h == 7_666
    driven.now_s = T + 8 * HOUR
    driven._wake_s = driven.now_s
    assert driven.order("set_clock", 0) is None
    assert driven.active == set()
    driven.run_to(T + 8 * HOUR + 600)
    assert driven.controller.rate_nl_h == 9_000
    assert driven.controller.clock_lost is False


def test_a_clock_that_was_set_may_not_run_back_from_there() -> None:
    driven = under_way(flex())
    driven.now_s = T + DAY
    assert driven.order("set_clock") is None
    driven.now_s = T + DAY - 1
    driven.call()
    assert driven.active == {"CLOCK_FAULT"}
    assert driven.now_s == T + DAY
    assert driven.controller.state == RUNNING


def test_after_a_move_back_a_move_on_leaves_no_bolus_out() -> None:
    driven = under_way(PERIODIC)
    driven.controller.bolus.log.clear()
    driven.run_to(T + 7 * HOUR)
    driven.order("set_time", 5 * HOUR, 3)  # two hours back, from 8 on
    driven.run_to(T + 16 * HOUR)
    driven.order("set_time", 15 * HOUR, 3)  # one on, from 17 on
    driven.run_to(T + 20 * HOUR)
    assert starts(driven) == [6 * HOUR, 19 * HOUR]


def test_without_a_program_nothing_is_programmed() -> None:
    assert Controller().programmed_nl_h(0) == 0

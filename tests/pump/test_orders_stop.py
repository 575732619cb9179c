"""Planned tapers, the end of one, and the second thoughts about it."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, with_boluses
from driven import Driven

from pump import conditions as al
from pump.controller import RUNNING, STOPPED

T = 3 * DAY
DAYS = [[0, 900], [24, 800], [48, 650]]


def under_way(rate: int = 10_000, **changes: Any) -> Driven:
    driven = Driven(continuous(rate, **changes), 600, 60)
    driven.run_to(T)
    return driven


def hourly(driven: Driven, hours: range) -> list[int]:
    """The rate in the middle of so many hours after T."""
    rates = []
    for hour in hours:
        driven.run_to(T + hour * HOUR + 1800)
        rates.append(driven.controller.rate_nl_h)
    return rates


# -- plans ----------------------------------------------------------------------------------------
def test_a_plan_is_followed_hour_by_hour_then_goes_on_by_d_a_day() -> None:
    driven = under_way()
    assert driven.order("stop_planned", [[2, 900], [30, 800]]) is None
    assert driven.active == {"STOPPING"}
    rates = hourly(driven, range(1 + 30 + 50))
    begin = [10_000] * 3  # it acts at one, and two hours later the plan begins
    plan = [9_000] * 28
    assert rates[: 3 + 28 + 24 + 24] == begin + plan + [8_000] * 24 + [6_400] * 24
    assert driven.active == {"STOPPING"}


@pytest.mark.parametrize("stays", [False, True])
def test_at_the_minimum_rate_it_stays_a_day_or_for_good(stays: bool) -> None:
    driven = under_way(1_000)
    assert driven.order("stop_planned", [[0, 800], [24, 640], [48, 512]], stays) is None
    days = [800, 640, 512, 410, 328, 263, 250]
    assert hourly(driven, range(1, 1 + 24 * 7, 24)) == days
    driven.run_to(T + HOUR + 7 * DAY - 61)
    assert driven.active == {"STOPPING"}
    driven.run_to(T + HOUR + 7 * DAY)
    assert driven.rates[-1] == ((T + HOUR + 6 * DAY, 250) if stays else (T + HOUR + 7 * DAY, 0))
    assert driven.active == ({"STOPPING"} if stays else {"STOPPED"})
    assert driven.controller.state == (RUNNING if stays else STOPPED)
    driven.run_to(T + 20 * DAY)
    assert driven.active == ({"STOPPING"} if stays else {"STOPPED"})


def test_a_plan_down_to_the_minimum_rate_ends_a_day_later() -> None:
    driven = under_way(400)
    assert driven.order("stop_planned", [[0, 800], [24, 640]]) is None
    driven.run_to(T + 5 * DAY)
    assert driven.rates == [
        (0, 400),
        (T + HOUR, 320),
        (T + HOUR + DAY, 256),
        (T + HOUR + 2 * DAY, 250),
        (T + HOUR + 3 * DAY, 0),
    ]


@pytest.mark.parametrize(
    ("kind", "plan", "words"),
    [
        ("", [[0, 800]], None),
        ("", [[0, 799]], "plan[0]: 799 is more than 200 permille below 1000 of 24 hours before"),
        ("holiday", [[0, 799]], "plan[0]: 799 is more than 200 permille below 1000"),
        ("supervised", [[0, 500]], None),
        ("supervised", [[0, 499]], "plan[0]: 499 is more than 500 permille below 1000"),
        ("", [[0, 900], [0, 800]], "plan[1]: hours must ascend and permille descend"),
        ("", [[0, 900], [1, 901]], "plan[1]: hours must ascend and permille descend"),
        ("", [[1441, 900]], "plan[0][0]: 1441 not in 0..1440"),
        ("", [[0, 0]], "plan[0][1]: 0 not in 1..1000"),
        ("", "soon", "plan: not 0..40 entries"),
        ("", [[h, 1000] for h in range(41)], "plan: not 0..40 entries"),
        ("", [], None),
        ("", None, None),
        ("retreat", None, "kind: not one of holiday supervised"),
    ],
)
def test_plans_that_are_too_steep_or_none_are_refused(
    kind: str, plan: object, words: "str | None"
) -> None:
    driven = under_way()
    refused = driven.order("stop_planned", plan, False, kind)
    assert (refused is None) == (words is None)
    assert str(refused).startswith(str(words))
    assert driven.active == ({"STOPPING"} if words is None else set())


def test_a_supervised_taper_falls_by_half_a_day_and_then_by_d() -> None:
    driven = under_way()
    assert driven.order("stop_planned", [[0, 500], [24, 250]], False, "supervised") is None
    assert hourly(driven, range(1, 73, 24)) == [5_000, 2_500, 2_000]


def test_a_later_stop_takes_the_place_of_the_first() -> None:
    driven = under_way()
    driven.order("stop_planned", [[0, 900]])
    driven.order("stop_planned", [[0, 950]])
    driven.run_to(T + 2 * HOUR)
    assert driven.controller.rate_nl_h == 9_500


def test_the_plan_starts_from_the_highest_use_of_the_last_24_hours() -> None:
    driven = Driven(continuous(0, mode="flex", steps=[[0, 10_000], [3 * HOUR, 2_000]]), 600, 60)
    driven.run_to(T + 10 * HOUR)
    assert driven.order("stop_planned", [[0, 900]]) is None
    driven.run_to(T + DAY + HOUR)
    assert driven.controller.rate_nl_h == 9_000


def test_periodic_boluses_taper_with_the_rest() -> None:
    driven = Driven(with_boluses(periodic=[[5 * HOUR, 24_000, 600]]), 600, 60)
    driven.run_to(T)
    driven.order("stop_planned", [[0, 800]])
    driven.run_to(T + 6 * HOUR)
    assert driven.controller.bolus.log[-1][3] == 24_000 * 8_800 // 11_000
    assert driven.controller.rate_nl_h == 8_000


# -- restart during a stop ------------------------------------------------------------------------
def test_a_restart_before_the_stop_acts_takes_it_back() -> None:
    driven = under_way()
    driven.run_to(T + 1)
    driven.order("stop_planned")
    driven.run_to(T + 600)
    assert driven.order("restart") is None
    assert driven.active == {"STOPPING"}
    driven.run_to(T + 2 * HOUR)
    assert driven.active == set()
    driven.run_to(T + 3 * DAY)
    assert driven.rates == [(0, 10_000)]


def test_a_restart_during_a_stop_climbs_back_from_where_it_is() -> None:
    driven = under_way()
    driven.order("stop_planned")
    driven.run_to(T + 3 * DAY + 10)  # at 5,120
    assert driven.controller.rate_nl_h == 5_120
    assert driven.order("restart") is None
    driven.run_to(T + 3 * DAY + 2 * HOUR - 61)
    assert driven.active == {"STOPPING"}
    driven.run_to(T + 3 * DAY + 2 * HOUR)
    assert driven.active == {"RESUME_CAP"}
    acts = T + 3 * DAY + 2 * HOUR
    driven.run_to(acts + 5 * DAY)
    after = [(t_s - acts, rate) for t_s, rate in driven.rates if t_s >= acts - HOUR]
    assert after == [(-HOUR, 4_096), (0, 5_120), (DAY, 6_656), (2 * DAY, 8_652), (3 * DAY, 10_000)]
    assert driven.active == set()


def test_a_stop_after_a_restart_that_waits_takes_its_place() -> None:
    driven = under_way()
    driven.order("stop_planned")
    driven.run_to(T + DAY)
    driven.order("restart")
    driven.order("stop_planned")
    assert driven.controller.due[4] == 0x3FFFFFFF
    driven.run_to(T + 2 * DAY)
    assert driven.active == {"STOPPING"}
    assert driven.controller.rate_nl_h < 8_001


def test_a_restart_from_the_minimum_rate_for_good_climbs_back() -> None:
    driven = under_way(300)
    driven.order("stop_planned", None, True)
    driven.run_to(T + 5 * DAY)
    assert driven.controller.rate_nl_h == 250
    assert driven.order("restart") is None
    driven.run_to(T + 5 * DAY + 2 * HOUR)
    assert driven.active == {"RESUME_CAP"}
    driven.run_to(T + 8 * DAY)
    assert driven.controller.rate_nl_h == 300
    assert driven.active == set()


def test_the_direct_return_may_be_confirmed_after_a_stop_was_taken_back() -> None:
    driven = under_way()
    driven.order("stop_planned")
    driven.run_to(T + 6 * DAY)
    driven.order("restart")
    driven.run_to(T + 6 * DAY + 2 * HOUR)
    assert driven.order("resume_direct") is None
    driven.run_to(T + 6 * DAY + 4 * HOUR)
    assert driven.controller.rate_nl_h == 10_000
    assert driven.active == set()


def test_an_emergency_stop_during_a_planned_one_ends_it() -> None:
    driven = under_way()
    driven.order("stop_planned")
    driven.run_to(T + DAY)
    driven.order("stop_now")
    assert driven.active == {"STOPPED", "STOPPING"}
    assert driven.order("restart") is None
    assert driven.active == set()
    assert driven.controller.due == [0x3FFFFFFF] * 6


@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (600, 60)])
def test_an_emergency_stop_also_cuts_the_last_packet_of_a_pump_that_ran_empty(
    window_s: int, margin_s: int
) -> None:
    driven = Driven(continuous(10_000, volume_nl=520_000, profile="pca"), window_s, margin_s)
    while driven.running:
        driven.run_to(driven.now_s + 60)
    assert driven.active >= {"RESERVOIR_EMPTY"}
    left = driven.controller.authorised - driven.made
    assert left > 0
    made = driven.made
    assert driven.order("stop_now") is None
    assert {"STOPPED", "RESERVOIR_EMPTY"} <= driven.active
    driven.run_to(driven.now_s + DAY)
    assert driven.made == driven.controller.authorised == made
    assert driven.order("stop_now") == "estop: not running (state: stopped)"
    assert driven.order("restart") == "restart: the reservoir is empty; refill it"
    assert driven.order("refill", 40_000_000) is None
    assert driven.controller.state == STOPPED  # it was stopped for a reason
    assert driven.order("restart") is None


def test_a_running_pump_that_is_not_stopping_needs_no_restart() -> None:
    assert under_way().order("restart") == "restart: not stopped (state: running)"


@pytest.mark.parametrize(
    ("fault", "stays"), [(al.STOPPED, 0), (al.STOPPING, 0), (al.STEP_FAULT, 1 << al.STEP_FAULT)]
)
def test_a_restart_clears_what_stopped_it_or_leaves_it_latched(fault: int, stays: int) -> None:
    driven = under_way()
    driven.order("stop_now")
    driven.controller.alarms.set(fault, True)
    driven.order("restart")
    alarms = driven.controller.alarms
    assert alarms.active == alarms.latched == stays

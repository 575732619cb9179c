"""Three resets in ten minutes: the minimum rate and an alarm, until somebody has seen it."""

import json
from typing import Any

import pytest
from device_program import HOUR, continuous, program, screening, with_boluses
from driven import Driven
from traceability.mark import requirement

from pump import conditions as al
from pump.controller import Controller
from pump.journal import Resets

T = 10 * HOUR
NAME = "RESETS_REPEATED"


# -- the count ----------------------------------------------------------------------------------
def came_back(ages: list[int], minutes: int) -> Resets:
    """A pump that found `ages` in its record, ran so long, and was reset."""
    resets = Resets(list(ages))
    for _ in range(minutes):
        resets.minute()
    after = Resets(json.loads(json.dumps(resets.ages)))
    after.add()
    return after


@requirement("R6.5.0(18)")
def test_the_third_in_ten_minutes_is_one_too_many() -> None:
    first = came_back([], 100)
    assert (first.ages, first.are_many()) == ([0], False)
    second = came_back(first.ages, 0)
    assert (second.ages, second.are_many()) == ([0, 0], False)
    third = came_back(second.ages, 0)
    assert (third.ages, third.are_many()) == ([0, 0, 0], True)


@pytest.mark.parametrize(
    ("minutes", "many"), [((9, 0), True), ((10, 0), False), ((4, 5), True), ((5, 5), False)]
)
def test_ten_whole_minutes_after_the_first_the_third_is_none(
    minutes: tuple[int, int], many: bool
) -> None:
    ages = [0]
    for ran in minutes:
        last = came_back(ages, ran)
        ages = last.ages
    assert last.are_many() == many


def test_a_minute_is_to_be_kept_while_a_reset_counts() -> None:
    resets = Resets([])
    assert not resets.minute()
    resets.add()
    assert [resets.minute() for _ in range(11)] == [True] * 10 + [False]
    assert resets.ages == []


def test_of_many_resets_no_more_than_needed_are_remembered() -> None:
    resets = Resets([])
    for _ in range(100):
        resets.add()
    assert resets.ages == [0, 0, 0]


# -- the hold -----------------------------------------------------------------------------------
def held(fields: dict[str, Any], t_s: int = T) -> Driven:
    """A pump under way, and the third reset has just been counted."""
    driven = Driven(fields, 600, 60)
    driven.run_to(t_s)
    record = json.loads(json.dumps(driven.controller.snapshot(driven.now_s)))
    driven.controller = Controller(600, 60)
    driven.controller.restore(record, 0, al.RESET_WATCHDOG)
    driven.controller.hold_after_resets()
    driven.motor.cut(driven.now_s)
    driven.motor = type(driven.motor)(fields["nl_per_1000_steps"])
    driven.order("set_clock", 0)
    driven.run_to(driven.now_s + 60)
    return driven


@pytest.mark.parametrize("profile", ["itb", "pca"])
def test_it_runs_at_the_minimum_rate_at_once_and_says_so(profile: str) -> None:
    driven = held(program(profile=profile))
    assert driven.running
    assert driven.controller.rate_nl_h == 250
    assert NAME in driven.active
    assert driven.controller.alarms.highest() == al.HIGH
    driven.run_to(T + 48 * HOUR)
    assert {rate for _, rate in driven.rates} == {250}


def test_acknowledged_it_climbs_back_from_a_full_hour_on() -> None:
    driven = held(continuous(7_500))
    driven.run_to(T + HOUR + 1)
    assert driven.controller.alarms.acknowledge(-1)
    assert NAME not in driven.active
    driven.call()
    assert "RESUME_CAP" in driven.active, "never silent"
    driven.run_to(T + 4 * HOUR)
    assert [(t_s, rate) for t_s, rate in driven.rates if t_s > T + HOUR] == [(T + 2 * HOUR, 7_500)]
    assert "RESUME_CAP" not in driven.active


def test_what_was_not_acknowledged_goes_on_holding() -> None:
    driven = held(continuous(7_500))
    assert driven.controller.alarms.acknowledge(al.RESET_WATCHDOG)
    assert not driven.controller.alarms.acknowledge(al.DRUG_EXPIRED)
    driven.run_to(T + 5 * HOUR)
    assert driven.controller.rate_nl_h == 250
    assert NAME in driven.active


def test_the_hold_outlives_another_reset() -> None:
    driven = held(continuous(7_500))
    record = json.loads(json.dumps(driven.controller.snapshot(driven.now_s)))
    other = Controller(600, 60)
    other.restore(record, 0, al.RESET_POWER)
    driven.controller, driven.motor = other, type(driven.motor)(31_250)
    driven.order("set_clock", 0)
    driven.run_to(T + 5 * HOUR)
    assert driven.controller.rate_nl_h == 250
    assert NAME in driven.active


def test_a_refill_or_a_stop_and_a_restart_are_no_way_around_it() -> None:
    driven = held(continuous(7_500))
    assert driven.order("refill", 40_000_000) is None
    driven.run_to(T + 4 * HOUR)
    assert driven.controller.rate_nl_h == 250
    assert driven.order("stop_now") is None
    assert driven.order("restart") is None
    driven.run_to(T + 5 * HOUR)
    assert driven.controller.rate_nl_h == 250
    assert NAME in driven.active


def test_a_refill_that_is_open_keeps_its_own_hold() -> None:
    driven = held(continuous(7_500))
    driven.controller.open_refill()
    assert driven.order("withdraw", 40_000_000, driven.made, True) is None
    driven.run_to(T + 3 * HOUR)
    assert "PROGRAM_INTERRUPTED" in driven.active
    assert driven.controller.alarms.acknowledge(-1)
    driven.run_to(T + 9 * HOUR)
    assert "PROGRAM_INTERRUPTED" in driven.active
    assert driven.controller.rate_nl_h == 250


def test_no_bolus_is_begun_while_it_holds() -> None:
    words = "bolus: RESETS_REPEATED is there; end its cause first"
    driven = held(with_boluses())
    assert driven.order("give_bolus", 1_000, 600) == words
    driven.controller.alarms.acknowledge(-1)
    assert driven.order("give_bolus", 1_000, 600) is None


def test_no_screening_bolus_is_begun_while_it_holds() -> None:
    driven = held(screening(), 0)
    assert driven.order("screen") == ("screen: RESETS_REPEATED is there; end its cause first")


def test_a_pump_that_is_stopped_is_not_held() -> None:
    driven = Driven(continuous(7_500), 600, 60)
    driven.run_to(T)
    driven.order("stop_now")
    driven.controller.hold_after_resets()
    assert NAME not in driven.active
    assert not driven.controller.taper.held

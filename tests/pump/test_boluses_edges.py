"""Boluses and the clock in the very second, nL or figure that decides; what a stop takes back."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, program, screening, with_boluses
from driven import Driven

from pump.controller import Controller
from pump.program import Program

T = DAY + 100
SCREENING = screening(
    drugs=[["baclofen", 50, 12, 200, 0]], volume_nl=9_000_000, nl_per_1000_steps=31_250,
    max_step_hz=15_000,
)  # fmt: skip


def under_way(
    fields: dict[str, Any], t_s: int = T, window_s: int = 600, margin_s: int = 60
) -> Driven:
    driven = Driven(fields, window_s, margin_s)
    driven.run_to(t_s)
    return driven


# -- boluses --------------------------------------------------------------------------------------
def at_civil_6() -> Driven:
    """10 min before a periodic bolus at 12:00, on a pump that was started at 6:00."""
    driven = Driven(with_boluses(periodic=[[12 * HOUR, 5_000, 600]]), 1, 0)
    driven.controller = Controller(1, 0)
    assert (
        driven.controller.load(Program(with_boluses(periodic=[[12 * HOUR, 5_000, 600]]))) is None
    )
    assert driven.controller.start(0, 0, 6 * HOUR) is None
    return driven


@pytest.mark.parametrize(
    ("at_s", "refused"),
    [
        (6 * HOUR - 700, True),
        (6 * HOUR - 1199, True),
        (6 * HOUR - 1200, False),
        (18 * HOUR, False),
    ],
)
def test_the_lock_out_before_a_periodic_bolus_goes_by_civil_time(at_s: int, refused: bool) -> None:
    driven = at_civil_6()
    driven.run_to(at_s - 1)
    assert driven.controller.front_s == at_s
    assert ("too near" in str(driven.order("give_bolus", 1_000, 600))) == refused


@pytest.mark.parametrize(("volume_nl", "refused"), [(39_996, False), (39_997, True)])
def test_the_basal_of_a_whole_day_from_its_begin_counts_with_a_bolus(
    volume_nl: int, refused: bool
) -> None:
    """140,000 nL a day, most of them in the last four hours, of 180,000. The look ahead takes the
    bolus at a rate in whole nL/h, rounded up: 6,667 are 40,002 in six hours."""
    fields = with_boluses(
        mode="flex", steps=[[0, 1_000], [20 * HOUR, 30_000]], drugs=[["x", 1000, 0, 180, 0]]
    )
    driven = Driven(fields, 600, 0)
    driven.now_s = 0
    words = driven.order("give_bolus", volume_nl, 6 * HOUR)
    assert ("in 24 h with basal" in str(words)) == refused


def test_a_bolus_that_has_just_ended_is_told_before_the_next_begins() -> None:
    driven = Driven(with_boluses(bolus_gap_s=0), 600, 0)
    driven.run_to(T)
    start_s = driven.controller.front_s
    assert driven.order("give_bolus", 1_000, 600) is None
    driven.run_to(start_s)
    assert driven.controller.front_s == start_s + 600
    assert driven.controller.stop_bolus() == "bolus_stop: none is under way"
    assert driven.order("give_bolus", 2_000, 600) is None
    assert [entry[1:4] for entry in driven.controller.bolus.log] == [
        ("single", "begun", 1_000),
        ("single", "given", 1_000),
        ("single", "begun", 2_000),
    ]


@pytest.mark.parametrize("adds", [0, 1])
def test_a_held_bolus_gives_nothing_and_the_basal_beside_it_is_what_is_given(adds: int) -> None:
    driven = Driven(with_boluses(bolus_adds=adds), 600, 0)
    driven.run_to(3 * HOUR)
    c = driven.controller
    start_s = c.front_s
    assert c.give_bolus(3 * HOUR, 50_000, 2 * HOUR) is None
    c.window.limit_nl = c.window.given_nl  # not a nL more, and nothing leaves on the first day
    driven.run_to(start_s + HOUR)
    assert driven.active == {"DOSE_LIMIT"}
    assert (c.bolus.given_nl, c.rates[-1]) == (0, (start_s, 0, 0 if adds else 10_000))


def test_a_basal_that_is_held_is_told_as_it_is_given() -> None:
    driven = Driven(continuous(10_000), 600, 0)
    driven.run_to(3 * HOUR)
    c = driven.controller
    start_s = c.front_s
    c.window.limit_nl = c.window.given_nl
    driven.run_to(start_s)
    assert c.rates[-1] == (start_s, 0, 0)


def test_a_slow_bolus_in_place_of_basal_leaves_the_basal_as_it_is_told() -> None:
    driven = under_way(with_boluses(bolus_adds=0))
    start_s = driven.controller.front_s
    assert driven.order("give_bolus", 1_000, HOUR) is None
    driven.run_to(start_s)
    assert driven.controller.rates[-1] == (start_s, 1_000, 10_000)


def test_where_the_day_moved_back_a_bolus_begins_in_the_second_it_is_where_it_was() -> None:
    driven = Driven(with_boluses(periodic=[[12 * HOUR, 5_000, 600]]), 600, 60)
    driven.run_to(10 * HOUR + 600)
    driven.order("set_time", 9 * HOUR + 600, 0)  # acts at 12, an hour back
    driven.run_to(20 * HOUR)
    begun = [entry[0] for entry in driven.controller.bolus.log if entry[2] == "begun"]
    assert begun == [13 * HOUR]


def test_the_share_of_a_periodic_bolus_is_rounded_up_by_the_last_nl() -> None:
    reference, cap = 10_001, 8_001  # four fifths, rounded up
    volume_nl = pow(cap, -1, reference)  # so that the share is a whole number and 1 / reference
    basal = reference - (volume_nl + 23) // 24
    driven = Driven(with_boluses(basal, periodic=[[4 * HOUR, volume_nl, 600]]), 600, 0)
    p = driven.controller.program
    assert p is not None and p.reference_nl_h == reference
    driven.run_to(0)
    assert driven.order("stop_planned") is None
    driven.run_to(5 * HOUR)
    assert driven.controller.taper.stop_nl_h == cap
    assert driven.controller.bolus.log[0][3] == volume_nl * cap // reference + 1


@pytest.mark.parametrize(
    ("tod_s", "expected_h"),
    [
        # on by nine and a half: from 8 on it is 17:30
        (16 * HOUR + 1800, [6, 8.5, 20.5]),
        # by half a day: that is no way on, and none is given again until it is where it was
        (19 * HOUR, [6, 30]),
    ],
)
def test_a_day_moves_on_by_less_than_half_a_day(tod_s: int, expected_h: list[float]) -> None:
    fields = with_boluses(periodic=[[6 * HOUR, 5_000, 600], [18 * HOUR, 6_000, 600]])
    driven = under_way(fields, 7 * HOUR)
    assert driven.order("set_time", tod_s, 0) is None
    driven.run_to(31 * HOUR)
    begun = [entry[0] / HOUR for entry in driven.controller.bolus.log if entry[2] == "begun"]
    assert begun[: len(expected_h)] == expected_h
    assert len(begun) <= len(expected_h) + 1


def test_a_move_on_brings_the_day_sooner_to_where_it_was() -> None:
    fields = with_boluses(periodic=[[6 * HOUR, 5_000, 600], [10 * HOUR, 6_000, 600]])
    driven = under_way(fields, DAY + 7 * HOUR)
    driven.controller.bolus.log.clear()
    assert driven.order("set_time", 21 * HOUR, 0) is None  # ten hours back, from 8 on
    driven.run_to(DAY + 9 * HOUR)
    assert driven.order("set_time", 4 * HOUR, 1) is None  # five on, from 10 on
    driven.run_to(DAY + 20 * HOUR)
    begun = [entry[0] - DAY for entry in driven.controller.bolus.log if entry[2] == "begun"]
    assert begun == [15 * HOUR]  # where it is 10:00


# -- what an emergency stop takes back ------------------------------------------------------------
def test_a_rate_that_began_in_the_second_of_a_stop_has_begun() -> None:
    driven = Driven(program(lead_s=0), 600, 60)
    driven.run_to(6 * HOUR)
    driven.order("stop_now")
    assert driven.controller.rates[-2:] == [(6 * HOUR, 7_500, 7_500), (6 * HOUR, 0, 0)]


def test_a_bolus_that_was_planned_whole_and_cut_before_it_begins_is_interrupted_at_nothing() -> (
    None
):
    driven = under_way(with_boluses(), T, 300, 1800)
    start_s = driven.controller.front_s
    assert start_s > T
    assert driven.order("give_bolus", 5_000, 300) is None
    driven.now_s = start_s - 200
    while driven.controller.front_s <= start_s + 300:
        driven.call()
    driven.now_s = start_s - 100
    driven.order("stop_now")
    assert driven.controller.bolus.log == [(start_s - 100, "single", "interrupted", 0, 0)]


def test_a_bolus_taken_back_as_it_begins_is_cut_without_a_share() -> None:
    driven = under_way(with_boluses())
    start_s = driven.controller.front_s
    assert driven.controller.give_bolus(T, 5_000, 300) is None
    assert driven.controller.stop_bolus() is None
    assert driven.controller.bolus.log[-1] == (start_s, "single", "interrupted", 0, 0)
    driven.order("stop_now")
    assert driven.controller.bolus.log == [(T, "single", "interrupted", 0, 0)]


def test_a_screening_bolus_that_was_planned_whole_and_cut_says_nothing() -> None:
    driven = Driven(screening(volume_nl=9_000_000), 600, 60)
    assert driven.order("screen") is None
    end_s = driven.controller.bolus.end_s
    while len(driven.controller.bolus.log) < 2:
        driven.run_to(driven.now_s + 1)
    assert driven.now_s < end_s
    driven.order("stop_now")
    assert driven.controller.bolus.log[-1][1:3] == ("screening", "interrupted")
    assert driven.controller.screening.stage == 0


# -- the line and the screening -------------------------------------------------------------------
def test_a_line_is_not_filled_by_a_program_that_never_flows() -> None:
    p = Program(program(mode="stopped", steps=[[0, 0]], tubing_nl=10, max_bolus_flow_nl_h=0))
    assert "prime: takes more than 6 h" in str(Controller().prime_refusal(p))


@pytest.mark.parametrize(("line_nl", "refused"), [(6, False), (7, True)])
def test_the_slowest_flow_fills_six_nl_in_six_hours(line_nl: int, refused: bool) -> None:
    p = Program(continuous(1, tubing_nl=line_nl, max_bolus_flow_nl_h=0))
    assert p.fastest_nl_h == 1
    assert ("more than 6 h" in str(Controller().prime_refusal(p))) == refused


def test_a_screening_bolus_may_begin_in_the_second_the_line_is_full() -> None:
    driven = Driven({**SCREENING, "tubing_nl": 100_000}, 60, 0)
    assert driven.order("prime") is None
    c = driven.controller
    driven.run_to(c.bolus.end_s - 1)
    c.front_s = c.bolus.end_s
    assert c.screen(driven.now_s) is None


def test_a_screening_pump_that_is_stopped_gives_no_bolus() -> None:
    driven = Driven(SCREENING, 60, 0)
    driven.order("stop_now")
    assert driven.order("screen") == "screen: no screening program runs"


def test_the_stages_of_a_screening_follow_each_other_unless_there_is_a_reason() -> None:
    driven = Driven(SCREENING, 60, 0)
    c = driven.controller
    assert c.screen(0, 2) == "stage: 1 comes next - USP DI monograph; or override"
    assert driven.order("screen", 1) is None
    driven.run_to(8 * HOUR)
    assert c.screening.respond(8 * HOUR, False, 0) is None
    driven.run_to(2 * DAY)
    for stage in (1, 3):
        words = "stage: 2 comes next - USP DI monograph; or override"
        assert c.screen(2 * DAY, stage) == words
    assert c.screen(2 * DAY, 1, "again") == "stage: 2 comes next - USP DI monograph; or override"
    assert driven.order("screen", 3, "enough is known") is None
    assert c.screening.stage == 3

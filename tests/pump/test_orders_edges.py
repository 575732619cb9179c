"""Orders and the plan in the very second, nL or figure that decides."""

import json
from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, program, with_boluses
from driven import Driven

from pump import conditions as al
from pump.controller import ORDER_LEAD_S, RUNNING, STOPPED, Controller, Sensed
from pump.planner import PLAN_AHEAD_MAX_S
from pump.program import Program

T = DAY + 100
SALT: list[list[Any]] = [["salt", 1000, 0, 1000, 0]]


def under_way(
    fields: dict[str, Any], t_s: int = T, window_s: int = 600, margin_s: int = 60
) -> Driven:
    driven = Driven(fields, window_s, margin_s)
    driven.run_to(t_s)
    return driven


# -- what is planned ahead ------------------------------------------------------------------------
def test_no_more_is_planned_ahead_than_an_order_leaves_time_for() -> None:
    assert PLAN_AHEAD_MAX_S == ORDER_LEAD_S == HOUR
    assert Controller(HOUR, 10).window_s == HOUR - 10


@pytest.mark.parametrize(("before_s", "wait_s"), [(240, 15), (32, 15), (28, 14), (3, 1), (1, 1)])
def test_without_room_it_is_asked_again_in_a_sixteenth_of_the_margin_or_half_the_rest(
    before_s: int, wait_s: int
) -> None:
    driven = under_way(continuous(16_000), 2000, 400, 240)
    c, sensed = driven.controller, Sensed()
    sensed.room = sensed.idle = False
    sensed.counted = driven.made
    now_s = c.front_s - before_s
    assert c.step(now_s, sensed).wake_s == now_s + wait_s


def test_what_is_planned_ahead_is_never_less_than_nothing() -> None:
    c = under_way(continuous(16_000)).controller
    assert [c.ahead_s(c.front_s + s) for s in (-2, -1, 0, 1, 2)] == [2, 1, 0, 0, 0]


# -- the reservoir --------------------------------------------------------------------------------
@pytest.mark.parametrize(("nl", "limited"), [(1_729_599, True), (1_729_600, False)])
def test_the_guard_is_told_below_the_highest_rate_and_not_at_it(nl: int, limited: bool) -> None:
    driven = Driven(continuous(16_000, volume_nl=500_000 + nl), 600, 0)
    driven.run_to(0)
    assert driven.controller.taper.guard_nl_h == (15_999 if limited else 16_000)
    assert ("TAPER_GUARD" in driven.active) == limited


def test_what_was_seen_of_a_low_reservoir_stays_seen_while_the_guard_holds() -> None:
    driven = Driven(continuous(16_000, volume_nl=1_500_000), 600, 0)
    driven.run_to(HOUR // 2)
    alarms = driven.controller.alarms
    assert alarms.acknowledge(al.LOW_RESERVOIR)
    driven.run_to(5 * HOUR)
    assert driven.active >= {"LOW_RESERVOIR", "TAPER_GUARD"}
    assert alarms.acknowledged == 1 << al.LOW_RESERVOIR


def test_a_refill_date_is_told_in_the_very_second() -> None:
    for late_s, told in ((-1, False), (0, True)):
        driven = Driven(continuous(10_000, notices_s=[DAY]), 600, 0)
        at_s = driven.controller._refill_due_s - DAY
        assert at_s > HOUR
        driven.run_to(at_s - 600)
        driven.now_s = at_s + late_s
        driven.call()
        assert ("REFILL_DUE" in driven.active) == told


def test_all_that_was_not_made_yet_is_expected_to_the_nl() -> None:
    c = under_way(continuous(16_000), 0, HOUR, 0).controller
    assert c.authorised == 256
    assert c.expected_nl(0) == 50_000_000
    assert c.expected_nl(256) == 50_000_000 - 8_000


def test_nothing_is_decided_in_the_hour_in_which_a_pump_stops() -> None:
    """Under pca an interrupted refill stops the pump: its guard is that of the hour before."""
    driven = under_way(with_boluses(volume_nl=1_500_000), T, 600, 0)
    assert driven.controller.open_refill() is None
    assert driven.order("withdraw", 1, driven.made, True) is None
    driven.run_to(DAY + HOUR + 100)
    before = driven.controller.taper.guard_nl_h
    driven.run_to(DAY + 3 * HOUR)
    assert driven.controller.state == STOPPED
    assert driven.controller.taper.guard_nl_h == before


def test_a_refill_ends_a_climb_that_limits_no_longer() -> None:
    driven = under_way(continuous(16_000, volume_nl=1_700_000), 3 * DAY)
    assert driven.order("refill", 20_000_000) is None
    driven.run_to(3 * DAY + 2 * HOUR)
    c = driven.controller
    resume_nl_h = c.taper.resume_nl_h
    assert "RESUME_CAP" in driven.active and resume_nl_h < 16_000
    assert driven.order("change", Program(continuous(resume_nl_h * 9 // 10))) is None
    driven.run_to(3 * DAY + 4 * HOUR)
    assert not c.is_limited()
    assert driven.order("refill", 20_000_000) is None
    driven.run_to(3 * DAY + 6 * HOUR)
    assert "RESUME_CAP" not in driven.active


def test_a_refill_asked_for_after_a_restart_is_no_way_around_its_climb() -> None:
    """A restart acts at 2 and begins a climb; the refill asked for before that acts at 3."""
    driven = under_way(continuous(16_000), 2 * DAY)
    assert driven.order("stop_planned") is None
    at_s = 6 * DAY + HOUR
    driven.run_to(at_s - 1)
    assert driven.order("restart") is None
    driven.run_to(at_s + 1)
    assert driven.order("refill", 20_000_000) is None
    driven.run_to(at_s + HOUR)
    climbing = driven.controller.rate_nl_h
    assert climbing == driven.controller.taper.resume_nl_h < 16_000
    for hours in (1, 2, 12):
        driven.run_to(at_s + hours * HOUR + 600)
        assert driven.active == {"RESUME_CAP"}
        assert driven.controller.rate_nl_h == climbing


# -- refusals -------------------------------------------------------------------------------------
LONG = 10**30
CUT = "1" + "0" * 23


@pytest.mark.parametrize(
    ("order", "args", "words"),
    [
        ("withdraw", (LONG, 0, True), "volume_nl: " + CUT + " not in 0..50000000"),
        ("refill", (LONG,), "refill: " + CUT + " nL not in 500001..50000000"),
    ],
)
def test_a_refusal_repeats_24_figures_of_what_it_refuses(
    order: str, args: tuple[Any, ...], words: str
) -> None:
    driven = under_way(continuous(16_000))
    assert driven.controller.open_refill() is None
    assert driven.order(order, *args) == words


def test_a_refused_clock_repeats_24_figures() -> None:
    c = under_way(continuous(16_000)).controller
    assert c.set_clock(LONG) == "clock: " + CUT + " s is past the end of pump time"


# -- changes --------------------------------------------------------------------------------------
def test_without_a_reason_a_rise_beyond_the_rule_is_refused() -> None:
    driven = under_way(continuous(10_000), 3 * DAY)
    assert "rises by more than" in str(
        driven.controller.change(3 * DAY, Program(continuous(20_000)))
    )


def test_a_change_that_takes_the_place_of_one_without_a_bridge_brings_none() -> None:
    driven = under_way(continuous(10_000, drugs=SALT, tubing_nl=900_000), 3 * DAY)
    for rate in (9_500, 9_000):
        new = Program(continuous(rate, drugs=SALT, tubing_nl=900_000))
        assert driven.order("change", new) is None
    driven.run_to(3 * DAY + 3 * HOUR)
    assert driven.controller.bolus.log == []
    assert driven.controller.rate_nl_h == 9_000


def test_a_day_that_a_stopped_pump_has_slept_through_does_not_count_at_a_change() -> None:
    fields = continuous(20_000, drugs=SALT)
    driven = under_way(fields, 3 * DAY)
    driven.order("stop_now")
    driven.run_to(5 * DAY)
    less = continuous(16_000, drugs=[["salt", 1000, 0, 400, 0]])
    assert driven.order("change", Program(less)) is None


def test_at_a_change_of_solution_the_share_given_counts_and_not_the_volume() -> None:
    """492,000 of 1,000,000 nL in the evening; then 396,000 of 500,000 in the morning."""
    old = continuous(1, mode="flex", steps=[[0, 250], [12 * HOUR, 41_000]], drugs=SALT)
    other = [["salt", 2000, 0, 1000, 0]]
    new = continuous(1, mode="flex", steps=[[0, 33_000], [12 * HOUR, 250]], drugs=other)
    driven = under_way({**old, "profile": "pca"}, 3 * DAY - 2 * HOUR)
    words = driven.order(
        "refill_with", 40_000_000, driven.made, Program({**new, "profile": "pca"}), False, "why"
    )
    assert words == "change: more than the limit of 24 h together with what was given"


def test_a_restart_forgets_a_planned_stop_that_has_not_begun() -> None:
    driven = under_way(continuous(10_000))
    assert driven.order("stop_planned") is None
    driven.order("stop_now")
    assert driven.order("restart") is None
    driven.run_to(T + DAY)
    assert driven.active == set()
    assert driven.controller.rate_nl_h == 10_000


def test_a_pump_that_ran_empty_and_was_emptied_is_not_started_by_a_refill() -> None:
    driven = under_way(continuous(16_000, volume_nl=500_001))
    assert driven.active >= {"RESERVOIR_EMPTY"}
    assert driven.order("empty") is None
    assert driven.active >= {"RESERVOIR_EMPTY", "STOPPED"}
    assert driven.order("refill", 20_000_000) is None
    assert driven.controller.state == STOPPED


def test_a_step_too_many_is_charged_to_a_reservoir_that_was_emptied_too() -> None:
    c = under_way(continuous(16_000)).controller
    assert c.empty(T) is None
    c.settle(c.authorised + 1)
    assert (c.reservoir.usable_nl, c.reservoir.remainder_pl) == (-31, 250)


# -- the window, the use of an hour, the bridge ---------------------------------------------------
def test_what_was_missed_passes_in_the_last_24_hours_too() -> None:
    driven = under_way(continuous(16_000))
    driven.now_s = driven.controller.front_s + 1000
    assert driven.call().packet
    assert driven.controller.window.end_s == driven.controller.front_s


def test_a_packet_ends_where_the_limit_of_24_hours_is_reached() -> None:
    driven = Driven(continuous(10_000), 600, 0)
    driven.run_to(3 * HOUR)
    c = driven.controller
    start_s = c.front_s
    c.window.limit_nl = c.window.given_nl + 100
    driven.run_to(start_s)
    begun_s, seconds, rate, _ = driven.packets[-1]
    assert (begun_s, rate) == (start_s, 10_000)
    assert 35 <= seconds <= 36  # nL are rounded down


def test_a_stop_begins_at_what_was_given_and_not_at_what_is_programmed_for_later() -> None:
    fields = continuous(1, mode="flex", steps=[[0, 1_000], [12 * HOUR, 30_000]])
    driven = under_way(fields, 3 * HOUR)
    assert driven.order("stop_planned") is None
    driven.run_to(5 * HOUR)
    assert driven.controller.taper.stop_nl_h == 800


def revived(driven: Driven) -> Controller:
    record = json.loads(json.dumps(driven.controller.snapshot(driven.now_s)))
    c = Controller(600, 60)
    c.restore(record, 0, al.RESET_POWER)
    return c


def bridging(line_nl: int, at_s: int = 3 * DAY + 9 * HOUR + 60) -> Driven:
    """In the last hour of a bridge that began an hour after `3 * DAY`."""
    old = continuous(10_000, drugs=SALT, profile="pca", tubing_nl=line_nl)
    driven = under_way(old, 3 * DAY)
    new = continuous(5_000, drugs=[["salt", 2000, 0, 1000, 0]], profile="pca")
    assert driven.order("refill_with", 40_000_000, driven.made, Program(new), True, "why") is None
    driven.run_to(at_s)
    return driven


def test_a_bridge_ends_in_the_second_that_was_reckoned_at_the_hour() -> None:
    driven = bridging(95_000)
    end_s = driven.controller._bridge_end_s
    assert abs(end_s - 3 * DAY - 9 * HOUR - 1800) <= 12
    driven.run_to(end_s + 60)
    assert driven.controller.bolus.log[-1][:3] == (end_s, "bridge", "given")
    assert driven.rates[-1] == (end_s, 5_000)


@pytest.mark.parametrize("left_nl", [0, 1, 2])
def test_the_last_nl_of_a_bridge_takes_a_second(left_nl: int) -> None:
    hour_s = 3 * DAY + 9 * HOUR
    c = bridging(200_000, hour_s - 61).controller
    assert c.front_s == hour_s
    given_nl = (c.authorised - c._bridge_steps) * 31_250 // 1000
    driven = bridging(given_nl + left_nl)
    assert driven.controller.bolus.log[-1][:3] == (hour_s + min(left_nl, 1), "bridge", "given")


def test_a_bridge_ends_in_its_time_also_after_a_reset() -> None:
    driven = bridging(95_000)
    c = revived(driven)
    sensed = Sensed()
    sensed.idle = False
    while c.front_s < 3 * DAY + 9 * HOUR + 2400:
        c.step(c.front_s, sensed)
    assert c.bolus.log[-1][1:3] == ("bridge", "given")
    assert c.bolus.log[-1][0] <= 3 * DAY + 9 * HOUR + 1812  # what is in flight counts as given
    assert c.rate_nl_h == 250  # of the new program, whose time of day is unknown


# -- over a reset ---------------------------------------------------------------------------------
def test_a_time_given_before_a_reset_mends_nothing() -> None:
    driven = under_way(program(), 3 * DAY)
    assert driven.order("set_time", 5 * HOUR, 2) is None
    c = revived(driven)
    sensed = Sensed()
    sensed.idle = False
    for _ in range(40):
        c.step(c.front_s, sensed)
    assert c.front_s > 3 * DAY + 2 * HOUR
    assert c.clock_lost
    assert c.alarms.active & 1 << al.CLOCK_FAULT


def test_a_stopped_pump_that_was_reset_takes_no_time_before_its_record() -> None:
    driven = under_way(continuous(16_000))
    driven.order("stop_now")
    driven.run_to(2 * DAY)
    c = revived(driven)
    assert (c.state, c.front_s) == (STOPPED, 2 * DAY)
    assert c.set_clock(2 * DAY - 1) is not None
    assert c.set_clock(2 * DAY) is None


def test_a_record_keeps_the_course_as_it_was() -> None:
    driven = under_way(continuous(10_000), 3 * DAY)
    record = driven.controller.snapshot(3 * DAY)
    before = json.dumps(record)
    assert driven.order("change", Program(continuous(9_000))) is None
    driven.run_to(3 * DAY + 3 * HOUR)
    assert driven.controller.state == RUNNING
    assert json.dumps(record) == before

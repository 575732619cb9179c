"""The oracle's caps: planned tapers, a held pump, and what they do to periodic boluses."""

import pytest
from device_program import DAY, HOUR, continuous, with_boluses

from pumprig.analysis import Ideal
from pumprig.analysis.ideal import Action

TWICE = [[6 * HOUR, 60_000, 3_600], [18 * HOUR, 60_000, 3_600]]  # 120 uL a day: R = basal + 5000


def test_a_planned_taper_follows_its_plan_then_falls_by_the_day_then_ends() -> None:
    plan = [[2, 900], [26, 750], [50, 700]]
    ideal = Ideal(continuous(400, volume_nl=9_000_000), [(0, "stop", plan, "stopped")], 9 * DAY)
    begins = HOUR
    assert ideal.rates == [
        (0, 400),
        (begins + 2 * HOUR, 360),
        (begins + 26 * HOUR, 300),
        (begins + 50 * HOUR, 280),
        (begins + 74 * HOUR, 250),  # 0.8 x 280 would be below the minimum rate
        (begins + 98 * HOUR, 0),
    ]


def test_a_plan_from_its_first_hour_on_is_rounded_up_and_no_lower_than_the_minimum_rate() -> None:
    plan = [[0, 801], [24, 1]]
    ideal = Ideal(continuous(999), [(0, "stop", plan, "minimum")], 9 * DAY)
    assert ideal.rates == [(0, 999), (HOUR, 801), (HOUR + DAY, 250)]


@pytest.mark.parametrize(("ends", "last"), [("stopped", 0), ("minimum", 250)])
@pytest.mark.parametrize("plan", [[], [[24, 1]]])
def test_a_taper_ends_in_a_stop_or_at_the_minimum_rate(
    plan: list[list[int]], ends: str, last: int
) -> None:
    ideal = Ideal(continuous(300), [(0, "stop", plan, ends)], 9 * DAY)
    reached = HOUR + (DAY if plan else 0)
    assert ideal.rate_nl_h(reached - 1) == 300
    assert ideal.rate_nl_h(reached) == ideal.rate_nl_h(reached + DAY - 1) == 250
    assert ideal.rate_nl_h(reached + DAY) == last


def test_a_taper_begins_from_the_minimum_rate_at_least() -> None:
    ideal = Ideal(continuous(100), [(0, "stop", [[48, 500]], "stopped")], 9 * DAY)
    assert ideal.rates == [(0, 100), (HOUR + DAY, 0)]  # at the minimum rate when it began


def test_a_held_pump_runs_the_minimum_rate_from_the_second_on_until_it_is_released() -> None:
    actions: list[Action] = [(99, "hold", 100), (5_000, "release", 5_001)]
    ideal = Ideal(continuous(10_000), actions, DAY)
    assert ideal.rates == [(0, 10_000), (100, 250), (5_001, 10_000)]


def test_a_hold_raises_no_program_that_is_below_the_minimum_rate() -> None:
    assert Ideal(continuous(100), [(99, "hold", 100)], DAY).rates == [(0, 100)]


def test_a_hold_ends_where_the_refill_acts_and_climbs_from_the_day_before() -> None:
    refill_s = 2 * DAY
    actions: list[Action] = [
        (DAY, "hold", DAY),
        (refill_s, "release", refill_s + HOUR),
        (refill_s, "refill", 40_000_000),
    ]
    assert Ideal(continuous(10_000), actions, 4 * DAY).rates == [
        (0, 10_000),
        (DAY, 250),  # in all of the 24 hours before the refill acts
        (refill_s + HOUR + DAY, 325),
    ]


def test_a_cancelled_refill_climbs_as_a_completed_one_and_fills_nothing() -> None:
    actions: list[Action] = [
        (DAY, "hold", DAY),
        (DAY + 6 * HOUR, "release", DAY + 7 * HOUR),
        (DAY + 6 * HOUR, "refill_cancel"),
    ]
    ideal = Ideal(continuous(10_000), actions, 3 * DAY)
    assert ideal.rates == [(0, 10_000), (DAY, 250), (DAY + 7 * HOUR, 10_000)]  # in the day before
    given_nl = ideal.volume_nl(3 * DAY)
    assert abs(49_500_000 - ideal.usable_nl(3 * DAY) - given_nl) <= 32
    actions[1:] = [(2 * DAY, "release", 2 * DAY + HOUR), (2 * DAY, "refill_cancel")]
    ideal = Ideal(continuous(10_000), actions, 4 * DAY)
    assert ideal.rates == [(0, 10_000), (DAY, 250), (3 * DAY + HOUR, 325)]


def test_a_restart_of_a_running_pump_ends_its_planned_stop_by_a_climb() -> None:
    actions: list[Action] = [(0, "stop"), (3 * DAY, "restart")]
    ideal = Ideal(continuous(10_000), actions, 9 * DAY)
    begins, ends = HOUR, 3 * DAY + HOUR
    assert ideal.rates == [
        (0, 10_000),
        (begins, 8_000),
        (begins + DAY, 6_400),
        (begins + 2 * DAY, 5_120),
        (ends + DAY, 6_656),  # 5120 for a day, the highest of the day before
        (ends + 2 * DAY, 8_652),
        (ends + 3 * DAY, 10_000),
    ]


def test_of_a_stop_and_a_restart_that_wait_the_later_holds() -> None:
    stop: Action = (0, "stop")
    restart: Action = (60, "restart")
    assert Ideal(continuous(10_000), [stop, restart], DAY).rates == [(0, 10_000)]
    again: list[Action] = [stop, restart, (120, "stop")]
    assert Ideal(continuous(10_000), again, DAY).rates == [(0, 10_000), (2 * HOUR, 8_000)]
    under_way: list[Action] = [stop, (2 * DAY, "restart"), (2 * DAY + 60, "stop")]
    ideal = Ideal(continuous(10_000), under_way, 4 * DAY)
    assert ideal.rate_nl_h(2 * DAY + HOUR) == 5_120  # the first stop goes on to its next fall


@pytest.mark.parametrize(
    ("kind", "after"), [("holiday", 9_000), ("supervised", 5_000), ("", 5_000)]
)
def test_a_change_ends_a_holiday_and_no_other_stop(kind: str, after: int) -> None:
    actions: list[Action] = [
        (0, "stop", [[0, 500]], "minimum", kind),
        (HOUR, "change", continuous(9_000)),
    ]
    ideal = Ideal(continuous(10_000), actions, DAY)
    assert ideal.rate_nl_h(2 * HOUR - 1) == 5_000
    assert ideal.rate_nl_h(2 * HOUR) == after


def test_caps_are_shared_between_basal_and_periodic_boluses() -> None:
    fields = with_boluses(10_000, periodic=TWICE)
    ideal = Ideal(fields, [(DAY, "stop")], 3 * DAY)  # R = 15000, falls to 12000
    begins = DAY + HOUR
    assert ideal.basal_nl_h(begins - 1) == 10_000
    assert ideal.basal_nl_h(begins) == 12_000 * 10_000 // 15_000
    assert ideal.rate_nl_h(DAY + 6 * HOUR) == 8_000 + 60_000 * 12_000 // 15_000
    assert ideal.volume_nl(begins + DAY) - ideal.volume_nl(begins) == 24 * 12_000


def test_a_share_of_a_cap_is_rounded_up_for_basal_and_for_boluses() -> None:
    fields = with_boluses(10_000, periodic=[[6 * HOUR, 100_001, 3_600]])  # R = 10000 + 4167
    ideal = Ideal(fields, [(0, "stop")], DAY)
    cap = -(-14_167 * 800 // 1_000)
    assert ideal.basal_nl_h(HOUR) == -(-cap * 10_000 // 14_167)
    given_nl = ideal.volume_nl(7 * HOUR) - ideal.volume_nl(6 * HOUR) - ideal.basal_nl_h(HOUR)
    assert given_nl == -(-100_001 * cap // 14_167)


def test_the_guard_engages_below_the_reference_rate_not_below_the_highest() -> None:
    fields = with_boluses(10_000, periodic=TWICE, volume_nl=5_500_000)
    ideal = Ideal(fields, [], 20 * DAY)
    first = next(int(t) for t, _, basal in ideal.changes if basal < 10_000)
    cap, before = (ideal.usable_nl(t) * 10 // 1_200 for t in (first, first - HOUR))
    assert cap < 15_000 <= before
    assert ideal.basal_nl_h(first) == -(-cap * 10_000 // 15_000)


def test_a_bolus_of_a_guarded_pump_is_scaled_to_nothing_and_then_not_given() -> None:
    fields = with_boluses(10_000, periodic=[[6 * HOUR, 60_000, 3_600]], volume_nl=500_100)
    ideal = Ideal(fields, [], DAY)
    assert ideal.rates[0] == (0, 250)  # 100 nL of usable volume make a cap of 0
    assert all(rate in (250, 0) for _, rate in ideal.rates)


def test_the_climb_of_a_program_with_boluses_begins_at_the_cap_of_the_day_before() -> None:
    fields = with_boluses(10_000, periodic=TWICE, volume_nl=1_500_000)
    refill_s = 2 * DAY
    ideal = Ideal(fields, [(refill_s, "refill", 20_000_000)], 9 * DAY)
    acts_s = refill_s + HOUR
    highest = ideal.basal_nl_h(acts_s - DAY)
    assert ideal.basal_nl_h(acts_s - 1) < ideal.basal_nl_h(acts_s) == highest < 10_000
    assert ideal.basal_nl_h(acts_s + DAY - 1) == highest
    # The cap is half as high again, and each is rounded for itself.
    assert abs(ideal.basal_nl_h(acts_s + DAY) - highest * 1_300 // 1_000) <= 2


def test_an_operators_bolus_is_not_scaled() -> None:
    fields = with_boluses(10_000, periodic=TWICE)
    actions: list[Action] = [(0, "stop"), (2 * HOUR, "bolus", 20_000, 600, 2 * HOUR)]
    ideal = Ideal(fields, actions, DAY)
    assert ideal.rate_nl_h(2 * HOUR) - ideal.basal_nl_h(2 * HOUR) == 120_000


def test_a_hold_scales_the_periodic_boluses_too() -> None:
    fields = with_boluses(10_000, periodic=TWICE)
    ideal = Ideal(fields, [(HOUR, "hold", HOUR)], DAY)
    assert ideal.basal_nl_h(HOUR) == -(-250 * 10_000 // 15_000)
    assert ideal.rate_nl_h(6 * HOUR) - ideal.basal_nl_h(6 * HOUR) == 60_000 * 250 // 15_000

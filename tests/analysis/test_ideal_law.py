"""The oracle follows the law in its docstring: each sentence of it, at its boundary."""

import math
from fractions import Fraction

import pytest
from synthetic import DAY, DEMO, HOUR, REFILL_S, continuous, demo_ideal, program

from pumprig.analysis import Ideal
from pumprig.analysis.ideal import Action


def test_a_dose_starts_its_lead_early_to_the_second_on_every_day() -> None:
    ideal = Ideal(DEMO, [], 10 * DAY)
    for day in range(10):
        for hour, before, after in ((4, 16_000, 7_500), (20, 7_500, 16_000)):
            start = day * DAY + hour * HOUR
            assert ideal.rate_nl_h(start - 1) == before
            assert ideal.rate_nl_h(start) == after


def test_a_lead_reaches_across_midnight() -> None:
    ideal = Ideal(program(steps=[[HOUR, 9_000], [12 * HOUR, 5_000]]), [], 2 * DAY)
    assert ideal.rate_nl_h(0) == 9_000  # stated 01:00, begun at 23:00 the day before
    assert ideal.rate_nl_h(23 * HOUR - 1) == 5_000
    assert ideal.rate_nl_h(23 * HOUR) == 9_000


def test_the_guard_engages_at_the_hour_at_which_usable_over_tau_falls_below_the_rate() -> None:
    ideal = Ideal(continuous(16_000), [], 20 * DAY)
    first = next(int(t) for t, rate in ideal.rates if rate < 16_000)
    assert first % HOUR == 0
    assert ideal.usable_nl(first) * 10 // 1081 < 16_000
    assert ideal.usable_nl(first - HOUR) * 10 // 1081 >= 16_000


def test_the_taper_lies_between_its_hourly_and_its_continuous_closed_form() -> None:
    ideal = Ideal(continuous(16_000), [], 30 * DAY)
    first = next(int(t) for t, rate in ideal.rates if rate < 16_000)
    start = ideal.rate_nl_h(first)
    tau_h = 108.1
    hours = range(1, 12 * 24)
    assert all(
        # 2 nL/h for the whole-nL/h rounding, which only ever slows delivery down
        start * (1 - 1 / tau_h) ** n - 2
        <= ideal.rate_nl_h(first + n * HOUR)
        <= start * math.exp(-n / tau_h) + 2
        for n in hours
    )


def test_no_hour_is_below_the_kept_share_of_the_hour_one_day_before() -> None:
    ideal = Ideal(continuous(16_000, volume_nl=1_500_000), [], 12 * DAY)
    for hour in range(24, 12 * 24):
        before, now = (ideal.rate_nl_h(h * HOUR) for h in (hour - 24, hour))
        assert now >= min(before, max(250, -(-800 * before // 1000)))


def test_a_refill_is_in_the_ledger_at_once_and_in_the_rate_an_hour_later_on_the_hour() -> None:
    ideal = demo_ideal()
    effect = 27 * DAY + 14 * HOUR  # the first full hour at least an hour after 12:10
    assert ideal.usable_nl(REFILL_S - 1) < 250_000
    assert ideal.usable_nl(REFILL_S) == 17_500_000
    highest_of_day = max(ideal.rate_nl_h(effect - h * HOUR) for h in range(1, 25))
    assert ideal.rate_nl_h(effect - 1) < ideal.rate_nl_h(effect) == highest_of_day


@pytest.mark.parametrize(("second", "effect_hour"), [(0, 1), (1, 2), (HOUR - 1, 2), (HOUR, 2)])
def test_orders_take_effect_at_the_first_full_hour_an_hour_away(
    second: int, effect_hour: int
) -> None:
    start = 2 * DAY
    ideal = Ideal(continuous(10_000), [(start + second, "stop")], 3 * DAY)
    effect = start + effect_hour * HOUR
    assert ideal.rate_nl_h(effect - 1) == 10_000
    assert ideal.rate_nl_h(effect) == 8_000


@pytest.mark.parametrize("rise", [1300, 1150, 2000])
def test_the_resume_cap_rises_by_the_titration_step_every_24_hours_until_it_is_dropped(
    rise: int,
) -> None:
    starved = continuous(16_000, volume_nl=1_500_000, rise_permille=rise - 1000)
    refill = 3 * DAY
    ideal = Ideal(starved, [(refill, "refill", 20_000_000)], 30 * DAY)
    effect = refill + HOUR
    cap = max(ideal.rate_nl_h(effect - h * HOUR) for h in range(1, 25))
    assert cap < 9_000
    day = 0
    while cap < 16_000:
        start = effect + day * DAY
        assert ideal.rate_nl_h(start) == ideal.rate_nl_h(start + DAY - 1) == cap
        cap = cap * rise // 1000
        day += 1
    assert ideal.rate_nl_h(effect + day * DAY) == 16_000


def test_resume_direct_drops_the_cap() -> None:
    starved = continuous(16_000, volume_nl=1_500_000)
    orders: list[Action] = [(3 * DAY, "refill", 20_000_000), (4 * DAY, "resume_direct")]
    ideal = Ideal(starved, orders, 6 * DAY)
    assert ideal.rate_nl_h(4 * DAY + HOUR - 1) < 10_000
    assert ideal.rate_nl_h(4 * DAY + HOUR) == 16_000


def test_a_refill_of_a_pump_that_was_not_limited_changes_no_rate() -> None:
    refilled = Ideal(DEMO, [(5 * DAY, "refill", 20_000_000)], 10 * DAY)
    assert refilled.rates == Ideal(DEMO, [], 10 * DAY).rates


def test_an_empty_pump_starts_with_its_refill_and_climbs_from_the_minimum_rate() -> None:
    empty = continuous(16_000, volume_nl=500_000)
    refill = 2 * DAY + 5
    ideal = Ideal(empty, [(refill, "refill", 20_000_000)], 4 * DAY)
    assert ideal.rates == [(0, 0), (refill, 250), (3 * DAY + 2 * HOUR, 325)]


def test_a_second_refill_begins_the_resume_anew() -> None:
    starved = continuous(16_000, volume_nl=1_500_000)
    second = 3 * DAY + 12 * HOUR
    refills: list[Action] = [(3 * DAY, "refill", 20_000_000), (second, "refill", 20_000_000)]
    ideal = Ideal(starved, refills, 6 * DAY)
    assert ideal.rate_nl_h(3 * DAY + HOUR) == ideal.rate_nl_h(second + DAY + HOUR - 1)
    assert ideal.rate_nl_h(second + DAY + HOUR) > ideal.rate_nl_h(second + HOUR)


def test_a_refill_to_less_than_there_was_lets_the_guard_follow_it_at_once() -> None:
    ideal = Ideal(continuous(16_000), [(3 * DAY, "refill", 1_000_000)], 4 * DAY)
    effect = 3 * DAY + HOUR
    assert ideal.rate_nl_h(effect) == ideal.usable_nl(effect) * 10 // 1081 < 5_000


def test_a_planned_stop_steps_down_by_the_day_to_the_minimum_rate_a_day_there_then_zero() -> None:
    ideal = Ideal(continuous(500, min_flow_nl_h=100), [(DAY, "stop")], 10 * DAY)
    hour = DAY + HOUR
    expected = [(0, 500)]
    expected += [(hour + i * DAY, r) for i, r in enumerate((400, 320, 256, 250, 0))]
    assert ideal.rates == expected


def test_a_second_stop_begins_anew_and_is_never_faster() -> None:
    again = DAY + 12 * HOUR
    ideal = Ideal(continuous(10_000), [(DAY, "stop"), (again, "stop")], 3 * DAY)
    assert ideal.rates == [(0, 10_000), (DAY + HOUR, 8_000), (again + DAY + HOUR, 6_400)]


def test_a_later_order_takes_the_place_of_one_that_waits() -> None:
    stops: list[Action] = [(DAY + 5, "stop"), (DAY + HOUR + 5, "stop")]
    ideal = Ideal(continuous(10_000), stops, 2 * DAY)
    assert ideal.rates == [(0, 10_000), (DAY + 3 * HOUR, 8_000)]


def test_an_emergency_stop_is_at_once_and_a_restart_too() -> None:
    actions = [(100_003, "emergency_stop"), (120_007, "restart")]
    ideal = Ideal(continuous(10_000), actions, 2 * DAY)
    assert ideal.rates == [(0, 10_000), (100_003, 0), (120_007, 10_000)]


def test_the_guard_stays_as_it_is_while_a_refill_waits_to_act() -> None:
    starved = continuous(16_000, volume_nl=1_000_000)
    refill = 3 * DAY + 600
    ideal = Ideal(starved, [(refill, "refill", 600_000)], 4 * DAY)
    held = ideal.rate_nl_h(3 * DAY)
    assert ideal.rate_nl_h(3 * DAY + HOUR) == held
    assert ideal.rate_nl_h(3 * DAY + 2 * HOUR) == ideal.usable_nl(3 * DAY + 2 * HOUR) * 10 // 1081


def test_an_hour_is_decided_before_a_refill_of_the_same_second() -> None:
    ideal = Ideal(
        continuous(16_000, volume_nl=1_000_000), [(3 * DAY, "refill", 20_000_000)], 4 * DAY
    )
    before = ideal.usable_nl(3 * DAY - 1) * 10 // 1081
    assert ideal.rate_nl_h(3 * DAY) == before < ideal.rate_nl_h(3 * DAY - 1)


def test_a_climb_after_a_day_of_emergency_stop_begins_at_the_minimum_rate() -> None:
    actions: list[Action] = [
        (DAY, "emergency_stop"),
        (2 * DAY, "refill", 20_000_000),
        (3 * DAY, "restart"),
    ]
    ideal = Ideal(continuous(16_000, volume_nl=1_000_000), actions, 5 * DAY)
    assert ideal.rates[-3:] == [(DAY, 0), (3 * DAY, 250), (4 * DAY, 325)]


def test_stopping_and_restarting_does_not_hasten_the_climb() -> None:
    starved = continuous(16_000, volume_nl=1_000_000)
    actions: list[Action] = [(DAY, "refill", 20_000_000)]
    for minute in range(10, 50, 10):
        stop_s = DAY + 2 * HOUR + 60 * minute
        actions += [(stop_s, "emergency_stop"), (stop_s + 60, "restart")]
    ideal = Ideal(starved, actions, 3 * DAY)
    rise = 2 * DAY + HOUR
    assert ideal.rate_nl_h(rise - 1) == ideal.rate_nl_h(DAY + HOUR)
    assert ideal.rate_nl_h(rise) == ideal.rate_nl_h(rise - 1) * 1300 // 1000


def test_a_planned_stop_counts_only_hours_of_running() -> None:
    runs_dry = continuous(10_000, volume_nl=502_000)
    filled = 3 * DAY + 30 * 60
    ideal = Ideal(runs_dry, [(0, "stop"), (filled, "refill", 20_000_000)], 9 * DAY)
    dry = next(int(t) for t, rate in ideal.rates if rate == 0)
    assert dry < filled
    counted = [*range(1, -(-dry // HOUR)), *range(filled // HOUR, 9 * 24)]
    assert ideal.rates[-1] == (counted[24] * HOUR, 0)  # a day at the minimum rate, then stopped


def test_a_restart_is_no_way_around_the_climb_after_a_refill() -> None:
    starved = continuous(16_000, volume_nl=1_000_000)
    refill: list[Action] = [(DAY, "refill", 20_000_000)]
    stopped: list[Action] = [(DAY + 2 * HOUR, "emergency_stop"), (DAY + 3 * HOUR, "restart")]
    climb = Ideal(starved, refill, 2 * DAY).rate_nl_h(DAY + 3 * HOUR)
    assert climb < 5_000
    assert Ideal(starved, refill + stopped, 2 * DAY).rate_nl_h(DAY + 3 * HOUR) == climb


def test_a_restart_owes_no_part_of_a_step() -> None:
    # 9000 nL/h is a step every 12.5 s: 1.6 of them at 20 s, of which two are made
    actions: list[Action] = [(20, "emergency_stop"), (100, "restart")]
    ideal = Ideal(continuous(9_000), actions, 200)
    assert ideal.steps(99) == Fraction(8, 5)
    assert ideal.steps(100) == 2
    assert ideal.steps(200) == 2 + 8
    assert ideal.volume_nl(200) == 120 * Fraction(9_000, 3600)
    refilled = Ideal(continuous(9_000), [*actions, (107, "refill", 9_000_000)], 200)
    assert refilled.usable_nl(107) == 8_500_000


def test_a_restart_forgets_a_stop_and_what_was_ordered_before_it() -> None:
    actions: list[Action] = [(DAY, "stop"), (3 * DAY, "emergency_stop"), (3 * DAY, "restart")]
    actions += [(4 * DAY - 10, "stop"), (4 * DAY, "emergency_stop"), (4 * DAY, "restart")]
    ideal = Ideal(continuous(10_000), actions, 6 * DAY)
    assert ideal.rates == [
        (0, 10_000),
        (DAY + HOUR, 8_000),
        (2 * DAY + HOUR, 6_400),
        (3 * DAY, 10_000),
    ]


def test_the_minimum_rate_holds_under_the_guard_until_the_last_whole_step() -> None:
    ideal = Ideal(continuous(20_833, volume_nl=1_000_000), [], 30 * DAY)
    rates = [rate for _, rate in ideal.rates]
    assert rates[-2:] == [250, 0]
    assert ideal.steps(30 * DAY) == 500_000 * 1000 // 31_250
    assert ideal.usable_nl(30 * DAY) == 0


def test_a_program_below_the_minimum_rate_is_not_raised_to_it() -> None:
    assert Ideal(continuous(100, min_flow_nl_h=40), [], 2 * DAY).rates == [(0, 100)]


def test_a_step_is_booked_when_the_volume_passes_its_half() -> None:
    ideal = Ideal(continuous(9_000), [], DAY)  # a step every 12.5 s
    booked = [6_000_000 - ideal.usable_nl(Fraction(t_ms, 1000)) for t_ms in (6249, 6250, 18_750)]
    assert booked == [0, 31, 62]


def test_the_books_are_right_after_running_out_and_a_refill() -> None:
    refill = 25 * DAY
    starved = continuous(20_833, volume_nl=1_000_000)
    ideal = Ideal(starved, [(refill, "refill", 10_000_000)], 26 * DAY)
    made = math.floor(ideal.steps(26 * DAY) + Fraction(1, 2)) - 16_000
    assert ideal.steps(refill) == 16_000
    assert ideal.usable_nl(26 * DAY) == 9_500_000 - made * 31_250 // 1000


@pytest.mark.parametrize(("usable_nl", "steps"), [(30, 0), (31, 1), (61, 1), (62, 2), (63, 2)])
def test_a_step_is_made_only_if_the_ledger_can_pay_for_it(usable_nl: int, steps: int) -> None:
    # 31.25 nL a step, booked in whole nL: 31 after the first, 62 after the second
    ideal = Ideal(continuous(5_000, volume_nl=500_000 + usable_nl), [], DAY)
    assert ideal.steps(DAY) == steps
    assert ideal.usable_nl(DAY) == usable_nl - steps * 31_250 // 1000


def test_a_pump_that_runs_out_on_a_full_hour_decides_nothing_any_more() -> None:
    # 200 nL at the minimum rate last until 2:00: the stop has run for the hour from 1:00 on.
    fields = continuous(1_000, volume_nl=500_200, minimum_nl_h=100, nl_per_1000_steps=20_000)
    actions: list[Action] = [(0, "stop"), (3 * HOUR, "refill", 2_000_000)]
    ideal = Ideal(fields, actions, 30 * HOUR)
    assert ideal.rates[:3] == [(0, 100), (2 * HOUR, 0), (3 * HOUR, 100)]
    assert ideal.rates[3][0] == 3 * HOUR + 23 * HOUR


def test_wrong_actions_and_times_are_refused() -> None:
    with pytest.raises(ValueError, match="order of time"):
        Ideal(DEMO, [(10, "stop"), (9, "restart")], DAY)
    with pytest.raises(ValueError, match="order of time"):
        Ideal(DEMO, [(-1, "stop")], DAY)
    with pytest.raises(ValueError, match="unknown action"):
        Ideal(DEMO, [(10, "refill")], DAY)
    ideal = Ideal(DEMO, [], DAY)
    for outside in (-1, DAY + 1):
        with pytest.raises(ValueError, match="not in 0"):
            ideal.steps(outside)

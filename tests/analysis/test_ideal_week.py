"""The oracle on the week: weekdays, civil time, the operator's time, a lost clock."""

import pytest
from device_program import DAY, HOUR, continuous, program, with_boluses

from pumprig.analysis import Ideal
from pumprig.analysis.ideal import Action
from pumprig.analysis.programmed import WEEK_S, Programmed

SATURDAY, SUNDAY = 5, 6
WEEKEND = program(
    steps=[[6 * HOUR, 7_500], [22 * HOUR, 16_000]],
    variants=[[1 << SATURDAY | 1 << SUNDAY, [[0, 9_000]]]],
    lead_s=2 * HOUR,
    capacity_nl=50_000_000,
    volume_nl=50_000_000,
)


def test_a_variant_begins_its_lead_early_and_lasts_until_the_next_stated_time() -> None:
    ideal = Ideal(WEEKEND, [], 16 * DAY)
    for week_s in (0, WEEK_S):
        saturday_s = week_s + SATURDAY * DAY - 2 * HOUR
        assert ideal.rate_nl_h(saturday_s - 1) == 16_000
        assert ideal.rate_nl_h(saturday_s) == 9_000
        monday_s = week_s + WEEK_S + 4 * HOUR  # the variant lasts until Monday's first step
        assert ideal.rate_nl_h(monday_s - 1) == 9_000
        assert ideal.rate_nl_h(monday_s) == 7_500


def test_a_lead_reaches_from_monday_into_the_week_before() -> None:
    early = program(steps=[[HOUR, 5_000]], variants=[[1, [[HOUR, 9_000]]]], lead_s=2 * HOUR)
    ideal = Ideal(early, [], 8 * DAY)
    monday_s = WEEK_S - HOUR
    assert ideal.rate_nl_h(0) == 9_000
    assert ideal.rate_nl_h(monday_s - 1) == 5_000
    assert ideal.rate_nl_h(monday_s) == 9_000


@pytest.mark.parametrize("weekday", range(7))
def test_the_start_says_where_in_the_week_pump_time_begins(weekday: int) -> None:
    tod_s = 3 * HOUR + 17
    shifted = Ideal(WEEKEND, [], 8 * DAY, weekday=weekday, tod_s=tod_s)
    plain = Programmed.of(WEEKEND)
    for t_s in (0, 1, HOUR - 17, 4 * HOUR, DAY, 5 * DAY + 12_345):
        assert shifted.rate_nl_h(t_s) == plain.rate_nl_h(weekday * DAY + tod_s + t_s)
    civil_s = weekday * DAY + tod_s
    assert shifted.rate_nl_h(3 * DAY) == plain.over(8 * DAY, civil_s).at(3 * DAY)


def test_the_operators_time_is_that_of_the_order_and_holds_from_a_full_hour_on() -> None:
    order_s = 10 * HOUR + 600  # Monday 10:10 by the pump, Tuesday 21:40 by the operator
    ideal = Ideal(WEEKEND, [(order_s, "time", 1, 21 * HOUR + 2_400)], 2 * DAY)
    acts_s = 12 * HOUR  # 23:30
    assert ideal.rate_nl_h(acts_s - 1) == 7_500
    assert ideal.rate_nl_h(acts_s) == 16_000
    begins_s = order_s + DAY - (17 * HOUR + 2_400)  # Wednesday 04:00, two hours ahead of 06:00
    assert ideal.rate_nl_h(begins_s - 1) == 16_000
    assert ideal.rate_nl_h(begins_s) == 7_500


PERIODIC = with_boluses(periodic=[[8 * HOUR, 6_000, 600], [20 * HOUR, 6_000, 600]])


def bolus_starts(ideal: Ideal) -> list[int]:
    """When the rate rises above basal."""
    found, before = [], False
    for t_s, rate, basal in ideal.changes:
        if rate > basal and not before:
            found.append(int(t_s))
        before = rate > basal
    return found


def test_a_periodic_bolus_begins_at_its_civil_time_without_lead() -> None:
    ideal = Ideal(PERIODIC | {"lead_s": 2 * HOUR}, [], 2 * DAY, weekday=3, tod_s=19 * HOUR)
    assert bolus_starts(ideal) == [HOUR, 13 * HOUR, HOUR + DAY, 13 * HOUR + DAY]


@pytest.mark.parametrize(
    ("back_s", "expected"),
    [
        (3 * HOUR, [8 * HOUR, 23 * HOUR, 35 * HOUR]),  # 8:00 comes again at 11:00 and is skipped
        (0, [8 * HOUR, 20 * HOUR, 32 * HOUR]),
        (-3 * HOUR, [8 * HOUR, 17 * HOUR, 29 * HOUR]),
    ],
)
def test_a_time_that_moves_back_gives_no_periodic_bolus_twice(
    back_s: int, expected: list[int]
) -> None:
    order_s = 9 * HOUR  # acts at 10:00
    ideal = Ideal(PERIODIC, [(order_s, "time", 0, order_s - back_s)], 36 * HOUR)
    assert bolus_starts(ideal) == expected


@pytest.mark.parametrize(("before_s", "given"), [(1, False), (0, True), (-1, True)])
def test_a_bolus_is_withheld_until_the_day_is_where_it_was(before_s: int, given: bool) -> None:
    order_s = 9 * HOUR
    at_s = 10 * HOUR - before_s  # the day stood at 10:00 when it was moved back by two hours
    times = [[at_s, 6_000, 600]]
    action: Action = (order_s, "time", 0, order_s - 2 * HOUR)
    starts = bolus_starts(Ideal(PERIODIC | {"periodic": times}, [action], 14 * HOUR))
    assert (at_s + 2 * HOUR in starts) is given


def test_a_time_moved_forth_and_back_gives_none_twice() -> None:
    actions: list[Action] = [
        (9 * HOUR, "time", 0, 6 * HOUR),  # acts at 10:00: back to 7:00
        (10 * HOUR, "time", 0, 10 * HOUR),  # acts at 11:00: on to 11:00 again
        (11 * HOUR, "time", 0, 8 * HOUR),  # acts at 12:00: back to 9:00
    ]
    assert bolus_starts(Ideal(PERIODIC, actions, 24 * HOUR)) == [8 * HOUR, 23 * HOUR]


def test_a_time_moved_back_and_forth_again_withholds_nothing_new() -> None:
    actions: list[Action] = [
        (9 * HOUR, "time", 0, 6 * HOUR),  # acts at 10:00: back to 7:00
        (10 * HOUR, "time", 0, 10 * HOUR),  # acts at 11:00: on to 11:00 again
    ]
    noon = PERIODIC | {"periodic": [[12 * HOUR, 6_000, 600]]}
    assert bolus_starts(Ideal(noon, actions, DAY)) == [12 * HOUR]


@pytest.mark.parametrize(("moved_s", "given"), [(12 * HOUR - 1, True), (12 * HOUR, False)])
def test_half_a_day_is_a_move_back(moved_s: int, given: bool) -> None:
    order_s = 9 * HOUR
    late = PERIODIC | {"periodic": [[23 * HOUR, 6_000, 600]]}
    action: Action = (order_s, "time", 0, order_s + moved_s)
    starts = bolus_starts(Ideal(late, [action], 12 * HOUR))
    assert starts == ([23 * HOUR - moved_s] if given else [])


def test_another_weekday_at_the_same_time_of_day_withholds_nothing() -> None:
    ideal = Ideal(PERIODIC, [(9 * HOUR, "time", 6, 9 * HOUR)], 36 * HOUR)
    assert bolus_starts(ideal) == [8 * HOUR, 20 * HOUR, 32 * HOUR]


def test_the_average_is_the_week_basal_and_periodic_boluses_rounded_down() -> None:
    week_nl = 80 * 7_500 + 34 * 16_000 + 54 * 9_000  # Friday 22:00 to Monday 04:00: 54 h
    assert Programmed.of(WEEKEND).average_nl_h == week_nl // 168 < week_nl / 168
    day = with_boluses(10_000, periodic=[[0, 12_001, 600]])
    assert Programmed.of(day).average_nl_h == (24 * 10_000 + 12_001) // 24
    assert Programmed.of(day).reference_nl_h == 10_000 + 501


@pytest.mark.parametrize(("profile", "expected"), [("itb", 10_333), ("pca", 250)])
def test_without_a_clock_itb_runs_the_average_and_pca_the_minimum_rate(
    profile: str, expected: int
) -> None:
    flex = program(profile=profile, volume_nl=20_000_000)
    front_s = 9 * HOUR + 1
    actions: list[Action] = [(9 * HOUR, "clock_lost", front_s), (20 * HOUR, "time", 0, 20 * HOUR)]
    ideal = Ideal(flex, actions, 30 * HOUR)
    changes = [(0, 16_000), (4 * HOUR, 7_500), (10 * HOUR, expected), (21 * HOUR, 16_000)]
    assert ideal.rates == [*changes, (28 * HOUR, 7_500)]


@pytest.mark.parametrize(("front_s", "begins_s"), [(9 * HOUR, 9), (9 * HOUR + 1, 10)])
def test_a_clock_is_lost_from_the_first_full_hour_that_was_not_planned(
    front_s: int, begins_s: int
) -> None:
    ideal = Ideal(program(), [(9 * HOUR, "clock_lost", front_s)], DAY)
    assert ideal.rate_nl_h(begins_s * HOUR - 1) == 7_500
    assert ideal.rate_nl_h(begins_s * HOUR) == 10_333


def test_a_time_given_before_the_clock_was_lost_does_not_mend_it() -> None:
    actions: list[Action] = [
        (8 * HOUR, "time", 0, 8 * HOUR),
        (8 * HOUR, "clock_lost", 9 * HOUR),
        (15 * HOUR, "time", 0, 15 * HOUR),
    ]
    ideal = Ideal(program(), actions, DAY)
    assert ideal.rate_nl_h(9 * HOUR) == ideal.rate_nl_h(16 * HOUR - 1) == 10_333
    assert ideal.rate_nl_h(16 * HOUR) == 7_500


def test_periodic_boluses_are_withheld_while_the_clock_is_lost() -> None:
    actions: list[Action] = [(7 * HOUR, "clock_lost", 8 * HOUR), (DAY, "time", 1, 0)]
    ideal = Ideal(PERIODIC | {"profile": "itb"}, actions, 2 * DAY)
    assert bolus_starts(ideal) == [32 * HOUR, 44 * HOUR]
    assert ideal.rate_nl_h(9 * HOUR) == 10_000 + 12_000 // 24


def test_one_rate_all_week_never_starts_again() -> None:
    assert Ideal(continuous(5_000), [], 20 * DAY).rates == [(0, 5_000)]

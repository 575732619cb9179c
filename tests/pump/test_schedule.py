"""The programmed rate by civil time, with its lead, by day and by week; and periodic boluses."""

from typing import Any

import pytest
from device_program import DAY, HOUR, programs
from hypothesis import given
from hypothesis import strategies as st

from pump.schedule import Periodic, Schedule, steps_of_day
from pump.units import NEVER_S

NIGHT_AND_DAY = [[6 * HOUR, 7_500], [22 * HOUR, 16_000]]
WEEK = 7 * DAY
WEEKEND = [[32 + 64, [[9 * HOUR, 5_000], [23 * HOUR, 6_000]]]]


def of(fields: dict[str, Any]) -> Schedule:
    return Schedule(fields["steps"], fields["variants"], fields["lead_s"])


def test_the_2200_dose_starts_at_2000_to_the_second_every_day() -> None:
    schedule = Schedule(NIGHT_AND_DAY, [], 2 * HOUR)
    for day in range(400):
        start = day * DAY + 20 * HOUR
        assert [schedule.rate_nl_h(start + s) for s in (-1, 0, 1)] == [7_500, 16_000, 16_000]
        assert [schedule.left_s(start + s) for s in (-1, 0, 1)] == [1, 8 * HOUR, 8 * HOUR - 1]


def test_row_day_night_programs_give_a_higher_dose_at_night() -> None:
    schedule = Schedule(NIGHT_AND_DAY, [], 0)
    assert [schedule.rate_nl_h(22 * HOUR + s) for s in (-1, 0, 1)] == [7_500, 16_000, 16_000]
    assert [schedule.rate_nl_h(6 * HOUR + s) for s in (-1, 0, 1)] == [16_000, 7_500, 7_500]


@pytest.mark.parametrize("lead_s", [2 * HOUR - 1, 2 * HOUR, 2 * HOUR + 1])
def test_row_lead_of_a_rate_change_is_2_h_before_the_effect(lead_s: int) -> None:
    schedule = Schedule(NIGHT_AND_DAY, [], lead_s)
    start = 22 * HOUR - lead_s
    assert [schedule.rate_nl_h(start + s) for s in (-1, 0, 1)] == [7_500, 16_000, 16_000]


def test_a_lead_reaches_across_midnight() -> None:
    schedule = Schedule([[HOUR, 9_000], [12 * HOUR, 5_000]], [], 2 * HOUR)
    for midnight in (0, DAY, 30 * DAY):
        assert schedule.rate_nl_h(midnight) == 9_000  # stated 01:00, begun at 23:00
        assert schedule.rate_nl_h(midnight + 10 * HOUR - 1) == 9_000
        assert schedule.rate_nl_h(midnight + 10 * HOUR) == 5_000
        assert schedule.rate_nl_h(midnight + 23 * HOUR - 1) == 5_000
        assert schedule.rate_nl_h(midnight + 23 * HOUR) == 9_000


def test_a_dose_stated_at_midnight_starts_its_lead_before_it() -> None:
    schedule = Schedule([[0, 9_000], [12 * HOUR, 5_000]], [], 1)
    assert [schedule.rate_nl_h(DAY + s) for s in (-2, -1, 0)] == [5_000, 9_000, 9_000]


def test_before_the_first_start_of_a_day_the_last_rate_is_in_force() -> None:
    schedule = Schedule(NIGHT_AND_DAY, [], 0)
    assert schedule.rate_nl_h(0) == 16_000
    assert schedule.left_s(0) == 6 * HOUR


def test_civil_time_may_lie_before_the_first_monday() -> None:
    schedule = Schedule(NIGHT_AND_DAY, [], 0)
    assert schedule.rate_nl_h(-1) == 16_000
    assert schedule.rate_nl_h(-2 * HOUR - 1) == 7_500
    assert schedule.left_s(-1) == 6 * HOUR + 1
    weekly = Schedule(NIGHT_AND_DAY, WEEKEND, 0)
    assert weekly.rate_nl_h(-HOUR) == 6_000  # Sunday, 23:00


def test_one_rate_is_never_set_anew() -> None:
    schedule = Schedule([[0, 5_000]], [], 2 * HOUR)
    for t_s in (0, 1, 22 * HOUR - 1, 22 * HOUR, DAY - 1, 10 * DAY):
        assert schedule.left_s(t_s) == NEVER_S
        assert schedule.rate_nl_h(t_s) == 5_000


def test_other_steps_hold_on_their_days() -> None:
    schedule = Schedule(NIGHT_AND_DAY, WEEKEND, 0)
    assert schedule.period_s == WEEK
    for day, early, late in ((0, 7_500, 16_000), (4, 7_500, 16_000), (5, 5_000, 6_000)):
        for week in (0, WEEK, 52 * WEEK):
            noon = week + day * DAY + 12 * HOUR
            assert schedule.rate_nl_h(noon) == early
            assert schedule.rate_nl_h(noon + 11 * HOUR + 1) == late
    saturday = 5 * DAY
    assert schedule.rate_nl_h(saturday + 9 * HOUR - 1) == 16_000  # Friday's goes on
    assert schedule.left_s(saturday + 8 * HOUR) == HOUR
    assert schedule.rate_nl_h(6 * HOUR - 1) == 6_000  # Sunday's goes on into Monday
    assert schedule.left_s(6 * DAY + 23 * HOUR) == 7 * HOUR


def test_the_lead_of_a_mondays_step_begins_on_sunday() -> None:
    schedule = Schedule([[0, 5_000]], [[1, [[HOUR, 9_000]]]], 2 * HOUR)
    assert [schedule.rate_nl_h(WEEK - HOUR + s) for s in (-1, 0)] == [5_000, 9_000]
    assert [schedule.rate_nl_h(DAY - 2 * HOUR + s) for s in (-1, 0)] == [9_000, 5_000]
    assert schedule.left_s(WEEK - HOUR) == DAY - HOUR


@pytest.mark.parametrize("day", range(7))
def test_bit_0_of_a_mask_is_monday(day: int) -> None:
    others = [[[1 << day, [[0, 1]]]], [[127 - (1 << day), [[0, 2]]], [1 << day, [[0, 1]]]]]
    for variants in others:
        assert steps_of_day([[0, 3]], variants, day) == [[0, 1]]
        assert steps_of_day([[0, 3]], variants[-1:], (day + 1) % 7) == [[0, 3]]


def test_highest_and_lowest_are_those_of_all_days() -> None:
    schedule = Schedule(NIGHT_AND_DAY, WEEKEND, 2 * HOUR)
    assert schedule.highest_nl_h == 16_000
    # Steps that every day replaces count for nothing.
    schedule = Schedule([[0, 1]], [[127, [[0, 7], [1, 9]]]], 0)
    assert schedule.highest_nl_h == 9


def test_a_day_is_counted_from_midnight_to_midnight_by_stated_times() -> None:
    volume = (16 * 7_500 + 8 * 16_000) * HOUR
    for lead_s in (0, 2 * HOUR):
        assert Schedule(NIGHT_AND_DAY, [], lead_s).day_volumes() == [volume]
        weekly = Schedule(NIGHT_AND_DAY, WEEKEND, lead_s).day_volumes()
        monday = volume - 6 * HOUR * (16_000 - 6_000)  # Sunday's last rate, until 06:00
        saturday = (9 * 16_000 + 14 * 5_000 + 1 * 6_000) * HOUR
        sunday = (9 * 6_000 + 14 * 5_000 + 1 * 6_000) * HOUR
        assert weekly == [monday] + [volume] * 4 + [saturday, sunday]
    assert Schedule([[0, 1], [1, 3_600]], [], 0).day_volumes() == [1 + (DAY - 1) * 3_600]


@given(programs(), st.integers(-40 * DAY, 40 * DAY))
def test_the_rate_is_that_of_the_latest_start(fields: dict[str, Any], civil_s: int) -> None:
    schedule, stated_s = of(fields), civil_s + fields["lead_s"]
    day, latest = stated_s // DAY, -1
    while latest < 0:
        steps = steps_of_day(fields["steps"], fields["variants"], day % 7)
        begun = [rate for at_s, rate in steps if day * DAY + at_s <= stated_s]
        latest, day = begun[-1] if begun else -1, day - 1
    assert schedule.rate_nl_h(civil_s) == latest


@given(programs(), st.integers(-40 * DAY, 40 * DAY))
def test_nothing_changes_before_the_next_start(fields: dict[str, Any], civil_s: int) -> None:
    schedule = of(fields)
    left_s = schedule.left_s(civil_s)
    assert left_s >= 1
    starts = set()
    for day in range(7):
        for at_s, _ in steps_of_day(fields["steps"], fields["variants"], day):
            starts.add((day * DAY + at_s - fields["lead_s"]) % WEEK)
    if left_s == NEVER_S:
        assert len(schedule.starts_s) == 1
        assert not fields["variants"]
        return
    assert (civil_s + left_s) % WEEK in starts
    assert not any((start - civil_s - 1) % WEEK < left_s - 1 for start in starts)
    assert schedule.rate_nl_h(civil_s + left_s - 1) == schedule.rate_nl_h(civil_s)


@given(programs())
def test_the_days_of_a_period_hold_what_the_period_gives(fields: dict[str, Any]) -> None:
    schedule = of(fields)
    t_s = total = 0
    while t_s < schedule.period_s:
        seconds = min(schedule.period_s - t_s, schedule.left_s(t_s))
        total += schedule.rate_nl_h(t_s) * seconds
        t_s += seconds
    assert sum(schedule.day_volumes()) == total
    assert len(schedule.day_volumes()) == schedule.period_s // DAY


# -- periodic boluses -----------------------------------------------------------------------------

THREE = [[100, 5, 60], [200, 7, 60], [DAY - 1, 11, 60]]


def test_a_slot_is_the_second_in_which_a_bolus_begins() -> None:
    periodic = Periodic(THREE)
    assert periodic.daily_nl == 23
    for day in (-DAY, 0, DAY, 100 * DAY):
        for slot, (at_s, _, _) in enumerate(THREE):
            around = [periodic.slot(day + at_s + s) for s in (-1, 0, 1)]
            assert around == [-1, slot, -1]


def test_the_next_bolus_is_after_now_never_now() -> None:
    periodic = Periodic(THREE)
    for civil_s, left_s in (
        (0, 100),
        (99, 1),
        (100, 100),
        (199, 1),
        (200, DAY - 201),
        (DAY - 2, 1),
        (DAY - 1, 101),
        (DAY, 100),
        (-1, 101),
    ):
        assert periodic.left_s(civil_s) == left_s
    assert Periodic([[0, 5, 60]]).left_s(0) == DAY
    assert Periodic([[0, 5, 60]]).left_s(1) == DAY - 1


def test_without_boluses_none_ever_begins() -> None:
    periodic = Periodic([])
    assert (periodic.daily_nl, periodic.slot(0), periodic.left_s(0)) == (0, -1, NEVER_S)

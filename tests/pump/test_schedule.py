"""The programmed rate by time of day, with its lead."""

from typing import Any

import pytest
from device_program import DAY, HOUR, programs
from hypothesis import given
from hypothesis import strategies as st

from pump.schedule import Schedule
from pump.units import NEVER_S

NIGHT_AND_DAY = [[6 * HOUR, 7_500], [22 * HOUR, 16_000]]


def test_the_2200_dose_starts_at_2000_to_the_second_every_day() -> None:
    schedule = Schedule(NIGHT_AND_DAY, 2 * HOUR)
    for day in range(400):
        start = day * DAY + 20 * HOUR
        assert [schedule.rate_nl_h(start + s) for s in (-1, 0, 1)] == [7_500, 16_000, 16_000]
        assert schedule.next_change_s(start - 1) == start


def test_a_lead_reaches_across_midnight() -> None:
    schedule = Schedule([[HOUR, 9_000], [12 * HOUR, 5_000]], 2 * HOUR)
    for midnight in (0, DAY, 30 * DAY):
        assert schedule.rate_nl_h(midnight) == 9_000  # stated 01:00, begun at 23:00
        assert schedule.rate_nl_h(midnight + 10 * HOUR - 1) == 9_000
        assert schedule.rate_nl_h(midnight + 10 * HOUR) == 5_000
        assert schedule.rate_nl_h(midnight + 23 * HOUR - 1) == 5_000
        assert schedule.rate_nl_h(midnight + 23 * HOUR) == 9_000


def test_a_dose_stated_at_midnight_starts_its_lead_before_it() -> None:
    schedule = Schedule([[0, 9_000], [12 * HOUR, 5_000]], 1)
    assert [schedule.rate_nl_h(DAY + s) for s in (-2, -1, 0)] == [5_000, 9_000, 9_000]


def test_before_the_first_start_of_day_0_the_last_rate_of_the_day_is_in_force() -> None:
    schedule = Schedule([[6 * HOUR, 7_500], [22 * HOUR, 16_000]], 0)
    assert schedule.rate_nl_h(0) == 16_000
    assert schedule.rate_nl_h(6 * HOUR - 1) == 16_000
    assert schedule.rate_nl_h(6 * HOUR) == 7_500


def test_the_next_change_is_after_now_never_now() -> None:
    schedule = Schedule(NIGHT_AND_DAY, 0)
    assert schedule.next_change_s(6 * HOUR - 1) == 6 * HOUR
    assert schedule.next_change_s(6 * HOUR) == 22 * HOUR
    assert schedule.next_change_s(22 * HOUR) == DAY + 6 * HOUR


def test_one_rate_never_changes() -> None:
    schedule = Schedule([[0, 5_000]], 2 * HOUR)
    assert schedule.next_change_s(22 * HOUR) == NEVER_S
    assert {schedule.rate_nl_h(t) for t in range(0, DAY, 599)} == {5_000}
    assert schedule.daily_nl() == 24 * 5_000


def test_the_highest_rate_and_the_volume_of_a_day() -> None:
    schedule = Schedule(NIGHT_AND_DAY, 2 * HOUR)
    assert schedule.highest_nl_h == 16_000
    assert schedule.daily_nl() == 16 * 7_500 + 8 * 16_000
    assert Schedule([[0, 1], [1, 3_600]], 0).daily_nl() == (1 + (DAY - 1) * 3_600) // 3600


@pytest.mark.parametrize(
    ("seconds", "nl"), [(0, 3_600), (1, 3_599), (3_600, 3_599), (3_601, 3_598)]
)
def test_the_volume_of_a_day_is_rounded_down(seconds: int, nl: int) -> None:
    # 150 nL/h all day, but 149 for some seconds: a whole nL less each hour that begins.
    steps = [[0, 149], [seconds, 150]][0 if seconds else 1 :]
    assert Schedule(steps, 0).daily_nl() == nl


def test_every_step_counts_until_the_next_one_of_the_day() -> None:
    steps = [[0, 1_000], [HOUR, 2_000], [4 * HOUR, 7_000]]
    for lead_s in (0, 2 * HOUR):
        assert Schedule(steps, lead_s).daily_nl() == 1 * 1_000 + 3 * 2_000 + 20 * 7_000


@given(programs(), st.integers(0, 40 * DAY))
def test_the_rate_is_that_of_the_latest_start(fields: dict[str, Any], t_s: int) -> None:
    schedule = Schedule(fields["steps"], fields["lead_s"])
    # Seconds since each dose started, within the last day: the smallest is in force.
    since = {(t_s + fields["lead_s"] - at_s) % DAY: rate for at_s, rate in fields["steps"]}
    assert schedule.rate_nl_h(t_s) == since[min(since)]


@given(programs(), st.integers(0, 40 * DAY))
def test_nothing_changes_before_the_next_change(fields: dict[str, Any], t_s: int) -> None:
    schedule = Schedule(fields["steps"], fields["lead_s"])
    change = schedule.next_change_s(t_s)
    assert t_s < change
    starts = {(at_s - fields["lead_s"]) % DAY for at_s, _ in fields["steps"]}
    if change == NEVER_S:
        assert len(starts) == 1
    else:
        assert change % DAY in starts
        assert not any(t_s < t_s - t_s % DAY + start < change for start in starts)
        assert schedule.rate_nl_h(change - 1) == schedule.rate_nl_h(t_s)

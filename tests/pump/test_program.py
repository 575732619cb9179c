"""What follows from a program's fields: volumes, doses, limits and dates, exact."""

import copy
from fractions import Fraction
from typing import Any

import pytest
from device_program import (
    DAY,
    HOUR,
    WATER,
    continuous,
    limit_24h_nl,
    program,
    programs,
    screening,
    with_boluses,
)
from hypothesis import given
from hypothesis import strategies as st

from pump import program as under_test
from pump.program import Program
from pump.units import NEVER_S

FULL = {"capacity_nl": 50_000_000, "volume_nl": 50_000_000, "min_flow_nl_h": 1}


def test_the_demos_day() -> None:
    p = Program(program())
    assert p.days_3600 == [(16 * 7_500 + 8 * 16_000) * HOUR]
    assert (p.daily_nl, p.average_nl_h) == (248_000, 10_333)
    assert (p.highest_nl_h, p.reference_nl_h, p.fastest_nl_h) == (16_000, 16_000, 16_000)
    assert p.limit_24h_nl == 1_001_500
    assert p.guard_nl == 16_000 * 1081 // 10
    assert p.low_nl == p.guard_nl + 248_000
    assert p.doses_pg() == [["baclofen", 496_000_000]]
    assert p.solution() == [["baclofen", 2000]]


def test_fields_are_taken_as_they_are() -> None:
    fields = with_boluses(tubing_nl=11, catheter_nl=22, rise_permille=77, notices_s=[9, 8])
    before = copy.deepcopy(fields)
    p = Program(fields)
    for name in (
        "name",
        "profile",
        "indication",
        "mode",
        "drugs",
        "volume_nl",
        "residual_nl",
        "capacity_nl",
        "nl_per_1000_steps",
        "minimum_nl_h",
        "tau_dh",
        "max_drop_permille",
        "rise_permille",
        "notices_s",
    ):
        assert getattr(p, name) == fields[name]
    assert p.line_nl == 33
    assert p.fastest_nl_h == 10_000_000
    assert p.bolus_adds is True
    assert Program({**fields, "bolus_adds": 0}).bolus_adds is False
    assert fields == before


def test_periodic_boluses_count_in_the_day_the_average_and_the_reference() -> None:
    for volume, reference in ((23, 1_001), (24, 1_001), (25, 1_002)):
        p = Program(continuous(1_000, periodic=[[0, volume, 60]]))
        assert p.reference_nl_h == reference
        assert p.daily_nl == 24_000 + volume
        assert p.days_3600 == [(24_000 + volume) * HOUR]
        assert p.average_nl_h == 1_000 + volume // 24
    two = Program(continuous(1_000, periodic=[[0, 12, 60], [HOUR, 13, 60]]))
    assert (two.daily_nl, two.reference_nl_h) == (24_025, 1_002)


@pytest.mark.parametrize(("max_flow", "average"), [(1_001, 1_001), (1_002, 1_002), (1_003, 1_002)])
def test_the_average_is_no_more_than_may_flow(max_flow: int, average: int) -> None:
    fields = continuous(1_000, periodic=[[0, 48, 60]], max_flow_nl_h=max_flow)
    assert Program(fields).average_nl_h == average


def test_the_largest_day_counts_and_the_average_is_that_of_the_week() -> None:
    variants = [[1, [[0, 8_000]]], [2, [[0, 2_000]]]]
    p = Program(program(steps=[[0, 1_000]], variants=variants, periodic=[[5, 240, 60]]))
    assert p.days_3600[:3] == [(day + 240) * HOUR for day in (192_000, 48_000, 24_000)]
    assert p.daily_nl == 192_240
    assert p.average_nl_h == (8_000 + 2_000 + 5 * 1_000) // 7 + 10
    assert p.highest_nl_h == 8_000


def test_volumes_are_rounded_down() -> None:
    # 10 nL/h for all but a second, and 11 in it.
    p = Program(program(steps=[[0, 10], [DAY - 1, 11]], drugs=WATER))
    assert p.days_3600 == [10 * DAY + 1]
    assert (p.daily_nl, p.average_nl_h) == (240, 10)
    p = Program(program(steps=[[0, 10], [1, 11]], drugs=WATER))
    assert (p.daily_nl, p.average_nl_h) == (263, 10)


def test_the_limit_of_24_h_is_the_smallest_over_the_drugs_rounded_down() -> None:
    for drugs, limit in (
        ([["a", 2000, 0, 2003, 0]], 1_001_500),
        ([["a", 3, 0, 1, 0]], 333_333),
        ([["a", 7, 0, 2, 0], ["b", 3, 0, 1, 0]], 285_714),
        ([["b", 3, 0, 1, 0], ["a", 7, 0, 2, 0]], 285_714),
        ([["a", 100_000, 0, 1, 0]], 10),
    ):
        assert Program(program(drugs=drugs)).limit_24h_nl == limit


def test_every_drug_has_its_dose() -> None:
    drugs = [["a", 2000, 0, 1, 0], ["b", 7, 0, 1, 0]]
    p = Program(continuous(1_000, drugs=drugs))
    assert p.doses_pg() == [["a", 48_000_000], ["b", 168_000]]
    assert p.solution() == [["a", 2000], ["b", 7]]


@pytest.mark.parametrize(
    ("mode", "therapy"),
    [
        ("continuous", True),
        ("flex", True),
        ("minimum", False),
        ("stopped", False),
        ("screening", False),
    ],
)
def test_therapy_is_continuous_or_flex(mode: str, therapy: bool) -> None:
    assert Program(program(mode=mode)).is_therapy() is therapy


def test_the_low_level_is_the_alarms_or_a_day_above_the_guard() -> None:
    # 1000 nL/h with tau 100 h: guard at 100 uL, and 24 uL a day.
    for low_alarm, low_nl in ((0, 124_000), (124_000, 124_000), (124_001, 124_001)):
        p = Program(continuous(1_000, tau_dh=1_000, residual_nl=77, low_alarm_nl=77 + low_alarm))
        assert (p.guard_nl, p.low_nl) == (100_000, low_nl)


def test_the_guard_is_held_against_the_reference_and_rounded_down() -> None:
    p = Program(continuous(1_001, tau_dh=1_081, periodic=[[0, 25, 60]]))
    assert p.guard_nl == 1_003 * 1_081 // 10


def test_the_taper_has_the_programs_law() -> None:
    t = Program(program(rise_permille=150, max_drop_permille=100, tau_dh=3_000)).new_taper()
    assert (t.tau_dh, t.keep_permille, t.minimum_nl_h, t.rise_permille) == (3_000, 900, 250, 1_150)


@pytest.mark.parametrize(
    "place", [["volume_nl"], ["steps", 0, 1], ["drugs", 0, 1], ["name"], ["tau_dh"]]
)
def test_a_program_is_whole_while_its_fields_are_as_they_were_accepted(place: list[Any]) -> None:
    fields = program()
    p = Program(fields)
    assert p.is_whole() is True
    at: Any = fields
    for key in place[:-1]:
        at = at[key]
    accepted = at[place[-1]]
    at[place[-1]] = "other" if place == ["name"] else accepted ^ 1  # one bit
    assert p.is_whole() is False
    at[place[-1]] = accepted
    assert p.is_whole() is True


# -- dates ----------------------------------------------------------------------------------------


def test_row_stability_in_the_pump_30_days_is_an_expiry_date() -> None:
    drugs: list[list[Any]] = [["a", 1, 0, 1_000, 30], ["b", 1, 0, 1_000, 0]]
    p = Program(continuous(1_000, drugs=drugs))
    assert p.stable_s == 30 * DAY
    assert p.refill_dates_s(5 * DAY, 0, 77)[3] == 77 + 30 * DAY


@pytest.mark.parametrize(
    ("days", "stable_s"),
    [
        ([0], NEVER_S),
        ([0, 0], NEVER_S),
        ([1], DAY),
        ([90, 30, 0], 30 * DAY),
        ([30, 90], 30 * DAY),
        ([3650], 3650 * DAY),
    ],
)
def test_a_mixture_is_as_stable_as_its_least_stable_drug(days: list[int], stable_s: int) -> None:
    drugs = [[f"drug {i}", 1, 0, 1_000, day] for i, day in enumerate(days)]
    p = Program(continuous(1_000, drugs=drugs))
    assert p.stable_s == stable_s
    expiry = p.refill_dates_s(0, 0, 5)[3]
    assert expiry == (NEVER_S if stable_s == NEVER_S else 5 + stable_s)


def test_the_refill_is_due_when_the_low_level_is_reached_in_whole_hours() -> None:
    p = Program(continuous(1_000, tau_dh=1_000, low_alarm_nl=500_000))
    assert p.low_nl == 124_000
    for left, hours in ((-1, 0), (0, 0), (999, 0), (1_000, 1), (239_999, 239), (240_000, 240)):
        assert p.refill_dates_s(7, 124_000 + left, 0)[0] == 7 + hours * HOUR


def test_what_is_low_already_is_due_now_at_the_slowest_rate_too() -> None:
    # 24 nL a day: one nL more would last an hour.
    p = Program(continuous(1, tau_dh=1_000, low_alarm_nl=500_000))
    for left, hours in ((-1, 0), (0, 0), (1, 1)):
        assert p.refill_dates_s(7, p.low_nl + left, 0)[0] == 7 + hours * HOUR


def test_a_pump_that_runs_14_and_a_half_percent_fast_is_low_sooner() -> None:
    assert under_test.FAST_PERMILLE == 1145
    p = Program(continuous(1_000, tau_dh=1_000, low_alarm_nl=500_000))
    for left, hours in ((1_144, 0), (1_145, 1), (114_499, 99), (114_500, 100)):
        assert p.refill_dates_s(0, 124_000 + left, 0)[1] == hours * HOUR


def test_every_allotted_bolus_may_be_taken() -> None:
    allotted = {"bolus_day_max": 3, "bolus_max_nl": 8_000, "max_bolus_flow_nl_h": 1_000_000}
    p = Program(continuous(1_000, tau_dh=1_000, low_alarm_nl=500_000, **allotted))
    for left, hours in ((1_999, 0), (2_000, 1), (48_000, 24)):
        assert p.refill_dates_s(0, 124_000 + left, 0)[2] == hours * HOUR


def test_without_flow_no_refill_is_ever_due() -> None:
    p = Program(program(mode="stopped", steps=[[0, 0]]))
    assert p.refill_dates_s(0, 10**7, 0) == [NEVER_S] * 4
    p = Program(screening())
    dates = p.refill_dates_s(0, p.low_nl + 2_000_000, 0)
    assert dates == [NEVER_S, NEVER_S, 24 * HOUR, NEVER_S]  # one bolus a day is allotted


def test_no_date_lies_beyond_never() -> None:
    drugs = [["water", 1, 0, 1_000, 3_650]]
    p = Program(continuous(1, drugs=drugs, tau_dh=100, low_alarm_nl=500_000))
    late_s = NEVER_S - 5
    assert p.refill_dates_s(late_s, 40_000_000, late_s) == [NEVER_S] * 4


@given(programs(), st.integers(0, 10**7), st.integers(0, 50_000_000), st.integers(0, 10**7))
def test_what_follows_is_exact(
    fields: dict[str, Any], now_s: int, usable_nl: int, filled_s: int
) -> None:
    before = copy.deepcopy(fields)
    p = Program(fields)
    assert fields == before
    periodic_nl = sum(volume for _, volume, _ in fields["periodic"])
    assert p.limit_24h_nl == limit_24h_nl(fields)
    assert p.reference_nl_h == p.highest_nl_h + -(-periodic_nl // 24)
    assert p.daily_nl == max(Fraction(units, HOUR) for units in p.days_3600) // 1
    mean_nl_h = Fraction(sum(p.days_3600), len(p.days_3600) * DAY) // 1
    assert p.average_nl_h == min(mean_nl_h, fields["max_flow_nl_h"])
    assert p.days_3600 == [v + periodic_nl * HOUR for v in p.schedule.day_volumes()]
    assert p.low_nl >= p.guard_nl + p.daily_nl
    dates = p.refill_dates_s(now_s, usable_nl, filled_s)
    assert dates[0] >= dates[1]
    assert dates[0] >= dates[2]
    assert all(now_s <= date <= NEVER_S for date in dates[:3])
    left = max(0, usable_nl - p.low_nl)
    if dates[0] < NEVER_S:
        hours = (dates[0] - now_s) // HOUR
        assert hours * p.daily_nl <= left * 24 < (hours + 1) * p.daily_nl

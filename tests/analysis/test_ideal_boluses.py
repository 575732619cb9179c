"""The oracle's boluses: exact volume, on top of basal or in its place, what ends them."""

from fractions import Fraction
from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, with_boluses
from hypothesis import given
from hypothesis import strategies as st

from pumprig.analysis import Ideal
from pumprig.analysis.ideal import Action

EMPTY = {"mode": "stopped", "steps": [[0, 0]]}


def bolus(start_s: int, volume_nl: int = 20_000, seconds: int = 600) -> Action:
    return (start_s - 5, "bolus", volume_nl, seconds, start_s)


def test_a_bolus_runs_a_nanolitre_an_hour_faster_until_the_rest_is_given() -> None:
    # 3600 x 1001 = 70 x 51480: and 9 more seconds
    ideal = Ideal(with_boluses(10_000), [bolus(5_000, 1_001, 71)], DAY)
    rate, faster_s = divmod(3_600 * 1_001, 71)
    assert ideal.rates == [
        (0, 10_000),
        (5_000, 10_000 + rate + 1),
        (5_000 + faster_s, 10_000 + rate),
        (5_071, 10_000),
    ]


@given(
    st.integers(1, 5_000_000),
    st.integers(1, 21_600),
    st.integers(5, 2 * DAY),
    st.sampled_from([0, 1]),
)
def test_a_bolus_is_exactly_its_volume(volume_nl: int, seconds: int, at_s: int, adds: int) -> None:
    fields = with_boluses(10_007, bolus_adds=adds)
    end_s = at_s + seconds
    ideal = Ideal(fields, [bolus(at_s, volume_nl, seconds)], end_s + 10)
    basal = Fraction(10_007 * seconds, HOUR) if adds else 0
    assert ideal.volume_nl(end_s) - ideal.volume_nl(at_s) == volume_nl + basal
    assert ideal.rate_nl_h(at_s - 1) == ideal.rate_nl_h(end_s) == 10_007
    assert ideal.basal_nl_h(at_s) == 10_007  # what takes its place is no fall of it


def test_basal_changes_under_a_bolus_that_adds() -> None:
    flex = with_boluses(mode="flex", steps=[[0, 10_000], [HOUR, 20_000]])
    ideal = Ideal(flex, [bolus(HOUR - 300, 1_000, 600)], DAY)
    assert ideal.rates[:4] == [(0, 10_000), (3_300, 16_000), (3_600, 26_000), (3_900, 20_000)]


def test_an_emergency_stop_ends_a_bolus_for_good() -> None:
    actions: list[Action] = [bolus(1_000), (1_200, "emergency_stop"), (1_300, "restart")]
    ideal = Ideal(with_boluses(), actions, DAY)
    assert ideal.rates == [(0, 10_000), (1_000, 130_000), (1_200, 0), (1_300, 10_000)]


def test_a_bolus_ordered_before_an_emergency_stop_never_begins() -> None:
    actions: list[Action] = [
        (900, "bolus", 20_000, 600, 1_000),
        (950, "emergency_stop"),
        (960, "restart"),
    ]
    assert Ideal(with_boluses(), actions, DAY).rates == [(0, 10_000), (950, 0), (960, 10_000)]


@pytest.mark.parametrize(
    ("stop_s", "expected"),
    [
        (999, [(0, 10_000)]),
        (1_000, [(0, 10_000)]),
        (1_001, [(0, 10_000), (1_000, 130_000), (1_001, 10_000)]),
        (1_599, [(0, 10_000), (1_000, 130_000), (1_599, 10_000)]),
        (1_600, [(0, 10_000), (1_000, 130_000), (1_600, 10_000)]),
    ],
)
def test_a_bolus_ends_where_it_is_stopped(stop_s: int, expected: list[Any]) -> None:
    actions: list[Action] = [(990, "bolus", 20_000, 600, 1_000), (995, "bolus_stop", stop_s)]
    assert Ideal(with_boluses(), actions, DAY).rates == expected


def test_a_stop_of_one_bolus_leaves_the_next_alone() -> None:
    actions: list[Action] = [
        bolus(1_000),
        (1_100, "bolus_stop", 1_200),
        (1_150, "bolus", 20_000, 600, 1_200),
    ]
    ideal = Ideal(with_boluses(), actions, DAY)
    assert ideal.rates == [(0, 10_000), (1_000, 130_000), (1_800, 10_000)]


@pytest.mark.parametrize(("start_s", "boluses"), [(1_599, 1), (1_600, 2), (1_601, 2)])
def test_a_bolus_begins_only_when_the_one_before_has_ended(start_s: int, boluses: int) -> None:
    ideal = Ideal(with_boluses(0, **EMPTY), [bolus(1_000), bolus(start_s)], DAY)
    assert ideal.volume_nl(DAY) == boluses * 20_000


def test_an_operators_bolus_comes_before_a_periodic_one_of_the_same_second() -> None:
    periodic = with_boluses(0, **EMPTY, periodic=[[1_000, 7_000, 600]])
    assert Ideal(periodic, [bolus(1_000)], HOUR).volume_nl(HOUR) == 20_000
    assert Ideal(periodic, [bolus(400)], HOUR).volume_nl(HOUR) == 27_000
    assert Ideal(periodic, [bolus(401)], HOUR).volume_nl(HOUR) == 20_000


def test_a_periodic_bolus_is_not_given_while_the_pump_is_stopped_and_not_made_up_for() -> None:
    periodic = with_boluses(10_000, periodic=[[1_000, 7_000, 600], [9_000, 7_000, 600]])
    actions: list[Action] = [(999, "emergency_stop"), (1_001, "restart")]
    assert len(Ideal(periodic, actions, 2 * HOUR).rates) == 3
    assert Ideal(periodic, [], 3 * HOUR).volume_nl(3 * HOUR) == 30_000 + 14_000
    begins_with_it: list[Action] = [(999, "emergency_stop"), (1_000, "restart")]
    assert Ideal(periodic, begins_with_it, HOUR).rate_nl_h(1_000) == 10_000 + 42_000


def test_a_bolus_goes_on_as_it_began_when_the_program_changes() -> None:
    fields = with_boluses(10_000)
    other = with_boluses(12_000, bolus_adds=0)
    actions: list[Action] = [(0, "change", other), bolus(HOUR - 60, 6_000, 120)]
    ideal = Ideal(fields, actions, DAY)
    assert ideal.rates == [(0, 10_000), (3_540, 190_000), (3_600, 192_000), (3_660, 12_000)]


def test_a_planned_stop_and_an_empty_vessel_end_a_bolus() -> None:
    least = continuous(250, min_flow_nl_h=1)
    ends_s = HOUR + DAY
    ideal = Ideal(least, [(0, "stop"), bolus(ends_s - 60)], 2 * DAY)
    assert ideal.rates == [(0, 250), (ends_s - 60, 120_250), (ends_s, 0)]
    dry = with_boluses(0, **EMPTY, volume_nl=500_000 + 10_000)
    actions: list[Action] = [bolus(1_000), (2_000, "refill", 20_000_000)]
    assert Ideal(dry, actions, DAY).steps(DAY) == 10_000 * 1000 // 31_250


def test_a_prime_takes_the_place_of_basal_and_counts_in_the_ledger() -> None:
    ideal = Ideal(continuous(10_000), [(0, "prime", 50_000, 300, 0)], DAY)
    assert ideal.changes == [(0, 600_000, 0), (300, 10_000, 10_000)]
    assert ideal.usable_nl(300) == 49_500_000 - 50_000


def test_a_stopped_pump_primes_and_stays_stopped() -> None:
    actions: list[Action] = [(HOUR, "emergency_stop"), (2 * HOUR, "prime", 50_000, 300, 2 * HOUR)]
    ideal = Ideal(continuous(9_000), [*actions, (3 * HOUR, "restart")], DAY)
    assert ideal.rates == [
        (0, 9_000),
        (HOUR, 0),
        (2 * HOUR, 600_000),
        (2 * HOUR + 300, 0),
        (3 * HOUR, 9_000),
    ]
    assert ideal.steps(3 * HOUR) == 288 + 1_600
    dry = continuous(9_000, volume_nl=500_000 + 10_000)
    refilled: list[Action] = [*actions, (3 * HOUR, "refill", 20_000_000)]
    assert Ideal(dry, refilled, DAY).rate_nl_h(DAY) == 0  # emptied by the prime, filled, not begun


def test_bolus_actions_that_say_nothing_are_refused() -> None:
    for action in ((0, "bolus", 20_000, 0, 0), (0, "bolus", 20_000), (0, "prime"), (0, "hold")):
        with pytest.raises(ValueError, match="unknown action"):
            Ideal(with_boluses(), [action], DAY)

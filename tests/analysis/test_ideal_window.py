"""The oracle's rolling limit: no 24 hours hold more than L, to the second."""

from typing import Any

import pytest
from device_program import DAY, HOUR, with_boluses

from pumprig.analysis import Ideal
from pumprig.analysis.ideal import Action

DAY_OF_BASAL_NL = 240_000


def limited(limit_nl: int, **changes: Any) -> dict[str, Any]:
    """10 uL/h and boluses of anything, with `limit_nl` in 24 h."""
    assert limit_nl % 1000 == 0
    drugs = [["drug", 1_000, 0, limit_nl // 1_000, 0]]
    return with_boluses(10_000, **{"drugs": drugs, **changes})


def bolus(start_s: int, volume_nl: int, seconds: int = 600) -> Action:
    return (start_s, "bolus", volume_nl, seconds, start_s)


@pytest.mark.parametrize(("more_nl", "cut"), [(-1_000, True), (0, False), (1_000, False)])
def test_a_bolus_that_the_limit_allows_to_the_nanolitre_is_given_whole(
    more_nl: int, cut: bool
) -> None:
    ideal = Ideal(limited(DAY_OF_BASAL_NL + 60_000 + more_nl), [bolus(2 * DAY, 60_000)], 4 * DAY)
    given_nl = ideal.volume_nl(2 * DAY + 600) - ideal.volume_nl(2 * DAY)
    assert (given_nl < 60_000 + 10_000 // 6) is cut
    assert max(ideal.window_nl(t) for t, _ in ideal.rates) <= DAY_OF_BASAL_NL + 60_000


def test_over_the_limit_the_rate_is_what_leaves_the_window_from_a_whole_second_on() -> None:
    # 360 uL/h more than leaves is 0.1 uL a second, and 30.05 uL are left.
    drugs = [["drug", 20_000, 0, 5_401, 0]]
    ideal = Ideal(with_boluses(10_000, drugs=drugs), [bolus(2 * DAY, 60_000)], 3 * DAY)
    assert ideal.rates == [(0, 10_000), (2 * DAY, 370_000), (2 * DAY + 300, 10_000)]
    assert ideal.window_nl(2 * DAY + 600) == DAY_OF_BASAL_NL + 30_000


def test_a_bolus_late_in_the_day_is_held_to_the_rate_of_one_day_before() -> None:
    fields = limited(DAY_OF_BASAL_NL + 60_000)
    again_s = 2 * DAY + DAY - 300
    ideal = Ideal(fields, [bolus(2 * DAY, 60_000), bolus(again_s, 60_000)], 5 * DAY)
    assert ideal.rate_nl_h(again_s) == 10_000  # all of L is in the window
    assert ideal.rate_nl_h(3 * DAY) == 370_000  # what leaves it now comes in
    assert ideal.rate_nl_h(3 * DAY + 299) == 370_000
    assert ideal.rate_nl_h(3 * DAY + 300) == 10_000
    assert max(ideal.window_nl(t) for t, _ in ideal.rates) == DAY_OF_BASAL_NL + 60_000


def test_basal_is_held_as_well_where_nothing_leaves_the_window() -> None:
    fields = limited(DAY_OF_BASAL_NL)
    actions: list[Action] = [bolus(HOUR, 100_000), bolus(2 * HOUR, 100_000)]
    ideal = Ideal(fields, actions, 3 * DAY)
    held_s = 4 * HOUR  # 200 uL of boluses and 40 of basal
    assert ideal.window_nl(held_s) == DAY_OF_BASAL_NL
    assert (held_s, 0, 0) in ideal.changes
    assert ideal.rate_nl_h(DAY - 1) == 0
    assert ideal.rate_nl_h(DAY) == ideal.basal_nl_h(DAY) == 10_000


def test_a_bolus_in_place_of_basal_leaves_the_basal_line_alone() -> None:
    fields = limited(DAY_OF_BASAL_NL, bolus_adds=0)
    actions: list[Action] = [
        bolus(HOUR, 100_000),
        bolus(2 * HOUR, 100_000),
        bolus(3 * HOUR, 9_000),
    ]
    ideal = Ideal(fields, actions, DAY)
    end_s = next(int(t) for t, rate in ideal.rates if rate == 0)
    assert end_s > 3 * HOUR + 600
    assert ideal.basal_nl_h(end_s - 1) == 10_000
    assert ideal.basal_nl_h(end_s) == 0


def test_primes_do_not_count() -> None:
    fields = limited(DAY_OF_BASAL_NL)
    ideal = Ideal(fields, [(0, "prime", 500_000, 1_200, 0)], 2 * DAY)
    assert ideal.window_nl(1_200) == 0
    assert ideal.rates == [(0, 1_500_000), (1_200, 10_000)]


def test_the_window_of_the_first_day_holds_all_that_was_given() -> None:
    ideal = Ideal(with_boluses(10_000), [bolus(HOUR, 60_000)], 2 * DAY)
    assert ideal.window_nl(0) == 0
    assert ideal.window_nl(DAY) == ideal.volume_nl(DAY) == DAY_OF_BASAL_NL + 60_000
    assert ideal.window_nl(DAY + HOUR) == DAY_OF_BASAL_NL + 60_000
    assert ideal.window_nl(DAY + HOUR + 300) == DAY_OF_BASAL_NL + 30_000
    assert ideal.window_nl(DAY + HOUR + 600) == DAY_OF_BASAL_NL


def test_another_limit_of_the_same_solution_holds_from_the_change_on() -> None:
    fields = limited(DAY_OF_BASAL_NL + 100_000)
    less = limited(DAY_OF_BASAL_NL + 60_000)
    actions: list[Action] = [(DAY, "change", less), bolus(DAY + 2 * HOUR, 100_000, 3_600)]
    ideal = Ideal(fields, actions, 2 * DAY)
    assert ideal.window_nl(2 * DAY) == DAY_OF_BASAL_NL + 60_000


def test_a_change_of_solution_keeps_the_share_of_the_limit_that_was_used() -> None:
    fields = limited(DAY_OF_BASAL_NL * 2)
    stronger = limited(DAY_OF_BASAL_NL) | {
        "steps": [[0, 5_000]],
        "drugs": [["drug", 2_000, 0, 480, 0]],
    }
    actions: list[Action] = [
        (DAY, "refill", 20_000_000, stronger, False),
        bolus(DAY + 2 * HOUR, 200_000, 3_600),
    ]
    ideal = Ideal(fields, actions, 2 * DAY)
    # Half of the old limit had been used, and 5 of 10 uL/h leave the window, as much as basal is.
    given_nl = ideal.volume_nl(DAY + 4 * HOUR) - ideal.volume_nl(DAY + 2 * HOUR)
    assert given_nl == 2 * 5_000 + 120_000


def test_each_rate_given_before_a_change_of_solution_is_rounded_up() -> None:
    fields = limited(300_000)
    other = limited(300_000) | {"drugs": [["other", 1_000, 0, 301, 0]]}
    actions: list[Action] = [(DAY, "refill", 20_000_000, other), bolus(DAY + 2 * HOUR, 100_000)]
    ideal = Ideal(fields, actions, 2 * DAY)
    before = -(-10_000 * 301 // 300)  # 10034 nL/h, not 10033 1/3
    held = ideal.rate_nl_h(DAY + 2 * HOUR + 599)
    assert held == before

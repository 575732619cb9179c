"""The refill procedure: the verdict on a difference, and the hour in which it is to be over."""

import pytest

from pump.refilling import (
    CLOSED,
    INTERRUPTED,
    INVESTIGATE,
    OK,
    OPEN,
    SIGNIFICANT,
    STATES,
    VERDICTS,
    WITHDRAWN,
    Refilling,
    verdict,
)
from pump.units import NEVER_S

ML = 1_000_000


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_difference_beyond_the_accuracy_is_to_be_investigated(sign: int) -> None:
    # 14.5 % of 2 mL are 290 uL.
    for difference, found in ((289_999, OK), (290_000, OK), (290_001, INVESTIGATE)):
        expected = 10 * ML
        withdrawn = expected + sign * difference
        assert verdict(expected, withdrawn, 2 * ML, 20 * ML, False) == found


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("capacity_ml", [20, 40])
def test_a_difference_beyond_2_ml_is_to_be_investigated(sign: int, capacity_ml: int) -> None:
    for difference, found in (
        (2 * ML - 1, OK),
        (2 * ML, OK),
        (2 * ML + 1, INVESTIGATE),
    ):
        withdrawn = 10 * ML + sign * difference
        assert verdict(10 * ML, withdrawn, 18 * ML, capacity_ml * ML, False) == found


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(
    ("capacity_nl", "most_ml"),
    [(20 * ML - 1, 1), (20 * ML, 1), (20 * ML + 1, 2), (40 * ML, 2)],
)
def test_after_an_investigated_refill_less_is_significant(
    sign: int, capacity_nl: int, most_ml: int
) -> None:
    def found(difference: int) -> int:
        withdrawn = 10 * ML + sign * difference
        return verdict(10 * ML, withdrawn, 18 * ML, capacity_nl, True)

    assert found(most_ml * ML - 1) == OK
    assert found(most_ml * ML) == OK
    assert found(most_ml * ML + 1) == SIGNIFICANT


def test_after_an_investigated_refill_the_accuracy_still_counts() -> None:
    assert verdict(10 * ML, 9 * ML, 2 * ML, 20 * ML, True) == INVESTIGATE
    assert verdict(10 * ML, 10 * ML, 0, 20 * ML, True) == OK
    assert verdict(10 * ML, 10 * ML, 0, 20 * ML, False) == OK
    assert verdict(10 * ML, 10 * ML - 1, 0, 20 * ML, False) == INVESTIGATE


def test_a_refill_is_late_an_hour_after_the_withdrawal() -> None:
    refilling = Refilling()
    refilling.open()
    assert refilling.state == OPEN
    assert not refilling.is_late(10**8)
    refilling.withdrawn(500, OK)
    assert (refilling.state, refilling.due_s) == (WITHDRAWN, 500 + 3600)
    assert not refilling.is_late(4_099)
    assert refilling.state == WITHDRAWN
    assert refilling.is_late(4_100)
    assert refilling.state == INTERRUPTED
    assert not refilling.is_late(4_101)  # once only
    assert refilling.state == INTERRUPTED


def test_a_refill_is_late_after_its_second_too() -> None:
    refilling = Refilling()
    refilling.open()
    refilling.withdrawn(500, OK)
    assert refilling.is_late(4_101)


def test_what_is_closed_or_only_opened_is_never_late() -> None:
    refilling = Refilling()
    assert not refilling.is_late(NEVER_S)
    refilling.open()
    assert not refilling.is_late(NEVER_S)


@pytest.mark.parametrize(
    ("found", "again"), [(OK, False), (INVESTIGATE, True), (SIGNIFICANT, True)]
)
def test_the_next_refill_takes_the_verdict_into_account(found: int, again: bool) -> None:
    refilling = Refilling()
    refilling.open()
    refilling.withdrawn(0, found)
    assert refilling.verdict == found
    refilling.close()
    assert refilling.again is again
    assert (refilling.state, refilling.verdict, refilling.due_s) == (CLOSED, OK, NEVER_S)


def test_a_clean_refill_ends_the_stricter_rule() -> None:
    refilling = Refilling()
    for found, again in ((INVESTIGATE, True), (OK, False)):
        refilling.open()
        refilling.withdrawn(0, found)
        refilling.close()
        assert refilling.again is again


def test_a_cancelled_refill_says_nothing() -> None:
    for before in (False, True):
        refilling = Refilling()
        refilling.again = before
        refilling.open()
        refilling.withdrawn(0, SIGNIFICANT)
        refilling.is_late(3600)
        refilling.cancel()
        assert refilling.again is before
        assert (refilling.state, refilling.verdict, refilling.due_s) == (CLOSED, OK, NEVER_S)


def test_it_outlives_a_reset() -> None:
    refilling = Refilling()
    assert refilling.snapshot() == [CLOSED, NEVER_S, 0, OK, 0, 0]
    refilling.again = True
    refilling.filled_s, refilling.filled_steps = 77, 88
    refilling.open()
    refilling.withdrawn(500, INVESTIGATE)
    assert refilling.snapshot() == [WITHDRAWN, 4_100, 1, INVESTIGATE, 77, 88]
    other = Refilling()
    other.restore(refilling.snapshot())
    assert other.snapshot() == refilling.snapshot()
    assert other.again is True
    assert other.is_late(4_100)


def test_numbers_are_in_the_order_of_their_names() -> None:
    assert list(range(4)) == [CLOSED, OPEN, WITHDRAWN, INTERRUPTED]
    assert STATES == ("closed", "open", "withdrawn", "interrupted")
    assert list(range(3)) == [OK, INVESTIGATE, SIGNIFICANT]
    assert VERDICTS == ("ok", "investigate", "significant")

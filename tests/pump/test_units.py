"""What a small integer is, and the units of time that everything is counted in."""

from pump.units import (
    DAY_S,
    END_S,
    HOUR_S,
    HOURS_PER_DAY,
    NEVER_S,
    SMALL_INT_MAX,
    WEEK_S,
    const,
)


def test_a_small_integer_has_30_bits_and_a_sign() -> None:
    # MicroPython without floats in the reference: 31 bits, one of them the sign.
    assert SMALL_INT_MAX == 2**30 - 1


def test_never_is_the_latest_time_that_is_a_small_integer() -> None:
    assert NEVER_S == SMALL_INT_MAX
    assert NEVER_S // (365 * DAY_S) == 34


def test_a_day_is_24_hours_of_3600_seconds() -> None:
    assert (HOUR_S, HOURS_PER_DAY, DAY_S) == (3600, 24, 24 * 3600)
    assert WEEK_S == 7 * 24 * 3600


def test_delivery_ends_ten_days_before_never() -> None:
    assert END_S == 298_000 * 3600
    assert (NEVER_S - END_S) // DAY_S == 10


def test_a_constant_is_its_value() -> None:
    assert const(SMALL_INT_MAX) == SMALL_INT_MAX

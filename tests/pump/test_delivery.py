"""Whole steps from rate and time: exact against fractions, and within 30 bits."""

from fractions import Fraction

import pytest
from device_program import rates_nl_h, step_volumes_pl
from hypothesis import given
from hypothesis import strategies as st

from pump.delivery import PACKET_PL_MAX, PACKET_STEPS, PACKET_STEPS_MAX, Delivery
from pump.limits import RANGES
from pump.units import SMALL_INT_MAX

STEP_VOLUME_PL = next((low, high) for field, low, high in RANGES if field == "nl_per_1000_steps")
MAX_FLOW = 1_000_000


@given(step_volumes_pl, st.lists(st.tuples(rates_nl_h, st.integers(1, 3600)), max_size=60))
def test_the_count_is_the_exact_volume_rounded_to_whole_steps(
    step_pl: int, demands: list[tuple[int, int]]
) -> None:
    delivery, made, ideal = Delivery(step_pl), 0, Fraction(0)
    for rate, wanted_s in demands:
        seconds = delivery.longest_s(rate, wanted_s)
        made += delivery.take(rate, seconds)
        ideal += Fraction(rate * seconds, 3600) * 1000 / step_pl
        assert made <= ideal + Fraction(1, 2) < made + 1
        assert Fraction(delivery.phase, delivery.units_per_step) == ideal + Fraction(1, 2) - made


@given(step_volumes_pl, rates_nl_h, st.integers(2, 3600))
def test_it_does_not_matter_in_how_many_parts_a_time_is_taken(
    step_pl: int, rate: int, seconds: int
) -> None:
    whole, parts = Delivery(step_pl), Delivery(step_pl)
    seconds = whole.longest_s(rate, seconds)
    assert whole.take(rate, seconds) == sum(parts.take(rate, 1) for _ in range(seconds))
    assert whole.phase == parts.phase


def test_the_first_step_falls_due_at_half_a_step() -> None:
    # 36 nL/h is 10 pL a second; a step of 10 nL takes 1000 s.
    delivery = Delivery(10_000)
    assert delivery.take(36, 499) == 0
    assert delivery.take(36, 1) == 1
    assert delivery.take(36, 999) == 0
    assert delivery.take(36, 1) == 1


def test_a_reset_owes_nothing() -> None:
    delivery = Delivery(10_000)
    delivery.take(36, 499)
    delivery.reset()
    assert delivery.take(36, 499) == 0
    assert delivery.take(36, 1) == 1


def test_no_flow_makes_no_step_and_is_bounded_by_nothing() -> None:
    delivery = Delivery(31_250)
    phase = delivery.phase
    assert delivery.longest_s(0, 3600) == 3600
    assert delivery.take(0, 3600) == 0
    assert delivery.phase == phase


def test_a_packet_is_as_long_as_its_256_steps_and_no_longer() -> None:
    # 36,000 nL/h in steps of 10 nL: one step a second.
    delivery = Delivery(10_000)
    for wanted_s, given_s in ((1, 1), (255, 255), (256, 256), (257, 256), (3600, 256)):
        assert delivery.longest_s(36_000, wanted_s) == given_s
    assert delivery.longest_s(35_999, 3600) == 256
    assert delivery.longest_s(35_859, 3600) == 257
    assert delivery.take(36_000, 256) == PACKET_STEPS


def test_a_packet_lasts_a_second_at_least() -> None:
    # Faster than a packet can hold in a second, which limits.py refuses.
    assert Delivery(1_000).longest_s(MAX_FLOW, 3600) == 1


@pytest.mark.parametrize(
    ("steps", "ahead", "seconds"),
    [
        # 180 units a second, 180,000 a step, from half a step and `ahead` units more.
        (1, -1, 1001),
        (1, 0, 1000),
        (1, 1, 1000),
        (1, 179, 1000),
        (1, 180, 999),
        (1, 181, 999),
        (3, 0, 3000),
        (0, -181, 2),
        (0, -180, 1),
        (0, -1, 1),
        (0, 0, 0),
        (0, 1, 0),
        (0, 181, 0),
    ],
)
def test_the_time_to_the_last_whole_step_is_rounded_up_and_never_negative(
    steps: int, ahead: int, seconds: int
) -> None:
    delivery = Delivery(10_000)
    assert delivery.seconds_to(delivery.phase + ahead, steps, 36) == seconds


@given(
    step_volumes_pl,
    st.integers(1, MAX_FLOW),
    st.integers(1, 3600),
    st.floats(0, 1, exclude_max=True),
)
def test_a_packet_never_holds_more_than_256_steps_unless_it_lasts_a_second(
    step_pl: int, rate: int, wanted_s: int, part: float
) -> None:
    delivery = Delivery(step_pl)
    # limits.py: no rate makes more steps in a second than fit a packet
    rate = min(rate, PACKET_STEPS * delivery.units_per_step // 5)
    delivery.phase = int(part * delivery.units_per_step)
    assert 0 <= delivery.take(rate, delivery.longest_s(rate, wanted_s)) <= PACKET_STEPS
    assert 0 <= delivery.phase < delivery.units_per_step


def test_a_packet_of_one_second_is_bounded_by_ten_bits_of_steps_and_40_ul() -> None:
    assert PACKET_STEPS_MAX == 1 << 10  # one field of the generator's word (drivers/stepper.py)
    assert Fraction(PACKET_PL_MAX * 3600, 1000) == 144_000_000  # nL/h, the fastest of limits.py
    # Steps of 156,250 pL make just 256 of it.
    for step_pl, steps in ((156_249, 256), (156_250, 256), (156_251, 255)):
        delivery = Delivery(step_pl)
        one_step_a_second = 18 * step_pl // 5
        assert delivery.longest_s(one_step_a_second, 3600) == steps


def test_products_fit_30_bits_at_the_extremes_of_what_is_allowed() -> None:
    for step_pl in STEP_VOLUME_PL:
        units = 18 * step_pl
        assert 18 * PACKET_PL_MAX + units <= SMALL_INT_MAX
        for rate in (1, MAX_FLOW, PACKET_PL_MAX // 1000 * 3600):
            seconds = Delivery(step_pl).longest_s(rate, 3600)
            assert units - 1 + 5 * rate * seconds <= SMALL_INT_MAX


def test_steps_of_200_nl_make_shorter_packets() -> None:
    one_step_a_second = 720_000
    assert Delivery(200_000).longest_s(one_step_a_second, 3600) == 200
    assert Delivery(31_250).longest_s(112_500, 3600) == 256

"""The step ledger: exact, never below zero, and never richer than the vessel."""

import pytest
from device_program import step_volumes_pl
from hypothesis import given
from hypothesis import strategies as st

from pump.delivery import PACKET_STEPS_MAX
from pump.reservoir import Reservoir
from pump.units import SMALL_INT_MAX

packets = st.lists(st.integers(0, PACKET_STEPS_MAX), max_size=80)


def books(tank: Reservoir) -> tuple[int, int]:
    return tank.usable_nl, tank.remainder_pl


@given(step_volumes_pl, st.integers(1, 2_000_000), packets)
def test_the_ledger_is_the_filling_less_every_step(
    step_pl: int, usable: int, counts: list[int]
) -> None:
    tank = Reservoir(usable + 500, 500, step_pl)
    spent = 0
    for wanted in counts:
        steps = tank.affordable_steps(wanted)
        # The most of them that leave zero or more, in whole nL rounded in the vessel's favour.
        assert steps == max(
            n for n in range(wanted + 1) if (spent + n * step_pl) // 1000 <= usable
        )
        tank.charge(steps)
        spent += steps * step_pl
        assert tank.usable_nl == usable - spent // 1000 >= 0
        assert tank.volume_nl == tank.usable_nl + 500
        assert 0 <= tank.remainder_pl < 1000


@given(step_volumes_pl, packets, st.data())
def test_giving_back_is_the_exact_opposite_of_charging(
    step_pl: int, counts: list[int], data: st.DataObject
) -> None:
    tank, twin = (Reservoir(50_000_000, 500, step_pl) for _ in range(2))
    for steps in counts:
        unmade = data.draw(st.integers(0, steps))
        tank.charge(steps)
        tank.give_back(unmade)
        twin.charge(steps - unmade)
        assert books(tank) == books(twin)


def test_the_last_step_leaves_exactly_nothing() -> None:
    tank = Reservoir(1_500, 500, 100_000)  # room for ten steps of 100 nL
    for asked, afforded in ((9, 9), (10, 10), (11, 10), (256, 10)):
        assert tank.affordable_steps(asked) == afforded
    tank.charge(10)
    assert tank.usable_nl == 0
    assert tank.affordable_steps(1) == 0


@pytest.mark.parametrize(
    ("step_pl", "usable", "charged", "most"),
    [
        (1_100, 10, 0, 9),  # the tenth step would be the eleventh nL
        (1_100, 10, 3, 6),
        (1_100, 10, 9, 0),
        (1_999, 1, 0, 1),  # the rest of an nL that was begun is there to the last pL
        (2_000, 1, 0, 0),
        (1_000, 2_000, 0, 2_000),
    ],
)
def test_the_most_steps_are_afforded_and_never_more_than_asked(
    step_pl: int, usable: int, charged: int, most: int
) -> None:
    tank = Reservoir(usable + 500, 500, step_pl)
    tank.charge(charged)
    for asked in (0, 1, most - 1, most, most + 1, most + 100):
        if asked >= 0:
            assert tank.affordable_steps(asked) == min(asked, most)


def test_a_refill_sets_the_volume_and_forgets_the_remainder() -> None:
    tank = Reservoir(1_500, 500, 31_250)
    tank.charge(3)
    assert books(tank) == (907, 750)
    tank.fill(9_000)
    assert books(tank) == (8_500, 0)
    assert tank.volume_nl == 9_000


def test_a_filling_at_or_below_the_residual_is_empty() -> None:
    for volume, usable in ((499, 0), (500, 0), (501, 1)):
        assert Reservoir(volume, 500, 31_250).usable_nl == usable


def test_products_fit_30_bits_at_the_extremes_of_what_is_allowed() -> None:
    packet_pl = PACKET_STEPS_MAX * 200_000
    # affordable_steps multiplies what is left only when that is less than a packet
    charged, left = packet_pl + 999, packet_pl + 1_999
    assert max(charged, left, 50_000_000) <= SMALL_INT_MAX


def test_far_below_zero_not_one_step_can_be_paid() -> None:
    reservoir = Reservoir(50_000_000, 500_000, 31_250)
    for usable_nl in (-1, -31, -32, -100, -50_000):
        reservoir.usable_nl = usable_nl
        assert reservoir.affordable_steps(5) == 0

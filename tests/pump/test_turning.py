"""The rotor against the steps: a head that stands, slips, or turns when it should not."""

import pytest

from pump.turning import OFF_EDGES, STALL_STEPS, STEPS_PER_EDGE, Turning

WINDOW = 32 * STEPS_PER_EDGE


def turned(edges_of_32: int, windows: int = 1) -> Turning:
    """A head that gives so many edges in each 1024 steps, looked at every 32 steps."""
    turning = Turning()
    for step in range(STEPS_PER_EDGE, windows * WINDOW + 1, STEPS_PER_EDGE):
        turning.look(step * edges_of_32 // WINDOW, step)
    return turning


@pytest.mark.parametrize(("steps", "stalls"), [(STALL_STEPS - 1, False), (STALL_STEPS, True)])
def test_three_slots_of_steps_without_an_edge_are_a_stall(steps: int, stalls: bool) -> None:
    turning = Turning()
    turning.look(10, 320)
    turning.look(10, 320 + steps)
    assert turning.stalled == stalls
    turning.look(11, 320 + steps + 1)
    assert not turning.stalled


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("off", "is_off"), [(OFF_EDGES, False), (OFF_EDGES + 1, True)])
def test_more_than_four_edges_of_32_too_few_or_too_many_do_not_agree(
    sign: int, off: int, is_off: bool
) -> None:
    assert turned(32 + sign * off).off == is_off


def test_a_window_that_is_right_ends_it() -> None:
    turning = turned(40)
    assert turning.off
    for step in range(WINDOW + 32, 2 * WINDOW + 1, 32):
        turning.look(40 + (step - WINDOW) // 32, step)
    assert not turning.off


@pytest.mark.parametrize(("edges", "is_off"), [(2, False), (3, True)])
def test_edges_while_the_motor_rests_do_not_agree(edges: int, is_off: bool) -> None:
    turning = Turning()
    turning.look(10, 320)
    for n in range(1, edges + 1):
        turning.look(10 + n, 320)
    assert turning.off == is_off


def test_a_stall_is_no_disagreement_as_well() -> None:
    turning = Turning()
    for step in range(0, 3 * WINDOW, 32):
        turning.look(0, step)
    assert turning.stalled and not turning.off


def test_a_look_over_a_long_time_allows_as_many_in_proportion() -> None:
    for edges, is_off in ((280, False), (279, True)):  # of 320
        turning = Turning()
        turning.look(edges, 10 * WINDOW)
        assert turning.off == is_off


def test_a_new_beginning_counts_from_there() -> None:
    turning = turned(40)
    turning.begin(1000, 5000)
    assert not turning.off and not turning.stalled
    turning.look(1000, 5000 + STALL_STEPS - 1)
    assert not turning.stalled

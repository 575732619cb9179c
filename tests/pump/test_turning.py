"""The rotor against the steps: a head that stands, slips, or turns when it should not."""

import pytest

from pump.turning import Turning

STEPS_PER_EDGE, WINDOW = 32, 1024  # of the rig's disc


def turned(edges_of_32: int, windows: int = 1) -> Turning:
    """A head that gives so many edges in each 1024 steps, looked at every 32 steps."""
    turning = Turning()
    for step in range(STEPS_PER_EDGE, windows * WINDOW + 1, STEPS_PER_EDGE):
        turning.look(step * edges_of_32 // WINDOW, step)
    return turning


@pytest.mark.parametrize(("steps", "stalls"), [(95, False), (96, True)])
def test_three_slots_of_steps_without_an_edge_are_a_stall(steps: int, stalls: bool) -> None:
    turning = Turning()
    turning.look(10, 320)
    turning.look(10, 320 + steps)
    assert turning.stalled == stalls
    turning.look(11, 320 + steps + 1)
    assert not turning.stalled


@pytest.mark.parametrize(("steps", "stalls"), [(95, False), (96, True)])
def test_the_first_steps_of_all_may_stall_as_well(steps: int, stalls: bool) -> None:
    turning = Turning()
    turning.look(0, steps)
    assert turning.stalled == stalls


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("off", "is_off"), [(4, False), (5, True)])
def test_more_than_four_edges_of_32_too_few_or_too_many_do_not_agree(
    sign: int, off: int, is_off: bool
) -> None:
    assert turned(32 + sign * off).off == is_off


def test_it_is_judged_after_1024_steps_and_not_before() -> None:
    turning = Turning()
    for window, edges in enumerate([20, 20 + 32, 52 + 20, 72 + 32]):
        turning.look(edges, window * 1024 + 1023)
        assert turning.off == (window % 2 == 1), "as the window before was"
        turning.look(edges, window * 1024 + 1024)
        assert turning.off == (window % 2 == 0)


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


@pytest.mark.parametrize(("edges", "is_off"), [(2, False), (3, True)])
def test_edges_before_the_first_step_do_not_agree(edges: int, is_off: bool) -> None:
    turning = Turning()
    turning.look(edges, 0)
    assert turning.off == is_off


def test_each_rest_has_its_own_edges() -> None:
    turning = Turning()
    for rest in range(5):
        turning.look(3 * rest + 1, 32 * (rest + 1))
        turning.look(3 * rest + 3, 32 * (rest + 1))
    assert not turning.off


def test_a_stall_is_no_disagreement_as_well() -> None:
    turning = Turning()
    for step in range(0, 3 * WINDOW, 32):
        turning.look(0, step)
    assert turning.stalled and not turning.off


def test_what_was_before_a_stall_is_not_held_against_what_comes_after() -> None:
    turning = Turning()
    turning.look(10, 511)  # 5 too few, and then 3
    turning.look(10, 607)
    assert turning.stalled
    for edge in range(1, 32):
        turning.look(10 + edge, 607 + 32 * edge)
        assert not turning.off


def test_after_a_stall_1024_steps_are_judged() -> None:
    turning = Turning()
    turning.look(0, 96)
    assert turning.stalled
    turning.look(20, 96 + 1023)
    assert not turning.off
    turning.look(20, 96 + 1024)
    assert turning.off


def test_a_look_over_a_long_time_allows_as_many_in_proportion() -> None:
    for edges, is_off in ((280, False), (279, True)):  # of 320
        turning = Turning()
        turning.look(edges, 10 * WINDOW)
        assert turning.off == is_off


def test_a_new_beginning_counts_from_there() -> None:
    turning = turned(40)
    turning.begin(1000, 5000)
    assert not turning.off and not turning.stalled
    turning.look(1000, 5000 + 95)
    assert not turning.stalled
    turning.look(1000, 5000 + 96)
    assert turning.stalled


def test_a_new_beginning_forgets_the_silence_the_rest_and_the_window() -> None:
    turning = Turning()
    turning.look(20, 900)  # 8 too few
    turning.look(20, 950)
    turning.begin(20, 950)
    turning.look(20, 950 + 95)
    assert not turning.stalled
    turning.look(20, 950 + 96)
    assert turning.stalled
    turning.begin(20, 2_000)
    turning.look(22, 2_000)
    turning.begin(22, 2_000)
    turning.look(24, 2_000)
    assert not turning.off
    turning.look(25, 2_000)
    assert turning.off
    turning.begin(25, 2_000)
    turning.look(25 + 20, 2_900)
    turning.begin(45, 2_900)
    turning.look(45 + 20, 2_900 + 1_023)
    assert not turning.off
    turning.look(45 + 20, 2_900 + 1_024)
    assert turning.off

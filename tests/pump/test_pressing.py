"""Line pressure: blocked at its limit, over at half of it, and what no sensor gives."""

import pytest
from traceability.mark import requirement

from pump.calibration import AS_LISTED
from pump.pressing import DOWN_PA, LEAK_LOOKS, UP_PA, Pressing

ZERO = AS_LISTED["pressure_down"]["zero_raw"]


def after_the_head() -> Pressing:
    return Pressing(DOWN_PA, AS_LISTED["pressure_down"])


def before_it() -> Pressing:
    return Pressing(UP_PA, AS_LISTED["pressure_up"])


@requirement("R7.2.0(5)")
@pytest.mark.parametrize(
    ("raw", "blocked"), [(2870, False), (2871, True)]
)  # 1070 counts are 68.96 kPa, 1071 are 69.03
def test_ten_psi_after_the_head_is_an_occlusion(raw: int, blocked: bool) -> None:
    line = after_the_head()
    line.look(raw)
    assert line.blocked == blocked


@requirement("R7.2.0(4)")
@pytest.mark.parametrize(("raw", "blocked"), [(1693, False), (1692, True)])
def test_one_psi_below_the_room_before_it_is_an_occlusion(raw: int, blocked: bool) -> None:
    line = before_it()
    line.look(raw)
    assert line.blocked == blocked


@pytest.mark.parametrize(("raw", "blocked"), [(2336, True), (2335, False)])
def test_it_is_over_below_half_of_its_limit(raw: int, blocked: bool) -> None:
    line = after_the_head()
    line.look(3000)
    line.look(raw)
    assert line.blocked == blocked


@pytest.mark.parametrize(
    ("raw", "fault"), [(100, True), (101, False), (3899, False), (3900, True)]
)
def test_what_no_sensor_gives_twice_is_not_believed(raw: int, fault: bool) -> None:
    line = after_the_head()
    line.look(raw)
    assert not line.fault
    line.look(raw)
    assert line.fault == fault
    line.look(ZERO)
    assert not line.fault


def test_a_broken_wire_neither_blocks_nor_frees_the_line() -> None:
    line = after_the_head()
    line.look(3000)
    line.look(0)
    line.look(0)
    assert line.blocked and line.fault


@pytest.mark.parametrize(("looks", "fault"), [(60, False), (61, True)])
def test_sixty_equal_looks_after_one_are_not_believed(looks: int, fault: bool) -> None:
    line = after_the_head()
    for _ in range(looks):
        line.look(1900)
    assert line.fault == fault
    line.look(1901)
    assert not line.fault


@pytest.mark.parametrize(("raw", "low"), [(1886, True), (1887, False)])
def test_four_looks_below_what_the_valve_keeps_are_a_hole(raw: int, low: bool) -> None:
    line = after_the_head()
    for _ in range(LEAK_LOOKS):
        assert not line.low
        line.look(raw)
    assert line.low == low
    line.look(1909)
    assert not line.low


def test_a_line_without_a_valve_has_no_pressure_to_lose() -> None:
    line = before_it()
    for _ in range(10):
        line.look(ZERO)
    assert not line.low

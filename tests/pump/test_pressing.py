"""Line pressure: blocked at its limit, over at half of it, and what no sensor gives."""

import pytest
from traceability.mark import requirement

from pump.calibration import AS_LISTED
from pump.pressing import DOWN_PA, UP_PA, Pressing

ZERO = AS_LISTED["pressure_down"]["zero_raw"]


def after_the_head() -> Pressing:
    return Pressing(DOWN_PA, AS_LISTED["pressure_down"])


def before_it() -> Pressing:
    return Pressing(UP_PA, AS_LISTED["pressure_up"])


def to_the_pascal(limit_pa: int, valve_pa: int = 0) -> Pressing:
    """A sensor on which one count is one pascal, and 2000 the room's pressure."""
    return Pressing(limit_pa, {"zero_raw": 2_000, "pa_per_1000": 1_000, "valve_pa": valve_pa})


def test_ten_psi_and_one_are_these_pressures() -> None:
    assert (DOWN_PA, UP_PA) == (69_000, -6_900)


def test_before_its_first_look_a_line_is_in_order() -> None:
    line = after_the_head()
    assert (line.pa, line.blocked, line.fault, line.low) == (0, False, False, False)


@pytest.mark.parametrize("sign", [-1, 1])
def test_it_blocks_at_its_limit_and_is_free_below_half_of_it(sign: int) -> None:
    line = to_the_pascal(sign * 1_001)
    for pa, blocked in ((1_000, False), (1_001, True), (500, True), (499, False), (1_000, False)):
        line.look(2_000 + sign * pa)
        assert line.pa == sign * pa
        assert line.blocked == blocked


@pytest.mark.parametrize(("pa", "low"), [(81, False), (80, False), (79, True), (-5, True)])
def test_below_four_fifths_of_what_the_valve_keeps_four_times_is_low(pa: int, low: bool) -> None:
    line = to_the_pascal(1_000, valve_pa=100)
    for look in range(1, 6):
        line.look(2_000 + pa)
        assert line.low == (low and look >= 4)
    line.look(2_080)
    assert not line.low
    for look in range(1, 5):
        line.look(2_000 + pa)
        assert line.low == (low and look == 4)


def test_what_is_railed_in_between_does_not_count_twice() -> None:
    line = to_the_pascal(1_000)
    for _ in range(5):
        for raw in (100, 2_001):
            line.look(raw)
            assert not line.fault
    line.look(100)
    line.look(3_900)
    assert line.fault


def test_a_fault_lasts_while_it_is_railed() -> None:
    line = to_the_pascal(1_000)
    for _ in range(61):
        line.look(2_001)
    assert line.fault
    line.look(100)
    assert line.fault, "what was wrong is not made good by what is no reading"
    line.look(2_001)
    assert not line.fault


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
    for _ in range(4):
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

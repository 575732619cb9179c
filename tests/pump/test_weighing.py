"""The scale against the books: noise is nothing, a slow error adds up, a lie is found out."""

import pytest

from pump.calibration import AS_LISTED
from pump.weighing import BLOCK, ERROR_NL, JUMP_NL, Weighing

CELL = AS_LISTED["scale"]
NL_PER_COUNT = CELL["nl_per_1024"] // 1024
COOL_CC = CELL["temperature_cc"]
FULL_NL = 20_000_000


class Scale:
    """A cell without noise but for a count that flickers, so that it is no stuck one."""

    def __init__(self) -> None:
        self.weighing = Weighing(CELL)
        self.readings = 0
        self.temperature_cc = COOL_CC

    def raw(self, volume_nl: int) -> int:
        return CELL["tare_raw"] + volume_nl // NL_PER_COUNT + self.readings % 2

    def block(self, volume_nl: int, booked_nl: int) -> bool:
        """BLOCK conversions of one volume; whether they were judged."""
        judged = False
        for _ in range(BLOCK):
            self.readings += 1
            raw = self.raw(volume_nl)
            judged = self.weighing.look(raw, self.readings, self.temperature_cc, booked_nl, 100)
        return judged


@pytest.fixture
def scale() -> Scale:
    scale = Scale()
    assert scale.block(FULL_NL, FULL_NL)
    return scale


def test_a_block_is_eight_conversions(scale: Scale) -> None:
    before = scale.weighing.blocks
    for _ in range(BLOCK):
        assert scale.weighing.blocks == before
        scale.readings += 1
        scale.weighing.look(scale.raw(FULL_NL), scale.readings, COOL_CC, FULL_NL, 100)
    assert scale.weighing.blocks == before + 1
    assert scale.weighing.weighed_nl == pytest.approx(FULL_NL, abs=NL_PER_COUNT)


def test_its_extremes_do_not_count(scale: Scale) -> None:
    for n in range(BLOCK):
        scale.readings += 1
        off = {2: 1000, 5: -1000}.get(n, 0)
        scale.weighing.look(scale.raw(FULL_NL) + off, scale.readings, COOL_CC, FULL_NL, 100)
    assert scale.weighing.deviation_nl == pytest.approx(0, abs=NL_PER_COUNT)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_slow_error_adds_up_for_as_long_as_it_lasts(scale: Scale, sign: int) -> None:
    off_nl = 0
    while abs(off_nl) <= ERROR_NL + 2_000:
        assert max(scale.weighing.over_nl, scale.weighing.under_nl) <= ERROR_NL
        off_nl += sign * 4_000
        scale.block(FULL_NL + off_nl, FULL_NL)
    w = scale.weighing
    assert (w.over_nl > ERROR_NL, w.under_nl > ERROR_NL) == (sign < 0, sign > 0)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_twentieth_of_what_is_booked_is_no_error(scale: Scale, sign: int) -> None:
    booked_nl, there_nl = FULL_NL, FULL_NL
    for _ in range(100):
        booked_nl -= 100_000
        there_nl -= 100_000 + sign * 5_000
        scale.block(there_nl, booked_nl)
    assert max(scale.weighing.over_nl, scale.weighing.under_nl) < 2_000


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("more_nl", "jumps"), [(-200, False), (200, True)])
def test_what_no_flow_can_do_is_a_jump_and_not_an_error(
    scale: Scale, sign: int, more_nl: int, jumps: bool
) -> None:
    scale.block(FULL_NL + sign * (JUMP_NL + more_nl), FULL_NL)
    w = scale.weighing
    assert w.jumped == jumps
    assert (max(w.over_nl, w.under_nl) > ERROR_NL) == (not jumps)
    scale.block(FULL_NL + sign * (JUMP_NL + more_nl), FULL_NL)
    assert not w.jumped


@pytest.mark.parametrize(("looks", "fault"), [(19, False), (20, True)])
def test_a_scale_that_is_silent_for_two_seconds_is_not_believed(
    scale: Scale, looks: int, fault: bool
) -> None:
    for _ in range(looks):
        scale.weighing.look(scale.raw(FULL_NL), scale.readings, COOL_CC, FULL_NL, 100)
    assert scale.weighing.fault == fault
    scale.block(FULL_NL, FULL_NL)
    assert not scale.weighing.fault


@pytest.mark.parametrize(("equal", "fault"), [(30, False), (31, True)])
def test_thirty_equal_conversions_after_one_are_not_believed(
    scale: Scale, equal: int, fault: bool
) -> None:
    for _ in range(equal):
        scale.readings += 1
        scale.weighing.look(2_000_000, scale.readings, COOL_CC, FULL_NL, 100)
    assert scale.weighing.fault == fault


@pytest.mark.parametrize("raw", [0x7FFFFF, -0x800000])
@pytest.mark.parametrize(("times", "fault"), [(2, False), (3, True)])
def test_the_end_of_the_range_three_times_is_not_believed(
    scale: Scale, raw: int, times: int, fault: bool
) -> None:
    for _ in range(times):
        scale.readings += 1
        scale.weighing.look(raw, scale.readings, COOL_CC, FULL_NL, 100)
    assert scale.weighing.fault == fault


@pytest.mark.parametrize(("counts", "fault"), [(2_499, False), (2_501, True)])
def test_three_blocks_that_scatter_by_more_than_60_ul_are_not_believed(
    scale: Scale, counts: int, fault: bool
) -> None:
    for n in range(3 * BLOCK):
        scale.readings += 1
        raw = CELL["tare_raw"] + FULL_NL // NL_PER_COUNT + counts * (n % 2)
        scale.weighing.look(raw, scale.readings, COOL_CC, FULL_NL, 100)
        assert scale.weighing.fault == (fault and n == 3 * BLOCK - 1)


@pytest.mark.parametrize(
    ("cc", "nl"), [(100, 3_000), (-1_000, -30_000), (1_500, 45_000), (4_000, 45_000)]
)
def test_the_cells_drift_is_taken_off_up_to_fifteen_degrees(
    scale: Scale, cc: int, nl: int
) -> None:
    scale.temperature_cc = COOL_CC + cc
    scale.block(FULL_NL + nl, FULL_NL)
    assert scale.weighing.deviation_nl == pytest.approx(0, abs=2 * NL_PER_COUNT)


def test_a_new_beginning_forgets_what_was_wrong(scale: Scale) -> None:
    scale.block(FULL_NL - 100_000, FULL_NL)
    assert scale.weighing.over_nl > ERROR_NL
    scale.weighing.begin()
    scale.block(FULL_NL - 5_000_000, FULL_NL)
    w = scale.weighing
    assert (w.over_nl, w.under_nl, w.jumped) == (0, 0, False)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("nl_a_conversion", [8_000, 20_000, 60_000, 300_000])
def test_what_runs_fast_and_evenly_is_a_flow_and_not_a_shaken_scale(
    scale: Scale, sign: int, nl_a_conversion: int
) -> None:
    w, there_nl = scale.weighing, FULL_NL
    for _ in range(2 * BLOCK):
        there_nl += sign * nl_a_conversion
        scale.readings += 1
        w.look(scale.raw(there_nl), scale.readings, COOL_CC, FULL_NL, 100)
        assert not w.fault and not w.jumped
    assert (w.over_nl > ERROR_NL, w.under_nl > ERROR_NL) == (sign < 0, sign > 0)


@pytest.mark.parametrize("hand", [2, 7])
def test_a_hand_within_a_block_is_no_flow(scale: Scale, hand: int) -> None:
    w = scale.weighing
    for n in range(BLOCK):
        scale.readings += 1
        there_nl = FULL_NL - (n >= hand) * 5_000_000
        assert not w.look(scale.raw(there_nl), scale.readings, COOL_CC, FULL_NL, 100)
    scale.block(FULL_NL - 5_000_000, FULL_NL)
    assert w.jumped and w.over_nl == 0


@pytest.mark.parametrize(("counts", "flows"), [(2_490, True), (2_510, False)])
def test_a_flow_is_one_as_long_as_no_single_conversion_is_more_than_half_of_it(
    scale: Scale, counts: int, flows: bool
) -> None:
    """5,000 counts within the block, one step of them at once, the rest evenly."""
    w, rest = scale.weighing, (5_000 - counts) // 6
    raw = scale.raw(FULL_NL)
    for n in range(BLOCK):
        scale.readings += 1
        last = n == BLOCK - 1
        raw -= 0 if n == 0 else 5_000 - counts - 5 * rest if n == 1 else counts if last else rest
        judged = w.look(raw, scale.readings, COOL_CC, FULL_NL, 100)
    assert judged == flows


def test_what_goes_to_and_fro_is_a_shake_however_small_its_steps(scale: Scale) -> None:
    raw = scale.raw(FULL_NL)
    for off in (0, 1_000, 2_000, 3_000, 2_000, 1_000, 0, -1_000):  # a way of 7 for a range of 4
        scale.readings += 1
        judged = scale.weighing.look(raw + off, scale.readings, COOL_CC, FULL_NL, 100)
    assert not judged


def test_a_scale_that_is_not_believed_is_not_believed_in_a_flow(scale: Scale) -> None:
    for _ in range(20):
        scale.weighing.look(scale.raw(FULL_NL), scale.readings, COOL_CC, FULL_NL, 100)
    assert scale.weighing.fault
    there_nl = FULL_NL
    for _ in range(3 * BLOCK):
        there_nl -= 20_000
        scale.readings += 1
        scale.weighing.look(scale.raw(there_nl), scale.readings, COOL_CC, FULL_NL, 100)
    assert scale.weighing.fault and scale.weighing.over_nl == 0

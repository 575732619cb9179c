"""The scale against the books: noise is nothing, a slow error adds up, a lie is found out."""

import pytest

from pump import weighing
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


# -- to the nL -----------------------------------------------------------------------------------
BOOKED_NL = 1_000_000


class Exact:
    """A cell on which one count is one nL."""

    def __init__(self, **calibration: int) -> None:
        fields = {"tare_raw": 0, "nl_per_1024": 1024, "drift_nl_degree": 0, "temperature_cc": 0}
        self.weighing = Weighing({**fields, **calibration})
        self.readings = 0

    def take(
        self, *off_nl: int, booked_nl: int = BOOKED_NL, temperature_cc: int = 0
    ) -> list[bool]:
        """Conversions, each so far off the books; what each look said."""
        said = []
        for off in off_nl:
            self.readings += 1
            raw = booked_nl + off
            said.append(self.weighing.look(raw, self.readings, temperature_cc, booked_nl, 100))
        return said

    def wait(self, passed_ms: int) -> bool:
        """No conversion for so long; whether the scale is not believed."""
        assert self.weighing.look(0, self.readings, 0, BOOKED_NL, passed_ms) is False
        return self.weighing.fault


def test_before_its_first_block_a_scale_has_said_nothing() -> None:
    w = Exact().weighing
    assert (w.fault, w.jumped, w.weighed_nl) == (False, False, -1)
    assert (w.deviation_nl, w.over_nl, w.under_nl, w.blocks) == (0, 0, 0, 0)


def test_the_eighth_conversion_of_all_ends_the_first_block() -> None:
    scale = Exact()
    assert scale.take(*[100_000] * 8) == [False] * 7 + [True]
    w = scale.weighing
    assert (w.weighed_nl, w.deviation_nl, w.blocks) == (1_100_000, 100_000, 1)
    assert (w.over_nl, w.under_nl, w.jumped) == (0, 0, False), "there was none to hold it against"


@pytest.mark.parametrize("spoke", [False, True])
def test_two_seconds_to_the_millisecond(spoke: bool) -> None:
    scale = Exact()
    if spoke:
        scale.wait(1_900)
        scale.take(0)
    assert not scale.wait(1_999)
    assert scale.wait(1)


def test_after_silence_a_block_begins_anew() -> None:
    scale = Exact()
    scale.take(*[9_000] * 7)
    assert scale.wait(2_000)
    assert scale.take(*[0] * 8) == [False] * 7 + [True]
    assert scale.weighing.deviation_nl == 0


def test_a_new_beginning_takes_a_new_block() -> None:
    scale = Exact()
    scale.take(*[9_000] * 7)
    scale.weighing.begin()
    assert scale.take(*[0] * 8) == [False] * 7 + [True]


@pytest.mark.parametrize(
    ("raw", "is_end"),
    [(0x7FFFFE, False), (0x7FFFFF, True), (-0x7FFFFF, False), (-0x800000, True)],
)
def test_the_ends_of_24_bits_are_ends_from_the_first_conversion_on(raw: int, is_end: bool) -> None:
    scale = Exact()
    assert scale.take(raw - BOOKED_NL, raw - BOOKED_NL) == [False, False]
    assert not scale.weighing.fault
    assert scale.take(raw - BOOKED_NL) == [False]
    assert scale.weighing.fault == is_end


def test_one_at_the_end_of_the_range_is_no_part_of_a_block() -> None:
    scale = Exact()
    scale.take(0, 0, 0)
    assert scale.take(0x7FFFFF - BOOKED_NL) == [False]
    assert scale.take(0, 0, 0, 0, 0) == [False] * 4 + [True]
    assert scale.weighing.deviation_nl == 0


@pytest.mark.parametrize(
    ("cc", "nl"),
    [
        (1, 1),
        (100, 100),
        (-100, -100),
        (1_499, 1_499),
        (1_500, 1_500),
        (1_501, 1_500),
        (-1_501, -1_500),
    ],
)
def test_the_drift_is_taken_off_for_each_hundredth_of_a_degree(cc: int, nl: int) -> None:
    scale = Exact(drift_nl_degree=100, temperature_cc=2_700)
    scale.take(*[5_000] * 8, temperature_cc=2_700 + cc)
    assert scale.weighing.deviation_nl == 5_000 - nl


@pytest.mark.parametrize(
    ("nl_per_1024", "counts", "nl"),
    [
        (24_577, 1_023, 24_552),
        (24_577, 1_024, 24_577),
        (24_577, 2_047, 49_129),
        (100_000, 1, 97),
        (100_000, 1_025, 100_097),
        (100_000, -1, -98),
    ],
)
def test_a_volume_is_its_counts_rounded_down(nl_per_1024: int, counts: int, nl: int) -> None:
    scale = Exact(nl_per_1024=nl_per_1024, tare_raw=77)
    for _ in range(8):
        scale.readings += 1
        scale.weighing.look(77 + counts, scale.readings, 0, BOOKED_NL, 100)
    assert scale.weighing.weighed_nl == nl


@pytest.mark.parametrize(("more", "mean"), [(-1, -1), (0, 0), (5, 0), (6, 1), (11, 1), (12, 2)])
def test_the_mean_is_that_of_six_rounded_down(more: int, mean: int) -> None:
    scale = Exact()
    scale.take(0, 100, -100, 0, more, 0, 0, 0)
    assert scale.weighing.deviation_nl == mean
    scale.take(70, 170, -30, 70, 70 + more, 70, 70, 70)
    assert scale.weighing.deviation_nl == 70 + mean


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("range_nl", "judged"), [(60_000, True), (60_001, False)])
def test_a_block_is_wide_above_60_ul(sign: int, range_nl: int, judged: bool) -> None:
    scale = Exact()
    assert scale.take(*[0, sign * range_nl] * 4)[-1] == judged


def test_three_wide_blocks_are_not_believed_from_the_first_on() -> None:
    scale = Exact()
    for shaken in (1, 2, 3):
        assert scale.take(*[0, 60_001] * 4) == [False] * 8
        assert scale.weighing.fault == (shaken == 3)
    assert scale.take(*[0] * 8)[-1]
    assert not scale.weighing.fault


def test_wide_blocks_with_a_good_one_between_are_believed() -> None:
    scale = Exact()
    for _ in range(4):
        for wide in (60_001, 60_001, 0):
            scale.take(*[0, wide] * 4)
            assert not scale.weighing.fault


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("most_nl", "flows"), [(50_000, True), (50_001, False)])
def test_a_flow_has_no_step_above_half_of_its_range(sign: int, most_nl: int, flows: bool) -> None:
    scale = Exact()
    offs = [0, 10_000, 20_000, 30_000, 40_000, 45_000, 100_000 - most_nl, 100_000]
    assert scale.take(*[sign * off for off in offs])[-1] == flows


@pytest.mark.parametrize(("back_nl", "flows"), [(50_000, True), (50_001, False)])
def test_a_flow_goes_no_more_than_half_of_its_range_back(back_nl: int, flows: bool) -> None:
    scale = Exact()
    offs = [0, 25_000, 50_000, 75_000, 100_000, 90_000, 70_000, 100_000 - back_nl]
    assert scale.take(*offs)[-1] == flows
    scale.take(*[offs[-1]] * 8)
    offs = [100_000 - off for off in offs]
    assert scale.take(*offs)[-1] == flows, "and the other way round"


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("rise_nl", "jumps"), [(200_000, False), (200_001, True)])
def test_a_jump_is_more_than_200_ul(sign: int, rise_nl: int, jumps: bool) -> None:
    scale = Exact()
    scale.take(*[0] * 8)
    scale.take(*[sign * rise_nl] * 8)
    w = scale.weighing
    assert w.jumped == jumps
    wrong_nl = 0 if jumps else rise_nl
    assert (w.over_nl, w.under_nl) == ((wrong_nl, 0) if sign < 0 else (0, wrong_nl))
    scale.take(0)
    assert not w.jumped, "true for one look"


def test_the_sums_fall_to_nothing_and_no_further() -> None:
    scale = Exact()
    for off, over, under in (
        (0, 0, 0),
        (-100, 100, 0),
        (-70, 70, 30),
        (-71, 71, 29),
        (0, 0, 100),
        (0, 0, 100),
        (-500, 500, 0),
        (1, 0, 501),
    ):
        scale.take(*[off] * 8)
        assert (scale.weighing.over_nl, scale.weighing.under_nl) == (over, under)


@pytest.mark.parametrize(
    ("moved_nl", "off"), [(19, 0), (20, 1), (39, 1), (40, 2), (-40, 0), (-1, 0)]
)
def test_one_part_in_twenty_of_what_was_booked_is_taken_off_both_sums(
    moved_nl: int, off: int
) -> None:
    scale = Exact()
    for off_nl in (0, 1_000, 500):
        scale.take(*[off_nl] * 8)
    w = scale.weighing
    assert (w.over_nl, w.under_nl) == (500, 500)
    scale.take(*[500] * 8, booked_nl=BOOKED_NL - moved_nl)
    assert (w.over_nl, w.under_nl) == (500 - off, 500 - off)
    scale.take(*[500] * 8, booked_nl=BOOKED_NL - moved_nl)
    assert (w.over_nl, w.under_nl) == (500 - off, 500 - off), "it is booked once"


def test_books_at_nothing_are_books() -> None:
    scale = Exact()
    for off in (0, 500):
        scale.take(*[off] * 8, booked_nl=0)
    assert scale.weighing.under_nl == 500


def test_the_figures_of_the_bench_are_what_the_documents_say() -> None:
    assert (weighing.BLOCK, weighing.ERROR_NL, weighing.JUMP_NL) == (8, 60_000, 200_000)
    assert (weighing.MISMATCH_NL, weighing.LOW_MARGIN_NL) == (1_000_000, 100_000)


def test_blocks_are_counted_to_65535_and_anew() -> None:
    scale = Exact()
    scale.take(*[0] * 8)
    scale.weighing.blocks = 65_534
    for blocks in (65_535, 0, 1):
        scale.take(*[blocks % 3] * 8)
        assert scale.weighing.blocks == blocks

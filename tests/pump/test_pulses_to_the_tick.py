"""The pulse plan in figures that come out even: what is planned, to the tick."""

from collections.abc import Iterator

import pytest

from pump import pulses as module
from pump.pulses import (
    COARSE,
    DIV_MAX,
    DIV_MIN,
    INTERVAL_MAX,
    INTERVAL_MIN,
    TICK_UNITS_PER_S,
    TICK_UNITS_PER_US,
    TICKS_FASTEST,
    Pulses,
    headroom_nl_h,
)

FASTEST = 1_000_000
HALF = 243_000  # half a step, as delivery begins
SECOND = 2500  # ticks in a pump second


@pytest.fixture(autouse=True)
def few_ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """243 ticks for the fastest rate, and no search among more: then the figures come out even."""
    monkeypatch.setattr(module, "TICKS_FASTEST", 243)
    monkeypatch.setattr(module, "_MIDDLE", 8 * COARSE)
    yield


def test_of_a_third_more_ticks_those_that_fit_the_divider_best(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    # 35,000,000 units a step: only 875 of 691, 699 ... 939 ticks divide them.
    assert Pulses(FASTEST, 87_500, 288).div256 == 40_000
    assert Pulses(FASTEST, 87_500, 288).units_per_step == 1_575_000
    # 115,200 times 939, the last that is tried, and 947, which is not.
    assert Pulses(FASTEST, 93_900, 100).div256 == 115_200
    assert Pulses(FASTEST, 94_700, 100).div256 > 115_200
    # 819 and 875 both fit 819 x 128,000: the fewer are taken.
    assert Pulses(FASTEST, 91_000, 100).div256 == 128_000
    assert 819 * 128_000 == 875 * 119_808


def test_headroom_is_what_the_generator_can_just_make() -> None:
    # 243 ticks at the rate that was prepared for, 51 at the fastest.
    assert headroom_nl_h(FASTEST, 27_000, 320) == FASTEST * 243 // INTERVAL_MIN


def even() -> Pulses:
    """A tick of 40,000 units: 2500 a pump second and 243 between steps, both exactly."""
    pulses = Pulses(FASTEST, 27_000, 320)
    assert (pulses.div256, pulses.units_per_step) == (40_000, 486_000)
    return pulses


def planned(rate: int, steps: int, seconds: int = 1) -> Pulses:
    pulses = even()
    pulses.plan(HALF, rate, steps, seconds)
    return pulses


def test_the_limits_of_clock_and_counters() -> None:
    assert TICK_UNITS_PER_S == 125_000_000 * 256  # system clocks, in 1/256
    assert TICK_UNITS_PER_US * 1_000_000 == TICK_UNITS_PER_S
    assert DIV_MAX == 2**24 - 1  # a divider of 16.8 bits
    assert INTERVAL_MAX == 2**22 - 1
    assert COARSE == 2**5  # a delay slot of 5 bits
    # The fastest motor, 15,000 Hz, has just the ticks that the generator takes and three more.
    assert DIV_MIN == 39_500
    assert TICK_UNITS_PER_S // (15_000 * DIV_MIN) == INTERVAL_MIN + 3
    assert INTERVAL_MAX * DIV_MIN >= 5 * TICK_UNITS_PER_S
    assert TICKS_FASTEST == INTERVAL_MIN + 20 * COARSE == 691


# -- the tick -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rate", "step_pl", "per_step", "ticks"),
    [
        (694_501, 24_578, 243 * DIV_MAX - 1, 243),
        (188_220, 6_661, 243 * DIV_MAX, 243),
        (434_819, 15_388, 243 * DIV_MAX + 1, 275),
        (113_309, 4_538, 275 * DIV_MAX, 275),
        (597_082, 23_913, 275 * DIV_MAX + 1, 307),
    ],
)
def test_the_fastest_rate_has_the_fewest_ticks_that_the_divider_can_make(
    rate: int, step_pl: int, per_step: int, ticks: int
) -> None:
    pulses = Pulses(rate, step_pl, 1)
    assert TICK_UNITS_PER_S * pulses.units_per_step // (5 * rate) == per_step
    assert pulses.div256 == per_step // ticks


def test_the_tick_is_never_shorter_than_the_shortest() -> None:
    assert Pulses(750_000, 20_000, 1440).div256 == DIV_MIN  # 15,000 Hz


# -- the packet -----------------------------------------------------------------------------------
def test_before_the_first_packet_there_is_nothing_to_make() -> None:
    pulses = even()
    assert (pulses.interval, pulses.run, pulses.run_longer, pulses.late_max) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("rate", "steps", "interval", "longer"),
    [
        (FASTEST, 10, 243, 0),
        (240_000, 1, 1012, 0),  # 1012.5: every other interval is longer
        (240_000, 2, 1012, 0),
        (240_000, 3, 1012, 1),
        (240_000, 9, 1012, 4),
        (240_000, 10, 1012, 4),
        (240_000, 11, 1012, 5),
        (999_000, 17, 243, 3),  # 243.243, of which 3/16 are planned
    ],
)
def test_what_is_no_whole_number_of_ticks_is_made_of_two_runs(
    rate: int, steps: int, interval: int, longer: int
) -> None:
    pulses = planned(rate, steps)
    assert pulses.interval == interval
    assert (pulses.run, pulses.run_longer) == (steps - longer, longer)


@pytest.mark.parametrize(
    ("rate", "interval"), [(58, 4_189_655), (57, INTERVAL_MAX), (1, INTERVAL_MAX)]
)
def test_an_interval_is_as_long_as_the_counter_at_most(rate: int, interval: int) -> None:
    assert planned(rate, 1).interval == interval


def test_a_packet_without_steps_has_no_runs() -> None:
    pulses = planned(240_000, 9)
    pulses.plan(HALF, 240_000, 0, 1)
    assert (pulses.run, pulses.run_longer) == (0, 0)


# -- the wait -------------------------------------------------------------------------------------
def test_from_rest_the_first_edge_comes_half_an_interval_after_the_start() -> None:
    pulses = planned(FASTEST, 10)
    # 400,000 us are 320,000 ticks of 1.25 us.
    assert pulses.wait_resting(400_000, 47) == 320_000 + 121 - 47


@pytest.mark.parametrize("empty_s", [0, 1, 7])
def test_the_next_packet_follows_what_is_left_of_the_last_and_empty_time(empty_s: int) -> None:
    pulses = planned(FASTEST, 10)
    pulses.wait_resting(0, 0)
    for _ in range(empty_s):
        pulses.plan(HALF, 250_000, 0, 1)
    pulses.plan(HALF, 500_000, 5, 1)  # another rate: nothing is smoothed
    # The first packet's last edge is at 121 + 9 * 243; the next one's first half of 486 in.
    assert pulses.wait_chained(0) == SECOND - (121 + 9 * 243) + empty_s * SECOND + 243


def test_parts_of_a_tick_are_carried_from_packet_to_packet() -> None:
    pulses = Pulses(FASTEST, 27_000, 300)  # 2500 ticks a pump second, and 0.039
    pulses.plan(HALF, FASTEST, 1, 1)
    pulses.wait_resting(0, 0)
    for _ in range(100):
        pulses.plan(HALF, 500_000, 0, 1)
    pulses.plan(HALF, 500_000, 1, 1)
    to_start = 101 * TICK_UNITS_PER_S // (300 * pulses.div256)
    assert to_start == 101 * 2500 + 3
    # From the first packet's edge, 121 ticks in, to half an interval after the last one's start.
    assert pulses.wait_chained(0) == to_start - 121 + 243


def test_the_first_packet_has_no_part_of_a_tick_from_before() -> None:
    pulses = Pulses(971_000, 100_000, 27)
    ticks, part = divmod(475 * TICK_UNITS_PER_S, 27 * pulses.div256)
    assert part == 27 * pulses.div256 - 1  # the least bit more would be a tick
    pulses.plan(pulses.units_per_step // 2, 0, 0, 475)
    pulses.plan(pulses.units_per_step // 2, 971_000, 1, 1)
    assert pulses.wait_chained(0) == ticks + 121


@pytest.mark.parametrize("off", [-3, -2, -1, 0, 1, 2, 3])
def test_at_a_steady_rate_the_interval_is_kept_within_its_slack(off: int) -> None:
    pulses = planned(FASTEST, 10)
    pulses.wait_resting(0, 0)
    pulses.plan(HALF, FASTEST, 10, 1)
    pulses._gap = 243 - 121 + off
    kept = abs(off) <= 2  # 1/128 of 243, rounded down, and one
    assert pulses.wait_chained(0) == (243 if kept else 243 + off)
    # What was shifted is taken off the next.
    pulses.plan(HALF, 500_000, 5, 1)
    left = SECOND - 121 - 9 * 243 + (off if kept else 0)
    assert pulses.wait_chained(0) == left + 243


@pytest.mark.parametrize(("overhead", "wait", "late"), [(363, 1, 0), (364, 0, 0), (365, 0, 1)])
def test_an_edge_that_is_due_already_comes_at_once_and_is_told(
    overhead: int, wait: int, late: int
) -> None:
    pulses = planned(FASTEST, 10)
    pulses._gap = 243
    assert pulses.wait_chained(overhead) == wait
    assert pulses.late_max == late


def test_after_a_cut_and_at_first_nothing_lies_before_the_packet() -> None:
    for pulses in (even(), planned(240_000, 2)):
        if pulses.run:
            pulses.wait_resting(0, 0)
        pulses.rest()
        pulses.plan(HALF, FASTEST, 10, 1)
        assert pulses.wait_chained(0) == 121
    assert planned(FASTEST, 10).wait_chained(0) == 121


def test_after_a_cut_no_rate_is_steady() -> None:
    pulses = planned(FASTEST, 10)
    pulses.rest()
    pulses.plan(HALF, FASTEST, 10, 1)
    pulses._gap = 243 - 121 + 1
    assert pulses.wait_chained(0) == 244


def test_after_a_cut_every_rate_is_laid_out_anew() -> None:
    pulses = planned(FASTEST, 10)
    pulses.rest()
    pulses.plan(HALF, 1, 1, 1)
    assert pulses.interval == INTERVAL_MAX

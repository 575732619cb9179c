"""Levels and days, in exact arithmetic."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumprig.therapy import ProgramRefused, load_program, max_time_scale, refuse_time_scale
from pumprig.therapy.forecast import (
    DAY_S,
    daily_volume_nl,
    days_of_taper,
    guard_usable_nl,
    low_usable_nl,
    seconds_to_level,
    with_lead,
)

FLEX = [(6 * 3600, 7500), (22 * 3600, 16_000)]


def test_a_lead_moves_every_start_across_midnight_if_need_be() -> None:
    assert with_lead(FLEX, 7200) == [(4 * 3600, 7500), (20 * 3600, 16_000)]
    assert with_lead([(3600, 1), (7200, 2)], 7200) == [(0, 2), (23 * 3600, 1)]


def test_a_day_of_the_demo_is_a_quarter_of_a_millilitre() -> None:
    assert daily_volume_nl(FLEX) == 16 * 7500 + 8 * 16_000


def test_the_guard_sits_where_the_cap_meets_the_highest_rate() -> None:
    guard = guard_usable_nl(16_000, 1081)
    assert guard == 1_729_600
    assert [(guard + more) * 10 // 1081 for more in (-1, 0)] == [15_999, 16_000]


def test_low_reservoir_is_whichever_comes_first() -> None:
    assert low_usable_nl(2_000_000, 500_000, 1_729_600, 248_000) == 1_977_600
    assert low_usable_nl(4_000_000, 500_000, 1_729_600, 248_000) == 3_500_000


def test_the_demo_passes_its_levels_when_promised(examples: Path) -> None:
    coming = load_program(examples / "demo.toml").forecast()
    assert (coming.daily_nl, coming.dose_ng_day) == (248_000, 496_000)
    assert (coming.low_usable_nl, coming.guard_usable_nl) == (1_977_600, 1_729_600)
    # 16 days use 3 968 000 nL, then 16 000 nL/h until 04:00 takes 54 400 nL after 3 h 24 min.
    assert coming.low_reservoir_s == 16 * DAY_S + 3 * 3600 + 24 * 60
    assert coming.taper_guard_s == coming.low_reservoir_s + DAY_S
    assert coming.empty_s == 24 * DAY_S + 3 * 3600


@pytest.mark.parametrize(
    ("usable", "level", "seconds"), [(100, 100, 0), (100, 101, 0), (100, 99, 1), (101, 0, 101)]
)
def test_a_level_is_passed_in_the_first_second_at_or_below_it(
    usable: int, level: int, seconds: int
) -> None:
    assert seconds_to_level(usable, level, [(0, 3600)]) == seconds


def test_a_stopped_pump_never_gets_there() -> None:
    assert seconds_to_level(100, 0, [(0, 0)]) is None


@settings(deadline=None)  # a busy machine is no fault
@given(
    starts=st.dictionaries(
        st.integers(0, DAY_S - 1), st.integers(2_000, 1_000_000), min_size=1, max_size=24
    ).map(lambda steps: sorted(steps.items())),
    usable=st.integers(1, 50_000_000),
)
def test_the_moment_of_a_level_agrees_with_the_integral(
    starts: list[tuple[int, int]], usable: int
) -> None:
    def delivered(until_s: int) -> Fraction:
        days, second = divmod(until_s, DAY_S)
        edges = [(0, starts[-1][1]), *starts, (DAY_S, 0)]
        today = sum(
            Fraction(rate * max(0, min(second, edges[i + 1][0]) - at_s), 3600)
            for i, (at_s, rate) in enumerate(edges[:-1])
        )
        return days * daily_volume_nl(starts) + today

    found = seconds_to_level(usable, 0, starts)
    assert found is not None
    assert delivered(found - 1) < usable <= delivered(found)


def test_days_of_taper_count_whole_days() -> None:
    assert [days_of_taper(1000, to, 200) for to in (1000, 999, 800, 799)] == [0, 1, 1, 2]


@pytest.mark.parametrize(("max_step_hz", "largest"), [(4, 4), (5, 5), (15_000, 1440)])
def test_the_largest_time_scale_is_the_motor_s(max_step_hz: int, largest: int) -> None:
    program = {"steps": [[0, 3600]], "nl_per_1000_steps": 1000, "max_step_hz": max_step_hz}
    assert max_time_scale(program) == largest  # 3600 nL/h in 1 nL steps: one step a second
    for scale in (1, largest - 1, largest):
        refuse_time_scale(program, scale)
    for scale in (-1, 0, largest + 1):
        with pytest.raises(ProgramRefused) as refused:
            refuse_time_scale(program, scale)
        assert refused.value.lines == [
            f"time scale: {scale} - allowed 1 to {largest} - use {largest} or less"
        ]


def test_a_stopped_program_takes_any_time_scale() -> None:
    stopped = {"steps": [[0, 0]], "nl_per_1000_steps": 1000, "max_step_hz": 1}
    assert max_time_scale(stopped) == 1440

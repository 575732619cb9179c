"""Levels and days, in exact arithmetic."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumprig.therapy import (
    ProgramRefused,
    load_program,
    load_program_text,
    max_time_scale,
    refuse_time_scale,
)
from pumprig.therapy.flow import DAY_S, WEEK_S, Flow, day_flow, week_flow
from pumprig.therapy.forecast import days_of_taper, forecast

Edit = Callable[..., str]
FLEX = [(6 * 3600, 7500), (22 * 3600, 16_000)]


def test_a_lead_moves_every_start_across_midnight_if_need_be() -> None:
    assert day_flow(FLEX, 7200).starts_s == (0, 4 * 3600, 20 * 3600)
    early = day_flow([(3600, 1), (7200, 2)], 7200)
    assert [early.rate_at(t_s) for t_s in (0, 23 * 3600 - 1, 23 * 3600)] == [2, 2, 1]


def test_a_day_of_the_demo_is_a_quarter_of_a_millilitre() -> None:
    assert day_flow(FLEX, 7200).period_nl == 16 * 7500 + 8 * 16_000


def test_a_variant_s_lead_reaches_into_the_evening_before_and_across_the_week() -> None:
    weekend = [(0, 9000)]
    week = week_flow([FLEX] * 5 + [weekend] * 2, 7200)
    friday_22, monday_4 = 4 * DAY_S + 22 * 3600, 4 * 3600
    assert [week.rate_at(t_s) for t_s in (friday_22 - 1, friday_22)] == [16_000, 9000]
    assert [week.rate_at(t_s) for t_s in (0, monday_4 - 1, monday_4)] == [9000, 9000, 7500]


@pytest.mark.parametrize(("adds", "volume"), [(True, 24_000 + 600), (False, 24_000 - 100 + 600)])
def test_a_bolus_adds_to_basal_or_takes_its_place_across_midnight_too(
    adds: bool, volume: int
) -> None:
    day = day_flow([(0, 1000)], 0, [(DAY_S - 180, 600, 360)], adds)
    assert day.period_nl == volume
    assert day.rate_at(179) == day.rate_at(DAY_S - 1) == (7000 if adds else 6000)
    assert day.rate_at(180) == 1000


def test_the_fullest_24_h_span_two_days() -> None:
    # Half a day of much at the end of one day, and again at the beginning of the next.
    late, early = [(0, 1000), (12 * 3600, 5000)], [(0, 5000), (12 * 3600, 1000)]
    week = week_flow([late, early] + [[(0, 1000)]] * 5, 0)
    assert week.fullest(DAY_S) == 24 * 5000
    assert day_flow(late, 0).period_nl == 12 * 6000


def test_the_guard_sits_where_the_cap_meets_the_highest_rate(examples: Path) -> None:
    therapy = load_program(examples / "demo.toml")
    assert therapy.guard_nl == 1_729_600
    assert [(therapy.guard_nl + more) * 10 // 1081 for more in (-1, 0)] == [15_999, 16_000]


def test_low_reservoir_is_whichever_comes_first(demo: Edit) -> None:
    assert load_program_text(demo()).low_nl == 1_729_600 + 248_000
    assert load_program_text(demo('"2 mL"', '"4 mL"')).low_nl == 3_500_000


def test_the_demo_passes_its_levels_when_promised(examples: Path) -> None:
    coming = forecast(load_program(examples / "demo.toml"))
    assert (coming.daily_nl, coming.average_nl_h) == (248_000, 10_333)
    assert (coming.low_usable_nl, coming.guard_usable_nl) == (1_977_600, 1_729_600)
    # 16 days use 3 968 000 nL, then 16 000 nL/h until 04:00 takes 54 400 nL after 3 h 24 min.
    assert coming.low_reservoir_s == 16 * DAY_S + 3 * 3600 + 24 * 60
    assert coming.taper_guard_s == coming.low_reservoir_s + DAY_S
    assert coming.empty_s == 24 * DAY_S + 3 * 3600


def test_a_pump_that_gives_14_5_percent_more_is_low_that_much_sooner(examples: Path) -> None:
    therapy = load_program(examples / "continuous.toml")
    coming = forecast(therapy)
    to_go = therapy.usable_nl - coming.low_usable_nl
    assert coming.low_fast_s == -(-to_go * 3600 * 1000 // (100_000 * 1145))
    assert (coming.due_s, coming.due_because) == (coming.low_fast_s, "fast")


def test_every_allotted_bolus_used_brings_the_refill_forward(examples: Path) -> None:
    coming = forecast(load_program(examples / "pca.toml"))
    # 12 mL a day and 12 boluses of 1 mL: 19.4 mL until LOW_RESERVOIR last for 19.4 h.
    assert coming.low_boluses_s == 194 * 360
    assert (coming.due_s, coming.due_because) == (coming.low_boluses_s, "boluses")


def test_boluses_count_up_to_the_limit_of_24_h(examples: Path) -> None:
    text = (examples / "pca.toml").read_text(encoding="utf-8")
    coming = forecast(load_program_text(text.replace("30000 ug/day", "18000 ug/day")))
    assert coming.allotted_24h_nl == 24_000_000 > coming.limit_24h_nl == 18_000_000
    assert coming.low_boluses_s == -(-19_400_000 * DAY_S // 18_000_000)


def test_the_first_drug_to_expire_makes_the_refill_due(demo: Edit) -> None:
    concentration = 'concentration = "2000 ug/mL"'
    for days, because in ((14, "expiry"), (15, "fast")):
        text = demo(concentration, f'{concentration}\nstable = "{days} day"')
        assert forecast(load_program_text(text)).due_because == because


@pytest.mark.parametrize(
    ("to_go", "seconds"), [(0, 0), (-1, 0), (1, 1), (Fraction(1, 2), 1), (101, 101)]
)
def test_a_level_is_passed_in_the_first_second_at_or_below_it(
    to_go: Fraction, seconds: int
) -> None:
    assert day_flow([(0, 3600)], 0).seconds_to(Fraction(to_go)) == seconds


def test_a_stopped_pump_never_gets_there() -> None:
    assert day_flow([(0, 0)], 0).seconds_to(Fraction(100)) is None


def delivered(flow: Flow, until_s: int) -> Fraction:
    """The integral, without its sums."""
    periods, second = divmod(until_s, flow.period_s)
    edges = [*flow.starts_s, flow.period_s]
    whole = part = Fraction(0)
    for i, rate in enumerate(flow.rates_nl_h):
        whole += rate * (edges[i + 1] - edges[i]) / 3600
        part += rate * max(0, min(second, edges[i + 1]) - edges[i]) / 3600
    return periods * whole + part


days = st.dictionaries(
    st.integers(0, DAY_S - 1), st.integers(0, 1_000_000), min_size=1, max_size=24
).map(lambda steps: sorted(steps.items()))


@settings(deadline=None)  # a busy machine is no fault
@given(steps=days, lead_s=st.integers(0, 43_200), to_go=st.integers(1, 50_000_000))
def test_the_moment_of_a_level_agrees_with_the_integral(
    steps: list[tuple[int, int]], lead_s: int, to_go: int
) -> None:
    flow = day_flow(steps, lead_s)
    found = flow.seconds_to(Fraction(to_go))
    if found is None:
        assert flow.period_nl == 0
    else:
        assert delivered(flow, found - 1) < to_go <= delivered(flow, found)
        assert flow.until(found) == delivered(flow, found)


@settings(deadline=None)
@given(week=st.lists(days, min_size=7, max_size=7), end_s=st.integers(0, 2 * WEEK_S))
def test_no_24_h_hold_more_than_the_fullest(week: list[list[tuple[int, int]]], end_s: int) -> None:
    flow = week_flow(week, 7200)
    assert delivered(flow, end_s) - delivered(flow, end_s - DAY_S) <= flow.fullest(DAY_S)


def test_days_of_taper_count_whole_days() -> None:
    assert [days_of_taper(1000, to, 200) for to in (1000, 999, 800, 799)] == [0, 1, 1, 2]


@pytest.mark.parametrize(("max_step_hz", "largest"), [(4, 4), (5, 5), (15_000, 1440)])
def test_the_largest_time_scale_is_the_motor_s(demo: Edit, max_step_hz: int, largest: int) -> None:
    # 3600 nL/h in 1 nL steps: one step a second.
    slow = demo(
        *('"15 ug/h"', '"3600 nL/h"', '"32 ug/h"', '"3600 nL/h"'),
        *('"31.25 nL"', f'"1 nL"\nmax_step_rate = "{max_step_hz} Hz"'),
    )
    program = load_program_text(slow).device_program()
    assert max_time_scale(program) == largest
    for scale in (1, largest - 1, largest):
        refuse_time_scale(program, scale)
    for scale in (-1, 0, largest + 1):
        with pytest.raises(ProgramRefused) as refused:
            refuse_time_scale(program, scale)
        assert refused.value.lines == [
            f"time scale: {scale} - allowed 1 to {largest} - use {largest} or less"
        ]


def test_a_stopped_program_takes_any_time_scale(demo: Edit) -> None:
    steps = demo().split("[[basal.step]]")
    rest = steps[2].split("[taper]")[1]
    text = steps[0].replace('"flex"', '"stopped"') + "[taper]" + rest
    assert max_time_scale(load_program_text(text).device_program()) == 1440

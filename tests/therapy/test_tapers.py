"""Planned tapers: presets keep their law and their source, plans are held to the largest fall."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumprig.therapy import ProgramRefused, Therapy, load_program_text
from pumprig.therapy.tapers import (
    FULL,
    MAX_ENTRIES,
    PRESETS,
    SUPERVISED_DROP,
    custom,
    plan_faults,
    preset,
)

Edit = Callable[..., str]


@pytest.fixture(params=["10 %", "20 %", "50 %"])
def therapy(request: pytest.FixtureRequest, demo: Edit) -> Therapy:
    return load_program_text(demo('"20 %"', f'"{request.param}"', '"6.5 mL"', '"20 mL"'))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_keeps_its_largest_fall(therapy: Therapy, name: str) -> None:
    taper = preset(name, therapy)
    most = SUPERVISED_DROP if taper.kind == "supervised" else therapy.max_drop_permille
    assert plan_faults(taper.plan, most) == []
    assert taper.source


@pytest.mark.parametrize(("name", "days"), [("2w", 14), ("3w", 21), ("4w", 28)])
def test_row_drug_holiday_is_reduced_over_2_to_4_weeks(demo: Edit, name: str, days: int) -> None:
    # docs/sources.md, U. Half a day's dose may go a day, so that the weeks alone decide.
    quick = load_program_text(demo('"20 %"', '"50 %"'))
    taper = preset(f"holiday-{name}", quick)
    assert (len(taper.plan), taper.kind, taper.ends) == (days, "holiday", "minimum")
    lowest = Fraction(taper.plan[-1][1], FULL) * quick.highest_nl_h
    assert lowest <= quick.minimum_nl_h  # the device stays at the minimum rate
    levels = [permille for _, permille in taper.plan if permille > 100]
    shares = [after / before for before, after in pairwise(levels)]
    assert max(shares) - min(shares) < 0.02  # equal daily shares, but for whole permilles


def test_a_holiday_that_its_program_cannot_follow_takes_longer(demo: Edit) -> None:
    slow = load_program_text(demo('"20 %"', '"10 %"', '"6.5 mL"', '"20 mL"'))
    taper = preset("holiday-2w", slow)
    assert len(taper.plan) == MAX_ENTRIES  # the device goes on after the last by itself
    assert taper.plan[:3] == ((0, 900), (24, 810), (48, 729))


def test_row_supervised_taper_before_explant(therapy: Therapy) -> None:
    # -10 % at 3 days, -20 % at 2 days before: PMC8477242.
    taper = preset("supervised-explant", therapy)
    assert taper.plan == ((0, 900), (24, 800), (48, 800))
    assert (taper.ends, taper.kind, taper.source) == ("stopped", "supervised", "PMC8477242")


def test_row_fast_supervised_taper(therapy: Therapy) -> None:
    # 20 to 50 % a day, mean 6.2 days: PubMed 30325089.
    taper = preset("supervised-fast", therapy)
    levels = [FULL, *(permille for _, permille in taper.plan)]
    falls = [1 - after / before for before, after in pairwise(levels)]
    assert all(0.2 <= fall <= 0.5 for fall in falls[:6])
    assert 6 <= len(taper.plan) <= 7
    assert taper.source == "PubMed 30325089"


def test_a_program_at_the_minimum_rate_has_nothing_to_taper(demo: Edit) -> None:
    text = demo()
    head, rest = text.split("[[basal.step]]")[0], text.split("[taper]")[1]
    still = load_program_text(head.replace('"flex"', '"minimum"') + "[taper]" + rest)
    assert preset("holiday-2w", still).plan == ((0, FULL),)


@pytest.mark.parametrize(
    ("plan", "stands"),
    [
        ([(0, 800)], True),
        ([(0, 799)], False),
        ([(0, 800), (24, 640)], True),
        ([(0, 800), (23, 640)], False),
        ([(0, 800), (24, 639)], False),
        # Between 6 and 30 h the level falls from 1000 to 640, though a day lies between the two.
        ([(6, 900), (29, 720)], False),
        ([(6, 900), (30, 720)], True),
        ([(0, 800), (30, 640), (36, 512)], False),
        ([(1440, 800)], True),
        ([(1441, 800)], False),
        ([(24, 800), (24, 800)], False),
        ([(0, 800), (24, 801)], False),
        ([(0, -1)], False),
        ([], False),
        ([(hour, 800) for hour in range(40)], True),
        ([(hour, 800) for hour in range(41)], False),
    ],
)
def test_a_plan_holds_at_its_limits(plan: list[tuple[int, int]], stands: bool) -> None:
    assert (plan_faults(plan, 200) == []) is stands


def test_a_supervised_plan_may_halve_the_dose_in_a_day(demo: Edit) -> None:
    therapy = load_program_text(demo())
    assert custom([(0, 500)], therapy, supervised=True).kind == "supervised"
    for plan, supervised in (([(0, 499)], True), ([(0, 500)], False)):
        with pytest.raises(ProgramRefused):
            custom(plan, therapy, supervised=supervised)


def test_an_unknown_preset_is_refused_with_the_nearest(demo: Edit) -> None:
    with pytest.raises(ProgramRefused, match='did you mean "holiday-2w"'):
        preset("holiday-2", load_program_text(demo()))


@given(
    plan=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 1000)), min_size=1, max_size=8),
    most=st.sampled_from([100, 200, 500]),
)
def test_no_plan_that_passes_falls_too_far_in_any_24_h(
    plan: list[tuple[int, int]], most: int
) -> None:
    plan = sorted(set(plan))
    if plan_faults(plan, most):
        return

    def level(hour: int) -> int:
        return next((p for h, p in reversed(plan) if h <= hour), FULL)

    for hour in range(max(h for h, _ in plan) + 1):
        for before in range(max(-1, hour - 24), hour):
            # A level that ends in the very hour 24 h ago is a day old.
            if before > hour - 24 or hour < 24:
                assert level(hour) * FULL >= level(before) * (FULL - most)

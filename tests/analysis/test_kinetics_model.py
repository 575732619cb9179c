"""The teaching model against closed forms and an independent solver: it is exact."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from synthetic import HOUR

from pumprig.analysis.kinetics import Course, Family, Floats, Model, effect_of
from pumprig.analysis.kinetics_dosing import Dosing, infusion

clearances = st.floats(13, 80)
half_lives = st.floats(0.9, 5)
models = st.builds(
    Model,
    clearance_ml_h=clearances,
    half_life_h=half_lives,
    effect_delay_h=st.floats(1, 30),
    adaptation_h=st.floats(10, 200),
)


@st.composite
def dosings(draw: st.DrawFn) -> Dosing:
    """Up to twelve stretches of seconds to days; rates up to 1 mL/h of 2000 ug/mL."""
    lengths = draw(st.lists(st.integers(1, 200_000), min_size=1, max_size=12))
    rate = st.one_of(st.just(0.0), st.floats(1e-3, 2e6))  # below, a solver's tolerance is all
    rates = draw(st.lists(rate, min_size=len(lengths), max_size=len(lengths)))
    times = [0]
    for length in lengths:
        times.append(times[-1] + length)
    return Dosing(tuple(times), tuple(rates))


def states(course: Course) -> Floats:
    return np.stack([course.csf, course.site, course.used_to])


@given(dose_ug_day=st.floats(12, 2003), clearance=clearances, half_life=half_lives)
def test_a_constant_infusion_follows_the_closed_form_of_one_compartment(
    dose_ug_day: float, clearance: float, half_life: float
) -> None:
    course = Model(clearance, half_life).course(infusion(dose_ug_day, 3))
    steady = dose_ug_day * 1000 / 24 / clearance
    expected = steady * -np.expm1(-math.log(2) / half_life * course.t_s / HOUR)
    assert course.csf == pytest.approx(expected, rel=1e-9)


@given(clearance=clearances, half_life=half_lives, rate=st.floats(1, 1e6))
def test_after_a_stop_the_concentration_halves_every_half_life(
    clearance: float, half_life: float, rate: float
) -> None:
    half_life_s = round(half_life * HOUR)
    stop_s = 10 * HOUR
    times = (0, stop_s, *(stop_s + i * half_life_s for i in range(1, 6)))
    course = Model(clearance, half_life_s / HOUR).course(
        Dosing(times, (rate, 0.0, 0.0, 0.0, 0.0, 0.0))
    )
    assert course.csf[1:-1] / course.csf[2:] == pytest.approx(2, rel=1e-9)


def test_the_effect_site_follows_the_closed_form_of_two_rates() -> None:
    model = Model()
    dosing = infusion(100, 2)
    course = model.course(dosing)
    k, site, hours = model.elimination_per_h, 1 / model.effect_delay_h, course.t_s / HOUR
    missing = (k * np.exp(-site * hours) - site * np.exp(-k * hours)) / (k - site)
    assert course.site == pytest.approx(100_000 / 24 / 30 * (1 - missing), rel=1e-9, abs=1e-9)


def test_equal_rates_which_closed_forms_cannot_do_are_no_trouble() -> None:
    model = Model(half_life_h=math.log(2), effect_delay_h=1, adaptation_h=1)
    hours = 2.0
    course = model.course(Dosing((0, round(hours * HOUR)), (1000.0,)))
    steady = 1000 / model.clearance_ml_h
    tail = math.exp(-hours)
    assert course.csf[-1] == pytest.approx(steady * (1 - tail))
    assert course.site[-1] == pytest.approx(steady * (1 - tail * (1 + hours)))
    assert course.used_to[-1] == pytest.approx(steady * (1 - tail * (1 + hours + hours**2 / 2)))


@settings(max_examples=30)
@given(model=models, dosing=dosings())
def test_an_independent_solver_agrees(model: Model, dosing: Dosing) -> None:
    def change(_: float, state: Floats, rate: float) -> list[float]:
        csf, site, used_to = state
        return [
            rate / model.volume_ml - model.elimination_per_h * csf,
            (csf - site) / model.effect_delay_h,
            (site - used_to) / model.adaptation_h,
        ]

    state = np.zeros(3)
    found = [state]
    for (start, stop), rate in zip(pairwise(dosing.times_s), dosing.rates_ng_h, strict=True):
        span = (start / HOUR, stop / HOUR)
        done = solve_ivp(change, span, state, "LSODA", args=(rate,), rtol=1e-9, atol=1e-9)
        state = done.y[:, -1]
        found.append(state)
    largest = max(1.0, float(np.max(found)))
    assert states(model.course(dosing)) == pytest.approx(np.array(found).T, abs=1e-6 * largest)


@given(model=models, dosing=dosings(), at=st.floats(0, 1))
def test_looking_more_often_changes_nothing(model: Model, dosing: Dosing, at: float) -> None:
    middle = round(at * dosing.times_s[-1])
    i = next(i for i, t in enumerate(dosing.times_s) if t >= middle)
    if dosing.times_s[i] == middle:
        return
    finer = Dosing(
        (*dosing.times_s[:i], middle, *dosing.times_s[i:]),
        (*dosing.rates_ng_h[:i], dosing.rates_ng_h[i - 1], *dosing.rates_ng_h[i:]),
    )
    there = np.delete(states(model.course(finer)), i, axis=1)
    expected = states(model.course(dosing))
    assert there == pytest.approx(expected, rel=1e-9, abs=1e-9 * max(1.0, float(expected.max())))


@given(model=models, dosing=dosings(), factor=st.floats(0.1, 10))
def test_concentrations_go_with_the_dose_and_with_one_over_clearance(
    model: Model, dosing: Dosing, factor: float
) -> None:
    more = Dosing(dosing.times_s, tuple(rate * factor for rate in dosing.rates_ng_h))
    slower = Model(
        model.clearance_ml_h / factor,
        model.half_life_h,
        model.effect_delay_h,
        model.adaptation_h,
    )
    expected = states(model.course(dosing).times(factor))
    near = pytest.approx(expected, rel=1e-9, abs=1e-9 * max(1.0, float(expected.max())))
    assert states(model.course(more)) == near
    assert states(slower.course(dosing)) == near


@given(model=models, dosing=dosings())
def test_nothing_is_below_zero_and_shares_stay_below_one(model: Model, dosing: Dosing) -> None:
    course = model.course(dosing)
    assert np.all(states(course) >= -1e-9 * max(1.0, float(course.csf.max())))
    for share in (course.effect, course.accustomed, course.withdrawal):
        assert np.all(share >= -1e-9)
        assert np.all(share < 1)


def test_the_effect_is_half_at_its_concentration() -> None:
    assert effect_of(np.array([0.0, 200.0, 600.0])) == pytest.approx([0, 0.5, 0.75])


def test_one_who_is_used_to_the_effect_there_is_has_no_withdrawal() -> None:
    course = Model().course(infusion(500, 30))
    assert course.withdrawal == pytest.approx(0)
    assert course.accustomed[-1] == pytest.approx(course.effect[-1], rel=1e-3)


def test_the_index_is_the_effect_one_is_used_to_less_the_effect_there_is() -> None:
    course = Model().course(infusion(500, 20).stopped_at(10 * 24 * HOUR))
    late = course.t_s > 11 * 24 * HOUR
    assert np.all(course.withdrawal[late] > 0)
    assert course.withdrawal[late] == pytest.approx((course.accustomed - course.effect)[late])


@settings(max_examples=25)
@given(dosing=dosings(), clearance=clearances, half_life=half_lives)
def test_the_band_holds_every_course_of_its_family(
    dosing: Dosing, clearance: float, half_life: float
) -> None:
    family = Family.of(dosing)
    for quantity in ("csf", "effect", "withdrawal"):
        low, high = family.band(quantity)
        for course in (family.nominal, *family.others):
            assert np.all(low <= getattr(course, quantity))
            assert np.all(getattr(course, quantity) <= high)
    # Between the half-lives that were looked at, the extremes are missed by little.
    low, high = family.band("effect")
    between = Model(clearance, half_life).course(dosing).effect
    assert np.all(between <= high + 0.01)
    assert np.all(between >= low - 0.01)


def test_the_band_of_a_steady_infusion_ends_at_the_ends_of_the_clearance() -> None:
    low, high = Family.of(infusion(500, 10)).band("csf")
    assert low[-1] == pytest.approx(500_000 / 24 / 80)
    assert high[-1] == pytest.approx(500_000 / 24 / 13)

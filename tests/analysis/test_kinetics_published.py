"""The teaching model against the monograph's figures: what it meets, and what it cannot meet."""

import numpy as np
import pytest
from synthetic import DAY, HOUR

from pumprig.analysis.kinetics import Course, Family, Floats, Model
from pumprig.analysis.kinetics_compare import fallen_after_s, worst_withdrawal
from pumprig.analysis.kinetics_dosing import Dosing, infusion
from pumprig.analysis.kinetics_parameters import ONSET_EFFECT

MINUTE = 60
FULL = 0.95  # of the final effect
SCREENING_UG = 50
START_UG_DAY = 100  # twice the screening dose that worked, over 24 h


def bolus(dose_ug: float, hours: float = 36) -> Course:
    """Over one minute, the least that the monograph allows."""
    times = range(0, round(hours * HOUR) + 1, MINUTE)
    rates = [dose_ug * 1000 * 60] + [0.0] * (len(times) - 2)
    return Model().course(Dosing(tuple(times), tuple(rates)))


def start(dose_ug_day: float = START_UG_DAY) -> Course:
    times = range(0, 10 * DAY + 1, 5 * MINUTE)
    return Model().course(Dosing(tuple(times), (dose_ug_day * 1000 / 24,) * (len(times) - 1)))


def steady_ng_ml(dose_ug_day: float) -> float:
    return float(Model().course(infusion(dose_ug_day, 10)).csf[-1])


def full_after_h(course: Course, values: Floats) -> float:
    return float(course.t_s[np.argmax(values >= FULL * values[-1])]) / HOUR


def hours_of_effect(course: Course) -> Floats:
    return course.t_s[course.effect >= ONSET_EFFECT.value] / HOUR


def test_clearance_and_half_life_make_a_volume_of_65_ml() -> None:
    assert Model().volume_ml == pytest.approx(65, abs=0.5)


def test_500_ug_a_day_gives_694_ng_ml() -> None:
    assert steady_ng_ml(500) == pytest.approx(694, abs=1)


@pytest.mark.parametrize("dose_ug_day", [100, 250, 500, 750, 890])
def test_the_usual_doses_lie_in_the_published_levels(dose_ug_day: float) -> None:
    assert 130 <= steady_ng_ml(dose_ug_day) <= 1240


@pytest.mark.parametrize(
    ("dose_ug_day", "published_ng_ml", "model_ng_ml"),
    [(50, 130, (26, 69, 160)), (1200, 1240, (625, 1667, 3846))],
)
def test_the_ends_of_the_published_levels_lie_in_the_band(
    dose_ug_day: float, published_ng_ml: float, model_ng_ml: tuple[float, ...]
) -> None:
    low, high = (edge[-1] for edge in Family.of(infusion(dose_ug_day, 10)).band("csf"))
    assert low <= published_ng_ml <= high
    assert (low, steady_ng_ml(dose_ug_day), high) == pytest.approx(model_ng_ml, abs=0.5)


@pytest.mark.parametrize(("half_life_h", "hours"), [(1.5, 6.5), (5, 22)])
def test_csf_is_steady_within_a_day(half_life_h: float, hours: float) -> None:
    times = range(0, 10 * DAY + 1, 5 * MINUTE)
    dosing = Dosing(tuple(times), (20_000.0,) * (len(times) - 1))
    course = Model(half_life_h=half_life_h).course(dosing)
    assert full_after_h(course, course.csf) == pytest.approx(hours, abs=0.5)


def test_a_bolus_begins_to_act_after_half_an_hour_to_an_hour() -> None:
    assert 0.5 <= hours_of_effect(bolus(SCREENING_UG))[0] <= 1


def test_a_bolus_acts_most_after_about_4_hours() -> None:
    course = bolus(SCREENING_UG)
    assert course.t_s[np.argmax(course.effect)] / HOUR == pytest.approx(4, abs=0.5)


def test_a_bolus_acts_longer_than_published_and_the_manual_says_so() -> None:
    hours = hours_of_effect(bolus(SCREENING_UG))
    assert hours[-1] - hours[0] == pytest.approx(14, abs=0.5)  # published: 4 to 8 h


def test_a_later_onset_would_end_a_bolus_in_time_but_begin_it_too_late() -> None:
    course = bolus(SCREENING_UG)
    hours = course.t_s / HOUR
    lasting = [hours[course.effect >= level] for level in np.linspace(0.2, 0.34, 141)]
    begins = next(acting[0] for acting in lasting if acting[-1] - acting[0] <= 8)
    assert begins == pytest.approx(1.6, abs=0.1)  # published: 0.5 to 1 h


def test_an_infusion_begins_to_act_after_6_to_8_hours() -> None:
    assert 6 <= hours_of_effect(start())[0] <= 8


@pytest.mark.parametrize("dose_ug_day", [START_UG_DAY, 2 * START_UG_DAY])
def test_an_infusion_acts_fully_after_24_to_48_hours(dose_ug_day: float) -> None:
    course = start(dose_ug_day)
    assert 24 <= full_after_h(course, course.effect) <= 48


def test_90_percent_of_the_drug_is_gone_5_hours_after_a_stop() -> None:
    course = Model().course(infusion(500, 20).stopped_at(10 * DAY))
    after_s = fallen_after_s(course, "csf", 0.1, 10 * DAY)
    assert after_s is not None
    assert after_s / HOUR == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("dose_ug_day", [50, 100, 300, 500, 800, 1200])
def test_withdrawal_unfolds_over_1_to_3_days_after_a_stop(dose_ug_day: float) -> None:
    stop_s = 20 * DAY
    course = Model().course(infusion(dose_ug_day, 30).stopped_at(stop_s))
    worst, after_s = worst_withdrawal(course, stop_s)
    assert 24 <= after_s / HOUR <= 72
    at_5_h = float(np.interp(stop_s + 5 * HOUR, course.t_s, course.withdrawal))
    assert at_5_h < worst / 3  # the drug is gone, and most is still to come

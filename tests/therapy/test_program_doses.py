"""The dose of every day and of any 24 h, with steps that differ from day to day."""

from collections.abc import Callable

import pytest

from pumprig.therapy import ProgramRefused, load_program_text

Edit = Callable[..., str]
LAST = 'at = "22:00"\ndose = "32 ug/h"\n'


def variant(*days: str, steps: dict[str, str]) -> str:
    names = ", ".join(f'"{day}"' for day in days)
    lines = "".join(
        f'[[basal.variant.step]]\nat = "{at}"\ndose = "{dose}"\n' for at, dose in steps.items()
    )
    return f"[[basal.variant]]\ndays = [{names}]\n{lines}"


def lines(text: str) -> list[str]:
    try:
        load_program_text(text)
    except ProgramRefused as refused:
        return refused.lines
    return []


def test_a_day_of_the_week_above_the_band_is_named(demo: Edit) -> None:
    weekend = variant("sat", "sun", steps={"00:00": "84 ug/h"})
    assert lines(demo(LAST, LAST + weekend)) == [
        "basal: 2016 ug/day of baclofen (sat, sun) - allowed 12 to 2003 ug/day, spinal - "
        "lower the dose - USP DI monograph"
    ]


def test_a_day_below_the_band_is_refused_too(demo: Edit) -> None:
    low = demo('"15 ug/h"', '"4 ug/h"', '"32 ug/h"', '"4 ug/h"')
    narrow = low.replace('name = "baclofen"', 'name = "baclofen"\ndaily_min = "{} ug/day"')
    assert lines(narrow.format(96)) == []
    assert lines(narrow.format(97)) == [
        "basal: 96 ug/day of baclofen - allowed 97 to 2003 ug/day, spinal - "
        "raise the dose - this program"
    ]


def test_days_within_the_band_may_hold_too_much_across_midnight(demo: Edit) -> None:
    sunday = variant("sun", steps={"00:00": "15 ug/h", "12:00": "100 ug/h"})
    monday = variant("mon", steps={"00:00": "{} ug/h", "12:00": "15 ug/h"})
    text = demo(LAST, LAST + sunday + monday)
    assert lines(text.replace("{}", "66.916")) == []  # 12 h of 100 and of 66.916: 2002.992 ug
    assert lines(text.replace("{}", "66.918")) == [
        "basal: 2003.016 ug of baclofen within 24 h - allowed up to 2003 ug in any 24 h - "
        "lower the steps or boluses that follow each other, or lower the lead - USP DI monograph"
    ]


def test_boluses_by_time_of_day_count_into_the_24_h(demo: Edit) -> None:
    bolus = """[bolus]
adds = true
max = "0.7535 mL"
shortest = "1 min"
gap = "0 h"
per_day = 0
[[bolus.periodic]]
volume = "{} mL"
over = "1 h"
at = ["12:00"]
"""
    text = demo("[taper]", bolus + "[taper]", 'step_volume = "31.25 nL"', 'step_volume = "200 nL"')
    assert lines(text.replace("{}", "0.7535")) == []  # 496 and 1507 ug
    (line,) = lines(text.replace("{}", "0.753501").replace("0.7535 mL", "0.76 mL"))
    assert line.startswith("basal: 2003.002 ug/day of baclofen - allowed 12 to 2003 ug/day")


def test_boluses_without_basal_are_held_to_the_24_h_only(demo: Edit) -> None:
    text = demo()
    head, rest = text.split("[[basal.step]]")[0], text.split("[taper]")[1]
    bolus = """[bolus]
adds = true
max = "0.001 mL"
shortest = "1 min"
gap = "0 h"
per_day = 0
[[bolus.periodic]]
volume = "0.001 mL"
over = "1 h"
at = ["12:00"]
"""
    stopped = head.replace('"flex"', '"stopped"') + bolus + "[taper]" + rest
    assert lines(stopped) == []  # 2 ug a day, below the band of a program with basal


@pytest.mark.parametrize("drug", [0, 1])
def test_the_drug_that_allows_least_sets_the_limit_of_24_h(demo: Edit, drug: int) -> None:
    morphine = (
        '[[drug]]\nname = "morphine"\nconcentration = "2000 ug/mL"\ndaily_max = "{} ug/day"\n'
    )
    concentration = 'concentration = "2000 ug/mL"\n'
    most = (3000, 1999)[drug]
    text = demo(concentration, concentration + morphine.format(most))
    assert load_program_text(text).limit_24h_nl == min(2003, most) * 500

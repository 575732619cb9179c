"""Several drugs in one flow, other days, boluses: what a file says is what the device gets."""

from collections.abc import Callable
from typing import Any

import pytest

from pumprig.therapy import ProgramRefused, load_program_text

Edit = Callable[..., str]
BACLOFEN = 'concentration = "2000 ug/mL"\n'
MORPHINE = """[[drug]]
name = "morphine"
concentration = "8 mg/mL"
daily_max = "20000 ug/day"
"""
LAST_STEP = 'at = "22:00"\ndose = "32 ug/h"\n'
WEEKEND = """[[basal.variant]]
days = ["sat", "sun"]
[[basal.variant.step]]
at = "08:00"
dose = "20 ug/h"
"""
BOLUS = """[bolus]
adds = true
max = "40 ug"
shortest = "10 min"
gap = "1 h"
per_day = 3
"""
PUMP = 'step_volume = "31.25 nL"'


def told(text: str) -> dict[str, Any]:
    return load_program_text(text).device_program()


def test_one_flow_carries_every_drug_and_the_first_one_s_dose_sets_it(demo: Edit) -> None:
    program = told(demo(BACLOFEN, BACLOFEN + MORPHINE))
    assert program["drugs"] == [
        ["baclofen", 2000, 12, 2003, 30],
        ["morphine", 8000, 0, 20_000, 30],  # 30 days: what is known of this mixture
    ]
    assert program["steps"] == [[21_600, 7500], [79_200, 16_000]]


def test_another_drug_s_dose_may_set_the_flow(demo: Edit) -> None:
    text = demo(
        BACLOFEN, BACLOFEN + MORPHINE, 'mode = "flex" ', 'drug = "morphine"\nmode = "flex" '
    )
    doses = text.replace('"15 ug/h"', '"60 ug/h"').replace('"32 ug/h"', '"128 ug/h"')
    assert told(doses)["steps"] == [[21_600, 7500], [79_200, 16_000]]


def test_a_stated_stability_comes_before_the_profile_s(demo: Edit) -> None:
    stable = 'stable = "20 day"\n'
    program = told(demo(BACLOFEN, BACLOFEN + stable + MORPHINE))
    assert [drug[4] for drug in program["drugs"]] == [20, 30]
    assert load_program_text(demo(BACLOFEN, BACLOFEN + stable + MORPHINE)).stable_days == 20


def test_a_known_drug_is_spelt_as_the_device_spells_it(demo: Edit) -> None:
    assert told(demo('"baclofen"', '"Baclofen "'))["drugs"][0][0] == "baclofen"


def test_the_drug_that_may_rise_least_sets_the_step_of_a_mixture(demo: Edit) -> None:
    alone = told(demo('"baclofen"', '"morphine"\ndaily_max = "20000 ug/day"'))
    both = told(demo(BACLOFEN, BACLOFEN + MORPHINE))
    assert (alone["rise_permille"], alone["refill_rise_permille"]) == (1000, 1000)
    assert (both["rise_permille"], both["refill_rise_permille"]) == (300, 400)


def test_days_of_the_week_become_a_mask(demo: Edit) -> None:
    program = told(demo(LAST_STEP, LAST_STEP + WEEKEND))
    assert program["variants"] == [[0b110_0000, [[28_800, 10_000]]]]


def test_boluses_are_volumes_whatever_they_were_written_as(demo: Edit) -> None:
    demand = '[bolus.demand]\ndose = "20 ug"\nover = "15 min"\n'
    meals = '[[bolus.periodic]]\nvolume = "0.02 mL"\nover = "30 min"\nat = ["08:00", "20:00"]\n'
    program = told(demo("[taper]", BOLUS + demand + meals + "[taper]"))
    assert {key: program[key] for key in program if "bolus" in key} == {
        "max_bolus_flow_nl_h": 1_000_000,
        "bolus_adds": 1,
        "bolus_max_nl": 20_000,
        "bolus_min_s": 600,
        "bolus_gap_s": 3600,
        "bolus_day_max": 3,
    }
    assert program["demand"] == [10_000, 900]
    assert program["periodic"] == [[28_800, 20_000, 1800], [72_000, 20_000, 1800]]


def test_every_counts_from_midnight(demo: Edit) -> None:
    line = '[[bolus.periodic]]\ndose = "4 ug"\nover = "30 min"\nevery = "8 h"\n'
    program = told(demo("[taper]", BOLUS + line + "[taper]"))
    assert program["periodic"] == [[hour * 3600, 2000, 1800] for hour in (0, 8, 16)]


def test_boluses_by_time_of_day_count_into_the_day_and_the_reference_rate(demo: Edit) -> None:
    line = '[[bolus.periodic]]\nvolume = "0.01 mL"\nover = "30 min"\nevery = "12 h"\n'
    therapy = load_program_text(demo("[taper]", BOLUS + line + "[taper]"))
    assert therapy.daily_nl == 248_000 + 2 * 10_000
    assert therapy.reference_nl_h == 16_000 + 834  # 20 000 / 24, rounded up


def test_the_derived_figures_are_those_of_the_largest_day(demo: Edit) -> None:
    therapy = load_program_text(demo(LAST_STEP, LAST_STEP + WEEKEND.replace("20 ug/h", "40 ug/h")))
    assert (therapy.daily_nl, therapy.highest_nl_h) == (480_000, 20_000)
    # From Saturday 08:00 to Monday 06:00, both a lead early, 20 000 in place of 7500 and 16 000;
    # and Friday's last rate runs on until then, for there is no step at 06:00 on a Saturday.
    more = 46 * 20_000 - (14 + 16) * 7500 - 16 * 16_000 + 2 * (16_000 - 7500)
    assert therapy.average_nl_h == (7 * 248_000 + more) // 168


def test_screening_takes_its_boluses_from_the_monograph(demo: Edit) -> None:
    text = demo('"2000 ug/mL"', '"50 ug/mL"', PUMP, PUMP + '\nmax_bolus_flow = "60 mL/h"')
    head, _, _ = text.partition("[[basal.step]]")
    program = told(head.replace('"flex"', '"screening"') + "[taper]" + text.split("[taper]")[1])
    assert (program["mode"], program["steps"]) == ("screening", [[0, 0]])
    assert program["drugs"] == [["baclofen", 50, 12, 2003, 0]]
    assert (program["bolus_max_nl"], program["bolus_min_s"]) == (2_000_000, 120)


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            ('"2000 ug/mL"', '"500 ug/mL"'),
            [
                'drug[0].concentration: "500 ug/mL" - screening takes 50 ug/mL - '
                "use the screening solution - USP DI monograph"
            ],
        ),
        (
            (BACLOFEN, BACLOFEN.replace("2000", "50") + MORPHINE),
            [
                "drug: baclofen, morphine - screening takes baclofen alone - "
                "remove the others - USP DI monograph"
            ],
        ),
        (
            ('"2000 ug/mL"', '"50 ug/mL"', "[taper]", BOLUS + "[taper]"),
            [
                'bolus: given with mode "screening" - screening has boluses of its own - '
                "remove the section"
            ],
        ),
    ],
)
def test_screening_takes_one_solution_and_no_other_bolus(
    demo: Edit, changes: tuple[str, ...], lines: list[str]
) -> None:
    text = demo(*changes)
    start, end = text.index("[[basal.step]]"), text.rindex('dose = "32 ug/h"')
    text = text[:start] + text[end:].replace('dose = "32 ug/h"\n', "")
    with pytest.raises(ProgramRefused) as refused:
        load_program_text(text.replace('"flex"', '"screening"'))
    assert refused.value.lines == lines

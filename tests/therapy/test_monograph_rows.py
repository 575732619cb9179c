"""Each row of the monograph's tables that a host can hold: at the limit, and one step either side.

Source of every figure: docs/sources.md, U, unless a test says otherwise.
"""

from collections.abc import Callable

import pytest

from pumprig.therapy import ProgramRefused, Therapy, load_program_text, screening
from pumprig.therapy.notes import notes
from pumprig.therapy.program import FLEX_LEAD_S
from pumprig.therapy.rules_change import change
from pumprig.therapy.soft import soft_rules
from pumprig.therapy.start_dose import start_dose_ug_day

SOURCE = "USP DI monograph"

_PROGRAM = """
[therapy]
name = "{name}"
profile = "itb"
indication = "{indication}"
under_12 = {under_12}
[[drug]]
name = "baclofen"
concentration = "{concentration} ug/mL"
{more}
[reservoir]
capacity = "50 mL"
volume = "50 mL"
residual = "1 mL"
low_alarm = "4 mL"
tolerance = "1 mL"
[basal]
mode = "continuous"
dose = "{nl_h} nL/h"
[taper]
max_daily_reduction = "20 %"
minimum_rate = "0.006 mL/day"
[pump]
step_volume = "1 nL"
min_flow = "0.000001 mL/h"
"""
# At 1000 ug/mL the dose of a day in ug is the flow of a day in uL: 125 nL/h are 3 ug/day.
Make = Callable[..., Therapy]


@pytest.fixture
def at() -> Make:
    """A continuous program of baclofen: `at(nl_h)`, with what differs by keyword."""

    def make(nl_h: int, **changes: object) -> Therapy:
        standard = {
            "name": "row",
            "indication": "spinal",
            "under_12": "false",
            "concentration": 1000,
            "more": "",
        }
        return load_program_text(_PROGRAM.format(nl_h=nl_h, **{**standard, **changes}))

    return make


def refused(make: Callable[[], object]) -> str:
    with pytest.raises(ProgramRefused) as told:
        make()
    assert len(told.value.lines) == 1
    return str(told.value.lines[0])


def soft(therapy: Therapy) -> list[str]:
    return [rule.name for rule in soft_rules(therapy)]


# Drug and flow


@pytest.mark.parametrize(("inside", "outside"), [(50, 49), (2000, 2001)])
def test_row_concentrations_on_the_market(at: Make, inside: int, outside: int) -> None:
    at(20_000, concentration=inside)
    line = refused(lambda: at(20_000, concentration=outside))
    assert "allowed 50 to 2000 ug/mL" in line and line.endswith(SOURCE)


def test_row_50_ug_ml_is_for_screening_only(at: Make) -> None:
    assert [soft(at(20_000, concentration=c)) for c in (50, 51)] == [["SCREENING_CONC"], []]


def test_row_infusion_rates(at: Make) -> None:
    for nl_h, outside in ((99_999, True), (100_000, False), (1_000_000, False)):
        told = notes(at(nl_h, concentration=51))
        assert any("outside the monograph's" in note for note in told) is outside
    assert "allowed 0.000001 to 1 mL/h" in refused(lambda: at(1_000_001, concentration=51))


def test_row_lead_of_a_rate_change() -> None:
    assert FLEX_LEAD_S == 2 * 3600


def test_row_stability_in_the_pump(at: Make) -> None:
    # Source: docs/sources.md, Z.
    morphine = '[[drug]]\nname = "morphine"\nconcentration = "1 mg/mL"\ndaily_max = "9000 ug/day"'
    assert at(20_000, more=morphine).stable_days == 30
    other = morphine.replace('"morphine"', '"clonidine"')
    assert at(20_000, more=other).stable_days == 0


# Screening, start, titration


def test_row_screening_boluses() -> None:
    assert screening.BOLUSES_UG == (50, 75, 100)
    assert [screening.volume_nl(ug) for ug in screening.BOLUSES_UG] == [
        1_000_000,
        1_500_000,
        2_000_000,
    ]
    assert (screening.APART_S, screening.WATCH_H) == (24 * 3600, (4, 8))


def test_row_screening_bolus_over_not_less_than_a_minute() -> None:
    # 120 mL/h would give the largest in a minute; a faster pump still takes a minute.
    flows = (119_999_999, 120_000_000, 144_000_000)
    assert [screening.shortest_s(flow) for flow in flows] == [61, 60, 60]


def test_row_screening_goes_up_bolus_by_bolus_and_ends_without_a_pump() -> None:
    assert screening.next_bolus_ug([], effective=False) == 50
    assert screening.next_bolus_ug([50], effective=False) == 75
    assert screening.next_bolus_ug([50, 75], effective=False) == 100
    assert screening.next_bolus_ug([50, 75, 100], effective=False) is None
    assert screening.next_bolus_ug([50, 75], effective=True) is None


@pytest.mark.parametrize(("held_h", "dose"), [(7, 150), (8, 150), (9, 75)])
def test_row_start_dose(held_h: int, dose: int) -> None:
    assert start_dose_ug_day(75, held_h) == dose


@pytest.mark.parametrize("event", ["since_start_h", "since_rise_h"])
def test_row_first_24_h_and_once_every_24_h(at: Make, event: str) -> None:
    for hours, stands in ((23, 1), (24, 0), (25, 0)):
        found = change(at(10_000), at(11_000), **{event: hours})  # type: ignore[arg-type]
        assert len(found.overridable) == stands
        assert all(fault.source == SOURCE for fault in found.overridable)
        assert not change(at(11_000), at(10_000), **{event: hours}).overridable  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("indication", "at_refill", "limit"),
    [
        ("spinal", False, 13_000),
        ("cerebral", False, 11_500),
        ("spinal", True, 14_000),
        ("cerebral", True, 12_000),
    ],
    ids=[
        "titration, spinal origin",
        "titration, cerebral origin",
        "at a refill, spinal",
        "at a refill, cerebral",
    ],
)
def test_row_rise(at: Make, indication: str, at_refill: bool, limit: int) -> None:
    before = at(10_000, indication=indication)
    for nl_h, stands in ((limit - 1, 0), (limit, 0), (limit + 1, 1)):
        found = change(before, at(nl_h, indication=indication), at_refill=at_refill)
        assert len(found.overridable) == stands
        assert all(fault.source == SOURCE for fault in found.overridable)
        assert not found.never


# 12, 2003, 22 and 1400 ug/day in 1000ths: flows of 500, 83 458.3, 916.7 and 58 333.3 nL/h.
@pytest.mark.parametrize(
    ("indication", "inside", "outside"),
    [
        ("spinal", 500, 499),
        ("spinal", 83_458, 83_459),
        ("cerebral", 917, 916),
        ("cerebral", 58_333, 58_334),
    ],
    ids=["12 spinal", "2003 spinal", "22 cerebral", "1400 cerebral"],
)
def test_row_maintenance(at: Make, indication: str, inside: int, outside: int) -> None:
    at(inside, indication=indication)
    assert refused(lambda: at(outside, indication=indication)).endswith(SOURCE)


@pytest.mark.parametrize(
    ("indication", "limit"), [("spinal", 800), ("cerebral", 703)], ids=["spinal", "cerebral"]
)
def test_row_what_most_need(at: Make, indication: str, limit: int) -> None:
    most = limit * 1000 // 24
    names = [soft(at(nl_h, indication=indication)) for nl_h in (most, most + 1)]
    assert names == [[], ["ABOVE_MOST"]]


def test_row_little_experience_above_1000(at: Make) -> None:
    names = [soft(at(nl_h)) for nl_h in (41_666, 41_667)]
    assert names == [["ABOVE_MOST"], ["ABOVE_1000", "ABOVE_MOST"]]


def test_row_side_effects_lower_by_no_more_than_the_taper(at: Make) -> None:
    for nl_h, stands in ((8001, 0), (8000, 0), (7999, 1)):
        found = change(at(10_000), at(nl_h))
        assert (len(found.never), len(found.overridable)) == (stands, 0)


def test_row_children_under_12(at: Make) -> None:
    average = 274 * 1000 // 24
    for nl_h, names in ((average, []), (average + 1, ["UNDER_12"])):
        assert soft(at(nl_h, under_12="true")) == names
        assert soft(at(nl_h)) == []


def test_row_sudden_large_need_for_more(at: Make) -> None:
    for nl_h, names in ((20_000, []), (20_001, ["ESCALATION"])):
        found = change(at(16_000), at(nl_h), week_ago=at(10_000))
        assert [rule.name for rule in found.soft] == names


def test_row_a_large_rise_above_1000(at: Make) -> None:
    # 40 000 nL/h are 960 ug/day; a fifth more is above 1000.
    for nl_h, names in ((48_000, []), (48_001, ["LARGE_RISE"])):
        assert [rule.name for rule in change(at(40_000), at(nl_h)).soft] == names
    assert not change(at(30_000), at(39_000)).soft


# Reservoir


def test_row_an_alarm_at_4_ml_is_above_residual_and_tolerance(at: Make) -> None:
    # Source: docs/sources.md, T (88 charts). Residual and tolerance of these programs: 1 mL each.
    assert at(10_000).low_alarm_nl == 4_000_000
    assert at(10_000).low_nl == 3_000_000


def test_row_volume_against_the_date_of_the_refill(at: Make) -> None:
    # 49 mL usable, 10.81 mL for the taper: 38.19 mL are 381.9 h at 0.1 mL/h.
    for seconds, holds in ((1_374_840, True), (1_374_841, False)):
        after = f'refill_after = "{seconds} s"'
        text = _PROGRAM.format(
            name="row",
            indication="spinal",
            under_12="false",
            concentration=500,
            more="",
            nl_h=100_000,
        ).replace('volume = "50 mL"', f'volume = "50 mL"\n{after}')
        if holds:
            load_program_text(text)
        else:
            line = refused(lambda text=text: load_program_text(text))  # type: ignore[misc]
            assert line.startswith("reservoir.refill_after: 15.91 day: needs ")
            assert line.endswith("refill earlier, or fill in 0.000028 mL more")

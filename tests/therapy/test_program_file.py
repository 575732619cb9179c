"""A good program file becomes exactly the integers it describes."""

from collections.abc import Callable
from datetime import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumprig.therapy import load_program, load_program_text
from pumprig.therapy.program_file import ProgramFile
from pumprig.therapy.reading import section_at
from pumprig.therapy.taper import keeps_within, tau_dh

Edit = Callable[..., str]
STEPS = """[[basal.step]]
at = "06:00"
dose = "15 ug/h"
[[basal.step]]
at = "22:00"
dose = "32 ug/h"
"""


def test_the_demo_becomes_its_device_program(examples: Path) -> None:
    assert load_program(examples / "demo.toml").device_program() == {
        "v": 2,
        "name": "demo",
        "profile": "itb",
        "indication": "spinal",
        "drugs": [["baclofen", 2000, 12, 2003, 0]],
        "rise_permille": 300,
        "refill_rise_permille": 400,
        "under_12": 0,
        "capacity_nl": 20_000_000,
        "volume_nl": 6_500_000,
        "residual_nl": 500_000,
        "low_alarm_nl": 2_000_000,
        "tolerance_nl": 500_000,
        "notices_s": [14 * 86_400, 7 * 86_400, 86_400],
        "refill_after_s": 0,
        "mode": "flex",
        "lead_s": 7200,
        "steps": [[6 * 3600, 7500], [22 * 3600, 16_000]],
        "variants": [],
        "min_flow_nl_h": 2000,
        "max_flow_nl_h": 1_000_000,
        "max_bolus_flow_nl_h": 1_000_000,
        "minimum_nl_h": 250,
        "max_drop_permille": 200,
        "tau_dh": 1081,
        "bolus_adds": 1,
        "bolus_max_nl": 0,
        "bolus_min_s": 1,
        "bolus_gap_s": 0,
        "bolus_day_max": 0,
        "demand": [],
        "periodic": [],
        "tubing_nl": 0,
        "catheter_nl": 0,
        "nl_per_1000_steps": 31_250,
        "max_step_hz": 2000,
    }


def test_every_example_is_accepted(examples: Path) -> None:
    names = [path.name for path in examples.glob("*.toml") if "scenario" not in path.name]
    assert {"demo.toml", "continuous.toml", "pca.toml"} <= set(names)
    for name in names:
        load_program(examples / name)


@pytest.mark.parametrize("dose", ["500 ug/day", "0.25 mL/day"])
def test_a_continuous_dose_is_a_dose_rate_or_a_flow(demo: Edit, dose: str) -> None:
    text = demo('"flex"', '"continuous"', STEPS, f'dose = "{dose}"\n')
    program = load_program_text(text).device_program()
    assert program["steps"] == [[0, 10_417]]  # 10416.67 nL/h


def test_minimum_mode_delivers_the_minimum_rate_and_stopped_nothing(demo: Edit) -> None:
    for mode, rate in (("minimum", 250), ("stopped", 0)):
        text = demo('"flex"', f'"{mode}"', STEPS, "")
        assert load_program_text(text).device_program()["steps"] == [[0, rate]]


def test_lead_defaults_to_two_hours_for_flex_and_none_otherwise(demo: Edit) -> None:
    lead = next(line for line in demo().splitlines() if line.startswith("lead"))
    assert load_program_text(demo(lead, "")).lead_s == 7200
    stopped = demo(lead, "", '"flex"', '"stopped"', STEPS, "")
    assert load_program_text(stopped).lead_s == 0


def test_a_toml_time_and_seconds_are_times_of_day_too(demo: Edit) -> None:
    steps = load_program_text(demo('"06:00"', "06:00:01", '"22:00"', '"23:59:59"')).steps
    assert [at_s for at_s, _ in steps] == [6 * 3600 + 1, 86_399]


def test_a_byte_order_mark_is_no_fault(demo: Edit, tmp_path: Path) -> None:
    path = tmp_path / "program.toml"
    path.write_text(demo(), encoding="utf-8-sig")
    assert load_program(path).name == "demo"


def test_rounding_is_to_the_nearest_nl_per_h_and_told(demo: Edit) -> None:
    therapy = load_program_text(demo('"15 ug/h"', '"15.0011 ug/h"', '"2 mL"', '"2000000.5 nL"'))
    assert therapy.steps[0][1] == 7501
    assert therapy.low_alarm_nl == 2_000_000
    assert therapy.roundings == (
        'basal.step[0].dose: "15.0011 ug/h" runs as 7501 nL/h, +0.45 nL/h from what is written',
        'reservoir.low_alarm: "2000000.5 nL" runs as 2000000 nL, -0.5 nL from what is written',
    )


def test_the_user_s_page_names_every_key(examples: Path) -> None:
    page = (examples.parent / "docs" / "program-files.md").read_text(encoding="utf-8")
    for section in ProgramFile.model_fields:
        model = section_at(ProgramFile, (section,))
        assert model is not None
        for key in model.model_fields:
            assert f"`{section}.{key}`" in page


@pytest.mark.parametrize(("drop", "tenths"), [(10, 23_885), (200, 1081), (500, 352)])
def test_tau_is_the_smallest_that_keeps_a_day_within_the_limit(drop: int, tenths: int) -> None:
    assert tau_dh(drop) == tenths
    for tau, holds in ((tenths - 1, False), (tenths, True), (tenths + 1, True)):
        left = (1 - Fraction(10, tau)) ** 24
        assert (left >= 1 - Fraction(drop, 1000)) is holds is keeps_within(tau, drop)


@pytest.mark.parametrize(("drop", "tenths"), [(10, 24_000), (200, 1200), (499, 481), (500, 480)])
def test_with_periodic_boluses_tau_is_a_day_over_the_limit(drop: int, tenths: int) -> None:
    assert tau_dh(drop, periodic=True) == tenths >= tau_dh(drop)


# Doses per unit, with the unit's exact flow in nL/h at 2000 ug/mL.
DOSE_UNITS = {
    "ug/h": Fraction(1000, 2),
    "mg/day": Fraction(1_000_000, 48),
    "nL/h": Fraction(1),
    "mL/day": Fraction(1_000_000, 24),
}


@st.composite
def doses(draw: st.DrawFn) -> tuple[str, Fraction]:
    """A dose between the declared limits, in any unit, with its exact flow in nL/h."""
    unit, per_unit = draw(st.sampled_from(sorted(DOSE_UNITS.items())))
    low = -(-Fraction(2000) * 10**6 // per_unit)
    high = Fraction(1_000_000) * 10**6 // per_unit
    millionths = draw(st.integers(low, high))
    number = f"{millionths // 10**6}.{millionths % 10**6:06d}"
    return f"{number} {unit}", Fraction(millionths, 10**6) * per_unit


@settings(deadline=None)  # a busy machine is no fault
@given(
    times=st.lists(
        st.times(), min_size=1, max_size=24, unique_by=lambda t: t.replace(microsecond=0)
    ),
    data=st.data(),
)
def test_any_valid_program_is_within_half_a_nl_per_h(
    demo: Edit, times: list[time], data: st.DataObject
) -> None:
    whole = sorted(t.replace(microsecond=0) for t in times)
    given_doses = [data.draw(doses()) for _ in whole]
    steps = "".join(
        f'[[basal.step]]\nat = "{at:%H:%M:%S}"\ndose = "{dose}"\n'
        for at, (dose, _) in zip(whole, given_doses, strict=True)
    )
    # A drug whose band is wide open, so that only the pump bounds the flow.
    wide = 'name = "morphine"\ndaily_max = "1000000 ug/day"'
    text = demo('name = "baclofen"', wide, STEPS, steps)
    program = load_program_text(text).device_program()
    got = program["steps"]
    assert isinstance(got, list)
    assert [at_s for at_s, _ in got] == [t.hour * 3600 + t.minute * 60 + t.second for t in whole]
    for (_, rate), (_, exact) in zip(got, given_doses, strict=True):
        assert isinstance(rate, int)
        assert abs(rate - exact) <= Fraction(1, 2)

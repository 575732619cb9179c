"""A lab's own profile may be narrower than the packaged one; all else is refused precisely."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pumprig.therapy import ProgramRefused, load_program, load_program_text
from pumprig.therapy.profile import load_profile_text, packaged

Edit = Callable[..., str]
FOLDER = Path(__file__).parents[2] / "host_tools" / "pumprig" / "therapy" / "profiles"
ITB = (FOLDER / "itb.toml").read_text(encoding="utf-8")
SPINAL_RISE = 'rise = { value = "30 %", source = "USP DI monograph" }'


def faults(old: str, new: str) -> list[str]:
    assert old in ITB
    try:
        load_profile_text(ITB.replace(old, new, 1), "lab.toml")
    except ProgramRefused as refused:
        return refused.lines
    return []


@pytest.mark.parametrize("name", ["itb", "pca"])
def test_a_packaged_profile_is_one_that_would_be_accepted(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    assert load_profile_text(text, name).hazard == name == packaged(name).hazard


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            SPINAL_RISE,
            SPINAL_RISE.replace("30", "30.1"),
            'drug[0].spinal.rise.value: "30.1 %" - allowed up to 30 % - lower it',
        ),
        (
            '"2003 ug/day"',
            '"2004 ug/day"',
            'drug[0].spinal.high.value: "2004 ug/day" - allowed up to 2003 ug/day - lower it',
        ),
        (
            '"22 ug/day"',
            '"21 ug/day"',
            'drug[0].cerebral.low.value: "21 ug/day" - allowed from 22 ug/day - raise it',
        ),
        (
            '"703 ug/day"',
            '"704 ug/day"',
            'drug[0].cerebral.most.value: "704 ug/day" - allowed up to 703 ug/day - lower it',
        ),
        (
            '"2000 ug/mL"',
            '"2001 ug/mL"',
            'drug[0].highest_concentration.value: "2001 ug/mL" - allowed up to 2000 ug/mL - '
            "lower it",
        ),
        (
            "[drug.cerebral]",
            "[drug.other]",
            "drug[0].other: rows of baclofen for an indication without published figures - "
            "published for spinal, cerebral - remove them",
        ),
    ],
)
def test_a_lab_may_not_be_wider_than_the_monograph(old: str, new: str, line: str) -> None:
    assert faults(old, new) == [f"lab.toml: {line} - USP DI monograph"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SPINAL_RISE, SPINAL_RISE.replace("30", "10")),
        ('"2003 ug/day"', '"900 ug/day"'),
        ('"22 ug/day"', '"50 ug/day"'),
        ('hazard = "itb"', 'hazard = "pca"'),
    ],
)
def test_a_lab_may_be_narrower(old: str, new: str) -> None:
    assert faults(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            'hazard = "itb"',
            'hazard = "iv"',
            'hazard: "iv" - one of itb, pca - use one of these',
        ),
        (
            'low = { value = "12 ug/day"',
            'low = { value = "801 ug/day"',
            'drug[0].spinal.low: "801 ug/day" - allowed up to most, 800 ug/day - '
            "swap or correct the two",
        ),
        (
            SPINAL_RISE,
            'rise = { value = "30 %" }',
            "drug[0].spinal.rise.source: missing - 1 to 60 printable ASCII characters - "
            "add the key",
        ),
        (
            SPINAL_RISE,
            'rise = "30 %"',
            'drug[0].spinal.rise: "30 %" is not a section - write [drug.spinal.rise] - '
            "give it keys",
        ),
        (
            '"30 %"',
            "30",
            'drug[0].spinal.rise.value: 30 has no unit - a percentage such as "20 %" - '
            'write it as in "20 %"',
        ),
        (
            SPINAL_RISE,
            SPINAL_RISE.replace("30", "0.9"),
            'drug[0].spinal.rise.value: "0.9 %" - allowed 1 to 100 % - state a daily step',
        ),
        (
            'most = { value = "800',
            'moist = { value = "800',
            "drug[0].spinal.moist: unknown key - keys here are low, high, rise, refill_rise, "
            'most, little_experience - did you mean "most"?',
        ),
        (
            'drugs = ["baclofen", "morphine"]',
            'drugs = ["baclofen"]',
            "mixture[0].drugs: 1 values - a list of two or more drugs - "
            "name the drugs of the mixture",
        ),
        (
            "[[mixture]]",
            '[[drug]]\nname = "Baclofen"\n[[mixture]]',
            'drug[1].name: "Baclofen" again - each drug once - remove one',
        ),
    ],
)
def test_an_inconsistent_profile_is_refused_in_one_line(old: str, new: str, line: str) -> None:
    assert faults(old, new) == [f"lab.toml: {line}"]


@pytest.fixture
def lab(tmp_path: Path, demo: Edit) -> Callable[..., Path]:
    """A program file beside the profile that it names, with a text of the profile replaced."""

    def write(old: str, new: str) -> Path:
        (tmp_path / "lab.toml").write_text(ITB.replace(old, new, 1), encoding="utf-8")
        program = tmp_path / "program.toml"
        program.write_text(demo('"itb"', '"lab.toml"'), encoding="utf-8")
        return program

    return write


def test_a_program_names_a_profile_beside_it(lab: Callable[..., Path]) -> None:
    program = load_program(lab(SPINAL_RISE, SPINAL_RISE.replace("30", "10"))).device_program()
    assert (program["profile"], program["rise_permille"]) == ("itb", 100)


def test_the_lab_s_band_holds(lab: Callable[..., Path]) -> None:
    narrower = '{ value = "495 ug/day", source = "our ward" }'
    path = lab('{ value = "2003 ug/day", source = "USP DI monograph" }', narrower)
    path.with_name("lab.toml").write_text(
        path.with_name("lab.toml").read_text().replace('"800 ug/day"', '"400 ug/day"', 1)
    )
    with pytest.raises(ProgramRefused) as refused:
        load_program(path)
    assert refused.value.lines == [
        "basal: 496 ug/day of baclofen - allowed 12 to 495 ug/day, spinal - "
        "lower the dose - our ward"
    ]


def test_a_row_that_a_lab_leaves_out_is_the_packaged_one(lab: Callable[..., Path]) -> None:
    rows = ITB[ITB.index("[drug.spinal]") : ITB.index("[drug.cerebral]")]
    assert load_program(lab(rows, "")).drugs[0].high_ug_day == 2003


def test_a_refused_profile_is_told_with_the_program_s_own_faults(
    lab: Callable[..., Path],
) -> None:
    path = lab('hazard = "itb"', 'hazard = "iv"')
    path.write_text(path.read_text().replace('"20 %"', '"51 %"'), encoding="utf-8")
    with pytest.raises(ProgramRefused) as refused:
        load_program(path)
    assert [line.split(" ")[0] for line in refused.value.lines] == [
        "taper.max_daily_reduction:",
        "lab.toml:",
    ]


def test_a_profile_that_is_not_there_is_said(demo: Edit, tmp_path: Path) -> None:
    with pytest.raises(ProgramRefused) as refused:
        load_program_text(demo('"itb"', '"lab.toml"'), folder=tmp_path)
    assert refused.value.lines == [
        f"{tmp_path / 'lab.toml'}: no such file or directory - a TOML file - check the path"
    ]

"""A bolus that is too large, too quick or too close is refused, at the limit and beyond."""

from collections.abc import Callable

import pytest

from pumprig.therapy import ProgramRefused, load_program_text

Edit = Callable[..., str]
BOLUS = """[bolus]
adds = true
max = "0.02 mL"
shortest = "10 min"
gap = "1 h"
per_day = 3
[bolus.demand]
volume = "0.02 mL"
over = "20 min"
[[bolus.periodic]]
volume = "0.01 mL"
over = "30 min"
at = ["08:00", "20:00"]
"""


def faults(demo: Edit, *changes: str) -> list[str]:
    """The refusal's lines with some texts of the bolus sections changed; none: accepted."""
    text = BOLUS
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    try:
        load_program_text(demo("[taper]", text + "[taper]"))
    except ProgramRefused as refused:
        return refused.lines
    return []


@pytest.mark.parametrize(
    ("key", "inside", "outside"),
    [
        ('"20 min"', ['"6 h"', '"600 s"'], ['"21601 s"', '"599 s"']),
        ('"30 min"', ['"6 h"', '"600 s"'], ['"21601 s"', '"599 s"']),
        ("per_day = 3", ["per_day = 1", "per_day = 24"], ["per_day = 0", "per_day = 25"]),
        ('"1 h"', ['"41400 s"', '"0 h"'], ['"41401 s"', '"86401 s"']),
        ('"10 min"', ['"1 s"', '"1200 s"'], ['"0 s"', '"1201 s"']),
        ('"0.01 mL"', ['"0.02 mL"', '"1 nL"'], ['"20001 nL"', '"0.4 nL"']),
        ('"08:00", "20:00"', ['"08:00", "09:30"'], ['"08:00", "09:29:59"']),
        ('"08:00", "20:00"', ['"00:30", "23:00"'], ['"00:30", "23:00:01"']),
        ('at = ["08:00", "20:00"]', ['every = "3 h"'], ['every = "7 h"', 'every = "30 min"']),
    ],
)
def test_a_limit_holds_at_its_ends(
    demo: Edit, key: str, inside: list[str], outside: list[str]
) -> None:
    for value in inside:
        assert faults(demo, key, value) == []
    for value in outside:
        assert len(faults(demo, key, value)) >= 1


def test_a_dose_becomes_a_volume_before_it_is_compared(demo: Edit) -> None:
    demand = 'volume = "0.02 mL"\nover = "20 min"'
    assert faults(demo, demand, 'dose = "40 ug"\nover = "20 min"') == []
    assert faults(demo, demand, 'dose = "40.002 ug"\nover = "20 min"') == [
        'bolus.demand.dose: "40.002 ug" is 0.020001 mL - allowed up to bolus.max, 0.02 mL - '
        "give less at once - Open PCA R5.2.0(4)"
    ]


@pytest.mark.parametrize(("adds", "seconds"), [("true", 74), ("false", 72)])
def test_basal_counts_into_the_flow_of_a_bolus_that_adds_to_it(
    demo: Edit, adds: str, seconds: int
) -> None:
    # 0.02 mL in 72 s is 1 mL/h, the pump's largest flow; 0.016 mL/h of it are basal's at night.
    changes = ("adds = true", f"adds = {adds}", '"10 min"', '"1 min"')
    assert faults(demo, *changes, '"20 min"', f'"{seconds} s"') == []
    too_quick = faults(demo, *changes, '"20 min"', f'"{seconds - 1} s"')
    assert [line.split(":")[0] for line in too_quick] == ["bolus.demand.over"]
    assert "allowed up to 1 mL/h - give it more time or raise pump.max_bolus_flow" in too_quick[0]


def test_the_largest_flow_of_a_bolus_must_be_the_motor_s(demo: Edit) -> None:
    pump = 'step_volume = "31.25 nL"'
    for flow, path in (("115.2 mL/h", None), ("115.200001 mL/h", "pump.step_volume")):
        text = demo(
            *("[taper]", BOLUS + "[taper]"),
            *(pump, f'{pump}\nmax_step_rate = "15000 Hz"\nmax_bolus_flow = "{flow}"'),
        )
        if path is None:
            load_program_text(text)
            continue
        with pytest.raises(ProgramRefused, match="allowed up to 1024 steps a second") as refused:
            load_program_text(text)
        assert refused.value.lines[0].startswith(path)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            ('volume = "0.02 mL"\n', ""),
            "bolus.demand: neither dose nor volume - either dose or volume - add one of the two",
        ),
        (
            ('volume = "0.01 mL"', 'volume = "0.01 mL"\ndose = "20 ug"'),
            "bolus.periodic[0]: dose and volume - either dose or volume - remove one of the two",
        ),
        (
            ('at = ["08:00", "20:00"]', ""),
            "bolus.periodic[0]: neither at nor every - either at or every - add one of the two",
        ),
        (
            ('at = ["08:00", "20:00"]', 'at = "08:00"'),
            'bolus.periodic[0].at: "08:00" - a list of times of day such as ["08:00", "20:00"] - '
            "write the brackets",
        ),
        (
            ('"08:00", "20:00"', '"08:00", "09:00"'),
            "bolus.periodic[0]: begins 1800 s after the end of the one before it - "
            "allowed from bolus.gap, 1 h - move them apart - Open PCA R5.2.0(3)",
        ),
        (
            ('"08:00", "20:00"', '"08:00", "08:00"'),
            "bolus.periodic[0]: begins before the end of the one before it - "
            "allowed from bolus.gap, 1 h - move them apart - Open PCA R5.2.0(3)",
        ),
        (
            ("adds = true", 'adds = "yes"'),
            'bolus.adds: "yes" - true or false - write true or false, without quotes',
        ),
        (
            ("per_day = 3", "per_day = 3.0"),
            "bolus.per_day: 3.0 - a whole number - write it without quotes or unit",
        ),
        (
            ("per_day = 3", "per_day = 0"),
            "bolus.per_day: 0 - 1 or more with [bolus.demand] - "
            "allow some, or remove the demand bolus",
        ),
        (
            ('over = "30 min"', 'over = "6.5 h"'),
            "bolus.periodic[0].over: 23400 s - allowed up to 6 h - give it within 6 h - "
            "Open PCA R5.3.0(5)",
        ),
    ],
)
def test_a_wrong_bolus_is_refused_in_one_line(
    demo: Edit, changes: tuple[str, ...], line: str
) -> None:
    assert faults(demo, *changes) == [line]

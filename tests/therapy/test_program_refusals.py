"""A wrong program file is refused with one exact line per fault, and all of them at once."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumprig.therapy import ProgramRefused, load_program, load_program_text
from pumprig.therapy.program_file import ProgramFile
from pumprig.therapy.reading import read_sections
from pumprig.therapy.rules import faults_of

Edit = Callable[..., str]

STEP_1 = '[[basal.step]]\nat = "06:00"\ndose = "15 ug/h"\n'
STEP_2 = '[[basal.step]]\nat = "22:00"\ndose = "32 ug/h"\n'
DRUG = '[[drug]]\nname = "baclofen"\nconcentration = "2000 ug/mL"\n'
MORPHINE = """[[drug]]
name = "morphine"
concentration = "2000 ug/mL"
daily_max = "20000 ug/day"
"""
VARIANT = """[[basal.variant]]
days = ["sat", "sun"]
[[basal.variant.step]]
at = "08:00"
dose = "15 ug/h"
"""
PUMP = 'step_volume = "31.25 nL"'
VOLUME = 'volume = "6.5 mL"'
UNIT = "use a unit as in the example"
A_DOSE = 'a dose per time such as "500 ug/day" or a flow such as "0.25 mL/h"'
A_VOLUME = 'a volume such as "20 mL"'

REFUSALS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "unknown key": (
        (VOLUME, VOLUME + '\nrefil_notice = "7 day"'),
        [
            "reservoir.refil_notice: unknown key - keys here are capacity, volume, residual, "
            'low_alarm, tolerance, refill_notice, refill_after - did you mean "refill_notice"?'
        ],
    ),
    "unknown key like no other": (
        (PUMP, PUMP + '\n"a b" = 1'),
        [
            'pump."a b": unknown key - keys here are step_volume, min_flow, max_flow, '
            "max_bolus_flow, max_step_rate - remove it"
        ],
    ),
    "unknown section": (
        ("[taper]", "[Taper]"),
        [
            "taper: missing - a section [taper] with max_daily_reduction, minimum_rate - add it",
            "Taper: unknown key - keys here are therapy, drug, reservoir, basal, bolus, taper, "
            'line, pump - did you mean "taper"?',
        ],
    ),
    "missing key": (
        ('minimum_rate = "0.006 mL/day"', ""),
        ['taper.minimum_rate: missing - a flow such as "0.25 mL/h" - add the key'],
    ),
    "missing drug": (
        (DRUG, ""),
        [
            "drug: missing - a section [[drug]] with name, concentration, daily_min, daily_max, "
            "stable - add it"
        ],
    ),
    "single brackets": (
        ("[[drug]]", "[drug]"),
        ["drug: not a list of sections - write [[drug]] - double the brackets"],
    ),
    "wrong word": (
        ('"flex"', '"flexx"'),
        [
            'basal.mode: "flexx" - one of continuous, flex, minimum, stopped, screening - '
            'did you mean "flex"?'
        ],
    ),
    "wrong profile": (
        ('"itb"', '"iv"'),
        [
            'therapy.profile: "iv" - itb, pca or a path to a profile file such as "lab.toml" - '
            "respell it"
        ],
    ),
    "name too long": (
        ('"demo"', f'"{"x" * 33}"'),
        [
            f'therapy.name: "{"x" * 33}" - 1 to 32 printable ASCII characters - '
            "shorten or respell it"
        ],
    ),
    "name with a control character": (
        ('"demo"', '"de\\nmo"'),
        ['therapy.name: "de\\nmo" - 1 to 32 printable ASCII characters - shorten or respell it'],
    ),
    "no unit": (
        ('"15 ug/h"', "500"),
        [f'basal.step[0].dose: 500 has no unit - {A_DOSE} - write it as in "500 ug/day"'],
    ),
    "wrong unit": (
        ('"15 ug/h"', '"15 ug"'),
        [f'basal.step[0].dose: "15 ug" has the wrong unit - {A_DOSE} - {UNIT}'],
    ),
    "unknown unit": (
        ('"15 ug/h"', '"15 IU/h"'),
        [f'basal.step[0].dose: "15 IU/h" has an unknown unit - {A_DOSE} - {UNIT}'],
    ),
    "negative": (
        (VOLUME, 'volume = "-6.5 mL"'),
        [f'reservoir.volume: "-6.5 mL" - allowed above zero - write {A_VOLUME}'],
    ),
    "zero": (
        ('"15 ug/h"', '"0 ug/h"'),
        [
            'basal.step[0].dose: "0 ug/h" - allowed above zero - '
            'write a dose per time such as "500 ug/day"'
        ],
    ),
    "dose beyond the pump": (
        ('"32 ug/h"', '"500 mg/day"'),
        [
            'basal.step[1].dose: "500 mg/day" is 10.416667 mL/h - allowed 0.002 to 1 mL/h - '
            "lower the dose or raise the concentration"
        ],
    ),
    "flow beyond the declared": (
        ('"15 ug/h"', '"6 mL/day"', PUMP, PUMP + '\nmax_flow = "0.2 mL/h"'),
        [
            'basal.step[0].dose: "6 mL/day" is 0.25 mL/h - allowed 0.002 to 0.2 mL/h - '
            "lower the flow"
        ],
    ),
    "flow below the declared": (
        ('"15 ug/h"', '"0.001999 mL/h"'),
        [
            'basal.step[0].dose: "0.001999 mL/h" - allowed 0.002 to 1 mL/h - raise the flow',
        ],
    ),
    "baclofen too thin": (
        ('"2000 ug/mL"', '"49 ug/mL"', '"32 ug/h"', '"15 ug/h"'),
        [
            'drug[0].concentration: "49 ug/mL" - allowed 50 to 2000 ug/mL - '
            "use a marketed concentration - USP DI monograph"
        ],
    ),
    "five drugs": (
        (DRUG, DRUG + "".join(MORPHINE.replace("morphine", f"other {n}") for n in range(4))),
        ["drug: 5 drugs - allowed 1 to 4 in one solution - mix fewer"],
    ),
    "a drug twice": (
        (DRUG, DRUG + DRUG.replace("baclofen", " Baclofen")),
        ['drug[1].name: " Baclofen" again - taken by drug[0].name - remove one'],
    ),
    "a drug without a published band": (
        (DRUG, DRUG + MORPHINE.replace('daily_max = "20000 ug/day"\n', "")),
        [
            "drug[1].daily_max: missing: no profile has a daily band of morphine - a daily dose "
            'such as "400 ug/day" - add daily_max, and daily_min if there is a least dose'
        ],
    ),
    "a band wider than published": (
        (DRUG, DRUG + 'daily_min = "11 ug/day"\ndaily_max = "2004 ug/day"\n'),
        [
            'drug[0].daily_min: "11 ug/day" - allowed from 12 ug/day - '
            "narrow the band of the profile, not widen it - USP DI monograph",
            'drug[0].daily_max: "2004 ug/day" - allowed up to 2003 ug/day - '
            "narrow the band of the profile, not widen it - USP DI monograph",
        ],
    ),
    "an inverted band": (
        (DRUG, DRUG + 'daily_min = "400 ug/day"\ndaily_max = "300 ug/day"\n'),
        [
            'drug[0].daily_min: "400 ug/day" - allowed up to daily_max, 300 ug/day - '
            "swap or correct the two"
        ],
    ),
    "baclofen for no known origin": (
        ('"spinal"', '"other"'),
        [
            'therapy.indication: "other" - baclofen needs spinal or cerebral - '
            "say whose table holds - USP DI monograph"
        ],
    ),
    "a dose of a drug that is not there": (
        ('mode = "flex" ', 'drug = "baclophen"\nmode = "flex" '),
        ['basal.drug: "baclophen" - one of baclofen - did you mean "baclofen"?'],
    ),
    "volume above capacity": (
        (VOLUME, 'volume = "20.000001 mL"'),
        ['reservoir.volume: "20.000001 mL" - allowed up to the capacity, 20 mL - fill in less'],
    ),
    "residual above volume": (
        (VOLUME, 'volume = "0.4 mL"'),
        [
            'reservoir.residual: "0.5 mL" - allowed up to the volume, 0.4 mL - '
            "fill the reservoir first"
        ],
    ),
    "low alarm below residual": (
        ('"2 mL"', '"0.999999 mL"'),
        [
            'reservoir.low_alarm: "0.999999 mL" - allowed from residual + tolerance, 1 mL - '
            "raise it: it could sound too late - Open PCA R6.8.0"
        ],
    ),
    "low alarm above capacity": (
        ('"2 mL"', '"20.000001 mL"'),
        [
            'reservoir.low_alarm: "20.000001 mL" - allowed up to the capacity, 20 mL - '
            "lower the alarm"
        ],
    ),
    "capacity": (
        ('"20 mL"', '"50.000001 mL"'),
        [
            'reservoir.capacity: "50.000001 mL" - allowed 1 to 50 mL - '
            "use a reservoir of such a size"
        ],
    ),
    "residual below the tolerance": (
        ('residual = "0.5 mL"', 'residual = "0.499999 mL"'),
        [
            'reservoir.residual: "0.499999 mL" - allowed from the tolerance, 0.5 mL - '
            "raise it: the pump could be empty before it knows - Open PCA R6.8.0"
        ],
    ),
    "tolerance": (
        (
            'tolerance = "0.5 mL"',
            'tolerance = "5.000001 mL"',
            'residual = "0.5 mL"',
            'residual = "6 mL"',
            '"2 mL"',
            '"20 mL"',
        ),
        ['reservoir.tolerance: "5.000001 mL" - allowed 0 to 5 mL - use a pump that knows better'],
    ),
    "notices out of order": (
        (VOLUME, VOLUME + '\nrefill_notice = ["1 day", "1 day"]'),
        [
            'reservoir.refill_notice: "1 day" - shorter than the one before it, 1 day - '
            "put the longest notice first"
        ],
    ),
    "five notices": (
        (VOLUME, VOLUME + '\nrefill_notice = ["5 day", "4 day", "3 day", "2 day", "1 day"]'),
        ["reservoir.refill_notice: 5 notices - allowed 1 to 4 - leave the ones that matter"],
    ),
    "a day in two variants": (
        (STEP_2, STEP_2 + VARIANT + VARIANT.replace('["sat", "sun"]', '["sun"]')),
        [
            'basal.variant[1].days: "sun" again - taken by basal.variant[0].days - '
            "give each day one variant"
        ],
    ),
    "no such day": (
        (STEP_2, STEP_2 + VARIANT.replace('"sat"', '"saturday"')),
        [
            'basal.variant[0].days: "saturday" - one of mon, tue, wed, thu, fri, sat, sun - '
            "use one of these"
        ],
    ),
    "a variant of one rate": (
        ('"flex"', '"continuous"\ndose = "15 ug/h"', STEP_1, "", STEP_2, VARIANT),
        ['basal.variant: given with mode "continuous" - only with mode "flex" - remove it'],
    ),
    "minimum rate too low for its steps": (
        ('"0.006 mL/day"', '"0.002 mL/day"', '"20 %"', '"1 %"'),
        [
            'taper.minimum_rate: "0.002 mL/day" - allowed from 0.0024 mL/day with 1 % a day - '
            "raise it: the device counts whole nL/h"
        ],
    ),
    "line": (
        (PUMP, PUMP + '\n[line]\ntubing = "2.000001 mL"'),
        ['line.tubing: "2.000001 mL" - allowed 0 to 2 mL - measure the line'],
    ),
    "bolus flow below basal's": (
        (PUMP, PUMP + '\nmax_bolus_flow = "0.999999 mL/h"'),
        [
            'pump.max_bolus_flow: "0.999999 mL/h" - allowed from max_flow, 1 mL/h - '
            "raise it: it holds basal as well"
        ],
    ),
    "refill notice": (
        (VOLUME, VOLUME + '\nrefill_notice = "61 day"'),
        [
            'reservoir.refill_notice: "61 day" - allowed 0 to 60 day - '
            "ask for notice within this range"
        ],
    ),
    "steps out of order": (
        ('"06:00"', '"23:00"'),
        [
            'basal.step[1].at: "22:00" - after the step before it, 23:00 - '
            "put the steps in order of time"
        ],
    ),
    "duplicate step": (
        ('"22:00"', '"06:00:00"'),
        ['basal.step[1].at: "06:00:00" again - taken by basal.step[0].at - remove one'],
    ),
    "time of day": (
        ('"06:00"', '"24:00"'),
        [
            'basal.step[0].at: "24:00" - a time of day from "00:00" to "23:59:59" - '
            "write it as HH:MM"
        ],
    ),
    "flex without steps": (
        (STEP_1, "", STEP_2, ""),
        ['basal.step: missing with mode "flex" - 1 to 24 sections [[basal.step]] - add it'],
    ),
    "flex with no step": (
        (STEP_1, "step = []\n", STEP_2, ""),
        ["basal.step: 0 steps - allowed 1 to 24 a day - merge steps"],
    ),
    "25 steps": (
        (
            STEP_1,
            "".join(f'[[basal.step]]\nat = "06:{n:02d}"\ndose = "15 ug/h"\n' for n in range(24)),
        ),
        ["basal.step: 25 steps - allowed 1 to 24 a day - merge steps"],
    ),
    "continuous with steps": (
        ('"flex"', '"continuous"'),
        [
            f'basal.dose: missing with mode "continuous" - {A_DOSE} - add it',
            'basal.step: given with mode "continuous" - only with mode "flex" - remove it',
        ],
    ),
    "stopped with a dose": (
        ('"flex"', '"stopped"\ndose = "15 ug/h"', STEP_1, "", STEP_2, ""),
        ['basal.dose: given with mode "stopped" - only with mode "continuous" - remove it'],
    ),
    "lead": (
        ('"2 h"', '"721 min"'),
        ['basal.lead: "721 min" is 12.016667 h - allowed 0 to 12 h - shorten the lead'],
    ),
    "reduction": (
        ('"20 %"', '"50.1 %"'),
        [
            'taper.max_daily_reduction: "50.1 %" - allowed 1 to 50 % - '
            "choose a reduction that is still a taper"
        ],
    ),
    "reduction finer than the device": (
        ('"20 %"', '"20.05 %"'),
        [
            'taper.max_daily_reduction: "20.05 %" is 200.5 permille - '
            "allowed whole permille only - write a value that needs no rounding"
        ],
    ),
    "minimum rate": (
        ('"0.006 mL/day"', '"0.2 mL/day"', '"15 ug/h"', '"30 ug/h"'),
        [
            'taper.minimum_rate: "0.2 mL/day" - allowed 0.001 to 0.1 mL/day - '
            "use about 0.006 mL/day"
        ],
    ),
    "minimum rate above the program": (
        ('"0.006 mL/day"', '"0.1 mL/day"', '"15 ug/h"', '"0.002 mL/h"'),
        [
            'taper.minimum_rate: "0.1 mL/day" - allowed up to the lowest programmed flow, '
            "0.048 mL/day - lower it or raise basal.step[0].dose"
        ],
    ),
    "step volume": (
        ('"31.25 nL"', '"0.999 nL"'),
        ['pump.step_volume: "0.999 nL" - allowed 1 to 200 nL - check gearing and tubing'],
    ),
    "declared flow": (
        (PUMP, PUMP + '\nmax_flow = "1.000001 mL/h"'),
        [
            'pump.max_flow: "1.000001 mL/h" - allowed 0.000001 to 1 mL/h - '
            "declare what the pump can do"
        ],
    ),
    "declared flows swapped": (
        (
            *(PUMP, PUMP + '\nmin_flow = "0.5 mL/h"\nmax_flow = "0.4 mL/h"'),
            *('"flex"', '"stopped"', STEP_1, "", STEP_2, ""),
        ),
        ['pump.min_flow: "0.5 mL/h" - allowed up to max_flow, 0.4 mL/h - swap or correct the two'],
    ),
    "step rate": (
        (PUMP, PUMP + '\nmax_step_rate = "15001 Hz"'),
        ['pump.max_step_rate: "15001 Hz" - allowed 1 to 15000 Hz - declare what the motor can do'],
    ),
    "motor too slow in real time": (
        ('"31.25 nL"', '"1 nL"\nmax_step_rate = "4 Hz"'),
        [
            'pump.max_step_rate: "4 Hz" - the highest flow needs 4.444 Hz - '
            "raise it or step_volume, or lower the dose"
        ],
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_fault_is_told_in_one_line(demo: Edit, case: str) -> None:
    changes, lines = REFUSALS[case]
    with pytest.raises(ProgramRefused) as refused:
        load_program_text(demo(*changes))
    assert refused.value.lines == lines


def test_every_fault_of_a_file_is_told(demo: Edit) -> None:
    text = demo(
        *('profile = "itb"', 'profil = "itb"'),
        *('"2000 ug/mL"', '"3000 ug/mL"'),
        *(VOLUME, 'volume = "21 mL"'),
        *('"15 ug/h"', "500"),
        *('"32 ug/h"', '"500 mg/day"'),
        *('"0.006 mL/day"', '"0.006 mL"'),
    )
    with pytest.raises(ProgramRefused) as refused:
        load_program_text(text)
    assert [line.split(":")[0] for line in refused.value.lines] == [
        "therapy.profile",
        "therapy.profil",
        "basal.step[0].dose",
        "taper.minimum_rate",
        "drug[0].concentration",
        "reservoir.volume",
        "basal.step[1].dose",
    ]


# Key, the value in the demo, and values just inside and just outside of each end of its range.
EDGES = [
    ('"20 mL"', ["50 mL", "6.5 mL"], ["50.000001 mL", "6.499999 mL"]),
    (VOLUME, ["20 mL", "0.5 mL"], ["20.000001 mL", "0.499999 mL"]),
    ('"2 mL"', ["20 mL", "1 mL"], ["20.000001 mL", "0.999999 mL"]),
    ('"2000 ug/mL"', ["2000 ug/mL", "50 ug/mL"], ["2001 ug/mL", "49 ug/mL"]),
    ('"15 ug/h"', ["0.002 mL/h"], ["1000001 nL/h", "1999 nL/h"]),
    ('"2 h"', ["0 h", "12 h"], ["43201 s"]),
    ('"20 %"', ["1 %", "50 %"], ["0.9 %", "50.1 %"]),
    ('"0.006 mL/day"', ["42 nL/h", "4167 nL/h"], ["41 nL/h", "4168 nL/h"]),
    ('"31.25 nL"', ["1 nL", "200 nL"], ["0.999 nL", "200.001 nL"]),
]


@pytest.mark.parametrize(("old", "inside", "outside"), EDGES)
def test_a_range_holds_at_its_ends(
    demo: Edit, old: str, inside: list[str], outside: list[str]
) -> None:
    key = "volume = " if old == VOLUME else ""
    for value in inside:
        load_program_text(demo(old, f'{key}"{value}"'))
    for value in outside:
        with pytest.raises(ProgramRefused) as refused:
            load_program_text(demo(old, f'{key}"{value}"'))
        assert len(refused.value.lines) == 1


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("reservoir = 3", "reservoir: 3 is not a section - write [reservoir] - give it keys"),
        ("drug = [3]", "drug[0]: 3 is not a section - write [[drug]] - give it keys"),
    ],
)
def test_a_value_for_a_section_is_named_once(value: str, line: str) -> None:
    with pytest.raises(ProgramRefused) as refused:
        load_program_text(value)
    place = line.split(":")[0]
    assert [found for found in refused.value.lines if found.startswith(place)] == [line]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b'[therapy]\nname = "demo\n',
            "not TOML: Illegal character '\\n' (at line 2, column 13) - a TOML file - "
            "correct it there",
        ),
        (b'name = "\xff"', "byte 8 is not UTF-8 - a TOML file in UTF-8 - save it as UTF-8"),
        (None, "no such file or directory - a TOML file - check the path"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "program.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProgramRefused) as refused:
        load_program(path)
    assert refused.value.lines == [f"{path}: {said}"]


# What TOML can hold in place of what a key wants.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.times(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["at", "dose", "name", "mode", "days", "over", "every", "volume", "x y"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
).filter(lambda value: value is not None)


@settings(deadline=None)  # a busy machine is no fault
@given(
    section=st.sampled_from(
        ["therapy", "drug", "reservoir", "basal", "bolus", "taper", "line", "pump", "other"]
    ),
    key=st.sampled_from(
        [
            None,
            "name",
            "volume",
            "mode",
            "lead",
            "dose",
            "step",
            "variant",
            "demand",
            "periodic",
            "step_volume",
        ]
    ),
    value=VALUES,
)
def test_no_value_anywhere_breaks_the_reader(
    demo: Edit, section: str, key: str | None, value: object
) -> None:
    raw = tomllib.loads(demo())
    table = raw["drug"][0] if section == "drug" else raw.get(section)
    if key is None or table is None:
        raw[section] = value
    else:
        table[key] = value
    file, faults = read_sections(ProgramFile, raw)
    for fault in [*faults, *faults_of(file)]:
        assert len(str(fault).splitlines()) == 1
        assert str(fault).count(" - ") >= 2


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000])
def test_toml_that_exhausts_its_reader_is_refused_too(text: str) -> None:
    with pytest.raises(ProgramRefused):
        load_program_text(text)

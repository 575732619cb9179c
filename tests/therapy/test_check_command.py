"""`pumprig check`: plain words for a good file, every fault and exit code 2 for a bad one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pumprig.cli.check import check
from pumprig.therapy import load_program, load_program_text
from pumprig.therapy.notes import notes

Edit = Callable[..., str]
STEP_1 = '[[basal.step]]\nat = "06:00"\ndose = "15 ug/h"\n'
STEP_2 = '[[basal.step]]\nat = "22:00"\ndose = "32 ug/h"\n'


@pytest.fixture
def run() -> Callable[..., Result]:
    app = typer.Typer()
    app.command()(check)
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


def test_the_demo_is_explained_in_plain_words(run: Callable[..., Result], examples: Path) -> None:
    result = run(examples / "demo.toml", "--time-scale", 1440)
    assert result.exit_code == 0, result.output
    for words in (
        'Program "demo" is accepted: hazard class itb, spinal, flex.',
        "│ baclofen │ 2000 ug/mL │ 496 ug │ 12 to 2003 ug │ USP DI monograph │",
        "Every day: 0.248 mL",
        "│ 22:00      │ 20:00       │ 0.016 mL/h  │ +113.3 % │ 32 ug/h  │",
        "No 24 h hold more than 1.0015 mL, 2003 ug of baclofen - USP DI monograph",
        "The fullest 24 h of the program hold 24.8 % of that.",
        "│ LOW_RESERVOIR              │ 1.9776 mL     │ day 16 03:24 (wed)      │",
        "│ TAPER_GUARD                │ 1.7296 mL     │ day 17 03:24 (thu)      │",
        "Refill due: day 14 02:33 (mon), because of the pump giving 14.5 % more.",
        "at most 20 % less per day (time constant 108.1 h), down to 0.006 mL/day",
        "Largest time scale: 1440.",
    ):
        assert words in result.output


def test_the_machine_form_carries_the_device_program(
    run: Callable[..., Result], examples: Path
) -> None:
    told = json.loads(run(examples / "demo.toml", "--json").output)
    program = load_program(examples / "demo.toml").device_program()
    assert told["program"] == program
    assert told["max_time_scale"] == 1440
    assert told["forecast"]["low_usable_nl"] == 1_977_600


def test_faults_go_to_stderr_with_exit_code_2(
    run: Callable[..., Result], demo: Edit, tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(demo('"15 ug/h"', "500", '"20 %"', '"51 %"'), encoding="utf-8")
    result = run(path, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "basal.step[0].dose",
        "taper.max_daily_reduction",
    ]
    assert [child.name for child in tmp_path.iterdir()] == ["bad.toml"]


def test_a_time_scale_beyond_the_motor_names_the_largest(
    run: Callable[..., Result], examples: Path, tmp_path: Path
) -> None:
    path = tmp_path / "slow-motor.toml"
    text = (examples / "continuous.toml").read_text(encoding="utf-8")
    path.write_text(text + '\nmax_step_rate = "200 Hz"\n', encoding="utf-8")
    assert run(path, "--time-scale", 225).exit_code == 0
    result = run(path, "--time-scale", 226)
    assert result.exit_code == 2
    assert result.stderr == "time scale: 226 - allowed 1 to 225 - use 225 or less\n"


@pytest.mark.parametrize("mode", ["minimum", "stopped"])
def test_a_program_without_therapy_is_explained_too(
    run: Callable[..., Result], demo: Edit, tmp_path: Path, mode: str
) -> None:
    path = tmp_path / "still.toml"
    path.write_text(demo('"flex"', f'"{mode}"', STEP_1, "", STEP_2, ""), encoding="utf-8")
    result = run(path)
    assert result.exit_code == 0, result.output
    assert f'Note: mode "{mode}" gives no therapy by itself' in result.output


def test_a_name_is_printed_as_written_not_as_markup(
    run: Callable[..., Result], demo: Edit, tmp_path: Path
) -> None:
    path = tmp_path / "named.toml"
    path.write_text(demo('"demo"', '"[bold]x[/]"'), encoding="utf-8")
    assert 'Program "[bold]x[/]" is accepted' in run(path).output


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        (
            (),
            "outside the monograph's 0.1 to 1 mL/h, though this pump can give it: "
            "0.0075 mL/h, 0.016 mL/h",
        ),
        (
            ('"itb"', '"pca"'),
            'hazard class "pca" takes too much for the greater evil; with baclofen an abrupt '
            'stop is: use "itb"',
        ),
        (
            (),
            "how long baclofen keeps in the pump is not stated: nothing reminds of its expiry",
        ),
        (
            ('"6.5 mL"', '"2.2 mL"'),
            "TAPER_GUARD holds the flow below the program from the start: too little volume",
        ),
        (('"6.5 mL"', '"2.4 mL"'), "LOW_RESERVOIR sounds from the start"),
        (
            ('"15 ug/h"', '"15.0011 ug/h"'),
            'rounded: basal.step[0].dose: "15.0011 ug/h" runs as 7501 nL/h, +0.45 nL/h '
            "from what is written",
        ),
    ],
)
def test_what_is_allowed_but_unusual_is_noted(
    demo: Edit, changes: tuple[str, ...], note: str
) -> None:
    assert note in notes(load_program_text(demo(*changes)))


def test_a_week_has_a_table_for_each_kind_of_day(
    run: Callable[..., Result], examples: Path
) -> None:
    result = run(examples / "week.toml")
    assert result.exit_code == 0, result.output
    for words in (
        "│ baclofen │ 2000 ug/mL │ 524 to 762 ug │",
        "Mon, tue, wed, thu, fri: 0.262 to 0.268 mL",  # until 06:00 the day before runs on
        "Sat, sun: 0.38 to 0.381 mL",
        "│ 01:00      │ 23:00 the day before │ 0.015 mL/h │ 30 ug/h  │",
        "│ 19:30 │ 0.01 mL │ 30 min │ 0.02 mL/h │ 20 ug    │",
        "An operator may give 3 boluses in any 24 h, each up to 0.025 mL (50 ug baclofen) over "
        "10 min or more, 2 h apart, on top of basal.",
        "hold 38.2 % of that, with every allotted bolus 45.7 %.",
        "because of every allotted bolus used.",
        "│ the solution expires        │ 60 days    │",
        "The planned refill after 25 days comes before the taper would begin.",
    ):
        assert words in result.output


def test_soft_rules_are_told_with_their_source_in_both_forms(
    run: Callable[..., Result], demo: Edit, tmp_path: Path
) -> None:
    path = tmp_path / "much.toml"
    path.write_text(demo('"32 ug/h"', '"72 ug/h"'), encoding="utf-8")
    told = json.loads(run(path, "--json").output)["soft"]
    text = "816 ug/day of baclofen: most patients of spinal origin need up to 800 ug/day"
    assert told == [{"name": "ABOVE_MOST", "text": text, "source": "USP DI monograph"}]
    output = run(path).output
    assert "is accepted, with a reason for ABOVE_MOST:" in output
    assert f"Needs a reason, ABOVE_MOST: {text} - USP DI monograph" in output


def test_screening_says_its_boluses_and_no_empty_tables(
    run: Callable[..., Result], examples: Path
) -> None:
    output = run(examples / "cases" / "case3.toml").output
    assert "Screening: 50 ug in 1 mL, 75 ug in 1.5 mL, 100 ug in 2 mL, each over 30 min" in output
    assert "Refill: never due." in output
    assert "LOW_RESERVOIR" not in output


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("case4-d", "case4-e", "while it runs: needs an override."),
        ("case4-e", "case4-f", "while it runs: needs an override."),
        ("case2", "case2-b", "while it runs: allowed."),
        ("case4-f", "case4-d", "while it runs: refused."),
    ],
)
def test_a_change_is_held_against_the_running_program(
    run: Callable[..., Result], examples: Path, before: str, after: str, words: str
) -> None:
    cases = examples / "cases"
    result = run(cases / f"{after}.toml", "--running", cases / f"{before}.toml")
    assert result.exit_code == 0
    assert words in result.output


def test_a_refill_allows_more_and_is_bridged(run: Callable[..., Result], examples: Path) -> None:
    cases = examples / "cases"
    running = ("--running", cases / "case4-e.toml", "--refill")
    output = run(cases / "case4-f.toml", *running).output
    assert "at a refill: allowed." in output
    assert "Bridge: none needed, the solution stays the same." in output
    told = json.loads(run(cases / "case4-f.toml", *running, "--json").output)
    assert told["change"] == {"overridable": [], "never": [], "soft": []}


def test_no_table_is_squeezed_into_a_narrow_window(
    run: Callable[..., Result], examples: Path
) -> None:
    output = run(examples / "cases" / "case1-b.toml").output
    assert "│ 0.020833 mL/h │ 2.083 ug/h │ 458.326 ug/h │" in output

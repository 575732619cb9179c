"""The teaching model in the report, and its parameters in the manual."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.colors import to_hex
from synthetic import DAY, DEMO_EVENTS, MORPHINE, demo_run, program, run_of

from pumprig.analysis import Ideal, write_report
from pumprig.analysis.drawing import style
from pumprig.analysis.kinetics_compare import compare
from pumprig.analysis.kinetics_parameters import PARAMETERS, Parameter
from pumprig.analysis.plots_kinetics import LABEL, STOP, kinetics_figure, shown
from pumprig.rig.record import Run

MANUAL = Path(__file__).parents[2] / "docs" / "kinetics.md"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(demo_run(DEMO_EVENTS), tmp_path_factory.mktemp("kinetics"))


def report(run: Run, out: Path) -> str:
    write_report(run, out)
    return " ".join((out / "report.html").read_text().split())


def run_of_days(days: float, **changes: object) -> Run:
    device_program = program(**changes)
    return run_of(Ideal(device_program, [], round(days * DAY)), device_program)


def panels(run: Run) -> list[list[str]]:
    """Which colours draw lines over the whole course, in each panel from above."""
    comparison = compare(run)
    assert comparison is not None
    with style():
        figure = kinetics_figure(run, comparison)
        return [
            [to_hex(line.get_color()) for line in axes.get_lines() if len(line.get_xdata()) > 2]
            for axes in figure.axes
        ]


def test_scipy_is_not_loaded_until_a_report_is_made() -> None:
    asks = "import sys, pumprig.cli, pumprig.analysis; print('scipy.linalg' in sys.modules)"
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", asks], env=paths, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_report_says_that_the_model_predicts_nothing_for_anybody(demo: str) -> None:
    assert LABEL == "teaching model, not a prediction for anybody"
    assert f"Concentration, effect, withdrawal: {LABEL}" in demo
    assert "A teaching model, not a prediction for anybody." in demo


def test_the_model_stands_under_the_delivered_flow(demo: str) -> None:
    headings = ["<h2>Course</h2>", "<h2>Stop at once, or taper: a teaching model</h2>"]
    first, second = (demo.index(heading) for heading in headings)
    assert first < second < demo.index("<h2>One day</h2>")
    assert "From day 17 04:00:00 on (guard engaged)" in demo


def test_the_report_shows_every_parameter_with_its_source(demo: str) -> None:
    for parameter in PARAMETERS:
        row = demo[demo.index(f"<tr><td>{parameter.name}</td>") :]
        row = row[: row.index("</tr>")]
        assert f"<td>{parameter.value:g} {parameter.unit}</td>" in row
        assert f"<td>{parameter.source}</td>" in row


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)
def test_the_manual_has_the_parameters_of_the_code(parameter: Parameter) -> None:
    span = "" if parameter.low is None else f"{parameter.low:g} to {parameter.high:g}"
    cells = [
        parameter.name,
        f"{parameter.value:g} {parameter.unit}",
        span,
        parameter.source,
        parameter.why,
    ]
    rows = [[cell.strip() for cell in line.split("|")] for line in MANUAL.read_text().splitlines()]
    assert ["", *cells, ""] in rows


def test_every_parameter_has_a_source_or_is_called_an_assumption() -> None:
    for parameter in PARAMETERS:
        assumed = parameter.source == "teaching assumption"
        assert assumed or "monograph" in parameter.source
        assert assumed == (parameter.low is None)
        low, high = parameter.span
        assert low <= parameter.value <= high


def test_each_panel_shows_both_courses() -> None:
    for colours in panels(demo_run(DEMO_EVENTS)):
        assert len(set(colours)) == 2
        assert STOP in colours


def test_a_run_too_short_to_compare_shows_the_pump_alone_and_says_so(tmp_path: Path) -> None:
    run = run_of_days(0.5)
    assert all(STOP not in colours for colours in panels(run))
    assert "The run ended before the moment" in report(run, tmp_path)


def test_another_drug_gets_a_sentence_and_no_picture(tmp_path: Path) -> None:
    html = report(run_of_days(1, drugs=MORPHINE), tmp_path)
    assert "of intrathecal baclofen only" in html
    assert LABEL not in html
    assert "Parameters of the teaching model" not in html


@pytest.mark.parametrize(
    ("end_days", "stop_days", "expected"),
    [
        (1, 1, (0, 1)),
        (40, 17, (0, 40)),
        (41, 1, (0, 31)),
        (600, 300, (290, 330)),
        (600, 590, (560, 600)),
    ],
)
def test_of_a_long_run_the_days_around_the_stop_are_shown(
    end_days: int, stop_days: int, expected: tuple[int, int]
) -> None:
    assert shown(end_days * DAY, stop_days * DAY) == tuple(day * DAY for day in expected)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (report(run_of_days(2), tmp_path / name) for name in "ab")
    assert first == second

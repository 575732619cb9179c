"""`pumprig run`: what it refuses, with exit code 2 and nothing written, and what it writes."""

import json
from pathlib import Path

import pytest
from emulated_port import PROJECT
from short_program import PROGRAM
from typer.testing import CliRunner, Result

from pumprig.cli import app
from pumprig.rig import serial_port

DEMO = str(PROJECT / "examples" / "demo.toml")


def run(tmp_path: Path, *options: str, file: str = DEMO) -> Result:
    out = str(tmp_path / "out")
    return CliRunner().invoke(app, ["run", file, "--rig", "host", "--out", out, *options])


def refused(result: Result, tmp_path: Path) -> list[str]:
    """The lines of a refusal: exit code 2, and nothing written."""
    assert result.exit_code == 2, result.output
    assert not (tmp_path / "out").exists()
    return result.stderr.splitlines()


def test_an_unknown_rig_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, "--rig", "labrat")
    assert refused(result, tmp_path) == [
        "rig: 'labrat' - one of host, emulator, serial:PORT",
    ]


def test_a_time_scale_the_motor_cannot_follow_is_refused_with_the_largest(tmp_path: Path) -> None:
    (line,) = refused(run(tmp_path, "--time-scale", "1441"), tmp_path)
    assert "1441" in line
    assert "1440" in line


def test_every_fault_of_a_program_is_a_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    text = PROGRAM.format(volume="21 mL").replace('"2000 ug/mL"', '"2001 ug/mL"')
    file.write_text(text.replace('dose = "16 ug/h"', 'dose = "16 mg/h"'))
    lines = refused(run(tmp_path, file=str(file)), tmp_path)
    assert len(lines) >= 3
    for field in ("reservoir.volume", "drug[0].concentration", "basal.step[0].dose"):
        assert any(line.startswith(field) for line in lines), lines


def test_a_wrong_scenario_is_refused_before_anything_moves(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text('[[event]]\nat = "day 1 10:00"\ndo = "explode"\n')
    lines = refused(run(tmp_path, "--scenario", str(scenario)), tmp_path)
    assert lines[0].startswith("event[0].do")


@pytest.mark.parametrize("option", [("--days", "0"), ("--days", "-1"), ("--days", "four")])
def test_days_that_are_none_are_refused(tmp_path: Path, option: tuple[str, str]) -> None:
    assert refused(run(tmp_path, *option), tmp_path)


def test_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere.toml")
    assert refused(run(tmp_path, file=nowhere), tmp_path)
    assert refused(run(tmp_path, "--scenario", nowhere), tmp_path)


def test_a_port_that_is_not_there_fails_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_port, "PORT_LIMIT_S", 0.1)
    port = str(tmp_path / "ttyNONE")
    result = run(tmp_path, "--rig", f"serial:{port}")
    assert result.exit_code == 1
    assert not (tmp_path / "out").exists()
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{port}: cannot be opened")


def test_a_run_writes_its_report_and_prints_where_it_is(tmp_path: Path) -> None:
    result = run(tmp_path, "--days", "1.5", "--time-scale", "60")
    assert result.exit_code == 0, result.output
    out = tmp_path / "out"
    names = sorted(path.name for path in out.iterdir())
    assert names == ["events.csv", "flow.csv", "report.html", "summary.json"]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["rig"] == "host"
    assert summary["day_totals"] == [0, 7936]
    assert str(out / "report.html") in result.output
    for nothing in ("micropython_version", "image_sha256", "steps_seen", "heap_free_min_bytes"):
        assert summary[nothing] is None, "has no meaning on the host"


def test_what_cannot_happen_on_a_rig_is_in_the_log(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text('[[event]]\nat = "day 0 01:10"\ndo = "power_cut"\noff = "1 s"\n')
    result = run(tmp_path, "--days", "0.1", "--time-scale", "60", "--scenario", str(scenario))
    assert result.exit_code == 0, result.output
    assert "the host rig has no board" in (tmp_path / "out" / "events.csv").read_text()

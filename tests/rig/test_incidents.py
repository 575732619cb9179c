"""The incidents pack: every story replays as it is declared, and a wrong declaration is told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pumprig.cli import app
from pumprig.measure import incidents
from pumprig.measure.incidents import FOLDER, VERDICTS, Incident, declared, replay

PACK = declared()


@pytest.mark.parametrize("incident", PACK, ids=lambda incident: incident.name)
def test_an_incident_goes_as_declared(incident: Incident) -> None:
    assert replay(incident).wrong == []
    assert incident.verdict in VERDICTS


def test_every_story_of_the_readme_is_declared_and_every_file_is_used() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for incident in PACK:
        assert f"| {incident.name} | {incident.story} | {incident.rig} | {incident.verdict} |" in (
            readme
        )
    used = {i.program for i in PACK} | {i.scenario for i in PACK}
    used |= {i.refused_program for i in PACK} | {"incidents.toml"}
    assert used - {""} == {path.name for path in FOLDER.glob("*.toml")}


PLAIN = replace(next(i for i in PACK if i.name == "2013-17 prime"), silent=False)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"alarms": {"AIR": (0, 1)}}, "AIR was to be raised from 0 to 1 h, and was never"),
        ({"delivered_nl": (0, 608_686)}, "delivered 608687 nL, declared 0 to 608686"),
        ({"delivered_nl": (608_688, 700_000)}, "delivered 608687 nL, declared 608688 to 700000"),
        ({"refusal": "no", "refusals": 1}, "no: 1 refusals wanted, 0 came"),
        (
            {"refused_program": "pump.toml", "refused_line": "basal"},
            "pump.toml was to be refused: basal",
        ),
    ],
)
def test_what_is_not_as_declared_is_told(wrong: dict[str, object], line: str) -> None:
    assert replay(replace(PLAIN, **wrong)).wrong == [line]  # type: ignore[arg-type]


@pytest.mark.parametrize("how", [{"silent": True}, {"never": ("MOTOR_STALL",)}])
def test_an_alarm_that_must_not_come_is_told(how: dict[str, object]) -> None:
    stall = next(i for i in PACK if i.name == "2019 particle")
    wrong = replay(replace(stall, **how)).wrong  # type: ignore[arg-type]
    assert any(line.startswith("MOTOR_STALL was not to be raised, and was at") for line in wrong)


@pytest.mark.parametrize(("delivered_nl", "code"), [((608_687, 608_687), 0), ((0, 0), 1)])
def test_the_command_writes_both_files_and_fails_on_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delivered_nl: tuple[int, int], code: int
) -> None:
    only = [replace(PLAIN, delivered_nl=delivered_nl)]
    monkeypatch.setattr(incidents, "declared", lambda: only)
    result = CliRunner().invoke(app, ["incidents", "--out", str(tmp_path)])
    assert result.exit_code == code, result.output
    (row,) = json.loads((tmp_path / "incidents.json").read_text())
    assert (row["name"], bool(row["wrong"])) == (PLAIN.name, bool(code))
    assert PLAIN.rig in (tmp_path / "incidents.html").read_text()

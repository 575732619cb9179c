"""The fault matrix in short: every fault has its row, and what it expects comes true."""

import json
from pathlib import Path

import pytest
from traceability.mark import requirement
from typer.testing import CliRunner

from pump import conditions as al
from pumprig.bench.fault_table import FAULTS
from pumprig.cli import app
from pumprig.image import Image
from pumprig.measure import faults
from pumprig.measure.fault_cells import CELLS, STATES, Cells
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.host import HostRig


def found(cells: list[tuple[str, str]]) -> list[faults.Row]:
    return list(faults.rows("host", lambda: HostRig(sense_ms=400), cells, lambda what: None))


def test_every_fault_of_the_bench_has_its_row_and_every_cell_says_something() -> None:
    assert set(CELLS) == set(FAULTS)
    for cells in CELLS.values():
        assert set(cells.but) <= set(STATES)
        for state in STATES:
            condition, why = cells.cell(state)
            assert (al.index(condition) >= 0) != bool(why)


@requirement("I4")
@pytest.mark.parametrize("state", STATES)
def test_every_fault_is_noticed_or_known_not_to_show(state: str) -> None:
    wrong = [row for row in found([(fault, state) for fault in CELLS]) if row["verdict"] != "ok"]
    assert wrong == []


def test_a_fault_that_nobody_notices_is_a_wrong_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pump.sensing.OVERHEAT_CC", 20_000)
    monkeypatch.setattr(faults, "_GIVE_UP_S", 5.0)
    (row,) = found([("temperature.over", "basal")])
    assert (row["verdict"], row["raised"]) == ("wrong", [])


# A threshold, where it is read; a cell that shows it; values that are too low, and too high.
MOVED: list[tuple[str, tuple[str, str], tuple[int, ...]]] = [
    ("pump.sensing.ERROR_NL", ("head.leak", "basal"), (30_000, 90_000)),
    ("pump.turning.STALL_STEPS", ("rotor.stall", "minimum"), (30, 192)),
    ("pump.sensing.DOWN_PA", ("line.occlusion_down", "minimum"), (60_000, 94_000)),
    ("pump.sensing.UP_PA", ("line.occlusion_up", "minimum"), (-58_000,)),
    ("pump.keys.STUCK_MS", ("keys.stuck", "basal"), (8_000, 12_000)),
    ("pump.weighing._SILENT_MS", ("scale.disconnected", "basal"), (800, 4_000)),
    ("pump.weighing._SAME", ("scale.stuck", "stopped"), (5, 60)),
    ("pump.pressing._SAME", ("pressure_down.stuck", "stopped"), (12, 70)),
    ("pump.sensing.CLOCK_OFF_S", ("clock_chip.slow", "basal"), (2, 12)),
]


@pytest.mark.parametrize(
    ("threshold", "cell", "value"),
    [(name, cell, value) for name, cell, values in MOVED for value in values],
)
def test_what_is_told_too_soon_or_too_late_is_a_wrong_cell(
    threshold: str, cell: tuple[str, str], value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threshold, value)
    (row,) = found([cell])
    assert row["verdict"] == "wrong"


def test_what_is_not_heard_is_a_wrong_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pump.audio.Audio.turn", lambda audio, alarms, passed_ms: None)
    (row,) = found([("supply.sag", "basal")])
    assert (row["verdict"], row["raised"]) == ("wrong", ["SUPPLY_LOW"])


def test_an_alarm_that_nobody_expects_is_a_wrong_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "CELLS", {"supply.sag": Cells("", "nobody looks")})
    (row,) = found([("supply.sag", "basal")])
    assert (row["verdict"], row["raised"]) == ("wrong", ["SUPPLY_LOW"])


@pytest.mark.parametrize("cell", [("air.bubble", "basal"), ("line.occlusion_down", "basal")])
def test_on_the_pins_the_sounder_begins_within_a_second(
    image: Image, cell: tuple[str, str]
) -> None:
    (row,) = faults.rows("emulator", lambda: EmulatedRig(image), [cell], lambda what: None)
    assert row["verdict"] == "ok", row


def test_the_command_writes_table_and_list(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["faults", "--rig", "host", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    rows = json.loads((tmp_path / "faults.json").read_text())
    assert len(rows) == len(CELLS) * len(STATES)
    names = {"fault", "state", "rig", "condition", "priority", "safe_state", "latency_ms"}
    for row in rows:
        assert names | {"verdict", "raised"} == set(row)
        assert all(row[name] not in (None, "", "unknown") for name in names)
    assert "rotor.stall" in (tmp_path / "faults.html").read_text()


def test_another_rig_is_refused() -> None:
    done = CliRunner().invoke(app, ["faults", "--rig", "bench"])
    assert done.exit_code == 2

"""A published course on the emulated Pico: morphine, then another solution behind a bridge."""

from pathlib import Path

import pytest

from pumprig.image import Image
from pumprig.image.firmware import PROJECT_ROOT
from pumprig.rig import Rig
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.host import HostRig
from pumprig.rig.record import Run
from pumprig.rig.run import Plan, run_program
from pumprig.therapy import load_program, load_scenario

CASES = PROJECT_ROOT / "examples" / "cases"
DAYS = 17  # past the change of solution on day 14 and its bridge
SCALE = 1440


def execute(rig: Rig, program: Path, scenario: Path) -> Run:
    therapy = load_program(program)
    events = load_scenario(scenario, therapy)
    plan = Plan(therapy, program.read_text(), DAYS, SCALE, events, scenario.read_text())
    rig.open()
    try:
        return run_program(rig, plan, lambda _progress: None)
    finally:
        rig.close()


@pytest.mark.emulator
def test_case_1_changes_its_solution_alike_on_host_and_emulator(image: Image) -> None:
    files = CASES / "case1.toml", CASES / "case1-scenario.toml"
    host, emulator = execute(HostRig(), *files), execute(EmulatedRig(image), *files)
    assert emulator.day_totals == host.day_totals
    assert emulator.rates == host.rates
    bridges = [[e for e in run.events if e.kind == "bolus"] for run in (host, emulator)]
    for bridge in bridges:
        assert [e.event for e in bridge] == ["begun", "given"]
    # What is in the line counts from the second in which the order arrives: half a second of wall
    # time, and as much to answer, are 1440 s of this time.
    assert abs(bridges[0][1].t_s - bridges[1][1].t_s) <= SCALE
    refused = [e.text for run in (host, emulator) for e in run.events if "refused" in e.text]
    assert refused == []
    assert emulator.steps_seen == emulator.steps_emitted
    for run in (host, emulator):
        assert run.volume_error_steps_max is not None
        assert run.volume_error_steps_max < 1

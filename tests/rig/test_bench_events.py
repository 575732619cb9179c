"""Faults and keys in a scenario: refused before the run, or done to the bench."""

from pathlib import Path

import pytest
from emulated_port import PROJECT
from short_program import alarms, execute
from typer.testing import CliRunner

from pumprig.cli import app
from pumprig.rig.bench_acts import refuse_faults
from pumprig.rig.host import HostRig
from pumprig.therapy import ProgramRefused, ScenarioEvent


def fault(name: str, **numbers: int) -> ScenarioEvent:
    return ScenarioEvent(0, "fault", {"fault": name, **numbers})


@pytest.mark.parametrize("nl_h", [1, 10_000_000])
def test_a_fault_within_its_range_is_taken(nl_h: int) -> None:
    refuse_faults([fault("head.siphon", nl_h=nl_h), fault("rotor.dead")])


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            fault("head.siphon", nl_h=0),
            "event[1].fault: head.siphon: nl_h 0; a whole number from 1 to 10000000",
        ),
        (
            fault("head.siphon", nl_h=10_000_001),
            "event[1].fault: head.siphon: nl_h 10000001; a whole number from 1 to 10000000",
        ),
        (
            fault("head.siphon", mv=1),
            "event[1].fault: head.siphon: mv is not among its arguments: nl_h",
        ),
    ],
)
def test_what_is_not_in_the_table_is_refused_in_one_line(event: ScenarioEvent, line: str) -> None:
    with pytest.raises(ProgramRefused) as refused:
        refuse_faults([fault("rotor.dead"), event])
    assert refused.value.lines == [line]


@pytest.mark.parametrize("action", ["fault", "fault_clear"])
def test_a_part_that_is_none_is_refused_with_all_there_are(action: str) -> None:
    event = ScenarioEvent(0, action, {"fault": "head.gone"})
    with pytest.raises(ProgramRefused, match=r"event\[0\].fault: fault: 'head.gone' is not known"):
        refuse_faults([event])


def test_a_run_with_such_a_fault_does_not_begin(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(
        '[[event]]\nat = "1 h"\ndo = "fault"\nfault = "rotor.dead"\nargs = { nl_h = 1 }\n'
    )
    demo, out = str(PROJECT / "examples" / "demo.toml"), tmp_path / "out"
    options = ["--rig", "host", "--scenario", str(scenario), "--out", str(out)]
    result = CliRunner().invoke(app, ["run", demo, *options])
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "event[0].fault: rotor.dead: nl_h is not among its arguments: none"
    ]
    assert not out.exists()


def test_a_fault_is_there_until_it_is_cleared() -> None:
    run = execute(
        HostRig(),
        0.5,
        '[[event]]\nat = "3 h"\ndo = "fault"\nfault = "supply.sag"\nargs = { mv = 4000 }\n'
        '[[event]]\nat = "6 h"\ndo = "fault_clear"\nfault = "supply.sag"\n',
    )
    seen = [e for e in run.events if e.name == "SUPPLY_LOW"]
    assert [e.event for e in seen] == ["raised", "cleared"]
    looks_s = 2 * 720  # two looks of 0.5 s at scale 1440
    assert 3 * 3600 <= seen[0].t_s <= 3 * 3600 + looks_s
    assert 6 * 3600 <= seen[1].t_s <= 6 * 3600 + looks_s
    assert run.volume_error_steps_max is None


@pytest.mark.parametrize(("held_s", "stops"), [(720 * 2, True), (1, False)])
def test_the_stop_key_stops_when_it_is_held(held_s: int, stops: bool) -> None:
    run = execute(
        HostRig(),
        0.5,
        '[[event]]\nat = "3 h"\ndo = "key_down"\nkey = "stop"\n'
        f'[[event]]\nat = "{3 * 3600 + held_s} s"\ndo = "key_up"\nkey = "stop"\n',
    )
    assert (("STOPPED", "raised") in alarms(run)) is stops

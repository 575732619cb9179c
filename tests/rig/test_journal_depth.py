"""Thirty days of the busiest example program fit into the log."""

from pathlib import Path

import pytest
from nor_flash import NorFlash
from traceability.mark import requirement

from pump import journal
from pump.export import page
from pumprig.rig import HostRig
from pumprig.rig.run import Plan, run_program
from pumprig.therapy import load_program_text, load_scenario_text

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = [path for path in sorted(EXAMPLES.glob("*.toml")) if "[therapy]" in path.read_text()]
SIGNS = journal.ALARM_SIGNS


def events_of(path: Path, days: int) -> list[tuple[int, int, str]]:
    """(kind, t_s, text) of all that a run of a program, left alone, would put into the log."""
    text = path.read_text()
    scenario = EXAMPLES / f"{path.stem}-scenario.toml"
    plan = Plan(
        therapy=load_program_text(text),
        program_text=text,
        days=days,
        time_scale=12,  # the most that all of them allow
        events=load_scenario_text(scenario.read_text()) if scenario.exists() else [],
    )
    rig = HostRig()
    rig.open()
    run = run_program(rig, plan, lambda _progress: None)
    events = [(journal.RATE, change.t_s, str(change.rate_nl_h)) for change in run.rates]
    for event in run.events:
        if event.kind == "alarm":
            events.append((journal.ALARM, event.t_s, SIGNS[event.event] + event.name))
        else:
            events.append((journal.ORDER, event.t_s, f"{event.name} {event.text}"))
    return events


@requirement("R6.6.0(6)")
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_thirty_days_of_each_example_are_all_there(path: Path) -> None:
    events = events_of(path, 31)
    flash = NorFlash(journal.SECTORS)
    kept = journal.Journal(flash)
    for number in range(20_000):  # the ring is full of other things
        kept.note(journal.RATE, 0, str(number))
    first = kept.events.sequence + 1
    for kind, t_s, text in events:
        assert kept.note(kind, t_s, text)
        kept.tend()
    data, _ = page(journal.Journal(flash).events, first, 1 << 22)
    assert int.from_bytes(data[2:6], "little") == first
    depth = journal.ring_depth(journal.EVENT_SECTORS, journal.TEXT_USUAL)
    assert len(events) <= depth, "and there is room for more"

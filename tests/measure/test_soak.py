"""The soak: what it orders, what it finds wrong, and two days of it for real."""

import json
from pathlib import Path

import pytest
from nor_flash import NorFlash
from typer.testing import CliRunner

from pump import journal
from pumprig.analysis.journal_log import LogRecord
from pumprig.cli import app
from pumprig.image import Image
from pumprig.measure import soak
from pumprig.therapy import load_program_text


def test_every_day_has_an_order_and_a_month_has_each_kind() -> None:
    events = soak.events(36)
    days = [event.at_s // soak.DAY_S for event in events]
    assert set(days) == set(range(1, 36))
    assert days == sorted(days)
    kinds = {event.action for event in events}
    assert kinds == {"bolus", "time", "acknowledge", "refill", "change"}
    changes = [
        event.args["program"]["name"] for event in soak.events(90) if "program" in event.args
    ]
    assert changes == ["soak b", "soak a", "soak b"], "each to what does not run"


@pytest.mark.parametrize("name", ["a", "b"])
def test_its_programs_are_allowed_at_the_scale_it_runs_at(name: str) -> None:
    therapy = load_program_text(soak.program_text(name))
    assert therapy.name == f"soak {name}"


def test_orders_are_found_in_the_log_by_name() -> None:
    records = [
        LogRecord(1, 0, "order", "start 1440 soak"),
        LogRecord(2, 5, "alarm", "+REFILL_DUE"),
        LogRecord(3, 9, "order", "bolus 10000 1800 soak"),
    ]
    assert soak.logged(records) == ["start", "bolus"]


def test_the_whole_log_is_exported_page_by_page() -> None:
    kept = journal.Journal(NorFlash(journal.SECTORS))
    for number in range(500):
        kept.note(journal.RATE, number, f"{number}")
    check = soak.check_log(soak.exported(kept), kept.events.head)
    assert (len(check.records), check.findings) == (500, [])


def test_the_slope_of_the_heap_is_in_bytes_a_day() -> None:
    assert soak.heap_slope([]) is soak.heap_slope([90_000]) is None
    assert soak.heap_slope([99_000, 90_000]) is None, "the first day's is that of the start"
    assert soak.heap_slope([99_000, 90_000, 90_000, 90_000]) == 0
    assert soak.heap_slope([99_000, 90_000, 89_990, 89_980]) == -10


@pytest.mark.emulator
def test_two_days_of_it_are_in_order(image: Image, tmp_path: Path) -> None:
    out = tmp_path / "soak.json"
    done = CliRunner().invoke(app, ["soak", "--days", "2", "--out", str(out)])
    assert done.exit_code == 0, done.output
    figures = json.loads(out.read_text())
    assert figures["what"] == []
    assert figures["steps_seen"] == figures["steps_emitted"] > 10_000
    assert figures["orders"] == 3
    assert figures["log_gaps"] == 0
    assert len(figures["heap_free_min"]) == 2
    assert figures["volume_error_steps_max"] < 1

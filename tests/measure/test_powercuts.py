"""Nothing is lost over power cuts: the short form of `make powercuts`."""

import json
import os
from pathlib import Path

import pytest
from emulated_port import run_command

from pumprig.image import Image
from pumprig.measure.powercuts import IN_FLIGHT_NL, Tally, run

CUTS = int(os.environ.get("POWERCUTS", "200"))


@pytest.mark.emulator
def test_two_hundred_power_cuts_lose_nothing(image: Image) -> None:
    """Half of them inside an erase or a program, some while the board comes back."""
    figures = run(image, CUTS, 20_251, os.cpu_count() or 1, lambda _done: None)
    assert figures["what"] == []
    assert figures["cuts"] == CUTS
    assert 0.3 * CUTS < figures["in_flash"] < 0.7 * CUTS
    assert figures["during_boot"] > CUTS / 5
    assert figures["resumed"] > CUTS / 10
    assert figures["held"] > 0
    assert figures["records_lost"] == figures["silent_stops"] == 0
    assert figures["ledger_error_nl_min"] >= 0
    assert figures["ledger_past_bound"] == 0
    assert figures["ledger_error_nl_max"] > 40_000
    assert figures["bound_nl"] == 50_000
    assert figures["in_flight_nl"] == IN_FLIGHT_NL
    assert figures["boot_ms_max"] < 1000


@pytest.mark.emulator
def test_the_command_writes_the_figures(image: Image, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "powercuts.json"
    command = ["pumprig", "powercuts", "--cuts", "3", "--seed", "5", "--workers", "1"]
    done = run_command(*command, "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(out.read_text())
    assert figures["cuts"] == 3
    assert figures["seed"] == 5
    asked_for = {
        "cuts",
        "resumed",
        "held",
        "ledger_error_nl_max",
        "ledger_error_nl_min",
        "records_lost",
        "silent_stops",
    }
    assert asked_for <= set(figures)


def test_tallies_add_up() -> None:
    one, other = Tally(), Tally()
    one.cuts, one.ledger_error_nl_max, one.ledger_error_nl_min = 3, 70, 20
    other.cuts, other.ledger_error_nl_max, other.ledger_error_nl_min = 4, 60, 10
    one.kinds["order"], other.kinds["order"] = 1, 2
    other.what = ["wrong"]
    one.add(other)
    assert (one.cuts, one.ledger_error_nl_max, one.ledger_error_nl_min) == (7, 70, 10)
    assert one.figures()["kinds"] == {"order": 3}
    assert one.what == ["wrong"]

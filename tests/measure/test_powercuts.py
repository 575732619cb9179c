"""Nothing is lost over power cuts: the short form of `make powercuts`."""

import json
import os
from pathlib import Path
from random import Random

import pytest
from emulated_port import run_command
from traceability.mark import requirement

from pumprig.bench.flash_cut import PowerFails
from pumprig.image import Image
from pumprig.measure.powercuts import IN_FLIGHT_NL, Campaign, Tally, run

CUTS = int(os.environ.get("POWERCUTS", "200"))


@requirement("R6.6.0(4)", "R6.6.0(5)", "I5", "I6")
@pytest.mark.emulator
def test_power_cuts_lose_nothing(image: Image) -> None:
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
    assert figures["boot_ms_max"] < 4000  # to the answer of a stopped pump: after its self-test


@pytest.mark.emulator
def test_books_of_a_filling_before_one_that_was_not_heard_of_never_hold_more(image: Image) -> None:
    """Seen once as -54 nL: the bench had filled in less than the books of a stopped pump held."""
    campaign = Campaign(image, 1)
    campaign.stop()
    for _ in range(3):
        campaign.refill()
    campaign.rig.chip.run_for(3)  # no erase ahead is left to do
    campaign.cut.aim(0, Random(1))
    with pytest.raises(PowerFails):
        campaign.commit()
    campaign.power_cut()
    campaign.look()
    assert campaign.standing.state == "stopped", "the start was not kept"
    assert campaign.tally.what == []
    assert campaign.tally.ledger_error_nl_min == 1, "one more in each filling, nothing made"


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

"""The short form of `make fuzz`: a stranger's lines hurt nothing, and what would is noticed."""

import json
from itertools import islice
from pathlib import Path

import pytest
from emulated_port import run_command

from link import frames
from link.authority import Authority
from link.commands import CHANGING, READING
from pumprig.image import Image
from pumprig.measure import fuzz
from pumprig.therapy import load_program

DEMO = Path(__file__).parents[2] / "examples" / "demo.toml"
FIELDS = load_program(DEMO).device_program()


def test_the_same_seed_gives_the_same_lines() -> None:
    one, other = (list(islice(fuzz.Lines(7, FIELDS), 500)) for _ in range(2))
    assert one == other
    assert one != list(islice(fuzz.Lines(8, FIELDS), 500))


def test_there_are_lines_of_every_kind() -> None:
    lines = list(islice(fuzz.Lines(1, FIELDS), 5_000))
    sound = [message for line in lines if (message := frames.decode(line)) is not None]
    assert 0.3 < len(sound) / len(lines) < 0.8
    asked = {message["c"] for message in sound if isinstance(message.get("c"), str)}
    assert {*READING, *CHANGING} - asked == {"estop", "watch"}, "an observer may"
    assert sum(len(line) > frames.LINE_BYTES_MAX for line in lines) > 100
    assert sum("s" in message for message in sound) > 500


def test_a_stranger_s_lines_change_nothing() -> None:
    found = fuzz.fuzz_host(DEMO, 20_000, 1)
    assert (found.what, found.lines) == ([], 20_000)
    assert found.refused > 5_000


def test_on_an_open_board_they_are_obeyed_and_nothing_falls_over() -> None:
    found = fuzz.fuzz_host(DEMO, 10_000, 1, commissioned=False)
    assert (found.what, found.lines) == ([], 10_000)
    assert found.answered - found.refused > 500


def test_orders_that_get_through_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Authority, "refusal", lambda *_: None)
    found = fuzz.fuzz_host(DEMO, 5_000, 1)
    assert any("obeyed: " in line for line in found.what)


def test_a_device_that_falls_over_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(Authority, "challenge", fall)
    found = fuzz.fuzz_host(DEMO, 5_000, 1)
    assert found.what[0].startswith("seed 1: IndexError() after b'")


@pytest.mark.emulator
def test_through_the_usb_they_leave_the_pump_alone(image: Image) -> None:
    figures = fuzz.fuzz_board(image, DEMO, 200, 3)
    assert figures["what"] == []
    assert figures["volume_error_steps_max"] < 1
    assert "LINK_ABUSE" in figures["alarms"]
    assert figures["loop_ms_max"] < 500  # of the emulator's time: a flood holds up no packet


def test_the_command_writes_the_figures(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "fuzz.json"
    command = ["--lines", "2000", "--board-lines", "0", "--seed", "4", "--out", str(out)]
    done = run_command("pumprig", "fuzz", *command)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(out.read_text())
    assert figures["seed"] == 4
    assert (figures["host"]["lines"], figures["open"]["lines"]) == (1_500, 500)


def test_a_program_that_must_not_run_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(DEMO.read_text().replace('capacity = "20 mL"', 'capacity = "-1 mL"'))
    assert bad.read_text() != DEMO.read_text()
    command = ["--program", str(bad), "--lines", "4", "--board-lines", "0"]
    done = run_command("pumprig", "fuzz", *command, "--out", str(tmp_path / "fuzz.json"))
    assert done.returncode == 2 and done.stderr.startswith("reservoir.capacity")
    assert not (tmp_path / "fuzz.json").exists()

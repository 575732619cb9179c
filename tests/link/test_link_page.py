"""docs/link.md: its examples are what a device says, and nothing of the protocol is left out."""

import hashlib
import hmac
import re
from pathlib import Path
from typing import get_args

import pytest
from asked import Device

from link import frames
from link.authority import proof
from link.commands import CHANGING, READING, SERVICE_ONLY
from pump import bolus, refilling, screening
from pump.controller import STATE_NAMES
from pumprig.rig import wire

PAGE = (Path(__file__).parents[2] / "docs" / "link.md").read_text()
BLOCKS = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)


def test_every_line_of_the_examples_is_a_sound_frame() -> None:
    lines = [line for block in BLOCKS for line in block.splitlines() if line[0] in "<>"]
    assert len(lines) > 30
    for line in lines:
        assert frames.decode(line[2:].encode()) is not None, line
        assert len(line) - 2 <= frames.LINE_BYTES_MAX


def test_the_session_is_what_a_device_answers() -> None:
    device = Device()
    sent: dict[str, object] | None = None
    for line in BLOCKS[-1].splitlines():
        if line.startswith("> "):
            sent = frames.decode(line[2:].encode())
        elif line.startswith("< "):
            assert sent is not None
            assert line[2:] == frames.encode(device.commands.answer(sent)).decode().strip()
        else:
            passed = re.fullmatch(r"\.\.\. (\d+) s later", line)
            assert passed
            device.run(int(passed[1]))


@pytest.mark.parametrize("command", [*READING, *CHANGING])
def test_every_command_stands_on_the_page(command: str) -> None:
    assert f"`{command}`" in PAGE or f"`{command} {{" in PAGE


@pytest.mark.parametrize("kind", "srbdal")
def test_every_frame_told_unasked_stands_on_the_page(kind: str) -> None:
    assert f"| `{kind}` `[" in PAGE
    assert f'< {{"{kind}":[' in BLOCKS[0]


@pytest.mark.parametrize("command", ["hello", "status", "therapy"])
def test_every_field_of_an_answer_stands_on_the_page(command: str) -> None:
    device = Device()
    for line in BLOCKS[-1].splitlines()[:6]:
        if line.startswith("> "):
            request = frames.decode(line[2:].encode())
            assert request is not None
            device.commands.answer(request)
    for field in device.ask(command):
        assert field == "q" or f"`{field}`" in PAGE


def test_every_fact_of_a_board_stands_on_the_page() -> None:
    for field in wire.Hello.model_fields:
        assert field == "q" or f"`{field}`" in PAGE


def test_every_event_of_an_alarm_stands_on_the_page() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `a` `["))
    for event in get_args(get_args(wire.Alarm.model_fields["a"].annotation)[2]):
        assert f"`{event}`" in row


def test_every_word_of_an_answer_stands_on_the_page() -> None:
    words = [*STATE_NAMES, *bolus.KINDS[1:], *refilling.STATES, *refilling.VERDICTS]
    for word in [*words, *screening.RESULTS]:
        assert f"`{word}`" in PAGE


def test_the_proof_on_the_page_is_that_of_its_key_and_number() -> None:
    key, number = bytes.fromhex("11" * 32), "00" * 16
    told = hmac.new(key, b"pumprig" + b"operator" + number.encode(), hashlib.sha256).hexdigest()
    assert f"`{told}`" in PAGE
    assert told == proof(key, "operator", number)


def test_the_page_names_each_role_s_commands() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| service | besides"))
    assert row.split("|")[2] == " besides: " + " ".join(f"`{name}`" for name in SERVICE_ONLY) + " "

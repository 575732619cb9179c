"""docs/link.schema.json: made from the types, of every command, and true of what devices say."""

import json
from pathlib import Path
from typing import Any

import pytest
from asked import Device, running
from device_program import with_boluses
from nor_flash import NorFlash
from pydantic import ValidationError

from link import frames
from link.commands import CHANGING, READING
from pump.ring import Ring
from pumprig.rig import wire
from pumprig.rig.host import HostRig
from pumprig.therapy import load_program

ROOT = Path(__file__).parents[2]
WHY = {"reason": "test"}


def test_the_schema_beside_the_page_is_that_of_the_types() -> None:
    kept = json.loads((ROOT / "docs" / "link.schema.json").read_text())
    made = json.loads(json.dumps(wire.schema()))
    assert kept == made, "python -m pumprig.rig.wire > docs/link.schema.json"


def test_it_has_every_command_and_no_other() -> None:
    assert set(wire.COMMANDS) == {*READING, *CHANGING}


def _all_told() -> list[dict[str, Any]]:
    """What a host rig says unasked in a day with a bolus, alarms, and stops."""
    rig = HostRig()
    rig.open()
    rig.link.order("stage", program=load_program(ROOT / "examples" / "demo.toml").device_program())
    rig.link.order("start", scale=60)
    rig.link.order("watch", every=1)
    rig.advance(600)
    rig.link.order("estop", confirm=True, **WHY)
    rig.advance(1)
    rig.link.order("ack")
    rig.link.order("restart", program="demo", **WHY)
    rig.advance(1000)
    return rig.link.take_frames()


def test_what_is_told_unasked_is_as_the_schema_has_it() -> None:
    told = _all_told()
    for message in told:
        wire.check_told(message)
    assert {next(iter(message)) for message in told} >= {"s", "r", "d", "a", "l"}


def test_the_examples_of_the_page_are_as_the_schema_has_them() -> None:
    asked: dict[int, str] = {}
    requests, count = [], 0
    for line in (ROOT / "docs" / "link.md").read_text().splitlines():
        message = frames.decode(line[2:].encode()) if line[:2] in ("> ", "< ") else None
        if message is None:
            continue
        count += 1
        if "c" in message:
            asked[message["q"]] = message["c"]
            requests.append(message)
        elif "q" in message:
            wire.check_reply(asked[message["q"]], message)
            if "err" not in message:
                wire.REQUESTS[asked[message["q"]]].model_validate(requests[-1])
        else:
            wire.check_told(message)
    assert count > 30


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("status", {"q": 1, "ok": 1}),
        ("estop", {"q": 1, "ok": 2}),
        ("estop", {"q": 1, "ok": 1, "more": 1}),
        ("hello", {"q": 1}),
        ("challenge", {"q": 1, "number": "12"}),
        ("challenge", {"q": 1, "err": "no", "number": "1" * 32}),
    ],
)
def test_another_reply_is_none(command: str, reply: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        wire.check_reply(command, reply)


NOT_KEPT = "flash: obeyed, but it could not be kept"


@pytest.mark.parametrize("command", CHANGING)
def test_any_order_may_be_obeyed_and_not_kept(command: str) -> None:
    wire.check_reply(command, {"q": 1, "err": NOT_KEPT})
    assert (wire.NotKept in wire.errors(command)) == (command != "stage"), "of that nothing is"
    assert f"`{NOT_KEPT}`" in (ROOT / "docs" / "link.md").read_text()


def all_at_hand() -> Device:
    device = running(with_boluses())
    device.stage(with_boluses())
    device.rings = {"events": Ring(NorFlash(10), 0, 10)}
    return device


@pytest.mark.parametrize(
    ("command", "bad", "good"),
    [
        ("calibrate", {"part": "scale", "tare_raw": None, "nl_per_1024": 24_000}, {"tare_raw": 5}),
        ("bolus", {"volume_nl": None, "seconds": 60}, {"volume_nl": 5_000}),
        ("bolus", {"volume_nl": 5_000, "seconds": None}, {"seconds": 60}),
        ("bolus", {"volume_nl": 0, "seconds": 60}, {"volume_nl": 5_000}),
        ("change", {"override": None}, {"override": "why"}),
        ("stop", {"reason": None}, {}),
        ("commission", {"operator": "", "service": "11" * 32}, {"operator": "22" * 32}),
        ("commission", {"operator": "11" * 32, "service": ""}, {"operator": "", "service": ""}),
        ("log", {"from": 1 << 30}, {"from": (1 << 30) - 1}),
    ],
)
def test_what_the_device_refuses_for_its_form_the_schema_has_not(
    command: str, bad: dict[str, Any], good: dict[str, Any]
) -> None:
    bad, good = {**WHY, **bad}, {**WHY, **bad, **WHY, **good}
    assert all_at_hand().ask(command, **bad)["err"]
    with pytest.raises(ValidationError):
        wire.REQUESTS[command].model_validate({"q": 1, "c": command, **bad})
    assert "err" not in all_at_hand().ask(command, **good)
    wire.REQUESTS[command].model_validate({"q": 1, "c": command, **good})


def test_a_request_without_a_number_is_none() -> None:
    for number in ({}, {"q": None}):
        with pytest.raises(ValidationError):
            wire.REQUESTS["status"].model_validate({"c": "status", **number})

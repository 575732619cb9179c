"""Requests and their answers, on the host rig's own controller: refusals are values."""

from typing import Any

import pytest
from device_program import program

from pumprig.rig.host import HostRig


@pytest.fixture
def rig() -> HostRig:
    rig = HostRig()
    rig.open()
    return rig


def _running(rig: HostRig) -> HostRig:
    rig.link.order("stage", program=program())
    rig.link.order("start", scale=1)
    rig.advance(60)
    return rig


def _state(rig: HostRig) -> dict[str, object]:
    return {key: value for key, value in rig.link.order("status").items() if key != "q"}


def test_what_is_staged_does_not_run(rig: HostRig) -> None:
    rig.link.order("stage", program=program())
    rig.advance(3600)
    assert rig.link.order("hello")["state"] == "no program"
    assert rig.truth() is None


def test_a_refused_program_leaves_nothing_to_start(rig: HostRig) -> None:
    rig.link.order("stage", program=program())
    refused = rig.link.request("stage", program=program(volume_nl=20_000_001))
    assert refused["err"] == "volume_nl: 20000001 not in 500000..20000000"
    assert rig.link.request("start", scale=1)["err"] == "start: nothing is staged"


@pytest.mark.parametrize(
    ("scale", "refused"), [(0, True), (1, False), (1440, False), (1441, True), ("1", True)]
)
def test_a_time_scale_is_refused_outside_its_range(
    rig: HostRig, scale: object, refused: bool
) -> None:
    rig.link.order("stage", program=program())
    reply = rig.link.request("start", scale=scale)
    assert reply.get("err") == (f"time_scale: {scale} not in 1..1440" if refused else None)


@pytest.mark.parametrize(
    ("command", "fields", "err"),
    [
        ("fly", {}, "c: fly is not a command"),
        ("stage", {}, "program: missing"),
        ("watch", {"every": 1001}, "every: 1001 not in 0..1000"),
        ("watch", {"every": -1}, "every: -1 not in 0..1000"),
        ("refill", {}, "volume_nl: missing or not a whole number"),
        ("refill", {"volume_nl": 500_000}, "refill: 500000 nL not in 500001..20000000"),
        ("estop", {"reason": "test"}, "confirm: an emergency stop must be confirmed"),
        ("estop", {"confirm": True}, "reason: give one, 1..80 characters"),
        ("estop", {"confirm": True, "reason": "x" * 81}, "reason: give one, 1..80 characters"),
        ("restart", {"reason": "test"}, "restart: not stopped (state: running)"),
        ("resume_direct", {"reason": "test"}, "resume_direct: no return is being limited"),
        ("ack", {"a": "NONSENSE"}, "a: NONSENSE is not a condition"),
        ("ack", {}, "ack: nothing to acknowledge"),
        ("clock", {"now_s": "1"}, "now_s: missing or not a whole number"),
        ("service", {}, "reason: give one, 1..80 characters"),
        ("start", {"scale": 1}, "start: nothing is staged"),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(
    rig: HostRig, command: str, fields: dict[str, Any], err: str
) -> None:
    _running(rig)
    before = _state(rig)
    assert rig.link.request(command, **fields)["err"] == err
    assert _state(rig) == before


def test_the_same_number_is_answered_again_and_not_obeyed_twice(rig: HostRig) -> None:
    _running(rig)
    commands = rig._commands
    again = {"q": 100, "c": "refill", "volume_nl": 3_000_000}
    assert commands.answer(again) == commands.answer(again) == {"ok": 1, "q": 100}
    assert [order for _, order, _ in commands.log] == ["refill"]
    assert commands.answer({**again, "q": 101}) == {"ok": 1, "q": 101}
    assert [order for _, order, _ in commands.log] == ["refill", "refill"]


def test_what_nobody_listens_to_is_kept_up_to_a_bound(rig: HostRig) -> None:
    telemetry = rig._telemetry
    for number in range(70):
        telemetry.gather(0, [(number, "order", "")])
    assert telemetry.dropped == 6
    assert telemetry.next() == {"l": (6, "order", "")}

"""Requests and replies: one answer each, refusals as values, nothing done twice."""

import json
from typing import Any, Literal

import pytest
from asked import SCREENING, WHY, Device, running
from device_program import DAY, HOUR, with_boluses
from hypothesis import given, settings
from hypothesis import strategies as st

from link import commands, frames
from link.commands import CHANGING, READING
from link.fields import clipped
from pump import conditions as al
from pump.program import Program
from pumprig.rig import wire

LESS = settings(max_examples=settings().max_examples // 2)


# -- numbers --------------------------------------------------------------------------------------
@pytest.mark.parametrize("q", [0, 7, -1, 2**31, 2**53 - 1, 1 - 2**53])
def test_a_reply_carries_the_number_of_its_request(device: Device, q: int) -> None:
    assert device.commands.answer({"q": q, "c": "status"})["q"] == q


_NO_NUMBER = "q: missing or not a whole number"
_RANGE = f"not in {1 - 2**53}..{2**53 - 1}"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ({}, _NO_NUMBER),
        *[({"q": q}, _NO_NUMBER) for q in (None, True, False, 1.0, "7", [7], {"q": 7})],
        *[({"q": q}, f"q: {str(q)[:24]} {_RANGE}") for q in (2**53, -(2**53), 10**900)],
    ],
)
def test_without_a_number_nothing_is_obeyed(
    running: Device, number: dict[str, Any], words: str
) -> None:
    first = running.commands.answer({"q": 1, "c": "stop"})
    before, last = running.everything(), running.commands.last_order
    reply = running.commands.answer({"c": "estop", "confirm": True, **WHY, **number})
    assert reply == {"err": words, "q": None}
    assert running.everything() == before
    assert running.commands.last_order is last
    assert running.commands.answer({"q": 1, "c": "stop"}) is first


def test_the_same_request_again_is_answered_and_not_obeyed_twice(running: Device) -> None:
    request = {"q": 99, "c": "stop"}
    first = running.commands.answer(request)
    before = running.everything()
    running.clock.now_s += 5 * HOUR
    for _ in range(3):
        assert running.commands.answer(dict(request)) == first == {"ok": 1, "q": 99}
    assert running.everything() == before
    running.commands.answer({"q": 100, "c": "stop"})
    assert running.everything() != before


def test_a_bolus_asked_for_twice_with_one_number_is_given_once() -> None:
    device = running(with_boluses())
    request = {"q": 99, "c": "bolus"}
    first = device.commands.answer(request)
    device.run(20 * 60)  # the first is over, and its lock-out too
    assert device.commands.answer(request) == first
    device.run(HOUR)
    assert [entry[2] for entry in device.controller.bolus.log] == ["begun", "given"]


@pytest.mark.parametrize("between", ["status", "self_test"])
def test_the_last_order_is_remembered_over_questions_and_not_over_another_order(
    running: Device, between: str
) -> None:
    running.commands.answer({"q": 99, "c": "stop"})
    running.commands.answer({"q": 100, "c": between})
    before = running.everything()
    running.clock.now_s += 5 * HOUR
    running.commands.answer({"q": 99, "c": "stop"})
    assert (running.everything() == before) == (between == "status")


def test_a_refusal_is_repeated_as_well(device: Device) -> None:
    first = device.commands.answer({"q": 5, "c": "start"})
    device.controller.load(Program(SCREENING))
    assert device.commands.answer({"q": 5, "c": "start"}) == first


def test_a_question_is_answered_again_as_it_was(running: Device) -> None:
    first = running.commands.answer({"q": 5, "c": "status"})
    running.run(HOUR)
    assert running.commands.answer({"q": 5, "c": "status"}) is first
    assert running.commands.answer({"q": 6, "c": "status"})["now_s"] > first["now_s"]


def test_another_order_of_the_same_number_is_obeyed(running: Device) -> None:
    running.commands.answer({"q": 5, "c": "self_test"})
    estop = {"q": 5, "c": "estop", "confirm": True, "reason": "it leaks"}
    reply = running.commands.answer(estop)
    assert reply == {"ok": 1, "q": 5}
    assert running.ask("status")["state"] == "stopped"
    assert running.commands.last_order[:2] == [5, reply]


def test_of_the_same_number_the_last_request_is_remembered(running: Device) -> None:
    first = running.commands.answer({"q": 5, "c": "stop", "plan": [[0, 900]]})
    second = running.commands.answer({"q": 5, "c": "stop", "plan": [[0, 800]]})
    assert first == second and first is not second
    before = running.everything()
    assert running.commands.answer({"q": 5, "c": "stop", "plan": [[0, 800]]}) is second
    assert running.everything() == before


# -- names ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["", "halt", "answer", "_note", "HELLO", "hello ", "x" * 900])
def test_an_unknown_command_is_refused(device: Device, name: str) -> None:
    assert device.refused(name) == f"c: {name[:24]} is not a command"


@pytest.mark.parametrize("name", [None, 5, ["hello"], {"c": "hello"}, True])
def test_a_command_that_is_no_word_is_refused(device: Device, name: object) -> None:
    assert device.refused(name) == f"c: {str(name)[:24]} is not a command"


def test_there_are_43_commands_and_no_name_is_there_twice() -> None:
    assert len(READING) == 10
    assert len(CHANGING) == 33
    assert not set(READING) & set(CHANGING)


@pytest.mark.parametrize(
    ("command", "field"),
    [("ack", "a"), ("reset_latch", "a"), ("watch", "every"), ("conditions", "from"), ("x", "c")],
)
@pytest.mark.parametrize("letter", ["\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\ud800"])
def test_a_refusal_repeats_a_value_in_one_line_and_cut(
    device: Device, command: str, field: str, letter: str
) -> None:
    value = "x" + letter * 30
    words = device.refused(value) if field == "c" else device.refused(command, **{field: value})
    assert words.startswith(f"{field}: x{'?' * 23} ")


# -- whatever is asked ----------------------------------------------------------------------------
_FIELDS = [
    "a", "bridge", "change", "confirm", "effective", "ends", "every", "held_h", "kind", "now_s",
    "of", "override", "part", "plan", "prime", "program", "reason", "scale", "seconds", "tod_s",
    "volume_nl", "weekday",
]  # fmt: skip
_NUMBERS = st.sampled_from([0, 1, -1, 60, 600, 20_000, 86_400, 2_000_000, 2**30, 2**53, 10**300])
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | _NUMBERS
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=90)
    | st.sampled_from(["stopped", "minimum", "holiday", "supervised", "demo", "STOPPED"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_REQUESTS = st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=6)


def _screening() -> Device:
    device = running(SCREENING)
    device.obeyed("screen")
    return device


def _stopped() -> Device:
    device = running(with_boluses())
    device.obeyed("refill_open")
    device.obeyed("estop", confirm=True, **WHY)
    device.run(1)
    device.stage(with_boluses(9_000))
    return device


_WORLDS = {
    "bare": Device,
    "running": lambda: running(with_boluses(profile="itb")),
    "screening": _screening,
    "stopped": _stopped,
}


@pytest.mark.parametrize("command", [*READING, *CHANGING])
@LESS
@given(st.sampled_from(sorted(_WORLDS)), st.lists(_REQUESTS, min_size=1, max_size=3))
def test_whatever_is_asked_gets_one_line_that_fits_and_a_refusal_changes_nothing(
    command: str, world: str, requests: list[dict[str, Any]]
) -> None:
    device = _WORLDS[world]()
    for request in requests:
        before = device.everything()
        reply = device.ask(command, **request)
        if "err" in reply:
            assert set(reply) == {"err", "q"}
            assert isinstance(reply["err"], str) and "\n" not in reply["err"]
            after = device.everything()
            if command == "stage":  # a refusal forgets what was staged
                assert device.commands.staged is None
                before[9] = after[9] = None
            assert after == before
        for entry in device.commands.log:
            assert len(frames.encode({"l": entry})) <= frames.LINE_BYTES_MAX


@given(_JSON.filter(lambda value: isinstance(value, dict)))
def test_whatever_comes_in_a_sound_frame_is_answered(message: dict[str, Any]) -> None:
    reply = Device().commands.answer(message)
    assert "err" in reply and reply["q"] in (None, message.get("q"))


# -- what is kept and told ------------------------------------------------------------------------
def test_what_was_obeyed_is_logged_and_kept(running: Device) -> None:
    assert running.commands.log == [(0, "start", "")]
    running.commands.log.clear()
    running.commands.changed = False
    running.ask("status")
    running.refused("restart", program="demo", **WHY)
    assert not running.commands.changed
    running.ask("refill", volume_nl=9_000_000)
    running.ask("estop", confirm=True, reason="pain")
    assert running.commands.changed
    assert running.commands.log == [(HOUR, "refill", "9000000"), (HOUR, "estop", "pain")]


def test_what_is_only_asked_or_staged_is_not_logged(running: Device) -> None:
    running.commands.log.clear()
    running.commands.changed = False
    for command, fields in (
        ("hello", {}),
        ("status", {}),
        ("therapy", {}),
        ("watch", {"every": 1}),
        ("stage", {"program": SCREENING}),
        ("time", {"tod_s": 5, "weekday": 0}),
    ):
        running.ask(command, **fields)
    assert running.commands.log == []
    assert not running.commands.changed
    running.obeyed("time", tod_s=5, weekday=0, confirm=True)
    assert running.commands.log == [(HOUR, "time", "5; 0")]
    assert running.commands.changed


def test_the_log_says_what_was_ordered_what_follows_and_why() -> None:
    device = running(with_boluses())
    device.commands.log.clear()
    device.obeyed("bolus", volume_nl=5_000, seconds=60, reason="pain")
    device.obeyed("stop", plan=[[0, 900]], ends="minimum", kind="holiday", reason="refractory")
    assert device.commands.log == [
        (HOUR, "bolus", "5000; 60; start_s 6480; end_s 6540; pain"),
        (HOUR, "stop", "[[0, 900]]; minimum; holiday; refractory"),
    ]


@pytest.mark.parametrize("letter", ["x", "\u20ac", "\U0001f480", '"', "\x01", "\\"])
def test_a_log_line_fits_its_frame_whatever_was_given_as_the_reason(letter: str) -> None:
    device = running(with_boluses())
    plan = [[1400 + i, 1000] for i in range(40)]
    for command, fields in (
        ("refill", {"volume_nl": 9_000_000, "kind": letter * 900, "reason": letter * 80}),
        ("stop", {"plan": plan, "kind": "supervised", "reason": letter * 80}),
        ("estop", {"confirm": True, "reason": letter * 80}),
    ):
        device.obeyed(command, **fields)
        line = frames.encode({"l": device.commands.log[-1]})
        assert len(line) <= frames.LINE_BYTES_MAX
    assert device.commands.log[-1][2] == ("?" if letter == "\x01" else letter) * 80


@pytest.mark.parametrize("letter", ["\n", "\x1b", "\x7f", "\u2028", "\ud800"])
def test_a_stop_is_obeyed_whatever_its_reason_holds_and_logged_in_one_plain_line(
    running: Device, letter: str
) -> None:
    running.obeyed("estop", confirm=True, reason=f"it leaks{letter}[2J")
    assert running.log_lines()[-1] == ("estop", "it leaks?[2J")


def test_the_longest_plan_and_a_reason_are_logged_whole() -> None:
    device = running(with_boluses())
    plan = [[1400 + i, 1000] for i in range(40)]
    device.obeyed("stop", plan=plan, kind="supervised", reason="x" * 80)
    assert device.commands.log[-1][2].endswith("; supervised; " + "x" * 80)


def test_a_command_is_done_by_one_function_each() -> None:
    functions = [*READING.values(), *CHANGING.values()]
    assert len(set(functions)) == len(functions)
    assert {function.__module__ for function in functions} == {
        "link.reading",
        "link.programs",
        "link.orders",
        "link.audio",
        "link.parts",
        "link.authority",
    }
    assert commands.READING is READING


def test_acknowledging_takes_the_name_of_an_active_condition(running: Device) -> None:
    assert running.refused("ack") == "ack: nothing to acknowledge"
    assert running.refused("ack", a="STOPPED") == "ack: nothing to acknowledge"
    running.controller.alarms.set(al.STOPPED, True)
    running.controller.alarms.set(al.LATE, True)
    assert running.refused("ack", a="TAPER_GUARD") == "ack: nothing to acknowledge"
    assert running.refused("ack", a="BELL") == "a: BELL is not a condition"
    assert running.refused("ack", a="x" * 900) == f"a: {'x' * 24} is not a condition"
    assert running.obeyed("ack", a="LOOP_LATE") == {}
    assert running.controller.alarms.active == 1 << al.STOPPED
    assert running.obeyed("ack") == {}
    assert running.controller.alarms.acknowledged == 1 << al.STOPPED


def test_the_first_condition_can_be_acknowledged_by_its_name(running: Device) -> None:
    running.controller.alarms.set(al.LOW_RESERVOIR, True)
    running.obeyed("ack", a="LOW_RESERVOIR")
    assert running.controller.alarms.acknowledged == 1 << al.LOW_RESERVOIR


@pytest.mark.parametrize("name", [0, False, None, [], {}, 4, ["STOPPED"]])
def test_a_condition_that_is_no_word_acknowledges_nothing(running: Device, name: object) -> None:
    running.controller.alarms.set(al.STOPPED, True)
    assert running.refused("ack", a=name) == "a: not a condition"


# -- service --------------------------------------------------------------------------------------
def test_service_stops_the_pump_alarmed(running: Device) -> None:
    assert running.refused("service") == "reason: give one, 1..80 characters"
    running.obeyed("service", **WHY)
    assert running.commands.service_wanted
    assert running.ask("status")["state"] == "stopped"
    assert running.controller.alarms.active >> al.STOPPED & 1


def test_service_of_a_pump_that_does_not_run_is_granted(device: Device) -> None:
    device.obeyed("service", **WHY)
    assert device.commands.service_wanted


def test_requests_survive_the_wire(running: Device) -> None:
    line = frames.encode({"q": 3, "c": "status"})
    request = frames.decode(line)
    assert request is not None
    assert json.loads(json.dumps(running.commands.answer(request)))["q"] == 3
    assert running.clock.now_s < DAY


@pytest.mark.parametrize("letter", ["x", "\u20ac"])
def test_what_is_cut_keeps_most_of_what_fits(letter: str) -> None:
    for length in (2, 50, 1000):
        for most in (2, 20, 400):
            text = clipped(letter * length, most)
            size = len(json.dumps(text))
            assert size <= most
            assert text == letter * length or size > most * 3 // 4 - 14


def test_a_new_device_is_quiet_and_has_nothing_to_keep(device: Device) -> None:
    c = device.commands
    assert (c.watching, c.changed, c.service_wanted, c.log) == (0, False, False, [])
    assert c.staged is None and c.staged_fields == {}


# -- the log, and what outlives a reset -----------------------------------------------------------
def test_of_an_order_its_numbers_and_names_are_logged_then_what_follows_and_why() -> None:
    noted = commands._NOTED["refill"]
    assert noted == ("volume_nl", "bridge", "reason", "confirm", "override")
    request = {name: f"<{name}>" for name in [*reversed(noted), "of", "program"]}
    asked = Device().commands
    asked._note("refill", request, {"ok": 1, "q": 2, "seconds": 9})
    words = "<volume_nl>; <bridge>; seconds 9; <reason>; <confirm>; <override>"
    assert asked.log[-1] == (0, "refill", words)


def test_what_an_order_does_not_take_is_not_logged(running: Device) -> None:
    every = dict.fromkeys(_FIELDS, "x" * 30)
    running.obeyed("audio_style", **{**every, "style": "implant"})
    assert running.commands.log[-1] == (HOUR, "audio_style", "implant")
    running.obeyed("estop", **{**every, "confirm": True, "reason": "pain"})
    assert running.commands.log[-1] == (HOUR, "estop", "pain")
    running.obeyed("self_test", **every)
    assert running.commands.log[-1] == (HOUR, "self_test", "")


def test_what_may_be_left_out_and_is_no_reason_is_not_logged(running: Device) -> None:
    running.obeyed("refill", volume_nl=9_000_000, bridge=None, reason="x" * 81, confirm=["x"])
    assert running.commands.log[-1] == (HOUR, "refill", "9000000")


@pytest.mark.parametrize("command", [name for name in CHANGING if name != "stage"])
def test_of_an_order_its_own_fields_are_logged_and_all_its_reasons(command: str) -> None:
    takes = wire.COMMANDS[command][0]
    reasons = {name for name in commands._REASONS if name in takes}
    if takes.get("confirm", [str])[0] in (Literal[True], wire.YesNo):
        reasons.remove("confirm")
    assert reasons <= set(commands._NOTED.get(command, ("reason",))) <= set(takes)
    assert set(commands._NOTED) <= set(CHANGING)


@pytest.mark.parametrize(("chars", "kept"), [(968, 968), (969, 847)])
def test_a_text_that_is_longer_than_970_bytes_of_json_is_logged_without_its_end(
    chars: int, kept: int
) -> None:
    commands = Device().commands
    commands._note("stop", {"plan": "x" * chars}, {"ok": 1})
    assert commands.log[-1] == (0, "stop", "x" * kept)


def test_after_a_reset_the_last_order_is_answered_again_and_not_obeyed() -> None:
    device = running()
    reply = device.ask("stop")
    last = device.commands.last_order
    assert last[:2] == [reply["q"], reply]
    assert 0 <= last[2] < 2**30, "a small int of the device"
    last = json.loads(json.dumps(last))
    after = running()
    after.commands.remember(last)
    assert after.commands.last_order == last
    before = after.everything()
    assert after.commands.answer({"q": reply["q"], "c": "stop"}) == reply
    assert after.everything() == before


def test_after_a_reset_another_order_of_the_same_number_is_obeyed() -> None:
    device = running()
    reply = device.ask("stop")
    after = running()
    after.commands.remember(device.commands.last_order)
    after.commands.answer({"q": reply["q"], "c": "estop", "confirm": True, **WHY})
    assert after.ask("status")["state"] == "stopped"


@pytest.mark.parametrize("kept", [[], [5, {"ok": 1, "q": 5}]])  # an older firmware kept no sum
def test_where_no_order_was_kept_nothing_is_remembered(kept: list[Any]) -> None:
    device = running()
    last = device.commands.last_order
    device.commands.remember(kept)
    assert device.commands.last_order is last
    device.obeyed("stop")

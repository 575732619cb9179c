"""Orders to the sounder, and what status says of it."""

from typing import Any

import pytest

from link.audio import turn_audio
from link.commands import Commands
from pump import conditions as al
from pump.conditions import HIGH, NONE
from pump.controller import Controller

WHY = {"confirm": True, "reason": "test"}


class Clock:
    """FAKE clock: stands still."""

    now_s, now_ms, scale = 7, 0, 1

    def read(self) -> None:
        pass


class Device:
    """FAKE rig: orders, alarms, and no motor."""

    def __init__(self, *conditions: int) -> None:
        self.clock = Clock()
        self.commands = Commands(Controller(), self, {})
        self.alarms = self.commands.controller.alarms
        for condition in conditions:
            self.alarms.set(condition, True)
        self._q = 0

    def counted(self) -> int:
        return 0

    def ask(self, command: str, **fields: Any) -> dict[str, Any]:
        self._q += 1
        return self.commands.answer({"q": self._q, "c": command, **fields})

    def obeyed(self, command: str, **fields: Any) -> bool:
        return self.ask(command, **fields).get("ok") == 1

    def refused(self, command: str, **fields: Any) -> str:
        before = self.signals()
        reply = self.ask(command, **fields)
        assert set(reply) == {"err", "q"}
        assert self.signals() == before
        return str(reply["err"])

    def signals(self) -> dict[str, Any]:
        signals = self.ask("status")["signals"]
        assert isinstance(signals, dict)
        return signals

    def passing(self, ms: int) -> None:
        turn_audio(self.commands, self.clock.now_s, ms)


def test_status_says_that_all_is_well() -> None:
    well = {
        "audio": "on",
        "left_s": 0,
        "sounding": 0,
        "style": "iec",
        "latched": 0,
        "tested": "not confirmed",
    }
    assert Device().signals() == well


def test_status_says_what_sounds_and_what_has_outlived_its_cause() -> None:
    device = Device(al.STEP_FAULT)
    device.alarms.set(al.STEP_FAULT, False)
    signals = device.signals()
    assert (signals["sounding"], signals["latched"]) == (HIGH, 1 << al.STEP_FAULT)


def test_a_pause_is_two_minutes_and_shown_as_it_goes() -> None:
    device = Device(al.STOPPED)
    assert device.obeyed("audio_pause")
    for passed_ms, left_s in ((0, 120), (1, 120), (999, 119), (118_999, 1)):
        device.passing(passed_ms)
        signals = device.signals()
        assert (signals["audio"], signals["left_s"], signals["sounding"]) == ("paused", left_s, 0)
    device.passing(1)
    signals = device.signals()
    assert (signals["audio"], signals["left_s"], signals["sounding"]) == ("on", 0, HIGH)


@pytest.mark.parametrize("seconds", [1, 600])
def test_a_pause_as_long_as_asked(seconds: int) -> None:
    device = Device(al.STOPPED)
    assert device.obeyed("audio_pause", seconds=seconds)
    assert device.signals()["left_s"] == seconds


@pytest.mark.parametrize("seconds", [0, 601, -1, 10**900, True, 1.5, "60", None])
def test_a_pause_of_another_length_is_refused(seconds: object) -> None:
    assert Device(al.STOPPED).refused("audio_pause", seconds=seconds).startswith("seconds: ")


def test_a_pause_of_nothing_is_refused() -> None:
    assert Device().refused("audio_pause") == "audio_pause: nothing sounds"


def test_audio_off_lasts_until_audio_on() -> None:
    device = Device(al.STOPPED)
    assert device.obeyed("audio_off", **WHY)
    device.passing(10**9)
    assert (device.signals()["audio"], device.signals()["sounding"]) == ("off", NONE)
    assert device.refused("audio_pause") == "audio_pause: audio is off"
    assert device.obeyed("audio_on")
    assert (device.signals()["audio"], device.signals()["sounding"]) == ("on", HIGH)
    assert device.refused("audio_on") == "audio_on: audio is on"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"reason": "test"}, "confirm: "),
        ({"reason": "test", "confirm": 1}, "confirm: "),
        ({"confirm": True}, "reason: "),
        ({"confirm": True, "reason": ""}, "reason: "),
        ({"confirm": True, "reason": "x" * 81}, "reason: "),
        ({"confirm": True, "reason": 7}, "reason: "),
    ],
)
def test_audio_off_must_be_confirmed_with_a_reason(fields: dict[str, Any], why: str) -> None:
    assert Device(al.STOPPED).refused("audio_off", **fields).startswith(why)


def test_audio_on_ends_a_pause() -> None:
    device = Device(al.STOPPED)
    device.ask("audio_pause")
    assert device.obeyed("audio_on")
    assert device.signals()["audio"] == "on"


def test_the_style_is_one_of_two() -> None:
    device = Device()
    for style in ("implant", "iec"):
        assert device.obeyed("audio_style", style=style)
        assert device.signals()["style"] == style
    for style in ("", "loud", None, 1, ["iec"]):
        assert device.refused("audio_style", style=style) == "style: one of iec, implant"


def test_what_has_outlived_its_cause_can_be_reset_and_nothing_else() -> None:
    device = Device(al.STEP_FAULT, al.STOPPED)
    nothing = "reset_latch: nothing has outlived its cause"
    assert device.refused("reset_latch", a="STEP_FAULT") == nothing
    device.alarms.set(al.STEP_FAULT, False)
    assert device.refused("reset_latch", a="STOPPED") == nothing
    assert device.refused("reset_latch", a="NOISE") == "a: NOISE is not a condition"
    assert device.refused("reset_latch", a=7) == "a: not a condition"
    assert device.obeyed("reset_latch", a="STEP_FAULT")
    assert device.alarms.active == 1 << al.STOPPED
    assert device.refused("reset_latch") == nothing


def test_the_log_tells_what_was_ordered_and_what_came_of_it() -> None:
    device = Device(al.STOPPED)
    device.ask("audio_pause", seconds=60)
    device.passing(0)
    device.passing(60_000)
    device.ask("audio_off", **WHY)
    device.passing(0)
    assert device.commands.log == [
        (7, "audio_pause", "60"),
        (7, "audio", "paused"),
        (7, "audio", "on"),
        (7, "audio_off", "test"),
        (7, "audio", "off"),
    ]


def test_without_a_name_all_that_has_outlived_its_cause_is_reset() -> None:
    for latched in ([al.STEP_FAULT], [al.STEP_FAULT, al.MOTOR_STALL]):
        device = Device(*latched)
        for condition in latched:
            device.alarms.set(condition, False)
        assert device.obeyed("reset_latch")
        assert device.signals()["latched"] == 0


def test_the_first_condition_has_a_name_as_well() -> None:
    name = str(al.CONDITIONS[0][0])
    assert Device().refused("reset_latch", a=name) == "reset_latch: nothing has outlived its cause"


def test_of_a_long_name_24_characters_are_said_back() -> None:
    said = Device().refused("reset_latch", a="N" * 25)
    assert said == "a: " + "N" * 24 + " is not a condition"

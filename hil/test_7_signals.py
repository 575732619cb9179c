"""Sounder and lamps: an alarm is heard and seen within a second of its cause, in its pattern.

What the link tells of it is checked on any rig; the patterns where something records the pins.
"""

from typing import Any

import pytest
from programs import HIGH_NL_H, HOUR_S, guard_nl, low_nl, steady
from pump_under_test import PumpUnderTest, active

from pump.conditions import HIGH
from pump.program import FAST_PERMILLE
from pumprig.analysis.signal_limits import (
    LAMPS,
    SOUNDS,
    SOUNDS_WITHIN_S,
    lamp_faults,
    sound_faults,
)
from pumprig.bench.chip import TICKS_PER_S
from pumprig.rig.emulated import EmulatedRig

pins = pytest.mark.needs("pins")
PASS_S = 0.5  # of the device's loop, at most


def _changes(pump: PumpUnderTest, since_ticks: int) -> list[tuple[float, str, bool]]:
    """(seconds after `since_ticks`, which, on)."""
    rig = pump.rig
    assert isinstance(rig, EmulatedRig)
    changes = rig.signals.changes
    return [
        ((t - since_ticks) / TICKS_PER_S, name, on) for t, name, on in changes if t > since_ticks
    ]


def _ticks(pump: PumpUnderTest) -> int:
    rig = pump.rig
    assert isinstance(rig, EmulatedRig)
    return rig.chip.ticks()


def _tones(pump: PumpUnderTest, since_ticks: int) -> list[tuple[float, float]]:
    rig = pump.rig
    assert isinstance(rig, EmulatedRig)
    return [
        ((begin - since_ticks) / TICKS_PER_S, (end - since_ticks) / TICKS_PER_S + 1 / 5600)
        for begin, end, _ in rig.signals.tones
        if begin > since_ticks
    ]


def _signals(pump: PumpUnderTest) -> dict[str, Any]:
    signals = pump.status()["signals"]
    assert isinstance(signals, dict)
    return signals


def _first(changes: list[tuple[float, str, bool]], name: str) -> float:
    return min(t_s for t_s, which, on in changes if which == name and on)


@pins
def test_it_is_silent_and_dark_while_all_is_well(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.let_pass(0.5)  # what was sounding before ends with the start
    begin = _ticks(pump)
    pump.let_pass(3)
    assert _changes(pump, begin) == []


@pins
def test_an_emergency_stop_sounds_and_flashes_red_within_a_second(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(600)
    begin = _ticks(pump)
    pump.emergency_stop()
    pump.let_pass(4)
    changes = _changes(pump, begin)
    assert _first(changes, "sounder") < SOUNDS_WITHIN_S
    assert _first(changes, "red") < SOUNDS_WITHIN_S
    assert (
        lamp_faults([(t_s, on) for t_s, name, on in changes if name == "red"], LAMPS["red"]) == []
    )
    assert not any(name == "yellow" and on for _, name, on in changes)


@pins
def test_acknowledged_it_is_silent_and_still_red(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.emergency_stop()
    pump.order("ack")
    pump.let_pass(0.2)
    begin = _ticks(pump)
    pump.let_pass(8)
    names = {name for _, name, _ in _changes(pump, begin)}
    assert names == {"red"}


@pins
@pytest.mark.parametrize(
    ("name", "lamp", "usable_nl"),
    [
        ("LOW_RESERVOIR", "yellow", low_nl(24 * HIGH_NL_H) + 6_000),
        ("TAPER_GUARD", "red", guard_nl() + 6_000),
        ("REFILL_DUE", "cyan", low_nl(24 * HIGH_NL_H) + 24 * HIGH_NL_H * FAST_PERMILLE // 1000),
    ],
)
def test_each_priority_has_its_lamp_and_sounds(
    pump: PumpUnderTest, name: str, lamp: str, usable_nl: int
) -> None:
    """Usable volume so that the condition comes up while the pump runs, a quarter hour on."""
    notice_s = 24 * HOUR_S - 900 if name == "REFILL_DUE" else 0
    begin = _ticks(pump)
    pump.start(steady(usable_nl, notices_s=[notice_s]))
    pump.expect("LOW_RESERVOIR", "TAPER_GUARD", "REFILL_DUE")
    raised_after_s = None
    while raised_after_s is None:
        pump.let_pass(0.02)
        if name in active(pump.status()):
            raised_after_s = (_ticks(pump) - begin) / TICKS_PER_S
        assert pump.status()["now_s"] < 3 * HOUR_S
    pump.let_pass(1)
    since_s = raised_after_s - PASS_S  # the answer may have waited so long
    changes = [change for change in _changes(pump, begin) if change[0] > since_s]
    assert _first(changes, lamp) < raised_after_s + SOUNDS_WITHIN_S
    if name != "LOW_RESERVOIR":  # REFILL_DUE, which comes with it here, is sounding already
        assert _first(changes, "sounder") < raised_after_s + SOUNDS_WITHIN_S


@pins
@pytest.mark.parametrize(("style", "seconds"), [("iec", 11), ("implant", 4)])
def test_the_sound_of_a_stop_keeps_to_the_limits_of_its_style(
    pump: PumpUnderTest, style: str, seconds: float
) -> None:
    pump.order("audio_style", style=style)
    pump.start(steady())
    pump.run_until_s(600)
    begin = _ticks(pump)
    pump.emergency_stop()
    pump.let_pass(seconds)
    tones = _tones(pump, begin)
    pump.order("audio_style", style="iec")
    assert tones[0][0] < SOUNDS_WITHIN_S
    assert sound_faults(tones, SOUNDS[style][HIGH]) == []


@pins
def test_paused_it_is_silent_and_a_new_condition_breaks_through(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.emergency_stop()
    pump.order("audio_pause")
    pump.let_pass(0.2)
    begin = _ticks(pump)
    pump.let_pass(8)
    assert _tones(pump, begin) == []
    assert {"red", "cyan"} == {name for _, name, _ in _changes(pump, begin)}, "shown on the lamps"
    pump.order("restart", program="hil", reason="hil")
    begin = _ticks(pump)
    pump.emergency_stop()
    pump.let_pass(SOUNDS_WITHIN_S)
    assert _tones(pump, begin), "another stop"


def test_the_link_says_what_sounds(pump: PumpUnderTest) -> None:
    pump.start(steady())
    signals = _signals(pump)
    assert (signals["audio"], signals["sounding"], signals["latched"]) == ("on", 0, 0)
    pump.emergency_stop()
    assert _signals(pump)["sounding"] == HIGH
    pump.order("ack")
    signals = _signals(pump)
    assert (signals["audio"], signals["sounding"]) == ("on", 0), "acknowledged is not paused"


def test_a_pause_is_bounded_and_comes_back(pump: PumpUnderTest) -> None:
    pump.start(steady())
    assert pump.refusal("audio_pause") == "audio_pause: nothing sounds"
    pump.emergency_stop()
    assert pump.refusal("audio_pause", seconds=601).startswith("seconds: 601 not in")
    pump.order("audio_pause")
    signals = _signals(pump)
    assert (signals["audio"], signals["sounding"]) == ("paused", 0)
    assert 118 <= signals["left_s"] <= 120
    pump.order("audio_pause", seconds=1)
    pump.let_pass(2.5)
    signals = _signals(pump)
    assert (signals["audio"], signals["sounding"]) == ("on", HIGH)


def test_audio_off_is_a_confirmed_order_and_shown(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.emergency_stop()
    assert pump.refusal("audio_off", reason="hil").startswith("confirm: ")
    assert pump.refusal("audio_off", confirm=True).startswith("reason: ")
    pump.order("audio_off", confirm=True, reason="hil")
    signals = _signals(pump)
    pump.order("audio_on")
    assert (signals["audio"], signals["sounding"]) == ("off", 0)
    assert _signals(pump)["sounding"] == HIGH
    pump.let_pass(1.2)
    log = [(name, text) for _, name, text in pump.collect().log]
    assert ("audio_off", "hil") in log and ("audio", "on") in log


def test_nothing_can_be_reset_that_has_its_cause(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.emergency_stop()
    assert pump.refusal("reset_latch", a="STOPPED").startswith("reset_latch: nothing")

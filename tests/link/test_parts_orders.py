"""Orders to the rig's own parts, self-test and signal test."""

import pytest
from asked import WHY, Device
from device_program import program
from traceability.mark import requirement

from link.keys import heed
from pump import conditions as al
from pump.audio import TEST_ANSWER_MS, TEST_MS
from pump.calibration import AS_LISTED, RANGES
from pump.conditions import HIGH, NONE
from pump.readings import Readings

FIELDS = [(part, field) for part in RANGES for field in RANGES[part]]


@pytest.mark.parametrize(("part", "field"), FIELDS)
def test_a_calibration_is_taken_within_its_range_and_kept(part: str, field: str) -> None:
    for value in RANGES[part][field]:
        device = Device()
        device.obeyed("calibrate", part=part, **{field: value}, **WHY)
        assert device.sensing.calibration[part] == {**AS_LISTED[part], field: value}
        assert device.kept == [device.sensing.calibration]
        assert device.obeyed_or_told("readings")["calibration"] == device.sensing.calibration


@pytest.mark.parametrize(("part", "field"), FIELDS)
def test_a_calibration_outside_its_range_is_refused(device: Device, part: str, field: str) -> None:
    low, high = RANGES[part][field]
    for value in (low - 1, high + 1, None, "1", True):
        assert device.refused("calibrate", part=part, **{field: value}, **WHY).startswith(field)


def test_a_calibration_of_nothing_is_refused(device: Device) -> None:
    assert device.refused("calibrate", part="sun", **WHY) == (
        "part: one of scale, pressure_down, pressure_up, tubing"
    )
    assert device.refused("calibrate", part="tubing", **WHY) == "tubing: give life_ml"
    assert device.refused("calibrate", part="tubing", life_ml=7).startswith("reason: ")


def test_a_calibration_that_cannot_be_kept_does_not_hold(device: Device) -> None:
    device.keeps = False
    assert device.refused("calibrate", part="tubing", life_ml=7, **WHY).startswith("calibrate: ")


def test_the_scale_goes_by_its_new_calibration_at_once(device: Device) -> None:
    device.obeyed("calibrate", part="scale", tare_raw=5, nl_per_1024=20_000, **WHY)
    weighing = device.sensing.weighing
    assert (weighing.tare_raw, weighing.nl_per_1024) == (5, 20_000)


@requirement("R6.5.0(19)", "R6.5.0(20)")
def test_every_signal_is_tested_and_confirmed(device: Device) -> None:
    device.obeyed("signal_test")
    audio, alarms = device.commands.audio, device.controller.alarms
    audio.turn(alarms, TEST_MS - 1)
    assert (audio.sounding, audio.test_ms) == (HIGH, 1)
    audio.turn(alarms, 1)
    assert (audio.sounding, audio.test_ms) == (NONE, 0)
    assert device.ask("status")["signals"]["tested"] == "not confirmed"
    device.obeyed("signal_seen", ok=True)
    assert device.ask("status")["signals"]["tested"] == "confirmed"
    assert device.sensing.self_test.signals == ""


@requirement("R6.5.0(19)", "R6.5.0(20)")
def test_signals_that_were_not_seen_fail_the_self_test(device: Device) -> None:
    device.obeyed("signal_test")
    device.obeyed("signal_seen", ok=False)
    assert device.sensing.self_test.signals == "signals: not heard, or not seen"
    device.obeyed("signal_test")
    device.obeyed("signal_seen", ok=True)
    assert device.sensing.self_test.signals == ""


@pytest.mark.parametrize(("late_ms", "taken"), [(-1, True), (0, False)])
def test_an_answer_counts_until_a_minute_after_the_test(late_ms: int, taken: bool) -> None:
    device = Device()
    device.obeyed("signal_test")
    device.commands.audio.turn(device.controller.alarms, TEST_MS + TEST_ANSWER_MS + late_ms)
    if taken:
        device.obeyed("signal_seen", ok=True)
    else:
        refused = device.refused("signal_seen", ok=True)
        assert refused == "signal_seen: no signal test within 60 s"


def test_an_answer_is_true_or_false(device: Device) -> None:
    device.obeyed("signal_test")
    assert device.refused("signal_seen", ok=1) == "ok: not true or false"


def test_an_alarm_goes_before_a_signal_test_and_breaks_it_off(device: Device) -> None:
    device.obeyed("signal_test")
    device.controller.alarms.set(al.REFILL_DUE, True)
    audio = device.commands.audio
    audio.turn(device.controller.alarms, 1)
    assert audio.sounding == device.controller.alarms.priority(al.REFILL_DUE)
    assert audio.test_ms == 0
    assert device.refused("signal_test") == "signal_test: an alarm is to be heard"


def test_nothing_is_tested_while_audio_is_off(device: Device) -> None:
    device.obeyed("audio_off", confirm=True, **WHY)
    assert device.refused("signal_test") == "signal_test: audio is off"


@requirement("R6.5.0(21)")
def test_the_acknowledge_key_confirms_the_signals_when_no_alarm_asks(device: Device) -> None:
    device.obeyed("signal_test")
    device.sensing.keys.ack = True
    heed(device.commands, device.sensing, 0)
    assert device.commands.audio.confirmed is True
    assert device.commands.log[-1] == (0, "key", "signals seen")


def test_the_acknowledge_key_acknowledges_first(device: Device) -> None:
    device.obeyed("signal_test")
    device.controller.alarms.set(al.REFILL_DUE, True)
    device.sensing.keys.ack = True
    heed(device.commands, device.sensing, 0)
    assert device.commands.audio.confirmed is None
    assert device.controller.alarms.acknowledged == 1 << al.REFILL_DUE


def test_the_service_key_held_tests_signals_and_all_else(device: Device) -> None:
    device.sensing.keys.test = True
    heed(device.commands, device.sensing, 0)
    assert device.commands.audio.test_ms == TEST_MS
    device.sensing.look(Readings(), 0, 400)
    assert device.sensing.self_test.running


@requirement("R7.4.0(1)")
def test_a_self_test_that_failed_keeps_a_program_from_starting(device: Device) -> None:
    device.stage(program())
    device.sensing.self_test.failed = True
    device.sensing.self_test.result = "scale: no reading"
    assert device.refused("start") == "start: self-test failed, scale: no reading"
    device.sensing.self_test.failed = False
    device.obeyed("start")


def test_a_self_test_is_run_when_it_is_asked_for(device: Device) -> None:
    for _ in range(8):
        device.sensing.look(Readings(), 0, 400)
    assert not device.sensing.self_test.running
    device.obeyed("self_test")
    device.sensing.look(Readings(), 0, 400)
    assert device.sensing.self_test.running


@pytest.mark.parametrize("ok", [True, False])
def test_what_was_seen_of_the_signals_is_tested_at_once(device: Device, ok: bool) -> None:
    r = Readings()  # nothing is wrong, so that the signals can be tested
    r.supply_mv, r.pressure_down_raw, r.pressure_up_raw = 5_000, 1_800, 1_800
    for _ in range(8):
        r.scale_readings += 1
        device.sensing.look(r, 0, 400)
    device.obeyed("signal_test")
    assert not device.sensing.self_test.running
    device.obeyed("signal_seen", ok=ok)
    device.sensing.look(r, 0, 400)
    assert device.sensing.self_test.running


def test_a_failed_self_test_is_an_alarm_until_one_passes(device: Device) -> None:
    r, alarms = Readings(), device.controller.alarms
    for _ in range(8):
        device.sensing.look(r, 0, 400)  # no scale
    assert alarms.active >> al.SELF_TEST_FAILED & 1
    device.obeyed("self_test")
    for _ in range(8):
        r.scale_readings += 1
        device.sensing.look(r, 0, 400)
    assert not alarms.active >> al.SELF_TEST_FAILED & 1

"""What a press of the rig's own keys does, and that it is in the log."""

import pytest
from asked import WHY, Device, running

from link.keys import heed
from pump import conditions as al

NOW_S = 3_600


def pressed(device: Device, *keys: str) -> list[tuple[int, str, str]]:
    """What was logged when these keys meant something."""
    sensing, c = device.sensing, device.commands
    for name in ("ack", "stop", "pause", "test"):
        setattr(sensing.keys, name, name in keys)
    c.log.clear()
    c.changed = False
    heed(c, sensing, NOW_S)
    return list(c.log)


def test_the_stop_key_stops_and_what_stands_still_is_not_stopped_again() -> None:
    device = running()
    assert pressed(device, "stop") == [(NOW_S, "key", "stop")]
    assert device.commands.changed, "it must outlive a reset"
    assert device.ask("status")["state"] == "stopped"
    assert pressed(device, "stop") == []
    assert not device.commands.changed


def test_no_key_does_nothing() -> None:
    device = running()
    device.controller.alarms.set(al.LINK_ABUSE, True)
    assert pressed(device) == []
    assert (device.ask("status")["state"], device.commands.changed) == ("running", False)
    assert device.commands.audio.state == "on"


def test_the_acknowledge_key_acknowledges_all_there_is() -> None:
    device = running()
    assert pressed(device, "ack") == []
    device.controller.alarms.set(al.LINK_ABUSE, True)
    device.controller.alarms.set(al.STEP_FAULT, True)
    assert pressed(device, "ack") == [(NOW_S, "key", "acknowledge")]
    assert device.commands.changed
    alarms = device.controller.alarms
    assert alarms.active & ~alarms.acknowledged == 0


def test_after_a_signal_test_the_acknowledge_key_says_that_it_was_seen() -> None:
    device = running()
    assert pressed(device, "test") == [(NOW_S, "key", "signal test")]
    device.commands.audio.turn(device.controller.alarms, 60_000)
    assert pressed(device, "ack") == [(NOW_S, "key", "signals seen")]


def test_the_pause_key_pauses_what_sounds_and_nothing_else() -> None:
    device = running()
    assert pressed(device, "pause") == []
    device.obeyed("estop", confirm=True, **WHY)
    device.ask("status")
    assert pressed(device, "pause") == [(NOW_S, "key", "audio pause")]
    assert device.ask("status")["signals"]["audio"] == "paused"


def test_the_test_key_asks_for_a_self_test_also_where_no_signal_test_can_be_made() -> None:
    device = running()
    device.obeyed("estop", confirm=True, **WHY)
    device.sensing.self_test._asked = False
    assert pressed(device, "test") == []
    assert device.sensing.self_test._asked


@pytest.mark.parametrize(
    ("count", "runs", "sounds"), [(1, False, True), (1, True, False), (2, False, False)]
)
def test_the_first_self_test_of_a_pump_without_a_program_tests_the_signals(
    count: int, runs: bool, sounds: bool
) -> None:
    device = running() if runs else Device()
    test = device.sensing.self_test
    test.news, test.count, test.result = True, count, "ok"
    assert pressed(device) == [(NOW_S, "self_test", "ok")]
    assert (device.commands.audio.test_ms > 0) == sounds

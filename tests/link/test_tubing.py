"""A new tubing: its life begins, and somebody says why."""

from asked import WHY, running
from device_program import program

from pump import conditions as al


def test_a_new_tubing_begins_its_life() -> None:
    device = running(program())
    sensing = device.sensing
    sensing.tubing_ml, sensing.tubing_nl = 2_000, 5
    device.controller.alarms.set(al.TUBING_LIFE, True)
    assert device.ask("tubing_changed")["err"].startswith("reason: ")
    assert device.controller.alarms.active >> al.TUBING_LIFE & 1
    device.obeyed("tubing_changed", **WHY)
    assert (sensing.tubing_ml, sensing.tubing_nl) == (0, 0)
    assert not device.controller.alarms.active >> al.TUBING_LIFE & 1

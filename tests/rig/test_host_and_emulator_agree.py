"""One controller, two worlds: the same program and scenario, the same steps and alarms."""

import pytest
from short_program import alarms, execute, notes
from traceability.mark import requirement

from pumprig.image import Image
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.host import HostRig

pytestmark = pytest.mark.emulator

REFILLED_LATE = """
[[event]]
at = "day 2 09:10"
do = "refill"
volume = "3 mL"
[[event]]
at = "day 2 15:00"
do = "acknowledge"
"""
STOPPED_AND_RESTARTED = """
[[event]]
at = "day 0 02:03:04"
do = "emergency_stop"
reason = "test"
[[event]]
at = "day 0 03:30"
do = "restart"
reason = "test"
[[event]]
at = "day 0 05:10"
do = "stop"
"""


@requirement("R6.1.0(1)")
def test_the_demo_in_small_to_the_step_and_to_the_alarm(image: Image) -> None:
    """It empties, is guarded, refilled late, and climbs back."""
    host = execute(HostRig(), 3, REFILLED_LATE)
    emulator = execute(EmulatedRig(image), 3, REFILLED_LATE)

    assert emulator.day_totals == host.day_totals
    assert len(host.day_totals) == 4
    assert emulator.rates == host.rates
    assert alarms(emulator) == alarms(host)
    raised = [name for name, event in alarms(host) if event == "raised"]
    assert raised == ["REFILL_DUE", "LOW_RESERVOIR", "TAPER_GUARD", "RESUME_CAP"]
    assert notes(emulator) == notes(host) == []

    assert emulator.steps_seen == emulator.steps_emitted
    assert emulator.steps_in_flight_max is not None
    assert emulator.steps_in_flight_max <= 512
    for run in (host, emulator):
        assert run.volume_error_steps_max is not None
        assert run.volume_error_steps_max < 1


def test_over_stops_and_a_restart(image: Image) -> None:
    host = execute(HostRig(), 1.25, STOPPED_AND_RESTARTED, "3 mL")
    emulator = execute(EmulatedRig(image), 1.25, STOPPED_AND_RESTARTED, "3 mL")
    assert alarms(emulator) == alarms(host)
    assert [name for name, event in alarms(host) if event == "raised"] == ["STOPPED", "STOPPING"]
    assert notes(emulator) == notes(host) == []
    assert emulator.steps_seen == emulator.steps_emitted
    # A stop and a restart are obeyed at a pump second that depends on the loop, not on the plan:
    # on a board an order takes some 20 ms to arrive, here half a minute at 16 uL/h.
    for ours, theirs in zip(emulator.day_totals, host.day_totals, strict=True):
        assert abs(ours - theirs) <= 5

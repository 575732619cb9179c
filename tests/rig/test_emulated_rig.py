"""The rig with an emulated Pico: everything a scenario can ask for really happens to it."""

import pytest
from short_program import alarms, execute, notes
from traceability.mark import requirement

from pumprig.bench.pump_head import PumpHead
from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig import CannotHappen
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.record import Run

pytestmark = pytest.mark.emulator

EVERYTHING = """
[[event]]
at = "day 0 01:10"
do = "stall"
[[event]]
at = "day 0 01:40"
do = "stall_clear"
[[event]]
at = "day 0 02:10"
do = "power_cut"
off = "250 ms"
[[event]]
at = "day 0 03:10"
do = "acknowledge"
condition = "POWER_INTERRUPTED"
[[event]]
at = "day 0 04:40"
do = "freeze_cpu"
[[event]]
at = "day 0 07:10"
do = "acknowledge"
[[event]]
at = "day 0 07:20"
do = "emergency_stop"
reason = "test"
[[event]]
at = "day 0 07:30"
do = "restart"
reason = "test"
[[event]]
at = "day 0 07:40"
do = "stop"
[[event]]
at = "day 0 07:50"
do = "refill"
volume = "2 mL"
[[event]]
at = "day 0 08:10"
do = "resume_direct"
reason = "test"
"""


@pytest.fixture(scope="module")
def rig(image: Image) -> EmulatedRig:
    rig = EmulatedRig(image)
    rig.open()
    return rig


@pytest.fixture(scope="module")
def everything(image: Image) -> tuple[Run, list[int]]:
    """A run of it all, and the level of DIR at every step; low is forward."""
    levels: list[int] = []
    on_step = PumpHead._on_step

    def watched(head: PumpHead, state: object, before: object) -> None:
        levels.append(int(head._dir.value))
        on_step(head, state, before)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PumpHead, "_on_step", watched)
        return execute(EmulatedRig(image), 0.35, EVERYTHING, "3 mL"), levels


@requirement("R6.2.0(3)", "R7.2.0(2)")
def test_no_step_is_made_backwards_whatever_happens(everything: tuple[Run, list[int]]) -> None:
    _, levels = everything
    assert len(levels) > 1000
    assert not any(levels)


@requirement("R7.4.0(4)")
def test_every_action_of_a_scenario_happens(everything: tuple[Run, list[int]]) -> None:
    run, _ = everything
    happened = [(event.name, event.text) for event in run.events if event.kind == "bench"]
    assert happened == [
        ("stall", ""),
        ("stall_clear", ""),
        ("power_cut", "off_ms 250"),
        ("freeze_cpu", ""),
        ("refill", "volume_nl 2000000"),
    ]
    obeyed = [event.name for event in run.events if event.kind == "command"]
    expected = ["start", "ack", "ack", "estop", "restart", "stop", "refill"]
    assert [name for name in obeyed if name not in ("clock", "self_test")] == expected
    resets = [(event.name, event.text) for event in run.events if event.kind == "reset"]
    assert resets == [("power", "state: running"), ("watchdog", "state: running")]
    assert notes(run) == ["refused: resume_direct: no return is being limited"]
    raised = [name for name, event in alarms(run) if event == "raised"]
    resets = ["CLOCK_FAULT", "CLOCK_FAULT", "MOTOR_STALL", "POWER_INTERRUPTED"]
    assert sorted(raised) == [*resets, "STOPPED", "STOPPING", "WATCHDOG_RESET"]
    assert run.volume_error_steps_max is None, "over a reset there is no ideal"


def test_while_the_head_is_stalled_nothing_leaves_the_reservoir(
    image: Image,
) -> None:
    stall = EVERYTHING.split("[[event]]")
    run = execute(EmulatedRig(image), 0.1, "[[event]]".join(stall[:3]), "3 mL")
    at = {point.t_s: point for point in run.truth}
    stalled, freed = at[70 * 60], at[100 * 60]
    assert freed.steps_seen > stalled.steps_seen, "the driver gets its steps"
    # Looked at one reply after the head was let go: 26 ms, 37 s of the pump's, under 3 steps.
    assert freed.delivered_nl - stalled.delivered_nl < 4 * 32, "the head did not turn"
    assert run.truth[-1].delivered_nl > freed.delivered_nl


def test_what_it_does_not_know_cannot_happen(rig: EmulatedRig) -> None:
    with pytest.raises(CannotHappen, match=r"^meteor: unknown to the emulated rig$"):
        rig.happen("meteor", {})


def test_it_takes_exactly_the_time_it_is_told(rig: EmulatedRig) -> None:
    before = rig.chip.ticks()
    rig.advance(0.25)
    assert rig.chip.ticks() - before == 4_000_000_000


def test_service_leaves_the_pump_for_a_prompt_without_a_watchdog(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("service", reason="test")
    rig.advance(1)
    assert rig.chip.resets == 1
    rig.link.noise.clear()
    rig.chip.write_console(b"\x03\rprint('at', 'prompt')\r")
    rig.advance(10)
    assert b"at prompt\r" in rig.link.noise
    assert rig.chip.resets == 1, "nobody feeds a watchdog, and none bites"
    rig.chip.press_reset()
    rig.await_boot()
    assert rig.link.order("hello")["reset"] == "power", "and the next boot is a pump again"


def test_a_start_that_fails_is_tried_again_and_told_of(image: Image) -> None:
    """A firmware that cannot start must not end at a silent prompt."""
    rig = EmulatedRig(image, {**firmware_files(), "device.mpy": b"not bytecode"})
    rig.power_up()
    rig.advance(10)
    assert rig.chip.resets >= 2
    assert any(b"ValueError" in line for line in rig.link.noise), "the traceback is on the console"


def test_a_restart_asked_for_is_not_told_as_a_hang(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("service", reason="test")
    rig.advance(1)
    rig.chip.write_console(b"import machine; machine.reset()\r")
    rig.advance(1)
    rig.link.noise.clear()
    assert rig.link.order("hello")["reset"] == "restart"

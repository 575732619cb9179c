"""The CPU hangs: the motor stops by itself, the watchdog resets, the boot says why."""

import pytest
from programs import HOUR_S, RESIDUAL_NL, steady
from pump_under_test import PumpUnderTest, active
from test_8_power import check_ledger

from pumprig.bench.chip import TICKS_PER_S
from pumprig.rig.emulated import EmulatedRig

pytestmark = pytest.mark.needs("freeze")
WATCHDOG_S = 3.0
RESUME_S = 1.0  # to the first step
BOOT_S = 2.2  # until it answers


@pytest.mark.parametrize("slices", [1, 4, 9])
def test_a_frozen_cpu_delivers_no_more_than_was_in_flight(
    pump: PumpUnderTest, slices: int, request: pytest.FixtureRequest
) -> None:
    rig = pump.rig
    assert isinstance(rig, EmulatedRig)
    pump.start(steady())
    pump.run_until_s(HOUR_S)
    for _ in range(slices):
        pump.let_pass(0.1)
    status = pump.status()
    pump.expect("WATCHDOG_RESET", "CLOCK_FAULT")
    frozen, seen = rig.chip.ticks(), rig.head.steps_seen
    in_flight = status["authorised"] - status["emitted"]
    resets = rig.chip.resets
    rig.chip.freeze_cpu()
    assert rig.chip.run_until(lambda: rig.chip.resets > resets, 2 * WATCHDOG_S, 0.01)
    reset = rig.chip.ticks()
    after = rig.head.edge_ticks[seen:]
    pulses_s = (after[-1] - frozen) / TICKS_PER_S if after else 0.0
    watchdog_s = (reset - frozen) / TICKS_PER_S
    request.node.user_properties += [  # for the JUnit file
        ("steps_in_flight_when_frozen", in_flight),
        ("steps_after_freeze", len(after)),
        ("last_step_after_freeze_ms", round(pulses_s * 1000)),
        ("watchdog_reset_after_ms", round(watchdog_s * 1000)),
    ]

    assert len(after) <= in_flight
    assert pulses_s < watchdog_s, "it stood still before the watchdog came"
    assert watchdog_s <= WATCHDOG_S + 0.02

    rig.await_boot()
    hello = pump.reconnect()
    assert (hello["reset"], hello["state"]) == ("watchdog", "running")
    assert (rig.chip.ticks() - reset) / TICKS_PER_S < BOOT_S
    rig.chip.run_for(1)
    resumed = next(edge for edge in rig.head.edge_ticks if edge > reset)
    assert (resumed - reset) / TICKS_PER_S < RESUME_S
    assert active(pump.status()) == {"WATCHDOG_RESET", "CLOCK_FAULT"}
    check_ledger(pump)
    before = rig.head.steps_seen
    pump.run_until_s(pump.status()["now_s"] + HOUR_S)
    assert rig.head.steps_seen > before, "delivery resumes"
    check_ledger(pump)


def test_time_lost_is_given_back_forward_only_and_not_made_up_for(pump: PumpUnderTest) -> None:
    pump.start(steady())
    before = pump.run_until_s(HOUR_S)
    pump.expect("WATCHDOG_RESET", "CLOCK_FAULT")
    pump.rig.happen("freeze_cpu", {})
    pump.reconnect(at_s=10 * HOUR_S)
    at = pump.status()
    assert at["now_s"] >= 10 * HOUR_S
    status = pump.run_until_s(11 * HOUR_S)
    an_hour = 640  # steps at HIGH_NL_H
    assert status["authorised"] - before["authorised"] < 3 * an_hour
    truth = pump.rig.truth()
    assert truth is not None
    assert status["usable_nl"] <= truth.reservoir_nl - RESIDUAL_NL

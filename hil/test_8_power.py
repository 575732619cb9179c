"""Power goes and comes back: the pump goes on, says so, and its books err to the safe side."""

import pytest
from programs import HIGH_NL_H, HOUR_S, RESIDUAL_NL, steady
from pump_under_test import PumpUnderTest, active

from pump.journal import BOUND_NL

pytestmark = [pytest.mark.needs("power"), pytest.mark.needs("pins")]
IN_FLIGHT_NL = 512 * 31_250 // 1000


def check_ledger(pump: PumpUnderTest) -> None:
    """After a reset: never more in the books than in the vessel, and within the stated bound. The
    books also lack what was in flight at the reset, and what is in flight now."""
    status, truth = pump.status(), pump.rig.truth()
    assert truth is not None
    missing_nl = truth.reservoir_nl - RESIDUAL_NL - status["usable_nl"]
    assert 0 <= missing_nl <= BOUND_NL + 2 * IN_FLIGHT_NL


def test_a_power_cut_is_reported_and_delivery_goes_on(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(2 * HOUR_S)
    pump.expect("POWER_INTERRUPTED", "CLOCK_FAULT")
    pump.rig.happen("power_cut", {"off_ms": 5_000})
    hello = pump.reconnect()
    assert (hello["reset"], hello["state"], hello["program"]) == ("power", "running", "hil")
    status = pump.status()
    assert active(status) == {"POWER_INTERRUPTED", "CLOCK_FAULT"}
    check_ledger(pump)
    seen = pump.rig.truth()
    status = pump.run_until_s(status["now_s"] + HOUR_S)
    assert status["rate_nl_h"] == HIGH_NL_H
    assert pump.rig.truth().steps_seen > seen.steps_seen  # type: ignore[union-attr]
    check_ledger(pump)


def test_given_its_time_back_no_more_is_in_flight_than_ever(pump: PumpUnderTest) -> None:
    pump.start(steady())
    before = pump.run_until_s(2 * HOUR_S)
    pump.expect("POWER_INTERRUPTED", "CLOCK_FAULT")
    pump.rig.happen("power_cut", {"off_ms": 5_000})
    pump.reconnect(at_s=before["now_s"] + 3 * HOUR_S)
    pump.run_until_s(before["now_s"] + 4 * HOUR_S)
    samples = pump.collect().samples
    in_flight = max(sample.authorised - sample.emitted for sample in samples)
    pump.told.samples.clear()  # looked at here
    assert in_flight <= 512
    assert active(pump.status()) == {"POWER_INTERRUPTED"}


def test_the_interruption_stays_until_it_is_acknowledged(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(600)
    pump.expect("POWER_INTERRUPTED", "CLOCK_FAULT")
    pump.rig.happen("power_cut", {"off_ms": 100})
    pump.reconnect()
    pump.let_pass(2)
    assert active(pump.status()) == {"POWER_INTERRUPTED", "CLOCK_FAULT"}
    pump.order("ack", a="POWER_INTERRUPTED")
    assert active(pump.status()) == {"CLOCK_FAULT"}


def test_a_stopped_pump_stays_stopped(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(600)
    pump.emergency_stop()
    pump.expect("CLOCK_FAULT")
    pump.rig.happen("power_cut", {"off_ms": 100})
    assert pump.reconnect()["state"] == "stopped"
    assert active(pump.status()) == {"STOPPED", "CLOCK_FAULT"}
    before = pump.rig.truth()
    pump.let_pass(1)
    assert pump.rig.truth() == before


@pytest.mark.parametrize("wall_ms", [0, 1, 5, 20, 120])
def test_what_was_acknowledged_last_is_what_runs(pump: PumpUnderTest, wall_ms: int) -> None:
    """Power cut so soon after the answer to an order."""
    pump.start(steady(name="the one that runs"))
    pump.order("refill", volume_nl=3_900_000)
    pump.fill(3_900_000)
    if wall_ms:
        pump.let_pass(wall_ms / 1000)
    pump.expect("POWER_INTERRUPTED", "CLOCK_FAULT")
    pump.rig.happen("power_cut", {"off_ms": 100})
    hello = pump.reconnect()
    assert (hello["state"], hello["program"]) == ("running", "the one that runs")
    status = pump.status()
    assert status["usable_nl"] > 3_800_000 - BOUND_NL - 2 * IN_FLIGHT_NL, (
        "the refill is in the books"
    )
    check_ledger(pump)


def test_it_survives_a_second_cut_while_it_comes_back(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(HOUR_S)
    pump.expect("POWER_INTERRUPTED", "CLOCK_FAULT", "RESETS_REPEATED")
    for _ in range(3):
        pump.rig.happen("power_cut", {"off_ms": 50})
    assert pump.reconnect()["state"] == "running"
    status, truth = pump.status(), pump.rig.truth()
    assert truth is not None
    assert status["usable_nl"] <= truth.reservoir_nl - RESIDUAL_NL

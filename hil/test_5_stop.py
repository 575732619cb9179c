"""The two ways to stop, the ways back, and what acknowledging does."""

from programs import HIGH_NL_H, HOUR_S, steady
from pump_under_test import PumpUnderTest, acknowledged, active


def test_an_emergency_stop_needs_a_confirmation_and_a_reason(pump: PumpUnderTest) -> None:
    pump.start(steady())
    assert pump.refusal("estop", reason="x") == "confirm: an emergency stop must be confirmed"
    assert pump.refusal("estop", reason="x", confirm=1).startswith("confirm:")
    assert pump.refusal("estop", confirm=True) == "reason: give one, 1..80 characters"
    assert pump.refusal("estop", confirm=True, reason="x" * 81).startswith("reason:")
    assert pump.status()["state"] == "running"


def test_an_emergency_stop_cuts_at_once_and_alarms(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(1_200)
    pump.emergency_stop()
    stopped = pump.status()
    assert stopped["state"] == "stopped"
    assert stopped["rate_nl_h"] == 0
    assert active(stopped) == {"STOPPED"}
    assert stopped["emitted"] == stopped["authorised"], (
        "what was planned and not made is given back"
    )
    pump.let_pass(1)
    assert pump.status()["emitted"] == stopped["emitted"], "not one step after it"
    assert pump.refusal("estop", confirm=True, reason="again").startswith("estop: not running")


def test_the_ledger_gets_back_what_a_stop_cut_off(pump: PumpUnderTest) -> None:
    fields = steady()
    pump.start(fields)
    pump.run_until_s(1_200)
    pump.emergency_stop()
    status = pump.status()
    used_nl = status["emitted"] * 31_250 // 1000
    assert status["usable_nl"] == fields["volume_nl"] - fields["residual_nl"] - used_nl


def test_a_restart_needs_a_reason_and_clears_the_alarm(pump: PumpUnderTest) -> None:
    pump.start(steady())
    assert pump.refusal("restart", program="hil", reason="x").startswith("restart: not stopped")
    pump.run_until_s(600)
    pump.emergency_stop()
    stopped = pump.status()
    assert pump.refusal("restart", program="hil") == "reason: give one, 1..80 characters"
    pump.order("restart", program="hil", reason="hil")
    assert active(pump.status()) == set()
    limit_s = stopped["now_s"] + 2 * HOUR_S
    pump.run_until(lambda status: status["emitted"] > stopped["emitted"] + 10, limit_s)
    assert pump.status()["rate_nl_h"] == HIGH_NL_H


def test_a_planned_stop_begins_with_one_step_down(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.expect("STOPPING")
    pump.run_until_s(60)
    pump.order("stop")
    ordered = pump.run_until_alarm("STOPPING", limit_s=HOUR_S)
    assert ordered["rate_nl_h"] == HIGH_NL_H
    status = pump.run_until_rate(HIGH_NL_H // 2, limit_s=4 * HOUR_S)
    assert status["state"] == "running"
    assert active(status) == {"STOPPING"}
    assert pump.told.rates == [(0, HIGH_NL_H), (2 * HOUR_S, HIGH_NL_H // 2)]


def test_acknowledging_silences_and_does_not_clear(pump: PumpUnderTest) -> None:
    pump.start(steady())
    assert pump.refusal("ack") == "ack: nothing to acknowledge"
    pump.emergency_stop()
    assert acknowledged(pump.status()) == set()
    assert pump.refusal("ack", a="NO_SUCH") == "a: NO_SUCH is not a condition"
    assert pump.refusal("ack", a="LOW_RESERVOIR") == "ack: nothing to acknowledge"
    pump.order("ack", a="STOPPED")
    status = pump.status()
    assert active(status) == acknowledged(status) == {"STOPPED"}


def test_a_stop_that_was_acknowledged_alarms_again_the_next_time(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.emergency_stop()
    pump.order("ack", a="STOPPED")
    pump.order("restart", program="hil", reason="hil")
    pump.let_pass(0.1)
    pump.emergency_stop()
    assert acknowledged(pump.status()) == set()

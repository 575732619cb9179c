"""What a fault does to delivery: nothing, the minimum rate, no further packet, or a cut."""

from typing import Any

import pytest
from device_program import DAY, HOUR, program, with_boluses
from driven import Driven
from traceability.mark import requirement

from pump import bolus as bo
from pump import conditions as al
from pump.planner import STOPPED_CRITICAL_S

MINUTE = 60


def running(profile: str = "itb", **fields: Any) -> Driven:
    """Ten minutes past its first noon."""
    driven = Driven(program(profile=profile, **fields), window_s=4, margin_s=1)
    driven.run_to(12 * HOUR + 10 * MINUTE)
    return driven


def fault(driven: Driven, condition: int, on: bool = True) -> None:
    driven.controller.alarms.set(condition, on)
    driven._wake_s = driven.now_s
    driven.run_to(driven.now_s)


KEEPING = [al.UNDER_DELIVERY, al.SCALE_FAULT, al.ROTOR_FAULT, al.KEY_STUCK, al.TUBING_LIFE]


@requirement("R7.4.0(5)")
@pytest.mark.parametrize("profile", ["itb", "pca"])
@pytest.mark.parametrize("condition", KEEPING)
def test_a_fault_that_asks_for_nothing_leaves_delivery_as_it_is(
    profile: str, condition: int
) -> None:
    driven = running(profile)
    rates = list(driven.rates)
    fault(driven, condition)
    driven.run_to(driven.now_s + 3 * HOUR)
    assert driven.running and driven.rates == rates


@requirement("R7.4.0(6)")
@pytest.mark.parametrize("condition", [al.AIR, al.OVERHEAT, al.OVER_DELIVERY])
def test_what_stops_an_opioid_at_once_leaves_baclofen_going(condition: int) -> None:
    itb, pca = running("itb"), running("pca")
    for driven in (itb, pca):
        fault(driven, condition)
    assert itb.running and "STOPPED" not in itb.active
    assert not pca.running and "STOPPED" in pca.active
    assert pca.controller.front_s == pca.now_s
    made = pca.made
    pca.run_to(pca.now_s + HOUR)
    assert pca.made == made == pca.controller.authorised


@requirement("R7.2.0(6)", "R7.4.0(6)")
@pytest.mark.parametrize("profile", ["itb", "pca"])
@pytest.mark.parametrize("condition", [al.OCCLUSION_UP, al.OCCLUSION_DOWN])
def test_an_occlusion_stops_either_profile_at_once(profile: str, condition: int) -> None:
    driven = running(profile)
    fault(driven, condition)
    assert not driven.running and "STOPPED" in driven.active
    assert driven.made == driven.controller.authorised


@requirement("R7.2.0(1)")
def test_a_fault_that_finishes_lets_what_was_released_be_made() -> None:
    driven = running("pca")
    authorised, front_s = driven.controller.authorised, driven.controller.front_s
    fault(driven, al.MOTOR_STALL)
    assert not driven.running and "STOPPED" in driven.active
    driven.run_to(front_s + 1)
    assert driven.made == driven.controller.authorised == authorised


def test_a_stopped_pump_restarts_only_when_the_fault_is_over_and_latched_is_over() -> None:
    driven = running()
    fault(driven, al.OCCLUSION_DOWN)
    assert driven.order("restart") == "restart: OCCLUSION_DOWN is there; end its cause first"
    fault(driven, al.OCCLUSION_DOWN, False)
    assert "OCCLUSION_DOWN" in driven.active
    assert driven.order("restart") is None
    driven.run_to(driven.now_s + HOUR)
    assert driven.running
    fault(driven, al.OCCLUSION_DOWN)
    assert not driven.running


def test_a_failed_self_test_holds_at_the_minimum_rate_from_the_next_full_hour() -> None:
    driven = running()
    p = driven.controller.program
    assert p is not None
    fault(driven, al.SELF_TEST_FAILED)
    driven.run_to(16 * HOUR + 10 * MINUTE)
    assert driven.rates[-1] == (13 * HOUR, p.minimum_nl_h)
    assert "RESUME_CAP" not in driven.active
    fault(driven, al.SELF_TEST_FAILED, False)
    assert "RESUME_CAP" in driven.active, "below the program in silence"
    assert driven.rates[-1] == (13 * HOUR, p.minimum_nl_h)
    before = driven.rates[-2][1]
    driven.run_to(17 * HOUR + MINUTE)
    assert driven.rates[-1] == (17 * HOUR, before)
    driven.run_to(2 * DAY)
    assert driven.active == set()


def test_a_failed_self_test_that_is_over_within_the_hour_changes_nothing() -> None:
    driven = running()
    rates = list(driven.rates)
    fault(driven, al.SELF_TEST_FAILED)
    fault(driven, al.SELF_TEST_FAILED, False)
    driven.run_to(15 * HOUR)
    assert driven.rates == rates and driven.active == set()


def test_a_hold_ends_a_bolus_and_refuses_and_leaves_out_others() -> None:
    fields = with_boluses(
        20_000, profile="itb", periodic=[[14 * HOUR, 10_000, 600]], demand=[20_000, 3600]
    )
    driven = Driven(fields, window_s=4, margin_s=1)
    driven.run_to(12 * HOUR + 10 * MINUTE)
    assert driven.order("give_bolus", 0, 0) is None
    driven.run_to(driven.now_s + 10 * MINUTE)
    fault(driven, al.SELF_TEST_FAILED)
    assert driven.controller.bolus.kind == bo.NONE
    assert "BOLUS_INTERRUPTED" in driven.active
    refused = driven.order("give_bolus", 0, 0)
    assert refused == "bolus: SELF_TEST_FAILED is there; end its cause first"
    driven.controller.alarms.acknowledge(al.BOLUS_INTERRUPTED)
    driven.run_to(15 * HOUR)
    assert "BOLUS_INTERRUPTED" in driven.active
    assert [entry[1:3] for entry in driven.controller.bolus.log] == [
        (bo.KINDS[bo.DEMAND], "begun"),
        (bo.KINDS[bo.DEMAND], "interrupted"),
    ]


def test_no_program_starts_while_a_fault_holds() -> None:
    driven = running()
    driven.order("stop_now")
    c = driven.controller
    assert c.program is not None and c.load(c.program) is None
    c.alarms.set(al.SELF_TEST_FAILED, True)
    assert c.start(driven.now_s, 0) == "start: SELF_TEST_FAILED is there; end its cause first"
    c.alarms.set(al.SELF_TEST_FAILED, False)
    assert c.start(driven.now_s, 0) is None


def test_the_worst_of_several_faults_decides() -> None:
    driven = running("pca")
    alarms = driven.controller.alarms
    for condition in (al.SCALE_FAULT, al.PRESSURE_FAULT, al.AIR):
        alarms.set(condition, True)
    assert alarms.demand() == al.STOP
    assert [alarms.demanding(least) for least in (al.FINISH, al.STOP)] == ["AIR", "AIR"]
    alarms.set(al.AIR, False)
    assert (alarms.demand(), alarms.demanding(al.STOP)) == (al.FINISH, "")


@pytest.mark.parametrize("profile", ["itb", "pca"])
def test_a_stop_of_48_hours_is_critical_and_heard_once_more(profile: str) -> None:
    driven = running(profile)
    driven.order("stop_now")
    stopped_s, alarms = driven.now_s, driven.controller.alarms
    alarms.acknowledge(-1)
    for seconds in (STOPPED_CRITICAL_S - 1, STOPPED_CRITICAL_S):
        driven.run_to(stopped_s + seconds)
        late = seconds == STOPPED_CRITICAL_S
        assert alarms.loudest() == (al.HIGH if late else al.NONE)
    alarms.acknowledge(-1)
    driven.run_to(driven.now_s + DAY)
    assert alarms.loudest() == al.NONE and alarms.highest() == al.HIGH
    assert driven.order("restart") is None
    driven.order("stop_now")
    assert alarms.highest() == (al.HIGH if profile == "itb" else al.LOW)
    assert alarms.changed.count((al.STOPPED, "raised")) == 3

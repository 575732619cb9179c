"""Boluses, a change of program, a refill by the book, screening, the time of day: on any rig."""

from typing import Any

from programs import HIGH_NL_H, HOUR_S, Program, program, steady
from pump_under_test import PumpUnderTest, active

BOLUS_NL, BOLUS_S = 100_000, 1_200
SCALE = 60  # a bolus runs fast; its motor must follow


def with_boluses(**changes: Any) -> Program:
    fields = {
        "max_bolus_flow_nl_h": 2_000_000,
        "bolus_max_nl": BOLUS_NL,
        "bolus_day_max": 2,
        "demand": [BOLUS_NL, BOLUS_S],
        "drugs": [["baclofen", 500, 12, 2003, 0]],
        "max_step_hz": 15_000,
    }
    return steady(**{**fields, **changes})


def test_a_bolus_is_given_to_the_step_and_counted(pump: PumpUnderTest) -> None:
    pump.start(with_boluses(), scale=SCALE)
    pump.run_until_s(300)
    reply = pump.order("bolus")
    start_s, end_s = int(str(reply["start_s"])), int(str(reply["end_s"]))
    assert end_s - start_s == BOLUS_S
    assert pump.refusal("bolus").startswith("bolus: another one is under way")
    pump.run_until_s(end_s + 600)
    kinds = [(kind, event, nl) for _, kind, event, nl, _ in pump.told.boluses]
    assert kinds == [("on demand", "begun", BOLUS_NL), ("on demand", "given", BOLUS_NL)]
    status = pump.status()
    ideal_nl = BOLUS_NL + HIGH_NL_H * status["now_s"] / 3600
    assert abs(status["emitted"] * 31.25 - ideal_nl) < 31.25 * 3 + HIGH_NL_H / 3600
    assert pump.refusal("bolus").endswith("(bolus_gap_s) - R5.2.0(3)")


def test_an_emergency_stop_ends_a_bolus_for_good(pump: PumpUnderTest) -> None:
    pump.start(with_boluses(), scale=SCALE)
    pump.run_until_s(300)
    end_s = int(str(pump.order("bolus")["end_s"]))
    pump.run_until_s(end_s - BOLUS_S // 2)
    pump.expect("BOLUS_INTERRUPTED")
    pump.emergency_stop()
    pump.let_pass(0.2)
    _, kind, event, given_nl, _ = pump.told.boluses[-1]
    assert (kind, event) == ("on demand", "interrupted")
    assert 0 < given_nl < BOLUS_NL
    pump.order("restart", program="hil", reason="hil")
    pump.run_until_s(end_s + 900)
    assert pump.status()["rate_nl_h"] == HIGH_NL_H, "what was interrupted is not resumed"


def test_a_program_changes_on_the_hour_and_titration_is_refused(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(600)
    pump.stage(steady(rate_nl_h=HIGH_NL_H * 13 // 10, name="more"))
    assert pump.refusal("change").startswith("dose: no rise in the first 24 h - USP DI")
    pump.stage(steady(rate_nl_h=HIGH_NL_H // 2 - 1, name="far less"))
    assert "taper first" in pump.refusal("change")
    pump.stage(steady(rate_nl_h=HIGH_NL_H * 9 // 10, name="less"))
    ordered_s = pump.status()["now_s"]
    pump.order("change")
    pump.run_until_rate(HIGH_NL_H * 9 // 10, limit_s=4 * HOUR_S)
    at_s = pump.told.rates[-1][0]
    assert at_s % HOUR_S == 0
    assert HOUR_S <= at_s - ordered_s <= 2 * HOUR_S
    assert pump.hello()["program"] == "less"


def test_a_refill_by_the_book(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(HOUR_S)
    assert pump.refusal("withdrawn", volume_nl=1).startswith("withdrawn: no refill is open")
    expected_nl = int(str(pump.order("refill_open")["expected_nl"]))
    assert "investigate" in pump.refusal("withdrawn", volume_nl=expected_nl - 100_000)
    assert pump.order("withdrawn", volume_nl=expected_nl)["verdict"] == "ok"
    pump.refill(3_500_000)
    assert pump.order("therapy")["refill"] == "closed"
    assert pump.status()["usable_nl"] <= 3_400_000


def test_a_refill_that_is_not_completed_holds_the_pump(pump: PumpUnderTest) -> None:
    fields = steady()
    pump.start(fields)
    pump.run_until_s(600)
    expected_nl = pump.order("refill_open")["expected_nl"]
    pump.order("withdrawn", volume_nl=expected_nl, confirm="some flowed in the meantime")
    pump.expect("PROGRAM_INTERRUPTED", "RESUME_CAP")
    pump.run_until_alarm("PROGRAM_INTERRUPTED", limit_s=4 * HOUR_S)
    pump.run_until_rate(fields["minimum_nl_h"], limit_s=4 * HOUR_S)
    pump.order("refill_cancel", reason="it was all put back")
    pump.run_until_rate(HIGH_NL_H, limit_s=8 * HOUR_S)
    assert "PROGRAM_INTERRUPTED" not in active(pump.status())


def test_screening_releases_one_bolus_at_a_time(pump: PumpUnderTest) -> None:
    fields = program(
        [(22 * HOUR_S, 0)],
        mode="screening",
        steps=[[0, 0]],
        drugs=[["baclofen", 50, 12, 2003, 0]],
        max_bolus_flow_nl_h=60_000_000,
        bolus_max_nl=2_000_000,
        nl_per_1000_steps=200_000,
        max_step_hz=15_000,
    )
    pump.start(fields, scale=4)
    pump.run_until_s(20)
    reply = pump.order("screen")
    assert reply["stage"] == 1
    assert int(str(reply["end_s"])) - int(str(reply["start_s"])) >= 60
    pump.run_until_s(int(str(reply["end_s"])) + 20)
    assert pump.status()["emitted"] == 5_000, "1 mL in steps of 200 nL"
    assert pump.refusal("screen").startswith("screen: record the response")
    assert "4 h" in pump.refusal("response", effective=False)
    pump.order("response", effective=True, held_h=8)
    assert pump.order("therapy")["start_ug_day"] == 100
    assert "over" in pump.refusal("screen")


def test_the_time_of_day_is_announced_before_it_moves(pump: PumpUnderTest) -> None:
    pump.start(program([(0, HIGH_NL_H), (12 * HOUR_S, HIGH_NL_H // 2)]))
    pump.run_until_s(600)
    announced = pump.order("time", tod_s=13 * HOUR_S, weekday=0)
    assert announced["after_nl_h"] == HIGH_NL_H // 2
    assert pump.order("therapy")["tod_s"] < HOUR_S * 2, "nothing has moved"
    pump.order("time", tod_s=13 * HOUR_S, weekday=0, confirm=True)
    pump.run_until_rate(HIGH_NL_H // 2, limit_s=4 * HOUR_S)
    assert pump.told.rates[-1][0] % HOUR_S == 0

"""A program is refused in the device's own words, or staged, and runs only once it is started."""

from typing import Any

import pytest
from programs import HIGH_NL_H, HOUR_S, LOW_NL_H, program, steady
from pump_under_test import PumpUnderTest

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"v": 1}, "v: 1 not in 2..2"),
    ({"name": ""}, "name: not 1..32 characters, none of control"),
    ({"mode": "bolus"}, "mode: bolus not one of continuous flex minimum stopped screening"),
    (
        {"drugs": [["baclofen", 2001, 12, 2003, 0]]},
        "drugs[0]: conc_ug_ml 2001 not in 50..2000 for baclofen - USP DI monograph",
    ),
    ({"volume_nl": 4_000_001}, "volume_nl: 4000001 not in 100000..4000000"),
    ({"low_alarm_nl": 4_000_001}, "low_alarm_nl: 4000001 above capacity_nl 4000000"),
    ({"steps": [[0, 1_999]]}, "steps[0]: 1999 not in 2000..1000000"),
    ({"steps": [[60, 9_000], [60, 9_000]]}, "steps[1]: 60 not in 61..86399"),
    ({"tau_dh": 351}, "tau_dh: 351 falls faster than max_drop_permille allows"),
    ({"notices_s": ["7 d"]}, "notices_s[0]: missing or not a whole number"),
]


@pytest.mark.parametrize(("change", "words"), WRONG, ids=lambda value: "".join(list(value)[:12]))
def test_a_wrong_program_is_refused_in_its_own_words(
    pump: PumpUnderTest, change: dict[str, Any], words: str
) -> None:
    assert pump.staging_refusal({**program([(0, HIGH_NL_H)]), **change}) == words


def test_a_refused_program_changes_nothing(pump: PumpUnderTest) -> None:
    pump.start(steady(name="the first"))
    pump.run_until_s(60)
    pump.staging_refusal(steady(name="the second", minimum_nl_h=9_999))
    pump.refusal("start", scale=1)
    hello = pump.hello()
    assert (hello["state"], hello["program"]) == ("running", "the first")
    assert pump.status()["rate_nl_h"] == HIGH_NL_H


def test_a_time_scale_beyond_the_motor_is_refused_with_the_largest(pump: PumpUnderTest) -> None:
    slow_motor = steady(max_step_hz=100)  # 640 steps an hour: 562 times that is 99.9 a second
    assert pump.stage(slow_motor)["largest_scale"] == 562
    assert pump.refusal("start", scale=563) == "scale: 563 not in 1..562"
    assert pump.refusal("start", scale=0) == "scale: 0 not in 1..562"


def test_what_is_staged_does_not_run_before_it_is_started(pump: PumpUnderTest) -> None:
    pump.stage(steady())
    before = pump.status()
    pump.let_pass(0.3)
    after = pump.status()
    assert after["state"] == before["state"] != "running"
    assert after["emitted"] == before["emitted"]


def test_a_started_program_runs_from_midnight(pump: PumpUnderTest) -> None:
    pump.start(program([(0, HIGH_NL_H), (12 * HOUR_S, LOW_NL_H)]))
    status = pump.run_until_s(600)
    assert status["state"] == "running"
    assert status["rate_nl_h"] == HIGH_NL_H
    assert status["authorised"] > 0
    pump.run_until_rate(HIGH_NL_H, limit_s=HOUR_S)
    assert pump.told.rates == [(0, HIGH_NL_H)]


def test_nothing_is_staged_after_a_start(pump: PumpUnderTest) -> None:
    pump.start(steady())
    assert pump.refusal("start", scale=1) == "start: nothing is staged"


def test_a_second_program_waits_until_the_first_is_stopped(pump: PumpUnderTest) -> None:
    pump.start(steady(name="the first"))
    pump.stage(steady(name="the second"))
    assert "running" in pump.refusal("start", scale=1)
    assert pump.hello()["program"] == "the first"

"""What is delivered is what was programmed: to the step, and to the second."""

import pytest
from programs import DAY_S, HIGH_NL_H, HOUR_S, LOW_NL_H, program, steady
from pump_under_test import PumpUnderTest

from pumprig.analysis import Ideal, volume_error_steps_max

STEPS_PER_ROTOR_SLOT = 32


def test_released_and_made_steps_follow_the_exact_ideal(pump: PumpUnderTest) -> None:
    fields = program([(0, HIGH_NL_H), (2_000, LOW_NL_H)])
    pump.start(fields)
    pump.run_until_s(HOUR_S + 600)
    samples = [sample for sample in pump.collect().samples if sample.now_ms >= 0]
    assert len(samples) > 2
    assert volume_error_steps_max(samples, Ideal(fields, [], DAY_S)) < 1


@pytest.mark.needs("board")
def test_at_real_speed_it_keeps_pace_as_well(pump: PumpUnderTest) -> None:
    fields = steady(
        rate_nl_h=200_000,
        capacity_nl=20_000_000,
        usable_nl=19_000_000,
        drugs=[["baclofen", 100, 12, 2003, 0]],  # 480 ug a day
    )
    pump.start(fields, scale=1)
    pump.run_until_s(4)
    samples = [sample for sample in pump.collect().samples if sample.now_ms >= 0]
    assert volume_error_steps_max(samples, Ideal(fields, [], DAY_S)) < 1


def test_a_flex_step_starts_its_lead_early_to_the_second(pump: PumpUnderTest) -> None:
    # Stated for 02:20:07, 02:50:01 and 03:10:00; the last one of the day before is in force first.
    pump.start(program([(1_207, HIGH_NL_H), (3_001, LOW_NL_H), (4_200, 12_345)]))
    pump.run_until_s(4_200)
    pump.run_until_rate(12_345, limit_s=6_000)
    assert pump.told.rates == [
        (0, 12_345),
        (1_207, HIGH_NL_H),
        (3_001, LOW_NL_H),
        (4_200, 12_345),
    ]


@pytest.mark.needs("days")
def test_a_lead_reaches_across_midnight(pump: PumpUnderTest) -> None:
    pump.start(program([(23 * HOUR_S + 1, HIGH_NL_H), (HOUR_S, LOW_NL_H)]))  # stated for 01:00:01
    pump.run_until_s(DAY_S + HOUR_S)
    pump.run_until_rate(LOW_NL_H, limit_s=DAY_S + 2 * HOUR_S)
    assert pump.told.rates == [
        (0, HIGH_NL_H),
        (HOUR_S, LOW_NL_H),
        (DAY_S - HOUR_S + 1, HIGH_NL_H),
        (DAY_S + HOUR_S, LOW_NL_H),
    ]


@pytest.mark.needs("pins")
def test_the_rotor_turns_with_the_steps(pump: PumpUnderTest) -> None:
    before = pump.hello()["rotor"]
    pump.start(steady())
    pump.run_until_s(HOUR_S)
    pump.emergency_stop()
    pump.let_pass(0.1)
    slots = pump.hello()["rotor"] - before
    assert abs(slots - pump.status()["emitted"] / STEPS_PER_ROTOR_SLOT) <= 1

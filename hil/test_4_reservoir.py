"""An emptying reservoir: warned of, then guarded, never run dry at full rate; and the refill."""

from itertools import pairwise

import pytest
from programs import HIGH_NL_H, HOUR_S, LOW_NL_H, RESIDUAL_NL, guard_nl, low_nl, program, steady
from pump_under_test import PumpUnderTest, active

from pump.program import FAST_PERMILLE

DAILY_NL = 24 * HIGH_NL_H
FULL_NL = 4_000_000


def test_low_reservoir_is_raised_at_its_level_and_not_before(pump: PumpUnderTest) -> None:
    low = low_nl(DAILY_NL)
    pump.start(steady(low + HIGH_NL_H // 2))  # half an hour above the level
    pump.expect("LOW_RESERVOIR", "REFILL_DUE")
    pump.run_until_alarm("LOW_RESERVOIR", limit_s=2 * HOUR_S)
    mask = 1
    before = [s.usable_nl for s in pump.collect().samples if not s.alarms & mask]
    after = [s.usable_nl for s in pump.collect().samples if s.alarms & mask]
    assert min(before) > low
    assert all(usable <= low for usable in after)
    assert "LOW_RESERVOIR" in pump.raised()


def test_the_low_alarm_of_the_program_counts_when_it_is_higher(pump: PumpUnderTest) -> None:
    level = 3_000_000
    pump.start(steady(level + HIGH_NL_H // 2 - RESIDUAL_NL, low_alarm_nl=level))
    pump.expect("LOW_RESERVOIR", "REFILL_DUE")
    status = pump.run_until_alarm("LOW_RESERVOIR", limit_s=2 * HOUR_S)
    assert status["usable_nl"] <= level - RESIDUAL_NL


def test_the_guard_lowers_the_rate_slowly_and_a_refill_ends_it(pump: PumpUnderTest) -> None:
    pump.start(steady(guard_nl() + 6 * HIGH_NL_H // 10))  # 0.6 h above the guard
    pump.expect("LOW_RESERVOIR", "TAPER_GUARD", "REFILL_DUE", "RESUME_CAP")
    pump.run_until_alarm("TAPER_GUARD", limit_s=3 * HOUR_S)
    status = pump.run_until_s(2 * HOUR_S + 300)

    alarms = [name for name in pump.raised() if name != "REFILL_DUE"]
    assert alarms == ["LOW_RESERVOIR", "TAPER_GUARD"]
    rates = [rate for _, rate in pump.told.rates]
    assert rates[0] == HIGH_NL_H
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < HIGH_NL_H
    # The hourly law of a halving per day: each hour keeps at least (1/2)^(1/24) of the last.
    assert all(1000 * now >= 971 * before for before, now in pairwise(rates))
    first_alarmed = min(s.now_ms for s in pump.told.samples if "TAPER_GUARD" in _names(s.alarms))
    first_lower = min(t_s for t_s, rate in pump.told.rates if rate < HIGH_NL_H)
    assert first_alarmed < 1000 * first_lower, "alarmed no later than planned"

    pump.refill(FULL_NL)
    refilled = pump.status()
    assert active(refilled) == {"RESUME_CAP"}
    assert refilled["usable_nl"] <= FULL_NL - RESIDUAL_NL
    status = pump.run_until_rate(HIGH_NL_H, limit_s=8 * HOUR_S)
    assert active(status) == set()
    back_s = pump.told.rates[-1][0]
    ordered_s = next(t_s for t_s, name, _ in pump.told.log if name == "refill")
    assert back_s % HOUR_S == 0
    assert HOUR_S <= back_s - ordered_s <= 2 * HOUR_S


def test_after_a_refill_the_program_waits_unless_confirmed(pump: PumpUnderTest) -> None:
    """The guard holds a rate that is still to come; after the refill the rate used so far is the
    cap, and that is said, until an operator confirms the direct return."""
    pump.start(program([(22 * HOUR_S, LOW_NL_H), (9_000, HIGH_NL_H)], guard_nl(12_000)))
    pump.expect("LOW_RESERVOIR", "TAPER_GUARD", "REFILL_DUE", "RESUME_CAP")
    pump.run_until_alarm("TAPER_GUARD", limit_s=HOUR_S)
    assert pump.refusal("resume_direct", reason="hil") == (
        "resume_direct: no return is being limited"
    )
    pump.refill(FULL_NL)
    status = pump.run_until_s(9_100)
    assert status["rate_nl_h"] == LOW_NL_H
    assert active(status) == {"RESUME_CAP"}
    assert pump.refusal("resume_direct").startswith("reason: give one")
    pump.order("resume_direct", reason="hil")
    status = pump.run_until(lambda status: not active(status), 6 * HOUR_S)
    assert status["rate_nl_h"] == HIGH_NL_H


@pytest.mark.needs("days")
def test_without_a_confirmation_it_climbs_by_30_percent_a_day(pump: PumpUnderTest) -> None:
    pump.start(program([(22 * HOUR_S, LOW_NL_H), (9_000, HIGH_NL_H)], guard_nl(12_000)))
    pump.expect("LOW_RESERVOIR", "TAPER_GUARD", "REFILL_DUE", "RESUME_CAP")
    pump.run_until_alarm("TAPER_GUARD", limit_s=HOUR_S)
    pump.refill(FULL_NL)
    pump.run_until_s(50 * HOUR_S)
    pump.run_until_rate(13_520, limit_s=51 * HOUR_S)
    # The refill acts at 2 h; from then on the cap is 8000, 10400, 13520 nL/h for a day each.
    assert pump.told.rates == [
        (0, LOW_NL_H),
        (26 * HOUR_S + 1_800, 10_400),
        (46 * HOUR_S, LOW_NL_H),
        (50 * HOUR_S + 1_800, 13_520),
    ]


def test_an_empty_reservoir_stops_the_pump_and_a_refill_starts_it(pump: PumpUnderTest) -> None:
    pump.start(steady(1_000, minimum_nl_h=4_000))  # a quarter of an hour at the minimum rate
    pump.expect("LOW_RESERVOIR", "TAPER_GUARD", "REFILL_DUE", "RESERVOIR_EMPTY", "RESUME_CAP")
    status = pump.run_until_alarm("RESERVOIR_EMPTY", limit_s=2 * HOUR_S)
    assert status["state"] == "stopped"
    assert status["usable_nl"] == 0
    assert status["authorised"] == 32  # 1000 nL in steps of 31.25 nL
    assert "empty" in pump.refusal("restart", program="hil", reason="hil")
    pump.refill(FULL_NL)
    assert pump.status()["state"] == "running"
    pump.run_until(lambda status: status["emitted"] > 32, 6 * HOUR_S)
    assert "RESERVOIR_EMPTY" not in active(pump.status())


def test_a_refill_of_an_impossible_volume_is_refused(pump: PumpUnderTest) -> None:
    pump.start(steady())
    before = pump.status()["usable_nl"]
    words = "refill: {} nL not in 100001..4000000"
    assert pump.refusal("refill", volume_nl=100_000) == words.format(100_000)
    assert pump.refusal("refill", volume_nl=4_000_001) == words.format(4_000_001)
    assert pump.refusal("refill") == "volume_nl: missing or not a whole number"
    assert pump.status()["usable_nl"] <= before


def test_the_refill_date_is_announced(pump: PumpUnderTest) -> None:
    above_low_h = 10
    usable = low_nl(DAILY_NL) + above_low_h * HIGH_NL_H * FAST_PERMILLE // 1000
    pump.start(steady(usable, notices_s=[above_low_h * HOUR_S - 900]))
    pump.expect("REFILL_DUE")
    pump.run_until_s(600)
    early = [sample for sample in pump.collect().samples if sample.now_ms < 900_000]
    assert early
    assert not any(sample.alarms for sample in early)
    pump.run_until_alarm("REFILL_DUE", limit_s=2 * HOUR_S)


def _names(mask: int) -> set[str]:
    return active({"alarms": mask})

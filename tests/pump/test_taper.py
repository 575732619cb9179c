"""The taper law: guard, climb and planned stop, hour by hour."""

import math

import pytest
from device_program import least_tau_dh
from hypothesis import example, given
from hypothesis import strategies as st
from traceability.mark import requirement

from pump.taper import NO_CAP, Taper
from pump.units import SMALL_INT_MAX

HIGHEST = 20_000
PLENTY = 50_000_000
drops = st.sampled_from([10, 150, 200, 333, 500])


def taper(drop: int = 200, minimum: int = 250, rise: int = 300) -> Taper:
    return Taper(least_tau_dh(drop), drop, minimum, rise)


def limit(law: Taper, rate: int = HIGHEST) -> int:
    """The rate of a program without periodic boluses."""
    return law.limit_nl_h(rate, HIGHEST, HIGHEST)


def run_hours(law: Taper, hours: range, rate: int = HIGHEST, usable: int = PLENTY) -> list[int]:
    """The rate of each hour when the program asks for `rate` and the volume stays."""
    rates = []
    for hour in hours:
        law.hour(hour, usable, HIGHEST, hold_guard=False)
        rates.append(limit(law, rate))
        law.used(hour, rates[-1])
    return rates


def test_before_its_first_hour_the_law_binds_nothing_and_remembers_nothing() -> None:
    law = taper()
    assert law.limit_nl_h(1_000_000, 1_000_000, 1_000_000) == 1_000_000
    assert law.guard_nl_h == law.resume_nl_h == law.stop_nl_h == NO_CAP == SMALL_INT_MAX
    assert law.highest_of_day_nl_h() == 0
    assert (law.resume_hours, law.stop_hours, any(law.guard_caps)) == (0, 0, False)


# -- guard ---------------------------------------------------------------------------------------
def test_the_guard_binds_when_the_volume_over_tau_falls_below_the_rate() -> None:
    law = taper()
    level = HIGHEST * law.tau_dh // 10
    for usable, cap in ((level + law.tau_dh, 20_010), (level, 20_000), (level - 1, 19_999)):
        law.forget_guard()
        law.hour(0, usable, HIGHEST, hold_guard=False)
        assert law.guard_nl_h == cap
        assert limit(law) == min(HIGHEST, cap)


@given(drops, st.integers(500, 1_000_000))
def test_an_unplanned_depletion_falls_exponentially(drop: int, start: int) -> None:
    law = taper(drop, minimum=42)
    tau_h = law.tau_dh / 10
    usable = start * law.tau_dh // 10 + 1
    slack = 2 + 1000 / drop  # of whole nL/h; each day rounds up once and keeps 1 - d of it
    for hour in range(400):
        law.hour(hour, usable, start, hold_guard=False)
        cap = law.guard_nl_h
        # Between the closed forms of the hourly grid and of continuous time.
        assert cap >= start * (1 - 1 / tau_h) ** hour - slack
        assert cap <= start * math.exp(-hour / tau_h) + slack
        usable -= cap


@requirement("I2")
@given(drops, st.lists(st.integers(0, PLENTY), min_size=25, max_size=80))
def test_no_cap_is_below_the_kept_share_of_the_day_before_whatever_the_volumes(
    drop: int, volumes: list[int]
) -> None:
    law = taper(drop)
    caps = []
    for hour, usable in enumerate(volumes):
        law.hour(hour, usable, HIGHEST, hold_guard=False)
        caps.append(min(law.guard_nl_h, 1_000_000))
    for before, after in zip(caps, caps[24:], strict=False):
        assert 1000 * after >= (1000 - drop) * before


def test_a_lone_hour_may_not_fall_further_than_d_even_by_rounding() -> None:
    law = taper(200)
    law.hour(0, 101 * 1081 // 10 + 1, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == 101
    law.hour(24, 0, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == 81  # 80.8 rounded up


def test_the_guard_holds_still_while_a_refill_waits_to_act() -> None:
    law = taper()
    law.hour(0, 1_000_000, HIGHEST, hold_guard=False)
    before = law.guard_nl_h
    for hour, usable in ((1, 500), (2, PLENTY)):
        law.hour(hour, usable, HIGHEST, hold_guard=True)
        assert law.guard_nl_h == before
    law.forget_guard()
    law.hour(3, PLENTY, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == PLENTY * 10 // law.tau_dh


def test_a_held_hour_leaves_no_cap_for_the_day_after() -> None:
    law = taper()
    law.hour(0, PLENTY, HIGHEST, hold_guard=False)
    law.forget_guard()
    law.hour(24, 500, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == 500 * 10 // law.tau_dh


def test_below_the_minimum_rate_the_minimum_rate_runs() -> None:
    law = taper(minimum=250)
    for usable, rate in ((27_134, 251), (27_025, 250), (27_024, 250), (0, 250)):
        law.forget_guard()
        law.hour(0, usable, HIGHEST, hold_guard=False)
        assert limit(law) == rate


def test_a_program_below_the_minimum_rate_is_not_raised_to_it() -> None:
    law = taper(minimum=250)
    law.hour(0, 0, HIGHEST, hold_guard=False)
    assert limit(law, 249) == 0
    assert limit(law, 250) == 250
    law.hour(1, PLENTY, HIGHEST, hold_guard=False)
    assert limit(law, 100) == 100


def test_an_hour_decided_twice_is_held_against_the_day_before_both_times() -> None:
    law = taper(200)
    law.hour(0, 101 * 1081 // 10 + 1, HIGHEST, hold_guard=False)
    for _ in range(3):
        law.hour(24, 0, HIGHEST, hold_guard=False)
        assert law.guard_nl_h == 81


def test_hours_that_were_skipped_hold_neither_cap_nor_rate() -> None:
    law = taper()
    run_hours(law, range(24))
    law.hour(24 + 23, 0, HIGHEST, hold_guard=False)  # 24 to 46 never were
    assert law.guard_nl_h == (PLENTY * 10 // 1081 * 800 + 999) // 1000  # hour 23 was
    law.hour(48, 0, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == 0
    assert law.highest_of_day_nl_h() == 0


def test_the_same_hour_again_decides_the_guard_alone() -> None:
    law = taper()
    run_hours(law, range(24))
    law.begin_resume()
    law.resume_nl_h = 1_000
    law.hour(24, PLENTY, HIGHEST, hold_guard=False)
    law.used(24, 777)
    for _ in range(50):
        law.hour(24, PLENTY - 1, HIGHEST, hold_guard=False)
    assert law.resume_hours == 1
    assert law.rates[0] == 777
    assert law.guard_nl_h == (PLENTY - 1) * 10 // law.tau_dh


@pytest.mark.parametrize(
    ("skipped", "hour"), [(1, 30), (2, 30), (2, 31), (20, 30), (20, 49), (23, 30), (23, 52)]
)
def test_a_skipped_hour_holds_neither_cap_nor_rate_for_the_day_after_it(
    skipped: int, hour: int
) -> None:
    law = taper()
    run_hours(law, range(30))  # hours 0 to 29 had both
    law.hour(30 + skipped, PLENTY, HIGHEST, hold_guard=False)
    law.hour(hour + 24, 0, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == 0
    assert law.highest_of_day_nl_h() == 0


def test_an_hour_held_for_a_refill_holds_no_cap_for_the_day_after_it() -> None:
    law = taper()
    law.hour(0, PLENTY, HIGHEST, hold_guard=True)
    law.hour(24, 0, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == 0


def test_forgotten_caps_hold_nothing() -> None:
    law = taper()
    run_hours(law, range(30))
    law.forget_guard()
    law.hour(30, 0, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == 0


@pytest.mark.parametrize(("before", "kept"), [(1002, 669), (1003, 670), (1004, 670)])
def test_the_kept_share_is_rounded_up_to_a_whole_nl_h(before: int, kept: int) -> None:
    # 667/1000 of 1002, 1003 and 1004: 668.334, 669.001 and 669.668
    law = taper(333)
    law.hour(0, -(-before * law.tau_dh // 10), HIGHEST, hold_guard=False)
    assert law.guard_nl_h == before
    law.hour(24, 0, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == kept
    law.used(25, before)
    law.begin_stop([], False)
    law.hour(26, PLENTY, HIGHEST, hold_guard=False)
    assert law.stop_nl_h == kept


@pytest.mark.parametrize("cap", [1_000_000, 1_000_001, 4_000_000])
def test_a_cap_above_every_program_is_kept_as_the_fastest_program(cap: int) -> None:
    law = taper(500)
    law.hour(0, cap * law.tau_dh // 10 + 1, HIGHEST, hold_guard=False)
    assert law.guard_nl_h >= cap
    law.hour(24, 0, HIGHEST, hold_guard=False)
    assert law.guard_nl_h == 500_000


# -- climb after a refill ------------------------------------------------------------------------
@pytest.mark.parametrize("rise", [300, 150, 10])
def test_the_climb_rises_by_the_titration_step_every_24_hours(rise: int) -> None:
    law = taper(rise=rise)
    run_hours(law, range(24), rate=3_000)
    law.begin_resume()
    rates = run_hours(law, range(24, 24 + 20 * 24))
    cap, expected = 3_000, []
    while cap < HIGHEST and len(expected) < len(rates):
        expected += [cap] * 24
        cap = cap * (1000 + rise) // 1000
    assert rates == (expected + [HIGHEST] * len(rates))[: len(rates)]


def test_the_climb_begins_at_the_highest_rate_of_the_last_24_hours() -> None:
    law = taper()
    for hour, rate in enumerate([9_000, 3_000, 5_000, *[2_000] * 22]):
        law.hour(hour, PLENTY, HIGHEST, hold_guard=False)
        law.used(hour, rate)
        law.used(hour, rate - 1)
    law.begin_resume()  # the 9,000 are 25 hours ago
    assert law.resume_nl_h == 5_000


def test_the_climb_begins_no_lower_than_the_minimum_rate() -> None:
    law = taper(minimum=250)
    law.begin_resume()
    assert law.resume_nl_h == 250


@pytest.mark.parametrize(("before", "cap"), [(19_999, 19_999), (20_000, NO_CAP), (20_001, NO_CAP)])
def test_the_climb_ends_as_soon_as_it_does_not_bind(before: int, cap: int) -> None:
    law = taper()
    law.used(0, before)
    law.begin_resume()
    law.hour(0, PLENTY, HIGHEST, hold_guard=False)
    assert law.resume_nl_h == cap


@pytest.mark.parametrize("rise", [300, 150])
@given(rate=st.integers(42, 999_999))
def test_the_climb_never_rises_by_more_than_its_step_and_always_ends(rise: int, rate: int) -> None:
    law = taper(minimum=42, rise=rise)
    law.used(0, rate)
    law.begin_resume()
    before, days = rate, 0
    for hour in range(24 * 100):
        law.hour(hour, PLENTY, 1_000_000, hold_guard=False)
        if law.resume_nl_h == NO_CAP:
            break
        assert before <= law.resume_nl_h <= before * law.rise_permille // 1000
        days += law.resume_nl_h != before
        before = law.resume_nl_h
    assert law.resume_nl_h == NO_CAP
    assert days <= hour // 24


def test_a_day_in_which_nothing_was_used_has_no_highest_rate() -> None:
    law = taper()
    for hour in range(24):
        law.hour(hour, PLENTY, HIGHEST, hold_guard=False)
    assert law.highest_of_day_nl_h() == 0


def test_a_second_climb_has_its_own_days() -> None:
    law = taper()
    run_hours(law, range(24), rate=3_000)
    law.begin_resume()
    run_hours(law, range(24, 40))
    law.begin_resume()
    assert run_hours(law, range(40, 65)) == [3_000] * 24 + [3_900]


def test_hours_without_a_climb_or_a_stop_are_not_counted() -> None:
    law = taper()
    run_hours(law, range(30))
    assert (law.resume_nl_h, law.stop_nl_h) == (NO_CAP, NO_CAP)
    assert (law.resume_hours, law.stop_hours) == (0, 0)
    law.begin_stop([], False)
    run_hours(law, range(30, 33))
    assert law.stop_hours == 3


# -- planned stop --------------------------------------------------------------------------------
def test_a_planned_stop_goes_down_by_d_a_day_then_a_day_at_the_minimum_then_off() -> None:
    law = taper(200, minimum=250)
    run_hours(law, range(24), rate=1_000)
    law.begin_stop([], False)
    rates = run_hours(law, range(24, 24 + 9 * 24), rate=1_000)
    days = [800, 640, 512, 410, 328, 263, 250, 0, 0]
    assert rates == [rate for rate in days for _ in range(24)]
    assert law.stop_reached


@requirement("I2")
@given(drops, st.integers(100, 4_167), st.integers(42, 1_000_000))
@example(10, 100, 1_000_000)
@example(500, 42, 43)
def test_a_planned_stop_never_falls_by_more_than_d_a_day(drop: int, least: int, rate: int) -> None:
    law = taper(drop, least)
    law.used(0, rate)
    law.begin_stop([], False)
    before = max(rate, least)
    for hour in range(24 * 1_200):
        law.hour(hour, PLENTY, 1_000_000, hold_guard=False)
        if law.stop_reached:
            break
        if hour % 24 == 0:
            assert law.stop_nl_h >= least
            assert 1000 * law.stop_nl_h >= (1000 - drop) * before
            assert law.stop_nl_h < before or before == least
            before = law.stop_nl_h
        assert law.stop_nl_h == before
    assert law.stop_reached
    assert before == least


def test_a_planned_stop_from_the_minimum_rate_takes_a_day() -> None:
    law = taper(minimum=250)
    law.begin_stop([], False)
    rates = run_hours(law, range(30))
    assert rates == [250] * 24 + [0] * 6


def test_a_second_order_to_stop_has_its_own_days() -> None:
    law = taper(200)
    run_hours(law, range(24), rate=1_000)
    law.begin_stop([], False)
    run_hours(law, range(24, 30), rate=1_000)
    law.begin_stop([], False)
    assert run_hours(law, range(30, 55), rate=1_000) == [800] * 24 + [640]


def test_a_lower_minimum_rate_is_gone_down_to_before_its_day_there() -> None:
    law = taper(200, minimum=250)
    law.begin_stop([], False)
    assert run_hours(law, range(10)) == [250] * 10
    law.adopt(law.tau_dh, 200, 180, 300)
    rates = run_hours(law, range(10, 24 * 5), rate=250)
    assert rates == [250] * 14 + [200] * 24 + [180] * 24 + [0] * 48


def test_a_stop_at_the_minimum_rate_has_its_day_whatever_an_earlier_one_did() -> None:
    law = taper(200, minimum=250)
    run_hours(law, range(24), rate=1_000)
    law.begin_stop([], False)
    assert run_hours(law, range(24, 180), rate=1_000)[-13:] == [263] + [250] * 12
    law.end_stop()
    run_hours(law, range(180, 210), rate=250)
    law.begin_stop([], False)
    assert run_hours(law, range(210, 240), rate=250) == [250] * 24 + [0] * 6


# -- all caps ------------------------------------------------------------------------------------
@given(
    programmed=st.integers(0, 1_000_000),
    guard=st.integers(0, 1_000_000),
    resume=st.one_of(st.just(NO_CAP), st.integers(250, 1_000_000)),
    stop=st.one_of(st.just(NO_CAP), st.just(0), st.integers(250, 1_000_000)),
)
def test_the_lowest_cap_holds_but_for_the_minimum_rate(
    programmed: int, guard: int, resume: int, stop: int
) -> None:
    law = taper(minimum=250)
    law.guard_nl_h, law.resume_nl_h, law.stop_nl_h = guard, resume, stop
    rate = limit(law, programmed)
    assert rate <= programmed
    assert rate <= stop
    lowest = min(programmed, guard, resume)
    assert rate == min(stop, lowest if lowest >= 250 or programmed < 250 else 250)


@pytest.mark.parametrize(("guard", "held", "cap"), [(249, 249, 249), (251, 250, 251)])
def test_held_the_minimum_rate_is_a_cap_as_well(guard: int, held: int, cap: int) -> None:
    law = taper(minimum=250)
    law.guard_nl_h = guard
    assert law.cap_nl_h() == cap
    law.held = True
    assert law.cap_nl_h() == held


@pytest.mark.parametrize(
    ("guard", "rate"),  # three quarters of it and a bit, up to a whole nL/h
    [(5_000, 3_751), (5_001, 3_752), (14_999, 11_250), (19_999, 15_001), (20_000, 15_001)],
)
def test_basal_has_its_share_of_a_cap_rounded_up(guard: int, rate: int) -> None:
    law = taper(minimum=250)
    law.guard_nl_h = guard
    assert law.limit_nl_h(15_001, 15_001, 20_000) == rate


def test_a_snapshot_restores_the_law_whole() -> None:
    law = taper()
    run_hours(law, range(30), rate=5_000)
    law.begin_resume()
    law.begin_stop([], False)
    run_hours(law, range(30, 55))
    twin = taper()
    twin.restore(law.snapshot())
    assert twin.snapshot() == law.snapshot()
    assert run_hours(twin, range(55, 400)) == run_hours(law, range(55, 400))


def test_products_of_every_hour_fit_30_bits_at_the_extremes_of_what_is_allowed() -> None:
    guard, floor = PLENTY * 10, 1_000_000 * (1000 - 10) + 999
    assert max(guard, floor) <= SMALL_INT_MAX


@pytest.mark.parametrize(("cap", "basal"), [(99, 50), (100, 100), (101, 101), (102, 101)])
def test_a_cap_that_leaves_the_program_alone_still_holds_the_rate_of_a_bridge(
    cap: int, basal: int
) -> None:
    # The bridge runs at 101 nL/h, the new program at 50 and as much in periodic boluses.
    law = taper(drop=200, minimum=1)
    law.stop_nl_h = cap
    assert law.limit_nl_h(101, 50, 100) == basal

"""Clocks that wrap, jump and end: what the pump makes of each is in the test's name.

The device knows no date: pump time counts seconds from the start, civil time is a week of
604,800 s. The only calendar on board is the clock chip's (tests/bench/test_i2c_parts.py).
"""

import importlib
import time
from datetime import datetime
from random import Random
from typing import Any

import pytest
from device_program import DAY, HOUR, continuous
from driven import Driven

from pump.calibration import AS_LISTED
from pump.controller import RUNNING, STOPPED
from pump.readings import PARTS
from pump.schedule import Schedule
from pump.sensing import CLOCK_OFF_S, Sensing
from pump.units import END_S, NEVER_S

WEEK = 7 * DAY


def seconds(*civil: int) -> int:
    """As the clock chip's driver tells them: since 2000-01-01."""
    return round((datetime(*civil) - datetime(2000, 1, 1)).total_seconds())  # type: ignore[arg-type]


def under_way(at_s: int) -> Driven:
    """A pump that has run to `at_s`, the years before left out: a clock was given back."""
    driven = Driven(continuous(10_000, volume_nl=18_000_000), 600, 60)
    driven.run_to(600)
    driven.now_s = driven._wake_s = at_s
    assert driven.order("set_clock", 0) is None
    return driven


# -- the end of pump time ------------------------------------------------------------------------
def test_pump_time_ends_after_34_years_with_a_stop_that_is_alarmed() -> None:
    assert END_S == 298_000 * HOUR < NEVER_S - 10 * DAY, "an order's hours fit in between"
    driven = under_way(END_S - DAY)
    driven.run_to(END_S - 61)  # what comes then would be planned a margin of 60 s earlier
    assert driven.running
    driven.run_to(END_S)
    assert driven.controller.state == STOPPED
    assert driven.rates[-1] == (END_S, 0)
    assert "STOPPED" in driven.active
    made = driven.made
    driven.run_to(END_S + DAY)
    assert driven.made == made


def test_after_the_end_of_pump_time_a_restart_is_refused() -> None:
    driven = under_way(END_S - HOUR)
    driven.run_to(END_S)
    refused = "restart: pump time has ended; start a program anew"
    assert driven.order("restart") == refused
    assert driven.controller.state == STOPPED


@pytest.mark.parametrize("early_s", [1, 0])
def test_a_restart_may_begin_up_to_the_end_of_pump_time(early_s: int) -> None:
    driven = under_way(END_S - HOUR)
    driven.order("stop_now")
    driven.run_to(END_S - 60 - early_s)  # it begins a margin of 60 s later
    assert (driven.order("restart") is None) == (early_s > 0)


@pytest.mark.parametrize(("at_s", "kept"), [(END_S - 1, True), (END_S, False), (NEVER_S, False)])
def test_no_clock_is_set_beyond_the_end_of_pump_time(at_s: int, kept: bool) -> None:
    driven = under_way(3 * DAY)
    driven.now_s = at_s
    refused = driven.controller.set_clock(at_s)
    assert refused == (None if kept else f"clock: {at_s} s is past the end of pump time")
    assert driven.controller.state == RUNNING


# -- midnight ------------------------------------------------------------------------------------
def flex_at_midnight(**changes: Any) -> dict[str, Any]:
    steps = [[0, 5_000], [12 * HOUR, 9_000]]
    return continuous(0, mode="flex", steps=steps, volume_nl=18_000_000, **changes)


def test_a_flex_step_at_midnight_acts_in_that_second_every_day() -> None:
    driven = Driven(flex_at_midnight(lead_s=0), 600, 60)
    driven.run_to(3 * DAY)
    expected = [
        (day * DAY + h * HOUR, rate) for day in range(3) for h, rate in ((0, 5_000), (12, 9_000))
    ]
    assert driven.rates == [*expected, (3 * DAY, 5_000)]


def test_a_flex_step_at_midnight_with_a_lead_acts_the_evening_before() -> None:
    driven = Driven(flex_at_midnight(lead_s=HOUR), 600, 60)
    driven.run_to(2 * DAY)
    assert driven.rates == [
        (0, 5_000),
        (11 * HOUR, 9_000),
        (23 * HOUR, 5_000),
        (35 * HOUR, 9_000),
        (47 * HOUR, 5_000),
    ]


def test_midnight_of_the_week_goes_from_sunday_to_monday() -> None:
    monday = [[1, [[0, 7_000]]]]
    driven = Driven(flex_at_midnight(lead_s=0, variants=monday), 600, 60)
    driven.run_to(WEEK + HOUR)
    assert driven.rates[:2] == [(0, 7_000), (DAY, 5_000)]
    assert driven.rates[-2:] == [(6 * DAY + 12 * HOUR, 9_000), (WEEK, 7_000)]


def test_a_time_set_over_midnight_steps_at_the_new_midnight() -> None:
    driven = Driven(flex_at_midnight(lead_s=0), 600, 60)
    driven.run_to(20 * HOUR)
    assert driven.order("set_time", 22 * HOUR, 0) is None  # two hours on
    driven.run_to(DAY)
    assert driven.rates[-1] == (22 * HOUR, 5_000)
    assert driven.active == set()


# -- the calendar --------------------------------------------------------------------------------
def test_29_february_is_a_day_like_any_other_in_a_flex_week() -> None:
    """Four weeks from Monday 14 February 2028: the 29th is Tuesday of the third, by pump time."""
    tuesday = [[2, [[0, 7_000]]]]
    driven = Driven(flex_at_midnight(lead_s=0, variants=tuesday), 3600, 60)
    driven.run_to(4 * WEEK)
    assert [t for t, rate in driven.rates if rate == 7_000] == [
        week * WEEK + DAY for week in range(4)
    ]
    assert driven.rates[-1] == (4 * WEEK, 5_000)


def test_the_refill_date_counts_hours_so_29_february_moves_it_by_no_day() -> None:
    driven = Driven(continuous(10_000, volume_nl=9_900_000, notices_s=[3 * DAY]), 3600, 60)
    c = driven.controller
    usable_nl, low_nl = c.reservoir.usable_nl, c.program.low_nl if c.program else 0
    due_s = (usable_nl - low_nl) // 11_450 * HOUR  # the pump may be 14.5 % fast
    assert 28 * DAY < due_s < 32 * DAY, "over the end of any February"
    driven.run_to(due_s - 3 * DAY - 3601)
    assert driven.active == set()
    driven.run_to(due_s - 3 * DAY + 3600)
    assert driven.active == {"REFILL_DUE"}


def test_2038_and_2_to_the_31_are_past_the_end_of_pump_time() -> None:
    """It is counted from the start: 2**31 s of it would be 68 years of one program."""
    assert END_S < 2**30 < 2**31


@pytest.mark.parametrize("weekday", [0, 6])
def test_civil_time_past_2_to_the_30_reads_the_schedule_like_any_week(weekday: int) -> None:
    """The offset may take it there; on the board such a sum is an object, and as right."""
    monday = [[1, [[0, 7_000]]]]
    schedule = Schedule([[0, 5_000], [12 * HOUR, 9_000]], monday, 0)
    for weeks in (0, 2**30 // WEEK + 1, 2**31 // WEEK + 1):
        at_s = weeks * WEEK + weekday * DAY
        assert schedule.rate_nl_h(at_s + 13 * HOUR) == (9_000 if weekday else 7_000)
        assert schedule.left_s(at_s + 13 * HOUR) == 11 * HOUR


# -- the real-time clock -------------------------------------------------------------------------
def judged(jumps: dict[int, int], from_s: int) -> "tuple[Driven, list[int]]":
    """The minutes in which CLOCK_FAULT is active, of 100 with a look at the chip each. `jumps`:
    minute to seconds the chip is off by from then on. The chip begins with `from_s`."""
    driven = Driven(continuous(10_000, volume_nl=18_000_000), 600, 60)
    sensing = Sensing(driven.controller, PARTS, AS_LISTED, None)
    off_s, wrong = 0, []
    for minute in range(100):
        driven.run_to(minute * 60)
        off_s += jumps.get(minute, 0)
        sensing.look_at_clock(from_s + minute * 60 + off_s, 60_000)
        if "CLOCK_FAULT" in driven.active:
            wrong.append(minute)
            driven.controller.set_clock(driven.now_s, driven.controller.ahead_s(driven.now_s))
    return driven, wrong


@pytest.mark.parametrize("by_s", [CLOCK_OFF_S + 1, 3600, -CLOCK_OFF_S - 1, -3600, DAY, -DAY])
def test_a_clock_chip_that_jumps_is_told_once_and_moves_no_pump_time(by_s: int) -> None:
    driven, wrong = judged({50: by_s}, 830_000_000)
    assert wrong == [50]
    assert driven.now_s == 99 * 60
    assert driven.running


@pytest.mark.parametrize("by_s", [CLOCK_OFF_S, -CLOCK_OFF_S])
def test_a_clock_chip_off_by_what_is_allowed_is_not_told(by_s: int) -> None:
    assert judged({50: by_s}, 830_000_000)[1] == []


@pytest.mark.parametrize(
    ("what", "at_s"),
    [
        ("2**30 s", 2**30),  # 10 January 2034
        ("19 January 2038", seconds(2038, 1, 19, 3, 14, 8)),
        ("2**31 s", 2**31),  # 2068
        ("29 February 2028", seconds(2028, 2, 29)),
        ("1 March 2028", seconds(2028, 3, 1)),
    ],
)
def test_a_clock_chip_that_passes_a_limit_of_integers_or_a_leap_day_is_in_order(
    what: str, at_s: int
) -> None:
    assert judged({}, at_s - 50 * 60)[1] == []


# -- the processor's ticks -----------------------------------------------------------------------
class Ticks:
    """FAKE time.ticks_us and ticks_diff: they start again at 0 after 2**30, as on the board."""

    PERIOD = 1 << 30

    def __init__(self, monkeypatch: pytest.MonkeyPatch, us: int) -> None:
        self.us = us
        monkeypatch.setattr(time, "ticks_us", lambda: self.us % self.PERIOD, raising=False)
        monkeypatch.setattr(time, "ticks_diff", self.diff, raising=False)

    def diff(self, a: int, b: int) -> int:
        return (a - b + self.PERIOD // 2) % self.PERIOD - self.PERIOD // 2

    def clock(self) -> Any:
        return importlib.reload(importlib.import_module("drivers.clock")).PumpClock()


@pytest.mark.parametrize("scale", [1, 60, 1440])
@pytest.mark.parametrize("before_us", [0, 1, 999_999, 1_000_000])
def test_pump_time_goes_on_over_the_wrap_of_the_ticks_to_the_millisecond(
    monkeypatch: pytest.MonkeyPatch, scale: int, before_us: int
) -> None:
    ticks = Ticks(monkeypatch, (1 << 30) - before_us)
    clock = ticks.clock()
    clock.set_scale(scale)
    passed = 0
    for us in (1, 999, 1_000, 333_333, 1_000_001, 5_000_000):
        ticks.us += us
        passed += us
        clock.read()
        assert clock.now_s * 1000 + clock.now_ms == passed * scale // 1000


def test_pump_time_gains_nothing_and_loses_nothing_in_a_week_of_wraps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = Ticks(monkeypatch, 12_345)
    clock, chance, passed = ticks.clock(), Random(3), 0
    while passed < WEEK * 1_000_000:
        us = chance.randrange(240_000_000)  # at least every four minutes
        ticks.us += us
        passed += us
        clock.read()
    assert clock.now_s * 1000 + clock.now_ms == passed // 1000


def test_the_time_until_a_packet_is_right_across_the_wrap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = Ticks(monkeypatch, (1 << 30) - 500_000)
    clock = ticks.clock()
    assert clock.us_until(1) == 1_000_000
    ticks.us += 700_000
    assert clock.us_until(1) == 300_000
    ticks.us += 400_000
    assert clock.us_until(1) == -100_000


@pytest.mark.parametrize("us", [(1 << 29) - 1, 1 << 29])
def test_a_loop_that_sleeps_for_half_a_wrap_or_more_loses_a_wrap_backwards(
    monkeypatch: pytest.MonkeyPatch, us: int
) -> None:
    """Nine minutes: the watchdog ends it after three seconds."""
    ticks = Ticks(monkeypatch, 0)
    clock = ticks.clock()
    ticks.us += us
    clock.read()
    assert (clock.now_s > 0) == (us < 1 << 29)

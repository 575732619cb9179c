"""Clocks that wrap, jump and end: what the pump makes of each is in the test's name.

The device knows no date: pump time counts seconds from the start, civil time is a week of
604,800 s. The only calendar on board is the clock chip's (tests/bench/test_i2c_parts.py).
"""

import pytest
from device_program import DAY, HOUR, continuous
from driven import Driven

from pump.controller import RUNNING, STOPPED
from pump.units import END_S, NEVER_S


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

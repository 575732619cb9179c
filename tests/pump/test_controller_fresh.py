"""A pump that is new, or newly started: nothing of what was before is left."""

from collections.abc import Callable
from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, program, screening, with_boluses
from driven import Driven

from pump.controller import Controller, Sensed
from pump.program import Program
from pump.units import NEVER_S

SALT: list[list[Any]] = [["salt", 1000, 0, 1000, 0]]
OTHER: list[list[Any]] = [["salt", 2000, 0, 2000, 0]]


def test_a_new_pump_has_planned_nothing_made_nothing_and_been_told_nothing() -> None:
    c = Controller()
    assert (c.front_s, c.ahead_s(0), c.rate_nl_h, c.basal_nl_h) == (0, 0, 0, 0)
    assert (c.authorised, c.emitted(7), c.rates, c.days) == (0, 7, [], [])
    assert (c.offset_s, c.next_offset_s, c.next_program, c.next_bridges) == (0, 0, None, False)
    assert (c.clock_lost, c.needs_program, c.line_filled) == (False, False, False)
    assert c.ticks_for_nl_h == 0
    assert c.is_limited() is False


def test_before_it_is_asked_a_pump_wants_nothing_done() -> None:
    a = Controller().actions
    assert (a.packet, a.cut, a.clock_s, a.wake_s) == (False, False, NEVER_S, NEVER_S)
    assert (a.steps, a.seconds, a.rate_nl_h, a.phase) == (0, 0, 0, 0)


def test_unless_it_is_told_otherwise_the_motor_rests_and_nothing_was_counted() -> None:
    c = Controller()
    assert c.load(Program(continuous(16_000))) is None
    assert c.start(0, 0) is None
    assert c.step(0, Sensed()).steps > 0
    assert c.step(1, Sensed()).cut, "a motor at rest has made all that was released"


@pytest.mark.parametrize("rate", [0, 1, 2])
def test_the_first_rate_of_a_start_is_told_whatever_it_is(rate: int) -> None:
    mode = "continuous" if rate else "stopped"
    driven = Driven(continuous(rate, mode=mode))
    driven.run_to(0)
    assert driven.controller.rates == [(0, rate, rate)]


def test_a_program_that_is_loaded_is_programmed_by_its_schedule() -> None:
    c = Controller()
    p = Program(program())
    assert c.load(p) is None
    for t_s in (0, 12 * HOUR):
        assert c.programmed_nl_h(t_s) == p.schedule.rate_nl_h(t_s) != p.average_nl_h


# -- a new start ----------------------------------------------------------------------------------
def _lost_clock() -> Driven:
    driven = Driven(continuous(10_000), 600, 0)
    driven.run_to(DAY)
    driven.now_s = HOUR
    driven.call()
    return driven


def _bridging() -> Driven:
    driven = Driven(continuous(10_000, drugs=SALT, tubing_nl=900_000), 600, 0)
    driven.run_to(HOUR)
    new = Program(continuous(9_000, drugs=OTHER))
    assert driven.order("refill_with", 40_000_000, driven.made, new, True, "why") is None
    driven.run_to(4 * HOUR)
    return driven


def _primed() -> Driven:
    driven = Driven(with_boluses(tubing_nl=20_000), 600, 0)
    assert driven.order("prime") is None
    driven.run_to(HOUR)
    return driven


def _with_a_bolus() -> Driven:
    driven = Driven(with_boluses(bolus_day_max=1, bolus_gap_s=DAY), 600, 0)
    driven.run_to(HOUR)
    assert driven.order("give_bolus", 0, 0) is None
    driven.run_to(2 * HOUR)
    return driven


def _screened() -> Driven:
    driven = Driven(screening(volume_nl=9_000_000), 600, 0)
    assert driven.order("screen") is None
    driven.run_to(HOUR)
    return driven


def _changing() -> Driven:
    driven = Driven(continuous(10_000), 600, 0)
    driven.run_to(DAY)
    assert driven.order("change", Program(continuous(9_000))) is None
    return driven


BEFORE: dict[str, Callable[[], Driven]] = {
    "lost clock": _lost_clock,
    "bridge": _bridging,
    "prime": _primed,
    "bolus": _with_a_bolus,
    "screening": _screened,
    "change": _changing,
}
NEW = with_boluses(9_000, tubing_nl=20_000, bolus_day_max=1, bolus_gap_s=DAY, drugs=SALT)


def _first_hours(c: Controller, counted: int) -> list[Any]:
    """What it does from a start at 0 on."""
    assert c.load(Program(NEW)) is None
    assert c.start(0, counted) is None
    c.alarms.changed.clear()
    done: list[Any] = [c.prime(0), c.line_filled]
    sensed = Sensed()
    sensed.idle = False
    sensed.counted = counted
    for _ in range(20):
        a = c.step(c.front_s, sensed)
        done.append((a.packet, a.steps, a.seconds, a.rate_nl_h, a.clock_s, c.clock_lost))
    done += [c.give_bolus(c.front_s, 0, 0), c.change(c.front_s, Program(NEW)), c.alarms.changed]
    done += [c.screening.snapshot(), c.next_program is None, c.programmed_nl_h(c.front_s)]
    return done


@pytest.mark.parametrize("before", BEFORE)
def test_a_new_start_does_what_a_new_pump_does(before: str) -> None:
    driven = BEFORE[before]()
    driven.order("stop_now")
    expected = _first_hours(Controller(600, 0), 0)
    assert _first_hours(driven.controller, driven.made) == expected


def test_a_bridge_of_the_program_before_does_not_end_in_a_new_start() -> None:
    driven = _bridging()
    driven.order("stop_now")
    c = driven.controller
    assert c.load(Program(NEW)) is None
    c.bolus.log.clear()
    assert c.start(1000 * HOUR, driven.made) is None  # it would have ended by then
    assert c.step(1000 * HOUR, driven.sensed).packet
    assert c.bolus.log == []


def test_a_screening_that_starts_anew_begins_with_its_first_bolus() -> None:
    driven = _screened()
    driven.order("stop_now")
    c = driven.controller
    assert c.load(Program(screening(volume_nl=9_000_000))) is None
    assert c.start(driven.now_s, driven.made) is None
    assert (c.screening.stage, c.screen(driven.now_s)) == (0, None)


# -- in the first hours, where the hour of a restart has a number like any other ------------------
@pytest.mark.parametrize("hour", [0, 1, 2])
def test_a_restart_takes_up_the_change_in_whatever_hour(hour: int) -> None:
    driven = Driven(program(), 600, 0)
    driven.run_to(hour * HOUR + 100)
    assert driven.order("stop_now") is None
    name = "another"
    assert driven.order("change", Program(program(name=name)), "why") is None
    assert driven.order("restart") is None
    p = driven.controller.program
    assert p is not None and p.name == name


@pytest.mark.parametrize("hour", [0, 1, 2])
def test_a_pump_that_ran_empty_takes_up_the_program_of_its_refill_in_whatever_hour(
    hour: int,
) -> None:
    volume_nl = 500_000 + 16_000 * hour + 100
    driven = Driven(continuous(16_000, minimum_nl_h=16_000, volume_nl=volume_nl), 600, 0)
    driven.run_to(hour * HOUR + 600)
    assert "RESERVOIR_EMPTY" in driven.active
    new = Program(continuous(9_000, name="another"))
    assert driven.order("refill_with", 40_000_000, driven.made, new, False, "why") is None
    p = driven.controller.program
    assert p is not None and p.name == "another"

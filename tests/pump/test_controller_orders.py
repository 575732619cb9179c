"""Orders: what is accepted and refused in every state, in which words, and when it acts."""

from collections.abc import Callable

import pytest
from device_program import DAY, HOUR, continuous, program
from driven import Driven
from traceability.mark import requirement

from pump import conditions as al
from pump.controller import EMPTY, READY, RUNNING, STATE_NAMES, STOPPED, Controller
from pump.program import Program

T = 3 * DAY + 1000  # when the orders are given
STARVED = {"volume_nl": 1_500_000}  # the guard binds from the first hour
FULL = 20_000_000


def bare() -> Controller:
    return Controller()


def ready() -> Controller:
    controller = Controller()
    assert controller.load(Program(program())) is None
    return controller


def running() -> Controller:
    driven = Driven(program())
    driven.run_to(T)
    return driven.controller


def climbing() -> Controller:
    driven = Driven(program(**STARVED))
    driven.run_to(T - 3 * HOUR)
    assert driven.order("refill", FULL) is None
    driven.run_to(T)
    return driven.controller


def cut() -> Controller:
    controller = running()
    assert controller.stop_now(T) is None
    return controller


def stopped() -> Controller:
    driven = Driven(program())
    driven.run_to(T)
    assert driven.order("stop_now") is None
    return driven.controller


def emptied() -> Controller:
    driven = Driven(continuous(16_000, volume_nl=500_001))
    driven.run_to(T)
    return driven.controller


STATES: dict[str, tuple[Callable[[], Controller], int]] = {
    "bare": (bare, EMPTY),
    "ready": (ready, READY),
    "running": (running, RUNNING),
    "climbing": (climbing, RUNNING),
    "cut": (cut, STOPPED),
    "stopped": (stopped, STOPPED),
    "emptied": (emptied, STOPPED),
}
ORDERS: dict[str, Callable[[Controller], "str | None"]] = {
    "load": lambda c: c.load(Program(program(volume_nl=FULL))),
    "start": lambda c: c.start(T, c.emitted(0)),
    "refill": lambda c: c.refill(T, FULL, c.authorised),
    "stop_planned": lambda c: c.stop_planned(T),
    "stop_now": lambda c: c.stop_now(T),
    "restart": lambda c: c.restart(T),
    "resume_direct": lambda c: c.resume_direct(T),
    "set_clock": lambda c: c.set_clock(T + DAY),
}
_NO_RETURN = "resume_direct: no return is being limited"
REFUSALS = {
    "bare": {
        "start": "start: no program is ready (state: no program)",
        "refill": "refill: no program is loaded",
        "stop_planned": "stop: not running (state: no program)",
        "stop_now": "estop: not running (state: no program)",
        "restart": "restart: not stopped (state: no program)",
        "resume_direct": _NO_RETURN,
    },
    "ready": {
        "stop_planned": "stop: not running (state: ready)",
        "stop_now": "estop: not running (state: ready)",
        "restart": "restart: not stopped (state: ready)",
        "resume_direct": _NO_RETURN,
    },
    "running": {
        "load": "load: a program is running; change it, or stop it first",
        "start": "start: no program is ready (state: running)",
        "restart": "restart: not stopped (state: running)",
        "resume_direct": _NO_RETURN,
    },
    "climbing": {
        "load": "load: a program is running; change it, or stop it first",
        "start": "start: no program is ready (state: running)",
        "restart": "restart: not stopped (state: running)",
    },
    "cut": {
        "load": "load: the motor is not cut yet",
        "start": "start: no program is ready (state: stopped)",
        "stop_planned": "stop: not running (state: stopped)",
        "stop_now": "estop: not running (state: stopped)",
        "restart": "restart: not stopped (state: stopped)",
        "resume_direct": _NO_RETURN,
    },
    "stopped": {
        "start": "start: no program is ready (state: stopped)",
        "stop_planned": "stop: not running (state: stopped)",
        "stop_now": "estop: not running (state: stopped)",
        "resume_direct": _NO_RETURN,
    },
    "emptied": {
        "start": "start: no program is ready (state: stopped)",
        "stop_planned": "stop: not running (state: stopped)",
        "stop_now": "estop: not running (state: stopped)",
        "restart": "restart: the reservoir is empty; refill it",
        "resume_direct": _NO_RETURN,
    },
}


def everything(c: Controller) -> list:
    """All that an order could change."""
    facts = [c.snapshot(T), c.state, c.front_s, c.rate_nl_h, c.authorised, c.emitted(0)]
    return [*facts, list(c.rates), list(c.alarms.changed), c._cut_pending]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("state", STATES)
def test_every_order_is_accepted_or_refused_in_every_state(state: str, order: str) -> None:
    make, number = STATES[state]
    controller = make()
    assert controller.state == number
    before = everything(controller)
    refused = ORDERS[order](controller)
    assert refused == REFUSALS[state].get(order)
    if refused:
        assert everything(controller) == before
    else:
        assert everything(controller) != before


def test_each_state_has_a_name() -> None:
    assert STATE_NAMES == ("no program", "ready", "running", "stopped")


@pytest.mark.parametrize("state", ["ready", "running", "stopped", "emptied"])
def test_a_refill_lies_above_the_residual_and_up_to_the_capacity(state: str) -> None:
    for volume, allowed in (
        (500_000, False),
        (500_001, True),
        (20_000_000, True),
        (20_000_001, state == "emptied"),
    ):
        controller = STATES[state][0]()
        p = controller.program
        assert p is not None
        refused = controller.refill(T, volume, controller.authorised)
        limit = f"refill: {volume} nL not in 500001..{p.capacity_nl}"
        assert refused == (None if allowed else limit)


def test_a_clock_goes_forward_only_from_what_is_planned() -> None:
    controller = running()
    planned = controller.front_s
    assert controller.set_clock(planned - 1) == (
        f"clock: {planned - 1} s is before what is already planned"
    )
    assert controller.set_clock(planned) is None
    assert controller.front_s == planned


def test_a_clock_set_under_way_moves_what_is_planned_along() -> None:
    controller = running()
    was_s = controller.front_s - 100
    ahead_s = controller.ahead_s(was_s)
    assert ahead_s == 100
    assert controller.set_clock(was_s - 1, ahead_s) is not None
    assert controller.set_clock(was_s + DAY, ahead_s) is None
    assert controller.front_s == was_s + DAY + 100


def test_what_a_gap_would_have_held_is_not_made_up_for() -> None:
    driven = Driven(continuous(16_000))
    driven.run_to(DAY - 1)
    before = driven.controller.authorised
    driven.now_s = 3 * DAY
    assert driven.order("set_clock") is None
    driven.run_to(3 * DAY + HOUR)
    assert driven.made == before + 512  # an hour at 16,000 nL/h in steps of 31.25 nL


# -- when an order acts ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("after_s", "acts_s"),
    [(0, HOUR), (1, 2 * HOUR), (HOUR - 1, 2 * HOUR), (HOUR, 2 * HOUR), (HOUR + 1, 3 * HOUR)],
)
@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (2880, 720)])
def test_a_planned_stop_acts_on_the_first_full_hour_at_least_an_hour_later(
    after_s: int, acts_s: int, window_s: int, margin_s: int
) -> None:
    driven = Driven(continuous(10_000), window_s, margin_s)
    driven.run_to(2 * DAY + after_s)
    assert driven.order("stop_planned") is None
    assert driven.controller.alarms.active >> al.STOPPING & 1
    driven.run_to(2 * DAY + 4 * HOUR)
    assert driven.rates == [(0, 10_000), (2 * DAY + acts_s, 8_000)]


def test_a_planned_stop_ends_in_a_stop_that_is_alarmed() -> None:
    driven = Driven(continuous(300, minimum_nl_h=250))
    driven.run_to(DAY)
    driven.order("stop_planned")
    acts = DAY + HOUR
    ends = acts + DAY  # 250 nL/h is reached in one step; then a day there
    for until, active in (
        (ends - 1, al.STOPPING),
        (ends, al.STOPPED),
        (ends + 9 * DAY, al.STOPPED),
    ):
        driven.run_to(until)
        assert driven.controller.alarms.active == 1 << active
    assert driven.rates == [(0, 300), (acts, 250), (ends, 0)]
    assert driven.controller.authorised == driven.made


def test_a_planned_stop_ordered_again_on_its_way_never_raises_the_rate() -> None:
    driven = Driven(continuous(10_000))
    for day in (1, 2, 3):
        driven.run_to(day * DAY + 7 * HOUR)
        driven.order("stop_planned")
    driven.run_to(6 * DAY)
    rates = [rate for _, rate in driven.rates]
    assert rates == sorted(rates, reverse=True)


# -- emergency stop and restart -------------------------------------------------------------------
@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (2880, 720)])
def test_an_emergency_stop_cuts_at_once_and_gives_back_what_was_not_made(
    window_s: int, margin_s: int
) -> None:
    driven = Driven(continuous(16_000, volume_nl=9_500_000), window_s, margin_s)
    driven.run_to(T)
    c = driven.controller
    assert c.authorised > driven.made
    assert driven.order("stop_now") is None
    assert c.authorised == driven.made
    assert c.reservoir.usable_nl == 9_000_000 - driven.made * 31_250 // 1000
    assert c.rates[-1] == (T, 0, 0)
    assert c.alarms.active >> al.STOPPED & 1
    made = driven.made
    driven.run_to(T + DAY)
    assert driven.made == made


def test_an_emergency_stop_takes_back_the_changes_that_are_planned() -> None:
    fields = program(steps=[[0, 5_000], [12 * HOUR, 9_000], [13 * HOUR, 7_000]], lead_s=0)
    driven = Driven(fields, 2880, 720)
    driven.run_to(13 * HOUR - 100)
    assert driven.rates[-1] == (13 * HOUR, 7_000)
    driven.order("stop_now")
    assert driven.rates == [(0, 5_000), (12 * HOUR, 9_000), (13 * HOUR - 100, 0)]


def test_a_cut_is_asked_for_until_it_is_settled() -> None:
    driven = Driven(continuous(16_000))
    driven.run_to(T)
    c = driven.controller
    c.stop_now(T)
    for _ in range(3):
        actions = c.step(T, driven.sensed)
        assert actions.cut and not actions.packet
    c.settle(driven.made)
    assert not c.step(T, driven.sensed).cut


@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (2880, 720)])
def test_a_restart_takes_up_the_program_after_the_margin(window_s: int, margin_s: int) -> None:
    driven = Driven(program(), window_s, margin_s)
    driven.run_to(T)
    driven.order("stop_now")
    driven.run_to(T + 77)
    assert driven.order("restart") is None
    start_s = T + 77 + margin_s
    assert driven.controller.front_s > start_s
    assert driven.rates[-1] == (start_s, 16_000)
    assert not driven.controller.alarms.active & (1 << al.STOPPED)


def test_a_restart_forgets_a_planned_stop() -> None:
    driven = Driven(continuous(10_000))
    driven.run_to(DAY)
    driven.order("stop_planned")
    driven.run_to(3 * DAY)
    driven.order("stop_now")
    driven.order("restart")
    assert driven.rates[-1] == (3 * DAY, 10_000)
    driven.run_to(9 * DAY)
    assert driven.rates[-1] == (3 * DAY, 10_000)
    assert driven.controller.alarms.active == 0


def test_a_restart_after_a_finished_stop_takes_up_the_program() -> None:
    driven = Driven(continuous(300, minimum_nl_h=250))
    driven.run_to(DAY)
    driven.order("stop_planned")
    driven.run_to(6 * DAY)
    assert driven.order("restart") is None
    driven.run_to(8 * DAY)
    assert driven.rates[-1] == (6 * DAY, 300)
    assert driven.controller.alarms.active == 0


# -- refill and the climb -------------------------------------------------------------------------
def test_a_refill_that_ends_a_limited_delivery_begins_a_climb() -> None:
    driven = Driven(continuous(16_000, **STARVED))
    driven.run_to(DAY)
    limited = driven.controller.rate_nl_h
    driven.order("refill", FULL)
    assert driven.controller.alarms.active == 1 << al.RESUME_CAP
    highest = max(rate for t_s, rate in driven.rates if t_s >= HOUR)
    driven.run_to(DAY + 40 * DAY)
    after = [change for change in driven.rates if change[0] > DAY]
    cap, expected = highest, []
    for day in range(40):
        if cap < 16_000:
            expected.append((DAY + HOUR + day * DAY, cap))
            cap = cap * 1300 // 1000
    assert limited < 16_000
    assert after[: len(expected)] == expected
    assert after[len(expected)][1] == 16_000


def test_the_climb_is_over_when_the_program_is_reached() -> None:
    driven = Driven(continuous(16_000, **STARVED))
    driven.run_to(DAY)
    driven.order("refill", FULL)
    while driven.controller.rate_nl_h < 16_000:
        assert driven.controller.alarms.active >> al.RESUME_CAP & 1
        driven.run_to(driven.now_s + HOUR)
    assert driven.controller.alarms.active == 0


def test_a_refill_of_an_unlimited_delivery_changes_no_rate() -> None:
    driven = Driven(continuous(16_000))
    driven.run_to(DAY)
    driven.order("refill", FULL)
    driven.run_to(5 * DAY)
    assert driven.rates == [(0, 16_000)]
    assert driven.controller.alarms.active == 0


def test_an_operator_may_confirm_the_direct_return() -> None:
    driven = Driven(continuous(16_000, **STARVED))
    driven.run_to(DAY)
    driven.order("refill", FULL)
    driven.run_to(DAY + 3 * HOUR)
    assert driven.order("resume_direct") is None
    driven.run_to(DAY + 4 * HOUR - 1)
    assert driven.controller.rate_nl_h < 16_000
    driven.run_to(DAY + 4 * HOUR)
    assert driven.rates[-1] == (DAY + 4 * HOUR, 16_000)
    assert driven.controller.alarms.active == 0


def test_a_stop_and_a_restart_are_no_way_around_the_climb() -> None:
    plain, evading = (Driven(continuous(16_000, **STARVED)) for _ in range(2))
    for driven in (plain, evading):
        driven.run_to(DAY)
        driven.order("refill", FULL)
    for minute in range(70, 700, 13):
        evading.run_to(DAY + minute * 60)
        evading.order("stop_now")
        evading.run_to(DAY + minute * 60 + 60)
        assert evading.order("restart") is None
        assert evading.controller.alarms.active >> al.RESUME_CAP & 1
    for driven in (plain, evading):
        driven.run_to(5 * DAY)
    later = 2 * DAY
    climbs = [[c for c in d.rates if c[0] > later] for d in (plain, evading)]
    assert climbs[0] == climbs[1] != []


def test_a_refill_while_stopped_still_begins_the_climb_and_says_so() -> None:
    driven = Driven(continuous(16_000, **STARVED))
    driven.run_to(DAY)
    driven.order("stop_now")
    driven.order("refill", FULL)
    driven.run_to(DAY + 100)
    driven.order("restart")
    for hour in range(1, 40):
        assert driven.controller.rate_nl_h < 16_000
        assert driven.controller.alarms.active == 1 << al.RESUME_CAP
        driven.run_to(DAY + hour * HOUR)


def test_a_climb_after_days_of_standstill_begins_at_the_minimum_rate() -> None:
    driven = Driven(continuous(16_000, **STARVED))
    driven.run_to(DAY)
    driven.order("stop_now")
    driven.run_to(2 * DAY)
    driven.order("refill", FULL)
    driven.run_to(4 * DAY + 10)
    driven.order("restart")
    assert driven.rates[-1] == (4 * DAY + 10, 250)
    assert driven.controller.alarms.active == 1 << al.RESUME_CAP


def test_a_planned_stop_after_a_lost_time_remembers_only_the_last_day() -> None:
    driven = Driven(continuous(16_000))
    driven.run_to(DAY)
    driven.order("stop_planned")
    driven.now_s = 4 * DAY
    driven.order("set_clock")
    driven.run_to(4 * DAY + HOUR)
    assert driven.rates[-1] == (4 * DAY, 250)


@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (2880, 720)])
def test_what_is_in_flight_at_a_refill_leaves_the_new_filling(
    window_s: int, margin_s: int
) -> None:
    driven = Driven(continuous(16_000), window_s, margin_s)
    driven.run_to(T)
    made = driven.made
    assert driven.controller.authorised > made
    driven.order("refill", FULL)
    driven.run_to(T + DAY)
    driven.order("stop_now")
    left = FULL - 500_000 - (driven.made - made) * 31_250 // 1000
    assert driven.controller.reservoir.usable_nl == left


# -- running empty --------------------------------------------------------------------------------
def empty_at(driven: Driven) -> int:
    return next(t_s for t_s, rate in driven.rates if rate == 0)


@requirement("R6.8.0(10)", "R7.2.0(7)")
@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (2880, 720)])
def test_an_empty_reservoir_ends_delivery_with_its_last_whole_step(
    window_s: int, margin_s: int
) -> None:
    driven, twin = (
        Driven(continuous(16_000, volume_nl=600_000), window_s, margin_s) for _ in range(2)
    )
    driven.run_to(30 * DAY)
    c = driven.controller
    assert driven.made == c.authorised == 100_000_999 // 31_250
    assert 0 <= c.reservoir.usable_nl < 32
    assert c.state == STOPPED
    assert c.alarms.active >> al.RESERVOIR_EMPTY & 1
    # 250 nL/h is a step in 450 s; the end is half of that after the last one, at any pace.
    assert empty_at(driven) == 895_320
    twin.run_to(895_320 - 226)
    assert twin.made == driven.made - 1
    twin.run_to(895_320 - 224)
    assert twin.made == driven.made


@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (2880, 720)])
def test_a_refill_of_an_empty_pump_starts_it_again_limited(window_s: int, margin_s: int) -> None:
    driven = Driven(continuous(16_000, volume_nl=600_000), window_s, margin_s)
    driven.run_to(30 * DAY + 77)
    made = driven.made
    assert driven.order("refill", FULL) is None
    start_s = 30 * DAY + 77 + margin_s
    assert driven.controller.state == RUNNING
    assert driven.rates[-1] == (start_s, 250)
    assert driven.controller.alarms.active == 1 << al.RESUME_CAP
    # A whole step is due half a step from the start: nothing is owed from before.
    driven.run_to(start_s + 224)
    assert driven.made == made
    driven.run_to(start_s + 226)
    assert driven.made == made + 1


@pytest.mark.parametrize("before_s", [1, 600, 2400, 3000])
def test_a_refill_just_before_the_last_step_interrupts_nothing(before_s: int) -> None:
    fields = continuous(16_000, volume_nl=600_000)
    probe = Driven(fields)
    probe.run_to(30 * DAY)
    driven = Driven(fields)
    refill_s = empty_at(probe) - before_s
    driven.run_to(refill_s)
    before = driven.made
    driven.order("refill", FULL)
    driven.run_to(refill_s + HOUR)
    # An hour at 250 nL/h is 8 steps of 31.25 nL, whatever of them was released before.
    assert driven.made - before in (7, 8, 9)


# -- emptied --------------------------------------------------------------------------------------
def test_what_a_stop_cuts_off_goes_back_into_no_reservoir_that_was_emptied() -> None:
    driven = Driven(continuous(16_000))
    driven.run_to(T)
    c = driven.controller
    assert c.authorised > c.emitted(driven.made)
    assert driven.order("empty") is None
    assert c.authorised == c.emitted(driven.made)
    assert c.reservoir.usable_nl == 0
    assert c.expected_nl(driven.made) == 500_000


def test_emptying_cuts_what_the_last_packet_before_an_end_still_holds() -> None:
    driven = Driven(continuous(16_000, volume_nl=516_000))
    driven.run_to(600)
    while driven.controller.state == RUNNING:
        driven.run_to(driven.now_s + HOUR)
    c, made = driven.controller, driven.made
    assert c.authorised > c.emitted(made)  # it ran empty in the books, not yet in the vessel
    assert driven.order("empty") is None
    driven.run_to(driven.now_s + DAY)
    assert driven.made == made == c.emitted(made) == c.authorised


def test_a_record_keeps_what_a_step_too_many_took_below_zero() -> None:
    driven = Driven(continuous(16_000, volume_nl=516_000))
    driven.run_to(600)
    c = driven.controller
    c.reservoir.usable_nl = -32
    other = Controller()
    other.restore(c.snapshot(600), 0, al.RESET_POWER)
    assert other.reservoir.usable_nl == -32
    other = Controller()
    other.restore(c.snapshot(600), 50_000, al.RESET_POWER)
    assert other.reservoir.usable_nl == -32


def test_a_stop_on_top_of_a_holiday_does_not_end_the_holiday() -> None:
    driven = Driven(program())
    driven.run_to(T)
    assert driven.order("stop_planned", None, True, "holiday") is None
    driven.run_to(T + DAY)
    assert driven.controller.course.after_holiday
    assert driven.order("stop_planned") is None
    driven.run_to(T + 2 * DAY)
    refused = driven.order("restart")
    assert refused == "restart: after a holiday change to the initial continuous dose first"


def test_a_stop_that_waits_when_a_change_ends_a_holiday_is_told() -> None:
    driven = Driven(program())
    driven.run_to(T)
    assert driven.order("stop_planned", None, False, "holiday") is None
    driven.run_to(T + 2 * HOUR)
    assert driven.order("change", Program(program()), "tried") is None
    assert driven.order("stop_planned") is None
    driven.run_to(T + DAY)
    assert not driven.controller.course.after_holiday
    assert "STOPPING" in driven.active

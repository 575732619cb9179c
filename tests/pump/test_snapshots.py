"""Over a reset: what is kept goes on as it was, what is not is alarmed; a record is bounded."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, program, screening, with_boluses
from driven import Driven
from traceability.mark import requirement

from pump import conditions as al
from pump import refilling as rf
from pump.controller import RUNNING, STOPPED, Controller, Sensed
from pump.program import Program
from pump.units import NEVER_S

FULL = 40_000_000
RECORD_BYTES_MAX = 24 * 1024
SALT: list[list[Any]] = [["salt", 1000, 0, 1000, 0]]
OTHER: list[list[Any]] = [["salt", 2000, 0, 2000, 0]]


def saved(driven: Driven) -> dict[str, Any]:
    """The record as it comes out of flash."""
    return taken(driven.controller, driven.now_s)


def taken(controller: Controller, now_s: int) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(json.dumps(controller.snapshot(now_s)))
    return record


def revived(
    record: dict[str, Any],
    cause: int = al.RESET_WATCHDOG,
    bound_nl: int = 50_000,
    pace: tuple[int, int] = (600, 60),
) -> Controller:
    controller = Controller(*pace)
    controller.restore(record, bound_nl, cause)
    return controller


def twin_of(driven: Driven) -> Driven:
    """Another pump, revived where the plan ends, without charge, its time given back."""
    front_s = driven.controller.front_s
    twin = Driven(continuous(1), 600, 0)
    twin.controller = revived(taken(driven.controller, front_s), al.RESET_POWER, 0, (600, 0))
    twin.motor = type(twin.motor)(driven.controller.reservoir.nl_per_1000_steps)
    twin.now_s = twin._wake_s = front_s
    assert twin.controller.front_s == front_s
    assert twin.order("set_clock", 0) is None
    twin.controller.alarms.acknowledge(al.RESET_POWER)
    driven.controller.delivery.reset()
    driven.run_to(front_s)
    return twin


# -- a history for each piece of state ------------------------------------------------------------
def _started(fields: dict[str, Any], t_s: int = 3 * DAY) -> Driven:
    driven = Driven(fields, 600, 0)
    driven.run_to(t_s)
    return driven


def _flex() -> Driven:
    return _started(program(volume_nl=20_000_000))


def _guarded() -> Driven:
    return _started(continuous(16_000, volume_nl=1_500_000), DAY + 7200)


def _climbing() -> Driven:
    driven = _guarded()
    driven.order("refill", FULL)
    driven.run_to(driven.now_s + 30 * HOUR)
    return driven


def _refill_waits() -> Driven:
    driven = _guarded()
    driven.order("refill", FULL)
    return driven


def _direct_waits() -> Driven:
    driven = _climbing()
    assert driven.order("resume_direct") is None
    return driven


def _stop_waits() -> Driven:
    driven = _started(continuous(10_000))
    driven.order("stop_planned", [[5, 900], [40, 750]], True, "holiday")
    return driven


def _plan_under_way() -> Driven:
    driven = _stop_waits()
    driven.run_to(driven.now_s + 20 * HOUR)
    return driven


def _stopping() -> Driven:
    driven = _started(continuous(1_000))
    driven.order("stop_planned", [[0, 900]])
    driven.run_to(driven.now_s + 55 * HOUR)
    return driven


def _at_the_minimum() -> Driven:
    driven = _started(continuous(300))
    driven.order("stop_planned")
    driven.run_to(driven.now_s + 9 * HOUR)
    return driven


def _unstop_waits() -> Driven:
    driven = _stopping()
    assert driven.order("restart") is None
    return driven


def _change_waits() -> Driven:
    driven = _started(continuous(10_000, drugs=SALT))
    assert driven.order("change", Program(continuous(12_000, drugs=SALT))) is None
    return driven


def _bridge_waits() -> Driven:
    driven = _started(continuous(10_000, drugs=SALT, tubing_nl=150_000))
    new = Program(continuous(5_000, drugs=OTHER, name="new"))
    assert driven.order("refill_with", FULL, driven.made, new, True, "why") is None
    return driven


def _bridging() -> Driven:
    driven = _bridge_waits()
    driven.run_to(driven.now_s + 5 * HOUR)
    return driven


def _time_waits() -> Driven:
    driven = _flex()
    driven.order("set_time", 5 * HOUR, 3)
    return driven


def _time_moved_back() -> Driven:
    fields = with_boluses(periodic=[[2 * HOUR, 5_000, 600], [10 * HOUR, 4_000, 600]])
    driven = _started(fields, 3 * DAY + 3 * HOUR)
    driven.order("set_time", HOUR, 3)
    driven.run_to(driven.now_s + 2 * HOUR)
    return driven


def _boluses_given() -> Driven:
    driven = _started(with_boluses(bolus_day_max=3, bolus_gap_s=6 * HOUR))
    for _ in range(2):
        assert driven.order("give_bolus", 30_000, 600) is None
        driven.run_to(driven.now_s + 7 * HOUR)
    driven.order("give_bolus", 30_000, 600)
    driven.run_to(driven.now_s + 3 * HOUR)
    return driven


def _withdrawn() -> Driven:
    driven = _started(continuous(10_000))
    driven.controller.open_refill()
    found_nl = driven.controller.expected_nl(driven.made) - 300_000
    assert driven.order("withdraw", found_nl, driven.made, True) is None
    return driven


def _held() -> Driven:
    driven = _withdrawn()
    driven.run_to(driven.now_s + 30 * HOUR)
    return driven


def _to_investigate() -> Driven:
    driven = _withdrawn()
    driven.order("refill", FULL)
    driven.run_to(driven.now_s + 3 * HOUR)
    return driven


def _noticed() -> Driven:
    return _started(continuous(10_000, volume_nl=4_000_000, notices_s=[30 * DAY, DAY]))


def _titrated() -> Driven:
    driven = _change_waits()
    driven.run_to(driven.now_s + 3 * HOUR)
    return driven


HISTORIES: dict[str, Callable[[], Driven]] = {
    name[1:]: entry
    for name, entry in list(globals().items())
    if name.startswith("_") and callable(entry) and name not in ("_started",)
}


def tell(driven: Driven, orders: bool) -> list[Any]:
    """What a pump does for some days from here, and how it answers to what depends on history."""
    c, told = driven.controller, []
    for hour in range(60):
        driven.run_to(driven.now_s + HOUR)
        p = c.program
        assert p is not None
        row: list[Any] = [p.name, c.rate_nl_h, c.basal_nl_h, c.offset_s, c.state]
        row += [c.alarms.active, c.alarms.acknowledged]
        if orders and hour % 7 == 0:
            row += [c.course.rise_refusal(p, driven.now_s, False), c.refilling.again]
            row += [c.give_bolus(driven.now_s, 0, 0), c.prime(driven.now_s)]
            row += [c.restart(driven.now_s) if c.course.after_holiday else None]
        told.append(row)
    return told


@pytest.mark.parametrize("history", HISTORIES)
def test_a_revived_pump_goes_on_exactly_as_the_original_would(history: str) -> None:
    """But for the rest of a step, the bound and what is alarmed about the reset itself."""
    driven = HISTORIES[history]()
    twin = twin_of(driven)
    assert abs(twin.controller.window.given_nl - driven.controller.window.given_nl) <= 20
    assert tell(twin, True) == tell(driven, True)
    c, other = twin.controller, driven.controller
    assert abs(c.reservoir.usable_nl - other.reservoir.usable_nl) <= 1
    assert c.authorised == other.authorised
    assert abs(c.window.given_nl - other.window.given_nl) <= 20


@pytest.mark.parametrize("history", HISTORIES)
def test_a_record_taken_again_at_once_is_the_same_record(history: str) -> None:
    driven = HISTORIES[history]()
    record = saved(driven)
    again = json.loads(json.dumps(revived(record, 9, 0, (600, 0)).snapshot(driven.now_s)))
    own = 1 << 9 | 1 << al.CLOCK_FAULT
    for kept in (record, again):
        kept["alarms"][0] &= ~own
        del kept["window"]
    assert again == record


def test_every_history_is_there() -> None:
    assert len(HISTORIES) == 21


# -- the reset itself -----------------------------------------------------------------------------
@requirement("I6")
def test_after_a_reset_delivery_goes_on_and_the_bound_is_taken_as_gone() -> None:
    driven = Driven(continuous(16_000), 600, 60)
    driven.run_to(DAY)
    c = revived(saved(driven))
    assert c.state == RUNNING
    assert c.alarms.active == 1 << al.RESET_WATCHDOG | 1 << al.CLOCK_FAULT
    assert c.reservoir.usable_nl == driven.controller.reservoir.usable_nl - 50_000
    assert c.window.given_nl == driven.controller.window.given_nl + 50_000
    assert c.authorised == driven.controller.authorised
    assert c.emitted(0) == c.authorised  # the counter began at zero again
    assert c.front_s == DAY + 60
    actions = c.step(DAY, Sensed())
    assert actions.packet and actions.rate_nl_h == 16_000
    assert not actions.cut
    assert c.alarms.acknowledge(al.RESET_WATCHDOG)
    assert c.alarms.active == 1 << al.CLOCK_FAULT


@pytest.mark.parametrize("bit", [al.RESET_WATCHDOG, al.RESET_POWER])
def test_the_cause_of_a_reset_is_alarmed(bit: int) -> None:
    driven = Driven(continuous(16_000))
    assert revived(saved(driven), bit).alarms.active == 1 << bit | 1 << al.CLOCK_FAULT


def test_after_a_reset_the_average_is_given_until_the_time_is_known() -> None:
    driven = Driven(program(volume_nl=20_000_000), 600, 0)
    driven.run_to(10 * HOUR)
    c = revived(saved(driven), pace=(600, 0))
    p = c.program
    assert p is not None
    sensed = Sensed()
    sensed.idle = False
    actions = c.step(10 * HOUR, sensed)
    assert actions.rate_nl_h == p.average_nl_h != 7_500
    assert c.set_clock(10 * HOUR + 600, 600) is None
    assert c.alarms.active == 1 << al.RESET_WATCHDOG
    assert c.step(10 * HOUR + 1200, sensed).rate_nl_h == 7_500


def test_no_periodic_bolus_comes_after_a_reset_until_the_time_is_known() -> None:
    driven = Driven(with_boluses(periodic=[[2 * HOUR, 5_000, 600]]), 600, 0)
    driven.run_to(HOUR)
    twin = Driven(continuous(1), 600, 0)
    twin.controller = revived(saved(driven), pace=(600, 0))
    twin.now_s = twin._wake_s = HOUR
    twin.run_to(DAY)
    assert twin.controller.bolus.log == []


@pytest.mark.parametrize(("usable_nl", "left_nl"), [(50_001, 1), (50_000, 0), (49_999, 0)])
def test_the_ledger_after_a_reset_is_never_below_zero(usable_nl: int, left_nl: int) -> None:
    driven = Driven(continuous(16_000, volume_nl=700_000))
    record = saved(driven)
    record["usable_nl"] = usable_nl
    assert revived(record).reservoir.usable_nl == left_nl


def test_what_was_stopped_stays_stopped_over_a_reset_and_trusts_no_clock() -> None:
    driven = Driven(program(volume_nl=20_000_000), 600, 60)
    driven.run_to(DAY)
    driven.order("stop_now")
    c = revived(saved(driven))
    assert c.state == STOPPED
    assert c.alarms.active >> al.STOPPED & 1
    assert c.alarms.active >> al.CLOCK_FAULT & 1
    assert not c.step(2 * DAY, Sensed()).packet
    assert c.restart(2 * DAY) is None
    actions = c.step(2 * DAY, Sensed())
    p = c.program
    assert p is not None
    assert actions.packet and actions.rate_nl_h == p.average_nl_h
    assert c.set_clock(2 * DAY + 600, 600) is None
    assert not c.clock_lost


def test_the_bound_counts_for_what_was_stopped_only_if_it_ran() -> None:
    driven = Driven(continuous(16_000), 600, 60)
    driven.run_to(DAY)
    driven.order("stop_now")
    c = revived(saved(driven))
    assert c.window.given_nl == driven.controller.window.given_nl


def test_a_pump_that_was_made_ready_is_ready_again() -> None:
    controller = Controller()
    controller.load(Program(continuous(16_000)))
    c = revived(json.loads(json.dumps(controller.snapshot(0))))
    assert c.state == controller.state
    assert c.start(0, 0) is None


def test_without_a_program_there_are_alarms_to_take_up_and_nothing_else() -> None:
    assert Controller().snapshot(5) == {"state": 0, "alarms": [0, 0, 0]}
    assert revived({"state": 0}).alarms.active == 0, "as it was kept before"
    c = Controller()
    c.alarms.set(al.MEMORY_FAULT, True)
    other = revived(c.snapshot(5))
    assert other.state == 0
    assert other.alarms.active == 1 << al.MEMORY_FAULT


def test_pending_orders_outlive_a_reset() -> None:
    driven = Driven(continuous(10_000))
    driven.run_to(DAY + 10)
    driven.order("stop_planned")
    c = revived(saved(driven))
    assert c.set_clock(DAY + 2 * HOUR - 60) is None
    assert c.step(DAY + 2 * HOUR - 60, Sensed()).rate_nl_h == 8_000


def test_the_pulses_are_made_ready_for_the_faster_of_this_program_and_the_next() -> None:
    for rate, fastest in ((12_000, 12_000), (9_000, 10_000)):
        driven = _started(continuous(10_000, drugs=SALT))
        driven.order("change", Program(continuous(rate, drugs=SALT)))
        assert revived(saved(driven)).ticks_for_nl_h == fastest
    assert revived(saved(_flex())).ticks_for_nl_h == 16_000


def test_an_emptied_pump_is_emptied_after_a_reset_too() -> None:
    driven = _started(continuous(10_000, drugs=SALT))
    driven.order("empty")
    c = revived(saved(driven))
    assert c.needs_program
    assert c.restart(driven.now_s) == "restart: it was emptied; refill it and change to a program"


def test_a_line_that_was_filled_is_full_after_a_reset_too() -> None:
    driven = Driven(with_boluses(mode="stopped", steps=[[0, 0]], tubing_nl=50_000), 600, 0)
    assert driven.order("prime") is None
    driven.run_to(DAY)
    c = revived(saved(driven))
    assert "already" in str(c.prime(DAY))


def test_a_screening_bolus_cut_by_a_reset_is_given_again_a_day_on() -> None:
    fields = screening(drugs=[["baclofen", 50, 12, 200, 0]], volume_nl=9_000_000)
    driven = Driven(fields, 20, 0)
    driven.order("screen")
    driven.run_to(30)
    c = revived(saved(driven))
    assert (c.screening.stage, c.screening.result) == (0, 0)
    assert c.alarms.active >> al.BOLUS_INTERRUPTED & 1
    assert "24 h after" in str(c.screen(60))


def test_a_screening_that_waits_for_its_response_waits_on() -> None:
    fields = screening(drugs=[["baclofen", 50, 12, 200, 0]], volume_nl=9_000_000)
    driven = Driven(fields, 600, 0)
    driven.order("screen")
    driven.run_to(5 * HOUR)
    c = revived(saved(driven))
    assert not c.alarms.active >> al.BOLUS_INTERRUPTED & 1
    assert c.screening.respond(5 * HOUR, True, 4) is None
    assert c.screening.start_ug_day() == 100
    again = revived(json.loads(json.dumps(c.snapshot(5 * HOUR))))
    assert again.screening.start_ug_day() == 100


@pytest.mark.parametrize(("history", "state"), [("withdrawn", 2), ("held", 3), ("flex", 0)])
def test_a_refill_under_way_is_under_way_after_a_reset(history: str, state: int) -> None:
    c = revived(saved(HISTORIES[history]()))
    assert c.refilling.state == state
    assert (c.refilling.due_s == NEVER_S) == (state == 0)
    assert (c.refilling.verdict == rf.INVESTIGATE) == (state != 0)


# -- the record -----------------------------------------------------------------------------------
def test_a_record_does_not_change_with_what_comes_after_it() -> None:
    for history in ("plan_under_way", "boluses_given", "titrated", "guarded"):
        driven = HISTORIES[history]()
        record = driven.controller.snapshot(driven.now_s)
        before = json.dumps(record)
        driven.run_to(driven.now_s + 50 * HOUR)
        driven.order("give_bolus", 0, 0)
        assert json.dumps(record) == before


def test_the_longest_record_is_bounded() -> None:
    """Every list full: two programs of 24 steps, a week's variants, 24 boluses, four drugs."""
    drugs = [[f"{i}" * 32, 1, 0, 1_000_000, 3650] for i in range(4)]
    steps = [[86_376 + i, 999_000 - i] for i in range(24)]
    fields = with_boluses(
        mode="flex", steps=steps, variants=[[1 << day, steps] for day in range(6)], drugs=drugs,
        max_flow_nl_h=1_000_000, name="n" * 32, volume_nl=50_000_000, bolus_gap_s=0,
        periodic=[[i * 3600, 5_000, 60] for i in range(24)], bolus_day_max=24, bolus_min_s=1,
        notices_s=[60 * DAY, 40 * DAY, 20 * DAY, 10 * DAY], nl_per_1000_steps=200_000,
        max_step_hz=15_000, max_bolus_flow_nl_h=20_000_000,
    )  # fmt: skip
    driven = Driven(fields, 3600, 0)
    for hour in range(40):
        driven.run_to(hour * HOUR + 1800)
        driven.order("give_bolus", 1_000 + hour, 7)
        if driven.controller.reservoir.usable_nl < 30_000_000:
            driven.order("refill", 50_000_000)
    for day in range(14):
        driven.controller.course.begin(driven.now_s + day, Program(fields))
    driven.order("stop_planned", [[1_400 + i, 1_000] for i in range(40)])
    driven.controller.next_program = Program(fields)
    driven.run_to(driven.now_s + 600)
    assert len(driven.controller.course.log) == 12
    assert len(driven.controller._times) >= 23
    text = json.dumps(driven.controller.snapshot(driven.now_s))
    assert 12_000 < len(text) <= RECORD_BYTES_MAX

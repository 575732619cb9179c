"""Orders on the wire: fields checked, the controller's words passed on, what follows said."""

from typing import Any

import pytest
from asked import SCREENING, WHY, Device, running
from device_program import DAY, HOUR, continuous, with_boluses

from link.fields import REASON_CHARS_MAX
from pump import conditions as al
from pump.controller import Controller

NO_REASON = "reason: give one, 1..80 characters"
NOT_REASONS = [None, "", "x" * (REASON_CHARS_MAX + 1), 5, True, ["x"], {"a": 1}]


def bolusing(**changes: Any) -> Device:
    return running(with_boluses(**changes))


# -- boluses --------------------------------------------------------------------------------------
def test_a_bolus_says_when_it_begins_and_ends() -> None:
    device = bolusing()
    front_s = device.controller.front_s
    reply = device.obeyed("bolus", volume_nl=5_000, seconds=90, **WHY)
    assert reply == {"start_s": front_s, "end_s": front_s + 90}
    assert device.ask("therapy")["bolus"] == ["single", 0, 5_000, front_s, front_s + 90]


def test_a_bolus_on_demand_needs_neither_figures_nor_reason() -> None:
    device = bolusing()
    front_s = device.controller.front_s
    assert device.obeyed("bolus") == {"start_s": front_s, "end_s": front_s + 600}
    assert device.commands.log[-1] == (
        HOUR, "bolus", f"start_s {front_s}; end_s {front_s + 600}"
    )  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"volume_nl": 5_000},
        {"seconds": 60},
        {"volume_nl": "5", "seconds": 60},
        {"volume_nl": 5_000, "seconds": 1.5},
        {"volume_nl": True, "seconds": 60},
        {"volume_nl": 0, "seconds": 60},
        {"volume_nl": -1, "seconds": 60},
        {"volume_nl": None, "seconds": None},
    ],
)
def test_a_single_bolus_needs_both_figures(fields: dict[str, Any]) -> None:
    words = "volume_nl, seconds: both whole numbers, above 0"
    assert bolusing().refused("bolus", **fields, **WHY) == words


def test_the_smallest_bolus_is_1_nl() -> None:
    assert "start_s" in bolusing().obeyed("bolus", volume_nl=1, seconds=60, **WHY)


@pytest.mark.parametrize("reason", NOT_REASONS)
def test_a_single_bolus_has_a_reason(reason: object) -> None:
    device = bolusing()
    assert device.refused("bolus", volume_nl=5_000, seconds=60, reason=reason) == NO_REASON


def test_a_bolus_the_controller_refuses_is_refused_in_its_words() -> None:
    device = bolusing()
    device.obeyed("bolus")
    assert device.refused("bolus") == "bolus: another one is under way"
    assert device.refused("bolus", volume_nl=10**900, seconds=60, **WHY).startswith("bolus ")


def test_a_bolus_is_stopped_with_a_reason_where_the_plan_ends() -> None:
    device = bolusing()
    assert device.refused("bolus_stop") == NO_REASON
    assert device.refused("bolus_stop", **WHY) == "bolus_stop: none is under way"
    device.obeyed("bolus", volume_nl=100_000, seconds=6 * HOUR, **WHY)
    device.run(HOUR)
    front_s = device.controller.front_s
    assert device.obeyed("bolus_stop", **WHY) == {"end_s": front_s}
    assert device.ask("therapy")["bolus"] is None
    assert device.controller.bolus.log[-1][2] == "interrupted"


def test_a_prime_has_a_reason_and_says_when() -> None:
    device = Device()
    assert device.refused("prime", **WHY) == "prime: not running (state: no program)"
    device.begin(with_boluses(tubing_nl=100_000))
    assert device.refused("prime") == NO_REASON
    assert device.obeyed("prime", **WHY) == {"start_s": 0, "end_s": 36}


def test_screening_goes_stage_by_stage_with_a_response_each() -> None:
    device = running(SCREENING)
    assert device.refused("response", effective=True) == "response: no bolus waits for one"
    front_s = device.controller.front_s
    reply = device.obeyed("screen")
    assert reply == {"start_s": front_s, "end_s": front_s + 60, "stage": 1}
    assert device.ask("therapy")["screening"] == [1, front_s, "waiting", 0]
    device.run(front_s + 4 * HOUR - 1 - HOUR)
    assert device.refused("response", effective=False).startswith("response: watch for 4 h")
    device.run(1)
    assert device.obeyed("response", effective=False) == {}
    assert device.commands.log[-1][1:] == ("response", "False")
    assert device.ask("therapy")["screening"][2:] == ["no effect", 0]
    device.run(DAY)
    assert device.obeyed("screen")["stage"] == 2
    assert device.obeyed("response", effective=True, held_h=9) == {}
    assert device.commands.log[-1][1:] == ("response", "True; 9")
    therapy = device.ask("therapy")
    assert therapy["screening"][2:] == ["effective", 9]
    assert therapy["start_ug_day"] == 75
    assert device.refused("screen") == "screen: an effective dose is known, the sequence is over"


@pytest.mark.parametrize("effective", [None, 1, 0, "true", [], "x" * 900])
def test_a_response_is_true_or_false(effective: object) -> None:
    device = running(SCREENING)
    device.obeyed("screen")
    assert device.refused("response", effective=effective) == "effective: not true or false"


@pytest.mark.parametrize("held_h", [-1, 73, 1.5, "4", None, True])
def test_a_bolus_held_for_so_many_hours(held_h: object) -> None:
    device = running(SCREENING)
    device.obeyed("screen")
    assert device.refused("response", effective=True, held_h=held_h).startswith("held_h: ")
    for good in (0, 72):
        device = running(SCREENING)
        device.obeyed("screen")
        assert device.obeyed("response", effective=True, held_h=good) == {}


@pytest.mark.parametrize(("stage", "words"), [(-1, "stage: -1 not in"), (4, "stage: 4 not in")])
def test_there_are_three_stages(stage: int, words: str) -> None:
    assert running(SCREENING).refused("screen", stage=stage).startswith(words)
    assert running(SCREENING).refused("screen", stage="1").startswith("stage: missing")


def test_a_stage_is_left_out_only_with_a_reason() -> None:
    device = running(SCREENING)
    words = "stage: 1 comes next - USP DI monograph; or override"
    for override in NOT_REASONS:
        assert device.refused("screen", stage=2, override=override) == words
    assert device.obeyed("screen", stage=2, override="known patient")["stage"] == 2


# -- refill ---------------------------------------------------------------------------------------
def test_a_refill_says_what_to_expect_and_what_to_think_of_what_was_found() -> None:
    device = running(continuous(10_000))
    expected_nl = device.obeyed("refill_open")["expected_nl"]
    assert expected_nl == device.controller.expected_nl(device.counted()) < 50_000_000
    assert device.ask("therapy")["refill"] == "open"
    for bad in (None, "5", True, 1.5):
        words = "volume_nl: missing or not a whole number"
        assert device.refused("withdrawn", volume_nl=bad) == words
    words = f"volume_nl: investigate, expected {expected_nl}; confirm it"
    assert device.refused("withdrawn", volume_nl=40_000_000) == words
    for confirm in NOT_REASONS:
        assert device.refused("withdrawn", volume_nl=40_000_000, confirm=confirm) == words
    reply = device.obeyed("withdrawn", volume_nl=40_000_000, confirm="weighed twice")
    assert reply == {"verdict": "investigate", "difference_nl": 40_000_000 - expected_nl}
    assert device.ask("therapy")["refill"] == "withdrawn"
    assert device.commands.log[-1][2] == (
        f"40000000; verdict investigate; difference_nl {40_000_000 - expected_nl}; weighed twice"
    )
    assert device.obeyed("refill", volume_nl=45_000_000) == {}
    assert device.ask("therapy")["refill"] == "closed"


def test_what_was_expected_is_ok_without_a_word() -> None:
    device = running(continuous(10_000))
    expected_nl = device.obeyed("refill_open")["expected_nl"]
    reply = device.obeyed("withdrawn", volume_nl=expected_nl)
    assert reply == {"verdict": "ok", "difference_nl": 0}


@pytest.mark.parametrize("volume_nl", [-1, 50_000_001, 10**900])
def test_what_was_withdrawn_fits_the_vessel(volume_nl: int) -> None:
    device = running(continuous(10_000))
    device.obeyed("refill_open")
    words = f"volume_nl: {str(volume_nl)[:24]} not in 0..50000000"
    assert device.refused("withdrawn", volume_nl=volume_nl, confirm="x") == words


def test_a_refill_is_cancelled_with_a_reason() -> None:
    device = running(continuous(10_000))
    device.obeyed("refill_open")
    assert device.refused("refill_cancel") == NO_REASON
    assert device.obeyed("refill_cancel", **WHY) == {}
    assert device.ask("therapy")["refill"] == "closed"
    assert device.refused("refill_cancel", **WHY) == "refill_cancel: no refill is open"


# -- stops ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("ends", ["", "off", None, 1, True, [], "x" * 900])
def test_a_stop_ends_stopped_or_at_the_minimum_rate(running: Device, ends: object) -> None:
    assert running.refused("stop", ends=ends) == "ends: not one of stopped minimum"


@pytest.mark.parametrize(("ends", "stays"), [("stopped", False), ("minimum", True)])
def test_where_a_stop_ends_is_passed_on(running: Device, ends: str, stays: bool) -> None:
    running.obeyed("stop", ends=ends)
    assert running.controller._stop_stays is stays


@pytest.mark.parametrize("kind", ["never", None, 5, True, [], {}])
def test_a_stop_is_plain_a_holiday_or_supervised(running: Device, kind: object) -> None:
    assert running.refused("stop", kind=kind, **WHY) == "kind: not one of holiday supervised"


def test_a_supervised_stop_has_a_reason(running: Device) -> None:
    plan = [[0, 500]]
    assert running.refused("stop", kind="supervised", plan=plan) == NO_REASON
    assert running.refused("stop", plan=plan).startswith("plan[0]: 500 is more than 200 permille")
    assert running.obeyed("stop", kind="supervised", plan=plan, **WHY) == {}
    assert running.controller._stop_plan == plan


def test_a_holiday_needs_no_reason(running: Device) -> None:
    assert running.obeyed("stop", kind="holiday", plan=[[0, 900]]) == {}
    assert running.controller._stop_holiday


@pytest.mark.parametrize("reason", NOT_REASONS)
def test_a_stop_that_needs_no_reason_takes_none_that_is_none(
    running: Device, reason: object
) -> None:
    assert running.refused("stop", reason=reason) == NO_REASON
    assert running.obeyed("stop", **WHY) == {}
    assert running.commands.log[-1] == (HOUR, "stop", WHY["reason"])


@pytest.mark.parametrize("command", ["estop", "empty"])
def test_what_cuts_the_flow_is_confirmed_and_has_a_reason(running: Device, command: str) -> None:
    what = {"estop": "an emergency stop", "empty": "emptying"}[command]
    for confirm in (None, False, 1, "true", "x" * 900):
        words = f"confirm: {what} must be confirmed"
        assert running.refused(command, confirm=confirm, **WHY) == words
    assert running.refused(command, **WHY) == f"confirm: {what} must be confirmed"
    for reason in NOT_REASONS:
        assert running.refused(command, confirm=True, reason=reason) == NO_REASON
    assert running.obeyed(command, confirm=True, reason="x" * REASON_CHARS_MAX) == {}
    assert running.ask("status")["state"] == "stopped"
    empty = running.controller.alarms.active >> al.RESERVOIR_EMPTY & 1
    assert empty == (command == "empty")


def test_orders_the_controller_refuses_are_refused_in_its_words(running: Device) -> None:
    words = "restart: not stopped (state: running)"
    assert running.refused("restart", program="demo", **WHY) == words
    assert running.refused("resume_direct", **WHY) == "resume_direct: no return is being limited"
    running.obeyed("estop", confirm=True, **WHY)
    assert running.refused("stop") == "stop: not running (state: stopped)"
    assert running.refused("estop", confirm=True, **WHY) == "estop: not running (state: stopped)"


@pytest.mark.parametrize("command", ["restart", "resume_direct", "service", "bolus_stop", "prime"])
@pytest.mark.parametrize("reason", NOT_REASONS)
def test_what_must_be_explained_is_refused_without_a_reason(command: str, reason: object) -> None:
    assert bolusing().refused(command, program="demo", reason=reason) == NO_REASON


# -- restart --------------------------------------------------------------------------------------
def test_a_restart_names_its_program(running: Device) -> None:
    running.obeyed("estop", confirm=True, **WHY)
    words = "restart: not stopped (state: stopped)"
    assert running.refused("restart", program="demo", **WHY) == words
    running.run(1)  # cut and settled
    for name in (None, "", "Demo", 5, ["demo"]):
        words = "program: name the one to run, demo"
        assert running.refused("restart", program=name, **WHY) == words
    assert running.refused("restart", **WHY) == "program: name the one to run, demo"
    assert running.obeyed("restart", program="demo", **WHY) == {}


def test_a_restart_with_a_change_names_the_next_program() -> None:
    device = running(continuous(10_000))
    device.obeyed("estop", confirm=True, **WHY)
    device.run(1)
    device.stage(continuous(9_000, name="next"))
    device.obeyed("change")
    words = "program: name the one to run, next"
    assert device.refused("restart", program="demo", **WHY) == words
    assert device.obeyed("restart", program="next", **WHY) == {}


def test_without_a_program_no_name_helps(device: Device) -> None:
    words = "restart: not stopped (state: no program)"
    assert device.refused("restart", program="demo", **WHY) == words


def test_an_emptied_pump_runs_again_with_a_refill_a_program_and_a_restart() -> None:
    device = running(continuous(10_000))
    device.obeyed("empty", confirm=True, **WHY)
    device.run(1)
    assert device.refused("restart", program="demo", **WHY).startswith("restart: it was emptied")
    device.stage(continuous(8_000, name="less"))
    device.obeyed("refill", volume_nl=40_000_000, change=True)
    assert device.ask("status")["state"] == "stopped"
    device.obeyed("restart", program="less", **WHY)
    device.run(HOUR)
    assert device.ask("status")["rate_nl_h"] == 8_000


# -- time -----------------------------------------------------------------------------------------
STEPS = [[0, 5_000], [6 * HOUR, 9_000]]


def test_a_time_is_announced_then_confirmed() -> None:
    device = running(continuous(0, mode="flex", steps=STEPS))
    before = device.everything()
    reply = device.obeyed_or_told("time", tod_s=7 * HOUR, weekday=0)
    assert reply == {
        "announce": "moves the day by 21600 s; at the hour it acts basal goes from 5000 to 9000 "
        "nL/h; confirm to accept",
        "move_s": 6 * HOUR,
        "acts_s": 2 * HOUR,
        "before_nl_h": 5_000,
        "after_nl_h": 9_000,
    }
    for confirm in (False, None, 1, "true"):
        told = device.obeyed_or_told("time", tod_s=7 * HOUR, weekday=0, confirm=confirm)
        assert told == reply
    assert device.everything() == before
    assert device.obeyed("time", tod_s=7 * HOUR, weekday=0, confirm=True) == {}
    device.run(HOUR)
    assert device.ask("status")["rate_nl_h"] == 9_000
    assert device.ask("therapy")["tod_s"] == 8 * HOUR


def test_a_time_that_goes_back_is_announced_with_its_sign() -> None:
    device = running(continuous(0, mode="flex", steps=STEPS), tod_s=5 * HOUR + 600)
    reply = device.obeyed_or_told("time", tod_s=5 * HOUR, weekday=0)
    assert reply["move_s"] == -HOUR - 600
    assert (reply["before_nl_h"], reply["after_nl_h"]) == (9_000, 9_000)


def test_a_second_change_of_time_is_announced_from_the_first_one_s_day() -> None:
    device = running(continuous(0, mode="flex", steps=STEPS), tod_s=3 * HOUR)
    reply = device.obeyed_or_told("time", tod_s=0, weekday=0)
    assert (reply["move_s"], reply["acts_s"]) == (-4 * HOUR, 2 * HOUR)
    assert (reply["before_nl_h"], reply["after_nl_h"]) == (5_000, 5_000)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tod_s": DAY, "weekday": 0}, "tod_s: 86400 not in 0..86399"),
        ({"tod_s": -1, "weekday": 0}, "tod_s: -1 not in 0..86399"),
        ({"weekday": 0}, "tod_s: missing or not a whole number"),
        ({"tod_s": 0}, "weekday: missing or not a whole number"),
        ({"tod_s": 0, "weekday": 7}, "weekday: 7 not in 0..6"),
        ({"tod_s": 0, "weekday": True}, "weekday: missing or not a whole number"),
    ],
)
@pytest.mark.parametrize("confirm", [True, False])
def test_a_time_is_a_second_of_a_weekday(
    running: Device, confirm: bool, fields: dict[str, Any], words: str
) -> None:
    assert running.refused("time", confirm=confirm, **fields) == words


def test_without_a_program_there_is_no_time(device: Device) -> None:
    assert device.refused("time", tod_s=0, weekday=0) == "time: no program runs"
    assert device.refused("time", tod_s=0, weekday=0, confirm=True) == (
        "time: no program runs (state: no program)"
    )


@pytest.mark.parametrize("now_s", [None, "9", 1.5, True, [5]])
def test_pump_time_is_a_whole_number(running: Device, now_s: object) -> None:
    assert running.refused("clock", now_s=now_s) == "now_s: missing or not a whole number"


_NOT_LOST = "clock: no reset has taken pump time, or it was given back; time sets the day"


def reset(device: Device) -> None:
    """As a reset that took no more time than it has to."""
    before, c = device.controller, Controller()
    c.restore(before.snapshot(device.clock.now_s), 0, al.RESET_POWER)
    device.controller = device.commands.controller = c
    device.counted = lambda: c.authorised - before.authorised  # type: ignore[method-assign]


def test_pump_time_is_given_back_once_after_a_reset() -> None:
    device = running(with_boluses())
    assert device.refused("clock", now_s=DAY) == _NOT_LOST
    reset(device)
    reset(device)
    assert device.obeyed("clock", now_s=DAY) == {}
    assert device.refused("clock", now_s=DAY + HOUR) == _NOT_LOST


def test_where_the_day_was_set_after_a_reset_pump_time_stays_as_it_is() -> None:
    device = running(with_boluses())
    reset(device)
    device.obeyed("time", tod_s=0, weekday=0, confirm=True)
    device.run(2 * HOUR)
    assert not device.controller.clock_lost
    assert device.refused("clock", now_s=DAY) == _NOT_LOST


def test_a_clock_that_was_not_lost_at_a_reset_takes_no_step_past_the_lock_out() -> None:
    device = running(with_boluses())
    for _ in range(8):
        device.obeyed("bolus")
        device.run(HOUR)
    words = device.refused("bolus")
    device.controller.lose_clock()  # the time of day: pump time is right
    assert device.refused("clock", now_s=device.clock.now_s + DAY) == _NOT_LOST
    assert device.refused("bolus") == words


def test_a_pump_without_a_program_has_no_time_to_give_back(device: Device) -> None:
    assert device.refused("clock", now_s=DAY) == _NOT_LOST


def test_the_clock_goes_forward_only(running: Device) -> None:
    reset(running)
    words = f"clock: {HOUR - 1} s is before what is already planned"
    assert running.refused("clock", now_s=HOUR - 1) == words
    for bad in (2**40, 10**900):
        words = f"clock: {str(bad)[:24]} s is past the end of pump time"
        assert running.refused("clock", now_s=bad) == words
    assert running.obeyed("clock", now_s=DAY) == {}
    assert running.clock.set_to[-1] == DAY
    assert running.commands.log[-1][1:] == ("clock", str(DAY))


# -- a reset --------------------------------------------------------------------------------------
def test_a_reset_is_ordered_with_a_reason_and_done_once_it_is_answered(running: Device) -> None:
    assert running.refused("reset") == "reason: give one, 1..80 characters"
    assert not running.commands.reset_wanted
    assert running.obeyed("reset", **WHY) == {}
    assert running.commands.reset_wanted

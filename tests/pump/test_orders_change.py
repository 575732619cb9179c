"""Another program for a pump that runs: when it acts, what is refused, and refills with it."""

import json
from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, with_boluses
from driven import Driven

from pump import bolus as bo
from pump.controller import EMPTY, READY, RUNNING, STOPPED, Controller
from pump.program import Program
from pump.units import NEVER_S

T = 3 * DAY
FULL = 40_000_000
SALT: list[list[Any]] = [["salt", 1000, 0, 1000, 0]]  # 1 ug a uL, 1 mL a day at most


def salty(rate: int = 10_000, **changes: Any) -> dict[str, Any]:
    return continuous(rate, **{"drugs": SALT, "profile": "pca", **changes})


def under_way(fields: dict[str, Any], t_s: int = T) -> Driven:
    driven = Driven(fields, 600, 60)
    driven.run_to(t_s)
    return driven


def change(driven: Driven, fields: dict[str, Any], override: str = "") -> "str | None":
    return driven.order("change", Program(fields), override)


def refill_with(
    driven: Driven, fields: dict[str, Any], bridges: bool = False, volume_nl: int = FULL
) -> "str | None":
    return driven.order(
        "refill_with", volume_nl, driven.made, Program(fields), bridges, "a reason"
    )


def everything(driven: Driven) -> str:
    c = driven.controller
    return json.dumps([c.snapshot(0), c.rates, c.alarms.changed, c.bolus.log])


# -- when it acts ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("after_s", "acts_s"), [(0, HOUR), (1, 2 * HOUR), (HOUR - 1, 2 * HOUR), (HOUR, 2 * HOUR)]
)
@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (2880, 720)])
def test_a_change_acts_at_the_first_full_hour_at_least_an_hour_later(
    after_s: int, acts_s: int, window_s: int, margin_s: int
) -> None:
    driven = Driven(salty(), window_s, margin_s)
    driven.run_to(T + after_s)
    assert change(driven, salty(11_000, name="next")) is None
    c = driven.controller
    assert c.next_program is not None and c.next_program.name == "next"
    assert c.program is not None and c.program.name == "demo"
    driven.run_to(T + 3 * HOUR)
    assert driven.rates == [(0, 10_000), (T + acts_s, 11_000)]
    assert c.next_program is None and c.program.name == "next"
    assert driven.active == set()


def test_a_later_change_takes_the_place_of_one_that_waits() -> None:
    driven = under_way(salty())
    assert change(driven, salty(11_000)) is None
    driven.run_to(T + 10)
    assert change(driven, salty(9_000)) is None
    driven.run_to(T + 5 * HOUR)
    assert driven.rates == [(0, 10_000), (T + 2 * HOUR, 9_000)]


def test_a_stopped_pump_changes_when_it_is_restarted() -> None:
    driven = under_way(salty())
    driven.order("stop_now")
    driven.run_to(T + 5 * HOUR + 77)
    assert change(driven, salty(2_000, name="next")) is None  # no fall is too much from a stop
    driven.run_to(T + 8 * HOUR)
    assert driven.controller.rate_nl_h == 0
    assert driven.order("restart") is None
    assert driven.rates[-1] == (T + 8 * HOUR + 60, 2_000)


def test_a_restart_in_the_hour_of_the_change_takes_it_up_as_well() -> None:
    driven = under_way(salty())
    driven.order("stop_now")
    driven.run_to(T + 77)
    assert change(driven, salty(11_000), "why not") is None
    assert driven.order("restart") is None
    assert driven.rates[-1] == (T + 77 + 60, 11_000)


def test_a_pump_whose_end_is_only_planned_changes_like_one_that_runs() -> None:
    # The last 100 nL are released at 0 and end after 1350 s, three steps at the minimum rate.
    driven = Driven(salty(volume_nl=500_100, residual_nl=500_000, low_alarm_nl=500_000))
    c = driven.controller
    driven.run_to(7)
    assert (c.state, c.front_s) == (STOPPED, 1_350)
    assert change(driven, salty(9_000), "why not") is None
    assert driven.order("refill", 2_000_000) is None
    for t_s, waits in ((2 * HOUR - 1, True), (2 * HOUR, False)):
        driven.run_to(t_s)
        assert c.state == RUNNING and (c.next_program is not None) == waits


def test_a_pump_that_has_just_run_empty_changes_when_it_is_filled() -> None:
    driven = Driven(salty(volume_nl=500_100, residual_nl=500_000, low_alarm_nl=500_000))
    driven.run_to(1_350)
    assert change(driven, salty(9_000), "why not") is None
    assert driven.order("refill", 2_000_000) is None
    assert driven.controller.state == RUNNING and driven.controller.next_program is None


@pytest.mark.parametrize(("state", "number"), [("no program", EMPTY), ("ready", READY)])
def test_without_a_program_under_way_there_is_nothing_to_change(state: str, number: int) -> None:
    controller = Controller()
    if number == READY:
        controller.load(Program(salty()))
    words = f"change: no program runs (state: {state})"
    assert controller.change(0, Program(salty())) == words
    with_it = controller.refill_with(0, FULL, 0, Program(salty()), False, "")
    assert with_it == (words if number == READY else "refill: no program is loaded")


def test_a_change_takes_over_the_law_of_the_new_program() -> None:
    driven = under_way(salty())
    fields = salty(tau_dh=2_000, max_drop_permille=150, minimum_nl_h=300, rise_permille=40)
    assert change(driven, fields) is None
    driven.run_to(T + 2 * HOUR)
    law = driven.controller.taper
    assert (law.tau_dh, law.keep_permille) == (2_000, 850)
    assert (law.minimum_nl_h, law.rise_permille) == (300, 1_040)


def test_a_change_brings_its_periodic_boluses() -> None:
    driven = under_way(with_boluses(drugs=SALT))
    fields = with_boluses(drugs=SALT, periodic=[[5 * HOUR, 5_000, 600]])
    assert change(driven, fields) is None
    driven.run_to(T + DAY)
    assert driven.controller.bolus.log[0] == (T + 5 * HOUR, "periodic", "begun", 5_000, 600)


# -- titration ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rate", "refused"),
    [
        (13_000, ""),
        (13_001, "dose: salt rises by more than rise_permille 300 - USP DI monograph"),
        (8_000, ""),
        (7_999, "dose: salt falls by more than 200 permille; taper first"),
    ],
)
def test_a_dose_rises_and_falls_by_so_much_at_once(rate: int, refused: str) -> None:
    driven = under_way(salty())
    before = everything(driven)
    words = change(driven, salty(rate)) or ""
    assert words.startswith(refused) and bool(words) == bool(refused)
    if refused:
        assert everything(driven) == before


def test_a_reason_overrides_a_rise_and_no_fall() -> None:
    driven = under_way(salty())
    assert "falls by more" in str(change(driven, salty(7_999), "because"))
    assert change(driven, salty(20_000), "because") is None


@pytest.mark.parametrize(
    ("at_s", "rate", "refused"),
    [
        (22 * HOUR, 10_001, True),  # acts at 23 h
        (22 * HOUR + 1, 10_001, False),  # at 24 h
        (22 * HOUR, 10_000, False),
        (22 * HOUR, 9_000, False),
    ],
)
def test_no_rise_acts_within_24_hours_of_the_start(at_s: int, rate: int, refused: bool) -> None:
    words = change(under_way(salty(), at_s), salty(rate))
    assert (words is not None) == refused
    assert str(words).startswith("dose: no rise in the first 24 h" if refused else "None")


def test_one_rise_in_24_hours() -> None:
    driven = under_way(salty())
    assert change(driven, salty(11_000)) is None
    driven.run_to(T + HOUR)
    acted_s = T + HOUR
    driven.run_to(acted_s + 22 * HOUR)
    assert str(change(driven, salty(12_000))).startswith("dose: one rise in 24 h")
    driven.run_to(acted_s + 23 * HOUR)
    assert change(driven, salty(12_000)) is None


def test_a_fall_is_measured_from_what_is_really_given() -> None:
    """Under a cap that halves it, half the dose is no fall at all."""
    driven = under_way(salty(10_000, volume_nl=1_100_000), 3 * DAY)
    cap = driven.controller.taper.cap_nl_h()
    assert 250 < cap < 5_000
    assert change(driven, salty(-(-cap * 8 // 10))) is None
    assert "falls by more" in str(change(driven, salty(cap * 79 // 100)))


# -- the limit of 24 hours ------------------------------------------------------------------------
@pytest.mark.parametrize(("high_ug", "refused"), [(264, False), (263, True)])
def test_a_lower_limit_must_hold_with_what_was_given(high_ug: int, refused: bool) -> None:
    """A day at 10,000 nL/h is 240 ug, an hour from 34,000 to 10,000 more."""
    fields = with_boluses(drugs=SALT, bolus_adds=1)
    driven = under_way(fields, T)
    assert driven.order("give_bolus", 24_000, HOUR) is None
    driven.run_to(T + 2 * HOUR)
    words = change(driven, with_boluses(drugs=[["salt", 1000, 0, high_ug, 0]]))
    limit = "change: more than the limit of 24 h together with what was given"
    assert words == (limit if refused else None)
    driven.run_to(T + 2 * DAY)
    assert driven.active == set()


@pytest.mark.parametrize("high_ug", [500, 1000, 4000])
def test_another_limit_for_the_same_solution_counts_what_was_given_as_it_is(high_ug: int) -> None:
    driven = under_way(salty())
    assert change(driven, salty(drugs=[["salt", 1000, 0, high_ug, 0]])) is None
    driven.run_to(T + 2 * HOUR)
    window = driven.controller.window
    assert window.limit_nl == high_ug * 1000
    assert window.given_nl in (239_999, 240_000)


def test_what_the_old_program_gives_until_the_change_counts() -> None:
    """12 uL until noon, 60 until it acts at one, then 120 and 8: either day alone is less."""
    day = [[0, 1_000], [12 * HOUR, 60_000], [14 * HOUR, 1_000]]
    later = [[0, 1_000], [13 * HOUR, 40_000], [16 * HOUR, 1_000]]
    for high_ug, words in (
        (199, "change: more than the limit of 24 h together with what was given"),
        (200, None),
    ):
        driven = under_way(salty(mode="flex", steps=day), 12 * HOUR)
        drugs = [["salt", 1000, 0, high_ug, 0]]
        assert change(driven, salty(mode="flex", steps=later, drugs=drugs)) == words
        driven.run_to(3 * DAY)
        assert driven.active == set()


@pytest.mark.parametrize(("seconds", "refused"), [(HOUR, False), (6 * HOUR, True)])
def test_a_bolus_that_is_under_way_counts_at_a_change(seconds: int, refused: bool) -> None:
    """10,000 nL/h a day and 60 uL of a bolus; what of it comes later meets the lower limit."""
    driven = under_way(with_boluses(drugs=SALT), T)
    assert driven.order("give_bolus", 60_000, seconds) is None
    driven.run_to(T + 300)
    drugs = [["salt", 1000, 0, 299 if refused else 300, 0]]
    words = change(driven, with_boluses(drugs=drugs))
    assert (words is not None) == refused


# -- solutions ------------------------------------------------------------------------------------
OTHER: list[list[Any]] = [["salt", 2000, 0, 2000, 0]]


@pytest.mark.parametrize("drugs", [OTHER, [["sugar", 1000, 0, 1000, 0]], [*SALT, *SALT]])
def test_another_solution_comes_only_with_a_refill(drugs: list[list[Any]]) -> None:
    driven = under_way(salty())
    before = everything(driven)
    assert change(driven, salty(drugs=drugs)) == "change: another solution comes with a refill"
    assert everything(driven) == before


def test_other_bounds_of_the_same_solution_are_no_other_solution() -> None:
    driven = under_way(salty())
    assert change(driven, salty(drugs=[["salt", 1000, 10, 900, 90]])) is None


def test_a_refill_with_a_program_is_both_or_neither() -> None:
    driven = under_way(salty())
    before = everything(driven)
    for volume_nl, fields, words in (
        (500_000, salty(5_000, drugs=OTHER), "refill: 500000 nL not in"),
        (50_000_001, salty(5_000, drugs=OTHER), "refill: 50000001 nL not in"),
        (FULL, salty(3_999, drugs=OTHER), "dose: salt falls by more"),
    ):
        refused = refill_with(driven, fields, volume_nl=volume_nl)
        assert str(refused).startswith(words)
        assert everything(driven) == before
    assert refill_with(driven, salty(5_000, drugs=OTHER)) is None
    c = driven.controller
    assert c.reservoir.volume_nl > FULL - 10_000
    assert c.next_program is not None
    driven.run_to(T + HOUR)
    assert driven.rates[-1] == (T + HOUR, 5_000)


def test_at_a_refill_the_dose_may_rise_further() -> None:
    for rate, words in ((14_000, None), (14_001, "refill_rise_permille 400")):
        driven = under_way(salty())
        refused = driven.order("refill_with", FULL, driven.made, Program(salty(rate)), False, "")
        assert (words is None) == (refused is None)
        assert (words or "") in str(refused)


def test_after_a_change_of_solution_what_was_given_counts_as_the_same_share() -> None:
    driven = under_way(salty(), 5 * DAY)
    window = driven.controller.window
    assert window.given_nl == 240_000
    fields = salty(5_000, drugs=[["salt", 2000, 0, 1000, 0]])
    assert refill_with(driven, fields) is None
    driven.run_to(5 * DAY + HOUR)
    assert (window.limit_nl, window.given_nl) == (500_000, 120_000)


def test_a_change_while_another_solution_waits_must_be_of_what_the_reservoir_holds() -> None:
    driven = under_way(salty())
    new = salty(5_000, drugs=OTHER, tubing_nl=100_000, name="new")
    assert refill_with(driven, new, bridges=True) is None
    driven.run_to(T + 10)
    words = "change: another solution comes with a refill"
    assert change(driven, salty(10_000, name="old")) == words
    assert change(driven, {**new, "steps": [[0, 4_900]], "name": "newer"}) is None
    driven.run_to(T + 3 * HOUR)
    p = driven.controller.program
    assert p is not None and p.name == "newer"


def test_a_change_while_a_bridged_refill_waits_keeps_the_bridge() -> None:
    driven = under_way(salty(tubing_nl=100_000))
    new = salty(5_000, drugs=OTHER, tubing_nl=100_000)
    assert refill_with(driven, new, bridges=True) is None
    driven.run_to(T + 10)
    assert change(driven, {**new, "steps": [[0, 4_900]]}) is None
    driven.run_to(T + 2 * HOUR + 1)
    assert [entry[1:3] for entry in driven.controller.bolus.log] == [("bridge", "begun")]
    assert driven.controller.rate_nl_h == 10_000


# -- the bridge -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (600, 60)])
def test_a_bridge_gives_what_is_left_in_the_line_at_the_old_flow(
    window_s: int, margin_s: int
) -> None:
    driven = Driven(salty(tubing_nl=60_000, catheter_nl=40_000), window_s, margin_s)
    driven.run_to(T)
    assert refill_with(driven, salty(5_000, drugs=OTHER), bridges=True) is None
    driven.run_to(T + DAY)
    # 10 uL flowed since the filling, until it acts; 90 uL at 10,000 nL/h are 9 h.
    changes = [entry for entry in driven.rates if entry[0] > T]
    (end_s, rate), *rest = changes
    assert rest == []
    assert rate == 5_000
    assert abs(end_s - (T + 10 * HOUR)) <= 12  # a step is 11.25 s
    begun, given = driven.controller.bolus.log
    assert begun == (T + HOUR, "bridge", "begun", 100_000, 0)
    assert given == (end_s, "bridge", "given", 100_000, 0)
    assert driven.active == set()


def test_a_second_filling_brings_none_of_the_old_solution_back_into_the_line() -> None:
    ends = []
    for again in (False, True):
        driven = under_way(salty(tubing_nl=100_000))
        assert refill_with(driven, salty(5_000, drugs=OTHER), bridges=True) is None
        driven.run_to(T + HOUR // 2)
        if again:
            assert driven.order("refill", FULL) is None
        driven.run_to(T + 12 * HOUR)
        ends.append(driven.controller.bolus.log[-1])
    assert ends[0] == ends[1] and ends[0][2] == "given"


def test_a_line_that_is_empty_already_needs_no_bridge() -> None:
    for line_nl in (0, 9_000):  # an hour flows before it acts
        driven = under_way(salty(tubing_nl=line_nl))
        assert refill_with(driven, salty(5_000, drugs=OTHER), bridges=True) is None
        driven.run_to(T + 2 * HOUR)
        assert driven.rates[-1] == (T + HOUR, 5_000)


def test_without_a_bridge_the_new_flow_begins_at_once() -> None:
    driven = under_way(salty(tubing_nl=100_000))
    assert refill_with(driven, salty(5_000, drugs=OTHER), bridges=False) is None
    driven.run_to(T + 2 * HOUR)
    assert driven.rates[-1] == (T + HOUR, 5_000)
    assert driven.controller.bolus.log == []


def test_the_same_solution_needs_no_bridge_even_where_one_is_asked_for() -> None:
    driven = under_way(salty(tubing_nl=100_000))
    assert refill_with(driven, salty(9_000), bridges=True) is None
    driven.run_to(T + 2 * HOUR)
    assert driven.rates[-1] == (T + HOUR, 9_000)
    assert driven.controller.bolus.log == []


def test_while_a_bridge_is_given_no_bolus_is() -> None:
    fields = with_boluses(drugs=SALT, tubing_nl=100_000)
    new = with_boluses(5_000, drugs=OTHER, periodic=[[3 * HOUR, 1_000, 60]])
    driven = under_way(fields)
    assert refill_with(driven, new, bridges=True) is None
    driven.run_to(T + 2 * HOUR)
    words = "bolus: a bridge between two solutions is under way"
    assert driven.order("give_bolus", 1_000, 60) == words
    assert driven.controller.stop_bolus() == "bolus_stop: none is under way"
    driven.run_to(T + DAY)
    assert {entry[1] for entry in driven.controller.bolus.log} == {"bridge"}


def test_a_bridge_goes_on_after_a_stop() -> None:
    driven = under_way(salty(tubing_nl=100_000))
    assert refill_with(driven, salty(5_000, drugs=OTHER), bridges=True) is None
    driven.run_to(T + 4 * HOUR)
    driven.order("stop_now")
    driven.run_to(T + 9 * HOUR)
    driven.order("restart")
    assert driven.controller.rate_nl_h == 10_000
    driven.run_to(T + DAY)
    (end_s, rate) = driven.rates[-1]
    assert rate == 5_000
    assert abs(end_s - (T + 10 * HOUR + 5 * HOUR)) <= 90


def test_a_bridge_is_not_shortened_by_a_call_that_came_late() -> None:
    driven = under_way(salty(tubing_nl=25_000))
    assert refill_with(driven, salty(5_000, drugs=OTHER), bridges=True) is None
    driven.run_to(T + 2 * HOUR + 600)
    driven.now_s = driven.controller.front_s + 1500
    driven.call()
    assert driven.active == {"LOOP_LATE"}
    driven.run_to(T + 5 * HOUR)
    (end_s, _) = driven.rates[-1]
    assert abs(end_s - (T + 2 * HOUR + 1800 + 1500)) <= 12


def test_a_bridge_is_not_shortened_by_a_clock_that_is_set() -> None:
    driven = Driven(salty(tubing_nl=25_000), 4, 0)
    driven.run_to(T)
    assert refill_with(driven, salty(5_000, drugs=OTHER), bridges=True) is None
    driven.run_to(T + 2 * HOUR + 600)
    driven.now_s = driven.controller.front_s + 1500
    assert driven.order("set_clock") is None
    driven.run_to(T + 5 * HOUR)
    (end_s, _) = driven.rates[-1]
    assert abs(end_s - (T + 2 * HOUR + 1800 + 1500)) <= 12


# -- a holiday ------------------------------------------------------------------------------------
def on_holiday(stays: bool) -> Driven:
    """A program of 10,000 nL/h that was raised to 12,000 and then given a holiday."""
    driven = under_way(salty(), 2 * DAY)
    assert change(driven, salty(12_000)) is None
    driven.run_to(3 * DAY)
    assert driven.order("stop_planned", None, stays, "holiday") is None
    driven.run_to(3 * DAY + 20 * DAY)
    return driven


@pytest.mark.parametrize("stays", [True, False])
def test_after_a_holiday_it_goes_on_with_the_initial_dose_or_less(stays: bool) -> None:
    driven = on_holiday(stays)
    words = "restart: after a holiday change to the initial continuous dose first"
    assert driven.order("restart") == words
    above = str(change(driven, salty(10_001)))
    assert above.startswith("dose: after a holiday at most the initial continuous dose")
    assert change(driven, salty(10_000, name="again")) is None
    if not stays:
        assert driven.order("restart") is None
    driven.run_to(driven.now_s + 3 * HOUR)
    c = driven.controller
    assert c.state == RUNNING
    assert c.rate_nl_h == 10_000
    assert driven.active == set()
    assert not c.course.after_holiday


def test_a_plain_stop_is_no_way_out_of_a_holiday() -> None:
    driven = under_way(salty())
    driven.order("stop_planned", None, True, "holiday")
    driven.run_to(T + 5 * DAY)
    driven.order("stop_planned", None, False, "")
    driven.run_to(T + 40 * DAY)
    assert "holiday" in str(driven.order("restart"))


def test_a_holiday_begins_when_it_acts() -> None:
    driven = under_way(salty(), T + 1)
    driven.order("stop_planned", None, False, "holiday")
    assert driven.order("restart") is None  # on second thoughts
    driven.run_to(T + 3 * HOUR)
    assert driven.rates == [(0, 10_000)]
    assert driven.active == set()


# -- emptied --------------------------------------------------------------------------------------
def test_an_emptied_pump_is_started_only_with_a_refill_and_a_program() -> None:
    driven = under_way(salty())
    assert driven.order("empty") is None
    c = driven.controller
    assert driven.active == {"STOPPED", "RESERVOIR_EMPTY"}
    assert c.reservoir.usable_nl == 0
    needs = "restart: it was emptied; refill it and change to a program"
    assert driven.order("restart") == needs
    assert change(driven, salty()) == "change: the reservoir was emptied; refill it first"
    assert driven.order("refill", FULL) is None
    assert c.state != RUNNING
    assert driven.order("restart") == needs
    assert change(driven, salty(9_000)) is None
    assert driven.order("restart") is None
    driven.run_to(T + DAY)
    assert c.rate_nl_h == 9_000
    assert "STOPPED" not in driven.active


def test_an_emptied_pump_that_is_refilled_with_a_program_waits_for_its_restart() -> None:
    driven = under_way(salty())
    driven.order("empty")
    assert refill_with(driven, salty(9_000)) is None
    c = driven.controller
    assert c.state != RUNNING
    assert "STOPPED" in driven.active and "RESERVOIR_EMPTY" not in driven.active
    assert driven.order("restart") is None
    assert c.state == RUNNING


@pytest.mark.parametrize("state", ["ready", "stopped"])
def test_a_pump_that_does_not_run_can_be_emptied(state: str) -> None:
    controller = Controller()
    assert controller.empty(0) == "empty: no program is loaded"
    controller.load(Program(salty()))
    if state == "stopped":
        controller.start(0, 0)
        controller.stop_now(0)
        controller.settle(0)
    assert controller.empty(0) is None
    assert controller.needs_program
    assert controller.reservoir.usable_nl == 0


def test_a_new_program_may_be_loaded_into_an_emptied_pump() -> None:
    driven = under_way(salty())
    driven.order("empty")
    assert driven.controller.load(Program(salty(9_000))) is None
    assert driven.controller.start(0, driven.made) is None
    assert not driven.controller.needs_program
    assert driven.active == set()


def test_emptying_closes_a_refill_that_was_open() -> None:
    driven = under_way(salty(profile="itb"))
    driven.controller.open_refill()
    driven.order("withdraw", FULL, driven.made, True)
    driven.run_to(T + 3 * HOUR)
    assert "PROGRAM_INTERRUPTED" in driven.active
    driven.order("empty")
    assert driven.active == {"STOPPED", "RESERVOIR_EMPTY", "VOLUME_MISMATCH"}
    assert driven.controller.open_refill() is None


def test_a_bolus_under_way_is_no_longer_given_when_it_is_emptied() -> None:
    driven = Driven(with_boluses(drugs=SALT), 60, 0)
    driven.run_to(T)
    driven.order("give_bolus", 50_000, 1800)
    driven.run_to(T + 900)
    driven.order("empty")
    assert driven.controller.bolus.kind == bo.NONE
    assert driven.controller.bolus.log[-1][2] == "interrupted"
    assert driven.controller.due == [NEVER_S] * 6


def test_a_pump_that_ran_empty_goes_on_at_once_with_the_program_of_its_refill() -> None:
    driven = Driven(salty(volume_nl=520_000), 600, 60)
    driven.run_to(20 * DAY)
    assert driven.active >= {"RESERVOIR_EMPTY"}
    assert refill_with(driven, salty(9_000, name="next")) is None
    p = driven.controller.program
    assert driven.running and p is not None and p.name == "next"
    assert driven.controller.next_program is None
    assert driven.rates[-1] == (20 * DAY + 60, 250)  # it climbs
    assert driven.active == {"RESUME_CAP"}


def test_what_a_stopped_pump_changes_to_is_due_from_the_hour_that_runs() -> None:
    driven = under_way(salty())
    driven.order("stop_now")
    driven.run_to(T + 5 * HOUR + 77)
    assert change(driven, salty(9_000)) is None
    assert driven.controller.due[1] == T + 5 * HOUR


@pytest.mark.parametrize("before_s", [-300, 300])
def test_a_stop_while_a_bridge_is_planned_tells_of_it_now_and_goes_on_later(
    before_s: int,
) -> None:
    driven = Driven(salty(tubing_nl=100_000), 2880, 720)
    driven.run_to(T)
    assert refill_with(driven, salty(5_000, drugs=OTHER), bridges=True) is None
    driven.run_to(T + HOUR - before_s)
    assert driven.controller.front_s > T + HOUR
    driven.order("stop_now")
    cut_s = min(T + HOUR, T + HOUR - before_s)
    assert driven.controller.bolus.log == [(cut_s, "bridge", "begun", 100_000, 0)]
    driven.order("restart")
    assert driven.controller.rate_nl_h == 10_000
    driven.run_to(T + 20 * HOUR)
    assert driven.controller.rate_nl_h == 5_000
    assert [entry[2] for entry in driven.controller.bolus.log] == ["begun", "given"]

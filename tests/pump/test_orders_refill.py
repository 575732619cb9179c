"""The refill procedure, the dates it is due at, and the drug that grows old."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous
from driven import Driven

from pump import conditions as al
from pump import refilling as rf
from pump.controller import RUNNING, STOPPED, Controller
from pump.program import Program

T = 3 * DAY
FULL = 40_000_000
profiles = pytest.mark.parametrize("profile", ["itb", "pca"])


def under_way(t_s: int = T, **changes: Any) -> Driven:
    driven = Driven(continuous(10_000, **changes), 600, 60)
    driven.run_to(t_s)
    return driven


def expected_nl(driven: Driven) -> int:
    return driven.controller.expected_nl(driven.made)


def withdraw(driven: Driven, difference_nl: int = 0, confirmed: bool = False) -> "str | None":
    """Open, and find so much more or less than expected."""
    if driven.controller.refilling.state == rf.CLOSED:
        assert driven.controller.open_refill() is None
    found_nl = expected_nl(driven) + difference_nl
    return driven.order("withdraw", found_nl, driven.made, confirmed)


# -- opening --------------------------------------------------------------------------------------
def test_what_is_expected_is_what_was_not_made_yet() -> None:
    driven = under_way()
    made_nl = driven.made * 31_250 // 1000
    assert driven.controller.authorised > driven.made
    assert abs(expected_nl(driven) - (50_000_000 - made_nl)) <= 1
    assert Controller().expected_nl(0) == 0


def test_a_refill_is_opened_once() -> None:
    driven = under_way()
    assert driven.controller.open_refill() is None
    words = "refill_open: a refill is open; complete or cancel it"
    assert driven.controller.open_refill() == words
    assert withdraw(driven) is None
    assert driven.controller.open_refill() == words
    driven.run_to(T + 4 * HOUR)
    assert driven.controller.open_refill() == words


@pytest.mark.parametrize("state", ["no program", "ready"])
def test_without_a_program_under_way_no_refill_is_opened(state: str) -> None:
    controller = Controller()
    if state == "ready":
        controller.load(Program(continuous(10_000)))
    assert controller.open_refill() == f"refill_open: no program runs (state: {state})"
    assert controller.withdraw(0, 1, 0, True) == "withdrawn: no refill is open"
    assert controller.cancel_refill(0) == "refill_cancel: no refill is open"


def test_an_open_refill_changes_nothing_however_long() -> None:
    driven = under_way()
    driven.controller.open_refill()
    driven.run_to(T + 2 * DAY)
    assert driven.active == set()
    assert driven.rates == [(0, 10_000)]


def test_a_stopped_pump_can_be_refilled_by_the_procedure() -> None:
    driven = under_way()
    driven.order("stop_now")
    assert withdraw(driven) is None
    assert driven.order("refill", FULL) is None
    assert driven.controller.refilling.state == rf.CLOSED


# -- withdrawn ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("volume_nl", "ok"), [(-1, False), (0, True), (50_000_000, True)])
def test_what_is_withdrawn_fits_the_vessel(volume_nl: int, ok: bool) -> None:
    driven = under_way()
    driven.controller.open_refill()
    words = driven.order("withdraw", volume_nl, driven.made, True)
    assert words == (None if ok else f"volume_nl: {volume_nl} not in 0..50000000")


def test_more_than_the_vessel_holds_was_not_withdrawn() -> None:
    driven = under_way()
    driven.controller.open_refill()
    words = driven.order("withdraw", 50_000_001, driven.made, True)
    assert words == "volume_nl: 50000001 not in 0..50000000"


@pytest.mark.parametrize("sign", [1, -1])
def test_a_difference_within_the_accuracy_is_taken_as_it_is(sign: int) -> None:
    # 14.5 % of what was delivered
    driven = under_way()
    most = driven.made * 31_250 // 1000 * 145 // 1000
    assert withdraw(driven, sign * (most + 1)) is not None
    assert withdraw(driven, sign * most) is None
    assert driven.controller.refilling.verdict == rf.OK
    assert driven.active == set()


def test_a_difference_must_be_confirmed_and_is_alarmed() -> None:
    driven = under_way()
    expected = expected_nl(driven)
    words = f"volume_nl: investigate, expected {expected}; confirm it"
    assert withdraw(driven, 300_000) == words
    assert driven.active == set()
    assert driven.controller.refilling.state == rf.OPEN
    assert withdraw(driven, 300_000, confirmed=True) is None
    assert driven.active == {"VOLUME_MISMATCH"}
    assert driven.controller.refilling.verdict == rf.INVESTIGATE
    assert withdraw(driven) == "withdrawn: no refill is open"


def test_after_one_to_investigate_a_difference_is_significant() -> None:
    driven = under_way()
    withdraw(driven, 300_000, confirmed=True)
    driven.order("refill", 49_000_000)
    assert driven.controller.alarms.acknowledge(al.VOLUME_MISMATCH)
    driven.run_to(T + 20 * DAY)
    words = withdraw(driven, -2_000_001)
    assert str(words).startswith("volume_nl: significant, expected ")
    assert withdraw(driven, -2_000_001, confirmed=True) is None
    assert driven.active == {"VOLUME_MISMATCH"}
    driven.order("refill", 49_000_000)
    driven.run_to(T + 21 * DAY)
    withdraw(driven)
    driven.order("refill", 49_000_000)
    assert not driven.controller.refilling.again


def test_what_was_delivered_is_counted_from_the_last_filling() -> None:
    driven = under_way(20 * DAY)  # 4.8 mL since the start, next to nothing since the refill
    driven.order("refill", 49_000_000)
    driven.run_to(20 * DAY + HOUR)
    assert str(withdraw(driven, 10_000)).startswith("volume_nl: investigate")
    assert withdraw(driven, 1_000) is None


# -- the hour -------------------------------------------------------------------------------------
@profiles
@pytest.mark.parametrize(("at_s", "held_s"), [(0, HOUR), (1, 2 * HOUR), (HOUR - 1, 2 * HOUR)])
def test_a_refill_not_completed_in_an_hour_is_interrupted_by_the_profile(
    profile: str, at_s: int, held_s: int
) -> None:
    driven = under_way(T + at_s, profile=profile)
    assert withdraw(driven) is None
    driven.run_to(T + held_s - 61)
    assert driven.active == set()
    assert driven.controller.rate_nl_h == 10_000
    driven.run_to(T + held_s)
    rate = 250 if profile == "itb" else 0
    assert driven.rates[-1] == (T + held_s, rate)
    stopped = {"STOPPED"} if profile == "pca" else set()
    assert driven.active == {"PROGRAM_INTERRUPTED"} | stopped
    assert driven.controller.state == (STOPPED if profile == "pca" else RUNNING)
    driven.run_to(T + 5 * DAY)
    assert driven.rates[-1] == (T + held_s, rate)


@pytest.mark.parametrize("margin", [0, 60])
def test_completed_in_time_nothing_is_interrupted(margin: int) -> None:
    driven = Driven(continuous(10_000), 600, margin)
    driven.run_to(T)
    withdraw(driven)
    driven.run_to(T + HOUR - 2 * margin - 1)
    assert driven.order("refill", FULL) is None
    driven.run_to(T + 3 * DAY)
    assert driven.rates == [(0, 10_000)]
    assert driven.active == set()


@pytest.mark.parametrize("end", ["refill", "cancel_refill"])
def test_a_hold_ends_where_the_refill_or_its_end_acts_and_a_climb_begins(end: str) -> None:
    driven = under_way(profile="itb")
    withdraw(driven)
    driven.run_to(T + 30 * HOUR + 77)
    args = (FULL,) if end == "refill" else ()
    assert driven.order(end, *args) is None
    assert driven.active == {"RESUME_CAP"}  # never silent
    driven.run_to(T + 32 * HOUR - 61)
    assert driven.controller.rate_nl_h == 250
    assert driven.active == {"RESUME_CAP"}
    driven.run_to(T + 32 * HOUR)
    assert driven.controller.taper.resume_nl_h == 250
    driven.run_to(T + 32 * HOUR + DAY)
    assert driven.rates[-1] == (T + 32 * HOUR + DAY, 325)
    driven.run_to(T + 30 * DAY)
    assert driven.controller.rate_nl_h == 10_000
    assert driven.active == set()


def test_a_short_hold_ends_at_the_full_rate_of_the_last_24_hours() -> None:
    driven = under_way(profile="itb")
    withdraw(driven)
    driven.run_to(T + 2 * HOUR)
    assert driven.order("cancel_refill") is None
    driven.run_to(T + 4 * HOUR)
    assert driven.rates[-1] == (T + 3 * HOUR, 10_000)
    assert driven.active == set()


@pytest.mark.parametrize("end", ["refill", "cancel_refill"])
def test_a_pump_that_was_stopped_by_it_waits_for_its_restart(end: str) -> None:
    driven = under_way(profile="pca")
    withdraw(driven)
    driven.run_to(T + 3 * HOUR)
    assert driven.order(end, *((FULL,) if end == "refill" else ())) is None
    assert driven.active == {"STOPPED"}
    assert driven.controller.state == STOPPED
    assert driven.order("restart") is None
    driven.run_to(T + 6 * HOUR)
    assert driven.rates[-1][1] == 10_000
    assert driven.active == set()


@profiles
def test_an_interrupted_refill_keeps_the_program_and_the_books(profile: str) -> None:
    driven = under_way(profile=profile)
    before = driven.controller.reservoir.usable_nl
    made = driven.controller.authorised
    withdraw(driven, 300_000, confirmed=True)
    driven.run_to(T + 5 * HOUR)
    c = driven.controller
    gone_nl = (c.authorised - made) * 31_250 // 1000
    assert abs(c.reservoir.usable_nl - (before - gone_nl)) <= 1
    assert c.program is not None and c.program.name == "demo"


def test_a_cancelled_refill_may_be_opened_again() -> None:
    driven = under_way()
    withdraw(driven)
    assert driven.order("cancel_refill") is None
    assert driven.controller.due[2] == 0x3FFFFFFF  # nothing was held: nothing follows
    assert driven.order("cancel_refill") == "refill_cancel: no refill is open"
    driven.run_to(T + 5 * HOUR)
    assert driven.rates == [(0, 10_000)]
    assert driven.active == set()
    assert withdraw(driven) is None


def test_what_was_to_investigate_and_cancelled_is_not_held_against_the_next() -> None:
    driven = under_way()
    withdraw(driven, 300_000, confirmed=True)
    driven.order("cancel_refill")
    withdraw(driven)
    driven.order("refill", FULL)
    assert not driven.controller.refilling.again


# -- dates and notices ----------------------------------------------------------------------------
NOTICES = [14 * DAY, 7 * DAY, DAY]


@profiles
def test_notices_speak_14_7_and_1_days_ahead_each_as_news(profile: str) -> None:
    # 10,000 nL/h at +14.5 %; low at 1,500,000 nL usable
    fields = continuous(10_000, volume_nl=9_500_000, profile=profile, notices_s=NOTICES)
    due = Program(fields).refill_dates_s(0, 9_000_000, 0)
    assert due[:2] == [750 * HOUR, 655 * HOUR]
    driven = Driven(fields, 600, 60)
    for i, notice_s in enumerate(NOTICES):
        driven.run_to(655 * HOUR - notice_s - 61)
        assert driven.controller.alarms.loudest() == al.NONE
        driven.run_to(655 * HOUR - notice_s + 600)
        assert driven.active == {"REFILL_DUE"}
        assert driven.controller.alarms.loudest() == al.LOW
        assert driven.controller._notice == i + 1
        assert driven.controller.alarms.acknowledge(al.REFILL_DUE)
    driven.run_to(655 * HOUR + HOUR)
    assert driven.controller.alarms.loudest() == al.NONE


def test_notices_that_are_past_speak_once_together() -> None:
    driven = Driven(continuous(10_000, volume_nl=2_100_000, notices_s=NOTICES), 600, 60)
    driven.run_to(10)
    assert driven.controller._notice == 3
    told = [event for bit, event in driven.controller.alarms.changed if bit == al.REFILL_DUE]
    assert told == ["raised"]


def test_a_refill_sets_the_date_anew_and_ends_the_notice() -> None:
    driven = under_way(T, volume_nl=4_000_000, notices_s=[7 * DAY])
    assert driven.active == {"REFILL_DUE"}
    driven.order("refill", 9_500_000)
    assert driven.active == set()
    assert driven.controller._notice == 0
    p = driven.controller.program
    assert p is not None
    driven.run_to(T + 655 * HOUR - 7 * DAY - HOUR)
    assert driven.active == set()
    driven.run_to(T + 655 * HOUR - 7 * DAY + HOUR)
    assert driven.active == {"REFILL_DUE"}


def test_a_change_of_program_sets_the_date_anew() -> None:
    driven = under_way(T, volume_nl=9_500_000, drugs=[["x", 1000, 0, 10_000, 0]])
    before = driven.controller._refill_due_s
    fields = continuous(8_000, volume_nl=9_500_000, drugs=[["x", 1000, 0, 10_000, 0]])
    driven.order("change", Program(fields))
    assert driven.controller._refill_due_s == before
    driven.run_to(T + 2 * HOUR)
    assert driven.controller._refill_due_s > before + DAY


def test_every_allotted_bolus_brings_the_date_nearer() -> None:
    more = {"bolus_max_nl": 100_000, "bolus_day_max": 6, "volume_nl": 9_500_000}
    plain = under_way(10, volume_nl=9_500_000)
    driven = under_way(10, **more)
    assert plain.controller._refill_due_s == 655 * HOUR
    assert driven.controller._refill_due_s == 7_500_000 * 24 // 840_000 * HOUR


@profiles
@pytest.mark.parametrize("stable", [[1], [2, 1], [0, 1]])
def test_a_drug_expires_with_the_first_of_its_mixture(profile: str, stable: list[int]) -> None:
    drugs = [[f"drug {i}", 1, 0, 1_000, days] for i, days in enumerate(stable)]
    driven = Driven(continuous(10_000, drugs=drugs, profile=profile, notices_s=[0]), 600, 60)
    driven.run_to(DAY - 61)
    assert driven.active == set()
    driven.run_to(DAY + 600)
    assert {"DRUG_EXPIRED", "REFILL_DUE"} == driven.active
    driven.order("refill", FULL)
    assert driven.active == set()
    driven.run_to(2 * DAY + 600 - 61)
    assert driven.active == set()
    driven.run_to(2 * DAY + 1200)
    assert "DRUG_EXPIRED" in driven.active


def test_without_a_stated_time_no_drug_expires() -> None:
    driven = Driven(continuous(42, drugs=[["x", 1, 0, 1_000, 0]], minimum_nl_h=42))
    driven.run_to(400 * DAY)
    assert "DRUG_EXPIRED" not in driven.active


def test_a_change_of_program_is_no_new_filling_for_the_drug() -> None:
    drugs = [["x", 1, 0, 1_000, 4]]
    driven = under_way(4 * DAY + 600, drugs=drugs)
    assert "DRUG_EXPIRED" in driven.active
    driven.order("change", Program(continuous(9_000, drugs=drugs)))
    driven.run_to(4 * DAY + 4 * HOUR)
    assert "DRUG_EXPIRED" in driven.active


def test_a_drug_expires_in_the_very_second() -> None:
    for late_s, expired in ((-1, False), (0, True)):
        driven = Driven(continuous(10_000, drugs=[["x", 1, 0, 1_000, 1]]), 600, 0)
        driven.run_to(DAY - 600 - 1)
        driven.now_s = DAY + late_s
        driven.call()
        assert ("DRUG_EXPIRED" in driven.active) == expired


def test_after_a_refill_the_guard_follows_the_new_volume_whatever_was_before() -> None:
    driven = under_way(T)
    driven.order("refill", 1_500_000)
    driven.run_to(T + HOUR)
    c = driven.controller
    c_usable = 1_000_000 - 10_000  # an hour flowed until it acts
    assert abs(c.taper.guard_nl_h - c_usable * 10 // 1081) <= 20


def test_a_guard_at_the_reference_rate_does_not_limit() -> None:
    driven = under_way(T)
    assert not Controller().is_limited()
    for guard, limited in ((9_999, True), (10_000, False), (10_001, False)):
        driven.controller.taper.guard_nl_h = guard
        assert driven.controller.is_limited() == limited
    driven.controller.taper.resume_nl_h = 9_999
    assert driven.controller.is_limited()


@pytest.mark.parametrize(("rate_nl_h", "told"), [(109, False), (110, True)])
def test_a_higher_program_that_the_guard_holds_until_the_refill_acts_is_told(
    rate_nl_h: int, told: bool
) -> None:
    fields = continuous(
        100,
        minimum_nl_h=100,
        max_drop_permille=10,
        tau_dh=23_885,
        volume_nl=260_506,
        residual_nl=1,
        low_alarm_nl=1,
    )
    driven = Driven(fields, 600, 60)
    driven.run_to(0)
    driven.order("stop_now")
    assert driven.order("refill", 500_000) is None
    higher = Program({**fields, "steps": [[0, rate_nl_h]]})
    assert driven.order("change", higher, "tried") is None
    assert driven.order("restart") is None
    driven.run_to(60)
    assert driven.controller.taper.guard_nl_h == 109
    assert driven.rates[-1][1] == 109
    assert ("RESUME_CAP" in driven.active) == told
    driven.run_to(2 * HOUR)
    assert driven.rates[-1][1] == rate_nl_h and "RESUME_CAP" not in driven.active

"""Boluses: what is given, what is refused, and what becomes of one that is cut short."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, screening, with_boluses
from driven import Driven
from traceability.mark import requirement

from pump import bolus as bo
from pump.controller import RUNNING, STOPPED, Controller
from pump.program import Program
from pump.window import Window

T = DAY + 100
SCREENING = screening(
    drugs=[["baclofen", 50, 12, 200, 0]], volume_nl=9_000_000, nl_per_1000_steps=31_250,
    max_step_hz=15_000,
)  # fmt: skip


def under_way(fields: dict[str, Any], t_s: int = T) -> Driven:
    driven = Driven(fields, 600, 60)
    driven.run_to(t_s)
    return driven


def begun(driven: Driven, volume_nl: int = 50_000, seconds: int = 1800) -> int:
    """A bolus is asked for; when it begins."""
    start_s = driven.controller.front_s
    assert driven.order("give_bolus", volume_nl, seconds) is None
    assert driven.controller.bolus.start_s == start_s
    return start_s


def entries(driven: Driven) -> list[tuple[Any, ...]]:
    return list(driven.controller.bolus.log)


def delivered_nl(driven: Driven, from_s: int, to_s: int) -> int:
    """By the packets, in nL rounded down."""
    total = 0
    for start_s, seconds, rate, _ in driven.packets:
        total += rate * max(0, min(to_s, start_s + seconds) - max(from_s, start_s))
    return total // HOUR


# -- single and on demand -------------------------------------------------------------------------
@pytest.mark.parametrize("adds", [0, 1])
@pytest.mark.parametrize(
    ("volume_nl", "seconds"), [(50_000, 1800), (1, 60), (100_000, 60), (7_777, 21_600)]
)
def test_a_bolus_gives_its_volume_exactly_on_top_of_basal_or_in_its_place(
    adds: int, volume_nl: int, seconds: int
) -> None:
    driven = under_way(with_boluses(bolus_adds=adds))
    start_s = begun(driven, volume_nl, seconds)
    driven.run_to(start_s + seconds + HOUR)
    basal = 10_000 * seconds * adds
    assert delivered_nl(driven, start_s, start_s + seconds) == (basal + volume_nl * HOUR) // HOUR
    assert entries(driven) == [
        (start_s, "single", "begun", volume_nl, seconds),
        (start_s + seconds, "single", "given", volume_nl, seconds),
    ]
    assert driven.active == set()
    assert driven.rates[-1] == (start_s + seconds, 10_000)


def test_the_basal_beside_the_rate_is_what_the_program_asks_for() -> None:
    for adds, rate in ((1, 110_000), (0, 100_000)):
        driven = under_way(with_boluses(bolus_adds=adds))
        start_s = begun(driven)
        driven.run_to(start_s + HOUR)
        assert driven.controller.rates[1:] == [
            (start_s, rate, 10_000),
            (start_s + 1800, 10_000, 10_000),
        ]


def test_the_bolus_on_demand_is_the_programs() -> None:
    driven = under_way(with_boluses())
    start_s = driven.controller.front_s
    assert driven.order("give_bolus", 0, 0) is None
    driven.run_to(start_s + HOUR)
    assert entries(driven) == [
        (start_s, "on demand", "begun", 20_000, 600),
        (start_s + 600, "on demand", "given", 20_000, 600),
    ]


def test_without_one_on_demand_figures_are_asked_for() -> None:
    driven = under_way(with_boluses(demand=[]))
    assert driven.order("give_bolus", 0, 0) == (
        "bolus: the program has none on demand; give volume_nl and seconds"
    )


@requirement("R5.2.0(4)", "R5.3.0(5)")
@pytest.mark.parametrize(
    ("volume_nl", "seconds", "refused"),
    [
        (1, 600, ""),
        (100_000, 600, ""),
        (100_001, 600, "bolus volume_nl: 100001 not in 1..100000"),
        (-1, 600, "bolus volume_nl: -1 not in 1..100000"),
        (1_000, 59, "bolus seconds: 59 not in 60..21600"),
        (1_000, 60, ""),
        (1_000, 21_600, ""),
        (1_000, 21_601, "bolus seconds: 21601 not in 60..21600"),
        (1_000, 0, "bolus seconds: 0 not in 60..21600"),
    ],
)
def test_volume_and_duration_are_bounded(volume_nl: int, seconds: int, refused: str) -> None:
    driven = under_way(with_boluses())
    assert (driven.order("give_bolus", volume_nl, seconds) or "") == refused


@requirement("R5.2.0(4)", "R5.3.0(2)")
@pytest.mark.parametrize(
    ("adds", "volume_nl", "refused"),
    [(1, 99_000, False), (1, 99_001, True), (0, 100_000, False), (0, 100_001, True)],
)
def test_the_flow_of_basal_and_bolus_together_is_bounded(
    adds: int, volume_nl: int, refused: bool
) -> None:
    driven = under_way(
        with_boluses(
            1_000, bolus_adds=adds, bolus_max_nl=200_000, max_bolus_flow_nl_h=100_000,
            max_flow_nl_h=50_000,
        )
    )  # fmt: skip
    words = driven.order("give_bolus", volume_nl, HOUR)
    assert (words is not None) == refused
    if refused:
        assert "more than max_bolus_flow_nl_h 100000" in str(words)


def test_a_program_without_boluses_gives_none() -> None:
    driven = under_way(continuous(10_000))
    assert driven.order("give_bolus", 1_000, 60) == "bolus: 0 in 24 h allowed (bolus_day_max)"


@pytest.mark.parametrize("state", ["no program", "ready", "stopped"])
def test_a_pump_that_does_not_run_gives_no_bolus(state: str) -> None:
    controller = Controller()
    if state != "no program":
        controller.load(Program(with_boluses()))
    if state == "stopped":
        controller.start(0, 0)
        controller.stop_now(0)
    assert controller.give_bolus(0, 1_000, 60) == f"bolus: not running (state: {state})"
    assert controller.prime(0) == f"prime: not running (state: {state})"
    assert controller.screen(0) == "screen: no screening program runs"


# -- lock-out and count ---------------------------------------------------------------------------
@requirement("R5.2.0(3)")
@pytest.mark.parametrize(("after_s", "refused"), [(-1, True), (0, False), (1, False)])
def test_the_lock_out_runs_from_the_end_of_a_bolus_to_the_start_of_the_next(
    after_s: int, refused: bool
) -> None:
    driven = Driven(with_boluses(), 1, 0)
    driven.run_to(T)
    start_s = begun(driven, 5_000, 300)
    driven.run_to(start_s + 300 + 600 + after_s - 1)
    assert driven.controller.front_s == start_s + 900 + after_s
    words = driven.order("give_bolus", 5_000, 300)
    assert words == ("bolus: 600 s after the last one (bolus_gap_s) - R5.2.0(3)" * refused or None)


def test_no_bolus_begins_while_another_is_under_way() -> None:
    driven = Driven(with_boluses(bolus_gap_s=0), 1, 0)
    driven.run_to(T)
    start_s = begun(driven, 5_000, 300)
    driven.run_to(start_s + 298)
    assert driven.order("give_bolus", 1_000, 60) == "bolus: another one is under way"
    driven.run_to(start_s + 299)
    assert driven.controller.front_s == start_s + 300
    begun(driven, 1_000, 60)
    driven.run_to(start_s + 600)
    assert [(t_s, event) for t_s, _, event, _, _ in entries(driven)] == [
        (start_s, "begun"),
        (start_s + 300, "given"),
        (start_s + 300, "begun"),
        (start_s + 360, "given"),
    ]


@pytest.mark.parametrize(("early_s", "refused"), [(1, True), (0, False)])
def test_the_lock_out_holds_after_a_periodic_bolus_too(early_s: int, refused: bool) -> None:
    driven = Driven(with_boluses(periodic=[[2 * HOUR, 5_000, 300]]), 1, 0)
    driven.run_to(2 * HOUR + 300 + 600 - early_s - 1)
    assert driven.controller.front_s == 2 * HOUR + 900 - early_s
    words = driven.order("give_bolus", 5_000, 300)
    assert words == ("bolus: 600 s after the last one (bolus_gap_s) - R5.2.0(3)" * refused or None)


@requirement("R5.2.0(3)")
@pytest.mark.parametrize(("seconds", "refused"), [(300, False), (301, True)])
def test_the_lock_out_holds_before_a_periodic_bolus(seconds: int, refused: bool) -> None:
    driven = Driven(with_boluses(periodic=[[2 * HOUR, 5_000, 300]]), 1, 0)
    driven.run_to(2 * HOUR - 900 - 1)
    assert driven.controller.front_s == 2 * HOUR - 900
    words = driven.order("give_bolus", 5_000, seconds)
    near = "bolus: too near to the next periodic one (bolus_gap_s) - R5.2.0(3)"
    assert words == (near if refused else None)


def test_at_the_second_of_a_periodic_bolus_no_other_begins() -> None:
    driven = Driven(with_boluses(bolus_gap_s=0, periodic=[[2 * HOUR, 5_000, 300]]), 1, 0)
    driven.run_to(2 * HOUR - 1)
    assert driven.controller.front_s == 2 * HOUR
    assert "too near" in str(driven.order("give_bolus", 5_000, 300))


@pytest.mark.parametrize("most", [1, 3, 24])
def test_so_many_are_given_in_any_24_hours(most: int) -> None:
    driven = Driven(with_boluses(bolus_day_max=most, bolus_gap_s=0), 60, 0)
    driven.run_to(T)
    starts = []
    for _ in range(most):
        starts.append(begun(driven, 1_000, 60))
        driven.run_to(driven.now_s + 600)
    words = f"bolus: {most} in 24 h allowed (bolus_day_max)"
    driven.run_to(starts[0] + DAY - 61)
    assert driven.controller.front_s == starts[0] + DAY - 60
    assert driven.order("give_bolus", 1_000, 60) == words
    assert driven.order("give_bolus", 0, 0) == words  # the one on demand counts as well
    driven.run_to(starts[0] + DAY - 60)
    assert driven.controller.front_s == starts[0] + DAY
    begun(driven, 1_000, 60)
    assert len(driven.controller.recent_boluses(driven.now_s)) == most


def test_what_is_remembered_of_boluses_is_bounded() -> None:
    driven = Driven(with_boluses(bolus_day_max=24, bolus_gap_s=0), 60, 0)
    for hour in range(60):
        driven.run_to(hour * HOUR)
        driven.order("give_bolus", 100, 60)
    assert len(driven.controller._times) == 24
    assert driven.controller._times == sorted(driven.controller._times)


# -- limits on the sum ----------------------------------------------------------------------------
@requirement("R5.2.0(5)")
@pytest.mark.parametrize(("volume_nl", "refused"), [(60_000, False), (60_001, True)])
def test_basal_and_boluses_of_24_hours_together_stay_within_the_limit(
    volume_nl: int, refused: bool
) -> None:
    # 24 h at 10,000 nL/h and 60 uL more are 300 uL of 1 ug/uL: 300 ug.
    fields = with_boluses(drugs=[["x", 1000, 0, 300, 0]], bolus_max_nl=200_000)
    driven = under_way(fields, 3 * DAY)
    words = driven.order("give_bolus", volume_nl, HOUR)
    limit = "bolus: more than 300000 nL in 24 h with basal - R5.2.0(5)"
    assert words == (limit if refused else None)
    driven.run_to(6 * DAY)
    assert driven.active == set()


def test_two_boluses_that_fit_alone_and_not_together_are_one_too_many() -> None:
    fields = with_boluses(drugs=[["x", 1000, 0, 300, 0]])
    driven = under_way(fields, 3 * DAY)
    begun(driven, 40_000, 600)
    driven.run_to(3 * DAY + 2 * HOUR)
    assert "more than 300000 nL in 24 h" in str(driven.order("give_bolus", 40_000, 600))
    assert driven.order("give_bolus", 20_000, 600) is None
    driven.run_to(6 * DAY)
    assert driven.active == set()


def test_the_basal_that_is_still_to_come_counts() -> None:
    """By day 20,000 nL/h, by night little: what fits by the window alone does not with the day."""
    fields = with_boluses(
        mode="flex", steps=[[0, 1_000], [12 * HOUR, 20_000]], bolus_max_nl=200_000,
        drugs=[["x", 1000, 0, 300, 0]],
    )  # fmt: skip
    driven = under_way(fields, 10 * HOUR)  # the pump is new: the window holds little
    assert "in 24 h with basal" in str(driven.order("give_bolus", 60_000, HOUR))
    assert driven.order("give_bolus", 40_000, HOUR) is None
    driven.run_to(4 * DAY)
    assert driven.active == set()


@pytest.mark.parametrize(("profile", "refused"), [("itb", True), ("pca", False)])
def test_what_would_engage_the_guard_is_refused_where_stopping_is_the_hazard(
    profile: str, refused: bool
) -> None:
    fields = with_boluses(
        profile=profile, bolus_gap_s=0, volume_nl=500_000 + 1_081_000 + 300_000
    )  # the guard engages at 1,081,000
    driven = Driven(fields, 60, 0)
    driven.run_to(HOUR)
    left_nl = driven.controller.reservoir.usable_nl - 1_081_000
    assert left_nl > 100_000
    assert driven.order("give_bolus", 100_000, 60) is None
    driven.run_to(HOUR + 120)
    left_nl = driven.controller.reservoir.usable_nl - 1_081_000
    assert driven.order("give_bolus", left_nl - 95_000, 60) is None
    driven.run_to(HOUR + 240)
    left_nl = driven.controller.reservoir.usable_nl - 1_081_000
    guard = "bolus: would leave too little for a taper (TAPER_GUARD); refill first"
    assert 0 < left_nl < 100_000
    assert driven.order("give_bolus", left_nl + 1, 60) == (guard if refused else None)
    if refused:
        assert driven.order("give_bolus", left_nl, 60) is None


def test_while_the_guard_holds_no_bolus_is_given_where_stopping_is_the_hazard() -> None:
    for profile, words in (
        ("itb", "bolus: would leave too little for a taper (TAPER_GUARD); refill first"),
        ("pca", None),
    ):
        driven = under_way(with_boluses(profile=profile, volume_nl=1_500_000), 5 * HOUR)
        assert driven.controller.is_limited()
        assert driven.order("give_bolus", 1_000, 60) == words


def test_while_the_climb_after_a_refill_holds_no_bolus_is_given_under_itb() -> None:
    driven = under_way(with_boluses(profile="itb", volume_nl=1_500_000), DAY)
    driven.order("refill", 40_000_000)
    driven.run_to(DAY + 3 * HOUR)
    assert driven.active == {"RESUME_CAP"}
    assert "TAPER_GUARD" in str(driven.order("give_bolus", 1_000, 60))


@pytest.mark.parametrize("more", [0, 1])
def test_no_bolus_holds_more_than_the_reservoir(more: int) -> None:
    fields = with_boluses(volume_nl=550_000, bolus_gap_s=0)
    driven = Driven(fields, 60, 0)
    driven.run_to(10)
    left_nl = driven.controller.reservoir.usable_nl
    words = driven.order("give_bolus", left_nl + more, 600)
    assert words == ("bolus: more than the reservoir holds" if more else None)


@pytest.mark.parametrize("state", ["withdrawn", "interrupted"])
def test_while_a_refill_is_under_way_no_bolus_is_given(state: str) -> None:
    driven = under_way(with_boluses(profile="itb"))
    assert driven.controller.open_refill() is None
    assert driven.order("give_bolus", 1_000, 60) is None  # open: nothing was taken out yet
    driven.run_to(T + HOUR)
    driven.order("withdraw", 49_000_000, driven.made, True)
    if state == "interrupted":
        driven.run_to(T + 4 * HOUR)
    assert driven.order("give_bolus", 1_000, 60) == "bolus: a refill is under way"


# -- periodic -------------------------------------------------------------------------------------
def test_periodic_boluses_come_at_their_times_every_day() -> None:
    fields = with_boluses(periodic=[[7 * HOUR + 1, 5_000, 300], [DAY - 60, 3_000, 600]])
    driven = under_way(fields, 3 * DAY)
    starts = [(t_s, nl) for t_s, _, event, nl, _ in entries(driven) if event == "begun"]
    day = [(7 * HOUR + 1, 5_000), (DAY - 60, 3_000)]
    assert starts == [(t_s + n * DAY, nl) for n in range(3) for t_s, nl in day]
    assert {kind for _, kind, _, _, _ in entries(driven)} == {"periodic"}
    assert driven.active == set()


def test_periodic_boluses_go_by_civil_time_and_have_no_lead() -> None:
    fields = with_boluses(lead_s=2 * HOUR, periodic=[[7 * HOUR, 5_000, 300]])
    driven = Driven(fields)
    controller = Controller()
    assert controller.load(Program(fields)) is None
    assert controller.start(0, 0, 5 * HOUR) is None  # it is 5 o'clock on Monday
    driven.controller = controller
    driven.run_to(DAY)
    assert entries(driven)[0][0] == 2 * HOUR


def test_a_periodic_bolus_that_meets_another_is_not_given_and_that_is_said() -> None:
    fields = with_boluses(bolus_gap_s=0, periodic=[[2 * HOUR, 5_000, 300]])
    driven = Driven(fields, 60, 0)
    driven.run_to(HOUR)
    driven.controller.bolus.begin(bo.SINGLE, driven.controller.front_s, 1_000, 6 * HOUR, True)
    driven.run_to(2 * HOUR - 61)
    assert driven.active == set()
    driven.run_to(2 * HOUR + 1)
    assert driven.active == {"BOLUS_INTERRUPTED"}
    assert [kind for _, kind, _, _, _ in entries(driven)] == ["single"]


@pytest.mark.parametrize(("pool", "volume"), [(0, 10_000), (7, 10_000)])
def test_under_a_cap_a_periodic_bolus_gets_its_share_rounded_up(pool: int, volume: int) -> None:
    """R is 10,000 + 10,000 / 24 rounded up."""
    fields = with_boluses(periodic=[[2 * HOUR, volume, 300]], volume_nl=1_500_000 + pool)
    driven = Driven(fields, 60, 0)
    driven.run_to(2 * HOUR + 600)
    cap = driven.controller.taper.cap_nl_h()
    p = driven.controller.program
    assert p is not None and p.reference_nl_h == 10_417 and cap < 10_417
    (_, _, _, given, _), *_ = entries(driven)
    assert given == -(-volume * cap // 10_417)


def test_at_the_reference_rate_a_periodic_bolus_is_whole() -> None:
    for cap, volume in ((10_417, 10_000), (10_416, 10_000), (10_415, 9_999), (1, 1)):
        driven = Driven(with_boluses(periodic=[[2 * HOUR, 10_000, 300]]), 60, 0)
        driven.run_to(2 * HOUR - 60)
        driven.controller.taper.guard_nl_h = cap
        driven.controller._hour = 2
        driven.run_to(2 * HOUR)
        assert entries(driven)[0][3] == volume


def test_a_periodic_bolus_scaled_to_nothing_is_none() -> None:
    driven = Driven(with_boluses(periodic=[[2 * HOUR, 10_000, 300]]), 60, 0)
    driven.run_to(2 * HOUR - 60)
    driven.controller.taper.stop_nl_h = 0
    driven.controller._hour = 2
    driven.run_to(2 * HOUR)
    assert entries(driven) == []


# -- cut short ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (600, 60), (2880, 720)])
@pytest.mark.parametrize("after_s", [1, 600, 1799])
def test_an_emergency_stop_accounts_for_what_was_given_of_a_bolus(
    window_s: int, margin_s: int, after_s: int
) -> None:
    driven = Driven(with_boluses(bolus_adds=0), window_s, margin_s)
    driven.run_to(T)
    start_s = begun(driven)
    driven.run_to(start_s + after_s)
    driven.order("stop_now")
    given_nl = 50_000 * after_s // 1800
    assert entries(driven)[0] == (start_s, "single", "begun", 50_000, 1800)
    assert len(entries(driven)) == 2
    t_s, kind, event, nl, seconds = entries(driven)[1]
    assert (t_s, kind, event, seconds) == (start_s + after_s, "single", "interrupted", after_s)
    assert abs(nl - given_nl) <= 1
    assert driven.active == {"STOPPED", "BOLUS_INTERRUPTED"}
    driven.run_to(T + DAY)
    assert driven.order("restart") is None
    driven.run_to(T + DAY + 2 * HOUR)
    assert driven.controller.rate_nl_h == 10_000  # never resumed
    assert len(entries(driven)) == 2


@pytest.mark.parametrize(("window_s", "margin_s"), [(HOUR, 0), (4, 1), (600, 60), (2880, 720)])
def test_an_emergency_stop_at_its_end_finds_a_bolus_whole(window_s: int, margin_s: int) -> None:
    driven = Driven(with_boluses(), window_s, margin_s)
    driven.run_to(T)
    start_s = begun(driven)
    driven.run_to(start_s + 1800)
    driven.order("stop_now")
    assert entries(driven)[1] == (start_s + 1800, "single", "given", 50_000, 1800)
    assert driven.active == {"STOPPED"}


def test_an_emergency_stop_before_its_begin_leaves_nothing_of_a_bolus_given() -> None:
    driven = Driven(with_boluses(), 2880, 720)
    driven.run_to(T)
    start_s = begun(driven, 50_000, 300)
    assert start_s > T + 60
    driven.run_to(T + 60)
    driven.order("stop_now")
    assert entries(driven) == [(T + 60, "single", "interrupted", 0, 0)]
    assert driven.active == {"STOPPED", "BOLUS_INTERRUPTED"}


@pytest.mark.parametrize(("window_s", "margin_s"), [(60, 0), (600, 60)])
def test_a_stopped_bolus_ends_where_the_plan_ends_and_is_accounted(
    window_s: int, margin_s: int
) -> None:
    driven = Driven(with_boluses(), window_s, margin_s)
    driven.run_to(T)
    start_s = begun(driven)
    driven.run_to(start_s + 700)
    end_s = driven.controller.front_s
    assert driven.controller.stop_bolus() is None
    driven.run_to(start_s + 2 * HOUR)
    given_nl = 50_000 * (end_s - start_s) // 1800
    t_s, _, event, nl, seconds = entries(driven)[1]
    assert (t_s, event, seconds) == (end_s, "interrupted", end_s - start_s)
    assert abs(nl - given_nl) <= 1
    assert driven.active == {"BOLUS_INTERRUPTED"}
    assert driven.rates[-1] == (end_s, 10_000)


def test_the_lock_out_after_a_stopped_bolus_runs_from_its_end() -> None:
    driven = Driven(with_boluses(), 1, 0)
    driven.run_to(T)
    begun(driven)
    driven.run_to(T + 300)
    end_s = driven.controller.front_s
    assert driven.controller.stop_bolus() is None
    driven.run_to(end_s + 600 - 2)
    assert "600 s after the last one" in str(driven.order("give_bolus", 1_000, 60))
    driven.run_to(end_s + 600 - 1)
    assert driven.order("give_bolus", 1_000, 60) is None


def test_the_lock_out_after_a_bolus_that_a_stop_cut_runs_from_the_stop() -> None:
    driven = Driven(with_boluses(), 1, 0)
    driven.run_to(T)
    begun(driven, 50_000, 6 * HOUR)
    driven.run_to(T + 300)
    driven.order("stop_now")
    driven.order("restart")
    driven.run_to(T + 300 + 600 - 2)
    assert "600 s after the last one" in str(driven.order("give_bolus", 1_000, 60))
    driven.run_to(T + 300 + 600 - 1)
    assert driven.order("give_bolus", 1_000, 60) is None


def test_where_none_is_under_way_none_can_be_stopped() -> None:
    driven = Driven(with_boluses(), 1, 0)
    driven.run_to(T)
    assert driven.controller.stop_bolus() == "bolus_stop: none is under way"
    start_s = begun(driven, 1_000, 60)
    driven.run_to(start_s + 59)
    assert driven.controller.front_s == start_s + 60  # all of it is released
    assert driven.controller.stop_bolus() == "bolus_stop: none is under way"


def test_an_empty_reservoir_interrupts_a_bolus_and_accounts_for_it() -> None:
    driven = Driven(with_boluses(volume_nl=560_000, bolus_gap_s=0), 60, 0)
    driven.run_to(HOUR)
    left_nl = driven.controller.reservoir.usable_nl
    start_s = begun(driven, left_nl - 2_000, HOUR)  # basal takes 250 nL of it
    driven.run_to(start_s + HOUR + 60)
    if driven.controller.state == RUNNING:
        begun(driven, driven.controller.reservoir.usable_nl, 6 * HOUR)
    driven.run_to(start_s + DAY)
    assert driven.controller.state == STOPPED
    assert {"RESERVOIR_EMPTY", "BOLUS_INTERRUPTED"} <= driven.active
    *_, last = entries(driven)
    assert last[2] == "interrupted"
    assert 0 < last[3] < left_nl
    driven.order("refill", 20_000_000)
    driven.run_to(start_s + 2 * DAY)
    assert entries(driven)[-1] == last


def test_a_planned_stop_that_is_reached_interrupts_a_bolus() -> None:
    driven = Driven(with_boluses(300), 60, 0)
    driven.run_to(DAY)
    driven.order("stop_planned")
    ends = DAY + HOUR + DAY
    driven.run_to(ends - 600)
    begun(driven, 1_000, 1800)
    driven.run_to(ends)
    assert driven.active == {"STOPPED", "BOLUS_INTERRUPTED"}
    assert entries(driven)[-1][2] == "interrupted"


def test_a_call_that_comes_too_late_leaves_a_bolus_short_and_says_so() -> None:
    driven = Driven(with_boluses(), 60, 0)
    driven.run_to(T)
    start_s = begun(driven, 50_000, 600)
    driven.run_to(start_s + 240)
    front_s = driven.controller.front_s
    driven.now_s = start_s + 2000
    driven.call()
    assert driven.active == {"LOOP_LATE", "BOLUS_INTERRUPTED"}
    _, (t_s, _, event, nl, seconds) = entries(driven)
    assert (t_s, event, seconds) == (start_s + 600, "interrupted", 600)
    assert abs(nl - 50_000 * (front_s - start_s) // 600) <= 1


def test_over_a_reset_a_bolus_is_interrupted_and_never_resumed() -> None:
    driven = Driven(with_boluses(), 60, 0)
    driven.run_to(T)
    start_s = begun(driven)
    driven.run_to(start_s + 300)
    saved = driven.controller.snapshot(driven.now_s)
    revived = Controller(60, 0)
    revived.restore(saved, 0, 9)
    assert revived.bolus.kind == bo.NONE
    assert revived.alarms.active >> 11 & 1
    assert "s after the last one" in str(revived.give_bolus(driven.now_s, 1_000, 60))
    assert len(revived.recent_boluses(driven.now_s)) == 1


# -- prime ----------------------------------------------------------------------------------------
LINE = {"tubing_nl": 140_000, "catheter_nl": 60_000}


def test_a_prime_fills_the_line_once_before_anything_else_flows() -> None:
    driven = Driven(with_boluses(**LINE), 60, 0)
    assert driven.order("prime") is None
    driven.run_to(DAY)
    seconds = 200_000 * HOUR // 10_000_000
    assert entries(driven) == [
        (0, "prime", "begun", 200_000, seconds),
        (seconds, "prime", "given", 200_000, seconds),
    ]
    assert driven.controller.rates[0] == (0, 10_000_000, 0)
    assert driven.controller.rates[-1] == (seconds, 10_000, 10_000)
    assert delivered_nl(driven, 0, seconds) == 200_000
    assert driven.active == set()
    words = "prime: the line was filled already; more of it would reach the tip"
    assert driven.order("prime") == words


def test_a_prime_does_not_count_against_the_limit_of_24_hours() -> None:
    fields = with_boluses(drugs=[["x", 1000, 0, 300, 0]], **LINE)
    driven = Driven(fields, 60, 0)
    driven.order("prime")
    driven.run_to(HOUR)
    assert driven.controller.window.given_nl < 10_000 + 200
    driven.run_to(2 * DAY)
    assert driven.active == set()


def test_once_anything_has_flowed_the_line_is_full_and_is_not_primed() -> None:
    words = "prime: before anything else flows"
    driven = Driven(with_boluses(**LINE), 60, 0)
    driven.run_to(HOUR)
    assert driven.order("prime") == words
    stopped = with_boluses(mode="stopped", steps=[[0, 0]], **LINE)
    driven.order("stop_now")
    assert driven.order("change", Program(stopped)) is None
    assert driven.order("restart") is None
    driven.run_to(2 * HOUR)
    assert driven.controller.rate_nl_h == 0
    assert driven.order("prime") == words


def test_with_a_program_of_mode_stopped_the_line_is_primed_whenever_one_likes() -> None:
    fields = with_boluses(mode="stopped", steps=[[0, 0]], **LINE)
    driven = Driven(fields, 60, 0)
    driven.run_to(DAY)
    assert driven.order("prime") is None
    assert driven.order("prime") == (
        "prime: the line was filled already; more of it would reach the tip"
    )
    driven.run_to(2 * DAY)
    assert driven.made == 200_000_000 // 31_250


def test_an_interrupted_prime_is_not_given_again() -> None:
    driven = Driven(with_boluses(**LINE), 60, 0)
    driven.order("prime")
    driven.run_to(30)
    driven.order("stop_now")
    driven.order("restart")
    assert "already" in str(driven.order("prime"))
    assert driven.active == {"BOLUS_INTERRUPTED"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "prime: tubing_nl and catheter_nl are 0"),
        (
            {**LINE, "bolus_max_nl": 0, "bolus_day_max": 0, "demand": []},
            "prime: takes more than 6 h; allow boluses with a max_bolus_flow_nl_h",
        ),
        ({**LINE, "volume_nl": 699_999}, "prime: more than the reservoir holds"),
    ],
)
def test_a_prime_that_cannot_be_is_refused(changes: dict[str, Any], words: str) -> None:
    driven = Driven(with_boluses(**changes), 60, 0)
    assert driven.order("prime") == words


def test_a_prime_of_just_what_the_reservoir_holds_and_of_just_6_hours_is_given() -> None:
    assert Driven(with_boluses(**LINE, volume_nl=700_000), 60, 0).order("prime") is None
    slow = {"bolus_max_nl": 0, "bolus_day_max": 0, "demand": [], "tubing_nl": 60_000}
    assert Driven(with_boluses(**slow), 60, 0).order("prime") is None
    slow["tubing_nl"] = 60_001
    assert "more than 6 h" in str(Driven(with_boluses(**slow), 60, 0).order("prime"))


def test_while_the_line_is_filled_no_bolus_begins() -> None:
    driven = Driven(with_boluses(**LINE), 1, 0)
    driven.order("prime")
    assert driven.order("give_bolus", 1_000, 60) == "bolus: another one is under way"
    begun_before = entries(driven)
    assert driven.controller.bolus.kind == bo.PRIME
    assert entries(driven) == begun_before


def test_no_prime_begins_while_a_bolus_is_under_way() -> None:
    driven = Driven(with_boluses(mode="stopped", steps=[[0, 0]], **LINE), 60, 0)
    driven.controller.bolus.begin(bo.SINGLE, 0, 1_000, 60, True)
    assert driven.controller.prime(0) == "prime: a bolus is under way"


# -- screening ------------------------------------------------------------------------------------
def test_the_screening_sequence_is_given_stage_by_stage() -> None:
    driven = Driven(SCREENING, 60, 0)
    for stage, volume_nl in enumerate((1_000_000, 1_500_000, 2_000_000)):
        start_s = driven.controller.front_s
        assert driven.order("screen") is None
        assert driven.controller.screening.stage == stage + 1
        driven.run_to(start_s + 4 * HOUR)
        assert entries(driven)[-1] == (start_s + 60, "screening", "given", volume_nl, 60)
        assert "response" in str(driven.order("screen"))
        driven.controller.screening.respond(driven.now_s, False, 0)
        driven.run_to(start_s + DAY - 61)
        if stage < 2:
            assert "24 h after the last bolus" in str(driven.order("screen"))
        driven.run_to(start_s + DAY - 60)
    assert "the sequence is over" in str(driven.order("screen"))
    assert driven.active == {"REFILL_DUE"}


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [({}, 60), ({"bolus_min_s": 600}, 600), ({"max_bolus_flow_nl_h": 2_000_000}, 1800)],
)
def test_a_screening_bolus_takes_a_minute_or_as_long_as_the_flow_asks_for(
    changes: dict[str, Any], seconds: int
) -> None:
    driven = Driven({**SCREENING, **changes}, 60, 0)
    driven.order("screen")
    assert entries(driven)[0] == (0, "screening", "begun", 1_000_000, seconds)


def test_screening_programs_give_no_other_bolus_and_others_no_screening() -> None:
    driven = Driven(SCREENING, 60, 0)
    assert driven.order("give_bolus", 1_000, 60) == (
        "bolus: while screening only the sequence's own; use screen"
    )
    assert under_way(with_boluses()).order("screen") == "screen: no screening program runs"


@pytest.mark.parametrize(("volume_nl", "refused"), [(1_499_999, True), (1_500_000, False)])
def test_a_screening_bolus_must_be_in_the_reservoir(volume_nl: int, refused: bool) -> None:
    driven = Driven({**SCREENING, "volume_nl": volume_nl}, 60, 0)
    words = driven.order("screen")
    assert words == ("screen: more than the reservoir holds" if refused else None)


def test_an_interrupted_screening_bolus_is_given_again_a_day_later() -> None:
    driven = Driven(SCREENING, 60, 0)
    driven.order("screen")
    driven.run_to(30)
    driven.order("stop_now")
    assert driven.controller.screening.stage == 0
    driven.order("restart")
    assert "24 h after" in str(driven.order("screen"))
    driven.run_to(DAY)
    assert driven.order("screen") is None
    assert driven.controller.screening.stage == 1


def test_a_stop_within_the_margin_of_its_end_still_interrupts_a_screening_bolus() -> None:
    driven = Driven(SCREENING, 2880, 720)
    driven.order("screen")
    start_s = driven.controller.bolus.start_s
    driven.run_to(start_s + 30)
    driven.order("stop_now")
    assert driven.controller.screening.stage == 0
    assert "BOLUS_INTERRUPTED" in driven.active


def test_no_screening_bolus_begins_while_the_line_is_filled() -> None:
    driven = Driven({**SCREENING, **LINE, "volume_nl": 9_000_000}, 1, 0)
    driven.order("prime")
    assert driven.order("screen") == "screen: another bolus is under way"
    driven.run_to(HOUR)
    assert driven.order("screen") is None


def test_no_screening_bolus_begins_while_a_refill_is_under_way() -> None:
    driven = Driven(SCREENING, 60, 0)
    driven.controller.open_refill()
    driven.order("withdraw", 9_000_000, driven.made, True)
    assert driven.order("screen") == "screen: a refill is under way"


# -- the limit of 24 hours as it runs -------------------------------------------------------------
def test_the_hold_gives_what_leaves_the_window_and_no_more() -> None:
    """A flex program that was changed by hand to one that does not fit: it is held, alarmed."""
    driven = under_way(with_boluses(drugs=[["x", 1000, 0, 240, 0]]), 2 * DAY)
    c = driven.controller
    assert c.window.limit_nl == 240_000
    c.bolus.begin(bo.SINGLE, c.front_s, 50_000, 1800, True)
    start_s = c.front_s
    driven.run_to(start_s + 600)
    assert driven.active == {"DOSE_LIMIT"}
    assert c.rate_nl_h == 10_000  # what leaves is what it gave a day ago
    driven.run_to(start_s + 1800)
    assert driven.active == {"DOSE_LIMIT", "BOLUS_INTERRUPTED"}
    assert entries(driven)[1][2:4] == ("interrupted", 0)
    driven.run_to(start_s + 2 * HOUR)
    assert driven.active == {"BOLUS_INTERRUPTED"}


@requirement("R5.2.0(5)", "I3")
def test_no_24_hours_ever_hold_more_than_the_limit() -> None:
    fields = with_boluses(drugs=[["x", 1000, 0, 300, 0]], periodic=[[5 * HOUR, 20_000, 600]])
    driven = under_way(fields, DAY)
    for step in range(200):
        driven.run_to(DAY + step * 1500)
        driven.order("give_bolus", 1_000 + step * 37 % 30_000, 60 + step * 91 % 3000)
    driven.run_to(6 * DAY)
    seen = Window(10**9)
    for start_s, seconds, rate, _ in driven.packets:
        seen.reach(start_s)
        seen.give(rate, seconds)
        assert seen.given_nl <= 300_000


# -- between the end of a bolus and what is planned next ------------------------------------------
def test_the_lock_out_holds_in_the_second_a_periodic_bolus_ends() -> None:
    driven = Driven(with_boluses(periodic=[[2 * HOUR, 5_000, 300]]), 1, 0)
    driven.run_to(2 * HOUR + 299)
    assert driven.controller.front_s == driven.controller.bolus.end_s == 2 * HOUR + 300
    assert "600 s after the last one" in str(driven.order("give_bolus", 1_000, 60))


def test_a_call_that_comes_late_within_a_bolus_leaves_the_rest_of_it() -> None:
    driven = Driven(with_boluses(), 60, 0)
    driven.run_to(T)
    start_s = begun(driven, 60_000, HOUR)
    driven.run_to(start_s + 590)
    driven.now_s = start_s + 1200
    driven.call()
    driven.run_to(start_s + 2 * HOUR)
    assert entries(driven)[1] == (start_s + HOUR, "single", "interrupted", 50_000, HOUR)
    assert driven.active == {"LOOP_LATE", "BOLUS_INTERRUPTED"}


def test_the_lock_out_runs_from_the_cut_also_where_all_of_a_bolus_was_planned() -> None:
    driven = Driven(with_boluses(), 2880, 720)
    driven.run_to(T)
    start_s = begun(driven, 5_000, 300)
    driven.run_to(start_s + 100)
    assert driven.controller.bolus.kind == bo.NONE
    driven.order("stop_now")
    assert driven.controller._gap_from_s == start_s + 100

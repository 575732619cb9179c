"""How far a dose may go next: exact to the pg, at each limit of the monograph's titration.

Not refused here, by design: a rise below 5 or 10 %, a holiday shorter than 2 weeks, and whatever
an operator overrides with a reason, which is for the caller to ask for and to log.
"""

from itertools import pairwise
from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, program
from hypothesis import given
from hypothesis import strategies as st

from pump.course import Course
from pump.program import Program
from pump.units import NEVER_S

WEEK = 7 * DAY
U = " - USP DI monograph; or override with a reason"
FIRST_DAY = "dose: no rise in the first 24 h" + U
ONCE = "dose: one rise in 24 h" + U


def giving(nl: int, *drugs: list[Any], **changes: Any) -> Program:
    """A program of `nl` a day; 1 ug/mL of water unless told: each nL a pg."""
    rate, more_nl = divmod(nl, 24)
    steps = [[0, rate], [(24 - more_nl) * HOUR, rate + 1]] if more_nl else [[0, rate]]
    known = [*drugs] or [["water", 1, 0, 1_000, 0]]
    return Program(program(steps=steps, drugs=known, **changes))


def without(mode: str, *drugs: list[Any]) -> Program:
    """A program that is no therapy."""
    known = [*drugs] or [["water", 1, 0, 1_000, 0]]
    rate = {"minimum": 250, "stopped": 0, "screening": 0}[mode]
    return Program(program(mode=mode, steps=[[0, rate]], drugs=known))


def after(*begun: tuple[int, Program]) -> Course:
    course = Course()
    for t_s, p in begun:
        course.begin(t_s, p)
    return course


def test_the_programs_of_these_tests_are_exact() -> None:
    for nl in (24, 100_000, 100_001, 130_023):
        assert giving(nl).doses_pg() == [["water", nl]]


# -- rises ----------------------------------------------------------------------------------------


def test_row_first_24_h_no_increase() -> None:
    course = after((500, giving(100_000)))
    for t_s in (500, 500 + DAY - 1):
        assert course.rise_refusal(giving(100_001), t_s, False) == FIRST_DAY
        assert course.rise_refusal(giving(100_000), t_s, False) is None
        assert course.rise_refusal(giving(99_999), t_s, False) is None
    for t_s in (500 + DAY, 500 + DAY + 1):
        assert course.rise_refusal(giving(100_001), t_s, False) is None


def test_row_titration_once_every_24_h() -> None:
    course = after((0, giving(100_000)), (2 * DAY, giving(110_000)))
    for t_s in (2 * DAY, 3 * DAY - 1):
        assert course.rise_refusal(giving(110_001), t_s, False) == ONCE
        assert course.rise_refusal(giving(110_000), t_s, False) is None
    for t_s in (3 * DAY, 3 * DAY + 1):
        assert course.rise_refusal(giving(110_001), t_s, False) is None


def test_the_smallest_rise_of_the_smallest_dose_is_one() -> None:
    course = after((0, giving(1)))
    assert course.rise_refusal(giving(2), DAY - 1, False) == FIRST_DAY
    assert course.rise_refusal(giving(2), DAY, False) is not None


def test_a_fall_does_not_begin_the_24_h_anew() -> None:
    course = after((0, giving(100_000)), (2 * DAY, giving(99_999)))
    assert course.raised_s == -DAY
    assert course.rise_refusal(giving(100_000), 2 * DAY + 1, False) is None
    course.begin(2 * DAY + 2, giving(99_999))
    assert course.raised_s == -DAY
    course.begin(2 * DAY + 2, giving(100_000))
    assert course.raised_s == 2 * DAY + 2


ROWS = [
    ("spinal", "rise_permille", False, 300),
    ("cerebral", "rise_permille", False, 150),
    ("spinal", "refill_rise_permille", True, 400),
    ("cerebral", "refill_rise_permille", True, 200),
    ("other", "rise_permille", False, 10),
    ("other", "refill_rise_permille", True, 1_000),
]


@pytest.mark.parametrize(("origin", "field", "at_refill", "most"), ROWS)
@pytest.mark.parametrize("old", [100_000, 99_999, 10_007])
def test_row_titration_and_refill_steps(
    origin: str, field: str, at_refill: bool, most: int, old: int
) -> None:
    course = after((0, giving(old)))
    limit = old * (1000 + most) // 1000
    other = {"rise_permille": 1_000, "refill_rise_permille": 1_000, field: most}
    for nl, allowed in ((limit - 1, True), (limit, True), (limit + 1, False)):
        p = giving(nl, indication=origin, **other)
        assert course.rise_refusal(p, DAY, at_refill) == (
            None if allowed else f"dose: water rises by more than {field} {most}{U}"
        )


def test_the_step_of_the_other_occasion_does_not_count() -> None:
    course = after((0, giving(100_000)))
    steps = {"rise_permille": 100, "refill_rise_permille": 400}
    assert course.rise_refusal(giving(140_000, **steps), DAY, True) is None
    assert course.rise_refusal(giving(140_000, **steps), DAY, False) is not None
    assert course.rise_refusal(giving(110_000, **steps), DAY, False) is None


def test_what_an_operator_overrides_is_a_rise_like_any_other() -> None:
    course = after((0, giving(100_000)), (HOUR, giving(200_000)))
    assert course.raised_s == HOUR
    assert course.rise_refusal(giving(200_001), DAY, False) == ONCE
    assert course.rise_refusal(giving(200_001), DAY + HOUR, False) is None


def test_each_drug_in_both_programs_counts() -> None:
    def mixed(a: int, b: int) -> Program:
        return giving(24_000, ["a", a, 0, 1_000, 0], ["b", b, 0, 1_000, 0])

    course = after((0, mixed(1_000, 1_000)))
    assert course.rise_refusal(mixed(1_300, 1_300), DAY, False) is None
    assert course.rise_refusal(mixed(1_301, 1_000), DAY, False) == (
        f"dose: a rises by more than rise_permille 300{U}"
    )
    assert course.rise_refusal(mixed(500, 1_301), DAY, False) == (
        f"dose: b rises by more than rise_permille 300{U}"
    )
    assert course.rise_refusal(mixed(500, 1_001), DAY - 1, False) == FIRST_DAY
    course.begin(DAY, mixed(500, 1_001))
    assert course.raised_s == DAY


def test_a_drug_that_is_new_in_the_solution_is_no_rise() -> None:
    course = after((0, giving(24_000, ["a", 100, 0, 1_000, 0])))
    p = giving(24_000, ["b", 2_000, 0, 1_000, 0], ["a", 100, 0, 1_000, 0])
    assert course.rise_refusal(p, 1, True) is None
    course.begin(1, p)
    assert course.raised_s == -DAY


def test_nothing_was_given_yet() -> None:
    for course in (Course(), after((0, without("stopped"))), after((0, without("minimum")))):
        assert course.rise_refusal(giving(100_000), 1, False) is None
        assert course.rise_refusal(giving(100_000), 1, True) is None
    assert Course().dose_pg("water") == 0
    assert Course().dose_a_week_ago_pg("water", 0) == 0


@pytest.mark.parametrize("mode", ["minimum", "stopped", "screening"])
def test_what_is_no_therapy_never_rises(mode: str) -> None:
    course = after((0, giving(24)))
    assert course.rise_refusal(without(mode), 1, False) is None


@pytest.mark.parametrize("mode", ["minimum", "stopped", "screening"])
def test_the_first_24_h_begin_with_the_first_therapy(mode: str) -> None:
    course = after((0, without(mode)))
    assert course.started_s == NEVER_S
    course.begin(5 * DAY, giving(100_000))
    assert (course.started_s, course.raised_s) == (5 * DAY, -DAY)
    assert course.initial == [["water", 100_000]]
    assert course.rise_refusal(giving(100_001), 6 * DAY - 1, False) == FIRST_DAY
    assert course.rise_refusal(giving(100_001), 6 * DAY, False) is None
    course.begin(6 * DAY, giving(100_001))
    assert (course.started_s, course.raised_s) == (5 * DAY, 6 * DAY)
    assert course.initial == [["water", 100_000]]


# -- after a holiday ------------------------------------------------------------------------------


def holiday(*drugs: list[Any]) -> Course:
    course = after((0, giving(100_000, *drugs)), (2 * DAY, giving(120_000, *drugs)))
    course.after_holiday = True
    return course


HOLIDAY = "dose: after a holiday at most the initial continuous dose" + U


def test_row_drug_holiday_restarts_at_the_initial_continuous_dose() -> None:
    course = holiday()
    for t_s in (2 * DAY + 1, 30 * DAY):
        for at_refill in (False, True):
            assert course.rise_refusal(giving(99_999), t_s, at_refill) is None
            assert course.rise_refusal(giving(100_000), t_s, at_refill) is None
            assert course.rise_refusal(giving(100_001), t_s, at_refill) == HOLIDAY


def test_after_a_holiday_no_other_drug_begins() -> None:
    course = holiday(["a", 1, 0, 1_000, 0])
    assert course.rise_refusal(giving(24, ["a", 1, 0, 9, 0]), 30 * DAY, False) is None
    assert course.rise_refusal(giving(24, ["b", 1, 0, 9, 0]), 30 * DAY, False) == HOLIDAY
    both = giving(24, ["a", 1, 0, 9, 0], ["b", 1, 0, 9, 0])
    assert course.rise_refusal(both, 30 * DAY, False) == HOLIDAY


@pytest.mark.parametrize("mode", ["minimum", "stopped"])
def test_a_holiday_ends_with_therapy_only(mode: str) -> None:
    course = holiday()
    course.begin(29 * DAY, without(mode))
    assert course.after_holiday
    course.begin(30 * DAY, giving(100_000))
    assert not course.after_holiday
    assert course.rise_refusal(giving(120_000), 40 * DAY, False) is None


# -- falls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("drop", [10, 100, 200, 500])
@pytest.mark.parametrize("old", [100_000, 99_999])
def test_row_side_effects_a_fall_within_the_largest_daily_reduction(drop: int, old: int) -> None:
    running = giving(old, max_drop_permille=drop)
    least = -(-old * (1000 - drop) // 1000)
    cap = running.reference_nl_h
    for nl, allowed in ((least - 1, False), (least, True), (least + 1, True), (10**6, True)):
        refused = after().fall_refusal(giving(nl, max_drop_permille=500), cap, running)
        assert refused == (
            None if allowed else f"dose: water falls by more than {drop} permille; taper first"
        )


def test_under_a_cap_a_fall_is_held_against_what_is_delivered() -> None:
    # Half of 24,000 nL, and of that 80 %.
    running = giving(24_000)
    course = Course()
    for cap, least in ((500, 9_600), (999, 19_181), (1_000, 19_200), (1_001, 19_200), (0, 24)):
        assert course.fall_refusal(giving(least), cap, running) is None
        if cap:
            assert course.fall_refusal(giving(least - 1), cap, running) is not None


def test_each_drug_that_stays_in_the_solution_counts() -> None:
    def mixed(a: int, b: int) -> Program:
        return giving(24_000, ["a", a, 0, 1_000, 0], ["b", b, 0, 1_000, 0])

    course, running = Course(), mixed(1_000, 1_000)
    assert course.fall_refusal(mixed(800, 800), 1_000, running) is None
    for p, drug in ((mixed(799, 1_000), "a"), (mixed(1_000, 799), "b"), (mixed(799, 799), "a")):
        assert course.fall_refusal(p, 1_000, running) == (
            f"dose: {drug} falls by more than 200 permille; taper first"
        )


def test_row_abrupt_stop_a_solution_without_its_baclofen_is_one() -> None:
    def solution(*names: str) -> Program:
        return giving(24_000, *[[name, 1_000, 0, 1_000, 0] for name in names])

    course = Course()
    running = solution("morphine", "baclofen")
    assert course.fall_refusal(solution("morphine"), 1_000, running) == (
        "dose: baclofen falls by more than 200 permille; taper first"
    )
    assert course.fall_refusal(solution("baclofen"), 1_000, running) is None
    assert course.fall_refusal(solution("baclofen", "other"), 1_000, running) is None
    assert course.fall_refusal(solution("other"), 1_000, solution("morphine")) is None


@pytest.mark.parametrize("mode", ["stopped", "minimum", "screening"])
@pytest.mark.parametrize("drug", ["baclofen", "morphine"])
def test_row_abrupt_stop_a_program_without_therapy_is_one_too(mode: str, drug: str) -> None:
    row = [drug, 1_000, 0, 1_000, 0]
    running = giving(24_000 * 3, row)
    assert Course().fall_refusal(without(mode, row), 3_000, running) == (
        f"dose: {drug} falls by more than 200 permille; taper first"
    )


def test_from_a_program_without_flow_nothing_falls() -> None:
    for mode in ("stopped", "screening"):
        running = without(mode)
        for cap in (0, 1, 10**9):
            for p in (without("stopped"), giving(24)):
                assert Course().fall_refusal(p, cap, running) is None


def test_periodic_boluses_count_in_what_falls() -> None:
    running = Program(continuous(1_000, periodic=[[0, 6_000, HOUR]]))
    assert running.reference_nl_h == 1_250
    for nl, allowed in ((24_000, True), (23_999, False)):
        refused = Course().fall_refusal(giving(nl), 1_250, running)
        assert (refused is None) == allowed


# -- what is remembered ---------------------------------------------------------------------------


def test_the_dose_is_that_of_the_latest_program() -> None:
    course = after((0, giving(100)), (9, giving(200)), (10, giving(150)))
    assert course.dose_pg("water") == 150
    assert course.dose_pg("other") == 0
    course.begin(11, without("stopped"))
    assert course.dose_pg("water") == 0


def test_the_dose_of_a_week_ago_is_found_to_the_second() -> None:
    course = after((0, giving(100)), (DAY, giving(200)), (3 * DAY, giving(150)))
    for t_s, nl in (
        (0, 100),
        (WEEK, 100),
        (WEEK + DAY - 1, 100),
        (WEEK + DAY, 200),
        (WEEK + DAY + 1, 200),
        (WEEK + 3 * DAY - 1, 200),
        (WEEK + 3 * DAY, 150),
        (100 * DAY, 150),
    ):
        assert course.dose_a_week_ago_pg("water", t_s) == nl
        assert course.dose_a_week_ago_pg("other", t_s) == 0


def test_what_held_a_week_ago_is_kept_and_what_ended_before_is_not() -> None:
    course = after((0, giving(100)), (DAY, giving(200)), (WEEK + DAY - 1, giving(300)))
    assert [t_s for t_s, _ in course.log] == [0, DAY, WEEK + DAY - 1]
    course = after((0, giving(100)), (DAY, giving(200)), (WEEK + DAY, giving(300)))
    assert [t_s for t_s, _ in course.log] == [DAY, WEEK + DAY]
    course.begin(100 * DAY, giving(400))
    assert [t_s for t_s, _ in course.log] == [WEEK + DAY, 100 * DAY]


def test_no_more_than_12_programs_are_remembered() -> None:
    course = after(*[(i, giving(100 + i)) for i in range(12)])
    assert [t_s for t_s, _ in course.log] == list(range(12))
    course.begin(12, giving(200))
    assert [t_s for t_s, _ in course.log] == list(range(1, 13))
    assert course.dose_pg("water") == 200


def test_it_outlives_a_reset() -> None:
    fresh = Course()
    assert fresh.snapshot() == [NEVER_S, -DAY, [], 0, []]
    course = holiday()
    state = course.snapshot()
    assert state == [
        0,
        2 * DAY,
        [["water", 100_000]],
        1,
        [[0, [["water", 100_000]]], [2 * DAY, [["water", 120_000]]]],
    ]
    other = Course()
    other.restore(state)
    assert other.snapshot() == state
    assert other.after_holiday is True
    state[3] = 0
    other.restore(state)
    assert other.after_holiday is False
    assert other.rise_refusal(giving(120_000), 4 * DAY, False) is None
    other.restore([*fresh.snapshot()[:3], 1, []])
    assert other.after_holiday is True
    state[3] = 1
    other.restore(state)
    assert other.rise_refusal(giving(100_001), 3 * DAY, False) == HOLIDAY


@given(
    st.lists(
        st.tuples(st.integers(1, 2 * DAY), st.integers(1, 60_000), st.booleans()), max_size=25
    )
)
def test_what_is_not_refused_never_rises_twice_in_24_h_nor_by_more_than_allowed(
    wanted: list[tuple[int, int, bool]],
) -> None:
    course, t_s, doses = after((0, giving(24_000))), 0, [(0, 24_000)]
    for wait_s, nl, at_refill in wanted:
        t_s += wait_s
        if course.rise_refusal(giving(nl), t_s, at_refill):
            continue
        old = doses[-1][1]
        assert nl * 1000 <= old * (1400 if at_refill else 1300)
        course.begin(t_s, giving(nl))
        doses.append((t_s, nl))
    rises = [new_s for (_, old), (new_s, nl) in pairwise(doses) if nl > old]
    assert all(b - a >= DAY for a, b in pairwise([0, *rises]))


def test_the_slowest_flow_under_a_cap_of_its_own_falls_like_any_other() -> None:
    def flowing(conc_ug_ml: int) -> Program:
        return giving(24, ["x", conc_ug_ml, 0, 1_000, 0])

    running = flowing(10)
    assert running.reference_nl_h == 1
    assert Course().fall_refusal(flowing(8), 1, running) is None
    assert Course().fall_refusal(flowing(7), 1, running) is not None


def test_a_drug_that_is_left_out_does_not_hide_the_fall_of_the_next() -> None:
    running = giving(24_000, ["a", 1_000, 0, 1_000, 0], ["b", 1_000, 0, 1_000, 0])
    for conc, allowed in ((800, True), (799, False)):
        less = giving(24_000, ["b", conc, 0, 1_000, 0])
        assert (Course().fall_refusal(less, 1_000, running) is None) == allowed

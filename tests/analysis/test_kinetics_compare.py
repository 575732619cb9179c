"""Stopping at once beside what the pump did: from when, and what comes out."""

import numpy as np
import pytest
from synthetic import DAY, DEMO, DEMO_EVENTS, HOUR, MORPHINE, alarm, demo_run, program, run_of

from pumprig.analysis import Ideal
from pumprig.analysis.kinetics import Course, Model
from pumprig.analysis.kinetics_compare import (
    Comparison,
    compare,
    duration,
    fallen_after_s,
    lines,
    moment_of_stop,
    worst_withdrawal,
)
from pumprig.analysis.kinetics_dosing import infusion
from pumprig.rig.record import Run

GUARD_S = 17 * DAY + 4 * HOUR


@pytest.fixture(scope="module")
def demo() -> Comparison:
    return compared(demo_run(DEMO_EVENTS))


def compared(run: Run) -> Comparison:
    comparison = compare(run)
    assert comparison is not None
    return comparison


def short_run(days: int) -> Run:
    return run_of(Ideal(DEMO, [], days * DAY), DEMO)


def test_the_stop_is_where_the_guard_first_engaged() -> None:
    again = [*DEMO_EVENTS, alarm(29 * DAY, "TAPER_GUARD", "high", "raised")]
    assert moment_of_stop(again) == (GUARD_S, "guard engaged")


def test_without_a_guard_the_stop_is_at_the_last_low_alarm() -> None:
    events = [
        alarm(3 * DAY, "LOW_RESERVOIR", "medium", "raised"),
        alarm(4 * DAY, "LOW_RESERVOIR", "medium", "cleared"),
        alarm(9 * DAY, "LOW_RESERVOIR", "medium", "raised"),
        alarm(10 * DAY, "LOW_RESERVOIR", "medium", "acknowledged"),
    ]
    assert moment_of_stop(events) == (9 * DAY, "last low-reservoir alarm")


def test_without_either_the_stop_is_at_the_end_of_the_first_day() -> None:
    other = [alarm(HOUR, "REFILL_DUE", "low", "raised")]
    assert moment_of_stop(other) == (DAY, "end of the first day")


@pytest.mark.parametrize(("days", "compares"), [(1, False), (2, True)])
def test_a_run_that_ends_by_the_moment_has_nothing_to_compare(days: int, compares: bool) -> None:
    comparison = compared(short_run(days))
    assert (comparison.stop is not None) is compares
    assert bool(lines(comparison)) is compares


def test_another_drug_is_not_compared() -> None:
    other = program(drugs=MORPHINE)
    assert compare(run_of(Ideal(other, [], DAY), other)) is None


def test_until_the_stop_both_courses_are_the_same(demo: Comparison) -> None:
    assert demo.stop is not None
    pump, stop = demo.pump.nominal, demo.stop.nominal
    before = stop.t_s[stop.t_s <= GUARD_S]
    there = np.interp(before, stop.t_s, stop.csf)
    assert np.interp(before, pump.t_s, pump.csf) == pytest.approx(there)


def test_the_taper_keeps_withdrawal_far_below_a_stop_whatever_the_parameters(
    demo: Comparison,
) -> None:
    assert demo.stop is not None
    both = zip(demo.pump.others, demo.stop.others, strict=True)
    for pump, stop in both:
        gentle, late_s = worst_withdrawal(pump, GUARD_S)
        harsh, soon_s = worst_withdrawal(stop, GUARD_S)
        assert harsh > 3 * gentle
        assert late_s > 2 * soon_s


def test_the_table_reads_from_the_stop_on(demo: Comparison) -> None:
    rows = {line.label: (line.pump, line.stop) for line in lines(demo)}
    assert rows["CSF concentration falls to a tenth after"] == ("not in this run", "5 h")
    assert rows["Effect falls to half after"][1] == "21 h"
    assert rows["Highest withdrawal index (band)"][1].startswith("0.59 (0.3")
    assert rows["Highest withdrawal index after"] == ("10.4 d", "46 h")


def test_a_course_without_withdrawal_says_none_and_one_that_still_rises_says_so() -> None:
    last = {line.label: line for line in lines(compared(short_run(2)))}
    assert last["Highest withdrawal index after"].pump == "none"
    assert last["Highest withdrawal index after"].stop == "24 h, the end of the run"


def test_a_fall_is_found_between_two_instants() -> None:
    t_s = np.array([0.0, 3600.0, 7200.0])
    falling = np.array([100.0, 60.0, 20.0])
    course = Course(t_s, falling, falling, falling)
    assert fallen_after_s(course, "csf", 0.5, 0) == pytest.approx(4500)
    assert fallen_after_s(course, "csf", 0.5, 1800) == pytest.approx(
        3600
    )  # 80 at 1800, 40 at 5400
    assert fallen_after_s(course, "csf", 0.1, 0) is None


def test_what_was_never_there_does_not_fall() -> None:
    assert fallen_after_s(Model().course(infusion(0, 2)), "csf", 0.5, HOUR) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(HOUR, "1 h"), (2 * DAY - 1, "48 h"), (2 * DAY, "2.0 d")]
)
def test_times_are_written_no_finer_than_the_model_deserves(seconds: int, words: str) -> None:
    assert duration(seconds) == words

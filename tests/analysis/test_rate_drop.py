"""The largest fall of the planned rate within a day, and what it leaves out."""

import pytest
from synthetic import DAY, DEMO_EVENTS, HOUR, alarm, demo_run

from pumprig.analysis.piecewise import PiecewiseConstant
from pumprig.analysis.rate_drop import rate_drop_max_per_day
from pumprig.rig.record import Event, RateChange

END = 10 * DAY
MINIMUM = 250


def drop(*rates: tuple[int, int], events: list[Event] | None = None) -> float | None:
    changes = [RateChange(t_s, rate, rate) for t_s, rate in rates]
    return rate_drop_max_per_day(changes, events or [], MINIMUM, END)


def test_the_demo_stays_within_its_daily_reduction() -> None:
    run = demo_run(DEMO_EVENTS)
    found = rate_drop_max_per_day(run.rates, run.events, MINIMUM, 30 * DAY)
    assert found is not None
    assert 0.19 < found <= 0.20


def test_a_flex_day_is_compared_with_the_same_time_of_the_day_before() -> None:
    day = [(d * DAY + h * HOUR, r) for d in range(10) for h, r in ((4, 7_500), (20, 16_000))]
    assert drop((0, 16_000), *day) == 0


def test_a_fall_is_found_at_the_change_itself() -> None:
    assert drop((0, 1000), (3 * DAY + 5, 700)) == pytest.approx(0.3)


def test_a_short_rise_shows_as_a_fall_one_day_after_it() -> None:
    assert drop((0, 1000), (3 * DAY, 2000), (3 * DAY + 60, 1000)) == 0.5


def test_the_first_day_has_nothing_to_be_compared_with() -> None:
    changes = [RateChange(0, 1000, 1000), RateChange(HOUR, 100, 100)]
    assert rate_drop_max_per_day(changes, [], MINIMUM, DAY) is None
    assert rate_drop_max_per_day([], [], MINIMUM, END) is None
    assert rate_drop_max_per_day(changes, [], MINIMUM, DAY + 1) == pytest.approx(0.9)


def test_an_unexplained_stop_is_a_fall_of_all() -> None:
    assert drop((0, 1000), (3 * DAY, 0)) == 1


@pytest.mark.parametrize("offset_s", [-1, 0, 1])
@pytest.mark.parametrize(
    ("kind", "name"),
    [("command", "emergency_stop"), ("command", "estop"), ("alarm", "STEP_FAULT")],
)
def test_a_hard_stop_is_left_out_until_flow_begins_again(
    kind: str, name: str, offset_s: int
) -> None:
    stop = Event(3 * DAY + offset_s, kind, name, "", "raised", "")
    assert drop((0, 1000), (3 * DAY, 0), events=[stop]) == 0
    assert drop((0, 1000), (3 * DAY, 0), (3 * DAY + HOUR, 400), events=[stop]) == 0.6


def test_an_emergency_stop_excuses_no_other_stop() -> None:
    stop = Event(3 * DAY + 2, "command", "emergency_stop", "", "", "")
    assert drop((0, 1000), (3 * DAY, 0), events=[stop]) == 1


def test_an_emergency_stop_that_was_refused_excuses_nothing() -> None:
    refused = Event(3 * DAY, "note", "emergency_stop", "", "", "refused")
    assert drop((0, 1000), (3 * DAY, 0), events=[refused]) == 1


def test_a_step_fault_that_clears_excuses_nothing() -> None:
    cleared = alarm(3 * DAY, "STEP_FAULT", "high", "cleared")
    assert drop((0, 1000), (3 * DAY, 0), events=[cleared]) == 1


@pytest.mark.parametrize(("last_rate", "expected"), [(249, 1), (250, 0), (251, 1)])
def test_only_the_end_of_delivery_at_the_minimum_rate_is_left_out(
    last_rate: int, expected: int
) -> None:
    assert drop((0, last_rate), (3 * DAY, 0)) == expected


def test_a_bolus_is_no_part_of_it() -> None:
    changes = [
        RateChange(0, 1000, 1000),
        RateChange(2 * DAY, 9000, 1000),  # on top of basal
        RateChange(2 * DAY + 60, 1000, 1000),
        RateChange(3 * DAY, 100, 1000),  # in its place
        RateChange(3 * DAY + 60, 1000, 1000),
    ]
    assert rate_drop_max_per_day(changes, [], MINIMUM, END) == 0


def test_what_the_program_asks_for_is_no_fall_where_it_is_given() -> None:
    changes = [RateChange(0, 1000, 1000), RateChange(3 * DAY, 500, 500)]
    asked = PiecewiseConstant([(0, 1000), (3 * DAY, 500)])
    assert rate_drop_max_per_day(changes, [], MINIMUM, END, asked) is None
    assert rate_drop_max_per_day(changes, [], MINIMUM, END) == 0.5
    more = PiecewiseConstant([(0, 1000), (3 * DAY, 501)])
    assert rate_drop_max_per_day(changes, [], MINIMUM, END, more) == 0.5

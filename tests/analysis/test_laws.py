"""The checker of the invariants on the rate: what it finds, at the boundary, what it excuses."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, program, with_boluses

from pumprig.analysis.laws import broken_laws
from pumprig.analysis.piecewise import PiecewiseConstant
from pumprig.rig.record import Event

FIELDS = continuous(10_000)
END = 4 * DAY


def basal(*rates: tuple[int, int]) -> list[tuple[int, int, int]]:
    return [(t_s, rate, rate) for t_s, rate in rates]


def broken(*rates: tuple[int, int], fields: dict[str, Any] = FIELDS, **more: Any) -> list[str]:
    return broken_laws(fields, basal(*rates), more.pop("events", []), END, **more)


def test_a_delivery_as_programmed_breaks_nothing() -> None:
    assert broken((0, 10_000)) == []
    flex = program()
    days = [(d * DAY + h * HOUR, r) for d in range(4) for h, r in ((4, 7_500), (20, 16_000))]
    assert broken((0, 16_000), *days, fields=flex) == []


@pytest.mark.parametrize(("rate", "lines"), [(7_999, 1), (8_000, 0), (8_001, 0)])
def test_basal_falls_by_the_largest_reduction_and_no_more(rate: int, lines: int) -> None:
    found = broken((0, 10_000), (2 * DAY + 5, rate))
    assert (
        found
        == [
            "law 2: day 2 00:00:05: basal 7999 nL/h, 10000 nL/h a day before, "
            "falls by more than 200 permille"
        ][:lines]
    )


def test_a_fall_that_the_program_asks_for_is_none() -> None:
    weekend = program(variants=[[0b10, [[0, 100]]]], lead_s=0, min_flow_nl_h=1)
    asked = [(6 * HOUR, 7_500), (22 * HOUR, 16_000), (DAY, 100), (2 * DAY + 6 * HOUR, 7_500)]
    assert broken((0, 16_000), *asked, fields=weekend) == []
    assert len(broken((0, 16_000), *asked, fields=program(lead_s=0))) == 1
    line = PiecewiseConstant([(0, 10_000), (2 * DAY, 3_000)])  # by an operator's time, say
    assert broken((0, 10_000), (2 * DAY, 3_000), programmed=line) == []


def test_a_hard_stop_and_the_end_at_the_minimum_rate_are_excused_and_no_other() -> None:
    stop = Event(2 * DAY, "command", "estop", "", "", "")
    assert broken((0, 10_000), (2 * DAY, 0), events=[stop]) == []
    assert len(broken((0, 10_000), (2 * DAY, 0))) == 1
    assert broken((0, 250), (2 * DAY, 0)) == []


def test_a_program_with_periodic_boluses_ends_at_a_share_of_the_minimum_rate() -> None:
    fields = with_boluses(10_000, periodic=[[0, 120_000, 3_600]])  # R = 15000
    for last, lines in ((166, 1), (167, 0), (168, 0), (250, 0), (251, 1)):
        assert len(broken((0, last), (2 * DAY, 0), fields=fields)) == lines


def test_a_share_rounded_twice_may_be_a_nanolitre_an_hour_off() -> None:
    fields = with_boluses(10_000, periodic=[[0, 120_000, 3_600]])
    for rate, lines in ((7_999, 1), (8_000, 0)):
        assert len(broken((0, 10_001), (2 * DAY, rate), fields=fields)) == lines


@pytest.mark.parametrize(
    ("span", "lines"),
    [((2 * DAY, 3 * DAY), 0), ((2 * DAY + 1, 3 * DAY), 1), ((DAY, DAY + HOUR), 0)],
)
def test_an_excused_stretch_is_neither_the_fall_nor_what_it_fell_from(
    span: tuple[int, int], lines: int
) -> None:
    assert len(broken((0, 10_000), (2 * DAY, 9_000), (2 * DAY + HOUR, 10_000))) == 0
    found = broken(
        (0, 10_000), (DAY, 20_000), (DAY + HOUR, 10_000), (2 * DAY, 9_000), excused=[span]
    )
    assert len(found) == lines


@pytest.mark.parametrize(("flow", "lines"), [(999_999, 0), (1_000_000, 0), (1_000_001, 1)])
def test_no_basal_is_above_the_largest_basal_flow(flow: int, lines: int) -> None:
    fields = with_boluses(1_000_000)
    assert len(broken((0, flow), fields=fields)) == lines


@pytest.mark.parametrize(("flow", "lines"), [(9_999_999, 0), (10_000_000, 0), (10_000_001, 1)])
def test_no_bolus_is_above_the_largest_flow(flow: int, lines: int) -> None:
    changes = [(0, 10_000, 10_000), (HOUR, flow, 10_000), (HOUR + 60, 10_000, 10_000)]
    found = broken_laws(with_boluses(10_000), changes, [], DAY)
    assert found == ["law 3: day 0 01:00:00: 10000001 nL/h, above 10000000 nL/h"][:lines]


@pytest.mark.parametrize(("limit_ug", "lines"), [(299, 1), (300, 0), (301, 0)])
def test_no_24_hours_hold_more_than_the_limit_wherever_they_begin(
    limit_ug: int, lines: int
) -> None:
    fields = with_boluses(10_000, drugs=[["drug", 1_000, 0, limit_ug, 0]])
    changes = [(0, 10_000, 10_000), (DAY + 7, 130_000, 10_000), (DAY + 1_807, 10_000, 10_000)]
    found = broken_laws(fields, changes, [], END)
    assert found == ["law 3: day 1 00:30:07: 300000 nL in 24 h, above 299000 nL"][:lines]


def test_the_window_that_ends_with_the_run_is_looked_at() -> None:
    fields = with_boluses(10_000, drugs=[["drug", 1_000, 0, 241, 0]])
    changes = [(0, 10_000, 10_000), (2 * DAY, 70_000, 10_000)]
    assert broken_laws(fields, changes, [], 2 * DAY + 60) == []
    assert len(broken_laws(fields, changes, [], 2 * DAY + 61)) == 1


def test_primes_do_not_count_against_24_hours() -> None:
    fields = with_boluses(10_000, drugs=[["drug", 1_000, 0, 240, 0]])
    changes = [(0, 600_000, 0), (300, 10_000, 10_000)]
    assert broken_laws(fields, changes, [], END, primes=[(0, 300)]) == []
    assert len(broken_laws(fields, changes, [], END)) == 1


def test_a_prime_that_runs_as_fast_as_basal_does_not_count_either() -> None:
    fields = with_boluses(10_000, drugs=[["drug", 1_000, 0, 239, 0]])
    changes = [(0, 10_000, 0), (360, 10_000, 10_000)]
    assert broken_laws(fields, changes, [], DAY, primes=[(0, 360)]) == []
    changes = [(0, 10_000, 10_000)]
    assert broken_laws(fields, changes, [], DAY, primes=[(0, 360)]) == []
    assert len(broken_laws(fields, changes, [], DAY, primes=[(0, 359)])) == 1

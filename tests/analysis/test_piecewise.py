"""A piecewise-constant function: values, areas and means at and between its breakpoints."""

from fractions import Fraction

import pytest

from pumprig.analysis.piecewise import PiecewiseConstant

STAIRS = PiecewiseConstant([(10, 4), (20, 0), (30, 6)])


def test_a_value_holds_from_its_breakpoint_to_the_next() -> None:
    assert [STAIRS.at(t) for t in (9, 10, 19, 20, 29, 30, 99)] == [0, 4, 4, 0, 0, 6, 6]


def test_the_area_is_exact() -> None:
    assert [STAIRS.area(t) for t in (5, 10, 15, 25, 32)] == [0, 0, 20, 40, 52]
    assert STAIRS.area(Fraction(31, 3)) == Fraction(4, 3)


def test_the_mean_is_the_area_over_the_time() -> None:
    assert STAIRS.mean(10, 40) == Fraction(100, 30)


def test_of_two_points_at_one_time_the_later_holds() -> None:
    assert PiecewiseConstant([(0, 1), (5, 2), (5, 3)]).at(5) == 3


def test_points_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="order of time"):
        PiecewiseConstant([(5, 1), (4, 2)])


def test_without_points_it_is_zero() -> None:
    nothing = PiecewiseConstant([])
    assert (nothing.at(5), nothing.area(5)) == (0, 0)

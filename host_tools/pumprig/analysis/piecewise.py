"""A function of time that is constant between its breakpoints, exact: no float comes in."""

from bisect import bisect_right
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

Time = int | Fraction
"""Pump time in seconds; a whole number nearly always, a fraction where the law makes it one."""


class PiecewiseConstant:
    """Holds each value of `points`, (t_s, value) in order of time, until the next; 0 before.

    Where two points share a time the later one holds. The last value holds for ever.
    """

    def __init__(self, points: Iterable[tuple[Time, int]]) -> None:
        self.times_s: list[Time] = []
        self.values: list[int] = []
        for t_s, value in points:
            self.times_s.append(t_s)
            self.values.append(value)
        if any(later < earlier for earlier, later in pairwise(self.times_s)):
            raise ValueError("points are not in order of time")
        self._areas: list[Time] = [0]
        for (start, end), value in zip(pairwise(self.times_s), self.values, strict=False):
            self._areas.append(self._areas[-1] + value * (end - start))

    def at(self, t_s: Time) -> int:
        """The value from `t_s` on (right-hand limit)."""
        i = bisect_right(self.times_s, t_s) - 1
        return self.values[i] if i >= 0 else 0

    def area(self, t_s: Time) -> Time:
        """The integral up to `t_s`, in value x seconds."""
        i = bisect_right(self.times_s, t_s) - 1
        return self._areas[i] + self.values[i] * (t_s - self.times_s[i]) if i >= 0 else 0

    def mean(self, start_s: Time, end_s: Time) -> Fraction:
        """The mean over start_s..end_s, which must not be empty."""
        return Fraction(self.area(end_s) - self.area(start_s)) / (end_s - start_s)

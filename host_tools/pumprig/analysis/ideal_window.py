"""What did the last 24 hours hold, and how much longer may the pump give what is asked?

Exact sums of a piecewise-constant rate. The limit is decided by whole seconds: a second is given
as asked if the 24 hours that end with it then hold no more than the limit, else at the rate of 24
hours before.
"""

import math
from bisect import bisect_right
from fractions import Fraction

from pumprig.analysis.clock import DAY_S, HOUR_S
from pumprig.analysis.piecewise import Time


class Window:
    """The rates that count against the 24 h limit, nL/h, from pump time 0 on; 0 before."""

    def __init__(self) -> None:
        self._times: list[Time] = [0]
        self._rates: list[int] = [0]
        self._areas: list[Time] = [0]  # nL/h x s until each time

    def add(self, t_s: Time, rate_nl_h: int) -> None:
        """`rate_nl_h` counts from `t_s` on, until the next; `t_s` never falls."""
        if rate_nl_h != self._rates[-1]:
            self._areas.append(self._area(t_s))
            self._times.append(t_s)
            self._rates.append(rate_nl_h)

    def rate_before(self, t_s: Time) -> int:
        """The rate that leaves the window at `t_s`: the one of 24 hours before."""
        return self._rates[bisect_right(self._times, t_s - DAY_S) - 1] if t_s >= DAY_S else 0

    def next_change(self, t_s: Time) -> Time | None:
        """The first time after `t_s` at which another rate leaves the window, if known by now."""
        i = bisect_right(self._times, t_s - DAY_S)
        return self._times[i] + DAY_S if i < len(self._times) else None

    def area(self, t_s: Time) -> Time:
        """What the 24 hours until `t_s` hold, nL/h x s."""
        return self._area(t_s) - self._area(t_s - DAY_S)

    def seconds_left(self, t_s: Time, rate_nl_h: int, limit_nl: int) -> Time | None:
        """For how long `rate_nl_h` may be given from `t_s` on, while one rate leaves the window.

        None: for ever. The end is at a whole second, and a limit exceeded already gives 0.
        """
        excess = rate_nl_h - self.rate_before(t_s)
        if excess <= 0:
            return None
        slack = Fraction(limit_nl * HOUR_S - self.area(t_s))
        return max(0, math.floor(t_s + slack / excess) - t_s)

    def rescale(self, old_limit_nl: int, new_limit_nl: int) -> None:
        """What was given counts as the same share of the new limit; each rate is rounded up."""
        self._rates = [-(-rate * new_limit_nl // old_limit_nl) for rate in self._rates]
        self._areas = [0]
        for i in range(1, len(self._times)):
            length = self._times[i] - self._times[i - 1]
            self._areas.append(self._areas[-1] + self._rates[i - 1] * length)

    def _area(self, t_s: Time) -> Time:
        i = bisect_right(self._times, t_s) - 1
        return self._areas[i] + self._rates[i] * (t_s - self._times[i]) if i >= 0 else 0

"""The programmed rate by time of day: continuous and flex basal, with the lead applied.

The effect of a new rate comes about two hours after the flow changes (USP DI monograph), so each
stated time of effect starts `lead_s` earlier, across midnight if need be. Times are whole pump
seconds; pump time 0 is a midnight.
"""

from pump.units import DAY_S, NEVER_S


class Schedule:
    """`steps` is [[at_s, rate_nl_h], ...], stated times of day in order; `lead_s` below a day."""

    def __init__(self, steps: "list[list[int]]", lead_s: int) -> None:
        order = sorted([((at_s - lead_s) % DAY_S, rate) for at_s, rate in steps])
        self.starts_s = [start for start, _ in order]
        self.rates_nl_h = [rate for _, rate in order]
        self.highest_nl_h = max(self.rates_nl_h)

    def rate_nl_h(self, t_s: int) -> int:
        """The rate in force at pump time `t_s`."""
        day_s = t_s % DAY_S
        i = len(self.starts_s) - 1
        while i > 0 and self.starts_s[i] > day_s:
            i -= 1
        if self.starts_s[i] > day_s:  # before the first start of the day: last one of yesterday
            i = len(self.starts_s) - 1
        return self.rates_nl_h[i]

    def next_change_s(self, t_s: int) -> int:
        """The first pump time after `t_s` at which the rate is set anew, or NEVER_S."""
        if len(self.starts_s) == 1:
            return NEVER_S
        day_s = t_s % DAY_S
        for start in self.starts_s:
            if start > day_s:
                return t_s - day_s + start
        return t_s - day_s + DAY_S + self.starts_s[0]

    def daily_nl(self) -> int:
        """Volume of one day, nL, rounded down. Once per program; needs more than 30 bits."""
        total = 0
        for i, start in enumerate(self.starts_s):
            end = self.starts_s[i + 1] if i + 1 < len(self.starts_s) else DAY_S + self.starts_s[0]
            total += (end - start) * self.rates_nl_h[i]
        return total // 3600

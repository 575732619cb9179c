"""What the program asks for by civil time: basal steps with their lead, and periodic boluses.

The effect of a new rate comes about two hours after the flow changes (USP DI monograph), so each
stated time of effect starts `lead_s` earlier, across midnight if need be. Civil time is whole
seconds from a Monday 00:00; a program without variants repeats every day, one with them every
week.
"""

from pump.units import DAY_S, NEVER_S, WEEK_S


class Schedule:
    """`steps` is [[at_s, rate_nl_h], ...], stated times of day in order; `variants` is
    [[weekday_mask, steps], ...], bit 0 Monday, for the days on which other steps hold."""

    def __init__(self, steps: "list[list[int]]", variants: "list", lead_s: int) -> None:
        self.period_s = WEEK_S if variants else DAY_S
        self.days = [steps_of_day(steps, variants, day) for day in range(self.period_s // DAY_S)]
        order = sorted(
            [
                ((day * DAY_S + at_s - lead_s) % self.period_s, rate)
                for day, of_day in enumerate(self.days)
                for at_s, rate in of_day
            ]
        )
        self.starts_s = [start for start, _ in order]
        self.rates_nl_h = [rate for _, rate in order]
        self.highest_nl_h = max(self.rates_nl_h)

    def _index(self, at_s: int) -> int:
        """The step in force `at_s` into the period; -1, the last one, before the first start."""
        low, high = 0, len(self.starts_s)
        while low < high:
            middle = (low + high) // 2
            if self.starts_s[middle] <= at_s:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def rate_nl_h(self, civil_s: int) -> int:
        """The rate in force at a civil time."""
        return self.rates_nl_h[self._index(civil_s % self.period_s)]

    def left_s(self, civil_s: int) -> int:
        """Seconds until the rate is set anew, 1 or more; NEVER_S if it never is."""
        if len(self.starts_s) == 1:
            return NEVER_S
        at_s = civil_s % self.period_s
        i = self._index(at_s) + 1
        if i == len(self.starts_s):
            return self.period_s - at_s + self.starts_s[0]
        return self.starts_s[i] - at_s

    def day_volumes(self) -> "list[int]":
        """Volume of each day of the period, midnight to midnight by stated times, in 1/3600 nL:
        exact. Once per program."""
        volumes = []
        for day, steps in enumerate(self.days):
            before = self.days[day - 1][-1]  # what still holds at midnight
            starts = [0] + [at_s for at_s, _ in steps] + [DAY_S]
            rates = [before[1]] + [rate for _, rate in steps]
            volume = 0
            for i in range(len(rates)):
                volume += (starts[i + 1] - starts[i]) * rates[i]
            volumes.append(volume)
        return volumes


def steps_of_day(steps: "list", variants: "list", day: int) -> "list":
    """The stated steps of weekday `day`, 0 Monday."""
    for mask, others in variants:
        if mask >> day & 1:
            return others  # type: ignore[no-any-return]
    return steps


class Periodic:
    """Boluses by time of day: [[at_s, volume_nl, seconds], ...] in order. No lead."""

    def __init__(self, boluses: "list[list[int]]") -> None:
        self.boluses = boluses
        self.daily_nl = sum([volume for _, volume, _ in boluses])

    def slot(self, civil_s: int) -> int:
        """Which bolus begins in this very second, or -1."""
        at_s = civil_s % DAY_S
        i = 0
        for bolus in self.boluses:  # enumerate() would allocate
            if bolus[0] == at_s:
                return i
            i += 1  # noqa: SIM113
        return -1

    def left_s(self, civil_s: int) -> int:
        """Seconds until the next one begins, 1 or more; NEVER_S where there are none."""
        if not self.boluses:
            return NEVER_S
        at_s = civil_s % DAY_S
        for bolus in self.boluses:
            if bolus[0] > at_s:
                return bolus[0] - at_s
        return DAY_S - at_s + self.boluses[0][0]

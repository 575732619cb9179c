"""The taper law: the pump does not simply stop. Caps on the rate, decided once an hour.

Guard: cap = usable_nl / tau, so that an unplanned depletion falls exponentially. tau comes in
tenths of an hour (`tau_dh`) and satisfies (1 - 1/tau_h)^24 >= 1 - d on the hourly grid, d the
largest daily reduction; and no cap is ever below (1 - d) times the cap of 24 hours before, which
takes whole-nL/h rounding out of the bargain.

Caps are measured against the program's reference rate R: its highest basal rate and the mean of
its periodic boluses. Resume: after a refill the cap starts at the highest use of the last 24 hours
and rises by the program's titration step every 24 hours (at most 30 % spinal, 15 % cerebral: USP
DI monograph) until it no longer binds. Planned stop: the same downwards, by the hours of a plan if
there is one, then a step of d every 24 hours to the minimum rate, a day there, then zero. Hold:
the minimum rate, while an interrupted refill leaves open what the reservoir holds.

Fits 30 bits: usable_nl * 10 (5e8); cap * 1000 only for caps below 1,073,741 nL/h (max_flow).
"""

from pump.units import HOURS_PER_DAY

NO_CAP = 0x3FFFFFFF
_CAPS = HOURS_PER_DAY + 1  # this hour's beside that of the day before: an hour is decided twice


class Taper:
    """Caps in nL/h; NO_CAP where nothing binds. All changes happen in `hour()`."""

    def __init__(
        self, tau_dh: int, max_drop_permille: int, minimum_nl_h: int, rise_permille: int
    ) -> None:
        self.adopt(tau_dh, max_drop_permille, minimum_nl_h, rise_permille)
        self.guard_caps = [0] * _CAPS  # 0: no cap known for that hour
        self.rates = [0] * HOURS_PER_DAY  # highest rate used in each of the last 24 hours
        self.guard_nl_h = NO_CAP
        self.resume_nl_h = NO_CAP
        self.stop_nl_h = NO_CAP
        self.resume_hours = 0
        self.stop_hours = 0
        self.stop_reached = False
        self.held = False
        self._plan: list[list[int]] = []
        self._stays = False
        self._start_nl_h = 0
        self._last_h = 0  # hour of the stop at which the plan ended
        self._low_h = -1  # and at which the cap reached the minimum rate
        self._last_hour = -1

    def adopt(
        self, tau_dh: int, max_drop_permille: int, minimum_nl_h: int, rise_permille: int
    ) -> None:
        """The law of another program; the caps stay where they are."""
        self.tau_dh = tau_dh
        self.keep_permille = 1000 - max_drop_permille
        self.minimum_nl_h = minimum_nl_h
        self.rise_permille = 1000 + rise_permille

    def hour(self, hour: int, usable_nl: int, highest_nl_h: int, hold_guard: bool) -> None:
        """Decide the caps of pump hour `hour`; `highest_nl_h` is the program's reference rate.

        `hold_guard` keeps the guard where it is: a refill is in the ledger, its order not yet due.
        Called again for the same hour, after a restart, only the guard is decided anew.
        """
        slot = hour % HOURS_PER_DAY
        self.reach(hour)
        first = hour > self._last_hour
        self._last_hour = max(hour, self._last_hour)
        if not hold_guard:
            self.guard_nl_h = self._guard(usable_nl, self.guard_caps[(hour + 1) % _CAPS])
        self.guard_caps[hour % _CAPS] = 0 if hold_guard else self.guard_nl_h
        if first:
            self.rates[slot] = 0
            self._climb(highest_nl_h)
            self._descend()

    def reach(self, hour: int) -> None:
        """Hours between the last one decided and `hour` were not run: no rate, no cap."""
        for skipped in range(max(self._last_hour + 1, hour - HOURS_PER_DAY), hour):
            self.rates[skipped % HOURS_PER_DAY] = 0
            self.guard_caps[skipped % _CAPS] = 0

    def _climb(self, highest_nl_h: int) -> None:
        if self.resume_nl_h == NO_CAP:
            return
        if self.resume_hours and self.resume_hours % HOURS_PER_DAY == 0:
            self.resume_nl_h = self.resume_nl_h * self.rise_permille // 1000
        self.resume_hours += 1
        if self.resume_nl_h >= highest_nl_h:
            self.resume_nl_h = NO_CAP

    def _descend(self) -> None:
        """One hour of a planned stop; `stop_hours` counts them from its beginning."""
        if self.stop_nl_h == NO_CAP:
            return
        hours = self.stop_hours
        if self._plan:
            if hours >= self._plan[0][0]:
                self.stop_nl_h = self._share(self._start_nl_h, self._plan.pop(0)[1])
                self._last_h = hours
        elif (hours - self._last_h) % HOURS_PER_DAY == 0:
            self.stop_nl_h = self._share(self.stop_nl_h, self.keep_permille)
        if self.stop_nl_h > self.minimum_nl_h:
            self._low_h = -1
        elif self._low_h < 0:
            self._low_h = hours
        elif hours - self._low_h >= HOURS_PER_DAY and not self._stays:
            self.stop_reached = True
            self.stop_nl_h = 0
        self.stop_hours += 1

    def _share(self, rate_nl_h: int, permille: int) -> int:
        return max(self.minimum_nl_h, (rate_nl_h * permille + 999) // 1000)

    def _guard(self, usable_nl: int, day_before_nl_h: int) -> int:
        cap = usable_nl * 10 // self.tau_dh
        # Above what any program can ask for the floor has no say, and would not fit.
        floor = min(day_before_nl_h, 1_000_000) * self.keep_permille
        return max(cap, (floor + 999) // 1000)

    def used(self, hour: int, rate_nl_h: int) -> None:
        """Remember that `rate_nl_h` was delivered in pump hour `hour`."""
        slot = hour % HOURS_PER_DAY
        if rate_nl_h > self.rates[slot]:
            self.rates[slot] = rate_nl_h

    def highest_of_day_nl_h(self) -> int:
        return max(self.rates)

    def begin_resume(self) -> None:
        """After a refill that ended a limited delivery; takes effect with the next `hour()`."""
        self.resume_nl_h = max(self.minimum_nl_h, self.highest_of_day_nl_h())
        self.resume_hours = 0

    def begin_stop(self, plan: "list[list[int]]", stays: bool) -> None:
        """A planned stop from the highest use of the last 24 hours; takes effect with the next
        `hour()`. `plan`: [[hour, permille of that], ...]; `stays`: at the minimum rate, for
        good."""
        self._start_nl_h = self.stop_nl_h = max(self.minimum_nl_h, self.highest_of_day_nl_h())
        self._plan = [entry for entry in plan]  # noqa: C416  entries are shared, never changed
        self._stays = stays
        self.stop_hours = self._last_h = 0
        self._low_h = -1

    def end_stop(self) -> None:
        """An operator starts again: the planned stop is forgotten."""
        self.stop_nl_h = NO_CAP
        self.stop_reached = False
        self._plan = []

    def forget_guard(self) -> None:
        """A refill: the caps of the day before say nothing about the new volume."""
        self.guard_caps = [0] * _CAPS

    def cap_nl_h(self) -> int:
        """The smallest cap on the program now."""
        cap = min(self.guard_nl_h, self.resume_nl_h, self.stop_nl_h)
        return min(cap, self.minimum_nl_h) if self.held else cap

    def limit_nl_h(self, programmed_nl_h: int, highest_nl_h: int, reference_nl_h: int) -> int:
        """The basal rate now: the program under its caps, at least the minimum rate unless
        stopping. Where `reference_nl_h` holds more than basal, basal gets its share of each
        cap."""
        guard, resume, stop = self.guard_nl_h, self.resume_nl_h, self.stop_nl_h
        if reference_nl_h > highest_nl_h:
            guard = _basal_share(guard, highest_nl_h, reference_nl_h)
            resume = _basal_share(resume, highest_nl_h, reference_nl_h)
            stop = _basal_share(stop, highest_nl_h, reference_nl_h)
        rate = min(programmed_nl_h, guard, resume)
        if rate < self.minimum_nl_h <= programmed_nl_h:
            rate = self.minimum_nl_h
        rate = min(rate, stop)
        return min(rate, self.minimum_nl_h) if self.held else rate

    def snapshot(self) -> list:
        state = [self.guard_nl_h, self.resume_nl_h, self.resume_hours, self.stop_nl_h]
        state += [self.stop_hours, self._start_nl_h, int(self._stays), int(self.held)]
        state += [self._last_h, self._low_h]
        state.append(self._last_hour)
        return [state, list(self._plan), list(self.guard_caps), list(self.rates)]

    def restore(self, state: list) -> None:
        numbers, self._plan, self.guard_caps, self.rates = state
        self.guard_nl_h, self.resume_nl_h, self.resume_hours, self.stop_nl_h = numbers[:4]
        self.stop_hours, self._start_nl_h = numbers[4:6]
        self._stays, self.held = bool(numbers[6]), bool(numbers[7])
        self._last_h, self._low_h, self._last_hour = numbers[8:]


def _basal_share(cap_nl_h: int, highest_nl_h: int, reference_nl_h: int) -> int:
    """Of a cap below the reference rate, what is for basal, rounded up. Another one stays: the old
    program's rate, of a bridge, may be above it."""
    if cap_nl_h >= reference_nl_h:
        return cap_nl_h
    return (cap_nl_h * highest_nl_h + reference_nl_h - 1) // reference_nl_h

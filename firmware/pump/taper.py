"""The taper law: the pump does not simply stop. Caps on the rate, decided once an hour.

Guard: cap = usable_nl / tau, so that an unplanned depletion falls exponentially. tau comes in
tenths of an hour (`tau_dh`) and satisfies (1 - 1/tau_h)^24 >= 1 - d on the hourly grid, d the
largest daily reduction; and no cap is ever below (1 - d) times the cap of 24 hours before, which
takes whole-nL/h rounding out of the bargain.

Resume: after a refill the cap starts at the highest rate of the last 24 hours and rises by the
indication's titration step every 24 hours (30 % spinal, 15 % cerebral: USP DI monograph) until it
no longer binds. Planned stop: the same downwards, a step of d every 24 hours to the minimum rate,
a day there, then zero.

Fits 30 bits: usable_nl * 10 (5e8); cap * 1000 only for caps below 1,073,741 nL/h (max_flow).
"""

from pump.units import HOURS_PER_DAY

NO_CAP = 0x3FFFFFFF
RISE_PERMILLE = {"spinal": 300, "cerebral": 150}
_CAPS = HOURS_PER_DAY + 1  # this hour's beside that of the day before: an hour is decided twice


class Taper:
    """Caps in nL/h; NO_CAP where nothing binds. All changes happen in `hour()`."""

    def __init__(self, tau_dh: int, max_drop_permille: int, minimum_nl_h: int, indication: str):
        self.tau_dh = tau_dh
        self.keep_permille = 1000 - max_drop_permille
        self.minimum_nl_h = minimum_nl_h
        self.rise_permille = 1000 + RISE_PERMILLE[indication]
        self.guard_caps = [0] * _CAPS  # 0: no cap known for that hour
        self.rates = [0] * HOURS_PER_DAY  # highest rate used in each of the last 24 hours
        self.guard_nl_h = NO_CAP
        self.resume_nl_h = NO_CAP
        self.stop_nl_h = NO_CAP
        self.resume_hours = 0
        self.stop_hours = 0
        self.stop_reached = False
        self._last_hour = -1

    def hour(self, hour: int, usable_nl: int, highest_nl_h: int, hold_guard: bool) -> None:
        """Decide the caps of pump hour `hour`; `highest_nl_h` is the program's highest rate.

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
        if self.stop_nl_h == NO_CAP:
            return
        if self.stop_hours % HOURS_PER_DAY == 0:
            if self.stop_hours and self.stop_nl_h <= self.minimum_nl_h:
                self.stop_reached = True
                self.stop_nl_h = 0
            else:
                down = (self.stop_nl_h * self.keep_permille + 999) // 1000
                self.stop_nl_h = max(self.minimum_nl_h, down)
        self.stop_hours += 1

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

    def begin_stop(self) -> None:
        self.stop_nl_h = max(self.minimum_nl_h, self.highest_of_day_nl_h())
        self.stop_hours = 0

    def forget_guard(self) -> None:
        """A refill: the caps of the day before say nothing about the new volume."""
        self.guard_caps = [0] * _CAPS

    def snapshot(self) -> "list[int]":
        state = [self.guard_nl_h, self.resume_nl_h, self.resume_hours, self.stop_nl_h]
        return state + [self.stop_hours, self._last_hour] + self.guard_caps + self.rates

    def restore(self, state: "list[int]") -> None:
        self.guard_nl_h, self.resume_nl_h, self.resume_hours, self.stop_nl_h = state[:4]
        self.stop_hours, self._last_hour = state[4:6]
        self.guard_caps = state[6 : 6 + _CAPS]
        self.rates = state[6 + _CAPS :]

    def limit_nl_h(self, programmed_nl_h: int) -> int:
        """The rate now: the program under its caps, at least the minimum rate unless stopping."""
        rate = min(programmed_nl_h, self.guard_nl_h, self.resume_nl_h)
        if rate < self.minimum_nl_h <= programmed_nl_h:
            rate = self.minimum_nl_h
        return min(rate, self.stop_nl_h)

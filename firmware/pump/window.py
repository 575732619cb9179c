"""The last 24 hours: no window of a day may hold more than the limit, whatever adds up to it.

Kept exactly, as the changes of rate of the last day and the volume between them. Where a packet
would pass the limit its rate is held to what leaves the window meanwhile, the rate of 24 hours
before: so the limit holds by construction, and a steady program is not lowered by it. When there
are more changes than room the two oldest are taken as one at the lower rate, and what is more of
them stays counted until both have left: an error to the safe side.

Fits 30 bits in a packet (delivery.py): volumes up to 50 mL in nL; rate x seconds is split at 3600
before it is multiplied; room x 3600 only where less is left than a packet may hold.
"""

from pump.units import DAY_S, HOUR_S

CHANGES_MAX = 96  # 24 steps, 24 boluses twice, and room for a taper's hours


class Window:
    """`limit_nl` is the most that any 24 h may hold. Times are pump seconds, in order."""

    def __init__(self, limit_nl: int) -> None:
        self.limit_nl = limit_nl
        self.given_nl = 0  # in the window that ends at `end_s`, rounded down
        self._3600 = 0  # and the rest of it
        self._late_3600 = 0  # counted until the oldest piece has left, in 1/3600 nL
        self.end_s = 0
        self._since: list[int] = [0] * CHANGES_MAX
        self._rates: list[int] = [0] * CHANGES_MAX
        self._first = 0  # the change in force where the window begins
        self._count = 1

    def _add(self, rate_nl_h: int, seconds: int, sign: int) -> None:
        hourly = rate_nl_h // HOUR_S  # so that no product needs more than 30 bits
        rest = (rate_nl_h - hourly * HOUR_S) * seconds
        whole = rest // HOUR_S
        self._3600 += sign * (rest - whole * HOUR_S)
        carry = self._3600 // HOUR_S
        self._3600 -= carry * HOUR_S
        self.given_nl += sign * (hourly * seconds + whole) + carry

    def leaving_s(self) -> int:
        """For how long that rate leaves it."""
        if self._count == 1:
            return DAY_S
        after = self._since[(self._first + 1) % CHANGES_MAX]
        return after - (self.end_s - DAY_S)

    def allowed_s(self, rate_nl_h: int, wanted_s: int) -> int:
        """How many of `wanted_s` seconds may run at `rate_nl_h`; 0: not one."""
        out = self._rates[self._first]
        room_nl = self.limit_nl - self.given_nl
        if rate_nl_h == 0 or room_nl > (rate_nl_h // HOUR_S + 1) * wanted_s:  # it all fits
            return wanted_s
        piece_s = min(wanted_s, self.leaving_s())
        if rate_nl_h <= out:
            return piece_s
        room = room_nl * HOUR_S - self._3600
        return max(0, min(piece_s, room // (rate_nl_h - out)))

    def leaving_nl_h(self) -> int:
        """The rate that leaves the window next."""
        return self._rates[self._first]

    def give(self, rate_nl_h: int, seconds: int) -> None:
        """The window moves on by `seconds` at `rate_nl_h`."""
        if not seconds:
            return
        last = (self._first + self._count - 1) % CHANGES_MAX
        if self._rates[last] != rate_nl_h:
            if self._count == CHANGES_MAX:
                self._merge_oldest()
            last = (self._first + self._count) % CHANGES_MAX
            self._since[last] = self.end_s
            self._rates[last] = rate_nl_h
            self._count += 1
        self._add(rate_nl_h, seconds, 1)
        while seconds:
            piece_s = min(seconds, self.leaving_s())
            self._add(self._rates[self._first], piece_s, -1)
            self.end_s += piece_s
            seconds -= piece_s
            if self._count > 1 and self.leaving_s() == 0:
                self._first = (self._first + 1) % CHANGES_MAX
                self._count -= 1
                if self._late_3600:
                    self._add(-self._late_3600, 1, 1)
                    self._late_3600 = 0

    def reach(self, t_s: int) -> None:
        """Nothing was given until `t_s`. What was planned beyond it stays counted."""
        if t_s > self.end_s:
            self.give(0, t_s - self.end_s)

    def _merge_oldest(self) -> None:
        first, second = self._first, (self._first + 1) % CHANGES_MAX
        third = (self._first + 2) % CHANGES_MAX
        begin_s = self.end_s - DAY_S
        lower = min(self._rates[first], self._rates[second])
        self._late_3600 += (self._rates[first] - lower) * (self._since[second] - begin_s)
        self._late_3600 += (self._rates[second] - lower) * (
            self._since[third] - self._since[second]
        )
        self._rates[second] = lower
        self._since[second] = begin_s
        self._first = second
        self._count -= 1

    def rescale(self, limit_nl: int) -> None:
        """Another solution: what was given counts as the same share of the new limit."""
        old = self.limit_nl
        self.limit_nl = limit_nl
        if old == limit_nl:
            return
        for i in range(self._count):
            at = (self._first + i) % CHANGES_MAX
            self._rates[at] = (self._rates[at] * limit_nl + old - 1) // old
        self._late_3600 = (self._late_3600 * limit_nl + old - 1) // old
        self._recount()

    def _recount(self) -> None:
        self.given_nl = self._3600 = 0
        self._add(self._late_3600, 1, 1)
        since = self.end_s - DAY_S
        for i in range(self._count):
            rate = self._rates[(self._first + i) % CHANGES_MAX]
            after = self.end_s
            if i + 1 < self._count:
                after = self._since[(self._first + i + 1) % CHANGES_MAX]
            self._add(rate, after - since, 1)
            since = after

    def charge(self, volume_nl: int) -> None:
        """`volume_nl` may have been given besides, within the last second: it counts for a day
        from here, and takes no time."""
        last = (self._first + self._count - 1) % CHANGES_MAX
        if self._count == 1 or self._since[last] < self.end_s - 1:
            rate = self._rates[last]
            if self._count == CHANGES_MAX:
                self._merge_oldest()
            last = (self._first + self._count) % CHANGES_MAX
            self._since[last] = self.end_s - 1
            self._rates[last] = rate
            self._count += 1
        self._rates[last] += volume_nl * HOUR_S
        self.given_nl += volume_nl

    def copy(self) -> "Window":
        """For a look ahead."""
        other = Window(self.limit_nl)
        other.restore(self.snapshot())
        return other

    def snapshot(self) -> "list[int]":
        state = [self.limit_nl, self.end_s, self._late_3600]
        for i in range(self._count):
            at = (self._first + i) % CHANGES_MAX
            state += [self._since[at], self._rates[at]]
        return state

    def restore(self, state: "list[int]") -> None:
        self.limit_nl, self.end_s, self._late_3600 = state[:3]
        self._first = 0
        self._count = (len(state) - 3) // 2
        for i in range(self._count):
            self._since[i], self._rates[i] = state[3 + 2 * i : 5 + 2 * i]
        self._recount()

"""One bolus: a volume over a time, exact to the nL, and an account of what was given of it.

V nL over D s: with U = 3600 V the rate is U // D + 1 nL/h for the first U mod D seconds and U // D
for the rest, which is V exactly. A bolus that is interrupted is accounted and never resumed.

Fits 30 bits: rate x seconds of a packet (delivery.py: at most 40 uL, 1.44e8); U does not, once a
bolus.
"""

from pump.units import HOUR_S, NEVER_S

NONE, SINGLE, DEMAND, PERIODIC, PRIME, BRIDGE, SCREENING = 0, 1, 2, 3, 4, 5, 6
KINDS = ("none", "single", "on demand", "periodic", "prime", "bridge", "screening")


class Bolus:
    """At most one is under way. `kind` NONE: none. Times are pump seconds."""

    def __init__(self) -> None:
        self.log: list[tuple[int, str, str, int, int]] = []  # t_s, kind, event, nL, seconds
        self.kind = NONE
        self._clear()

    def _clear(self) -> None:
        self.kind = NONE
        self.start_s = self.end_s = NEVER_S
        self.volume_nl = self.given_nl = self._given_3600 = 0
        self.adds = True
        self._rate_nl_h = self._longer_s = 0

    def begin(self, kind: int, start_s: int, volume_nl: int, seconds: int, adds: bool) -> None:
        """`volume_nl` over `seconds` from `start_s` on; on top of basal, or in its place."""
        self.kind = kind
        self.start_s, self.end_s = start_s, start_s + seconds
        self.volume_nl = volume_nl
        self.given_nl = self._given_3600 = 0
        self.adds = adds
        units = volume_nl * HOUR_S
        self._rate_nl_h = units // seconds
        self._longer_s = units - self._rate_nl_h * seconds
        self.log.append((start_s, KINDS[kind], "begun", volume_nl, seconds))

    def rate_nl_h(self, t_s: int) -> int:
        """Its rate at `t_s`, which lies within it."""
        return self._rate_nl_h + (1 if t_s < self.start_s + self._longer_s else 0)

    def left_s(self, t_s: int) -> int:
        """Seconds until its rate changes or it ends; NEVER_S without one."""
        if self.kind == NONE:
            return NEVER_S
        longer = self.start_s + self._longer_s
        return (longer if t_s < longer else self.end_s) - t_s

    def give(self, rate_nl_h: int, seconds: int) -> None:
        """Account for what a packet gives of it."""
        self._given_3600 += rate_nl_h * seconds
        whole_nl = self._given_3600 // HOUR_S
        self._given_3600 -= whole_nl * HOUR_S
        self.given_nl += whole_nl

    def take_back(self, now_s: int, front_s: int) -> None:
        """The flow is cut at `now_s`: what was planned from there to `front_s` is not given."""
        from_s, until_s = max(now_s, self.start_s), min(front_s, self.end_s)
        while from_s < until_s:
            piece_s = min(until_s - from_s, self.left_s(from_s))
            self.give(-self.rate_nl_h(from_s), piece_s)
            from_s += piece_s
        self.given_nl = max(0, self.given_nl)

    def end(self, t_s: int) -> bool:
        """It is over at `t_s`: whole, or interrupted. Whether all of it was given."""
        whole = self.given_nl == self.volume_nl
        event = "given" if whole else "interrupted"
        self.log.append((t_s, KINDS[self.kind], event, self.given_nl, t_s - self.start_s))
        self._clear()
        return whole


def split_rate_nl_h(volume_nl: int, seconds: int) -> int:
    """The highest rate of a bolus, nL/h."""
    return (volume_nl * HOUR_S + seconds - 1) // seconds


def shortest_s(volume_nl: int, flow_nl_h: int) -> int:
    """The fewest seconds that keep a bolus at or below `flow_nl_h`."""
    return (volume_nl * HOUR_S + flow_nl_h - 1) // flow_nl_h

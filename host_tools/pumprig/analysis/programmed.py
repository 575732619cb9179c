"""What does the program alone ask for? Read from the device program, without the firmware.

Civil time is a second of the week, Monday 00:00 = 0, and repeats every week.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pumprig.analysis.clock import DAY_S, HOUR_S
from pumprig.analysis.piecewise import PiecewiseConstant, Time

DAYS_PER_WEEK = 7
WEEK_S = DAYS_PER_WEEK * DAY_S


@dataclass(frozen=True, slots=True)
class Programmed:
    """The part of a device program that decides volume and rate. Volumes nL, flows nL/h."""

    starts: tuple[tuple[int, int], ...]  # (second of the week, rate from then on), lead applied
    periodic: tuple[tuple[int, int, int], ...]  # (second of the day, volume, seconds), no lead
    lead_s: int
    volume_nl: int
    residual_nl: int
    low_alarm_nl: int
    minimum_nl_h: int
    max_flow_nl_h: int
    max_bolus_flow_nl_h: int
    max_drop_permille: int
    rise_permille: int
    tau_dh: int  # tenths of an hour
    nl_per_1000_steps: int
    line_nl: int  # dead volume from the head to the tip
    limit_24h_nl: int  # L
    solution: frozenset[tuple[str, int]]  # (drug, ug/mL)
    bolus_adds: bool  # on top of basal, else in its place
    profile: str  # "itb" | "pca"

    @classmethod
    def of(cls, program: Mapping[str, object]) -> "Programmed":
        """Read a device program; a TypeError or KeyError names what is wrong with it."""
        drugs = cast(Sequence[tuple[str, int, int, int, int]], program["drugs"])
        periodic = cast(Sequence[tuple[int, int, int]], program["periodic"])
        return cls(
            starts=_starts_of_week(program),
            periodic=tuple((at_s, nl, seconds) for at_s, nl, seconds in periodic),
            lead_s=_whole(program, "lead_s"),
            volume_nl=_whole(program, "volume_nl"),
            residual_nl=_whole(program, "residual_nl"),
            low_alarm_nl=_whole(program, "low_alarm_nl"),
            minimum_nl_h=_whole(program, "minimum_nl_h"),
            max_flow_nl_h=_whole(program, "max_flow_nl_h"),
            max_bolus_flow_nl_h=_whole(program, "max_bolus_flow_nl_h"),
            max_drop_permille=_whole(program, "max_drop_permille"),
            rise_permille=_whole(program, "rise_permille"),
            tau_dh=_whole(program, "tau_dh"),
            nl_per_1000_steps=_whole(program, "nl_per_1000_steps"),
            line_nl=_whole(program, "tubing_nl") + _whole(program, "catheter_nl"),
            limit_24h_nl=min(high * 1_000_000 // conc for _, conc, _, high, _ in drugs),
            solution=frozenset((name, conc) for name, conc, *_ in drugs),
            bolus_adds=bool(_whole(program, "bolus_adds")),
            profile=str(program["profile"]),
        )

    @property
    def highest_nl_h(self) -> int:
        """The highest basal rate of the week."""
        return max(rate for _, rate in self.starts)

    @property
    def reference_nl_h(self) -> int:
        """R: what the caps are measured against."""
        return self.highest_nl_h + -(-self._periodic_nl() // 24)

    @property
    def least_nl_h(self) -> int:
        """The share of the minimum rate that is for basal where a stop or a hold asks for it."""
        if self.minimum_nl_h >= self.reference_nl_h:
            return self.minimum_nl_h
        return -(-self.minimum_nl_h * self.highest_nl_h // self.reference_nl_h)

    @property
    def average_nl_h(self) -> int:
        """A week's volume, basal and periodic boluses, by the hour, rounded down; no more than
        may flow."""
        ends = [at_s for at_s, _ in self.starts[1:]] + [self.starts[0][0] + WEEK_S]
        basal = sum(
            rate * (end_s - at_s) for (at_s, rate), end_s in zip(self.starts, ends, strict=True)
        )
        mean = (basal + DAYS_PER_WEEK * HOUR_S * self._periodic_nl()) // WEEK_S
        return min(mean, self.max_flow_nl_h)

    def rate_nl_h(self, civil_s: Time) -> int:
        """The programmed basal from civil time `civil_s` on."""
        i = bisect_right(self.starts, civil_s % WEEK_S, key=lambda start: start[0])
        return self.starts[i - 1][1]  # before the week's first start: last week's last rate

    def next_start_s(self, civil_s: Time) -> Time:
        """Seconds from `civil_s` until a basal rate of the program starts; 1..604800."""
        second = civil_s % WEEK_S
        i = bisect_right(self.starts, second, key=lambda start: start[0])
        return (self.starts[i][0] if i < len(self.starts) else self.starts[0][0] + WEEK_S) - second

    def starts_until(self, end_s: int, offset_s: int = 0) -> list[int]:
        """Every pump time in 0..end_s, end_s excluded, at which a rate of the program starts.

        `offset_s` is the civil time at pump time 0.
        """
        weeks = range(-(offset_s % WEEK_S), end_s, WEEK_S)
        return [week + at for week in weeks for at, _ in self.starts if 0 <= week + at < end_s]

    def over(self, end_s: int, offset_s: int = 0) -> PiecewiseConstant:
        """The programmed basal of a whole run, nL/h; `offset_s` as above."""
        times = [0, *self.starts_until(end_s, offset_s)]
        return PiecewiseConstant((t, self.rate_nl_h(t + offset_s)) for t in times)

    def _periodic_nl(self) -> int:
        """The volume of a day's periodic boluses."""
        return sum(volume_nl for _, volume_nl, _ in self.periodic)


def _starts_of_week(program: Mapping[str, object]) -> tuple[tuple[int, int], ...]:
    """The day of a step is the day of its stated time, also where its lead begins the day before.

    One rate all week is one start.
    """
    lead_s = _whole(program, "lead_s")
    steps = cast(Sequence[Sequence[int]], program["steps"])
    days = [steps] * DAYS_PER_WEEK
    for mask, other in cast(Sequence[tuple[int, Sequence[Sequence[int]]]], program["variants"]):
        days = [other if mask >> day & 1 else own for day, own in enumerate(days)]
    starts = sorted(
        ((day * DAY_S + at_s - lead_s) % WEEK_S, rate)
        for day, of_day in enumerate(days)
        for at_s, rate in of_day
    )
    return tuple(starts) if len({rate for _, rate in starts}) > 1 else ((0, starts[0][1]),)


def _whole(program: Mapping[str, object], key: str) -> int:
    value = program[key]
    if not isinstance(value, int):
        raise TypeError(f"{key}: {value!r} is not a whole number")
    return value

"""What does the program alone ask for? Read from the device program, without the firmware."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pumprig.analysis.clock import DAY_S
from pumprig.analysis.piecewise import PiecewiseConstant, Time


@dataclass(frozen=True, slots=True)
class Programmed:
    """The part of a device program that decides volume and rate. Volumes nL, flows nL/h."""

    starts: tuple[tuple[int, int], ...]  # (second of the day, rate from then on), lead applied
    lead_s: int
    volume_nl: int
    residual_nl: int
    low_alarm_nl: int
    minimum_nl_h: int
    max_drop_permille: int
    tau_dh: int  # tenths of an hour
    nl_per_1000_steps: int
    indication: str  # "spinal" | "cerebral"

    @classmethod
    def of(cls, program: Mapping[str, object]) -> "Programmed":
        """Read a device program; a TypeError or KeyError names what is wrong with it."""
        lead_s = _whole(program, "lead_s")
        steps = cast(list[list[int]], program["steps"])
        return cls(
            starts=tuple(sorted(((at_s - lead_s) % DAY_S, rate) for at_s, rate in steps)),
            lead_s=lead_s,
            volume_nl=_whole(program, "volume_nl"),
            residual_nl=_whole(program, "residual_nl"),
            low_alarm_nl=_whole(program, "low_alarm_nl"),
            minimum_nl_h=_whole(program, "minimum_nl_h"),
            max_drop_permille=_whole(program, "max_drop_permille"),
            tau_dh=_whole(program, "tau_dh"),
            nl_per_1000_steps=_whole(program, "nl_per_1000_steps"),
            indication=str(program["indication"]),
        )

    @property
    def highest_nl_h(self) -> int:
        return max(rate for _, rate in self.starts)

    def rate_nl_h(self, t_s: Time) -> int:
        """The programmed rate from `t_s` on; pump time 0 is a midnight."""
        rate_nl_h = self.starts[-1][1]  # before the day's first start: yesterday's last rate
        for start_s, start_rate in self.starts:
            if start_s <= t_s % DAY_S:
                rate_nl_h = start_rate
        return rate_nl_h

    def starts_until(self, end_s: int) -> list[int]:
        """Every pump time in 0..end_s, end_s excluded, at which a rate of the program starts."""
        days = range(0, end_s, DAY_S)
        return [day + at for day in days for at, _ in self.starts if day + at < end_s]

    def over(self, end_s: int) -> PiecewiseConstant:
        """The programmed rate of a whole run, nL/h."""
        times = [0, *self.starts_until(end_s)]
        return PiecewiseConstant((t, self.rate_nl_h(t)) for t in times)


def _whole(program: Mapping[str, object], key: str) -> int:
    value = program[key]
    if not isinstance(value, int):
        raise TypeError(f"{key}: {value!r} is not a whole number")
    return value

"""How much faster than the wall clock may a program run?"""

from collections.abc import Mapping
from fractions import Fraction
from typing import cast

from pumprig.therapy.refusals import Fault, refuse_if_any

HIGHEST_TIME_SCALE = 10_000  # a pump month in under five minutes; beyond, nothing can be watched


def step_rate_hz(rate_nl_h: int, nl_per_1000_steps: int) -> Fraction:
    """Motor steps per second, exactly, at time scale 1."""
    return Fraction(rate_nl_h * 1000, nl_per_1000_steps * 3600)


def max_time_scale(program: Mapping[str, object]) -> int:
    """The largest whole time scale the motor can follow, at most 10 000, for a device program.

    At that scale the highest programmed rate asks for no more than `max_step_hz` steps a second.
    """
    highest_nl_h = max(rate for _, rate in cast(list[list[int]], program["steps"]))
    if highest_nl_h == 0:
        return HIGHEST_TIME_SCALE
    needed_hz = step_rate_hz(highest_nl_h, cast(int, program["nl_per_1000_steps"]))
    return min(HIGHEST_TIME_SCALE, cast(int, program["max_step_hz"]) // needed_hz)


def refuse_time_scale(program: Mapping[str, object], time_scale: int) -> None:
    """Raise ProgramRefused unless 1 <= `time_scale` <= `max_time_scale(program)`."""
    largest = max_time_scale(program)
    if not 1 <= time_scale <= largest:
        found, allowed = str(time_scale), f"allowed 1 to {largest}"
        refuse_if_any([Fault("time scale", found, allowed, f"use {largest} or less")])

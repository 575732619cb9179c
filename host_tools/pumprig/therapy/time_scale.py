"""How much faster than the wall clock may a program run?"""

from collections.abc import Mapping
from fractions import Fraction

from pump.limits import largest_scale
from pumprig.therapy.refusals import Fault, refuse_if_any


def step_rate_hz(rate_nl_h: int, nl_per_1000_steps: int) -> Fraction:
    """Motor steps per second, exactly, at time scale 1."""
    return Fraction(rate_nl_h * 1000, nl_per_1000_steps * 3600)


def max_time_scale(program: Mapping[str, object]) -> int:
    """The largest whole time scale for a device program: the device's own rule."""
    return largest_scale(dict(program))


def refuse_time_scale(program: Mapping[str, object], time_scale: int) -> None:
    """Raise ProgramRefused unless 1 <= `time_scale` <= `max_time_scale(program)`."""
    largest = max_time_scale(program)
    if not 1 <= time_scale <= largest:
        found, allowed = str(time_scale), f"allowed 1 to {largest}"
        refuse_if_any([Fault("time scale", found, allowed, f"use {largest} or less")])

"""Exact delivery: whole steps from a piecewise-constant rate, the remainder carried for ever.

One step is q/1000 nL (q = nl_per_1000_steps). A rate of r nL/h for s seconds is r*s/3600 nL, that
is 5*r*s / (18*q) steps: so `phase` counts in units of 1/(18*q) step and never loses any. It starts
at half a step, which makes a step fall due when the ideal volume passes k + 1/2 steps: the error
against the ideal lies within half a step either way, at any tick and any time scale.

Fits 30 bits: 5*r*s + phase, because a packet never holds more than PACKET_PL_MAX, which is
18 * 40e6 units and a step of at most 18 * 200,000 besides.
"""

from pump.units import const

PACKET_STEPS = const(256)  # unless it lasts one second only
PACKET_STEPS_MAX = const(1024)
PACKET_PL_MAX = const(40_000_000)  # and so 40 uL/s is the fastest flow (limits.py)


class Delivery:
    """Turns (rate, seconds) into steps. `nl_per_1000_steps` is 1000..200,000."""

    def __init__(self, nl_per_1000_steps: int) -> None:
        self.units_per_step = 18 * nl_per_1000_steps
        self._units_max = min(PACKET_STEPS, PACKET_PL_MAX // nl_per_1000_steps)
        self._units_max *= self.units_per_step
        self.phase = 0
        self.reset()

    def reset(self) -> None:
        """Start again at half a step, as after an emergency stop: nothing is owed."""
        self.phase = self.units_per_step // 2

    def longest_s(self, rate_nl_h: int, wanted_s: int) -> int:
        """The most whole seconds, 1..wanted_s, that keep a packet within its bounds."""
        if rate_nl_h == 0:
            return wanted_s
        limit_s = self._units_max // (5 * rate_nl_h)
        return max(1, min(wanted_s, limit_s))

    def take(self, rate_nl_h: int, seconds: int) -> int:
        """Advance by `seconds` (at most longest_s) at `rate_nl_h`; the steps that fall due."""
        self.phase += 5 * rate_nl_h * seconds
        steps = self.phase // self.units_per_step
        self.phase -= steps * self.units_per_step
        return steps

    def seconds_to(self, phase: int, steps: int, rate_nl_h: int) -> int:
        """Whole seconds from `phase` until `steps` steps are delivered, the last one whole."""
        units = steps * self.units_per_step + self.units_per_step // 2 - phase
        return max(0, (units + 5 * rate_nl_h - 1) // (5 * rate_nl_h))

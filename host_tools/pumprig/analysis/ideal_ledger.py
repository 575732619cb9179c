"""What do the ideal pump's books say? The ledger from one filling of the reservoir to the next."""

from dataclasses import dataclass
from fractions import Fraction

from pumprig.analysis.piecewise import Time


def whole_steps(steps: Fraction) -> int:
    """The motor's rounding: a step is made when the integral passes k + 1/2."""
    return (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)


@dataclass(frozen=True, slots=True)
class Fill:
    """The reservoir from one filling to the next. `steps` are whole, since pump time 0."""

    t_s: Time
    filled_nl: int  # above the residual
    steps_before: int  # whole steps made before this filling
    nl_per_1000_steps: int

    def given_nl(self, steps: int) -> int:
        """What the books say has left the reservoir since this filling, rounded down."""
        return (steps - self.steps_before) * self.nl_per_1000_steps // 1000

    def usable_nl(self, steps: int) -> int:
        """What is left after `steps`."""
        return self.filled_nl - self.given_nl(steps)

    @property
    def last_step(self) -> int:
        """The last step that leaves usable_nl at 0 or above."""
        return self.steps_before + (1000 * (self.filled_nl + 1) - 1) // self.nl_per_1000_steps

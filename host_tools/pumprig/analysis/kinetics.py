"""What do CSF concentration, effect and withdrawal do under a dose rate? A model for teaching.

It is no prediction for anybody. Three states, all concentrations in ng/mL, none at time 0:

    csf:         dC/dt = rate / V - k C        k = ln 2 / half-life, V = clearance / k
    effect site: dS/dt = (C - S) / effect delay
    accustomed:  dU/dt = (S - U) / adaptation

    effect           = E(S) = S / (S + half-effect concentration), 0 to 1 of the largest effect
    withdrawal index = max(0, E(U) - E(S)): the effect one is used to and does not get

The states are linear, so a step over a stretch of constant rate is one matrix exponential, exact
whatever its length. The parameters and their sources are in `kinetics_parameters`.
"""

import math
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm  # type: ignore[import-untyped]

from pumprig.analysis.clock import HOUR_S
from pumprig.analysis.kinetics_dosing import Dosing
from pumprig.analysis.kinetics_parameters import (
    ADAPTATION,
    CLEARANCE,
    EFFECT_DELAY,
    HALF_EFFECT,
    HALF_LIFE,
    Parameter,
)

Floats = NDArray[np.float64]
FAMILY_POINTS = 7  # values taken from each range; the half-life need not be worst at its ends


@dataclass(frozen=True, slots=True)
class Model:
    """The parameters of one course; the table's values unless told otherwise."""

    clearance_ml_h: float = CLEARANCE.value
    half_life_h: float = HALF_LIFE.value
    effect_delay_h: float = EFFECT_DELAY.value
    adaptation_h: float = ADAPTATION.value

    @property
    def elimination_per_h(self) -> float:
        """k, the share of the drug in CSF that leaves per hour."""
        return math.log(2) / self.half_life_h

    @property
    def volume_ml(self) -> float:
        """Volume of distribution: 65 mL from the monograph's clearance and half-life."""
        return self.clearance_ml_h / self.elimination_per_h

    def rates_of_change(self) -> Floats:
        """M in d/dt (C, S, U, rate) = M (C, S, U, rate); the rate in ng/h stays as it is."""
        k, site, used = self.elimination_per_h, 1 / self.effect_delay_h, 1 / self.adaptation_h
        return np.array(
            [
                [-k, 0, 0, 1 / self.volume_ml],
                [site, -site, 0, 0],
                [0, used, -used, 0],
                [0, 0, 0, 0],
            ]
        )

    def course(self, dosing: Dosing) -> "Course":
        """The states at every instant of `dosing`."""
        rates_of_change = self.rates_of_change()
        steps: dict[int, Floats] = {}  # by length in seconds; a run has a handful of them
        state = np.zeros(4)
        states = np.zeros((len(dosing.times_s), 3))
        stretches = zip(pairwise(dosing.times_s), dosing.rates_ng_h, strict=True)
        for i, ((start, stop), rate_ng_h) in enumerate(stretches, start=1):
            length_s = stop - start
            if length_s not in steps:
                steps[length_s] = expm(rates_of_change * (length_s / HOUR_S))
            state[3] = rate_ng_h
            state = steps[length_s] @ state
            states[i] = state[:3]
        return Course(np.array(dosing.times_s, dtype=np.float64), *states.T)


@dataclass(frozen=True, slots=True)
class Course:
    """Concentrations in ng/mL at instants in seconds of pump time."""

    t_s: Floats
    csf: Floats
    site: Floats
    used_to: Floats

    @property
    def effect(self) -> Floats:
        """0 to 1: the share of the largest effect."""
        return effect_of(self.site)

    @property
    def accustomed(self) -> Floats:
        """0 to 1: the effect that the body is used to."""
        return effect_of(self.used_to)

    @property
    def withdrawal(self) -> Floats:
        """The withdrawal index, 0 to 1."""
        return np.maximum(0.0, self.accustomed - self.effect)

    def times(self, factor: float) -> "Course":
        """All concentrations `factor` times as high."""
        return Course(self.t_s, self.csf * factor, self.site * factor, self.used_to * factor)


def effect_of(site_ng_ml: Floats) -> Floats:
    """The effect that goes with a concentration at the effect site."""
    return site_ng_ml / (site_ng_ml + HALF_EFFECT.value)


@dataclass(frozen=True, slots=True)
class Family:
    """One dosing under the table's values and under all the published ranges hold."""

    nominal: Course
    others: tuple[Course, ...]

    @classmethod
    def of(cls, dosing: Dosing) -> "Family":
        """Half-life and clearance each over their range, independent of each other."""
        by_half_life = [Model(half_life_h=h).course(dosing) for h in _values(HALF_LIFE)]
        # At a given half-life all concentrations go with 1 / clearance: no need to solve again.
        factors = [CLEARANCE.value / clearance for clearance in _values(CLEARANCE)]
        others = tuple(course.times(f) for course, f in product(by_half_life, factors))
        return cls(Model().course(dosing), others)

    def band(self, quantity: str) -> tuple[Floats, Floats]:
        """The lowest and the highest `quantity` (a name of Course) at each instant."""
        values = [getattr(course, quantity) for course in (self.nominal, *self.others)]
        return reduce(np.minimum, values), reduce(np.maximum, values)


def _values(parameter: Parameter) -> Floats:
    """Evenly spread by factor, ends included."""
    return np.geomspace(*parameter.span, FAMILY_POINTS)

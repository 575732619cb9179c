"""What becomes of the old solution in the line when a refill brings another? docs/law.md, Bridge.

The head pumps the new solution at once, but the tip gives the old one until the line has been
pushed through. At the new program's flow that would be a wrong dose of the old drug. A bridge
gives what is left of the old solution at the old program's average flow, then the new program.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from pumprig.therapy.flow import HOUR_S
from pumprig.therapy.line import Line
from pumprig.therapy.therapy import Therapy
from pumprig.therapy.units import in_unit, plain


@dataclass(frozen=True, slots=True)
class Bridge:
    """The plan. Times are seconds from the hour on at which the change acts."""

    old: Therapy
    new: Therapy
    volume_nl: int  # of the old solution, to be given; 0: nothing to bridge
    flow_nl_h: int
    seconds: int  # until the last of the old solution has left, rounded up

    def words(self) -> Iterator[str]:
        """The plan for people: what the tip gives before, during and after."""
        if solution(self.old) == solution(self.new):
            yield "Bridge: none needed, the solution stays the same."
        elif self.volume_nl == 0:
            yield "Bridge: none needed, nothing of the old solution is left in the line."
        elif self.flow_nl_h == 0:
            yield (
                f"Bridge: not possible, the old program has no flow. The line holds "
                f"{in_unit(self.volume_nl, 'nL', 'mL')} of its solution: prime it, or let the new "
                "program push it out."
            )
        else:
            yield (
                f"Bridge: {in_unit(self.volume_nl, 'nL', 'mL')} of the old solution is in the "
                f"line; it is given at {in_unit(self.flow_nl_h, 'nL/h', 'mL/h')} for "
                f"{plain(Fraction(self.seconds, HOUR_S), 1)} h, then the new program begins."
            )
            before, after = (_average(t) for t in (self.old, self.new))
            yield f"At the tip before: {_doses(self.old, before)}."
            yield f"At the tip during: {_doses(self.old, Fraction(self.flow_nl_h))}."
            yield f"At the tip after: {_doses(self.new, after)}."
            yield f"Without a bridge it would give {_doses(self.old, after)} until then."


def bridge(old: Therapy, new: Therapy, delivered_nl: int = 0) -> Bridge:
    """The bridge from `old` to `new`, `delivered_nl` after the fill with the new solution."""
    line = Line(old.dead_nl, solution(old))
    line.push(delivered_nl, solution(new))
    left = line.until_tip(solution(old)) if solution(old) != solution(new) else Fraction(0)
    volume, flow = -(-left // 1), old.average_nl_h
    seconds = -(-volume * HOUR_S // flow) if flow else 0
    return Bridge(old, new, volume, flow, seconds)


def solution(therapy: Therapy) -> tuple[tuple[str, int], ...]:
    """What makes a solution the same: its drugs and their concentrations, in any order."""
    return tuple(sorted((drug.name, drug.conc_ug_ml) for drug in therapy.drugs))


def _average(therapy: Therapy) -> Fraction:
    return Fraction(therapy.average_nl_h)


def _doses(therapy: Therapy, flow_nl_h: Fraction) -> str:
    return ", ".join(
        f"{plain(drug.ug(flow_nl_h * 24), 2)} ug/day of {drug.name}" for drug in therapy.drugs
    )

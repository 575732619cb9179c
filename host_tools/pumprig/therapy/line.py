"""What is where in the line, and what comes out at its tip? Plug flow, exactly.

Tubing and catheter are one pipe in which solutions follow each other without mixing. Volumes are
nL, whole or fractions; nothing is rounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

Solution = TypeVar("Solution")


@dataclass(frozen=True, slots=True)
class Segment(Generic[Solution]):
    """A plug of one solution."""

    solution: Solution
    volume_nl: Fraction


class Line(Generic[Solution]):
    """A line that is always full; its segments lie from head to tip."""

    def __init__(self, volume_nl: int | Fraction, solution: Solution) -> None:
        """Full of one solution. A volume of 0 is a pump without a line; below 0 is refused."""
        if volume_nl < 0:
            raise ValueError(f"a line holds 0 nL or more, not {volume_nl}")
        self._segments = _joined([Segment(solution, Fraction(volume_nl))])

    @property
    def segments(self) -> tuple[Segment[Solution], ...]:
        return tuple(self._segments)

    @property
    def volume_nl(self) -> Fraction:
        return sum((segment.volume_nl for segment in self._segments), Fraction(0))

    def until_tip(self, solution: Solution) -> Fraction:
        """How much has to be pushed in before the last of a solution has left; 0: none is in."""
        behind = Fraction(0)
        for segment in self._segments:
            if segment.solution == solution:
                return self.volume_nl - behind
            behind += segment.volume_nl
        return Fraction(0)

    def push(self, volume_nl: int | Fraction, solution: Solution) -> list[Segment[Solution]]:
        """Push a volume in at the head; what came out at the tip, in the order it came."""
        if volume_nl < 0:
            raise ValueError(f"nothing flows back: {volume_nl} nL")
        self._segments = _joined([Segment(solution, Fraction(volume_nl)), *self._segments])
        to_leave, out = Fraction(volume_nl), []
        while to_leave > 0:
            last = self._segments.pop()
            leaving = min(last.volume_nl, to_leave)
            out.append(Segment(last.solution, leaving))
            to_leave -= leaving
            if leaving < last.volume_nl:
                self._segments.append(Segment(last.solution, last.volume_nl - leaving))
        return out


def _joined(segments: Iterable[Segment[Solution]]) -> list[Segment[Solution]]:
    """Without empty segments, and neighbours of one solution as one."""
    joined: list[Segment[Solution]] = []
    for segment in segments:
        if joined and joined[-1].solution == segment.solution:
            whole = joined[-1].volume_nl + segment.volume_nl
            joined[-1] = Segment(segment.solution, whole)
        elif segment.volume_nl > 0:
            joined.append(segment)
    return joined

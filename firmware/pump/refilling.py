"""The refill procedure: what was expected, what was withdrawn, and what that says.

Compare the expected with the withdrawn volume: beyond the pump's accuracy (14.5 % of what was
delivered since the last filling) or 2 mL it is to be investigated; at the next refill after such a
one, more than 1 mL (reservoirs up to 20 mL) or 2 mL (larger) is significant. From makers' manuals
of implantable pumps.

An interrupted procedure leaves the old program and the old ledger, and what the reservoir holds is
open: the pump is held by its profile, alarmed, until an operator completes or cancels it.
"""

from pump.units import HOUR_S, NEVER_S

CLOSED, OPEN, WITHDRAWN, INTERRUPTED = 0, 1, 2, 3
STATES = ("closed", "open", "withdrawn", "interrupted")
OK, INVESTIGATE, SIGNIFICANT = 0, 1, 2
VERDICTS = ("ok", "investigate", "significant")
OPEN_MAX_S = HOUR_S  # from the withdrawal to the new filling
ACCURACY_PERMILLE = 145
_2_ML = 2_000_000


def verdict(
    expected_nl: int, withdrawn_nl: int, delivered_nl: int, capacity_nl: int, again: bool
) -> int:
    """OK, INVESTIGATE, or SIGNIFICANT where the refill before was to be investigated (`again`)."""
    difference_nl = abs(withdrawn_nl - expected_nl)
    if again and difference_nl > (1_000_000 if capacity_nl <= 20_000_000 else _2_ML):
        return SIGNIFICANT
    if difference_nl > _2_ML or difference_nl * 1000 > delivered_nl * ACCURACY_PERMILLE:
        return INVESTIGATE
    return OK


class Refilling:
    """`due_s`: when a procedure that is under way counts as interrupted."""

    def __init__(self) -> None:
        self.state = CLOSED
        self.due_s = NEVER_S
        self.again = False  # the last refill was to be investigated
        self.verdict = OK
        self.filled_s = 0
        self.filled_steps = 0  # steps released before the filling now in use

    def open(self) -> None:
        self.state = OPEN

    def withdrawn(self, now_s: int, found: int) -> None:
        self.state = WITHDRAWN
        self.verdict = found
        self.due_s = now_s + OPEN_MAX_S

    def close(self) -> None:
        """Filled: the verdict is history that the next one takes into account."""
        self.again = self.verdict != OK
        self.cancel()

    def cancel(self) -> None:
        self.state = CLOSED
        self.verdict = OK
        self.due_s = NEVER_S

    def is_late(self, t_s: int) -> bool:
        """Whether it has just become interrupted."""
        if self.state != WITHDRAWN or t_s < self.due_s:
            return False
        self.state = INTERRUPTED
        return True

    def snapshot(self) -> "list[int]":
        state = [self.state, self.due_s, int(self.again), self.verdict]
        return state + [self.filled_s, self.filled_steps]

    def restore(self, state: "list[int]") -> None:
        self.state, self.due_s, again, self.verdict, self.filled_s, self.filled_steps = state
        self.again = bool(again)

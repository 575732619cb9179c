"""The step ledger: what is left above the residual, counted from the steps released.

A step is charged when it is released, not when it is seen, so the ledger errs to the safe side:
never more in the books than in the vessel. Fits 30 bits: steps * q + remainder, for packets of
at most 256 steps of at most 200 nL, or 40 uL (delivery.py); volumes up to 50 mL = 5e7 nL.
"""


class Reservoir:
    """Volumes in nL; `usable_nl` is what lies above the residual and may be delivered."""

    def __init__(self, volume_nl: int, residual_nl: int, nl_per_1000_steps: int) -> None:
        self.residual_nl = residual_nl
        self.nl_per_1000_steps = nl_per_1000_steps
        self.usable_nl = 0
        self.remainder_pl = 0
        self.fill(volume_nl)

    @property
    def volume_nl(self) -> int:
        return self.usable_nl + self.residual_nl

    def fill(self, volume_nl: int) -> None:
        """A refill: the vessel now holds `volume_nl`, residual included."""
        self.usable_nl = max(0, volume_nl - self.residual_nl)
        self.remainder_pl = 0

    def affordable_steps(self, steps: int) -> int:
        """The most of `steps` that leave usable_nl at zero or above."""
        if (steps * self.nl_per_1000_steps + self.remainder_pl) // 1000 <= self.usable_nl:
            return steps
        # Here usable_nl is below a packet, 51 uL, so times 1000 still fits 30 bits.
        # A filling smaller than what was in flight leaves it below zero: then not one.
        most = (self.usable_nl * 1000 + 999 - self.remainder_pl) // self.nl_per_1000_steps
        return max(0, most)

    def charge(self, steps: int) -> None:
        self.remainder_pl += steps * self.nl_per_1000_steps
        whole_nl = self.remainder_pl // 1000
        self.remainder_pl -= whole_nl * 1000
        self.usable_nl -= whole_nl

    def give_back(self, steps: int) -> None:
        """Steps that were released but cut off before they were made."""
        self.remainder_pl -= steps * self.nl_per_1000_steps
        whole_nl = self.remainder_pl // 1000  # floors below zero, which is what is wanted
        self.remainder_pl -= whole_nl * 1000
        self.usable_nl -= whole_nl

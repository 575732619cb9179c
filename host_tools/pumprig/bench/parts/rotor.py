"""The rotor sensor: an edge for each slot of the head's disc, if it sees it."""


class Rotor:
    """`seen`: edges that came out of the sensor. `slots_passed` is called as the disc turns."""

    def __init__(self) -> None:
        self.seen = 0
        self.dead = False
        self.missed_permille = 0
        self._left = 0
        self._passed = 0

    def slots_passed(self, edges: int) -> int:
        """`edges` of the disc have passed since power-up; how many of the new ones it saw."""
        new = edges - self._passed
        self._passed = edges
        if self.dead:
            return 0
        kept, self._left = divmod(new * (1000 - self.missed_permille) + self._left, 1000)
        self.seen += kept
        return kept

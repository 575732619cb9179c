"""The air detector on the line after the head: low for liquid, high for air.

Its output pulls down, the chip pulls up: a broken wire reads air.
"""

from pumprig.bench.fluid import Fluid


class Air:
    """`stuck`: None, or the level it is stuck at, 0 liquid and 1 air."""

    def __init__(self, fluid: Fluid) -> None:
        self._fluid = fluid
        self.stuck: int | None = None
        self.disconnected = False

    def raw(self) -> int:
        if self.disconnected:
            return 1
        if self.stuck is not None:
            return self.stuck
        return int(self._fluid.air_at_detector)

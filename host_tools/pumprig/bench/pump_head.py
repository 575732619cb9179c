"""Stepper driver, head and rotor sensor on the chip's pins: what really moves when pulses come.

A rising edge on STEP with EN low and DIR low turns the head of `bench.fluid` by one step.
"""

from array import array
from collections.abc import Callable

from pumprig.bench.chip import Chip
from pumprig.bench.fluid import STEPS_PER_EDGE
from pumprig.bench.sensed import Bench

STEP, DIR, ENABLE_N, ROTOR = 2, 3, 4, 5
STEPS_PER_SLOT = STEPS_PER_EDGE  # of the rotor sensor: 1 uL at 31.25 nL a step


class PumpHead:
    """Records the simulated time of every STEP edge in `edge_ticks` (1/16 ns).

    `bench`: whose liquid it moves; without one it makes its own, of `reservoir_nl`. `on_turned`
    is called after each step that the driver took.
    """

    def __init__(
        self,
        reservoir_nl: int = 0,
        nl_per_1000_steps: int = 31_250,
        bench: Bench | None = None,
        on_turned: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_turned = on_turned
        self.bench = Bench(reservoir_nl, nl_per_1000_steps) if bench is None else bench
        self.edge_ticks = array("q")
        self._fluid = self.bench.fluid

    def attach(self, chip: Chip) -> None:
        gpio = chip.mcu.gpio
        self._chip = chip
        self._dir, self._enable_n, self._rotor = gpio[DIR], gpio[ENABLE_N], gpio[ROTOR]
        self._rotor.set_input_value(False)
        gpio[STEP].add_listener(self._on_step)

    @property
    def steps_seen(self) -> int:
        return len(self.edge_ticks)

    @property
    def delivered_pl(self) -> int:
        return self._fluid.delivered_pl

    @property
    def delivered_nl(self) -> int:
        return self._fluid.delivered_pl // 1000

    @property
    def reservoir_nl(self) -> int:
        return self._fluid.reservoir_pl // 1000

    @property
    def stalled(self) -> bool:
        return self._fluid.stalled

    @stalled.setter
    def stalled(self, on: bool) -> None:
        self._fluid.stalled = on

    def refill(self, volume_nl: int) -> None:
        """Someone emptied the reservoir and filled it with `volume_nl`."""
        self._fluid.refill(volume_nl)

    def _on_step(self, state: object, _before: object) -> None:
        if int(state) != 1:  # type: ignore[call-overload]
            return
        self.edge_ticks.append(self._chip.ticks())
        if int(self._enable_n.value) or int(self._dir.value):
            return
        fluid = self._fluid
        before = fluid.turned
        fluid.turn(1)
        if fluid.turned != before and fluid.turned % (STEPS_PER_SLOT // 2) == 0:
            slot_open = bool(fluid.turned // (STEPS_PER_SLOT // 2) % 2)
            self._rotor.set_input_value(
                slot_open and self.bench.rotor.slots_passed(fluid.rotor_edges) > 0
            )
        self._on_turned()

"""Stepper driver, pump head, tubing and reservoir: what really moves when STEP pulses come.

A rising edge on STEP with EN low and DIR low turns the head by one step. It moves
`nl_per_1000_steps` / 1000 nL from the reservoir, as long as there is any, and not while stalled.
Volume is kept in pL so that nothing is lost to rounding.
"""

from array import array

from pumprig.bench.chip import Chip

STEP, DIR, ENABLE_N, ROTOR = 2, 3, 4, 5
STEPS_PER_SLOT = 32  # of the rotor sensor: 1 uL at 31.25 nL a step


class PumpHead:
    """Records the simulated time of every STEP edge in `edge_ticks` (1/16 ns)."""

    def __init__(self, reservoir_nl: int, nl_per_1000_steps: int = 31_250) -> None:
        self.pl_per_step = nl_per_1000_steps
        self.edge_ticks = array("q")
        self.delivered_pl = 0
        self.reservoir_pl = reservoir_nl * 1000
        self.stalled = False
        self._turned = 0

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
    def delivered_nl(self) -> int:
        return self.delivered_pl // 1000

    @property
    def reservoir_nl(self) -> int:
        return self.reservoir_pl // 1000

    def refill(self, volume_nl: int) -> None:
        """Someone emptied the reservoir and filled it with `volume_nl`."""
        self.reservoir_pl = volume_nl * 1000

    def _on_step(self, state: object, _before: object) -> None:
        if int(state) != 1:  # type: ignore[call-overload]
            return
        self.edge_ticks.append(self._chip.ticks())
        if self.stalled or int(self._enable_n.value) or int(self._dir.value):
            return
        moved = min(self.pl_per_step, self.reservoir_pl)
        self.reservoir_pl -= moved
        self.delivered_pl += moved
        self._turned += 1
        if self._turned % (STEPS_PER_SLOT // 2) == 0:
            self._rotor.set_input_value(bool(self._turned // (STEPS_PER_SLOT // 2) % 2))

"""The bench with all its parts, and what they say: the same on every rig.

The host rig moves it by hand: `fluid.turn(steps)`, `advance(pump_ms)`, `read(readings, wall_ms)`.
On the emulated board `attach` wires the same parts to its pins.
"""

from collections.abc import Callable

from pump.readings import Readings, supply_mv, temperature_cc
from pumprig.bench.fluid import Fluid
from pumprig.bench.parts.air import Air
from pumprig.bench.parts.clock_chip import ClockChip
from pumprig.bench.parts.display import Display
from pumprig.bench.parts.keys import Keys
from pumprig.bench.parts.pressure import Pressure
from pumprig.bench.parts.rotor import Rotor
from pumprig.bench.parts.scale import PERIOD_MS, Scale
from pumprig.bench.parts.supply import Supply
from pumprig.bench.parts.temperature import Temperature


class Bench:
    """One of each part. `seed` decides all noise. `wall_ms` counts from power-up, on every call
    at least what it was before; pump time is what `advance` was given."""

    def __init__(
        self, reservoir_nl: int = 0, nl_per_1000_steps: int = 31_250, seed: int = 1
    ) -> None:
        self.fluid = Fluid(reservoir_nl, nl_per_1000_steps)
        self.temperature = Temperature()
        self.scale = Scale(self.fluid, self.temperature, seed)
        self.rotor = Rotor()
        self.pressure_down = Pressure(seed + 2)
        self.pressure_up = Pressure(seed + 3)
        self.air = Air(self.fluid)
        self.supply = Supply(seed + 1)
        self.on_change: Callable[[], None] = lambda: None  # something was done to a part
        self.keys = Keys(lambda: self.on_change())
        self.clock_chip = ClockChip()
        self.display = Display()
        self.wall_ms = 0
        self._converted = 0

    def advance(self, pump_ms: int) -> None:
        self.fluid.advance(pump_ms)

    def read(self, readings: Readings, wall_ms: int) -> None:
        """What `Sensors.poll` would have filled in at `wall_ms`."""
        self.wall_ms = wall_ms
        self.rotor.slots_passed(self.fluid.rotor_edges)
        readings.rotor = self.rotor.seen
        conversion = wall_ms // PERIOD_MS
        if conversion > self._converted and not self.scale.disconnected:
            self._converted = conversion
            readings.scale_raw = self.scale.raw(conversion, wall_ms)
            readings.scale_readings += 1
        readings.pressure_down_raw = self.pressure_down.raw(self.fluid.outlet_pa)
        readings.pressure_up_raw = self.pressure_up.raw(self.fluid.inlet_pa)
        readings.supply_mv = supply_mv(self.supply.raw())
        readings.temperature_cc = temperature_cc(self.temperature.raw(self.fluid.now_ms))
        readings.air = self.air.raw()
        readings.keys = self.keys.raw(wall_ms)

    def read_clock(self, readings: Readings, wall_ms: int) -> None:
        """What `Sensors.read_clock` would have filled in at `wall_ms`."""
        self.wall_ms = wall_ms
        readings.clock_chip_s = self.clock_chip.raw(wall_ms)

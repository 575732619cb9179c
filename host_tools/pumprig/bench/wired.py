"""The bench on the chip's pins: every part at work while simulated time runs.

The liquid's time runs `time_scale` times the chip's, as the controller's pump time does, so that a
flow in nL/h is one in its hours. What depends on time is brought up to date when it is looked at.
"""

from pumprig.bench.chip import TICKS_PER_S, Chip
from pumprig.bench.parts import keys
from pumprig.bench.parts.ds3231 import Ds3231
from pumprig.bench.parts.hx711 import Hx711
from pumprig.bench.parts.i2c_bus import I2cBus
from pumprig.bench.parts.ssd1306 import Ssd1306
from pumprig.bench.pump_head import PumpHead
from pumprig.bench.sensed import Bench

AIR = 12
KEYS = {13: keys.ACK, 14: keys.STOP, 15: keys.SERVICE}
PRESSURE_DOWN, PRESSURE_UP, SUPPLY, TEMPERATURE = 0, 1, 3, 4  # channels of the ADC
_RELEASED = 2  # of the air pin: nothing drives it
_TICKS_PER_MS = TICKS_PER_S // 1000


class WiredBench:
    """A part of the chip's like any other; `bench` is what to look at and what to break."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.head = PumpHead(bench=bench, on_turned=self._show_air)
        self.hx711 = Hx711(bench.scale, self.wall_ms)
        self.ssd1306 = Ssd1306(bench.display)
        self._i2c = I2cBus(Ds3231(bench.clock_chip, self.wall_ms), self.ssd1306)
        self.time_scale = 1
        self._air_shown = -1

    def attach(self, chip: Chip) -> None:
        self._chip = chip
        self._gpio = chip.mcu.gpio
        self._bounce = chip.mcu.clock.create_alarm(self.update)
        for part in (self.head, self.hx711, self._i2c):
            part.attach(chip)
        self._adc = chip.mcu.adc
        self._adc.on_adc_read = self._convert
        self.bench.on_change = self.update
        self.update()

    def wall_ms(self) -> int:
        """The chip's milliseconds since power-up, and all parts up to date with it."""
        now_ms = self._chip.ticks() // _TICKS_PER_MS
        bench = self.bench
        passed = now_ms - bench.wall_ms
        if passed:
            bench.wall_ms = now_ms
            bench.advance(passed * self.time_scale)
            self._show_air()
        return now_ms

    def update(self) -> None:
        """Something was done to a part: what its pins say may have changed."""
        now_ms = self.wall_ms()
        self.hx711.update()
        self._show_air()
        pressed = self.bench.keys.raw(now_ms)
        for pin, key in KEYS.items():
            self._gpio[pin].set_input_value(not pressed & key)
        if self.bench.keys.bounces(now_ms):
            self._bounce.schedule_ticks(_TICKS_PER_MS)

    def _show_air(self) -> None:
        air = self.bench.air
        level = _RELEASED if air.disconnected else air.raw()
        if level == self._air_shown:
            return
        self._air_shown = level
        if level == _RELEASED:
            self._gpio[AIR].release_input()
        else:
            self._gpio[AIR].set_input_value(bool(level))

    def _convert(self, channel: int) -> None:
        self.wall_ms()
        bench = self.bench
        if channel == PRESSURE_DOWN:
            value = bench.pressure_down.raw(bench.fluid.outlet_pa)
        elif channel == PRESSURE_UP:
            value = bench.pressure_up.raw(bench.fluid.inlet_pa)
        elif channel == SUPPLY:
            value = bench.supply.raw()
        else:
            value = bench.temperature.raw(bench.fluid.now_ms)
        self._adc.complete_adc_read(value, False)

"""All sensors that are wired, gathered into the controller's readings.

`pins.PARTS` names them. One that is not in it is not touched, and its readings stay as they
were at power-up.
"""

from time import sleep_us

from machine import ADC, I2C, Pin
from micropython import const

from drivers.ds3231 import ClockChip
from drivers.hx711 import Hx711
from drivers.ssd1306 import Display
from pump.readings import PARTS, supply_mv, temperature_cc

_BITS_A_BYTE = const(9)
_I2C_HZ = const(400_000)
_I2C_TIMEOUT_US = const(5_000)  # a page of the display takes 3.2 ms


def _free_bus(data: int, clock: int) -> None:
    """A reset may have cut a reading in two: clock until the chip lets go (DS3231 datasheet)."""
    line, pulse = Pin(data, Pin.IN, Pin.PULL_UP), Pin(clock, Pin.OPEN_DRAIN, value=1)
    for _ in range(_BITS_A_BYTE):
        if line():
            break
        for level in (0, 1):
            pulse(level)
            sleep_us(5)


class Sensors:
    """`poll()` at every pass: it never waits and allocates nothing. `read_clock()` once a minute.
    `display`: None if there is none. ValueError: `pins.PARTS` names a part that nobody knows."""

    def __init__(self, pins, rotor) -> None:
        for part in pins.PARTS:
            if part not in PARTS:
                raise ValueError("PARTS: " + part + " is not one of " + ", ".join(PARTS))
        wired = pins.PARTS
        self._rotor = rotor if "rotor" in wired else None
        self._scale = Hx711(pins.SCALE_DATA, pins.SCALE_CLOCK) if "scale" in wired else None
        self._down = ADC(Pin(pins.PRESSURE_DOWN)) if "pressure_down" in wired else None
        self._up = ADC(Pin(pins.PRESSURE_UP)) if "pressure_up" in wired else None
        self._supply = ADC(Pin(pins.SUPPLY)) if "supply" in wired else None
        self._chip = ADC(ADC.CORE_TEMP) if "temperature" in wired else None
        # Pulled up: a broken wire reads air, and a key that is let go.
        self._air = Pin(pins.AIR, Pin.IN, Pin.PULL_UP) if "air" in wired else None
        self._keys = None
        self._taps = 0  # keys that were closed since the last look
        if "keys" in wired:
            keys = (pins.KEY_ACK, pins.KEY_STOP, pins.KEY_SERVICE)
            self._keys = tuple([Pin(key, Pin.IN, Pin.PULL_UP) for key in keys])
            for key in self._keys:  # a tap may be over before the next look
                key.irq(self._tapped, Pin.IRQ_FALLING)
        self._clock = self.display = None
        if "clock_chip" in wired or "display" in wired:
            _free_bus(pins.I2C_DATA, pins.I2C_CLOCK)
            i2c = I2C(
                0,
                sda=Pin(pins.I2C_DATA),
                scl=Pin(pins.I2C_CLOCK),
                freq=_I2C_HZ,
                timeout=_I2C_TIMEOUT_US,
            )
            self._clock = ClockChip(i2c) if "clock_chip" in wired else None
            self.display = Display(i2c) if "display" in wired else None

    def poll(self, readings) -> None:
        if self._rotor:
            readings.rotor = self._rotor.read()
        if self._scale:
            self._scale.poll(readings)
        if self._down:
            readings.pressure_down_raw = self._down.read_u16() >> 4
        if self._up:
            readings.pressure_up_raw = self._up.read_u16() >> 4
        if self._supply:
            readings.supply_mv = supply_mv(self._supply.read_u16() >> 4)
        if self._chip:
            readings.temperature_cc = temperature_cc(self._chip.read_u16() >> 4)
        if self._air:
            readings.air = self._air()
        if self._keys:
            readings.keys = self._closed() | self._taps
            self._taps = 0

    def _closed(self) -> int:
        ack, stop, service = self._keys
        return 7 ^ (ack() | stop() << 1 | service() << 2)

    def _tapped(self, _pin) -> None:
        self._taps |= self._closed()

    def read_clock(self, readings) -> None:
        """Takes 0.5 ms; 5 ms if something holds the bus."""
        readings.clock_chip_s = self._clock.read() if self._clock else -1

    def set_clock(self, seconds: int) -> bool:
        """Seconds since 2000-01-01. False: there is none, or it does not answer."""
        return self._clock.set(seconds) if self._clock else False

"""The scale's amplifier at its two pins: the HX711's serial protocol, by its datasheet.

Data is low when a conversion is ready. Each rising edge of the clock gives a bit, the highest
first; the 25th raises data and ends it. 26 or 27 pulses choose the channel and gain of the next
one. A clock high for more than 60 us switches it off; low again it starts anew, and settles for
400 ms.
"""

from collections.abc import Callable

from pumprig.bench.chip import TICKS_PER_S, Chip
from pumprig.bench.parts.scale import COUNTS_MAX, COUNTS_MIN, PERIOD_MS, Scale

DATA, CLOCK = 10, 11
_TICKS_PER_MS = TICKS_PER_S // 1000
_PERIOD_TICKS = PERIOD_MS * _TICKS_PER_MS
_SETTLING_TICKS = 400 * _TICKS_PER_MS
_POWER_DOWN_TICKS = 60 * _TICKS_PER_MS // 1000
_BITS = 24
GAINS = {25: 128, 26: 32, 27: 64}  # by the pulses before; 32 is channel B, where nothing is wired


class Hx711:
    """`wall_ms()`: brings the bench up to date and says its time. `pulses`: of each
    reading; `given`: the conversions that were read, as signed numbers."""

    def __init__(self, scale: Scale, wall_ms: Callable[[], int]) -> None:
        self._scale = scale
        self._wall_ms = wall_ms
        self._gain = 128
        self._pulse = 0
        self._raw = 0
        self._ready = False
        self._rose = 0
        self.pulses: list[int] = []
        self.given: list[int] = []
        self.power_downs = 0

    def attach(self, chip: Chip) -> None:
        self._chip = chip
        self._data = chip.mcu.gpio[DATA]
        self._clock = chip.mcu.gpio[CLOCK]
        self._alarm = chip.mcu.clock.create_alarm(self._converted)
        self._data.set_input_value(True)
        self._next_ticks = chip.ticks() + _SETTLING_TICKS
        self._alarm.schedule_ticks(_SETTLING_TICKS)
        self._clock.add_listener(self._on_clock)

    def update(self) -> None:
        """A wire was broken, or mended."""
        if self._scale.disconnected:
            self._data.release_input()
        else:
            self._data.set_input_value(not self._ready)

    def _converted(self) -> None:
        """A conversion is ready; how the last one was read decides what it is of."""
        if self._pulse:
            self.pulses.append(self._pulse)
            self._gain = GAINS.get(self._pulse, self._gain)
            self._pulse = 0
        self._ready = True
        self.update()
        self._chip.pio_clock.wake()

    def _start(self, after_ticks: int) -> None:
        self._ready = False
        self.update()
        self._alarm.cancel()
        self._alarm.schedule_ticks(after_ticks)

    def _on_clock(self, state: object, _before: object) -> None:
        if int(state) != 1:  # type: ignore[call-overload]
            self._fell()
            return
        self._rose = self._chip.ticks()
        self._pulse += 1
        pulse = self._pulse
        if pulse == 1:
            self._raw = self._latched()
        if pulse <= _BITS and not self._scale.disconnected:
            self._data.set_input_value(bool(self._raw >> (_BITS - pulse) & 1))
        elif pulse == _BITS + 1:
            late = self._rose - self._next_ticks  # since the conversion was ready
            self._next_ticks += (late // _PERIOD_TICKS + 1) * _PERIOD_TICKS
            self._start(self._next_ticks - self._rose)

    def _fell(self) -> None:
        if self._chip.ticks() - self._rose <= _POWER_DOWN_TICKS:
            return
        self.power_downs += 1
        self._pulse, self._gain = 0, 128
        self._next_ticks = self._chip.ticks() + _SETTLING_TICKS
        self._start(_SETTLING_TICKS)

    def _latched(self) -> int:
        wall_ms = self._wall_ms()
        raw = self._scale.raw(wall_ms // PERIOD_MS, wall_ms)
        if self._gain == 32:
            raw = 0
        elif self._gain == 64 and COUNTS_MIN < raw < COUNTS_MAX:
            raw //= 2
        self.given.append(raw)
        return raw & 0xFFFFFF

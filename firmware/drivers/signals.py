"""Sounder and lamps. Patterns are data: on/off times in ms, chosen by priority.

Timing within the limits of IEC 60601-1-8 (high: ten pulses of 75-200 ms, burst every 2.5-15 s;
medium: three of 125-250 ms, every 2.5-30 s; low: one or two, every 15 s or more; lamp high 1.4 to
2.8 Hz, medium 0.4 to 0.8 Hz, low steady). A bare piezo lacks the harmonics the standard asks for.
"""

from time import ticks_add, ticks_diff, ticks_ms

from machine import PWM, Pin

TONE_HZ = 2800
_DUTY = 32768

# on, off, on, off ... in ms; the last off ends the burst interval
_FIVE = (100, 100, 100, 100, 100, 300, 100, 100, 100)
_HIGH = _FIVE + (700,) + _FIVE + (5000,)
_MEDIUM = (200, 200, 200, 200, 200, 9000)
_LOW = (200, 19800)
SOUNDS = ((), _LOW, _MEDIUM, _HIGH)
LAMPS = ((), (), (1000, 1000), (250, 250))  # on/off ms: low is steady cyan
_FOREVER_MS = 1 << 28


class Player:
    """Plays one cyclic pattern on one output, moved on by `turn(now)`."""

    def __init__(self, switch) -> None:
        self._switch = switch
        self._pattern = ()
        self._at = 0
        self._due = 0
        switch(False)

    def play(self, pattern, now: int) -> None:
        if pattern is not self._pattern:
            self._pattern = pattern
            self._at = 0
            self._switch(bool(pattern))
            if pattern:
                self._due = ticks_add(now, pattern[0])

    def turn(self, now: int) -> int:
        """Move on if due; milliseconds until the next change."""
        if not self._pattern:
            return _FOREVER_MS
        left = ticks_diff(self._due, now)
        if left > 0:
            return left
        self._at = (self._at + 1) % len(self._pattern)
        self._switch(self._at & 1 == 0)
        self._due = ticks_add(now, self._pattern[self._at])
        return self._pattern[self._at]


class Signals:
    def __init__(self, sounder: int, red: int, yellow: int, cyan: int) -> None:
        self._pwm = PWM(Pin(sounder), freq=TONE_HZ, duty_u16=0)
        self._shown = 0
        self._lamps = [Pin(pin, Pin.OUT, value=0) for pin in (cyan, yellow, red)]
        self._sound = Player(lambda on: self._pwm.duty_u16(_DUTY if on else 0))
        self._lamp = Player(self._flash)

    def _flash(self, on: bool) -> None:
        if self._shown > 1:
            self._lamps[self._shown - 1](on)

    def show(self, loudest: int, highest: int) -> None:
        """Sound the loudest unacknowledged priority, light the highest active one (0 to 3)."""
        now = ticks_ms()
        if highest != self._shown:
            self._lamp.play((), now)
            for i in range(3):
                self._lamps[i](i == 0 and highest == 1)
            self._shown = highest
        self._lamp.play(LAMPS[highest], now)
        self._sound.play(SOUNDS[loudest], now)

    def turn(self) -> int:
        """Move the patterns on; milliseconds until that is due again."""
        now = ticks_ms()
        return min(self._sound.turn(now), self._lamp.turn(now))

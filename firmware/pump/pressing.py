"""Line pressures, before and after the head: blocked, leaking, or not to be believed.

Limits: 10 psi after the head, 1 psi below the room before it (R7.2.0(4), (5)).
Fits 30 bits: 12-bit counts times at most 200,000 Pa per 1000 counts.
"""

from pump.units import const

DOWN_PA = const(69_000)  # 10 psi
UP_PA = const(-6_900)  # -1 psi
_CLEARS = const(2)  # over at half of that
_RAIL_LOW = const(100)  # counts that no sensor gives: a broken wire, or a short
_RAIL_HIGH = const(3_900)
_RAIL_LOOKS = const(2)
_SAME = const(60)  # equal looks in a row: a live one flickers by a count or two
LEAK_LOOKS = const(4)


class Pressing:
    """One sensor. `blocked`, `fault`, and `low`: below the pressure that the line's valve keeps.

    `calibration`: zero_raw (counts at the room's pressure), pa_per_1000 (pascal in 1000 counts),
    valve_pa (what the valve at the line's end keeps; 0: there is none).
    """

    def __init__(self, limit_pa: int, calibration: dict) -> None:
        self._limit_pa = limit_pa
        self.calibrate(calibration)
        self.pa = 0
        self.blocked = self.fault = self.low = False
        self._raw = self._same = self._rails = self._lows = 0

    def calibrate(self, calibration: dict) -> None:
        self.zero_raw: int = calibration["zero_raw"]
        self.pa_per_1000: int = calibration["pa_per_1000"]
        self.valve_pa: int = calibration["valve_pa"]

    def look(self, raw: int) -> None:
        self._same = self._same + 1 if raw == self._raw else 0
        self._raw = raw
        railed = raw <= _RAIL_LOW or raw >= _RAIL_HIGH
        self._rails = self._rails + 1 if railed else 0
        if railed:
            self.fault = self.fault or self._rails >= _RAIL_LOOKS
            return  # says nothing about the line
        self.fault = self._same >= _SAME
        self.pa = (raw - self.zero_raw) * self.pa_per_1000 // 1000
        # The same comparison for pressure above the room's and below it.
        pa, limit_pa = (
            (self.pa, self._limit_pa) if self._limit_pa > 0 else (-self.pa, -self._limit_pa)
        )
        if pa >= limit_pa:
            self.blocked = True
        elif pa < limit_pa // _CLEARS:
            self.blocked = False
        self._lows = self._lows + 1 if self.pa < self.valve_pa * 4 // 5 else 0
        self.low = self._lows >= LEAK_LOOKS

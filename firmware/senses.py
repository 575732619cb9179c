"""Sensors, keys and display of the board, tied to what judges them. Part of the loop in device.py.

A pass that finds nothing costs a millisecond or two; the display gets one line of text a pass,
and only when no packet is due.
"""

from time import ticks_add, ticks_diff, ticks_ms

import pins
from micropython import const

from drivers.sensors import Sensors
from link.keys import heed
from pump import face
from pump.readings import Readings
from pump.sensing import CLOCK_LOOK_MS, Sensing

_FACE_MS = const(3000)
_FACE_SPARE_MS = const(50)  # of the display: 4 ms a line


class Senses:
    """All of `pins.PARTS`. `rotor`: its edge counter. `rig`: as pump.selftest asks it.
    `calibration`: as pump.calibration has it."""

    def __init__(self, commands, rotor, rig, calibration: dict) -> None:
        self._commands = commands
        self._sensors = Sensors(pins, rotor)
        self.readings = Readings()
        self.sensing = Sensing(commands.controller, pins.PARTS, calibration, rig)
        self._looked = self._faced = ticks_ms()
        self._clocked = ticks_add(
            self._looked, -CLOCK_LOOK_MS
        )  # to have something to compare with
        self._lines: list[str] = []
        self._all_shown = True

    def look(self, counted: int, now_s: int) -> None:
        """`counted`: steps since power-up; `now_s`: pump time, for the log."""
        now = ticks_ms()
        self._sensors.poll(self.readings)
        self.sensing.look(self.readings, counted, ticks_diff(now, self._looked))
        self._looked = now
        passed_ms = ticks_diff(now, self._clocked)
        if passed_ms >= CLOCK_LOOK_MS:
            self._clocked = now
            self._sensors.read_clock(self.readings)
            self.sensing.look_at_clock(self.readings.clock_chip_s, passed_ms)
        heed(self._commands, self.sensing, now_s)

    def show(self, now_s: int, scale: int, spare_ms: int) -> None:
        """The display, nearer by a line to what is so now."""
        display = self._sensors.display
        if display is None or spare_ms < _FACE_SPARE_MS:
            return
        if self._all_shown and ticks_diff(ticks_ms(), self._faced) >= _FACE_MS:
            self._faced = ticks_ms()
            self._lines = face.lines(self._commands.controller, now_s, scale, self._notice())
        self._all_shown = display.show(self._lines)

    def _notice(self) -> str:
        test = self.sensing.self_test
        if test.failed:
            return test.result
        return "lamps, sound? ACK" if self._commands.audio.answer_ms else ""

"""The clock chip's registers on the bus (DS3231 datasheet): BCD, status in 0x0F, one pointer."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pumprig.bench.parts.clock_chip import ClockChip

_EPOCH = datetime(2000, 1, 1)
_TIME_REGISTERS = 7
_STATUS = 0x0F
_OSF = 0x80
_REGISTERS = 0x13


def _bcd(number: int) -> int:
    return number // 10 << 4 | number % 10


def _number(bcd: int) -> int:
    return (bcd >> 4) * 10 + (bcd & 15)


class Ds3231:
    address = 0x68

    def __init__(self, chip: ClockChip, wall_ms: Callable[[], int]) -> None:
        self._chip = chip
        self._wall_ms = wall_ms
        self._pointer = 0
        self._pointed = False
        self._time = bytearray(_TIME_REGISTERS)

    def answers(self) -> bool:
        return not self._chip.absent

    def start(self, reading: bool) -> None:
        """At each start it takes a copy of its time, so that no reading is torn."""
        self._pointed = reading
        now = _EPOCH + timedelta(seconds=self._chip.seconds(self._wall_ms()))
        weekday = now.isoweekday()
        fields = (now.second, now.minute, now.hour, weekday, now.day, now.month, now.year - 2000)
        self._time[:] = bytes(_bcd(field) for field in fields)

    def write(self, value: int) -> None:
        if not self._pointed:
            self._pointer, self._pointed = value, True
            return
        if self._pointer < _TIME_REGISTERS:
            self._time[self._pointer] = value
            if self._pointer == _TIME_REGISTERS - 1:
                self._set()
        elif self._pointer == _STATUS and not value & _OSF:
            self._chip.lost = False
        self._pointer = (self._pointer + 1) % _REGISTERS

    def read(self) -> int:
        pointer = self._pointer
        self._pointer = (pointer + 1) % _REGISTERS
        if pointer < _TIME_REGISTERS:
            return self._time[pointer]
        return _OSF if pointer == _STATUS and self._chip.lost else 0

    def _set(self) -> None:
        second, minute, hour, _, day, month, year = (_number(b) for b in self._time)
        lost = self._chip.lost
        told = datetime(2000 + year, month, day, hour, minute, second) - _EPOCH
        self._chip.set(round(told.total_seconds()), self._wall_ms())
        self._chip.lost = lost  # until the flag is cleared too

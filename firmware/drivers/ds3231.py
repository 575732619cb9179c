"""The clock chip: a DS3231 on I2C. Whole seconds since 2000-01-01, which is a small integer
until 2034; the chip itself ends with 2099.
"""

from micropython import const

_ADDRESS = const(0x68)
_STATUS = const(0x0F)
_STOPPED = const(0x80)  # OSF: the oscillator stood since this was last cleared
_TWELVE_HOURS = const(0x40)
_DAY_S = const(86_400)
_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def _days(year: int, month: int) -> int:
    """From 2000-01-01 to the first of a month; every fourth year up to 2099 is a leap year."""
    return 365 * year + (year + 3) // 4 + _BEFORE[month - 1] + (month > 2 and year % 4 == 0)


def _number(bcd: int) -> int:
    return (bcd >> 4) * 10 + (bcd & 15)


def _bcd(number: int) -> int:
    return number // 10 << 4 | number % 10


class ClockChip:
    def __init__(self, i2c) -> None:
        self._i2c = i2c
        self._registers = bytearray(16)

    def read(self) -> int:
        """Its seconds; -1 when it does not answer, says that it stood, or tells no date."""
        r = self._registers
        try:
            self._i2c.readfrom_mem_into(_ADDRESS, 0, r)
        except OSError:
            return -1
        month, day = _number(r[5] & 0x1F), _number(r[4])
        if r[_STATUS] & _STOPPED or r[2] & _TWELVE_HOURS or not 1 <= month <= 12 or day < 1:
            return -1
        days = _days(_number(r[6]), month) + day - 1
        return days * _DAY_S + _number(r[2]) * 3600 + _number(r[1]) * 60 + _number(r[0])

    def set(self, seconds: int) -> bool:
        """From now on it tells `seconds`, and that it is right. False: it does not answer."""
        days = seconds // _DAY_S
        of_day = seconds % _DAY_S
        year = days * 4 // 1461
        month = 12
        while _days(year, month) > days:
            month -= 1
        day = days - _days(year, month) + 1
        time = (of_day % 60, of_day // 60 % 60, of_day // 3600, days % 7 + 1, day, month, year)
        try:
            self._i2c.writeto_mem(_ADDRESS, 0, bytes([_bcd(x) for x in time]))
            self._i2c.writeto_mem(_ADDRESS, _STATUS, b"\x00")
        except OSError:
            return False
        return True

"""What a single value of a file may be: the readers of keys, shared by all kinds of file.

Each may give None: the mark of a place at fault (reading.py) or of an optional key left out.
"""

import datetime
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

from pydantic import PlainValidator

from pumprig.therapy import units
from pumprig.therapy.reading import nearest, one_of
from pumprig.therapy.refusals import quoted, refusal
from pumprig.therapy.units import Quantity

NAME = "1 to 32 printable ASCII characters"
CLOCK = 'a time of day from "00:00" to "23:59:59"'
CLOCKS = 'a list of times of day such as ["08:00", "20:00"]'
FLAG = "true or false"
COUNT = "a whole number"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # bit 0 of the device's mask is Monday
_CLOCK_TEXT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")


def text(pattern: str, allowed: str, remedy: str = "respell it") -> PlainValidator:
    """A string that matches the whole pattern; else refused with what is allowed."""

    def read(value: object) -> str | None:
        if value is None or (isinstance(value, str) and re.fullmatch(pattern, value)):
            return value
        raise refusal(quoted(value), allowed, remedy)

    return PlainValidator(read)


def word(*words: str) -> PlainValidator:
    """One of some words; else refused with the nearest."""

    def read(value: object) -> str | None:
        if value is None or (isinstance(value, str) and value in words):
            return value
        raise refusal(quoted(value), one_of(words), nearest(value, words, "use one of these"))

    return PlainValidator(read)


def second_of_day(value: object) -> Quantity | None:
    if value is None:
        return None
    written = value.isoformat() if isinstance(value, datetime.time) else str(value)
    match = _CLOCK_TEXT.fullmatch(written)
    if match is None:
        raise refusal(quoted(value), CLOCK, "write it as HH:MM")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return Quantity(written, Fraction(hours * 3600 + minutes * 60 + seconds), units.DURATION)


def _flag(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise refusal(quoted(value), FLAG, "write true or false, without quotes")


def _count(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise refusal(quoted(value), COUNT, "write it without quotes or unit")


def _times_of_day(value: object) -> tuple[Quantity, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise refusal(_told(value), CLOCKS, "write the brackets")
    return tuple(found for found in map(second_of_day, value) if found is not None)


def _days(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise refusal(_told(value), 'a list of days such as ["sat", "sun"]', "write the brackets")
    for given in value:
        if given not in DAYS:
            raise refusal(_told(given), one_of(DAYS), nearest(given, DAYS, "use one of these"))
    return tuple(value)


def _durations(value: object) -> tuple[Quantity, ...] | None:
    if value is None:
        return None
    given: Sequence[object] = value if isinstance(value, list) else [value]
    return tuple(units.quantity(each, units.DURATION, zero_allowed=True) for each in given)


def _told(value: object) -> str:
    return f"{len(value)} values" if isinstance(value, list) else quoted(value)


# The device draws and logs names: no control characters, no character of several bytes.
Name = Annotated[str | None, text(r"(?=.*\S)[ -~]{1,32}", NAME, "shorten or respell it")]
Flag = Annotated[bool | None, PlainValidator(_flag)]
Count = Annotated[int | None, PlainValidator(_count)]
TimeOfDay = Annotated[Quantity | None, PlainValidator(second_of_day)]
TimesOfDay = Annotated[tuple[Quantity, ...] | None, PlainValidator(_times_of_day)]
Weekdays = Annotated[tuple[str, ...] | None, PlainValidator(_days)]
Durations = Annotated[tuple[Quantity, ...] | None, PlainValidator(_durations)]
Volume = Annotated[Quantity | None, units.measured(units.VOLUME)]
VolumeOrZero = Annotated[Quantity | None, units.measured(units.VOLUME, zero_allowed=True)]
Flow = Annotated[Quantity | None, units.measured(units.FLOW)]
DoseRate = Annotated[Quantity | None, units.measured(units.DOSE_RATE, units.FLOW)]
DailyDose = Annotated[Quantity | None, units.measured(units.DAILY_DOSE)]
Dose = Annotated[Quantity | None, units.measured(units.DOSE)]
DoseOrVolume = Annotated[Quantity | None, units.measured(units.VOLUME, units.DOSE)]
Concentration = Annotated[Quantity | None, units.measured(units.CONCENTRATION)]
Duration = Annotated[Quantity | None, units.measured(units.DURATION, zero_allowed=True)]
Days = Annotated[Quantity | None, units.measured(units.DAYS)]
Share = Annotated[Quantity | None, units.measured(units.SHARE)]
Frequency = Annotated[Quantity | None, units.measured(units.FREQUENCY)]
StepVolume = Annotated[Quantity | None, units.measured(units.STEP_VOLUME)]

"""Which sections and keys a program file has. Ranges and rules between keys: rules.py."""

import datetime
import re
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from pumprig.therapy import units
from pumprig.therapy.reading import Section
from pumprig.therapy.refusals import quoted, refusal
from pumprig.therapy.units import Quantity

_NAME = "1 to 32 printable ASCII characters"
_CLOCK = 'a time of day from "00:00" to "23:59:59"'
_CLOCK_TEXT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")


def _printable_name(value: object) -> str | None:
    if value is None:
        return None
    # The device draws and logs names: no control characters, no character of several bytes.
    if isinstance(value, str) and re.fullmatch(r"[ -~]{1,32}", value) and value.strip():
        return value
    raise refusal(quoted(value), _NAME, "shorten or respell it")


def _second_of_day(value: object) -> Quantity | None:
    if value is None:
        return None
    text = value.isoformat() if isinstance(value, datetime.time) else str(value)
    match = _CLOCK_TEXT.fullmatch(text)
    if match is None:
        raise refusal(quoted(value), _CLOCK, "write it as HH:MM")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return Quantity(text, Fraction(hours * 3600 + minutes * 60 + seconds), units.DURATION)


# Each may be None: the mark of a place at fault (reading.py) or of an optional key left out.
Name = Annotated[str | None, PlainValidator(_printable_name)]
TimeOfDay = Annotated[Quantity | None, PlainValidator(_second_of_day)]
Volume = Annotated[Quantity | None, units.measured(units.VOLUME)]
Flow = Annotated[Quantity | None, units.measured(units.FLOW)]
Dose = Annotated[Quantity | None, units.measured(units.DOSE_RATE, units.FLOW)]
Concentration = Annotated[Quantity | None, units.measured(units.CONCENTRATION)]
Duration = Annotated[Quantity | None, units.measured(units.DURATION, zero_allowed=True)]
Share = Annotated[Quantity | None, units.measured(units.SHARE)]
Frequency = Annotated[Quantity | None, units.measured(units.FREQUENCY)]
StepVolume = Annotated[Quantity | None, units.measured(units.STEP_VOLUME)]

_DOSE = f"{units.DOSE_RATE.wanted} or {units.FLOW.wanted}"


class TherapySection(Section):
    name: Name = Field(description=_NAME)
    profile: Literal["itb", "pca"] | None = Field(description="one of itb, pca")
    indication: Literal["spinal", "cerebral"] | None = Field(description="one of spinal, cerebral")


class Drug(Section):
    name: Name = Field(description=_NAME)
    concentration: Concentration = Field(description=units.CONCENTRATION.wanted)


class Reservoir(Section):
    capacity: Volume = Field(description=units.VOLUME.wanted)
    volume: Volume = Field(description=units.VOLUME.wanted)
    residual: Volume = Field(description=units.VOLUME.wanted)
    low_alarm: Volume = Field(description=units.VOLUME.wanted)
    refill_notice: Duration = units.quantity("7 day", units.DURATION)


class Step(Section):
    at: TimeOfDay = Field(description=_CLOCK)
    dose: Dose = Field(description=_DOSE)


class Basal(Section):
    mode: Literal["continuous", "flex", "minimum", "stopped"] | None = Field(
        description="one of continuous, flex, minimum, stopped"
    )
    lead: Duration = None  # depends on the mode: program.py
    dose: Dose = Field(default=None, description=_DOSE)
    step: list[Step] | None = None


class Taper(Section):
    max_daily_reduction: Share = Field(description=units.SHARE.wanted)
    minimum_rate: Flow = Field(description=units.FLOW.wanted)


class Pump(Section):
    step_volume: StepVolume = Field(description=units.STEP_VOLUME.wanted)
    min_flow: Flow = units.quantity("0.002 mL/h", units.FLOW)
    max_flow: Flow = units.quantity("1 mL/h", units.FLOW)
    max_step_rate: Frequency = units.quantity("2000 Hz", units.FREQUENCY)


class ProgramFile(Section):
    therapy: TherapySection
    drug: list[Drug] | None = Field(description="exactly one section [[drug]]")
    reservoir: Reservoir
    basal: Basal
    taper: Taper
    pump: Pump

"""Which sections and keys a program file has. Ranges and rules between keys: rules*.py."""

from typing import Annotated

from pydantic import Field

from pumprig.therapy import units, values
from pumprig.therapy.reading import Section
from pumprig.therapy.values import (
    Concentration,
    Count,
    DailyDose,
    Days,
    Dose,
    DoseOrVolume,
    DoseRate,
    Duration,
    Durations,
    Flag,
    Flow,
    Frequency,
    Name,
    Share,
    StepVolume,
    TimeOfDay,
    TimesOfDay,
    Volume,
    VolumeOrZero,
    Weekdays,
)

_DOSE_RATE = f"{units.DOSE_RATE.wanted} or {units.FLOW.wanted}"
_MODES = ("continuous", "flex", "minimum", "stopped", "screening")
_INDICATIONS = ("spinal", "cerebral", "other")
_PROFILE = 'itb, pca or a path to a profile file such as "lab.toml"'
# Two weeks to make an appointment, a week to keep it, a day that cannot be missed: R.
_NOTICES = tuple(units.quantity(text, units.DURATION) for text in ("14 day", "7 day", "1 day"))


class TherapySection(Section):
    name: Name = Field(description=values.NAME)
    profile: Annotated[str | None, values.text(r"itb|pca|.+\.toml", _PROFILE)] = Field(
        description=_PROFILE
    )
    indication: Annotated[str | None, values.word(*_INDICATIONS)] = Field(
        description="one of " + ", ".join(_INDICATIONS)
    )
    under_12: Flag = False


class Drug(Section):
    name: Name = Field(description=values.NAME)
    concentration: Concentration = Field(description=units.CONCENTRATION.wanted)
    daily_min: DailyDose = None
    daily_max: DailyDose = None
    stable: Days = None


class Reservoir(Section):
    capacity: Volume = Field(description=units.VOLUME.wanted)
    volume: Volume = Field(description=units.VOLUME.wanted)
    residual: Volume = Field(description=units.VOLUME.wanted)
    low_alarm: Volume = Field(description=units.VOLUME.wanted)
    tolerance: VolumeOrZero = Field(description=units.VOLUME.wanted)
    refill_notice: Durations = _NOTICES
    refill_after: Duration = None


class Step(Section):
    at: TimeOfDay = Field(description=values.CLOCK)
    dose: DoseRate = Field(description=_DOSE_RATE)


class Variant(Section):
    days: Weekdays = Field(description='a list of days such as ["sat", "sun"]')
    step: list[Step] | None = Field(description="1 to 24 sections [[basal.variant.step]]")


class Basal(Section):
    mode: Annotated[str | None, values.word(*_MODES)] = Field(
        description="one of " + ", ".join(_MODES)
    )
    drug: Name = None  # the first one
    lead: Duration = None  # depends on the mode: program.py
    dose: DoseRate = Field(default=None, description=_DOSE_RATE)
    step: list[Step] | None = None
    variant: list[Variant] | None = None


class Demand(Section):
    dose: Dose = None
    volume: Volume = None
    over: Duration = Field(description=units.DURATION.wanted)


class Periodic(Section):
    dose: Dose = None
    volume: Volume = None
    over: Duration = Field(description=units.DURATION.wanted)
    at: TimesOfDay = None
    every: Duration = None


class Bolus(Section):
    adds: Flag = Field(description=values.FLAG)
    max: DoseOrVolume = Field(description=f"{units.VOLUME.wanted} or {units.DOSE.wanted}")
    shortest: Duration = Field(description=units.DURATION.wanted)
    gap: Duration = Field(description=units.DURATION.wanted)
    per_day: Count = Field(description=values.COUNT)
    demand: Demand | None = None
    periodic: list[Periodic] | None = None


class Taper(Section):
    max_daily_reduction: Share = Field(description=units.SHARE.wanted)
    minimum_rate: Flow = Field(description=units.FLOW.wanted)


class Line(Section):
    tubing: VolumeOrZero = units.quantity("0 mL", units.VOLUME, zero_allowed=True)
    catheter: VolumeOrZero = units.quantity("0 mL", units.VOLUME, zero_allowed=True)


class Pump(Section):
    step_volume: StepVolume = Field(description=units.STEP_VOLUME.wanted)
    min_flow: Flow = units.quantity("0.002 mL/h", units.FLOW)
    max_flow: Flow = units.quantity("1 mL/h", units.FLOW)
    max_bolus_flow: Flow = None  # max_flow
    max_step_rate: Frequency = units.quantity("2000 Hz", units.FREQUENCY)


class ProgramFile(Section):
    therapy: TherapySection
    drug: list[Drug] | None = Field(description="1 to 4 sections [[drug]]")
    reservoir: Reservoir
    basal: Basal
    bolus: Bolus | None = None
    taper: Taper
    line: Line = Line()
    pump: Pump

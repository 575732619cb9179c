"""Which sections and keys a drug profile has: a figure is a value and where it comes from."""

from typing import Annotated

from pydantic import Field, PlainValidator

from pumprig.therapy import units, values
from pumprig.therapy.reading import Section
from pumprig.therapy.refusals import quoted, refusal

_SOURCE = "1 to 60 printable ASCII characters"
_FIGURE = 'a figure { value = "...", source = "..." }'
_SourceText = Annotated[str | None, values.text(r"(?=.*\S)[ -~]{1,60}", _SOURCE)]


class Figure(Section):
    """A published figure. `value` is read by the kind that each key declares."""

    source: _SourceText = Field(description=_SOURCE)


class DailyFigure(Figure):
    value: values.DailyDose = Field(description=units.DAILY_DOSE.wanted)


class ShareFigure(Figure):
    value: values.Share = Field(description=units.SHARE.wanted)


class ConcentrationFigure(Figure):
    value: values.Concentration = Field(description=units.CONCENTRATION.wanted)


class DaysFigure(Figure):
    value: values.Days = Field(description=units.DAYS.wanted)


AnyFigure = DailyFigure | ShareFigure | ConcentrationFigure | DaysFigure


def _names(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(n, str) for n in value):
        found = f"{len(value)} values" if isinstance(value, list) else quoted(value)
        raise refusal(found, "a list of two or more drugs", "name the drugs of the mixture")
    return tuple(value)


class Rows(Section):
    """The figures of one drug for one indication."""

    low: DailyFigure | None = Field(description=_FIGURE)
    high: DailyFigure | None = Field(description=_FIGURE)
    rise: ShareFigure | None = Field(description=_FIGURE)
    refill_rise: ShareFigure | None = Field(description=_FIGURE)
    most: DailyFigure | None = None
    little_experience: DailyFigure | None = None


class ProfileDrug(Section):
    name: values.Name = Field(description=values.NAME)
    lowest_concentration: ConcentrationFigure | None = None
    highest_concentration: ConcentrationFigure | None = None
    screening_concentration: ConcentrationFigure | None = None
    child_average: DailyFigure | None = None
    stable: DaysFigure | None = None
    spinal: Rows | None = None
    cerebral: Rows | None = None
    other: Rows | None = None


class Mixture(Section):
    drugs: Annotated[tuple[str, ...] | None, PlainValidator(_names)] = Field(
        description="a list of two or more drugs"
    )
    stable: DaysFigure | None = Field(description=_FIGURE)


class OtherDrugs(Section):
    """Titration of drugs that the profile has no rows for."""

    rise: ShareFigure | None = Field(description=_FIGURE)
    refill_rise: ShareFigure | None = Field(description=_FIGURE)


class ProfileFile(Section):
    name: values.Name = Field(description=values.NAME)
    hazard: Annotated[str | None, values.word("itb", "pca")] = Field(description="one of itb, pca")
    other: OtherDrugs
    drug: list[ProfileDrug] | None = None
    mixture: list[Mixture] | None = None

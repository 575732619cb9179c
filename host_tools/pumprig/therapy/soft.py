"""Which soft rules does a program break? It is accepted only with a reason, and the reason logged.

The names are the device's (docs/device-program.md); the figures are the profile's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from pumprig.therapy import screening
from pumprig.therapy.profile import same
from pumprig.therapy.therapy import Drug, Therapy
from pumprig.therapy.units import in_unit, plain

_RIG = "bound of this rig"


@dataclass(frozen=True, slots=True)
class SoftRule:
    """One rule that a reason can pass."""

    name: str  # as the device lists it
    text: str  # a plain sentence
    source: str


def soft_rules(therapy: Therapy) -> list[SoftRule]:
    """The rules that the program breaks by itself, in the order of the device's table."""
    found: list[SoftRule] = []
    for drug in therapy.drugs:
        if therapy.delivers_therapy:
            found += _dose(therapy, drug)
    return [*found, *_screening_solution(therapy), *_coarse(therapy)]


def _dose(therapy: Therapy, drug: Drug) -> Iterator[SoftRule]:
    dose = drug.ug(therapy.daily_nl)
    told = f"{plain(dose, 3)} ug/day of {drug.name}"
    experience = therapy.figures.of_rows(drug.name, therapy.indication, "little_experience")
    most = therapy.figures.of_rows(drug.name, therapy.indication, "most")
    average = therapy.figures.of_drug(drug.name, "child_average")
    if experience is not None and experience.value is not None:
        limit = experience.value
        if dose > limit.whole:
            text = f"{told}: there is little experience above {limit.text}"
            yield SoftRule("ABOVE_1000", text, experience.source or "")
    if most is not None and most.value is not None and dose > most.value.whole:
        text = f"{told}: most patients of {therapy.indication} origin need up to {most.value.text}"
        yield SoftRule("ABOVE_MOST", text, most.source or "")
    if therapy.under_12 and average is not None and average.value is not None:
        limit = average.value
        if dose > limit.whole:
            text = f"{told}: children under 12 need {limit.text} on average"
            yield SoftRule("UNDER_12", text, average.source or "")


def _screening_solution(therapy: Therapy) -> Iterator[SoftRule]:
    if therapy.mode == "screening":
        return
    for drug in therapy.drugs:
        if same(drug.name) == "baclofen" and drug.conc_ug_ml == screening.UG_ML:
            figure = therapy.figures.of_drug(drug.name, "screening_concentration")
            source = (figure.source or "") if figure is not None else ""
            text = f"baclofen of {screening.UG_ML} ug/mL is for screening only"
            yield SoftRule("SCREENING_CONC", text, source)


def _coarse(therapy: Therapy) -> Iterator[SoftRule]:
    """Too few steps an hour make each a small bolus."""
    above = [
        rate
        for _, steps in therapy.kinds_of_day()
        for _, rate in steps
        if rate > therapy.minimum_nl_h
    ]
    step = Fraction(therapy.nl_per_1000_steps, 1000)
    if above and step * 100 > min(above):
        text = (
            f"a motor step of {plain(step, 3)} nL is {plain(step * 100 / min(above), 2)} % of an "
            f"hour at {in_unit(min(above), 'nL/h', 'mL/h')}: more than 1 %"
        )
        yield SoftRule("COARSE_STEP", text, _RIG)

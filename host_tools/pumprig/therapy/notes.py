"""What is allowed but worth saying: read by people, never a reason to refuse."""

from collections.abc import Iterator
from fractions import Fraction

from pumprig.therapy.program import Therapy
from pumprig.therapy.units import in_unit, plain

# docs/sources.md, U: the monograph's infusion rates.
MONOGRAPH_NL_H = (100_000, 1_000_000)
# docs/sources.md, U: maintenance doses of baclofen, ug/day.
MAINTENANCE_UG_DAY = {"spinal": (12, 2003), "cerebral": (22, 1400)}
SCREENING_UG_ML = 50


def notes(therapy: Therapy) -> list[str]:
    """One line each, in a fixed order."""
    found = [*_flow(therapy), *_drug(therapy), *_reservoir(therapy)]
    return found + [f"rounded: {line}" for line in therapy.roundings]


def _flow(therapy: Therapy) -> Iterator[str]:
    if therapy.mode in ("minimum", "stopped"):
        yield f'mode "{therapy.mode}" gives no therapy'
        return
    low, high = MONOGRAPH_NL_H
    outside = [rate for _, rate in therapy.steps if not low <= rate <= high]
    if outside:
        flows = ", ".join(in_unit(rate, "nL/h", "mL/h") for rate in dict.fromkeys(outside))
        yield f"outside the monograph's 0.1 to 1 mL/h, though this pump can give it: {flows}"


def _drug(therapy: Therapy) -> Iterator[str]:
    is_baclofen = therapy.drug.strip().lower() == "baclofen"
    if is_baclofen != (therapy.profile == "itb"):
        yield (
            f'profile "{therapy.profile}" decides the safe states, and it was not made for '
            f"{therapy.drug}: what is safe for one drug can be an abrupt stop of another"
        )
    if not is_baclofen or therapy.mode not in ("continuous", "flex"):
        return
    if therapy.conc_ug_ml == SCREENING_UG_ML:
        yield "baclofen of 50 ug/mL is for screening only"
    low, high = MAINTENANCE_UG_DAY[therapy.indication]
    dose = Fraction(therapy.forecast().dose_ng_day, 1000)
    if not low <= dose <= high:
        yield (
            f"{plain(dose, 3)} ug/day is outside the maintenance doses of baclofen for "
            f"{therapy.indication} origin, {low} to {high} ug/day"
        )


def _reservoir(therapy: Therapy) -> Iterator[str]:
    coming = therapy.forecast()
    if coming.taper_guard_s == 0 and therapy.mode != "stopped":
        yield "TAPER_GUARD holds the flow below the program from the start: too little volume"
    elif coming.low_reservoir_s == 0:
        yield "LOW_RESERVOIR sounds from the start"

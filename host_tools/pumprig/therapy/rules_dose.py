"""Is the dose of every day, and of any 24 hours, within the bands, and does the supply last?

These rules need the whole program and run on the numbers that the device gets.
"""

from collections.abc import Iterator
from fractions import Fraction

from pumprig.therapy import ranges
from pumprig.therapy.flow import DAY_S
from pumprig.therapy.refusals import Fault
from pumprig.therapy.therapy import Drug, Therapy, day_names
from pumprig.therapy.units import in_unit, plain


def faults(therapy: Therapy) -> Iterator[Fault]:
    if therapy.delivers_therapy:
        yield from _days(therapy)
    yield from _any_24h(therapy)
    yield from _reference(therapy)
    yield from _lasts(therapy)


def _days(therapy: Therapy) -> Iterator[Fault]:
    """One line for each drug and dose that is outside, with the days that have it."""
    days: dict[Fraction, int] = {}
    for day in range(7):
        volume = therapy.day_nl(day)
        days[volume] = days.get(volume, 0) | 1 << day
    for volume, mask in days.items():
        for drug in therapy.drugs:
            dose = drug.ug(volume)
            if drug.low_ug_day <= dose <= drug.high_ug_day:
                continue
            too_high = dose > drug.high_ug_day
            named = "" if not therapy.variants else f" ({day_names(mask)})"
            yield Fault(
                "basal",
                f"{plain(dose, 3)} ug/day of {drug.name}{named}",
                f"allowed {drug.low_ug_day} to {drug.high_ug_day} ug/day, {therapy.indication}",
                "lower the dose" if too_high else "raise the dose",
                drug.source,
            )


def _any_24h(therapy: Therapy) -> Iterator[Fault]:
    """A day may be within its band and 24 h across two days be not."""
    fullest, limit = therapy.week().fullest(DAY_S), therapy.limit_24h_nl
    if fullest <= limit or (therapy.delivers_therapy and therapy.largest_day_nl > limit):
        return  # a day above the limit is told above
    drug = least_room(therapy)
    yield Fault(
        "basal",
        f"{plain(drug.ug(fullest), 3)} ug of {drug.name} within 24 h",
        f"allowed up to {drug.high_ug_day} ug in any 24 h",
        "lower the steps or boluses that follow each other, or lower the lead",
        drug.source,
    )


def _reference(therapy: Therapy) -> Iterator[Fault]:
    """The taper's caps are measured against R, and the device counts them like a basal flow."""
    most = ranges.PUMP_FLOW.high
    if therapy.reference_nl_h > most:
        yield Fault(
            "bolus.periodic",
            f"with the highest basal {in_unit(therapy.reference_nl_h, 'nL/h', 'mL/h')} on average",
            f"allowed up to {in_unit(most, 'nL/h', 'mL/h')}",
            "give less by time of day",
        )


def least_room(therapy: Therapy) -> Drug:
    """The drug whose band sets the limit of 24 h."""
    return min(therapy.drugs, key=lambda drug: Fraction(drug.high_ug_day, drug.conc_ug_ml))


def _lasts(therapy: Therapy) -> Iterator[Fault]:
    """As programmed means: until then the taper's guard does not bind."""
    if therapy.refill_after_s == 0:
        return
    needed = therapy.week().until(therapy.refill_after_s)
    left = therapy.usable_nl - needed
    if left < therapy.guard_nl:
        days = plain(Fraction(therapy.refill_after_s, DAY_S), 2)
        more = -(-(therapy.guard_nl - left) // 1)
        yield Fault(
            "reservoir.refill_after",
            f"{days} day: needs {in_unit(-(-needed // 1), 'nL', 'mL')}, and then "
            f"{in_unit(therapy.guard_nl, 'nL', 'mL')} for a taper",
            f"usable are {in_unit(therapy.usable_nl, 'nL', 'mL')}",
            f"refill earlier, or fill in {in_unit(more, 'nL', 'mL')} more",
        )

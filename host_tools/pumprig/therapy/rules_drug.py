"""Which drugs, how concentrated, and within which daily band? One flow carries them all."""

from collections.abc import Iterator

from pumprig.therapy import ranges, units
from pumprig.therapy.profile import Profile, same
from pumprig.therapy.program_file import Drug, ProgramFile
from pumprig.therapy.ranges import within
from pumprig.therapy.reading import nearest, one_of
from pumprig.therapy.refusals import Fault, dotted, quoted
from pumprig.therapy.units import Quantity


def faults(file: ProgramFile, profile: Profile) -> Iterator[Fault]:
    drugs = file.drug
    if drugs is None:
        return
    if not 1 <= len(drugs) <= ranges.MAX_DRUGS:
        allowed = f"allowed 1 to {ranges.MAX_DRUGS} in one solution"
        yield Fault("drug", f"{len(drugs)} drugs", allowed, "mix fewer")
    yield from _names(file, drugs)
    for i, drug in enumerate(drugs):
        path = dotted(("drug", i))
        yield from _concentration(path, drug, profile)
        yield from within(f"{path}.stable", drug.stable, ranges.STABLE)
        yield from _band(path, drug, file.therapy.indication, profile)
    yield from _indication(file, profile)
    yield from _screening(file, profile)


def _names(file: ProgramFile, drugs: list[Drug]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for i, drug in enumerate(drugs):
        if drug.name is None:
            continue
        if same(drug.name) in seen:
            path = dotted(("drug", i, "name"))
            allowed = f"taken by {dotted(('drug', seen[same(drug.name)], 'name'))}"
            yield Fault(path, f"{quoted(drug.name)} again", allowed, "remove one")
        seen.setdefault(same(drug.name), i)
    dosed, names = file.basal.drug, [drug.name or "" for drug in drugs]
    if dosed is not None and same(dosed) not in seen:
        remedy = nearest(dosed, names, "name a drug of this file")
        yield Fault("basal.drug", quoted(dosed), one_of(names), remedy)


def _concentration(path: str, drug: Drug, profile: Profile) -> Iterator[Fault]:
    place = f"{path}.concentration"
    low = profile.of_drug(drug.name or "", "lowest_concentration")
    high = profile.of_drug(drug.name or "", "highest_concentration")
    if low is None or high is None or low.value is None or high.value is None:
        yield from within(place, drug.concentration, ranges.OTHER_DRUG)
        return
    given = drug.concentration
    if given is not None and not low.value.whole <= given.whole <= high.value.whole:
        allowed = f"allowed {low.value.whole} to {high.value.text}"
        found = ranges.told(given, given.exact, "ug/mL")
        yield Fault(place, found, allowed, "use a marketed concentration", high.source or "")


def _band(path: str, drug: Drug, indication: str | None, profile: Profile) -> Iterator[Fault]:
    """A program narrows the published band of a drug, or gives one where none is published."""
    low, high = drug.daily_min, drug.daily_max
    for key, given in (("daily_min", low), ("daily_max", high)):
        yield from within(f"{path}.{key}", given, ranges.DAILY_DOSE)
    if low is not None and high is not None and low.whole > high.whole:
        allowed = f"allowed up to daily_max, {high.text}"
        yield Fault(f"{path}.daily_min", quoted(low.text), allowed, "swap or correct the two")
    if drug.name is None or indication is None:
        return
    if profile.indications(drug.name):
        yield from _narrower(path, drug, indication, profile)
    elif high is None and "daily_max" not in drug.model_fields_set:
        yield Fault(
            f"{path}.daily_max",
            f"missing: no profile has a daily band of {drug.name}",
            units.DAILY_DOSE.wanted,
            "add daily_max, and daily_min if there is a least dose",
        )


def _narrower(path: str, drug: Drug, indication: str, profile: Profile) -> Iterator[Fault]:
    for key, given, bound in (
        ("daily_min", drug.daily_min, "low"),
        ("daily_max", drug.daily_max, "high"),
    ):
        figure = profile.of_rows(drug.name or "", indication, bound)
        limit: Quantity | None = None if figure is None else figure.value
        if given is None or figure is None or limit is None:
            continue
        if given.whole < limit.whole if bound == "low" else given.whole > limit.whole:
            allowed = f"allowed {'from' if bound == 'low' else 'up to'} {limit.text}"
            remedy = "narrow the band of the profile, not widen it"
            yield Fault(f"{path}.{key}", quoted(given.text), allowed, remedy, figure.source or "")


def _indication(file: ProgramFile, profile: Profile) -> Iterator[Fault]:
    given = file.therapy.indication
    for drug in file.drug or []:
        known = profile.indications(drug.name or "")
        if given is not None and known and given not in known:
            figure = profile.of_rows(drug.name or "", known[0], "high")
            source = (figure.source or "") if figure is not None else ""
            allowed = f"{drug.name} needs {' or '.join(known)}"
            remedy = "say whose table holds"
            yield Fault("therapy.indication", quoted(given), allowed, remedy, source)


def _screening(file: ProgramFile, profile: Profile) -> Iterator[Fault]:
    """Screening boluses are defined as volumes of one solution."""
    if file.basal.mode != "screening" or not file.drug:
        return
    figure = profile.of_drug(file.drug[0].name or "", "screening_concentration")
    if figure is None or figure.value is None or len(file.drug) != 1:
        names = ", ".join(drug.name or "?" for drug in file.drug)
        # The one drug with a published screening sequence.
        wanted = profile.of_drug("baclofen", "screening_concentration")
        source = (wanted.source or "") if wanted is not None else ""
        yield Fault("drug", names, "screening takes baclofen alone", "remove the others", source)
        return
    given = file.drug[0].concentration
    if given is not None and given.whole != figure.value.whole:
        allowed = f"screening takes {figure.value.text}"
        remedy = "use the screening solution"
        path = "drug[0].concentration"
        yield Fault(path, quoted(given.text), allowed, remedy, figure.source or "")

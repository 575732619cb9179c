"""What the doses of a program file are in volume and flow, and which part of a file says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from pumprig.therapy import units
from pumprig.therapy.flow import DAY_S, HOUR_S
from pumprig.therapy.profile import same
from pumprig.therapy.program_file import Drug, Periodic, ProgramFile, Step
from pumprig.therapy.refusals import dotted
from pumprig.therapy.units import Quantity


def flow_nl_h(dose: Quantity, concentration: Quantity | None) -> Fraction | None:
    """The exact flow in nL/h of a flow or of a dose in ng/h; None without a concentration."""
    return _per_ng(dose, concentration) if dose.kind is units.DOSE_RATE else dose.exact


def volume_nl(given: Quantity, concentration: Quantity | None) -> Fraction | None:
    """The exact volume in nL of a volume or of a dose in ng; None without a concentration."""
    return _per_ng(given, concentration) if given.kind is units.DOSE else given.exact


def _per_ng(dose: Quantity, concentration: Quantity | None) -> Fraction | None:
    # 1 ug/mL is 1 ng per 1000 nL.
    return dose.exact * 1000 / concentration.exact if concentration is not None else None


def dosed_drug(file: ProgramFile) -> Drug | None:
    """The drug that the doses of a file are doses of: the first, or the one basal.drug names."""
    drugs = file.drug or []
    if file.basal.drug is None:
        return drugs[0] if drugs else None
    return next((drug for drug in drugs if same(drug.name) == same(file.basal.drug)), None)


def dosed_concentration(file: ProgramFile) -> Quantity | None:
    drug = dosed_drug(file)
    return None if drug is None else drug.concentration


def step_lists(file: ProgramFile) -> Iterator[tuple[str, list[Step]]]:
    """Each list of basal steps with its place: that of every day, then those of the variants."""
    if file.basal.step is not None:
        yield "basal.step", file.basal.step
    for i, variant in enumerate(file.basal.variant or []):
        if variant.step is not None:
            yield dotted(("basal", "variant", i, "step")), variant.step


def programmed_flows(file: ProgramFile) -> Iterator[tuple[str, Quantity, Fraction]]:
    """Path, dose as written and exact flow in nL/h of each dose whose flow is known."""
    doses = [("basal.dose", file.basal.dose)] + [
        (f"{place}[{i}].dose", step.dose)
        for place, steps in step_lists(file)
        for i, step in enumerate(steps)
    ]
    concentration = dosed_concentration(file)
    for path, dose in doses:
        flow = flow_nl_h(dose, concentration) if dose is not None else None
        if dose is not None and flow is not None:
            yield path, dose, flow


@dataclass(frozen=True, slots=True)
class ProgrammedBolus:
    """The demand bolus or one line of periodic ones, as far as its file tells."""

    path: str
    key: str  # dose or volume
    written: Quantity
    exact_nl: Fraction
    seconds: int
    starts_s: tuple[int, ...]  # civil seconds of the day; none for the demand bolus

    @property
    def volume_nl(self) -> int:
        return round(self.exact_nl)

    @property
    def flow_nl_h(self) -> Fraction:
        """Its mean flow; the device runs it at the whole nL/h below and above."""
        return Fraction(self.volume_nl * HOUR_S, self.seconds)


def programmed_boluses(file: ProgramFile) -> Iterator[ProgrammedBolus]:
    if file.bolus is None:
        return
    lines = [("bolus.demand", file.bolus.demand)] + [
        (dotted(("bolus", "periodic", i)), line)
        for i, line in enumerate(file.bolus.periodic or [])
    ]
    for path, line in lines:
        if line is None or line.over is None or line.over.whole < 1:
            continue
        written = line.volume or line.dose
        exact = volume_nl(written, dosed_concentration(file)) if written is not None else None
        if written is None or exact is None:
            continue
        starts = starts_of(line) if isinstance(line, Periodic) else ()
        key = "volume" if line.volume is not None else "dose"
        yield ProgrammedBolus(path, key, written, exact, line.over.whole, starts)


def starts_of(line: Periodic) -> tuple[int, ...]:
    """Seconds of the day at which a line of periodic boluses begins, as far as it tells."""
    if line.at is not None:
        return tuple(at.whole for at in line.at)
    if line.every is None or not HOUR_S <= line.every.whole <= DAY_S:
        return ()
    return tuple(range(0, DAY_S, line.every.whole))

"""From a program file to a checked therapy: read, held against every rule, in whole numbers."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, TypeVar

from pumprig.therapy import reading, rules, rules_dose, screening
from pumprig.therapy.amounts import (
    dosed_concentration,
    flow_nl_h,
    programmed_boluses,
    programmed_flows,
    volume_nl,
)
from pumprig.therapy.profile import Profile, load_profile, packaged
from pumprig.therapy.program_file import Drug as DrugSection
from pumprig.therapy.program_file import ProgramFile, Step
from pumprig.therapy.refusals import ProgramRefused, refuse_if_any
from pumprig.therapy.taper import tau_dh
from pumprig.therapy.therapy import Drug, Therapy
from pumprig.therapy.units import Quantity, plain
from pumprig.therapy.values import DAYS

FLEX_LEAD_S = 2 * 3600  # docs/sources.md, U: a change starts 2 h before the desired effect
T = TypeVar("T")


def load_program(path: Path | str) -> Therapy:
    """Read and check a program file. Raises ProgramRefused with one line per fault."""
    return load_program_text(reading.read_text(Path(path)), str(path), Path(path).parent)


def load_program_text(text: str, label: str = "program", folder: Path | str = ".") -> Therapy:
    """`load_program` for a text in hand.

    `label` names it where the text is not even TOML; a lab's own profile is sought in `folder`.
    """
    file, faults = reading.read_sections(ProgramFile, reading.parse_toml(text, label))
    profile, refused = _profile(file, Path(folder))
    faults += rules.faults_of(file, profile)
    lines = [str(fault) for fault in faults] + refused
    if lines:
        raise ProgramRefused(lines)
    therapy = _therapy(file, profile)
    refuse_if_any(list(rules_dose.faults(therapy)))
    return therapy


def _profile(file: ProgramFile, folder: Path) -> tuple[Profile, list[str]]:
    """The profile that a file names; where that is refused, a packaged one and the lines."""
    name = file.therapy.profile
    try:
        return load_profile(name or "itb", folder), []
    except ProgramRefused as refused:
        return packaged("itb"), refused.lines


def _therapy(file: ProgramFile, profile: Profile) -> Therapy:
    tank, pump, mode = file.reservoir, file.pump, _sure(file.basal.mode)
    indication = _sure(file.therapy.indication)
    default_lead_s = FLEX_LEAD_S if mode == "flex" else 0
    max_drop = _sure(file.taper.max_daily_reduction).whole
    drugs = tuple(_drugs(file, profile))
    max_flow = _sure(pump.max_flow)
    max_bolus_flow = (pump.max_bolus_flow or max_flow).whole
    boluses = _boluses(file, mode, max_bolus_flow)
    return Therapy(
        name=_sure(file.therapy.name),
        profile=profile.hazard,
        indication=indication,
        drugs=drugs,
        rise_permille=_rise(drugs, profile, indication, "rise"),
        refill_rise_permille=_rise(drugs, profile, indication, "refill_rise"),
        under_12=int(bool(file.therapy.under_12)),
        capacity_nl=_sure(tank.capacity).whole,
        volume_nl=_sure(tank.volume).whole,
        residual_nl=_sure(tank.residual).whole,
        low_alarm_nl=_sure(tank.low_alarm).whole,
        tolerance_nl=_sure(tank.tolerance).whole,
        notices_s=tuple(notice.whole for notice in _sure(tank.refill_notice)),
        refill_after_s=tank.refill_after.whole if tank.refill_after is not None else 0,
        mode=mode,
        lead_s=file.basal.lead.whole if file.basal.lead is not None else default_lead_s,
        steps=_basal(file, mode),
        variants=tuple(
            (sum(1 << DAYS.index(day) for day in _sure(variant.days)), _steps(file, variant.step))
            for variant in file.basal.variant or []
        ),
        min_flow_nl_h=_sure(pump.min_flow).whole,
        max_flow_nl_h=max_flow.whole,
        max_bolus_flow_nl_h=max_bolus_flow,
        minimum_nl_h=_sure(file.taper.minimum_rate).whole,
        max_drop_permille=max_drop,
        tau_dh=tau_dh(max_drop, periodic=bool(boluses.periodic)),
        bolus_adds=boluses.adds,
        bolus_max_nl=boluses.max_nl,
        bolus_min_s=boluses.min_s,
        bolus_gap_s=boluses.gap_s,
        bolus_day_max=boluses.day_max,
        demand=boluses.demand,
        periodic=boluses.periodic,
        tubing_nl=_sure(file.line.tubing).whole,
        catheter_nl=_sure(file.line.catheter).whole,
        nl_per_1000_steps=_sure(pump.step_volume).whole,
        max_step_hz=_sure(pump.max_step_rate).whole,
        figures=profile,
        roundings=tuple(_roundings(file)),
    )


def _sure(value: T | None) -> T:
    """A value that the checks have already shown to be there: None would be a bug in them."""
    assert value is not None
    return value


def _drugs(file: ProgramFile, profile: Profile) -> Iterator[Drug]:
    sections = _sure(file.drug)
    indication = _sure(file.therapy.indication)
    together = profile.mixture([_sure(section.name) for section in sections])
    shown = together.stable.value if together is not None and together.stable is not None else None
    for section in sections:
        name = profile.spelling(_sure(section.name))
        low, high, source = _band(section, profile, indication)
        alone = profile.of_drug(name, "stable") if len(sections) == 1 else None
        stable = section.stable or shown or (alone.value if alone is not None else None)
        days = stable.whole if stable is not None else 0
        yield Drug(name, _sure(section.concentration).whole, low, high, days, source)


def _band(section: DrugSection, profile: Profile, indication: str) -> tuple[int, int, str]:
    """Lowest and highest ug/day and who says so: the program where it says anything."""
    name = _sure(section.name)
    published = [profile.of_rows(name, indication, key) for key in ("low", "high")]
    found = [0 if row is None or row.value is None else row.value.whole for row in published]
    low = section.daily_min.whole if section.daily_min is not None else found[0]
    high = section.daily_max.whole if section.daily_max is not None else found[1]
    row = published[1]
    own = section.daily_min is not None or section.daily_max is not None
    return low, high, "this program" if own or row is None else row.source or ""


def _rise(drugs: tuple[Drug, ...], profile: Profile, indication: str, key: str) -> int:
    """One flow carries all drugs, so the one that may rise least decides."""
    figures = [profile.of_rows(drug.name, indication, key) for drug in drugs]
    known = [row.value.whole for row in figures if row is not None and row.value is not None]
    other: Quantity = getattr(profile.file.other, key).value
    return min(known, default=other.whole)


def _steps(file: ProgramFile, steps: list[Step] | None) -> tuple[tuple[int, int], ...]:
    concentration = dosed_concentration(file)
    return tuple(
        (_sure(step.at).whole, round(_sure(flow_nl_h(_sure(step.dose), concentration))))
        for step in _sure(steps)
    )


def _basal(file: ProgramFile, mode: str) -> tuple[tuple[int, int], ...]:
    match mode:
        case "flex":
            return _steps(file, file.basal.step)
        case "continuous":
            flow = flow_nl_h(_sure(file.basal.dose), dosed_concentration(file))
            return ((0, round(_sure(flow))),)
        case "minimum":
            return ((0, _sure(file.taper.minimum_rate).whole),)
        case _:
            return ((0, 0),)


class _Boluses(NamedTuple):
    adds: int
    max_nl: int
    min_s: int
    gap_s: int
    day_max: int
    demand: tuple[int, ...]
    periodic: tuple[tuple[int, int, int], ...]


def _boluses(file: ProgramFile, mode: str, max_bolus_flow_nl_h: int) -> _Boluses:
    bolus = file.bolus
    if mode == "screening":
        shortest = screening.shortest_s(max_bolus_flow_nl_h)
        return _Boluses(1, screening.LARGEST_NL, shortest, 0, 0, (), ())
    if bolus is None:
        return _Boluses(1, 0, 1, 0, 0, (), ())
    demand: tuple[int, ...] = ()
    periodic = []
    for one in programmed_boluses(file):
        periodic += [(at_s, one.volume_nl, one.seconds) for at_s in one.starts_s]
        if not one.starts_s:
            demand = (one.volume_nl, one.seconds)
    largest = volume_nl(_sure(bolus.max), dosed_concentration(file))
    return _Boluses(
        int(_sure(bolus.adds)),
        round(_sure(largest)),
        _sure(bolus.shortest).whole,
        _sure(bolus.gap).whole,
        _sure(bolus.per_day),
        demand,
        tuple(sorted(periodic)),
    )


def _roundings(file: ProgramFile) -> Iterator[str]:
    for path, dose, flow in programmed_flows(file):
        yield from _rounding(path, dose.text, flow, "nL/h")
    for one in programmed_boluses(file):
        yield from _rounding(f"{one.path}.{one.key}", one.written.text, one.exact_nl, "nL")
    if file.bolus is not None and file.bolus.max is not None:
        largest = _sure(volume_nl(file.bolus.max, dosed_concentration(file)))
        yield from _rounding("bolus.max", file.bolus.max.text, largest, "nL")
    for section in ("reservoir", "taper", "line", "pump"):
        for key, value in getattr(file, section):
            if isinstance(value, Quantity):
                unit = value.kind.device_unit
                yield from _rounding(f"{section}.{key}", value.text, value.exact, unit)


def _rounding(path: str, text: str, exact: Fraction, unit: str) -> Iterator[str]:
    error = round(exact) - exact
    if error:
        sign = "+" if error > 0 else ""
        yield (
            f'{path}: "{text}" runs as {round(exact)} {unit}, '
            f"{sign}{plain(error)} {unit} from what is written"
        )

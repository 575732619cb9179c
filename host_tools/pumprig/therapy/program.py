"""A program file, checked whole, as the integers that the device runs."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from pumprig.therapy import forecast, reading, rules
from pumprig.therapy.program_file import ProgramFile
from pumprig.therapy.refusals import refuse_if_any
from pumprig.therapy.taper import tau_dh
from pumprig.therapy.units import Quantity, plain

VERSION = 1  # of the device program's layout
FLEX_LEAD_S = 2 * 3600  # docs/sources.md, U: a change starts 2 h before the desired effect
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Therapy:
    """A program that passed every check. The fields are the device program's, unit in the name.

    `steps` holds the stated second of the day, lead not applied, and the rate in nL/h.
    `roundings` says, one line each, what is not delivered exactly as written.
    """

    name: str
    profile: str
    indication: str
    drug: str
    conc_ug_ml: int
    capacity_nl: int
    volume_nl: int
    residual_nl: int
    low_alarm_nl: int
    refill_notice_s: int
    mode: str
    lead_s: int
    steps: tuple[tuple[int, int], ...]
    min_flow_nl_h: int
    max_flow_nl_h: int
    minimum_nl_h: int
    max_drop_permille: int
    tau_dh: int
    nl_per_1000_steps: int
    max_step_hz: int
    roundings: tuple[str, ...]

    @property
    def highest_nl_h(self) -> int:
        return max(rate for _, rate in self.steps)

    def device_program(self) -> dict[str, object]:
        """The flat program for the wire: integers, strings and the list of steps."""
        program: dict[str, object] = {"v": VERSION}
        for field in fields(self):
            if field.name != "roundings":
                program[field.name] = getattr(self, field.name)
        program["steps"] = [list(step) for step in self.steps]
        return program

    def forecast(self) -> forecast.Forecast:
        """What the program does if nobody touches it, from a midnight."""
        daily = forecast.daily_volume_nl(self.steps)
        daily_nl = -(-daily // 1)
        guard = forecast.guard_usable_nl(self.highest_nl_h, self.tau_dh)
        low = forecast.low_usable_nl(self.low_alarm_nl, self.residual_nl, guard, daily_nl)
        starts = forecast.with_lead(self.steps, self.lead_s)
        usable = self.volume_nl - self.residual_nl
        to_low, to_guard, to_empty = (
            forecast.seconds_to_level(usable, level, starts) for level in (low, guard, 0)
        )
        return forecast.Forecast(
            daily_nl=daily_nl,
            dose_ng_day=round(daily * self.conc_ug_ml / 1000),
            guard_usable_nl=guard,
            low_usable_nl=low,
            low_reservoir_s=to_low,
            taper_guard_s=to_guard,
            empty_s=to_empty,
            days_to_minimum=forecast.days_of_taper(
                self.highest_nl_h, self.minimum_nl_h, self.max_drop_permille
            ),
        )


def load_program(path: Path | str) -> Therapy:
    """Read and check a program file. Raises ProgramRefused with one line per fault."""
    return load_program_text(reading.read_text(Path(path)), str(path))


def load_program_text(text: str, label: str = "program") -> Therapy:
    """`load_program` for a text in hand; `label` names it where the text is not even TOML."""
    file, faults = reading.read_sections(ProgramFile, reading.parse_toml(text, label))
    faults += rules.faults_of(file)
    refuse_if_any(faults)
    return _therapy(file)


def _therapy(file: ProgramFile) -> Therapy:
    tank, pump, mode = file.reservoir, file.pump, _sure(file.basal.mode)
    default_lead_s = FLEX_LEAD_S if mode == "flex" else 0
    max_drop = _sure(file.taper.max_daily_reduction).whole
    return Therapy(
        name=_sure(file.therapy.name),
        profile=_sure(file.therapy.profile),
        indication=_sure(file.therapy.indication),
        drug=_sure(_sure(file.drug)[0].name),
        conc_ug_ml=_sure(rules.concentration_of(file)).whole,
        capacity_nl=_sure(tank.capacity).whole,
        volume_nl=_sure(tank.volume).whole,
        residual_nl=_sure(tank.residual).whole,
        low_alarm_nl=_sure(tank.low_alarm).whole,
        refill_notice_s=_sure(tank.refill_notice).whole,
        mode=mode,
        lead_s=file.basal.lead.whole if file.basal.lead is not None else default_lead_s,
        steps=_steps(file, mode),
        min_flow_nl_h=_sure(pump.min_flow).whole,
        max_flow_nl_h=_sure(pump.max_flow).whole,
        minimum_nl_h=_sure(file.taper.minimum_rate).whole,
        max_drop_permille=max_drop,
        tau_dh=tau_dh(max_drop),
        nl_per_1000_steps=_sure(pump.step_volume).whole,
        max_step_hz=_sure(pump.max_step_rate).whole,
        roundings=tuple(_roundings(file)),
    )


def _sure(value: T | None) -> T:
    """A value that the checks have already shown to be there: None would be a bug in them."""
    assert value is not None
    return value


def _steps(file: ProgramFile, mode: str) -> tuple[tuple[int, int], ...]:
    rates = [round(flow) for _, _, flow in rules.programmed_flows(file)]
    match mode:
        case "flex":
            at = [_sure(step.at).whole for step in _sure(file.basal.step)]
            return tuple(zip(at, rates, strict=True))
        case "continuous":
            return ((0, rates[0]),)
        case "minimum":
            return ((0, _sure(file.taper.minimum_rate).whole),)
        case _:
            return ((0, 0),)


def _roundings(file: ProgramFile) -> Iterator[str]:
    for path, dose, flow in rules.programmed_flows(file):
        yield from _rounding(path, dose.text, flow, "nL/h")
    for section in ("reservoir", "taper", "pump"):
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

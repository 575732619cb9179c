"""A timeline of what happens to the rig during a run: refills, stops, power cuts, faults."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import Field, PlainValidator

from pumprig.therapy import ranges, reading, units
from pumprig.therapy.ranges import within
from pumprig.therapy.refusals import Fault, dotted, quoted, refusal, refuse_if_any
from pumprig.therapy.units import Quantity
from pumprig.therapy.values import Volume

# What can happen, with the keys it needs and, after them, those it may have.
ACTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "refill": (("volume",), ()),
    "stop": ((), ()),
    "emergency_stop": (("reason",), ()),
    "acknowledge": ((), ("condition",)),
    "resume_direct": (("reason",), ()),
    "restart": (("reason",), ()),
    "power_cut": (("off",), ()),
    "stall": ((), ()),
    "stall_clear": ((), ()),
    "freeze_cpu": ((), ()),
}

_DAY_AND_TIME = re.compile(r"day ([0-9]{1,6}) ([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_REASON = "1 to 60 printable ASCII characters"
_CONDITION = 'the name of an alarm such as "LOW_RESERVOIR"'


@dataclass(frozen=True, slots=True)
class ScenarioEvent:
    """Something happens `at_s` seconds of pump time after the start of the run."""

    at_s: int
    action: str  # a key of ACTIONS
    args: dict[str, int | str]  # volume_nl, off_ms (wall time), reason, condition


def _moment(value: object) -> Quantity | None:
    if value is None:
        return None
    if isinstance(value, str) and value.startswith("day"):
        match = _DAY_AND_TIME.fullmatch(value)
        if match is None:
            raise refusal(quoted(value), units.MOMENT.wanted, 'write "day N HH:MM"')
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        at_s = days * 86_400 + hours * 3600 + minutes * 60 + seconds
        return Quantity(value, Fraction(at_s), units.MOMENT)
    return units.quantity(value, units.MOMENT, zero_allowed=True)


def _action(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value in ACTIONS):
        return value
    names = list(ACTIONS)
    remedy = reading.nearest(value, names, "use one of these")
    raise refusal(quoted(value), reading.one_of(names), remedy)


def _text(pattern: str, allowed: str) -> PlainValidator:
    def read(value: object) -> str | None:
        if value is None or (isinstance(value, str) and re.fullmatch(pattern, value)):
            return value
        raise refusal(quoted(value), allowed, "respell it")

    return PlainValidator(read)


class Event(reading.Section):
    at: Annotated[Quantity | None, PlainValidator(_moment)] = Field(
        description=units.MOMENT.wanted
    )
    do: Annotated[str | None, PlainValidator(_action)] = Field(
        description=reading.one_of(list(ACTIONS))
    )
    volume: Volume = Field(default=None, description=units.VOLUME.wanted)
    off: Annotated[Quantity | None, units.measured(units.WALL_TIME)] = Field(
        default=None, description=units.WALL_TIME.wanted
    )
    # The device keeps reasons in its log and takes them over the link: short, one byte a letter.
    reason: Annotated[str | None, _text(r"(?=.*\S)[ -~]{1,60}", _REASON)] = Field(
        default=None, description=_REASON
    )
    condition: Annotated[str | None, _text(r"[A-Z][A-Z0-9_]{0,31}", _CONDITION)] = Field(
        default=None, description=_CONDITION
    )


class ScenarioFile(reading.Section):
    event: list[Event] | None = Field(description="sections [[event]]")


def load_scenario(path: Path | str) -> list[ScenarioEvent]:
    """Read and check a scenario file. Raises ProgramRefused with one line per fault."""
    return load_scenario_text(reading.read_text(Path(path)), str(path))


def load_scenario_text(text: str, label: str = "scenario") -> list[ScenarioEvent]:
    """`load_scenario` for a text in hand; events keep the order of the file."""
    file, faults = reading.read_sections(ScenarioFile, reading.parse_toml(text, label))
    events = file.event or []
    for i, event in enumerate(events):
        faults += _ranges(dotted(("event", i)), event)
        faults += _keys(dotted(("event", i)), event)
    faults += _order(events)
    refuse_if_any(faults)
    return [_scenario_event(event) for event in events]


def _ranges(path: str, event: Event) -> Iterator[Fault]:
    yield from within(f"{path}.at", event.at, ranges.MOMENT)
    yield from within(f"{path}.volume", event.volume, ranges.REFILL)
    yield from within(f"{path}.off", event.off, ranges.POWER_CUT)


def _keys(path: str, event: Event) -> Iterator[Fault]:
    if event.do is None:
        return
    needed, optional = ACTIONS[event.do]
    given = event.model_fields_set - {"at", "do"}
    for key in needed:
        if key not in given:
            wanted = Event.model_fields[key].description or ""
            yield Fault(f"{path}.{key}", f'missing with "{event.do}"', wanted, "add the key")
    for key in sorted(given - {*needed, *optional}):
        owners = [name for name, keys in ACTIONS.items() if key in keys[0] + keys[1]]
        only = f"only with {', '.join(owners)}"
        yield Fault(f"{path}.{key}", f'given with "{event.do}"', only, "remove it")


def _order(events: list[Event]) -> Iterator[Fault]:
    before: Quantity | None = None
    for i, event in enumerate(events):
        if event.at is None:
            continue
        if before is not None and event.at.whole < before.whole:
            allowed = f"not before the event before it, {before.text}"
            path = dotted(("event", i, "at"))
            yield Fault(path, quoted(event.at.text), allowed, "put the events in order of time")
        before = event.at


def _scenario_event(event: Event) -> ScenarioEvent:
    assert event.at is not None and event.do is not None  # the checks have seen to it
    args: dict[str, int | str] = {}
    if event.volume is not None:
        args["volume_nl"] = event.volume.whole
    if event.off is not None:
        args["off_ms"] = event.off.whole
    if event.reason is not None:
        args["reason"] = event.reason
    if event.condition is not None:
        args["condition"] = event.condition
    return ScenarioEvent(event.at.whole, event.do, args)

"""A timeline of what happens to the rig during a run: orders, power cuts, faults."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pumprig.therapy import ranges, reading, tapers
from pumprig.therapy.bridge import solution
from pumprig.therapy.program import load_program
from pumprig.therapy.ranges import within
from pumprig.therapy.refusals import Fault, ProgramRefused, dotted, quoted
from pumprig.therapy.scenario_file import ACTIONS, ORDERS, Event, ScenarioFile
from pumprig.therapy.therapy import Therapy
from pumprig.therapy.units import Quantity
from pumprig.therapy.values import DAYS


@dataclass(frozen=True, slots=True)
class ScenarioEvent:
    """Something happens `at_s` seconds of pump time after the start of the run.

    `args` holds the fields of the order (docs/link.md), ready for the wire. What a run adds: it
    stages `program` (a device program) before `change` and `refill`, names the running program in
    `restart`, and sends `time` first to hear it announced and then confirmed. Of what happens on
    the bench: `off_ms` (wall time), `by_s` (of the clock), `key`, `fault` with its own numbers.
    """

    at_s: int
    action: str  # a key of scenario_file.ACTIONS
    args: dict[str, Any] = field(default_factory=dict)
    expect: str = ""  # "refused": the run fails if the device takes the order
    note: str = ""  # for the log


def load_scenario(path: Path | str, running: Therapy | None = None) -> list[ScenarioEvent]:
    """Read and check a scenario file. Raises ProgramRefused with one line per fault.

    `running` is the program that the run starts with: presets of tapers need it.
    """
    text, folder = reading.read_text(Path(path)), Path(path).parent
    return load_scenario_text(text, str(path), folder, running)


def load_scenario_text(
    text: str,
    label: str = "scenario",
    folder: Path | str = ".",
    running: Therapy | None = None,
) -> list[ScenarioEvent]:
    """`load_scenario` for a text in hand; events keep the order of the file."""
    file, faults = reading.read_sections(ScenarioFile, reading.parse_toml(text, label))
    events = file.event or []
    for i, event in enumerate(events):
        path = dotted(("event", i))
        faults += [*_ranges(path, event), *_keys(path, event), *_together(path, event)]
    faults += _order(events)
    lines = [str(fault) for fault in faults]
    found = []
    for i, event in enumerate(events):
        try:
            args, running = _resolved(dotted(("event", i)), event, Path(folder), running)
        except ProgramRefused as refused:
            lines += refused.lines
            continue
        if not lines:
            found.append(_scenario_event(event, args))
    if lines:
        raise ProgramRefused(lines)
    return found


def _ranges(path: str, event: Event) -> Iterator[Fault]:
    yield from within(f"{path}.at", event.at, ranges.MOMENT)
    volumes = {"bolus": ranges.BOLUS_VOLUME, "withdrawn": ranges.WITHDRAWN}
    allowed = volumes.get(event.do or "", ranges.REFILL)
    yield from within(f"{path}.volume", event.volume, allowed)
    yield from within(f"{path}.over", event.over, ranges.BOLUS_DURATION)
    yield from within(f"{path}.held", event.held, ranges.HELD)
    yield from within(f"{path}.by", event.by, ranges.CLOCK_JUMP)
    yield from within(f"{path}.off", event.off, ranges.POWER_CUT)


def _keys(path: str, event: Event) -> Iterator[Fault]:
    if event.do is None:
        return
    needed, optional = ACTIONS[event.do]
    given = event.model_fields_set - {"at", "do", "note"}
    for key in needed:
        if key not in given:
            wanted = Event.model_fields[key].description or ""
            yield Fault(f"{path}.{key}", f'missing with "{event.do}"', wanted, "add the key")
    taken = {*needed, *optional, *({"expect"} if event.do in ORDERS else ())}
    for key in sorted(given - taken):
        owners = [name for name, keys in ACTIONS.items() if key in keys[0] + keys[1]]
        only = f"only with {', '.join(owners or ['an order to the device'])}"
        yield Fault(f"{path}.{key}", f'given with "{event.do}"', only, "remove it")


def _together(path: str, event: Event) -> Iterator[Fault]:
    """Keys that make sense only with others."""
    given = event.model_fields_set
    if event.do == "bolus" and given & {"volume", "over"}:
        for key in ("volume", "over", "reason"):
            if key not in given:
                wanted = Event.model_fields[key].description or ""
                yield Fault(f"{path}.{key}", "missing with a single bolus", wanted, "add the key")
    if event.do == "stop" and "reason" not in given:
        supervised = isinstance(event.taper, str) and event.taper.startswith("supervised")
        if supervised or event.supervised:
            wanted = Event.model_fields["reason"].description or ""
            yield Fault(f"{path}.reason", "missing with a supervised taper", wanted, "add the key")
    if event.do == "refill" and "program" not in given:
        for key in sorted(given & {"bridge", "override"}):
            yield Fault(f"{path}.{key}", "given without program", "only with program", "remove it")
    if event.do == "stop" and isinstance(event.taper, str) and event.taper in tapers.PRESETS:
        for key in sorted(given & {"ends", "supervised"}):
            allowed = "a preset says so itself"
            yield Fault(f"{path}.{key}", f"given with {quoted(event.taper)}", allowed, "remove it")


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


def _resolved(
    path: str, event: Event, folder: Path, running: Therapy | None
) -> tuple[dict[str, Any], Therapy | None]:
    """What needs other files or the running program, and what runs after the event."""
    args: dict[str, Any] = {}
    if event.program is not None:
        try:
            new = load_program(folder / event.program)
        except ProgramRefused as refused:
            raise ProgramRefused(
                [f"{path}.program: {event.program}: {line}" for line in refused.lines]
            ) from None
        _needs_bridge(path, event, running, new)
        args["program"] = new.device_program()
        if event.expect != "refused":
            running = new
    if event.taper is not None:
        args |= _taper(f"{path}.taper", event, running)
    elif event.do == "stop" and event.ends is not None:
        args["ends"] = event.ends
    return args, running


def _needs_bridge(path: str, event: Event, running: Therapy | None, new: Therapy) -> None:
    changes = running is not None and solution(running) != solution(new)
    if event.do == "refill" and changes and event.bridge is None:
        found = "missing: the solution changes"
        remedy = "say whether the old one in the line is bridged"
        raise ProgramRefused([str(Fault(f"{path}.bridge", found, "true or false", remedy))])
    if event.do == "refill" and changes and event.bridge is False and event.reason is None:
        fault = Fault(
            f"{path}.reason",
            "missing: the old solution is not bridged",
            Event.model_fields["reason"].description or "",
            "say why",
        )
        raise ProgramRefused([str(fault)])
    if event.do == "change" and changes:
        allowed = "another solution comes with a refill"
        fault = Fault(f"{path}.program", quoted(event.program), allowed, "refill with it")
        raise ProgramRefused([str(fault)])


def _taper(path: str, event: Event, running: Therapy | None) -> dict[str, Any]:
    if running is None:
        found = quoted(event.taper) if isinstance(event.taper, str) else "a plan"
        allowed = "a taper is held against the program that runs"
        remedy = "load the scenario with its program"
        raise ProgramRefused([str(Fault(path, found, allowed, remedy))])
    if isinstance(event.taper, str):
        taper = tapers.preset(event.taper, running, path)
    else:
        ends, plan = event.ends or "stopped", event.taper or ()
        taper = tapers.custom(
            plan, running, ends=ends, supervised=bool(event.supervised), path=path
        )
    return {"plan": [list(entry) for entry in taper.plan], "ends": taper.ends, "kind": taper.kind}


def _scenario_event(event: Event, resolved: dict[str, Any]) -> ScenarioEvent:
    assert event.at is not None and event.do is not None  # the checks have seen to it
    args: dict[str, Any] = {}
    for name, given in (
        ("volume_nl", event.volume),
        ("seconds", event.over),
        ("held_h", event.held),
        ("tod_s", event.tod),
        ("by_s", event.by),
        ("off_ms", event.off),
    ):
        if given is not None:
            args[name] = given.whole
    for key in (
        "bridge",
        "effective",
        "stage",
        "condition",
        "reason",
        "confirm",
        "override",
        "fault",
        "key",
    ):
        value = getattr(event, key)
        if value is not None:
            args[key] = value
    if event.weekday is not None:
        args["weekday"] = DAYS.index(event.weekday)
    if event.do == "empty":
        args["confirm"] = True  # whoever writes it down means it
    if event.do == "response":
        args.setdefault("held_h", 0)
    args |= {**(event.args or {}), **resolved}
    return ScenarioEvent(event.at.whole, event.do, args, event.expect or "", event.note or "")

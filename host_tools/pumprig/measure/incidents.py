"""Incidents of real pumps, replayed on the host rig and held against what is declared of them.

`examples/incidents/incidents.toml` declares each; its README tells the stories. The verdict is
part of the declaration: a replay shows that the rig does what the declaration says.
"""

import html
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pumprig.rig.host import HostRig
from pumprig.rig.record import Run
from pumprig.rig.run import Plan, run_program
from pumprig.therapy import ProgramRefused, load_program, load_scenario

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "incidents"
VERDICTS = ("better", "partly", "same")
HOUR_S = 3600


@dataclass(frozen=True)
class Incident:
    """One `[[incident]]`. Hours of pump time; `alarms`: from when until when each is raised;
    `never`: not raised at all; `silent`: no alarm at all; `delivered_nl`: what the head moved."""

    name: str
    story: str
    program: str
    days: float
    time_scale: int
    delivered_nl: tuple[int, int]
    verdict: str
    rig: str
    scenario: str = ""
    prime: bool = False
    refused_program: str = ""
    refused_line: str = ""
    refusals: int = 0
    refusal: str = ""
    alarms: dict[str, tuple[float, float]] | None = None
    never: tuple[str, ...] = ()
    silent: bool = False


@dataclass(frozen=True)
class Replay:
    """`did`: the alarms with the hour they were first raised at. `wrong`: what is not as
    declared, one line each; empty: all is."""

    name: str
    story: str
    rig: str
    verdict: str
    did: str
    wrong: list[str]


def declared() -> list[Incident]:
    rows: list[dict[str, Any]] = tomllib.loads(
        (FOLDER / "incidents.toml").read_text(encoding="utf-8")
    )["incident"]
    return [Incident(**row) for row in rows]


def replay(incident: Incident) -> Replay:
    """Run it on the host rig, sensors looked at all the time. NotRefused, LinkError,
    ProgramRefused where it cannot be run as declared."""
    path = FOLDER / incident.program
    therapy = load_program(path)
    events = load_scenario(FOLDER / incident.scenario, therapy) if incident.scenario else []
    text, days = path.read_text(encoding="utf-8"), incident.days
    plan = Plan(therapy, text, days, incident.time_scale, events, prime=incident.prime)
    rig = HostRig(sense_ms=HostRig.LOOK_MS)
    rig.open()
    run = run_program(rig, plan, lambda _progress: None)
    raised = first_raised(run)
    did = ", ".join(f"{name} at {t_s / HOUR_S:.2f} h" for name, t_s in raised.items())
    return Replay(
        incident.name,
        incident.story,
        incident.rig,
        incident.verdict,
        did or "no alarm",
        [*_program(incident), *_wrong(incident, run, raised)],
    )


def first_raised(run: Run) -> dict[str, int]:
    """Each condition with the second at which it was first raised, in that order."""
    found: dict[str, int] = {}
    for event in run.events:
        if event.kind == "alarm" and event.event == "raised":
            found.setdefault(event.name, event.t_s)
    return found


def _program(incident: Incident) -> Iterator[str]:
    """The file of the mistake itself, where there is one, is refused."""
    if not incident.refused_program:
        return
    try:
        load_program(FOLDER / incident.refused_program)
    except ProgramRefused as refused:
        if any(line.startswith(incident.refused_line) for line in refused.lines):
            return
    yield f"{incident.refused_program} was to be refused: {incident.refused_line}"


def _wrong(incident: Incident, run: Run, raised: dict[str, int]) -> Iterator[str]:
    for name, (from_h, until_h) in (incident.alarms or {}).items():
        at_s = raised.get(name)
        if at_s is None or not from_h * HOUR_S <= at_s <= until_h * HOUR_S:
            seen = "never" if at_s is None else f"at {at_s / HOUR_S:.2f} h"
            yield f"{name} was to be raised from {from_h} to {until_h} h, and was {seen}"
    for name in raised if incident.silent else incident.never:
        if name in raised:
            yield f"{name} was not to be raised, and was at {raised[name] / HOUR_S:.2f} h"
    if incident.refusal:
        refused = [e for e in run.events if e.kind == "note" and incident.refusal in e.text]
        if len(refused) != incident.refusals:
            yield f"{incident.refusal}: {incident.refusals} refusals wanted, {len(refused)} came"
    low, high = incident.delivered_nl
    if not low <= run.truth[-1].delivered_nl <= high:
        yield f"delivered {run.truth[-1].delivered_nl} nL, declared {low} to {high}"


def as_rows(replays: list[Replay]) -> list[dict[str, Any]]:
    return [asdict(replay) for replay in replays]


def as_html(replays: list[Replay]) -> str:
    """One row each, a page without anything from elsewhere."""
    head = ("incident", "what happened", "what this rig does", "what was seen", "verdict")
    rows = [[r.name, r.story, r.rig, r.did, "; ".join(r.wrong) or r.verdict] for r in replays]
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Incidents</title>'
        "<style>body{font:15px sans-serif;margin:2em}td,th{border:1px solid #999;padding:.4em;"
        "text-align:left;vertical-align:top}table{border-collapse:collapse}</style>"
        "<h1>Incidents, replayed on the host rig</h1>"
        "<p>Not a medical device, never for a patient.</p><table><tr>"
        + "".join(f"<th>{name}</th>" for name in head)
        + f"</tr>\n{body}\n</table></html>\n"
    )

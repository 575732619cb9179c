"""When was each alarm active? The log's raised, acknowledged and cleared, paired into spans."""

from collections.abc import Iterable
from dataclasses import dataclass

from pumprig.rig.record import Event


@dataclass(slots=True)
class AlarmSpan:
    """One time a condition was active; None where the run ended before."""

    condition: str
    priority: str  # "high" | "medium" | "low"
    text: str
    raised_s: int
    acknowledged_s: int | None = None
    cleared_s: int | None = None


def alarm_spans(events: Iterable[Event]) -> list[AlarmSpan]:
    """The spans in the order in which they were raised."""
    spans: list[AlarmSpan] = []
    active: dict[str, AlarmSpan] = {}
    for event in events:
        if event.kind != "alarm":
            continue
        if event.event == "raised":
            span = AlarmSpan(event.name, event.priority, event.text, event.t_s)
            spans.append(span)
            active[event.name] = span
        elif event.name in active and event.event == "acknowledged":
            active[event.name].acknowledged_s = event.t_s
        elif event.name in active and event.event == "cleared":
            active.pop(event.name).cleared_s = event.t_s
    return spans

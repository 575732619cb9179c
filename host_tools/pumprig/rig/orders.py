"""How an event of a scenario is said on the wire, and what the ideal is told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pump.screening import STAGES
from pumprig.analysis.ideal import Action
from pumprig.rig.link_client import LinkClient
from pumprig.rig.staging import stage
from pumprig.therapy import ScenarioEvent

# Where the device's word for an order is not the scenario's own.
_COMMANDS = {"emergency_stop": "estop", "acknowledge": "ack"}
# Orders that deliver nothing else, and so are none of the ideal's.
_WITHOUT_EFFECT = ("acknowledge", "refill_open", "withdrawn", "response")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an order. `action` makes the ideal's action of the device's own time; None:
    there is none. `known` is False where the ideal cannot follow what the order does."""

    refused: str
    command: str
    words: str = ""
    action: Callable[[int], Action] | None = None
    known: bool = True
    begins: str = ""  # what holds from the full hour on at which the order acts


def command_of(event: ScenarioEvent) -> str:
    return _COMMANDS.get(event.action, event.action)


def give(link: LinkClient, event: ScenarioEvent, program: dict[str, Any]) -> Answer:
    """Give the order of `event` to a device that runs `program`. LinkError without an answer."""
    command = command_of(event)
    fields = dict(event.args)
    fields.pop("filled_nl", None)  # the device hears of what was meant
    another = fields.pop("program", None)
    if another is not None:
        reply = stage(link, another)
        if "err" in reply:
            return Answer(str(reply["err"]), command)
        if command == "refill":
            fields["change"] = True
    if command == "estop":
        fields["confirm"] = True
    elif command == "ack":
        fields = {"a": fields.get("condition", "")}
    elif command == "restart":
        fields["program"] = program["name"]
    words = ""
    if command == "time":
        announced = link.request(command, **fields)
        if "err" in announced:
            return Answer(str(announced["err"]), command)
        words = str(announced["announce"])
        fields["confirm"] = True
    reply = link.request(command, **fields)
    if "err" in reply:
        return Answer(str(reply["err"]), command)
    if command == "withdrawn":
        words = f"{reply['verdict']}, {reply['difference_nl']} nL from what was expected"
    if event.action in _WITHOUT_EFFECT:
        return Answer("", command, words)
    if (
        command == "empty"
    ):  # what an emptied reservoir and its next filling do, the law leaves open
        return Answer("", command, words, known=False)
    begins = f'program "{another["name"]}"' if another else ""
    if command == "time":
        begins = "another time of day"
    action = _action(event.action, fields, reply, another, program)
    return Answer("", command, words, action, begins=begins)


def _action(
    action: str,
    fields: dict[str, Any],
    reply: dict[str, Any],
    another: dict[str, Any] | None,
    program: dict[str, Any],
) -> Callable[[int], Action]:
    told: tuple[Any, ...] = ()
    match action:
        case "refill" if another is None:
            told = (fields["volume_nl"],)
        case "refill":
            told = (fields["volume_nl"], another, fields.get("bridge") is True)
        case "change":
            told = (another,)
        case "stop" if "plan" in fields or "ends" in fields:
            plan = [tuple(entry) for entry in fields.get("plan", [])]
            told = (plan, fields.get("ends", "stopped"), fields.get("kind", ""))
        case "bolus":
            volume_nl, seconds = fields.get("volume_nl"), fields.get("seconds")
            if volume_nl is None:
                volume_nl, seconds = program["demand"]
            told = (volume_nl, seconds, reply["start_s"])
        case "screen":
            action = "bolus"
            told = (STAGES[reply["stage"] - 1][1], _seconds(reply), reply["start_s"])
        case "prime":
            told = (program["tubing_nl"] + program["catheter_nl"], _seconds(reply))
            told = (*told, reply["start_s"])
        case "bolus_stop":
            told = (reply["end_s"],)
        case "time":
            told = (fields["weekday"], fields["tod_s"])
    return lambda t_s: (t_s, action, *told)


def _seconds(reply: dict[str, Any]) -> int:
    return int(reply["end_s"]) - int(reply["start_s"])

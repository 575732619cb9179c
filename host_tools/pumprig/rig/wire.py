"""The messages of the link as types: what docs/link.md says in words. docs/link.schema.json, the
JSON Schema beside that page, is what `python -m pumprig.rig.wire` prints.

Requests are described as a device obeys them; it passes over fields that it does not know. Replies
hold nothing else. Units are in the names, times are pump seconds.
"""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model, model_validator

from link.authority import KEY_BYTES, OPERATOR, ROLES
from link.commands import CHANGING
from pump.calibration import RANGES

Whole = Annotated[int, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0)]
Flag = Literal[0, 1]
YesNo = Annotated[bool, Field(strict=True)]
Reason = Annotated[str, Field(min_length=1, max_length=80)]
Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})*$")]
Key = Annotated[str, Field(pattern=f"^([0-9a-fA-F]{{{2 * KEY_BYTES}}})?$")]
Permille = Annotated[int, Field(strict=True, ge=1, le=1000)]
_Q_MAX = (1 << 53) - 1
Number = Annotated[int, Field(strict=True, ge=-_Q_MAX, le=_Q_MAX)]


class Request(BaseModel):
    """What every request has; `s` where it takes a session."""

    model_config = ConfigDict(extra="allow")
    q: Number
    s: str = ""


class Commission(Request):
    """Both keys, or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"properties": {role: {"const": ""} for role in ROLES[OPERATOR:]}},
                {"properties": {role: {"minLength": 2 * KEY_BYTES} for role in ROLES[OPERATOR:]}},
            ]
        }
    )

    @model_validator(mode="after")
    def _both(self) -> Self:
        if len({getattr(self, role) == "" for role in ROLES[OPERATOR:]}) > 1:
            raise ValueError("one key is missing")
        return self


class Reply(BaseModel):
    """What every reply has."""

    model_config = ConfigDict(extra="forbid")
    q: Number | None


class Refused(Reply):
    """In one line, for people; nothing has changed, but for NotKept."""

    err: str


class NotKept(Reply):
    """The one error that means obeyed, of any order: a reset may bring back what was before."""

    err: Literal["flash: obeyed, but it could not be kept"]


class Obeyed(Reply):
    ok: Literal[1]


class UnderWay(Obeyed):
    """A bolus or a prime."""

    start_s: Whole
    end_s: Whole


class Hello(Reply):
    protocol: Literal[3]
    firmware: str
    state: Literal["no program", "ready", "running", "stopped"]
    program: str
    conditions: Count
    authority: Literal["open", "keys", "locked"]
    # What a rig without a board leaves out:
    board: str = ""
    micropython: str = ""
    reset: Literal["power", "watchdog", "restart"] = "power"
    self_test: str = ""
    crash: str = ""
    journal: str = ""
    parts: str = ""
    rotor: Count = 0
    heap_free_min: Count = 0
    loop_ms_max: Count = 0
    dropped: Count = 0
    window_wall_s: Count = 0


class Conditions(Reply):
    first: Count = Field(alias="from")
    conditions: list[tuple[str, Literal[1, 2, 3]]]


class Signals(BaseModel):
    model_config = ConfigDict(extra="forbid")
    audio: Literal["on", "paused", "off"]
    left_s: Count
    sounding: Literal[0, 1, 2, 3]
    style: Literal["iec", "implant"]
    latched: Count
    tested: Literal["confirmed", "not confirmed", "not seen"]


class Status(Reply):
    now_s: Whole
    now_ms: Annotated[int, Field(ge=0, le=999)]
    scale: Annotated[int, Field(ge=1)]
    state: Literal["no program", "ready", "running", "stopped"]
    rate_nl_h: Count
    basal_nl_h: Count
    authorised: Count
    emitted: Count
    usable_nl: Whole
    alarms: Count
    acknowledged: Count
    signals: Signals


class Therapy(Reply):
    solution: list[tuple[str, Count]]
    limit_24h_nl: Count
    given_24h_nl: Count
    bolus: tuple[str, Count, Count, Whole, Whole] | None
    boluses_24h: Count
    refill_s: Annotated[list[Whole | None], Field(min_length=5, max_length=5)]
    refill: Literal["closed", "open", "withdrawn", "interrupted"]
    tod_s: Annotated[int, Field(ge=0, lt=86_400)]
    weekday: Annotated[int, Field(ge=0, le=6)]
    clock_lost: Flag
    next: str
    screening: tuple[Annotated[int, Field(ge=0, le=3)], Whole, str, Count]
    start_ug_day: Count


class Readings(Reply):
    scale_raw: Whole
    scale_readings: Count
    rotor: Count
    pressure_down_raw: Whole
    pressure_up_raw: Whole
    air: Flag | YesNo
    supply_mv: Whole
    temperature_cc: Whole
    keys: Count
    clock_chip_s: Whole
    weighed_nl: Whole
    calibration: dict[str, dict[str, Whole]]


class Log(Reply):
    next: Annotated[int, Field(ge=1)]
    last: Count
    head: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    data: Hex


class Challenge(Reply):
    number: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class Login(Obeyed):
    s: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    idle_s: Count


class Staged(Obeyed):
    """Of the last part; the others are just obeyed."""

    largest_scale: Count
    soft: list[str]


class Ends(Obeyed):
    end_s: Whole


class Screened(UnderWay):
    stage: Literal[1, 2, 3]


class RefillOpen(Obeyed):
    expected_nl: Count


class Withdrawn(Obeyed):
    verdict: Literal["ok", "investigate", "significant"]
    difference_nl: Whole


class TimeAnnounced(Reply):
    announce: str
    move_s: Whole
    acts_s: Whole
    before_nl_h: Count
    after_nl_h: Count


def _or_left_out(kind: Any) -> tuple[Any, Any]:
    """A field that may be left out, but is not null."""
    return kind, Field(default_factory=lambda: None)


_OPTIONAL: dict[str, Any] = {
    "scale": (Annotated[int, Field(ge=1)], 1),
    "weekday": (Annotated[int, Field(ge=0, le=6)], 0),
    "tod_s": (Annotated[int, Field(ge=0, lt=86_400)], 0),
    "override": (Reason | None, None),
    "condition": (str, ""),
}
_WHY: dict[str, Any] = {"reason": (Reason, ...)}
_SURE: dict[str, Any] = {"confirm": (Literal[True], ...), **_WHY}
_CONFIRM: dict[str, Any] = {"confirm": (Reason | None, None)}
_PLAN = Annotated[
    list[tuple[Annotated[int, Field(ge=0, le=1440)], Permille]], Field(max_length=40)
]
_CALIBRATED: dict[str, Any] = {
    field: _or_left_out(Annotated[int, Field(ge=low, le=high)])
    for part in RANGES.values()
    for field, (low, high) in part.items()
}

# Command: (fields of the request, replies besides Refused).
COMMANDS: dict[str, tuple[dict[str, Any], tuple[type[Reply], ...]]] = {
    "hello": ({}, (Hello,)),
    "conditions": ({"from": (Count, 0)}, (Conditions,)),
    "status": ({}, (Status,)),
    "therapy": ({}, (Therapy,)),
    "readings": ({}, (Readings,)),
    "log": (
        {
            "ring": (Literal["events", "faults"], "events"),
            "from": (Annotated[int, Field(ge=1, lt=1 << 30)], 1),
        },
        (Log,),
    ),
    "watch": ({"every": (Annotated[int, Field(ge=0, le=1000)], ...)}, (Obeyed,)),
    "challenge": ({}, (Challenge,)),
    "login": ({"role": (Literal["operator", "service"], ...), "proof": (Hex, ...)}, (Login,)),
    "logout": ({}, (Obeyed,)),
    "commission": ({"operator": (Key, ...), "service": (Key, ...), **_WHY}, (Obeyed,)),
    "stage": (
        {
            "program": (dict[str, Any], ...),
            "part": (Annotated[int, Field(ge=0, le=15)], 0),
            "of": (Annotated[int, Field(ge=1, le=16)], 1),
        },
        (Staged, Obeyed),
    ),
    "start": (
        {name: _OPTIONAL[name] for name in ("scale", "weekday", "tod_s")}
        | {"prime": (YesNo, False)}
        | _CONFIRM,
        (UnderWay, Obeyed),
    ),
    "change": ({"override": _or_left_out(Reason), **_CONFIRM}, (Obeyed,)),
    "refill": (
        {
            "volume_nl": (Count, ...),
            "change": (YesNo, False),
            "bridge": (YesNo | None, None),
            "reason": (Reason | None, None),
            "override": _OPTIONAL["override"],
            **_CONFIRM,
        },
        (Obeyed,),
    ),
    "bolus": (
        {name: _or_left_out(Annotated[int, Field(ge=1)]) for name in ("volume_nl", "seconds")}
        | {"reason": (Reason | None, None)},
        (UnderWay,),
    ),
    "bolus_stop": (_WHY, (Ends,)),
    "prime": (_WHY, (UnderWay,)),
    "screen": (
        {"stage": (Literal[0, 1, 2, 3], 0), "override": _OPTIONAL["override"]},
        (Screened,),
    ),
    "response": (
        {"effective": (YesNo, ...), "held_h": (Annotated[int, Field(ge=0, le=72)], 0)},
        (Obeyed,),
    ),
    "refill_open": ({}, (RefillOpen,)),
    "withdrawn": ({"volume_nl": (Count, ...), **_CONFIRM}, (Withdrawn,)),
    "refill_cancel": (_WHY, (Obeyed,)),
    "stop": (
        {
            "plan": (_PLAN | None, None),
            "ends": (Literal["stopped", "minimum"], "stopped"),
            "kind": (Literal["", "holiday", "supervised"], ""),
            "reason": _or_left_out(Reason),
        },
        (Obeyed,),
    ),
    "estop": (_SURE, (Obeyed,)),
    "empty": (_SURE, (Obeyed,)),
    "restart": ({"program": (str, ...), **_WHY}, (Obeyed,)),
    "resume_direct": (_WHY, (Obeyed,)),
    "ack": ({"a": _OPTIONAL["condition"]}, (Obeyed,)),
    "audio_pause": ({"seconds": (Annotated[int, Field(ge=1, le=600)], 120)}, (Obeyed,)),
    "audio_off": (_SURE, (Obeyed,)),
    "audio_on": ({}, (Obeyed,)),
    "audio_style": ({"style": (Literal["iec", "implant"], ...)}, (Obeyed,)),
    "reset_latch": ({"a": _OPTIONAL["condition"]}, (Obeyed,)),
    "tubing_changed": (_WHY, (Obeyed,)),
    "calibrate": ({"part": (Literal[tuple(RANGES)], ...), **_CALIBRATED, **_WHY}, (Obeyed,)),
    "self_test": ({}, (Obeyed,)),
    "signal_test": ({}, (Obeyed,)),
    "signal_seen": ({"ok": (YesNo, ...)}, (Obeyed,)),
    "time": (
        {
            "tod_s": (Annotated[int, Field(ge=0, lt=86_400)], ...),
            "weekday": (Annotated[int, Field(ge=0, le=6)], ...),
            "confirm": (YesNo, False),
        },
        (TimeAnnounced, Obeyed),
    ),
    "clock": ({"now_s": (Whole, ...)}, (Obeyed,)),
    "reset": (_WHY, (Obeyed,)),
    "service": (_WHY, (Obeyed,)),
}


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Sample(_Told):
    s: tuple[Whole, Whole, Count, Count, Whole, Count, Whole, Count]


class RateChanged(_Told):
    r: tuple[Whole, Count, Count]


class Bolus(_Told):
    b: tuple[Whole, str, Literal["begun", "given", "interrupted"], Count, Whole]


class Day(_Told):
    d: tuple[Whole, Count]


class Alarm(_Told):
    a: tuple[Whole, Count, Literal["raised", "cleared", "acknowledged", "latched"]]


class Line(_Told):
    """l: [t_s, command, text]"""

    l: tuple[Whole, str, str]  # noqa: E741  its name on the wire


TOLD: tuple[type[_Told], ...] = (Sample, RateChanged, Bolus, Day, Alarm, Line)


def _class_of(command: str, what: str) -> str:
    return "".join(word.capitalize() for word in command.split("_")) + what


def _request(command: str) -> type[BaseModel]:
    fields = COMMANDS[command][0]
    named = {name if name != "from" else "from_": kind for name, kind in fields.items()}
    if "from_" in named:
        kind, default = named["from_"]
        named["from_"] = (kind, Field(default, alias="from"))
    return create_model(
        _class_of(command, "Request"),
        __base__=Commission if command == "commission" else Request,
        c=(Literal[command], ...),  # type: ignore[arg-type]
        **named,
    )


REQUESTS: dict[str, type[BaseModel]] = {command: _request(command) for command in COMMANDS}
_ANY_TOLD: TypeAdapter[Any] = TypeAdapter(Sample | RateChanged | Bolus | Day | Alarm | Line)


def check_reply(command: str, reply: dict[str, Any]) -> None:
    """ValidationError, a ValueError: not a reply that this command may have."""
    if "err" in reply:
        Refused.model_validate(reply)
        return
    kinds = COMMANDS[command][1]
    one: Any = kinds[0]
    for kind in kinds[1:]:
        one = one | kind
    TypeAdapter(one).validate_python(reply)


def check_told(message: dict[str, Any]) -> None:
    """ValidationError, a ValueError: nothing that a device tells unasked."""
    _ANY_TOLD.validate_python(message)


def errors(command: str) -> tuple[type[Reply], ...]:
    """What a reply with `err` may be."""
    return (Refused, NotKept) if command in CHANGING and command != "stage" else (Refused,)


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12: `$defs` has the messages, `commands` which belong together, `told`
    those that come unasked."""
    definitions: dict[str, Any] = {}

    def add(model: type[BaseModel]) -> dict[str, str]:
        made = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(made.pop("$defs", {}))
        definitions[model.__name__] = made
        return {"$ref": f"#/$defs/{model.__name__}"}

    commands = {
        command: {
            "request": add(REQUESTS[command]),
            "reply": {"anyOf": [add(kind) for kind in (*replies, *errors(command))]},
        }
        for command, (_, replies) in COMMANDS.items()
    }
    told = [add(kind) for kind in TOLD]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pumprig link, protocol 3",
        "commands": commands,
        "told": {"anyOf": told},
        "$defs": dict(sorted(definitions.items())),
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))

"""Which events a scenario file may hold, and with which keys. What they become: scenario.py."""

import re
from fractions import Fraction
from typing import Annotated, Final

from pydantic import Field, PlainValidator

from pumprig.therapy import units, values
from pumprig.therapy.reading import Section, nearest, one_of
from pumprig.therapy.refusals import quoted, refusal
from pumprig.therapy.units import Quantity
from pumprig.therapy.values import Duration, Flag, VolumeOrZero

# What can happen, with the keys it needs and, after them, those it may have.
Keys = tuple[tuple[str, ...], tuple[str, ...]]
# Orders: a person asks the device, which may refuse.
ORDERS: Final[dict[str, Keys]] = {
    "refill": (("volume",), ("program", "bridge", "confirm", "override", "reason")),
    "refill_open": ((), ()),
    "withdrawn": (("volume",), ("confirm",)),
    "refill_cancel": (("reason",), ()),
    "change": (("program",), ("confirm", "override")),
    "bolus": ((), ("volume", "over", "reason")),
    "bolus_stop": (("reason",), ()),
    "prime": (("reason",), ()),
    "screen": ((), ("stage", "override")),
    "response": (("effective",), ("held",)),
    "stop": ((), ("taper", "ends", "supervised", "reason")),
    "emergency_stop": (("reason",), ()),
    "empty": (("reason",), ()),
    "restart": (("reason",), ()),
    "acknowledge": ((), ("condition",)),
    "resume_direct": (("reason",), ()),
    "time": (("tod", "weekday"), ()),
}
# The bench: power, faults, the world.
HAPPENINGS: Final[dict[str, Keys]] = {
    "power_cut": (("off",), ()),
    "stall": ((), ()),
    "stall_clear": ((), ()),
    "freeze_cpu": ((), ()),
    "clock_jump": (("by",), ()),
    "fault": (("fault",), ("args",)),
    "fault_clear": (("fault",), ()),
    "key_down": (("key",), ()),
    "key_up": (("key",), ()),
}
ACTIONS: Final[dict[str, Keys]] = {**ORDERS, **HAPPENINGS}

_DAY_AND_TIME = re.compile(r"day ([0-9]{1,6}) ([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_REASON = "1 to 60 printable ASCII characters"
_NOTE = "1 to 200 printable characters on one line"
_CONDITION = 'the name of an alarm such as "LOW_RESERVOIR"'
_PROGRAM = 'a program file such as "case1-b.toml"'
_TAPER = 'a preset such as "holiday-2w" or a plan such as [["0 h", "80 %"], ["24 h", "64 %"]]'
_STAGE = "1, 2 or 3, for the bolus of 50, 75 or 100 ug"
_ENDS = ("minimum", "stopped")
_KEYS = ("acknowledge", "stop", "service")
# Which faults there are, and how large, the virtual bench knows: rig.bench_acts asks it.
_FAULT = 'a part and its fault such as "head.siphon"'
_ARGS = "a table of whole numbers such as { nl_h = 100000 }"


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
    raise refusal(quoted(value), one_of(names), nearest(value, names, "use one of these"))


def _stage(value: object) -> int | None:
    if value is None or (type(value) is int and 1 <= value <= 3):
        return value
    raise refusal(quoted(value), _STAGE, "use one of these")


# A preset's name, or the plan in hours and permille.
TaperKey = str | tuple[tuple[int, int], ...]


def _taper(value: object) -> TaperKey | None:
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise refusal(quoted(value), _TAPER, "name a preset or write a plan")
    plan = []
    for entry in value:
        if not isinstance(entry, list) or len(entry) != 2:
            raise refusal(quoted(str(entry)), _TAPER, "write each entry as [hour, share]")
        after = units.quantity(entry[0], units.HOURS, zero_allowed=True)
        share = units.quantity(entry[1], units.SHARE, zero_allowed=True)
        plan.append((after.whole, share.whole))
    return tuple(plan)


def _args(value: object) -> dict[str, int] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or any(type(number) is not int for number in value.values()):
        raise refusal(quoted(str(value)), _ARGS, "write whole numbers, without quotes or unit")
    return value


# The device keeps reasons in its log and takes them over the link: short, one byte a letter.
Reason = Annotated[str | None, values.text(r"(?=.*\S)[ -~]{1,60}", _REASON)]


class Event(Section):
    at: Annotated[Quantity | None, PlainValidator(_moment)] = Field(
        description=units.MOMENT.wanted
    )
    do: Annotated[str | None, PlainValidator(_action)] = Field(description=one_of(list(ACTIONS)))
    volume: VolumeOrZero = Field(default=None, description=units.VOLUME.wanted)
    over: Duration = Field(default=None, description=units.DURATION.wanted)
    program: Annotated[str | None, values.text(r".+\.toml", _PROGRAM)] = Field(
        default=None, description=_PROGRAM
    )
    bridge: Flag = Field(default=None, description=values.FLAG)
    effective: Flag = Field(default=None, description=values.FLAG)
    stage: Annotated[int | None, PlainValidator(_stage)] = Field(default=None, description=_STAGE)
    held: Annotated[Quantity | None, units.measured(units.HOURS, zero_allowed=True)] = Field(
        default=None, description=units.HOURS.wanted
    )
    taper: Annotated[TaperKey | None, PlainValidator(_taper)] = Field(
        default=None, description=_TAPER
    )
    ends: Annotated[str | None, values.word(*_ENDS)] = Field(
        default=None, description=one_of(_ENDS)
    )
    supervised: Flag = Field(default=None, description=values.FLAG)
    tod: values.TimeOfDay = Field(default=None, description=values.CLOCK)
    weekday: Annotated[str | None, values.word(*values.DAYS)] = Field(
        default=None, description=one_of(values.DAYS)
    )
    by: Annotated[Quantity | None, units.measured(units.DURATION, signed=True)] = Field(
        default=None, description='a duration such as "-2 h"'
    )
    off: Annotated[Quantity | None, units.measured(units.WALL_TIME)] = Field(
        default=None, description=units.WALL_TIME.wanted
    )
    fault: Annotated[str | None, values.text(r"[a-z_]+\.[a-z_]+", _FAULT)] = Field(
        default=None, description=_FAULT
    )
    args: Annotated[dict[str, int] | None, PlainValidator(_args)] = Field(
        default=None, description=_ARGS
    )
    key: Annotated[str | None, values.word(*_KEYS)] = Field(
        default=None, description=one_of(_KEYS)
    )
    condition: Annotated[str | None, values.text(r"[A-Z][A-Z0-9_]{0,31}", _CONDITION)] = Field(
        default=None, description=_CONDITION
    )
    reason: Reason = Field(default=None, description=_REASON)
    confirm: Reason = Field(default=None, description=_REASON)
    override: Reason = Field(default=None, description=_REASON)
    expect: Annotated[str | None, values.word("refused")] = Field(
        default=None, description='"refused"'
    )
    note: Annotated[str | None, values.text(r"(?=.*\S)[^\x00-\x1f\x7f]{1,200}", _NOTE)] = Field(
        default=None, description=_NOTE
    )


class ScenarioFile(Section):
    event: list[Event] | None = Field(description="sections [[event]]")

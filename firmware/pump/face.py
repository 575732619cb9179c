"""What the display shows: eight lines of at most sixteen characters."""

from pump.alarms import Alarms
from pump.conditions import CONDITIONS, HIGH, LOW, MEDIUM, NAME
from pump.controller import STATE_NAMES, Controller
from pump.units import DAY_S, HOUR_S

WIDTH = 16
LINES = 8
_ALARM_LINES = 3
_MARKS = {HIGH: "!", MEDIUM: "?", LOW: "-"}


def lines(c: Controller, now_s: int, scale: int, notice: str = "") -> "list[str]":
    """State, pump time, flow and volume; then the gravest alarms, "!" high, "?" medium, "-" low,
    and how many more there are. `notice`: goes before the alarms, as far as it fits."""
    shown = ["NOT FOR PATIENTS", STATE_NAMES[c.state]]
    if scale > 1:
        shown[1] = (shown[1] + " x" + str(scale))[:WIDTH]
    p = c.program
    if p is not None:
        shown.append("day " + str(max(0, now_s) // DAY_S) + " " + _clock(now_s + c.offset_s))
        shown.append(_thousandths(max(0, c.rate_nl_h)) + " uL/h")
        shown.append(_thousandths(max(0, c.reservoir.usable_nl) // 1000) + " mL left")
    alarms = _alarms(c.alarms)
    while len(shown) < LINES - _ALARM_LINES:
        shown.append("")
    room = _ALARM_LINES
    if notice:
        shown.append(notice[:WIDTH])
        room -= 1
    if len(alarms) > room:
        more = len(alarms) - room + 1
        alarms = alarms[: room - 1] + ["+ " + str(more) + " more"]
    return shown + alarms


def _alarms(alarms: Alarms) -> "list[str]":
    found = []
    for priority in (HIGH, MEDIUM, LOW):
        for i in range(len(CONDITIONS)):
            if alarms.active >> i & 1 and alarms.priority(i) == priority:
                found.append((_MARKS[priority] + str(CONDITIONS[i][NAME]))[:WIDTH])
    return found


def _clock(civil_s: int) -> str:
    minutes = civil_s % DAY_S // 60
    return f"{minutes * 60 // HOUR_S:02d}:{minutes % 60:02d}"


def _thousandths(value: int) -> str:
    return f"{value // 1000}.{value % 1000:03d}"

"""Orders that bring a program: stage it, look at it, then commit it in one step.

A program comes in one frame or in parts. Of each part only what a program can hold is kept: none
fills the heap. The whole is checked when the last one is there. What is staged and not committed
never runs; a refusal forgets it.
"""

from link.fields import is_plain, number, reason_or_none, shown, text
from pump import limits, rules
from pump.controller import RUNNING, acts_at
from pump.program import Program
from pump.units import DAY_S, WEEK_S

PARTS_MAX = 16
_STEPS = limits.LISTS[2][1:]  # fewest, most, and what each is


def stage(commands, request: dict) -> "dict | str":  # type: ignore
    """{program: fields, part: k, of: n}: a part of a program, or all of it."""
    fields = request.get("program")
    part, of = request.get("part", 0), request.get("of", 1)
    known = commands.staged_fields
    commands.unstage()  # a refusal leaves nothing behind that could be started
    if not isinstance(fields, dict):
        return "program: missing"
    refused = limits.outside("of", of, 1, PARTS_MAX) or limits.outside("part", part, 0, of - 1)
    if refused:
        return refused
    if part and (part != known.get("part", -1) + 1 or of != known["of"]):
        return "part: " + str(part) + " out of turn; begin again with 0"
    together = known["fields"] if part else {}
    for name in fields:
        entry, before = fields[name], together.get(name, [])
        refused = _field_refusal(name, entry, before)
        if refused:
            return refused
        together[name] = before + entry if isinstance(entry, list) else entry
    if part < of - 1:
        commands.staged_fields = {"part": part, "of": of, "fields": together}
        return {"ok": 1}
    refused = limits.refusal(together)
    if refused:
        return refused
    program = Program(together)
    refused = rules.refusal(program)
    if refused:
        return refused
    commands.staged = program
    c = commands.controller
    soft = _soft(commands, program, c.course if c.state == RUNNING else None)
    return {"ok": 1, "largest_scale": limits.largest_scale(together), "soft": soft}


def _field_refusal(name: str, entry: object, before: list) -> "str | None":  # type: ignore
    """Why no program has such a field, or None. A list may be the rest of one that began with the
    rows `before`, and may go on."""
    if name == "name":
        return _name_refusal(name, entry)
    for field, low, high in limits.RANGES:
        if field == name:
            return limits.outside(name, entry, low, high)
    for field, choices in limits.CHOICES:
        if field == name:
            if entry in choices:
                return None
            return name + ": " + shown(entry) + " not one of " + " ".join(choices)
    for field, fewest, most, row in limits.LISTS:
        if field == name:
            if not isinstance(entry, list) or len(before) + len(entry) > most:
                return name + ": not " + str(fewest) + ".." + str(most) + " entries"
            rows = before + entry
            return limits.rows_refusal(name, rows, 0, most, row) or _rest_refusal(name, rows)
    return shown(name) + ": not a field of a program"


def _rest_refusal(name: str, rows: list) -> "str | None":  # type: ignore
    """What limits.LISTS leaves open of these rows: a drug's name, a variant's steps."""
    for i, row in enumerate(rows):
        refused, where = None, name + "[" + str(i) + "]"
        if name == "drugs":
            refused = _name_refusal(where, row[0])
        elif name == "variants":
            refused = limits.rows_refusal(where, row[1], *_STEPS)
        if refused:
            return refused
    return None


def _name_refusal(where: str, value: object) -> "str | None":
    most = limits.NAME_CHARS_MAX
    if isinstance(value, str) and 1 <= len(value) <= most and is_plain(value):
        return None
    return where + ": not 1.." + str(most) + " characters, none of control"


def _soft(commands, program: Program, course) -> "list[str]":  # type: ignore
    return rules.soft(program, course, acts_at(commands.rig.clock.now_s))


def unconfirmed(commands, request: dict, course) -> "str | None":  # type: ignore
    """Why the staged program needs a reason first (Open PCA R6.5.0(9)), or None."""
    soft = _soft(commands, commands.staged, course)
    if soft and reason_or_none(request.get("confirm")) is None:
        return "confirm: give a reason for " + " ".join(soft)
    return None


def start(commands, request: dict) -> "dict | str | None":  # type: ignore
    """Commit what is staged and run it from pump time 0."""
    if commands.staged is None:
        return "start: nothing is staged"
    scale, weekday = request.get("scale", 1), request.get("weekday", 0)
    tod_s, prime = request.get("tod_s", 0), request.get("prime", False)
    program = commands.staged
    refused = (
        limits.outside("scale", scale, 1, limits.largest_scale(program.fields))
        or limits.outside("weekday", weekday, 0, 6)
        or limits.outside("tod_s", tod_s, 0, DAY_S - 1)
        or unconfirmed(commands, request, None)
    )
    if refused:
        return refused
    if prime is not False and prime is not True:
        return "prime: not true or false"
    c = commands.controller
    refused = commands.rig.sensing.self_test.refusal("start")
    if not refused and prime:
        refused = c.prime_refusal(program)
    refused = refused or c.load(program)
    if refused:
        return refused  # type: ignore[no-any-return]
    commands.rig.prepare(program, scale)
    commands.staged = None
    c.start(0, commands.rig.counted(), (weekday * DAY_S + tod_s) % WEEK_S)
    if not prime:
        return None
    c.prime(0)
    return {"ok": 1, "start_s": c.bolus.start_s, "end_s": c.bolus.end_s}


def change(commands, request: dict) -> "str | None":  # type: ignore
    """The staged program takes the place of the running one, with the same solution."""
    refused = _change_refusal(commands, request) or commands.controller.change(
        commands.rig.clock.now_s, commands.staged, text(request, "override")
    )
    if not refused:
        commands.staged = None
    return refused  # type: ignore[no-any-return]


def _change_refusal(commands, request: dict) -> "str | None":  # type: ignore
    c = commands.controller
    if commands.staged is None:
        return "change: nothing is staged"
    if c.program is None:
        return "change: no program runs"
    if reason_or_none(request.get("override", "-")) is None:
        return "override: give a reason, 1..80 characters"
    return limits.change_refusal(
        commands.staged.fields, c.program.fields, commands.rig.clock.scale, c.ticks_for_nl_h
    ) or unconfirmed(commands, request, c.course)


def refill(commands, request: dict) -> "str | None":  # type: ignore
    """The reservoir holds `volume_nl`; with `change` also what is staged holds."""
    volume_nl = number(request, "volume_nl")
    if volume_nl is None:
        return "volume_nl: missing or not a whole number"
    c, rig = commands.controller, commands.rig
    with_change = request.get("change", False)
    if with_change is not True and with_change is not False:
        return "change: not true or false"
    bridge = request.get("bridge")
    if bridge is not None and bridge is not True and bridge is not False:
        return "bridge: not true or false"
    if not with_change:
        return c.refill(rig.clock.now_s, volume_nl, rig.counted())  # type: ignore[no-any-return]
    refused = _change_refusal(commands, request)
    if refused:
        return refused
    if commands.staged.solution() != c.program.solution():
        if bridge is None:
            return "bridge: another solution; say true, or false with a reason"
        if not bridge and reason_or_none(request.get("reason")) is None:
            return "reason: give one for a change of solution without a bridge bolus"
    refused = c.refill_with(
        rig.clock.now_s,
        volume_nl,
        rig.counted(),
        commands.staged,
        bridge is True,
        text(request, "override"),
    )
    if not refused:
        commands.staged = None
    return refused  # type: ignore[no-any-return]

"""Orders to a pump that has a program. The answer is None or a dict, or one line of refusal."""

from link.fields import no_reason, number, reason_or_none, shown
from pump import conditions as al
from pump import limits
from pump import refilling as rf
from pump.controller import acts_at
from pump.screening import HELD_MAX_H, STAGES
from pump.units import DAY_S


# -- boluses -------------------------------------------------------------------------------------
def bolus(commands, request: dict) -> "dict | str":  # type: ignore
    """{}: the one on demand; {volume_nl, seconds, reason}: a single one."""
    volume_nl = seconds = 0
    if "volume_nl" in request or "seconds" in request:
        volume_nl, seconds = number(request, "volume_nl"), number(request, "seconds")
        if volume_nl is None or seconds is None or volume_nl < 1:
            return "volume_nl, seconds: both whole numbers, above 0"
        refused = no_reason(request)
        if refused:
            return refused
    c = commands.controller
    refused = c.give_bolus(commands.rig.clock.now_s, volume_nl, seconds)
    return refused or _under_way(c)


def _under_way(c) -> dict:  # type: ignore
    return {"ok": 1, "start_s": c.bolus.start_s, "end_s": c.bolus.end_s}


def bolus_stop(commands, request: dict) -> "dict | str":  # type: ignore
    """The bolus under way ends where the plan ends."""
    c = commands.controller
    return no_reason(request) or c.stop_bolus() or {"ok": 1, "end_s": c.front_s}


def prime(commands, request: dict) -> "dict | str":  # type: ignore
    c = commands.controller
    return no_reason(request) or c.prime(commands.rig.clock.now_s) or _under_way(c)


def screen(commands, request: dict) -> "dict | str":  # type: ignore
    """The next bolus of the sequence; {stage, override}: a later one."""
    c, stage = commands.controller, request.get("stage", 0)
    refused = limits.outside("stage", stage, 0, len(STAGES)) or c.screen(
        commands.rig.clock.now_s, stage, reason_or_none(request.get("override")) or ""
    )
    if refused:
        return refused  # type: ignore[no-any-return]
    reply = _under_way(c)
    reply["stage"] = c.screening.stage
    return reply


def response(commands, request: dict) -> "str | None":  # type: ignore
    """What the last screening bolus did: {effective, held_h}."""
    effective, held_h = request.get("effective"), request.get("held_h", 0)
    if effective is not True and effective is not False:
        return "effective: not true or false"
    return limits.outside("held_h", held_h, 0, HELD_MAX_H) or (
        commands.controller.screening.respond(commands.rig.clock.now_s, effective, held_h)
    )


# -- refill --------------------------------------------------------------------------------------
def refill_open(commands, request: dict) -> "dict | str":  # type: ignore
    c = commands.controller
    return c.open_refill() or {"ok": 1, "expected_nl": c.expected_nl(commands.rig.counted())}


def withdrawn(commands, request: dict) -> "dict | str":  # type: ignore
    """{volume_nl, confirm}: what was found; the answer has the verdict."""
    volume_nl = number(request, "volume_nl")
    if volume_nl is None:
        return "volume_nl: missing or not a whole number"
    c, counted = commands.controller, commands.rig.counted()
    confirmed = reason_or_none(request.get("confirm")) is not None
    refused = c.withdraw(commands.rig.clock.now_s, volume_nl, counted, confirmed)
    return refused or {
        "ok": 1,
        "verdict": rf.VERDICTS[c.refilling.verdict],
        "difference_nl": volume_nl - c.expected_nl(counted),
    }


def refill_cancel(commands, request: dict) -> "str | None":  # type: ignore
    return no_reason(request) or commands.controller.cancel_refill(commands.rig.clock.now_s)


# -- stops ---------------------------------------------------------------------------------------
def stop(commands, request: dict) -> "str | None":  # type: ignore
    """{plan, ends, kind, reason}: a planned taper; only a supervised one needs a reason."""
    ends, kind = request.get("ends", "stopped"), request.get("kind", "")
    if ends not in ("stopped", "minimum"):
        return "ends: not one of stopped minimum"
    refused = no_reason(request) if kind == "supervised" or "reason" in request else None
    return refused or commands.controller.stop_planned(
        commands.rig.clock.now_s, request.get("plan"), ends == "minimum", kind
    )


def _confirmed(request: dict, what: str) -> "str | None":
    if request.get("confirm") is not True:
        return "confirm: " + what + " must be confirmed"
    return no_reason(request)


def estop(commands, request: dict) -> "str | None":  # type: ignore
    refused = _confirmed(request, "an emergency stop")
    return refused or commands.controller.stop_now(commands.rig.clock.now_s)


def empty(commands, request: dict) -> "str | None":  # type: ignore
    """Overdose: stop, and what is in the reservoir is taken out."""
    return _confirmed(request, "emptying") or commands.controller.empty(commands.rig.clock.now_s)


def restart(commands, request: dict) -> "str | None":  # type: ignore
    """{program, reason}: go on after a stop, with the program of that name."""
    c = commands.controller
    p = c.next_program or c.program
    if p and request.get("program") != p.name:
        return "program: name the one to run, " + p.name
    return no_reason(request) or c.restart(commands.rig.clock.now_s)


def resume_direct(commands, request: dict) -> "str | None":  # type: ignore
    return no_reason(request) or commands.controller.resume_direct(commands.rig.clock.now_s)


def ack(commands, request: dict) -> "str | None":  # type: ignore
    name = request.get("a", "")
    if not isinstance(name, str):
        return "a: not a condition"
    condition = -1 if name == "" else al.index(name)
    if name and condition < 0:
        return "a: " + shown(name) + " is not a condition"
    if not commands.controller.alarms.acknowledge(condition):
        return "ack: nothing to acknowledge"
    return None


# -- time ----------------------------------------------------------------------------------------
def time(commands, request: dict) -> "dict | str | None":  # type: ignore
    """{tod_s, weekday}: what that would move; with confirm, it moves."""
    tod_s, weekday = request.get("tod_s"), request.get("weekday")
    refused = limits.outside("tod_s", tod_s, 0, DAY_S - 1) or limits.outside(
        "weekday", weekday, 0, 6
    )
    if refused:
        return refused
    c, now_s = commands.controller, commands.rig.clock.now_s
    if request.get("confirm") is True:
        return c.set_time(now_s, tod_s, weekday)  # type: ignore[no-any-return]
    p = c.program
    if p is None:
        return "time: no program runs"
    move_s = c.next_offset(now_s, tod_s, weekday) - c.offset_s
    at_s = acts_at(now_s)
    before = p.schedule.rate_nl_h(at_s + c.offset_s)
    after = p.schedule.rate_nl_h(at_s + c.offset_s + move_s)
    return {
        "announce": "moves the day by "
        + str(move_s)
        + " s; at the hour it acts basal goes from "
        + str(before)
        + " to "
        + str(after)
        + " nL/h; confirm to accept",
        "move_s": move_s,
        "acts_s": at_s,
        "before_nl_h": before,
        "after_nl_h": after,
    }


def clock(commands, request: dict) -> "str | None":  # type: ignore
    """{now_s}: pump time after a reset, once; forward only. At any other time it would be a step
    past the 24 hours and the lock-outs."""
    now_s = number(request, "now_s")
    if now_s is None:
        return "now_s: missing or not a whole number"
    if not commands.controller.time_lost:
        return "clock: no reset has taken pump time, or it was given back; time sets the day"
    ahead_s = commands.controller.ahead_s(commands.rig.clock.now_s)
    refused = commands.controller.set_clock(now_s, ahead_s)
    if not refused:
        commands.rig.clock.set(now_s)
    return refused  # type: ignore[no-any-return]


def reset(commands, request: dict) -> "str | None":  # type: ignore
    """The board starts again, and goes on as after any other reset."""
    refused = no_reason(request)
    if not refused:
        commands.reset_wanted = True
    return refused


def service(commands, request: dict) -> "str | None":  # type: ignore
    """To the MicroPython prompt, for mpremote: the pump is stopped and alarmed first."""
    refused = no_reason(request)
    if refused:
        return refused
    commands.controller.stop_now(commands.rig.clock.now_s)
    commands.service_wanted = True
    return None

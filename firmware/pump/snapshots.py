"""What of the controller outlives a reset, as plain data, and how it is taken up again.

A bolus under way is not in it: it is never resumed, and BOLUS_INTERRUPTED says so. Civil time is
lost with the chip's clock until an operator gives it back.
"""

from pump import bolus as bo
from pump import conditions as al
from pump.planner import EMPTY, RUNNING, STOPPED
from pump.program import Program


def take(c, now_s: int) -> "dict[str, object]":  # type: ignore
    """The state of controller `c` at pump time `now_s`."""
    p, alarms = c.program, [c.alarms.active, c.alarms.acknowledged, c.alarms.latched]
    if p is None:
        return {"state": EMPTY, "alarms": alarms}
    course = c.course.snapshot()
    course[-1] = list(course[-1])  # its log goes on; a record does not
    flags = [c._resume_limited, c._stop_stays, c._stop_holiday, c.next_bridges]
    flags += [c.needs_program, c.line_filled, c.bolus.kind == bo.SCREENING, c._fault_holds]
    numbers = [c._refill_due_s, c._notice, c.offset_s, c.next_offset_s]
    numbers += [c._no_periodic_until_s, c._gap_from_s, c._bridge_nl, c._bridge_nl_h]
    numbers += [c._bridge_steps, c._next_bridge_steps, c._stopped_s]
    return {
        "state": c.state,
        "program": p.fields,
        "next": c.next_program.fields if c.next_program else None,
        "now_s": now_s,
        "authorised": c.authorised,
        "usable_nl": c.reservoir.usable_nl,
        "hour": c._hour,
        "taper": c.taper.snapshot(),
        "due": list(c.due),
        "flags": [int(flag) for flag in flags],
        "numbers": numbers,
        "plan": c._stop_plan,
        "times": c._times,
        "window": c.window.snapshot(),
        "course": course,
        "screening": c.screening.snapshot(),
        "refilling": c.refilling.snapshot(),
        "bolus": c.bolus.kind,
        "alarms": alarms,
    }


def restore(c, s: dict, bound_nl: int, cause: int) -> None:  # type: ignore
    """Take up where `take` left off. `bound_nl` is what may have been delivered since: the ledger
    and the last 24 hours take it as given. `cause` is the condition that says why (RESET_...).
    Delivery goes on if it was running, at the average flow; the time lost is unknown until
    set_clock."""
    if s["state"] != EMPTY:
        c.load(Program(s["program"]))
    alarms = s.get("alarms", (0, 0, 0))  # a firmware before this one kept none without a program
    c.alarms.active, c.alarms.acknowledged, c.alarms.latched = alarms
    if s["state"] == EMPTY:
        return
    c.next_program = Program(s["next"]) if s["next"] else None
    # Below zero by a step too many, or a filling smaller than what was in flight, it stays so.
    c.reservoir.usable_nl = max(min(0, s["usable_nl"]), s["usable_nl"] - bound_nl)
    c.taper.restore(s["taper"])
    c._hour = s["hour"]
    c.due[:] = s["due"]
    flags = [flag == 1 for flag in s["flags"]]
    c._resume_limited, c._stop_stays, c._stop_holiday, c.next_bridges = flags[:4]
    c.needs_program, c.line_filled, screening, c._fault_holds = flags[4:]
    c._refill_due_s, c._notice, c.offset_s, c.next_offset_s = s["numbers"][:4]
    c._no_periodic_until_s, c._gap_from_s, c._bridge_nl, c._bridge_nl_h = s["numbers"][4:8]
    c._bridge_steps, c._next_bridge_steps, c._stopped_s = s["numbers"][8:]
    c._stop_plan, c._times = s["plan"], s["times"]
    c.window.restore(s["window"])
    c.course.restore(s["course"])
    c.screening.restore(s["screening"])
    c.refilling.restore(s["refilling"])
    c.authorised = s["authorised"]
    c._base = -c.authorised
    c.ticks_for_nl_h = fastest_nl_h(c)
    c.state = s["state"]
    c.front_s = s["now_s"]
    if c.state == RUNNING:
        c.window.charge(bound_nl)
        c._begin(s["now_s"] + c.margin_s)
        c._reckon_bridge()
        c.alarms.set(cause, True)
    if c.state in (RUNNING, STOPPED):
        c.clock_lost = c.time_lost = c._averages = True
        c.alarms.set(al.CLOCK_FAULT, True)
    if s["bolus"]:
        if screening:
            c.screening.interrupted()
        c.alarms.set(al.BOLUS_INTERRUPTED, True)


def fastest_nl_h(c) -> int:  # type: ignore
    """The fastest rate that the pulses must be set up for: of this program and of the next."""
    fastest: int = c.program.fastest_nl_h
    return max(fastest, c.next_program.fastest_nl_h) if c.next_program else fastest

"""Questions to the device: answers are dicts, and nothing changes."""

import binascii

import link as protocol
import pump
from link.audio import signals
from link.fields import clipped, number, shown
from pump import bolus as bo
from pump import conditions as al
from pump import limits
from pump import refilling as rf
from pump import screening as sc
from pump.controller import STATE_NAMES
from pump.export import page
from pump.units import DAY_S, NEVER_S

_NAME_BYTES_MAX = 66  # as JSON: a name in plain letters is told whole, of others the beginning
_FACT_BYTES_MAX = 96
_CONDITIONS_A_PAGE = 20  # of at most 24 bytes each
_LOG_PAGE_BYTES = 440  # twice as many digits: they fit a frame
_SEQUENCE_MAX = 0x3FFFFFFF
RINGS = ("events", "faults")


def hello(commands, request: dict) -> dict:  # type: ignore
    c = commands.controller
    p = c.program
    reply = {
        "protocol": protocol.PROTOCOL,
        "firmware": pump.VERSION,
        "state": STATE_NAMES[c.state],
        "program": clipped(p.name if p else "", _NAME_BYTES_MAX),
        "conditions": len(al.CONDITIONS),
        "authority": commands.authority.state(),
    }
    facts = commands.rig.facts()
    for name in facts:
        fact = facts[name]
        reply[name] = clipped(fact, _FACT_BYTES_MAX) if isinstance(fact, str) else fact
    return reply


def conditions(commands, request: dict) -> "dict | str":  # type: ignore
    """{from}: the alarm table from that bit on, as much of it as goes into a frame."""
    first = number(request, "from") if "from" in request else 0
    if first is None or not 0 <= first < len(al.CONDITIONS):
        return "from: " + shown(request.get("from")) + " not in 0.." + str(len(al.CONDITIONS) - 1)
    alarms = commands.controller.alarms
    rows = al.CONDITIONS[first : first + _CONDITIONS_A_PAGE]
    named = [[row[al.NAME], alarms.priority(first + i)] for i, row in enumerate(rows)]
    return {"from": first, "conditions": named}


def status(commands, request: dict) -> dict:  # type: ignore
    c = commands.controller
    commands.rig.clock.read()
    return {
        "now_s": commands.rig.clock.now_s,
        "now_ms": commands.rig.clock.now_ms,
        "scale": commands.rig.clock.scale,
        "state": STATE_NAMES[c.state],
        "rate_nl_h": max(0, c.rate_nl_h),
        "basal_nl_h": max(0, c.basal_nl_h),
        "authorised": c.authorised,
        "emitted": c.emitted(commands.rig.counted()),
        "usable_nl": c.reservoir.usable_nl if c.program else 0,
        "alarms": c.alarms.active,
        "acknowledged": c.alarms.acknowledged,
        "signals": signals(commands),
    }


def therapy(commands, request: dict) -> "dict | str":  # type: ignore
    """What the program means now: solution, 24 h, boluses, refill dates, screening."""
    c = commands.controller
    p = c.program
    if p is None:
        return "therapy: no program is loaded"
    now_s = commands.rig.clock.now_s
    civil_s = now_s + c.offset_s
    usable_nl = c.reservoir.usable_nl
    dates = [date if date != NEVER_S else None for date in _dates(c, p, now_s, usable_nl)]
    b, s = c.bolus, c.screening
    running = [bo.KINDS[b.kind], b.given_nl, b.volume_nl, b.start_s, b.end_s]
    return {
        "solution": [[clipped(drug, _NAME_BYTES_MAX), conc] for drug, conc in p.solution()],
        "limit_24h_nl": c.window.limit_nl,
        "given_24h_nl": c.window.given_nl,
        "bolus": running if b.kind else None,
        "boluses_24h": len(c.recent_boluses(now_s)),
        "refill_s": dates,
        "refill": rf.STATES[c.refilling.state],
        "tod_s": civil_s % DAY_S,
        "weekday": civil_s // DAY_S % 7,
        "clock_lost": int(c.clock_lost),
        "next": clipped(c.next_program.name if c.next_program else "", _NAME_BYTES_MAX),
        "screening": [s.stage, s.given_s, sc.RESULTS[s.result], s.held_h],
        "start_ug_day": s.start_ug_day(),
    }


def _dates(c, p, now_s: int, usable_nl: int) -> "list[int]":  # type: ignore
    dates = p.refill_dates_s(now_s, usable_nl, c.refilling.filled_s)
    return dates + [min(dates)]  # type: ignore[no-any-return]


def watch(commands, request: dict) -> "dict | str":  # type: ignore
    """{every}: tell unasked, a sample every so many packets; 0: be quiet."""
    every = number(request, "every")
    if every is None or not 0 <= every <= 1000:
        return "every: " + shown(request.get("every")) + " not in 0..1000"
    commands.watching = every
    return {"ok": 1}


def log(commands, request: dict) -> "dict | str":  # type: ignore
    """{ring, from}: whole records of the log as they lie in flash, from that number on or from the
    oldest there is. No more are `data`, in hexadecimal; `next` is where to go on."""
    name, first = request.get("ring", "events"), request.get("from", 1)
    refused = limits.outside("from", first, 1, _SEQUENCE_MAX)
    if refused:
        return refused  # type: ignore[no-any-return]
    if name not in RINGS:
        return "ring: not one of " + " ".join(RINGS)
    ring = commands.rig.ring(name)
    if ring is None:
        return "log: this rig keeps none"
    data, following = page(ring, first, _LOG_PAGE_BYTES)
    return {
        "next": following,
        "last": ring.sequence,
        "head": binascii.hexlify(ring.head).decode(),
        "data": binascii.hexlify(data).decode(),
    }

"""What a program may hold: shapes and ranges, field by field. It trusts no host and checks again.

`refusal()` gives one line, `field: value not in low..high`, or None. Nothing is changed by it.
What the drug and the therapy allow is in rules.py. Sources: reservoirs of 20 and 40 mL, +25 % for
bench vessels; flows of the implants, 0.048 to 24 mL/day = 2000 to 1,000,000 nL/h; minimum-rate
mode about 0.006 mL/day = 250 nL/h; bolus of at most 6 h: Open PCA R5.3.0(5). The flow bounds are
those of a packet of one second (delivery.py).
"""

from pump.delivery import PACKET_PL_MAX, PACKET_STEPS_MAX
from pump.pulses import headroom_nl_h
from pump.units import DAY_S, HOUR_S, HOURS_PER_DAY

STEPS_A_DAY_MAX = 24
NAME_CHARS_MAX = 32
DRUGS_MAX = 4
SCALE_MAX = 1440  # 2.5 s of wall time planned ahead stay within the hour that orders need
BOLUS_S_MAX = 6 * HOUR_S
FLOW_MAX_NL_H = 1_000_000
PLAN_ENTRIES_MAX = 40
PLAN_HOURS_MAX = 1440

RANGES = (
    ("v", 2, 2),
    ("rise_permille", 10, 1000),
    ("refill_rise_permille", 10, 1000),
    ("under_12", 0, 1),
    ("capacity_nl", 1_000_000, 50_000_000),
    ("volume_nl", 0, 50_000_000),
    ("residual_nl", 1, 50_000_000),
    ("low_alarm_nl", 0, 50_000_000),
    ("tolerance_nl", 0, 5_000_000),
    ("refill_after_s", 0, 365 * DAY_S),
    ("lead_s", 0, 12 * HOUR_S),
    ("min_flow_nl_h", 1, FLOW_MAX_NL_H),
    ("max_flow_nl_h", 1, FLOW_MAX_NL_H),
    ("max_bolus_flow_nl_h", 1, PACKET_PL_MAX // 1000 * HOUR_S),
    ("minimum_nl_h", 42, 4_167),
    ("max_drop_permille", 10, 500),
    ("tau_dh", 100, 30_000),
    ("bolus_adds", 0, 1),
    ("bolus_max_nl", 0, 5_000_000),
    ("bolus_min_s", 1, BOLUS_S_MAX),
    ("bolus_gap_s", 0, DAY_S),
    ("bolus_day_max", 0, 24),
    ("tubing_nl", 0, 2_000_000),
    ("catheter_nl", 0, 2_000_000),
    ("nl_per_1000_steps", 1_000, 200_000),
    ("max_step_hz", 1, 15_000),
)
CHOICES = (
    ("profile", ("itb", "pca")),
    ("indication", ("spinal", "cerebral", "other")),
    ("mode", ("continuous", "flex", "minimum", "stopped", "screening")),
)
# field, fewest and most rows, what a row is: the ranges of its numbers, None for a name or a list
LISTS = (
    (
        "drugs",
        1,
        DRUGS_MAX,
        (None, (1, 100_000), (0, 1_000_000), (1, 1_000_000), (0, 3650)),
    ),
    ("notices_s", 1, 4, (0, 60 * DAY_S)),
    ("steps", 1, STEPS_A_DAY_MAX, ((0, DAY_S - 1), (0, FLOW_MAX_NL_H))),
    ("variants", 0, 6, ((1, 127), None)),
    ("demand", 0, 2, (1, 5_000_000)),
    ("periodic", 0, 24, ((0, DAY_S - 1), (1, 5_000_000), (1, BOLUS_S_MAX))),
)
_FIELDS = ("name",) + tuple([row[0] for row in RANGES + CHOICES + LISTS])


def whole(value: object) -> bool:
    """An int and no bool, which is an int on one Python and none on the other."""
    return isinstance(value, int) and not isinstance(value, bool)


def outside(where: str, value: object, low: int, high: int) -> "str | None":
    """One line when `value` is no whole number in low..high."""
    if not whole(value):
        return where + ": missing or not a whole number"
    if not low <= value <= high:  # type: ignore[operator]
        return where + ": " + str(value)[:24] + " not in " + str(low) + ".." + str(high)
    return None


def refusal(p: dict) -> "str | None":
    """One line that says why `p` (a device program) is refused, or None."""
    for field in p:
        if field not in _FIELDS:
            return str(field)[:24] + ": not a field of a program"
    if not _is_name(p.get("name")):
        return "name: not 1.." + str(NAME_CHARS_MAX) + " characters"
    for field, choices in CHOICES:
        if p.get(field) not in choices:
            return field + ": " + str(p.get(field))[:24] + " not one of " + " ".join(choices)
    for field, low, high in RANGES:
        refused = outside(field, p.get(field), low, high)
        if refused:
            return refused
    for field, fewest, most, row in LISTS:
        refused = rows_refusal(field, p.get(field), fewest, most, row)
        if refused:
            return refused
    return _drugs(p) or _volumes(p) or _flows(p) or _boluses(p) or _taper(p)


def _is_name(text: object) -> bool:
    return isinstance(text, str) and 1 <= len(text) <= NAME_CHARS_MAX


def rows_refusal(field: str, rows: object, fewest: int, most: int, row) -> "str | None":  # type: ignore
    """Why this is no list of so many rows, each of the shape `row` as in LISTS, or None."""
    if not isinstance(rows, list) or not fewest <= len(rows) <= most:
        return field + ": not " + str(fewest) + ".." + str(most) + " entries"
    for i, entry in enumerate(rows):
        where = field + "[" + str(i) + "]"
        if isinstance(row[0], int):
            refused = outside(where, entry, row[0], row[1])
        elif not isinstance(entry, list) or len(entry) != len(row):
            refused = where + ": not a list of " + str(len(row))
        else:
            refused = _row(where, entry, row)
        if refused:
            return refused
    return None


def _row(where: str, entry: list, row) -> "str | None":  # type: ignore
    for i, allowed in enumerate(row):
        if allowed:
            refused = outside(where + "[" + str(i) + "]", entry[i], allowed[0], allowed[1])
            if refused:
                return refused
    return None


def _drugs(p: dict) -> "str | None":
    names = []
    for i, drug in enumerate(p["drugs"]):
        where = "drugs[" + str(i) + "]: "
        if not _is_name(drug[0]):
            return where + "name not 1.." + str(NAME_CHARS_MAX) + " characters"
        plain = drug[0].strip().lower()
        if plain in names:
            return where + drug[0] + " again"
        names.append(plain)
        if drug[2] > drug[3]:
            return where + "low_ug_day " + str(drug[2]) + " above high_ug_day " + str(drug[3])
    return None


def _volumes(p: dict) -> "str | None":
    residual, capacity, tolerance = p["residual_nl"], p["capacity_nl"], p["tolerance_nl"]
    refused = outside("volume_nl", p["volume_nl"], residual, capacity)
    if refused:
        return refused
    if residual < tolerance:
        return (
            "residual_nl: " + str(residual) + " below tolerance_nl " + str(tolerance)
        ) + ": empty could come too late"
    low = p["low_alarm_nl"]
    if low < residual + tolerance:
        return (
            "low_alarm_nl: " + str(low) + " not in " + str(residual + tolerance)
        ) + ".. : low could come after empty"
    if low > capacity:
        return "low_alarm_nl: " + str(low) + " above capacity_nl " + str(capacity)
    before = p["notices_s"][0] + 1
    for notice_s in p["notices_s"]:
        if notice_s >= before:
            return "notices_s: " + str(notice_s) + " is not shorter than the one before"
        before = notice_s
    return None


def _flows(p: dict) -> "str | None":
    low, high = p["min_flow_nl_h"], p["max_flow_nl_h"]
    if low > high:
        return "min_flow_nl_h: " + str(low) + " above max_flow_nl_h " + str(high)
    if p["max_bolus_flow_nl_h"] < high:
        return "max_bolus_flow_nl_h: " + str(p["max_bolus_flow_nl_h"]) + " below max_flow_nl_h"
    refused = _steps(p, "steps", p["steps"])
    if refused:
        return refused
    days = 0
    if p["variants"] and p["mode"] != "flex":
        return "variants: only with mode flex"
    for i, (mask, steps) in enumerate(p["variants"]):
        where = "variants[" + str(i) + "]"
        refused = rows_refusal(where, steps, 1, STEPS_A_DAY_MAX, LISTS[2][3]) or _steps(
            p, where, steps
        )
        if refused:
            return refused
        if mask & days:
            return where + ": a day of the week twice"
        days |= mask
    return _motor(p)


def _steps(p: dict, field: str, steps: list) -> "str | None":
    low, high, mode = p["min_flow_nl_h"], p["max_flow_nl_h"], p["mode"]
    if mode in ("stopped", "screening"):
        low = high = 0
    elif mode == "minimum":
        low = high = p["minimum_nl_h"]
    if mode != "flex" and (steps[0][0] or len(steps) != 1):
        return field + ": " + mode + " takes one entry, at 0"
    before = -1
    for i, (at_s, rate) in enumerate(steps):
        where = field + "[" + str(i) + "]"
        refused = outside(where, at_s, before + 1, DAY_S - 1) or outside(where, rate, low, high)
        if refused:
            return refused
        before = at_s
    return None


def _motor(p: dict) -> "str | None":
    rate, q = fastest_nl_h(p), p["nl_per_1000_steps"]
    for most, unit in (
        (p["max_step_hz"], "max_step_hz " + str(p["max_step_hz"]) + " can make"),
        (PACKET_STEPS_MAX, str(PACKET_STEPS_MAX) + " steps a second"),
    ):
        if 5 * rate > most * 18 * q:  # delivery.py's units
            return "flow: " + str(rate) + " nL/h is more than " + unit
    return None


def _boluses(p: dict) -> "str | None":
    if p["demand"] and (len(p["demand"]) != 2 or not p["bolus_day_max"]):
        return "demand: takes volume and seconds, and bolus_day_max above 0"
    rows = [("demand", p["demand"][0], p["demand"][1])] if p["demand"] else []
    before = None
    for i, (at_s, volume_nl, seconds) in enumerate(p["periodic"]):
        where = "periodic[" + str(i) + "]"
        if before is not None and at_s - before < p["bolus_gap_s"]:
            return where + ": less than bolus_gap_s " + str(p["bolus_gap_s"]) + " after the last"
        before = at_s + seconds
        rows.append((where, volume_nl, seconds))
    if before is not None and DAY_S + p["periodic"][0][0] - before < p["bolus_gap_s"]:
        return "periodic[0]: less than bolus_gap_s after the last of the day before"
    for where, volume_nl, seconds in rows:
        refused = bolus_refusal(p, where, volume_nl, seconds)
        if refused:
            return refused
    mean = highest_nl_h(p) + (sum([row[1] for row in p["periodic"]]) + 23) // HOURS_PER_DAY
    if mean > FLOW_MAX_NL_H:
        return "periodic: with basal more than " + str(FLOW_MAX_NL_H) + " nL/h on average"
    return None


def bolus_refusal(p: dict, where: str, volume_nl: int, seconds: int) -> "str | None":
    """Why a bolus is out of the program's bounds (Open PCA R5.2.0(4), R5.3.0), or None."""
    refused = outside(where + " volume_nl", volume_nl, 1, p["bolus_max_nl"]) or outside(
        where + " seconds", seconds, p["bolus_min_s"], BOLUS_S_MAX
    )
    if refused:
        return refused
    rate = (volume_nl * HOUR_S + seconds - 1) // seconds
    if p["bolus_adds"]:
        rate += highest_nl_h(p)
    if rate > p["max_bolus_flow_nl_h"]:
        most = str(p["max_bolus_flow_nl_h"])
        return (
            where + ": " + str(rate) + " nL/h with basal is more than max_bolus_flow_nl_h " + most
        )
    return None


def highest_nl_h(p: dict) -> int:
    """The highest basal rate."""
    highest = 0
    for _, steps in [(0, p["steps"])] + p["variants"]:
        for _, rate in steps:
            highest = max(highest, rate)
    return highest


def fastest_nl_h(p: dict) -> int:
    """The highest rate that can occur: basal, and the boluses that the program allows."""
    basal = highest_nl_h(p)
    if p["mode"] == "screening" or (p["bolus_max_nl"] and p["bolus_day_max"]):
        return int(p["max_bolus_flow_nl_h"])
    fastest = basal
    for _, volume_nl, seconds in p["periodic"]:
        rate = (volume_nl * HOUR_S + seconds - 1) // seconds
        fastest = max(fastest, rate + basal if p["bolus_adds"] else rate)
    return fastest


def _taper(p: dict) -> "str | None":
    # (1 - 1/tau_h)^24 >= 1 - d keeps the law on the hourly grid; exact, once per program.
    tau, keep = p["tau_dh"], 1000 - p["max_drop_permille"]
    if 1000 * (tau - 10) ** HOURS_PER_DAY < keep * tau**HOURS_PER_DAY:
        return "tau_dh: " + str(tau) + " falls faster than max_drop_permille allows"
    # A bolus takes its share of a day at once, at the cap of its first hour. A day at one cap
    # takes 24 h / tau of the volume, which must not be more than d.
    if p["periodic"] and tau * p["max_drop_permille"] < 10_000 * HOURS_PER_DAY:
        return "tau_dh: " + str(tau) + " (periodic) falls faster than max_drop_permille allows"
    # In whole nL/h, rounded up, no rate below 1 / d falls any more: a stop would never be reached.
    least, drop = p["minimum_nl_h"], p["max_drop_permille"]
    if least * drop < 1000:
        return (
            ("minimum_nl_h: " + str(least))
            + " is too low for steps of max_drop_permille "
            + str(drop)
        )
    return None


def plan_refusal(plan: object, drop_permille: int) -> "str | None":
    """Why the plan of a stop is refused, or None. It is [[hour, permille], ...]: hours ascend, the
    permille of the starting rate descend, by at most `drop_permille` within any 24 hours."""
    refused = rows_refusal("plan", plan, 0, PLAN_ENTRIES_MAX, ((0, PLAN_HOURS_MAX), (1, 1000)))
    if refused:
        return refused
    before_h, before = -1, 1000
    for i, (at_h, permille) in enumerate(plan):  # type: ignore[arg-type, var-annotated]
        if at_h <= before_h or permille > before:
            return "plan[" + str(i) + "]: hours must ascend and permille descend"
        before_h, before = at_h, permille
        most = 1000  # the highest in force within the 24 hours before
        for other_h, other in plan[:i]:  # type: ignore[index]
            if other_h <= at_h - HOURS_PER_DAY:
                most = other
        if permille * 1000 < most * (1000 - drop_permille):
            return (
                ("plan[" + str(i) + "]: " + str(permille) + " is more than " + str(drop_permille))
                + " permille below "
                + str(most)
                + " of 24 hours before"
            )
    return None


def scale_refusal(p: dict, scale: object) -> "str | None":
    """Why pump time may not run `scale` times the wall's, or None. Range 1..largest_scale()."""
    largest = largest_scale(p)
    if not whole(scale) or not 1 <= scale <= largest:  # type: ignore[operator]
        return "time_scale: " + str(scale)[:24] + " not in 1.." + str(largest)
    return None


def largest_scale(p: dict) -> int:
    """The largest whole time scale that motor (max_step_hz) and plan (SCALE_MAX) can follow."""
    fastest = fastest_nl_h(p)
    if fastest == 0:
        return SCALE_MAX
    # steps/s = rate * 1000 / (3600 * q); 36 bits at most, once per program
    return int(
        min(SCALE_MAX, max(1, p["max_step_hz"] * 18 * p["nl_per_1000_steps"] // (5 * fastest)))
    )


def change_refusal(p: dict, running: dict, scale: int, ticks_for_nl_h: int) -> "str | None":
    """Why `p` cannot take the place of `running` without a stop, or None. `ticks_for_nl_h` is the
    fastest rate for which the pulse generator was set up (pulses.py)."""
    for field in ("nl_per_1000_steps", "max_step_hz", "capacity_nl", "profile", "residual_nl"):
        if p[field] != running[field]:
            return field + ": another pump or profile; stop, then start the program"
    if scale > largest_scale(p):
        return (
            "time_scale: " + str(scale) + " is more than it can follow, " + str(largest_scale(p))
        )
    most = headroom_nl_h(ticks_for_nl_h, p["nl_per_1000_steps"], scale)
    if fastest_nl_h(p) > most:
        return (
            "flow: " + str(fastest_nl_h(p)) + " nL/h is more than " + str(most)
        ) + " that the running pulses can follow; stop, then start the program"
    return None

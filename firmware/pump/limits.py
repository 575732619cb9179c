"""What a program may hold: the device's own ranges. It trusts no host and checks again.

`refusal()` gives one line, `field: value not in low..high`, or None. Nothing is changed by it.
Sources: reservoirs of 20 and 40 mL, +25 % for bench vessels; flows of the implants, 0.048 to
24 mL/day = 2000 to 1,000,000 nL/h; minimum-rate mode about 0.006 mL/day = 250 nL/h; baclofen
concentrations 50 to 2000 ug/mL (USP DI monograph). The step bounds keep 256 steps in 30 bits.
"""

from pump.delivery import PACKET_STEPS_MAX
from pump.units import DAY_S, HOURS_PER_DAY

STEPS_A_DAY_MAX = 24
NAME_CHARS_MAX = 32
SCALE_MAX = 1440  # 2.5 s of wall time planned ahead stay within the hour that orders need
BACLOFEN_UG_ML = (50, 2000)

RANGES = (
    ("v", 1, 1),
    ("conc_ug_ml", 1, 100_000),
    ("capacity_nl", 1_000_000, 50_000_000),
    ("volume_nl", 0, 50_000_000),
    ("residual_nl", 1, 50_000_000),
    ("low_alarm_nl", 0, 50_000_000),
    ("refill_notice_s", 0, 60 * DAY_S),
    ("lead_s", 0, 12 * 3600),
    ("min_flow_nl_h", 1, 1_000_000),
    ("max_flow_nl_h", 1, 1_000_000),
    ("minimum_nl_h", 42, 4_167),
    ("max_drop_permille", 10, 500),
    ("tau_dh", 100, 30_000),
    ("nl_per_1000_steps", 1_000, 200_000),
    ("max_step_hz", 1, 15_000),
)
CHOICES = (
    ("profile", ("itb", "pca")),
    ("indication", ("spinal", "cerebral")),
    ("mode", ("continuous", "flex", "minimum", "stopped")),
)
_FIELDS = ("name", "drug", "steps") + tuple([row[0] for row in RANGES + CHOICES])


def whole(value: object) -> bool:
    """An int and no bool, which is an int on one Python and none on the other."""
    return isinstance(value, int) and not isinstance(value, bool)


def refusal(p: dict) -> "str | None":
    """One line that says why `p` (a device program: ints, short strings) is refused, or None."""
    for field in p:
        if field not in _FIELDS:
            return str(field)[:24] + ": not a field of a program"
    for field in ("name", "drug"):
        text = p.get(field)
        if not isinstance(text, str) or not 1 <= len(text) <= NAME_CHARS_MAX:
            return field + ": not 1.." + str(NAME_CHARS_MAX) + " characters"
    for field, choices in CHOICES:
        if p.get(field) not in choices:
            return field + ": " + str(p.get(field))[:24] + " not one of " + " ".join(choices)
    for field, low, high in RANGES:
        value = p.get(field)
        if not whole(value):
            return field + ": missing or not a whole number"
        if not low <= value <= high:  # type: ignore[operator]
            return field + ": " + str(value)[:24] + " not in " + str(low) + ".." + str(high)
    return _drug(p) or _volumes(p) or _flows(p) or _taper(p)


def _drug(p: dict) -> "str | None":
    if p["drug"] == "baclofen" and not BACLOFEN_UG_ML[0] <= p["conc_ug_ml"] <= BACLOFEN_UG_ML[1]:
        return "conc_ug_ml: " + str(p["conc_ug_ml"]) + " not in 50..2000 for baclofen"
    return None


def _volumes(p: dict) -> "str | None":
    for field, low, high in (
        ("volume_nl", p["residual_nl"], p["capacity_nl"]),
        ("low_alarm_nl", p["residual_nl"], p["capacity_nl"]),
    ):
        if not low <= p[field] <= high:
            return field + ": " + str(p[field]) + " not in " + str(low) + ".." + str(high)
    return None


def _flows(p: dict) -> "str | None":
    low, high = p["min_flow_nl_h"], p["max_flow_nl_h"]
    if low > high:
        return "min_flow_nl_h: " + str(low) + " above max_flow_nl_h " + str(high)
    steps = p.get("steps")
    if not isinstance(steps, list) or not 1 <= len(steps) <= STEPS_A_DAY_MAX:
        return "steps: not 1.." + str(STEPS_A_DAY_MAX) + " entries"
    before = -1
    for i, step in enumerate(steps):
        where = "steps[" + str(i) + "]: "
        if not (isinstance(step, list) and len(step) == 2 and whole(step[0]) and whole(step[1])):
            return where + "not [at_s, rate_nl_h]"
        at_s, rate = step
        if p["mode"] != "flex" and (at_s or len(steps) != 1):
            return "steps: " + p["mode"] + " takes one entry, at 0"
        if not before < at_s < DAY_S:
            return where + str(at_s)[:24] + " not in " + str(before + 1) + ".." + str(DAY_S - 1)
        before = at_s
        if p["mode"] == "stopped":
            low = high = 0
        elif p["mode"] == "minimum":
            low = high = p["minimum_nl_h"]
        if not low <= rate <= high:
            return where + str(rate)[:24] + " nL/h not in " + str(low) + ".." + str(high)
        for most, unit in (
            (p["max_step_hz"], "max_step_hz " + str(p["max_step_hz"]) + " can make"),
            (PACKET_STEPS_MAX, str(PACKET_STEPS_MAX) + " steps a second"),
        ):
            if 5 * rate > most * 18 * p["nl_per_1000_steps"]:  # delivery.py's units
                return where + str(rate) + " nL/h is more than " + unit
    return None


def _taper(p: dict) -> "str | None":
    # (1 - 1/tau_h)^24 >= 1 - d keeps the law on the hourly grid; exact, once per program.
    tau, keep = p["tau_dh"], 1000 - p["max_drop_permille"]
    if 1000 * (tau - 10) ** HOURS_PER_DAY < keep * tau**HOURS_PER_DAY:
        return "tau_dh: " + str(tau) + " falls faster than max_drop_permille allows"
    # In whole nL/h, rounded up, no rate below 1 / d falls any more: a stop would never be reached.
    least, drop = p["minimum_nl_h"], p["max_drop_permille"]
    if least * drop < 1000:
        return (
            "minimum_nl_h: "
            + str(least)
            + " is too low for steps of max_drop_permille "
            + str(drop)
        )
    return None


def scale_refusal(p: dict, scale: object) -> "str | None":
    """Why pump time may not run `scale` times the wall's, or None. Range 1..largest_scale()."""
    largest = largest_scale(p)
    if not whole(scale) or not 1 <= scale <= largest:  # type: ignore[operator]
        return "time_scale: " + str(scale) + " not in 1.." + str(largest)
    return None


def largest_scale(p: dict) -> int:
    """The largest whole time scale that motor (max_step_hz) and plan (SCALE_MAX) can follow."""
    fastest = 0
    for step in p["steps"]:
        fastest = max(fastest, step[1])
    if fastest == 0:
        return SCALE_MAX
    # steps/s = rate * 1000 / (3600 * q); 36 bits at most, once per program
    return int(
        min(SCALE_MAX, max(1, p["max_step_hz"] * 18 * p["nl_per_1000_steps"] // (5 * fastest)))
    )

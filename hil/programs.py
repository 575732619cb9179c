"""The programs of the checks: device programs of small volumes, so that hours are enough.

At HOUR_SCALE an hour of pump time takes 2.5 s. The taper constant is the smallest allowed, 35.2 h
for a halving per day; so the guard needs 35.2 h of the highest rate in the reservoir.
"""

from typing import Any

HOUR_SCALE = 1440  # the largest there is
HOUR_S, DAY_S = 3600, 86_400
LOW_NL_H, HIGH_NL_H = 8_000, 20_000
TAU_DH = 352
RESIDUAL_NL = 100_000

Program = dict[str, Any]


def program(starts: list[tuple[int, int]], usable_nl: int = 2_900_000, **changes: Any) -> Program:
    """A flex program with a lead of 2 h. `starts`: (time of day at which the *pump* changes,
    nL/h); what the prescriber states is 2 h later. `usable_nl` lies above the residual."""
    fields: Program = {
        "v": 2,
        "name": "hil",
        "profile": "itb",
        "indication": "spinal",
        "drugs": [["baclofen", 500, 12, 2003, 0]],
        "rise_permille": 300,
        "refill_rise_permille": 400,
        "under_12": 0,
        "capacity_nl": 4_000_000,
        "volume_nl": usable_nl + RESIDUAL_NL,
        "residual_nl": RESIDUAL_NL,
        "low_alarm_nl": 2 * RESIDUAL_NL,
        "tolerance_nl": RESIDUAL_NL,
        "notices_s": [0],
        "refill_after_s": 0,
        "mode": "flex",
        "lead_s": 2 * HOUR_S,
        "steps": sorted([(start + 2 * HOUR_S) % DAY_S, rate] for start, rate in starts),
        "min_flow_nl_h": 2_000,
        "max_flow_nl_h": 1_000_000,
        "max_bolus_flow_nl_h": 1_000_000,
        "minimum_nl_h": 1_000,
        "max_drop_permille": 500,
        "tau_dh": TAU_DH,
        "variants": [],
        "bolus_adds": 1,
        "bolus_max_nl": 0,
        "bolus_min_s": 60,
        "bolus_gap_s": HOUR_S,
        "bolus_day_max": 0,
        "demand": [],
        "periodic": [],
        "tubing_nl": 0,
        "catheter_nl": 0,
        "nl_per_1000_steps": 31_250,
        "max_step_hz": 2_000,
    }
    return {**fields, **changes}


def steady(usable_nl: int = 2_900_000, rate_nl_h: int = HIGH_NL_H, **changes: Any) -> Program:
    """One rate, day and night."""
    return program([(22 * HOUR_S, rate_nl_h)], usable_nl, mode="continuous", **changes)


def guard_nl(highest_nl_h: int = HIGH_NL_H) -> int:
    """Usable volume below which the guard's cap lies under the highest rate."""
    return highest_nl_h * TAU_DH // 10


def low_nl(daily_nl: int, highest_nl_h: int = HIGH_NL_H) -> int:
    """Usable volume at which LOW_RESERVOIR is due: one day of delivery before the guard."""
    return guard_nl(highest_nl_h) + daily_nl

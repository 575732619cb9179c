"""What the sensors' numbers stand for on one rig: fields, ranges, and where a new rig begins.

boards/RPI_PICO/README.md says how each is found. Ranges are what the arithmetic holds
(pump.weighing, pump.pressing), and what such a part can have.
"""

from pump.limits import outside

# Of the rig as its parts are listed and wired in boards/RPI_PICO: where a rig that was never
# calibrated begins.
AS_LISTED = {
    "scale": {
        "tare_raw": 1_334_000,
        "nl_per_1024": 24_576,
        "drift_nl_degree": 3_000,
        "temperature_cc": 2_700,
    },
    "pressure_down": {"zero_raw": 1_800, "pa_per_1000": 64_453, "valve_pa": 7_000},
    "pressure_up": {"zero_raw": 1_800, "pa_per_1000": 64_453, "valve_pa": 0},
    "tubing": {"life_ml": 2_000},
}
_PRESSURE = {"zero_raw": (200, 3_800), "pa_per_1000": (1_000, 200_000), "valve_pa": (0, 30_000)}
RANGES = {
    "scale": {
        "tare_raw": (-8_000_000, 8_000_000),
        "nl_per_1024": (1_000, 100_000),
        "drift_nl_degree": (-20_000, 20_000),
        "temperature_cc": (0, 5_000),
    },
    "pressure_down": _PRESSURE,
    "pressure_up": _PRESSURE,
    "tubing": {"life_ml": (1, 1_000_000)},
}


def changed(calibration: dict, request: dict) -> "dict | str":
    """`calibration` with what `request` says of one `part`, or one line of refusal. The one that
    was given stays as it is."""
    part = request.get("part")
    if not isinstance(part, str) or part not in RANGES:
        return "part: one of " + ", ".join(RANGES)
    new = dict(calibration)
    new[part] = dict(calibration[part])
    found = False
    for field in RANGES[part]:
        if field in request:
            low, high = RANGES[part][field]
            refused = outside(field, request[field], low, high)
            if refused:
                return refused
            new[part][field] = request[field]
            found = True
    return new if found else part + ": give " + ", ".join(RANGES[part])

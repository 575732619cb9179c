"""The rig's own parts, asked and ordered: readings, calibration, tubing, self-test."""

from link.fields import no_reason
from pump import calibration


def readings(commands, request: dict) -> dict:  # type: ignore
    """What each sensor says now, raw: for calibrating, and for finding a broken wire."""
    r = commands.rig.readings
    return {
        "scale_raw": r.scale_raw,
        "scale_readings": r.scale_readings,
        "rotor": r.rotor,
        "pressure_down_raw": r.pressure_down_raw,
        "pressure_up_raw": r.pressure_up_raw,
        "air": r.air,
        "supply_mv": r.supply_mv,
        "temperature_cc": r.temperature_cc,
        "keys": r.keys,
        "clock_chip_s": r.clock_chip_s,
        "weighed_nl": commands.rig.sensing.weighing.weighed_nl,
        "calibration": commands.rig.sensing.calibration,
    }


def calibrate(commands, request: dict) -> "str | None":  # type: ignore
    """{part, its fields, reason}: what its numbers stand for, from now on and over a reset."""
    refused = no_reason(request)
    if refused:
        return refused
    new = calibration.changed(commands.rig.sensing.calibration, request)
    if isinstance(new, str):
        return new
    if not commands.rig.keep_calibration(new):
        return "calibrate: it could not be kept in flash; nothing was changed"
    commands.rig.sensing.calibrate(new)
    return None


def tubing_changed(commands, request: dict) -> "str | None":  # type: ignore
    """{reason}: a new tubing is in; its life begins."""
    refused = no_reason(request)
    if not refused:
        commands.rig.sensing.change_tubing()
    return refused


def self_test(commands, request: dict) -> "str | None":  # type: ignore
    """A self-test now; its result is in hello, and in the log."""
    commands.rig.sensing.self_test.ask()
    return None

"""The key figures of a run: what summary.json holds. None: has no meaning for this run."""

from pumprig.analysis.clock import DAY_S, end_s
from pumprig.analysis.piecewise import PiecewiseConstant
from pumprig.analysis.programmed import Programmed
from pumprig.analysis.rate_drop import rate_drop_max_per_day
from pumprig.rig.record import Run


def figures(run: Run) -> dict[str, object]:
    """Key figure by name, in a fixed order; docs/reports.md says how each is made."""
    programmed = Programmed.of(run.program)
    return {
        "rig": run.rig,
        "program": run.program_name,
        "firmware_version": run.firmware_version,
        "micropython_version": run.micropython_version,
        "image_sha256": run.image_sha256,
        "time_scale": run.time_scale,
        "pump_days": run.pump_days,
        "wall_s": run.wall_s,
        "pump_s_per_wall_s": run.pump_days * DAY_S / run.wall_s if run.wall_s > 0 else None,
        "steps_authorised": run.steps_authorised,
        "steps_emitted": run.steps_emitted,
        "steps_seen": run.steps_seen,
        "steps_in_flight_max": run.steps_in_flight_max,
        "volume_error_steps_max": run.volume_error_steps_max,
        "rate_drop_max_per_day": rate_drop_max_per_day(
            run.rates, run.events, programmed.minimum_nl_h, end_s(run), _week_of(run, programmed)
        ),
        "delivered_nl": _delivered_nl(run, programmed),
        "reservoir_min_nl": _reservoir_min_nl(run, programmed),
        "heap_free_min_bytes": run.heap_free_min_bytes,
        "loop_ms_max": run.loop_ms_max,
        "day_totals": run.day_totals,
        "alarms": [
            {"t_s": e.t_s, "condition": e.name, "priority": e.priority, "event": e.event}
            for e in run.events
            if e.kind == "alarm"
        ],
    }


def _week_of(run: Run, programmed: Programmed) -> PiecewiseConstant | None:
    """What the program asks for where days differ: the law is on the caps, not on the week."""
    return programmed.over(end_s(run)) if run.program["variants"] else None


def _delivered_nl(run: Run, programmed: Programmed) -> int:
    """What left the head, else what the steps made stand for, rounded down like the ledger."""
    if run.truth:
        return run.truth[-1].delivered_nl
    return run.steps_emitted * programmed.nl_per_1000_steps // 1000


def _reservoir_min_nl(run: Run, programmed: Programmed) -> int | None:
    """The least volume in the reservoir, residual included: the bench's, else the ledger's."""
    if run.truth:
        return min(point.reservoir_nl for point in run.truth)
    return min((s.usable_nl + programmed.residual_nl for s in run.samples), default=None)

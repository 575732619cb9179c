"""Which figures does the report show, in which unit, and within which limit?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from pumprig.analysis.programmed import Programmed

MEASURED_NOT = "not measured on this rig"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. `held` is None where there is no limit or nothing was measured."""

    label: str
    value: str
    unit: str
    limit: str = ""
    held: bool | None = None


def figure_rows(figures: dict[str, object], programmed: Programmed) -> list[Row]:
    """The table of `figures` (analysis.figures) under the program's own limits."""
    emitted = cast(int, figures["steps_emitted"])
    drop_limit = programmed.max_drop_permille / 1000
    residual_ml = programmed.residual_nl / 1e6

    def row(
        label: str,
        key: str,
        unit: str,
        write: Callable[[float], str],
        limit: str = "",
        holds: Callable[[float], bool] | None = None,
    ) -> Row:
        value = cast(float | None, figures[key])
        if value is None:
            return Row(label, MEASURED_NOT, "", limit)
        return Row(label, write(value), unit, limit, holds(value) if holds else None)

    return [
        row("Pump time", "pump_days", "days", _short),
        row("Wall time", "wall_s", "s", _short),
        row("Time scale", "time_scale", "", _whole),
        row("Pump seconds per wall second", "pump_s_per_wall_s", "", _short),
        row("Steps authorised", "steps_authorised", "steps", _whole),
        row("Steps emitted, counted by the pulse generator", "steps_emitted", "steps", _whole),
        row(
            "Steps seen on the STEP pin",
            "steps_seen",
            "steps",
            _whole,
            "equal to emitted",
            lambda seen: seen == emitted,
        ),
        row("Most steps authorised and not yet emitted", "steps_in_flight_max", "steps", _whole),
        row(
            "Largest error against the ideal volume",
            "volume_error_steps_max",
            "steps",
            lambda error: f"{error:.3f}",
            "below 1",
            lambda error: error < 1,
        ),
        row(
            "Largest fall of the rate in 24 h",
            "rate_drop_max_per_day",
            "%",
            lambda drop: f"{100 * drop:.3f}",
            f"at most {100 * drop_limit:g} %",
            lambda drop: drop <= drop_limit,
        ),
        row("Volume delivered", "delivered_nl", "mL", _millilitres),
        row(
            "Least volume in the reservoir",
            "reservoir_min_nl",
            "mL",
            _millilitres,
            f"at least {residual_ml:g} mL, the residual",
            lambda least: least >= programmed.residual_nl,
        ),
        row("Least free heap", "heap_free_min_bytes", "bytes", _whole),
        row("Longest control loop", "loop_ms_max", "ms", _whole),
    ]


def _short(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _millilitres(value_nl: float) -> str:
    return f"{value_nl / 1e6:.4f}"

"""Writes what a run has to show: summary.json, events.csv, flow.csv and report.html.

All four are made before the first is put in place, and each is put in place whole, summary.json
last: a crash leaves the files of before or new ones, never half a file, and a new summary only
beside the report it belongs to.
"""

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from pumprig.analysis.alarm_spans import alarm_spans
from pumprig.analysis.clock import lasted, pump_time
from pumprig.analysis.figures import figures
from pumprig.analysis.flow import FlowHour, flow_hours
from pumprig.analysis.programmed import Programmed
from pumprig.analysis.table import figure_rows
from pumprig.rig.record import Event, Run

EVENT_COLUMNS = ("t_s", "time", "kind", "name", "priority", "event", "text")
FLOW_COLUMNS = (
    "t_s",
    "programmed_nl_h",
    "rate_nl_h",
    "delivered_nl_h",
    "usable_nl",
    "reservoir_nl",
)


def write_report(run: Run, out_dir: Path) -> dict[str, object]:
    """Write the four files of `run` into `out_dir`, made if need be; returns the key figures."""
    key_figures = figures(run)
    hours = flow_hours(run)
    contents = {
        "events.csv": _events_csv(run.events),
        "flow.csv": _flow_csv(hours),
        "report.html": _html(run, key_figures, hours),
        "summary.json": json.dumps(key_figures, indent=2, allow_nan=False) + "\n",
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".report-", dir=out_dir) as unfinished:
        for name, content in contents.items():
            Path(unfinished, name).write_text(content, encoding="utf-8", newline="")
        for name in contents:
            os.replace(Path(unfinished, name), out_dir / name)
    return key_figures


def _events_csv(events: Iterable[Event]) -> str:
    return _csv(
        EVENT_COLUMNS,
        ((e.t_s, pump_time(e.t_s), e.kind, e.name, e.priority, e.event, e.text) for e in events),
    )


def _flow_csv(hours: Iterable[FlowHour]) -> str:
    return _csv(
        FLOW_COLUMNS,
        (
            (
                row.t_s,
                f"{row.programmed_nl_h:.3f}",
                f"{row.rate_nl_h:.3f}",
                f"{row.delivered_nl_h:.3f}",
                row.usable_nl,
                row.reservoir_nl,
            )
            for row in hours
        ),
    )


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _html(run: Run, key_figures: dict[str, object], hours: list[FlowHour]) -> str:
    # Slow to import, and `pumprig check` has no use for them.
    from jinja2 import Environment, StrictUndefined

    from pumprig.analysis.kinetics_compare import compare, lines
    from pumprig.analysis.kinetics_parameters import PARAMETERS
    from pumprig.analysis.plots import course_svg, day_svg
    from pumprig.analysis.plots_kinetics import kinetics_svg

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["pump_time"] = pump_time
    environment.filters["lasted"] = lasted
    comparison = compare(run)
    template = files("pumprig.analysis").joinpath("report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        run=run,
        rows=figure_rows(key_figures, Programmed.of(run.program)),
        alarms=alarm_spans(run.events),
        others=[event for event in run.events if event.kind != "alarm"],
        course_svg=course_svg(run, hours),
        day_svg=day_svg(run),
        comparison=comparison,
        comparison_lines=lines(comparison) if comparison else [],
        kinetics_svg=kinetics_svg(run, comparison) if comparison else "",
        parameters=PARAMETERS,
    )

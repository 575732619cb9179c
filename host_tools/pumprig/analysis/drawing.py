"""How does every picture of a report look, and how does it become part of an HTML page?

Only matplotlib's object interface is used, and its settings are put back: a program that draws for
itself is not disturbed. The same run gives the same bytes (fixed hash salt, no date).
Colours: priorities as IEC 60601-1-8 lights them, always with the priority in words beside them;
the rest from the Okabe-Ito set, which colour-blind readers can tell apart.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pumprig.analysis.clock import DAY_S, end_s
from pumprig.rig.record import Run

PRIORITY_COLOURS = {"high": "#d32f2f", "medium": "#ffb300", "low": "#00acc1"}
PROGRAMMED = "#d3d7df"
DELIVERED = "#0072b2"
LEDGER = "#d55e00"
THRESHOLD = "#b26a00"
MARK = "#333333"
ORDERS_MARKED = {
    "refill": "refill",
    "stop": "planned stop",
    "emergency_stop": "emergency stop",
    "estop": "emergency stop",
    "restart": "restart",
    "resume_direct": "direct return",
}
STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e9e9e9",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "pumprig",
}
WIDTH_IN = 9.0
LABEL_CHARACTER = 0.0085  # width of a character of 8 points, in widths of the panel


@contextmanager
def style() -> Iterator[None]:
    """Figures are made and written within this."""
    with matplotlib.rc_context(STYLE):  # type: ignore[arg-type]
        yield


def svg_element(figure: Figure, prefix: str, title: str) -> str:
    """The figure as an <svg> element: ids its own in the page, nothing that names a site."""
    out = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(out, format="svg", metadata=nothing)
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)  # HTML knows both without being told
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)


def order_marks(run: Run) -> list[tuple[int, str]]:
    """The operators' orders of the run that a picture marks, (t_s, name), in order of time."""
    orders = [
        (event.t_s, ORDERS_MARKED[event.name])
        for event in run.events
        if event.kind == "command" and event.name in ORDERS_MARKED
    ]
    return sorted(mark for mark in orders if mark[0] <= end_s(run))


def label_marks(axes: Axes, marks: list[tuple[int, str]], from_s: int, to_s: int) -> None:
    """Names above the panel, each in the lowest row where it covers no other.

    The axis is in days and shows from_s..to_s.
    """
    rows: list[list[tuple[float, float]]] = []  # taken stretches of the axis, in each row
    for t_s, name in marks:
        text = f"{name} ({t_s / DAY_S:.1f} d)"
        width = LABEL_CHARACTER * len(text) * (to_s - from_s)
        late = t_s + width > to_s
        start, end = (t_s - width, t_s) if late else (t_s, t_s + width)
        row = 0
        while row < len(rows) and any(start < e and s < end for s, e in rows[row]):
            row += 1
        rows += [[]] if row == len(rows) else []
        rows[row].append((start, end))
        axes.annotate(
            text,
            (t_s / DAY_S, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-2 if late else 2, 2 + 10 * row),
            textcoords="offset points",
            ha="right" if late else "left",
            fontsize=8,
            color=MARK,
            annotation_clip=False,
        )

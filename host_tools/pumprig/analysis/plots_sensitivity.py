"""The smallest steady error that the scale finds within a day, against the flow."""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pumprig.analysis.drawing import DELIVERED, LEDGER, MARK, WIDTH_IN, style

Curve = list[tuple[int, int | None]]  # flow in nL/h, error in ppm; None: not found


def write_png(path: Path, over: Curve, under: Curve, reckoned: list[tuple[int, int]]) -> None:
    with style():
        figure = Figure(figsize=(WIDTH_IN, 4.6), layout="constrained")
        axes = figure.subplots()
        for curve, label, colour, marker in (
            (over, "too much", LEDGER, "^"),
            (under, "too little", DELIVERED, "v"),
        ):
            flows = [rate / 1000 for rate, ppm in curve if ppm is not None]
            percents = [ppm / 1e4 for _, ppm in curve if ppm is not None]
            axes.plot(flows, percents, color=colour, marker=marker, label=label)
        flows, percents = [r / 1000 for r, _ in reckoned], [p / 1e4 for _, p in reckoned]
        axes.plot(flows, percents, color=MARK, linestyle=":", label="by the thresholds alone")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(3, 150)
        axes.set_xlabel("flow (uL/h)")
        axes.set_ylabel("steady error (% of the flow)")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:g}"))
        axes.set_title("Smallest steady error that the scale finds within 24 pump hours")
        axes.legend()
        figure.savefig(path, dpi=120)

"""The picture of the teaching model: stopping at once beside what the pump did."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pumprig.analysis.clock import DAY_S, end_s
from pumprig.analysis.drawing import (
    DELIVERED,
    LEDGER,
    MARK,
    WIDTH_IN,
    label_marks,
    order_marks,
    style,
    svg_element,
)
from pumprig.analysis.kinetics import Family
from pumprig.analysis.kinetics_compare import (
    GUARD_ENGAGED,
    SHOWN_FROM,
    Comparison,
    duration,
    worst_withdrawal,
)
from pumprig.analysis.kinetics_parameters import ONSET_EFFECT
from pumprig.rig.record import Run

LABEL = "teaching model, not a prediction for anybody"
PUMP, STOP = DELIVERED, LEDGER
BAND = 0.15  # opacity
DASHES = (0, (4, 2))
SHOWN_S = 40 * DAY_S  # of a longer run the days around the stop: withdrawal takes days, not months
AFTER_S = 30 * DAY_S


def kinetics_svg(run: Run, comparison: Comparison) -> str:
    """Concentration, effect and withdrawal index on one time axis in days."""
    with style():
        figure = kinetics_figure(run, comparison)
        return svg_element(figure, "kinetics", f"Concentration, effect, withdrawal: {LABEL}")


def kinetics_figure(run: Run, comparison: Comparison) -> Figure:
    """Three panels that share the time axis; call it within the style of `drawing`."""
    from_s, to_s = shown(end_s(run), comparison.stop_s)
    figure = Figure(figsize=(WIDTH_IN, 6.8), layout="constrained")
    figure.suptitle(LABEL, fontsize=10, fontweight="bold")
    panels = figure.subplots(3, sharex=True, height_ratios=[1.5, 1.2, 1])
    concentration, effect, withdrawal = panels

    _courses(panels, comparison.pump, PUMP, from_s, to_s)
    if comparison.stop is not None:
        # Before the stop both courses are the same.
        _courses(panels, comparison.stop, STOP, comparison.stop_s, to_s)
        for family, colour in ((comparison.pump, PUMP), (comparison.stop, STOP)):
            _peak(withdrawal, family, colour, comparison.stop_s, (from_s + 3 * to_s) / 4)
    effect.axhline(ONSET_EFFECT.value, color=MARK, linewidth=1.0, linestyle=":")
    _legend(figure, comparison)

    concentration.set_ylabel("CSF baclofen (ng/mL)")
    concentration.set_ylim(bottom=0)
    effect.set_ylabel("effect (share of largest)")
    effect.set_ylim(0, 1)
    withdrawal.set_ylabel("withdrawal index")
    withdrawal.set_ylim(0, 1)
    withdrawal.set_xlim(from_s / DAY_S, to_s / DAY_S)
    withdrawal.xaxis.set_major_locator(MaxNLocator(nbins=16, steps=[1, 2, 5, 10]))
    withdrawal.set_xlabel("pump time (days; 0 is the first midnight)")

    marks = order_marks(run)
    if comparison.stop is not None:
        marks = sorted([*marks, (comparison.stop_s, comparison.moment)])
    marks = [mark for mark in marks if from_s <= mark[0] <= to_s]
    for axes in panels:
        for t_s, _ in marks:
            axes.axvline(t_s / DAY_S, color=MARK, linewidth=0.8, linestyle=DASHES)
    label_marks(concentration, marks, from_s, to_s)
    figure.align_ylabels(list(panels))
    return figure


def shown(run_end_s: int, stop_s: int) -> tuple[int, int]:
    """The stretch of pump time in the picture."""
    to_s = run_end_s if run_end_s <= SHOWN_S else min(stop_s + AFTER_S, run_end_s)
    return max(0, to_s - SHOWN_S), to_s


def _courses(
    panels: Sequence[Axes], family: Family, colour: str, first_s: int, last_s: int
) -> None:
    """One dosing in all panels, over first_s..last_s."""
    seen = (first_s <= family.nominal.t_s) & (family.nominal.t_s <= last_s)
    t_days = family.nominal.t_s[seen] / DAY_S
    for axes, quantity in zip(panels, ("csf", "effect", "withdrawal"), strict=True):
        low, high = family.band(quantity)
        axes.fill_between(t_days, low[seen], high[seen], color=colour, alpha=BAND, linewidth=0)
        axes.plot(t_days, getattr(family.nominal, quantity)[seen], color=colour, linewidth=1.6)
    used_to = family.nominal.accustomed[seen]
    panels[1].plot(t_days, used_to, color=colour, linewidth=1.0, linestyle=DASHES)


def _peak(axes: Axes, family: Family, colour: str, stop_s: int, late_s: float) -> None:
    """The highest index in figures, to the right of its place; after `late_s` to the left."""
    highest, after_s = worst_withdrawal(family.nominal, stop_s)
    if highest < SHOWN_FROM:
        return
    late = stop_s + after_s > late_s
    axes.annotate(
        f"{highest:.2f} after {duration(after_s)}",
        ((stop_s + after_s) / DAY_S, highest),
        xytext=(-4 if late else 4, 5),
        textcoords="offset points",
        ha="right" if late else "left",
        fontsize=8,
        fontweight="bold",
        color=colour,
    )


def _legend(figure: Figure, comparison: Comparison) -> None:
    did = "what the pump did" + (" (taper)" if comparison.moment == GUARD_ENGAGED else "")
    handles: list[Artist] = [Line2D([], [], color=PUMP, linewidth=1.6, label=did)]
    if comparison.stop is not None:
        handles.append(Line2D([], [], color=STOP, linewidth=1.6, label="stop at once"))
    handles += [
        Patch(color=MARK, alpha=BAND, linewidth=0, label="band of published ranges"),
        Line2D(
            [], [], color=MARK, linewidth=1.0, linestyle=DASHES, label="effect the body is used to"
        ),
        Line2D([], [], color=MARK, linewidth=1.0, linestyle=":", label="onset of effect"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, fontsize=8)

"""The pictures of the delivery: the whole run, and one day of it."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from pumprig.analysis.alarm_spans import AlarmSpan, alarm_spans
from pumprig.analysis.clock import DAY_S, HOUR_S, end_s
from pumprig.analysis.drawing import (
    DELIVERED,
    LEDGER,
    MARK,
    PRIORITY_COLOURS,
    PROGRAMMED,
    THRESHOLD,
    WIDTH_IN,
    label_marks,
    order_marks,
    style,
    svg_element,
)
from pumprig.analysis.flow import FlowHour, volume_line
from pumprig.analysis.programmed import Programmed
from pumprig.rig.record import Run

LEAD_LABEL_S = 8000  # width of the words at an arrow, on the axis of one day


def course_svg(run: Run, hours: list[FlowHour]) -> str:
    """Rate, reservoir and alarms of the whole run on one time axis in days."""
    with style():
        return svg_element(
            course_figure(run, hours), "course", "Rate, reservoir and alarms by pump day"
        )


def day_svg(run: Run) -> str:
    """One day with every change of rate at its second."""
    with style():
        return svg_element(day_figure(run), "day", "Rate and volume over one day")


def course_figure(run: Run, hours: list[FlowHour]) -> Figure:
    """Three panels that share the time axis; call it within the style of this module."""
    spans = alarm_spans(run.events)
    conditions = list(dict.fromkeys(span.condition for span in spans))
    alarm_height = max(0.6, 0.26 * len(conditions))
    figure = Figure(figsize=(WIDTH_IN, 5.4 + alarm_height), layout="constrained")
    rate, reservoir, alarms = figure.subplots(
        3, sharex=True, height_ratios=[2.6, 1.8, alarm_height]
    )
    _rate_panel(rate, hours, [change.basal_nl_h for change in run.rates])
    _reservoir_panel(reservoir, run)
    _alarm_panel(alarms, spans, conditions, end_s(run))
    marks = _marks(run, spans)
    for axes in (rate, reservoir, alarms):
        for t_s, _ in marks:
            axes.axvline(t_s / DAY_S, color=MARK, linewidth=0.8, linestyle=(0, (4, 2)))
    label_marks(rate, marks, 0, end_s(run))
    figure.legend(*rate.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    alarms.set_xlim(0, run.pump_days)
    alarms.xaxis.set_major_locator(MaxNLocator(nbins=16, steps=[1, 2, 5, 10]))
    alarms.set_xlabel("pump time (days; 0 is the first midnight)")
    figure.align_ylabels([rate, reservoir])
    return figure


def day_figure(run: Run) -> Figure:
    """The first day and, behind it, as much as the lead: each start and its time of effect."""
    programmed = Programmed.of(run.program)
    stop_s = min(DAY_S + programmed.lead_s, end_s(run))
    figure = Figure(figsize=(WIDTH_IN, 5.0), layout="constrained")
    rate, volume = figure.subplots(2, sharex=True, height_ratios=[2, 1])

    wanted = programmed.over(stop_s)
    times = [t_s / HOUR_S for t_s in [*wanted.times_s, stop_s]]
    heights = [value / 1000 for value in [*wanted.values, wanted.values[-1]]]
    rate.fill_between(times, heights, step="post", color=PROGRAMMED, label="programmed")
    delivered = volume_line(run)
    pieces = delivered.rates(0, stop_s)
    rate.plot(
        [(start + end) / 2 / HOUR_S for start, end, _ in pieces],
        [nl_h / 1000 for _, _, nl_h in pieces],
        linestyle="none",
        marker=".",
        markersize=4,
        color=LEDGER,
        zorder=3,
        label="delivered, mean between two counts",
    )
    planned = [(c.t_s, c.rate_nl_h) for c in run.rates if c.t_s < stop_s]
    if planned:
        planned.append((stop_s, planned[-1][1]))
    rate.step(
        [t_s / HOUR_S for t_s, _ in planned],
        [nl_h / 1000 for _, nl_h in planned],
        where="post",
        color=DELIVERED,
        linewidth=1.4,
        label="planned by the pump",
    )
    rate.set_ylim(0, 1.4 * max([*heights, *(nl_h / 1000 for _, nl_h in planned), 0.001]))
    rate.set_ylabel("rate (µL/h)")
    figure.legend(*rate.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    _lead_arrows(rate, programmed, stop_s)

    line = [(t_s, nl) for t_s, nl in delivered.points if t_s <= stop_s]
    volume.plot([t_s / HOUR_S for t_s, _ in line], [nl / 1000 for _, nl in line], color=DELIVERED)
    volume.set_ylim(bottom=0)
    volume.set_ylabel("delivered (µL)")
    volume.set_xlabel("time of day, day 0")
    volume.set_xlim(0, stop_s / HOUR_S)
    volume.xaxis.set_major_locator(MultipleLocator(2 if stop_s > DAY_S // 2 else 0.5))
    volume.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: _of_day(round(hour * HOUR_S))))
    figure.align_ylabels([rate, volume])
    return figure


def _rate_panel(axes: Axes, hours: list[FlowHour], basal_nl_h: list[int]) -> None:
    """Boluses far above basal go beyond the axis, or nothing else would be seen."""
    times = [row.t_s / DAY_S for row in hours]
    if hours:
        times.append(times[-1] + HOUR_S / DAY_S)

    def steps(values: list[float]) -> list[float]:
        return [value / 1000 for value in values + values[-1:]]

    programmed = steps([row.programmed_nl_h for row in hours])
    delivered = steps([row.delivered_nl_h for row in hours])
    axes.fill_between(times, programmed, step="post", color=PROGRAMMED, label="programmed")
    axes.step(
        times,
        delivered,
        where="post",
        color=DELIVERED,
        linewidth=1.0,
        label="delivered, hourly mean",
    )
    highest = max([*programmed, *delivered, 0.001])
    basal = max([*programmed, *(rate / 1000 for rate in basal_nl_h)], default=0.0)
    if basal and highest > 3 * basal:
        highest = 1.2 * basal
        axes.set_ylabel("rate (µL/h; boluses go beyond)")
    else:
        axes.set_ylabel("rate (µL/h)")
    axes.set_ylim(0, 1.05 * highest)


def _reservoir_panel(axes: Axes, run: Run) -> None:
    programmed = Programmed.of(run.program)
    if run.truth:
        axes.plot(
            [point.t_s / DAY_S for point in run.truth],
            [point.reservoir_nl / 1e6 for point in run.truth],
            color=DELIVERED,
            linewidth=1.6,
            label="in the reservoir",
        )
    axes.plot(
        [sample.now_ms / 1000 / DAY_S for sample in run.samples],
        [(sample.usable_nl + programmed.residual_nl) / 1e6 for sample in run.samples],
        color=LEDGER,
        linewidth=1.0,
        linestyle=(0, (4, 3)),
        label="pump's ledger",
    )
    axes.axhline(
        programmed.low_alarm_nl / 1e6,
        color=THRESHOLD,
        linewidth=1.4,
        linestyle=":",
        label="low-reservoir threshold",
    )
    axes.axhspan(0, programmed.residual_nl / 1e6, color=PROGRAMMED, label="residual")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("reservoir (mL)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, fontsize=8)


def _alarm_panel(
    axes: Axes, spans: list[AlarmSpan], conditions: list[str], run_end_s: int
) -> None:
    priorities = {span.condition: span.priority for span in spans}
    for span in spans:
        end = run_end_s if span.cleared_s is None else span.cleared_s
        colour = PRIORITY_COLOURS.get(span.priority, MARK)
        # The edge keeps a span of seconds visible on an axis of weeks.
        axes.broken_barh(
            [(span.raised_s / DAY_S, (end - span.raised_s) / DAY_S)],
            (conditions.index(span.condition) - 0.36, 0.72),
            facecolor=colour,
            edgecolor=colour,
            linewidth=1.2,
        )
        if span.acknowledged_s is not None:
            row = conditions.index(span.condition)
            axes.plot(span.acknowledged_s / DAY_S, row, marker="o", markersize=4, color="black")
    axes.set_yticks(range(len(conditions)), [f"{name}, {priorities[name]}" for name in conditions])
    axes.tick_params(axis="y", labelsize=7.5, length=0)
    axes.set_ylim(len(conditions) - 0.4 if conditions else 1, -0.6)
    if not conditions:
        axes.text(0.5, 0.5, "no alarms", transform=axes.transAxes, ha="center", va="center")


def _marks(run: Run, spans: list[AlarmSpan]) -> list[tuple[int, str]]:
    """What an annotation in the picture points at: orders, and the guard engaging."""
    guards = [(s.raised_s, "guard engaged") for s in spans if s.condition == "TAPER_GUARD"]
    return sorted(order_marks(run) + [mark for mark in guards if mark[0] <= end_s(run)])


def _lead_arrows(axes: Axes, programmed: Programmed, stop_s: int) -> None:
    """From the start of each rate to the stated time at which its effect is wanted."""
    if len(programmed.starts) == 1:
        return  # one rate all day: nothing starts
    top = axes.get_ylim()[1]
    free_from_s = 0
    for start_s in programmed.starts_until(stop_s):
        effect_s = start_s + programmed.lead_s
        axes.axvline(start_s / HOUR_S, color=MARK, linewidth=0.8)
        if programmed.lead_s == 0 or effect_s > stop_s:
            continue
        axes.axvline(effect_s / HOUR_S, color=MARK, linewidth=0.8, linestyle=":")
        axes.annotate(
            "",
            (effect_s / HOUR_S, 0.85 * top),
            (start_s / HOUR_S, 0.85 * top),
            arrowprops={"arrowstyle": "->", "color": MARK, "shrinkA": 0, "shrinkB": 0},
        )
        if start_s < free_from_s:
            continue  # its words would cover those of the start before
        free_from_s = start_s + LEAD_LABEL_S
        axes.text(
            (start_s + effect_s) / 2 / HOUR_S,
            0.91 * top,
            f"starts {_of_day(start_s)}\nfor {_of_day(effect_s)}",
            fontsize=8,
            color=MARK,
            ha="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )


def _of_day(t_s: int) -> str:
    return f"{t_s % DAY_S // HOUR_S:02}:{t_s // 60 % 60:02}"

"""What flowed in each pump hour? The rows of flow.csv, and the volume line behind them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pumprig.analysis.clock import HOUR_S, end_s
from pumprig.analysis.piecewise import PiecewiseConstant
from pumprig.analysis.programmed import Programmed
from pumprig.rig.record import Run


@dataclass(frozen=True, slots=True)
class FlowHour:
    """One pump hour, or what the run had of it. Flows are means over it, nL/h.

    Volumes, nL, are the last known at its beginning; None before anything was known.
    """

    t_s: int
    programmed_nl_h: float
    rate_nl_h: float
    delivered_nl_h: float
    usable_nl: int | None
    reservoir_nl: int | None


class VolumeLine:
    """Volume delivered since the start: counts at instants, straight lines between them."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self.points = [(0.0, 0.0), *points]
        self._times_s = [t_s for t_s, _ in self.points]

    def at(self, t_s: float) -> float:
        """Volume in nL at `t_s` >= 0; the last count holds after it."""
        i = bisect_right(self._times_s, t_s)
        if i == len(self.points):
            return self.points[-1][1]
        (start, before), (end, after) = self.points[i - 1], self.points[i]
        return before + (after - before) * (t_s - start) / (end - start)

    def rates(self, start_s: float, stop_s: float) -> list[tuple[float, float, float]]:
        """(from s, to s, mean nL/h) between the counts that lie in start_s..stop_s."""
        inside = [point for point in self.points if start_s <= point[0] <= stop_s]
        return [
            (start, end, (after - before) * HOUR_S / (end - start))
            for (start, before), (end, after) in pairwise(inside)
            if end > start
        ]


def volume_line(run: Run) -> VolumeLine:
    """From the bench where there is one, else from the steps the device counted."""
    if run.truth:
        return VolumeLine([(p.t_s, p.delivered_nl) for p in run.truth])
    step_nl = Programmed.of(run.program).nl_per_1000_steps / 1000
    return VolumeLine([(s.now_ms / 1000, s.emitted * step_nl) for s in run.samples])


def flow_hours(run: Run) -> list[FlowHour]:
    """One row per pump hour begun, in order."""
    end = end_s(run)
    programmed = Programmed.of(run.program).over(end)
    planned = PiecewiseConstant((change.t_s, change.rate_nl_h) for change in run.rates)
    delivered = volume_line(run)
    sample_times_s = [sample.now_ms / 1000 for sample in run.samples]
    truth_times_s = [point.t_s for point in run.truth]
    rows = []
    for start in range(0, end, HOUR_S):
        stop = min(start + HOUR_S, end)
        sample = bisect_right(sample_times_s, start) - 1
        truth = bisect_right(truth_times_s, start) - 1
        rows.append(
            FlowHour(
                t_s=start,
                programmed_nl_h=float(programmed.mean(start, stop)),
                rate_nl_h=float(planned.mean(start, stop)),
                delivered_nl_h=(delivered.at(stop) - delivered.at(start))
                * HOUR_S
                / (stop - start),
                usable_nl=run.samples[sample].usable_nl if sample >= 0 else None,
                reservoir_nl=run.truth[truth].reservoir_nl if truth >= 0 else None,
            )
        )
    return rows

"""Which of the invariants on the rate did a delivery break? One line of text for each, or none.

The numbers are those of docs/architecture.md, "What must always hold". Exact: windows are sums of
the piecewise-constant rate, looked at wherever their largest and smallest values can be.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pumprig.analysis.clock import DAY_S, HOUR_S, pump_time
from pumprig.analysis.piecewise import PiecewiseConstant, Time
from pumprig.analysis.programmed import Programmed
from pumprig.analysis.rate_drop import day_pairs, stopped_spans
from pumprig.rig.record import Event

Change = tuple[Time, int, int]
"""(t_s, rate nL/h, basal in it): from then on, in order of time."""
Span = tuple[Time, Time]
"""From, to; its end is not in it."""


def broken_laws(
    program: Mapping[str, object],
    changes: Sequence[Change],
    events: Iterable[Event],
    end_s: int,
    *,
    programmed: PiecewiseConstant | None = None,
    excused: Sequence[Span] = (),
    primes: Sequence[Span] = (),
    rounding_nl_h: int = 0,
) -> list[str]:
    """What 0..end_s of delivery broke, the first instant of each law.

    `programmed` is the basal that the program asked for, by civil time; by default on a week that
    begins with the run. `excused` are stretches whose basal law 2 judges neither as the fall nor
    as what it fell from: a lost clock, a held pump, DOSE_LIMIT, a bridge, a refill to less than
    there was. Stops are excused as in rate_drop. `primes` do not count against 24 h.
    `rounding_nl_h` is how far basal may be off where a share of a share is rounded up: 1 for a
    planned taper, whose shares are of the rate it began from; of itself 1 for periodic boluses.
    """
    p = Programmed.of(program)
    wanted = p.over(end_s) if programmed is None else programmed
    laws = (
        _falls(
            p,
            [(t_s, basal) for t_s, _, basal in changes],
            events,
            end_s,
            wanted,
            excused,
            rounding_nl_h,
        ),
        _too_fast(p, changes, end_s),
        _too_much(p, changes, end_s, primes),
    )
    return [line for lines in laws for line in lines]


def _falls(
    p: Programmed,
    basal: Sequence[tuple[Time, int]],
    events: Iterable[Event],
    end_s: int,
    wanted: PiecewiseConstant,
    excused: Sequence[Span],
    rounding_nl_h: int,
) -> Iterator[str]:
    """Law 2: basal below the program never falls by more than d in 24 h."""
    stops = stopped_spans(basal, events, p.minimum_nl_h, end_s, p.least_nl_h)
    # Caps fall lawfully to the nL/h; the share of them that is for basal is rounded once more.
    rounding = rounding_nl_h + (1 if p.periodic else 0)
    for t_s, before, now in day_pairs(basal, end_s, wanted):
        if _inside(t_s, [*stops, *excused]) or _inside(t_s - DAY_S, excused):
            continue
        if before <= p.minimum_nl_h and now >= p.least_nl_h:
            continue  # from the guard's minimum rate to that of a stop
        if 1000 * now < (1000 - p.max_drop_permille) * (before - rounding):
            yield (
                f"law 2: {_at(t_s)}: basal {now} nL/h, {before} nL/h a day before, "
                f"falls by more than {p.max_drop_permille} permille"
            )
            return


def _too_fast(p: Programmed, changes: Sequence[Change], end_s: int) -> Iterator[str]:
    """Law 3, instants: basal and boluses have a largest flow each."""
    for t_s, rate, basal in changes:
        most = p.max_flow_nl_h if rate == basal else p.max_bolus_flow_nl_h
        for flow, limit in ((basal, p.max_flow_nl_h), (rate, most)):
            if flow > limit and t_s < end_s:
                yield f"law 3: {_at(t_s)}: {flow} nL/h, above {limit} nL/h"
                return


def _too_much(
    p: Programmed, changes: Sequence[Change], end_s: int, primes: Sequence[Span]
) -> Iterator[str]:
    """Law 3, windows: no 24 h hold more than L. The sum is largest where a rate begins or ends."""
    edges = {t_s for span in primes for t_s in span}
    rate = PiecewiseConstant((t_s, rate) for t_s, rate, _ in changes)
    times = sorted(set(rate.times_s) | edges)
    counted = PiecewiseConstant((t, 0 if _inside(t, primes) else rate.at(t)) for t in times)
    ends = sorted({end_s, *times, *(t_s + DAY_S for t_s in times)})
    for t_s in ends:
        held = counted.area(t_s) - counted.area(t_s - DAY_S)
        if t_s <= end_s and held > p.limit_24h_nl * HOUR_S:
            nl = -(-held // HOUR_S)
            yield f"law 3: {_at(t_s)}: {nl} nL in 24 h, above {p.limit_24h_nl} nL"
            return


def _inside(t_s: Time, spans: Iterable[Span]) -> bool:
    return any(start <= t_s < end for start, end in spans)


def _at(t_s: Time) -> str:
    return pump_time(int(t_s))

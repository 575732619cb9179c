"""What is in the reservoir, and do its levels leave room for what the pump cannot know?"""

from collections.abc import Iterator

from pumprig.therapy import ranges
from pumprig.therapy.program_file import ProgramFile
from pumprig.therapy.ranges import within
from pumprig.therapy.refusals import Fault, quoted
from pumprig.therapy.units import Quantity, in_unit

# Reservoir volume tolerance, low warning and empty alarm: docs/sources.md, S.
_LEVELS = "Open PCA R6.8.0"


def faults(file: ProgramFile) -> Iterator[Fault]:
    tank = file.reservoir
    yield from within("reservoir.capacity", tank.capacity, ranges.CAPACITY)
    yield from within("reservoir.tolerance", tank.tolerance, ranges.TOLERANCE)
    yield from within("reservoir.refill_after", tank.refill_after, ranges.REFILL_AFTER)
    yield from _notices(tank.refill_notice)
    orders = (
        ("volume", tank.volume, "capacity", tank.capacity, "fill in less"),
        ("residual", tank.residual, "volume", tank.volume, "fill the reservoir first"),
        ("low_alarm", tank.low_alarm, "capacity", tank.capacity, "lower the alarm"),
    )
    for key, given, limit_key, limit, remedy in orders:
        if given is not None and limit is not None and given.whole > limit.whole:
            most = f"allowed up to the {limit_key}, {limit.text}"
            yield Fault(f"reservoir.{key}", quoted(given.text), most, remedy)
    yield from _against_tolerance(tank.residual, tank.low_alarm, tank.tolerance)


def _against_tolerance(
    residual: Quantity | None, low: Quantity | None, tolerance: Quantity | None
) -> Iterator[Fault]:
    """A level that the ledger's error can hide behind is passed before it is told."""
    if tolerance is None or residual is None:
        return
    if residual.whole < tolerance.whole:
        yield Fault(
            "reservoir.residual",
            quoted(residual.text),
            f"allowed from the tolerance, {tolerance.text}",
            "raise it: the pump could be empty before it knows",
            _LEVELS,
        )
    least = residual.whole + tolerance.whole
    if low is not None and low.whole < least:
        yield Fault(
            "reservoir.low_alarm",
            quoted(low.text),
            f"allowed from residual + tolerance, {in_unit(least, 'nL', 'mL')}",
            "raise it: it could sound too late",
            _LEVELS,
        )


def _notices(notices: tuple[Quantity, ...] | None) -> Iterator[Fault]:
    path = "reservoir.refill_notice"
    if notices is None:
        return
    if not 1 <= len(notices) <= ranges.MAX_NOTICES:
        allowed = f"allowed 1 to {ranges.MAX_NOTICES}"
        yield Fault(path, f"{len(notices)} notices", allowed, "leave the ones that matter")
    before: Quantity | None = None
    for notice in notices:
        yield from within(path, notice, ranges.REFILL_NOTICE)
        if before is not None and notice.whole >= before.whole:
            allowed = f"shorter than the one before it, {before.text}"
            yield Fault(path, quoted(notice.text), allowed, "put the longest notice first")
        before = notice

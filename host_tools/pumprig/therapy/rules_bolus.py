"""Are the boluses of a program within its own limits, the device's and the day?"""

from collections.abc import Iterator
from itertools import pairwise

from pumprig.therapy import ranges
from pumprig.therapy.amounts import (
    ProgrammedBolus,
    dosed_concentration,
    programmed_boluses,
    programmed_flows,
    starts_of,
    volume_nl,
)
from pumprig.therapy.flow import DAY_S, HOUR_S
from pumprig.therapy.program_file import Bolus, Periodic, ProgramFile
from pumprig.therapy.ranges import BOLUSES_A_DAY, within
from pumprig.therapy.refusals import Fault, dotted, quoted
from pumprig.therapy.units import in_unit, plain

# Bolus volume and rate within limits; least time between boluses: docs/sources.md, S.
_VOLUME, _GAP = "Open PCA R5.2.0(4)", "Open PCA R5.2.0(3)"


def faults(file: ProgramFile) -> Iterator[Fault]:
    bolus = file.bolus
    if bolus is None:
        return
    if file.basal.mode == "screening":
        only = "screening has boluses of its own"
        yield Fault("bolus", 'given with mode "screening"', only, "remove the section")
        return
    yield from within("bolus.shortest", bolus.shortest, ranges.BOLUS_DURATION)
    yield from within("bolus.gap", bolus.gap, ranges.BOLUS_GAP)
    yield from _counts(bolus)
    yield from _largest(file, bolus)
    yield from _either_or(bolus)
    for i, line in enumerate(bolus.periodic or []):
        yield from _every(dotted(("bolus", "periodic", i)), line)
    boluses = list(programmed_boluses(file))
    for one in boluses:
        yield from _one(file, bolus, one)
    yield from _apart(bolus, boluses)


def _counts(bolus: Bolus) -> Iterator[Fault]:
    fewest, most = BOLUSES_A_DAY
    count = bolus.per_day
    if count is not None and not fewest <= count <= most:
        remedy = "allow fewer" if count > most else "write 0 for none"
        yield Fault("bolus.per_day", str(count), f"allowed {fewest} to {most}", remedy)
    if count == 0 and bolus.demand is not None:
        allowed = "1 or more with [bolus.demand]"
        yield Fault("bolus.per_day", "0", allowed, "allow some, or remove the demand bolus")


def _largest(file: ProgramFile, bolus: Bolus) -> Iterator[Fault]:
    if bolus.max is None:
        return
    volume = volume_nl(bolus.max, dosed_concentration(file))
    most = ranges.BOLUS_VOLUME
    if volume is not None and not 1 <= round(volume) <= most.high:
        found = _told(bolus.max.text, round(volume))
        yield Fault("bolus.max", found, f"allowed up to {most.high_text} mL", most.remedy)


def _either_or(bolus: Bolus) -> Iterator[Fault]:
    lines = [("bolus.demand", bolus.demand, ("dose", "volume"))]
    for i, line in enumerate(bolus.periodic or []):
        place = dotted(("bolus", "periodic", i))
        yield from _one_of(place, line.model_fields_set, ("dose", "volume"))
        yield from _one_of(place, line.model_fields_set, ("at", "every"))
    for place, demand, keys in lines:
        if demand is not None:
            yield from _one_of(place, demand.model_fields_set, keys)


def _one_of(place: str, given: set[str], keys: tuple[str, str]) -> Iterator[Fault]:
    both = f"either {keys[0]} or {keys[1]}"
    if not given & set(keys):
        yield Fault(place, f"neither {keys[0]} nor {keys[1]}", both, "add one of the two")
    elif given >= set(keys):
        yield Fault(place, f"{keys[0]} and {keys[1]}", both, "remove one of the two")


def _every(path: str, line: Periodic) -> Iterator[Fault]:
    every = line.every
    if every is None:
        return
    if not HOUR_S <= every.whole <= DAY_S or DAY_S % every.whole:
        allowed = "allowed 1 h to 24 h, a whole part of a day"
        remedy = "use 1, 2, 3, 4, 6, 8, 12 or 24 h, or name the times with at"
        yield Fault(f"{path}.every", quoted(every.text), allowed, remedy)


def _one(file: ProgramFile, bolus: Bolus, one: ProgrammedBolus) -> Iterator[Fault]:
    shortest, longest = bolus.shortest, ranges.BOLUS_DURATION.high
    if shortest is not None and one.seconds < shortest.whole:
        allowed = f"allowed from bolus.shortest, {shortest.text}"
        yield Fault(f"{one.path}.over", f"{one.seconds} s", allowed, "give it more time", _VOLUME)
    if one.seconds > longest:
        source = ranges.BOLUS_DURATION.source
        remedy = ranges.BOLUS_DURATION.remedy
        yield Fault(f"{one.path}.over", f"{one.seconds} s", "allowed up to 6 h", remedy, source)
    most = volume_nl(bolus.max, dosed_concentration(file)) if bolus.max is not None else None
    found = _told(one.written.text, one.volume_nl)
    if most is not None and bolus.max is not None and one.volume_nl > round(most):
        allowed = f"allowed up to bolus.max, {bolus.max.text}"
        yield Fault(f"{one.path}.{one.key}", found, allowed, "give less at once", _VOLUME)
    elif one.volume_nl < 1:
        yield Fault(f"{one.path}.{one.key}", found, "allowed from 1 nL", "give more at once")
    yield from _flow(file, bolus, one)


def _flow(file: ProgramFile, bolus: Bolus, one: ProgrammedBolus) -> Iterator[Fault]:
    pump = file.pump
    limit = pump.max_bolus_flow or pump.max_flow
    if limit is None:
        return
    # On top of basal its highest rate counts, whenever the bolus comes.
    basal = max([0, *(round(flow) for _, _, flow in programmed_flows(file))]) if bolus.adds else 0
    together = basal - (-one.flow_nl_h // 1)
    if together > limit.whole:
        with_basal = " with the highest basal" if basal else ""
        yield Fault(
            f"{one.path}.over",
            f"needs {in_unit(together, 'nL/h', 'mL/h')}{with_basal}",
            f"allowed up to {in_unit(limit.whole, 'nL/h', 'mL/h')}",
            "give it more time or raise pump.max_bolus_flow",
        )


def _apart(bolus: Bolus, boluses: list[ProgrammedBolus]) -> Iterator[Fault]:
    """Periodic boluses, across midnight too."""
    starts = sorted((at_s, one.seconds, one.path) for one in boluses for at_s in one.starts_s)
    most = BOLUSES_A_DAY[1]
    named = sum(len(starts_of(line)) for line in bolus.periodic or [])
    if named > most:
        remedy = "give fewer and larger ones"
        yield Fault("bolus.periodic", f"{named} a day", f"allowed up to {most}", remedy)
    if not starts or bolus.gap is None:
        return
    first_again = (starts[0][0] + DAY_S, *starts[0][1:])
    for (at_s, seconds, _), (next_s, _, path) in pairwise([*starts, first_again]):
        pause = next_s - at_s - seconds
        if pause < bolus.gap.whole:
            yield Fault(
                path,
                f"begins {plain(pause)} s after the end of the one before it"
                if pause >= 0
                else "begins before the end of the one before it",
                f"allowed from bolus.gap, {bolus.gap.text}",
                "move them apart",
                _GAP,
            )


def _told(written: str, volume: int) -> str:
    as_volume = in_unit(volume, "nL", "mL")
    return quoted(written) if written == as_volume else f"{quoted(written)} is {as_volume}"

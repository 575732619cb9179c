"""What must hold between and for the keys of a program file before it may run.

Every comparison is made on whole device units, the numbers that the firmware gets and checks
again. A key that is None (absent or already at fault) takes part in no rule.
"""

from collections.abc import Iterator
from fractions import Fraction

from pumprig.therapy import ranges, units
from pumprig.therapy.program_file import ProgramFile
from pumprig.therapy.ranges import MAX_STEPS, told, within
from pumprig.therapy.refusals import Fault, dotted, quoted
from pumprig.therapy.time_scale import step_rate_hz
from pumprig.therapy.units import Quantity, in_unit


def flow_nl_h(dose: Quantity, concentration: Quantity | None) -> Fraction | None:
    """The exact flow in nL/h of a flow or of a dose in ng/h; None without a concentration."""
    if dose.kind is units.FLOW:
        return dose.exact
    # 1 ug/mL is 1 ng per 1000 nL.
    return dose.exact * 1000 / concentration.exact if concentration is not None else None


def faults_of(file: ProgramFile) -> Iterator[Fault]:
    yield from _drug(file)
    yield from _reservoir(file)
    yield from _basal(file)
    yield from _order_of_steps(file)
    yield from _flows(file)
    yield from _taper(file)
    yield from _pump(file)


def concentration_of(file: ProgramFile) -> Quantity | None:
    return file.drug[0].concentration if file.drug else None


def programmed_flows(file: ProgramFile) -> Iterator[tuple[str, Quantity, Fraction]]:
    """Path, dose as written and exact flow in nL/h of each dose whose flow is known."""
    doses = [("basal.dose", file.basal.dose)] + [
        (dotted(("basal", "step", i, "dose")), step.dose)
        for i, step in enumerate(file.basal.step or [])
    ]
    for path, dose in doses:
        flow = flow_nl_h(dose, concentration_of(file)) if dose is not None else None
        if dose is not None and flow is not None:
            yield path, dose, flow


def _drug(file: ProgramFile) -> Iterator[Fault]:
    if file.drug is None:
        return
    if len(file.drug) != 1:
        yield Fault(
            "drug",
            f"{len(file.drug)} drugs",
            "exactly one in this version",
            "keep one [[drug]]; mixtures come later",
        )
    for i, drug in enumerate(file.drug):
        is_baclofen = (drug.name or "").strip().lower() == "baclofen"
        allowed = ranges.BACLOFEN if is_baclofen else ranges.OTHER_DRUG
        yield from within(dotted(("drug", i, "concentration")), drug.concentration, allowed)


def _reservoir(file: ProgramFile) -> Iterator[Fault]:
    tank = file.reservoir
    yield from within("reservoir.capacity", tank.capacity, ranges.CAPACITY)
    yield from within("reservoir.refill_notice", tank.refill_notice, ranges.REFILL_NOTICE)
    orders = (
        ("volume", tank.volume, "capacity", tank.capacity, "fill in less"),
        ("residual", tank.residual, "volume", tank.volume, "fill the reservoir first"),
        ("low_alarm", tank.low_alarm, "capacity", tank.capacity, "lower the alarm"),
    )
    for key, given, limit_key, limit, remedy in orders:
        if given is not None and limit is not None and given.whole > limit.whole:
            most = f"allowed up to the {limit_key}, {limit.text}"
            yield Fault(f"reservoir.{key}", quoted(given.text), most, remedy)
    low, residual = tank.low_alarm, tank.residual
    if low is not None and residual is not None and low.whole < residual.whole:
        yield Fault(
            "reservoir.low_alarm",
            quoted(low.text),
            f"allowed from the residual, {residual.text}",
            "raise it: below the residual it would never sound",
        )


def _basal(file: ProgramFile) -> Iterator[Fault]:
    basal, mode = file.basal, file.basal.mode
    yield from within("basal.lead", basal.lead, ranges.LEAD)
    if mode is None:
        return
    wanted = {"continuous": "dose", "flex": "step"}.get(mode)
    for key, owner in (("dose", "continuous"), ("step", "flex")):
        given = key in basal.model_fields_set
        if given and key != wanted:
            only = f'only with mode "{owner}"'
            yield Fault(f"basal.{key}", f'given with mode "{mode}"', only, "remove it")
        if not given and key == wanted:
            description = type(basal).model_fields["dose"].description or ""
            what = description if key == "dose" else f"1 to {MAX_STEPS} sections [[basal.step]]"
            yield Fault(f"basal.{key}", f'missing with mode "{mode}"', what, "add it")
    if basal.step is not None and not 1 <= len(basal.step) <= MAX_STEPS and mode == "flex":
        count = f"{len(basal.step)} steps"
        yield Fault("basal.step", count, f"allowed 1 to {MAX_STEPS} a day", "merge steps")


def _order_of_steps(file: ProgramFile) -> Iterator[Fault]:
    seen: dict[int, int] = {}
    before: Quantity | None = None
    for i, step in enumerate(file.basal.step or []):
        if step.at is None:
            continue
        path = dotted(("basal", "step", i, "at"))
        if step.at.whole in seen:
            other = dotted(("basal", "step", seen[step.at.whole], "at"))
            yield Fault(path, f"{quoted(step.at.text)} again", f"taken by {other}", "remove one")
        elif before is not None and step.at.whole < before.whole:
            allowed = f"after the step before it, {before.text}"
            yield Fault(path, quoted(step.at.text), allowed, "put the steps in order of time")
        seen.setdefault(step.at.whole, i)
        before = step.at


def _flows(file: ProgramFile) -> Iterator[Fault]:
    low, high = file.pump.min_flow, file.pump.max_flow
    if low is None or high is None:
        return
    span = [in_unit(limit.exact, "nL/h", "mL/h") for limit in (low, high)]
    allowed = f"allowed {span[0].split()[0]} to {span[1]}"
    for path, dose, flow in programmed_flows(file):
        if not low.whole <= round(flow) <= high.whole:
            remedy = _remedy(dose, too_high=round(flow) > high.whole)
            yield Fault(path, told(dose, flow, "mL/h"), allowed, remedy)


def _remedy(dose: Quantity, *, too_high: bool) -> str:
    change, against = ("lower", "raise") if too_high else ("raise", "lower")
    if dose.kind is units.FLOW:
        return f"{change} the flow"
    return f"{change} the dose or {against} the concentration"


def _taper(file: ProgramFile) -> Iterator[Fault]:
    least = file.taper.minimum_rate
    reduction = file.taper.max_daily_reduction
    yield from within("taper.max_daily_reduction", reduction, ranges.REDUCTION)
    yield from within("taper.minimum_rate", least, ranges.MINIMUM_RATE)
    flows = {round(flow): path for path, _, flow in programmed_flows(file)}
    if least is not None and flows and least.whole > min(flows):
        yield Fault(
            "taper.minimum_rate",
            quoted(least.text),
            f"allowed up to the lowest programmed flow, {in_unit(min(flows), 'nL/h', 'mL/day')}",
            f"lower it or raise {flows[min(flows)]}",
        )


def _pump(file: ProgramFile) -> Iterator[Fault]:
    pump = file.pump
    yield from within("pump.step_volume", pump.step_volume, ranges.STEP_VOLUME)
    yield from within("pump.min_flow", pump.min_flow, ranges.PUMP_FLOW)
    yield from within("pump.max_flow", pump.max_flow, ranges.PUMP_FLOW)
    yield from within("pump.max_step_rate", pump.max_step_rate, ranges.STEP_RATE)
    low, high = pump.min_flow, pump.max_flow
    if low is not None and high is not None and low.whole > high.whole:
        most = f"allowed up to max_flow, {high.text}"
        yield Fault("pump.min_flow", quoted(low.text), most, "swap or correct the two")
    flows = [round(flow) for _, _, flow in programmed_flows(file)]
    if flows and pump.step_volume is not None and pump.max_step_rate is not None:
        needed = step_rate_hz(max(flows), pump.step_volume.whole)
        if needed > pump.max_step_rate.whole:
            yield Fault(
                "pump.max_step_rate",
                quoted(pump.max_step_rate.text),
                f"the highest flow needs {units.plain(needed, 3)} Hz",
                "raise it or step_volume, or lower the dose",
            )

"""Can pump, motor and line do what the program asks, and is the taper one?"""

from collections.abc import Iterator

from pumprig.therapy import ranges, units
from pumprig.therapy.amounts import programmed_boluses, programmed_flows
from pumprig.therapy.program_file import ProgramFile
from pumprig.therapy.ranges import told, within
from pumprig.therapy.refusals import Fault, quoted
from pumprig.therapy.time_scale import step_rate_hz
from pumprig.therapy.units import Quantity, in_unit

# The device's packet of one second holds this many steps.
PACKET_STEPS = 1024


def faults(file: ProgramFile) -> Iterator[Fault]:
    yield from _flows(file)
    yield from _taper(file)
    yield from _line(file)
    yield from _pump(file)
    yield from _motor(file)


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
    if least is None or reduction is None or not ranges.REDUCTION.low <= reduction.whole:
        return
    # In whole nL/h, rounded up, no rate below 1 / d falls any more: a stop would not be reached.
    finest = -(-1000 // reduction.whole)
    if ranges.MINIMUM_RATE.low <= least.whole < finest:
        yield Fault(
            "taper.minimum_rate",
            quoted(least.text),
            f"allowed from {in_unit(finest, 'nL/h', 'mL/day')} with {reduction.text} a day",
            "raise it: the device counts whole nL/h",
        )


def _line(file: ProgramFile) -> Iterator[Fault]:
    yield from within("line.tubing", file.line.tubing, ranges.LINE_VOLUME)
    yield from within("line.catheter", file.line.catheter, ranges.LINE_VOLUME)


def _pump(file: ProgramFile) -> Iterator[Fault]:
    pump = file.pump
    yield from within("pump.step_volume", pump.step_volume, ranges.STEP_VOLUME)
    yield from within("pump.min_flow", pump.min_flow, ranges.PUMP_FLOW)
    yield from within("pump.max_flow", pump.max_flow, ranges.PUMP_FLOW)
    yield from within("pump.max_bolus_flow", pump.max_bolus_flow, ranges.BOLUS_FLOW)
    yield from within("pump.max_step_rate", pump.max_step_rate, ranges.STEP_RATE)
    low, high, bolus = pump.min_flow, pump.max_flow, pump.max_bolus_flow
    if low is not None and high is not None and low.whole > high.whole:
        most = f"allowed up to max_flow, {high.text}"
        yield Fault("pump.min_flow", quoted(low.text), most, "swap or correct the two")
    if bolus is not None and high is not None and bolus.whole < high.whole:
        least = f"allowed from max_flow, {high.text}"
        remedy = "raise it: it holds basal as well"
        yield Fault("pump.max_bolus_flow", quoted(bolus.text), least, remedy)


def _motor(file: ProgramFile) -> Iterator[Fault]:
    pump = file.pump
    if pump.step_volume is None or pump.step_volume.whole < 1:
        return
    basal = [round(flow) for _, _, flow in programmed_flows(file)]
    flows, what = basal, "the highest flow"
    limit = pump.max_bolus_flow or pump.max_flow
    by_hand = file.bolus is not None and file.bolus.per_day != 0
    if limit is not None and (by_hand or file.basal.mode == "screening"):
        flows, what = [*basal, limit.whole], "the highest flow of a bolus"
    elif file.bolus is not None:
        on_top = max(basal, default=0) if file.bolus.adds else 0
        boluses = [on_top - (-one.flow_nl_h // 1) for one in programmed_boluses(file)]
        flows = [*basal, *boluses]
    if not flows:
        return
    needed = step_rate_hz(max(flows), pump.step_volume.whole)
    found = f"{what} needs {units.plain(needed, 3)} Hz"
    if pump.max_step_rate is not None and needed > pump.max_step_rate.whole:
        remedy = "raise it or step_volume, or lower the dose"
        yield Fault("pump.max_step_rate", quoted(pump.max_step_rate.text), found, remedy)
    elif needed > PACKET_STEPS:
        allowed = f"allowed up to {PACKET_STEPS} steps a second"
        remedy = "raise it, or lower the dose"
        path = "pump.step_volume"
        yield Fault(path, f"{quoted(pump.step_volume.text)}: {found}", allowed, remedy)

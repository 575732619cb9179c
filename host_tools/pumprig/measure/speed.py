"""How fast does pump time run on each rig?"""

import time

from pumprig.image import Image
from pumprig.measure.programs import DEMO_SCENARIO, continuous, demo
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.host import HostRig
from pumprig.rig.protocol import Rig
from pumprig.rig.run import Plan, run_program
from pumprig.rig.staging import stage_or_fail
from pumprig.therapy import ScenarioEvent, Therapy, load_scenario

Figures = dict[str, float]
DAY_S = 86_400


def host(_image: Image) -> Figures:
    """180 days of the demo's flex program with a refill every 60 days, and plain basal."""
    refills = [
        ScenarioEvent(day * DAY_S, "refill", {"volume_nl": 20_000_000}) for day in (60, 120)
    ]
    plan = Plan(demo("20 mL"), "", days=180, time_scale=1, events=refills)
    started = time.perf_counter()
    rig = HostRig()
    rig.open()
    run_program(rig, plan, lambda _progress: None)
    figures = {"host_180_days_flex_s": time.perf_counter() - started}
    for name, flow, days in (("0_1ml_h", "0.1 mL/h", 10), ("1ml_h", "1 mL/h", 1)):
        rig = HostRig()
        ratio = _ratio(rig, continuous(flow), 1, days * DAY_S)
        figures[f"host_ratio_{name}"] = ratio
    return figures


def emulator(image: Image) -> Figures:
    """Plain basal without anyone watching, and the demo's first day at its time scale."""
    figures: Figures = {}
    for name, flow, scale, pump_s in (
        ("scale1_1ml_h", "1 mL/h", 1, 1000),
        ("scale1_0_1ml_h", "0.1 mL/h", 1, 2000),
        ("scale1440_0_1ml_h", "0.1 mL/h", 1440, 20 * 1440),
    ):
        rig = EmulatedRig(image)
        figures[f"emulator_ratio_{name}"] = _ratio(rig, continuous(flow), scale, pump_s)
    rig = EmulatedRig(image)
    figures["emulator_ratio_scale1440"] = _ratio(rig, demo(), 1440, DAY_S)
    return figures


def whole_demo(image: Image) -> Figures:
    """The run of `make demo`, without writing its report."""
    plan = Plan(demo(), "", days=30, time_scale=1440, events=load_scenario(DEMO_SCENARIO))
    rig = EmulatedRig(image)
    started = time.perf_counter()
    rig.open()
    run = run_program(rig, plan, lambda _progress: None)
    return {
        "demo_wall_s": time.perf_counter() - started,
        "demo_volume_error_steps_max": run.volume_error_steps_max or 0.0,
        "demo_steps_in_flight_max": run.steps_in_flight_max or 0,
        "demo_loop_ms_max": run.loop_ms_max or 0,
        "heap_free_min_bytes": run.heap_free_min_bytes or 0,
    }


def _ratio(rig: Rig, therapy: Therapy, scale: int, pump_s: int) -> float:
    """Pump seconds per wall second of steady delivery, alarms acknowledged."""
    rig.open()
    rig.happen("refill", {"volume_nl": therapy.volume_nl})
    stage_or_fail(rig.link, therapy.device_program())
    rig.link.order("start", scale=scale, confirm="measured")
    rig.advance(3)
    rig.link.request("ack")
    started = time.perf_counter()
    rig.advance(pump_s / scale)
    return pump_s / (time.perf_counter() - started)

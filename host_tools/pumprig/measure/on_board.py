"""What does the firmware cost the chip? Measured by the chip, in its own microseconds and bytes.

The board runs the real firmware with a wrapper round what is measured; the wrapper's main.py
replaces the plain one in the board's file system.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import cast

from pump.journal import (
    ALARM,
    EVENT_SECTORS,
    EVENTS_AT,
    FAULT_SECTORS,
    FAULTS_AT,
    SECTORS,
    TEXT_USUAL,
    ring_depth,
)
from pump.ring import Ring
from pumprig.bench.flash_image import ReservedSectors
from pumprig.image import Image
from pumprig.image.firmware import firmware_files, mpy_bytes
from pumprig.measure.programs import continuous, demo, everything
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.staging import stage_or_fail
from pumprig.therapy import Therapy

Figures = dict[str, float]
TIMER_PERIOD_MS = 10  # the interval at which both generators are compared

# Every control step that released a packet: its time and what it took from the heap.
_COSTS = """
import gc, json
from array import array
from time import ticks_us, ticks_diff
from device import Device

us, taken = array("i"), array("i")
control = Device._control

def measured(self):
    packets = self._packets
    free, start = gc.mem_free(), ticks_us()
    wait_ms = control(self)
    passed, used = ticks_diff(ticks_us(), start), free - gc.mem_free()
    if self._packets == packets + 1 and len(us) < 200:
        us.append(passed)
        if used >= 0:  # less: garbage was collected on the way
            taken.append(used)
    return wait_ms

Device._control = measured
def told(values):
    values = sorted(values)
    return [len(values), values[len(values) // 2], values[-1]]
device = Device()  # it loads the link late, on purpose: not before it here either
from link.commands import READING
READING["costs"] = lambda commands, request: {"us": told(us), "bytes": told(taken)}
device.run()
"""

# Garbage collected, JSON made and the console flooded at every pass of whatever loop runs.
_LOAD = """
import gc, json
def load():
    junk = [json.dumps({"a": list(range(60)), "b": i}) for i in range(8)]
    for line in junk:
        print(line)
    gc.collect()
"""
_LOADED_FIRMWARE = (
    _LOAD
    + """
from device import Device
serve = Device._serve
def busy(self):
    load()
    serve(self)
Device._serve = busy
Device().run()
"""
)
_TIMER = (
    _LOAD
    + """
from machine import Pin, Timer
step = Pin(2, Pin.OUT, value=0)
def tick(timer):
    step(1)
    step(0)
"""
    + f"""
timer = Timer(period={TIMER_PERIOD_MS}, callback=tick)
while True:
    load()
"""
)


def sizes(_image: Image) -> Figures:
    return {"firmware_mpy_bytes": mpy_bytes(firmware_files())}


def control_step(image: Image) -> Figures:
    """A pump day of the demo at its time scale, watched, so that a step includes its sample; and
    200 packets of a program with everything switched on."""
    us, taken = _costs_of(image, demo(), 1440, 60)
    full_us, full_taken = _costs_of(image, everything(), 60, 900)
    return {
        "control_steps_measured": us[0],
        "control_step_us_median": us[1],
        "control_step_us_max": us[2],
        "control_step_alloc_bytes": taken[1],
        "control_step_alloc_bytes_max": taken[2],
        "control_step_everything_us_median": full_us[1],
        "control_step_everything_us_max": full_us[2],
        "control_step_everything_alloc_bytes": full_taken[1],
    }


def _costs_of(
    image: Image, therapy: Therapy, scale: int, wall_s: float
) -> tuple[list[int], list[int]]:
    """Count, median and largest: of microseconds, and of bytes."""
    rig = EmulatedRig(image, _with_main(_COSTS))
    _begin(rig, therapy, scale)
    rig.advance(wall_s)
    costs = rig.link.order("costs", limit_s=5)
    return cast(list[int], costs["us"]), cast(list[int], costs["bytes"])


def boot(image: Image) -> Figures:
    """Power comes back: how long until the motor steps again, with a young log, most sectors of
    which were never written to, and with one that has filled them, as after years? And the CPU
    freezes: what then?"""
    rig = EmulatedRig(image)
    _begin(rig, demo(), 1440)
    rig.advance(10)
    young_ms = _cut_to_first_step_ms(rig)
    rig.await_boot()
    _fill_log(rig)
    full_ms = _cut_to_first_step_ms(rig)
    rig.await_boot()
    rig.advance(10)
    figures = {"boot_to_first_step_ms": young_ms, "boot_full_log_to_first_step_ms": full_ms}
    return {**figures, **_freeze(rig)}


def _cut_to_first_step_ms(rig: EmulatedRig) -> float:
    before, off_s = rig.head.steps_seen, 1.0
    cut_s = rig.chip.now_s()
    rig.chip.power_cut(off_s)
    rig.chip.run_until(lambda: rig.head.steps_seen > before, 10, slice_s=0.001)
    return (rig.chip.now_s() - cut_s - off_s) * 1000


def _fill_log(rig: EmulatedRig) -> None:
    """Both rings, to the last page, with texts of the usual length."""
    flash = ReservedSectors(rig.chip.mcu.flash, SECTORS)
    for first, sectors in ((EVENTS_AT, EVENT_SECTORS), (FAULTS_AT, FAULT_SECTORS)):
        ring = Ring(flash, first, sectors)
        for _ in range(ring_depth(sectors + 2, TEXT_USUAL) - 1):
            ring.append(ALARM, 0, "x" * TEXT_USUAL)


def _freeze(rig: EmulatedRig) -> Figures:
    status = rig.link.order("status")
    bound = int(str(status["authorised"])) - int(str(status["emitted"]))
    seen, frozen_s = rig.head.steps_seen, rig.chip.now_s()
    rig.chip.freeze_cpu()
    rig.chip.run_until(lambda: not rig.chip.usb_connected, 10, slice_s=0.001)
    return {
        "frozen_cpu_steps": rig.head.steps_seen - seen,
        "frozen_cpu_steps_bound": bound,
        "watchdog_reset_ms": (rig.chip.now_s() - frozen_s) * 1000,
    }


def pulses(image: Image) -> Figures:
    """Intervals of 10 ms under load: the firmware's PIO, and a Timer written the ordinary way."""
    # 8 uL/h in steps of 32 nL at scale 1440 is one step every 10 ms.
    rig = EmulatedRig(image, _with_main(_LOADED_FIRMWARE))
    _begin(rig, continuous("0.008 mL/h", step="32 nL"), 1440)
    rig.advance(20)
    pio_us = _interval_error_us(rig)
    timer = EmulatedRig(image, {"main.py": _TIMER.encode()})
    timer.power_up()
    timer.advance(20)
    return {"pulse_error_us_max": pio_us, "timer_pulse_error_us_max": _interval_error_us(timer)}


def emulated_pio(image: Image) -> Figures:
    """How far the emulator's PIO falls behind its own clock, in 1e-9 of the time: with nobody
    asking, and with 50 questions a second."""
    rig = EmulatedRig(image)
    _begin(rig, continuous("0.0075 mL/h"), 1440)
    rig.advance(10)
    quiet = rig.head.steps_seen
    rig.advance(20)
    asked = rig.head.steps_seen
    for _ in range(500):
        rig.advance(0.02)
        rig.link.order("status")
    ticks = rig.head.edge_ticks
    return {
        "emulated_pio_lag_ppb_quiet": _lag_ppb(ticks[quiet:asked]),
        "emulated_pio_lag_ppb_asked": _lag_ppb(ticks[asked:]),
    }


def _lag_ppb(ticks: Sequence[int]) -> float:
    """Of edges at 7,500 nL/h, 31.25 nL each, at time scale 1440."""
    planned = Fraction(3600 * 31_250, 7_500 * 1000 * 1440) * 16_000_000_000 * (len(ticks) - 1)
    return float((ticks[-1] - ticks[0] - planned) / planned * 1_000_000_000)


def _interval_error_us(rig: EmulatedRig) -> float:
    """Largest deviation from the period, the first ten intervals left out as start-up."""
    ticks = rig.head.edge_ticks[10:]
    if len(ticks) < 1000:
        raise RuntimeError(f"only {len(ticks)} pulses came; nothing was measured")
    intervals = (later - earlier for earlier, later in pairwise(ticks))
    return max(abs(interval / 16_000 - TIMER_PERIOD_MS * 1000) for interval in intervals)


def _begin(rig: EmulatedRig, therapy: Therapy, scale: int) -> None:
    rig.open()
    rig.happen("refill", {"volume_nl": therapy.volume_nl})
    stage_or_fail(rig.link, therapy.device_program())
    rig.link.order("watch", every=1)
    rig.link.order("start", scale=scale, confirm="measured")


def _with_main(main: str) -> dict[str, bytes]:
    return {**firmware_files(), "main.py": main.encode()}

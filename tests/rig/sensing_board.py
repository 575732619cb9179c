"""The firmware on an emulated board with every part on its pins; its sensors can be asked for."""

from collections.abc import Mapping

from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.staging import stage_or_fail
from pumprig.therapy import load_program_text

# 0.9 mL/h and a time scale of 10: 80 steps a second, 2.5 slots of the rotor.
PROGRAM = """
[therapy]
name = "sensing"
profile = "itb"
indication = "spinal"
[[drug]]
name = "baclofen"
concentration = "80 ug/mL"
[reservoir]
capacity = "50 mL"
volume = "50 mL"
residual = "0.5 mL"
low_alarm = "2 mL"
tolerance = "0.5 mL"
[basal]
mode = "continuous"
dose = "72 ug/h"
[taper]
max_daily_reduction = "50 %"
minimum_rate = "0.006 mL/day"
[pump]
step_volume = "31.25 nL"
max_step_rate = "15000 Hz"
"""
SCALE = 10

# At every pass it polls the sensors; under load it also collects garbage and writes the flash.
POLLED = """
import gc
gc.collect()
from time import ticks_us, ticks_diff
from device import Device
gc.collect()
from link.commands import CHANGING, READING
gc.collect()
from senses import Senses
gc.collect()

class Told:
    loaded = measured = False
    passes = us_max = bytes_max = 0
    lines = ()

def asked(commands, request):
    sensors.read_clock(readings)
    return dict(readings.__dict__)

def cost(commands, request):
    return {"passes": Told.passes, "us_max": Told.us_max, "bytes_max": Told.bytes_max}

def load(commands, request):
    Told.loaded = request["on"]

def measure(commands, request):
    Told.measured = request["on"]

def show(commands, request):
    Told.lines = request["lines"]

def measured_poll():
    taken, start = gc.mem_alloc(), ticks_us()
    sensors.poll(readings)
    us, taken = ticks_diff(ticks_us(), start), gc.mem_alloc() - taken
    Told.passes += 1
    Told.us_max = max(Told.us_max, us)
    Told.bytes_max = max(Told.bytes_max, taken)

def polled(self):
    if Told.loaded:
        junk = [str(n) for n in range(200)]
        gc.collect()
        self.journal.calibrations().write({"junk": junk[:60]})
    if Told.measured:
        measured_poll()
    else:
        sensors.poll(readings)
    if Told.lines:
        sensors.display.show(Told.lines)
    serve(self)

READING["readings"] = asked
READING["cost"] = cost
CHANGING["load"] = load
CHANGING["measure"] = measure
CHANGING["show"] = show
# Nobody else asks the parts, and what is shown is told by the test.
Senses.look = lambda self, counted, now_s: None
Device._tests_first = lambda self: False
Senses.show = lambda self, now_s, scale, spare_ms: None
serve = Device._serve
Device._serve = polled
device = Device()
sensors, readings = device.senses._sensors, device.senses.readings
device.run()
"""


class SensingBoard(EmulatedRig):
    """`bench` is what to look at and what to break; the program runs when `deliver` was called."""

    def __init__(self, image: Image, files: Mapping[str, bytes] | None = None) -> None:
        super().__init__(image, files or {**firmware_files(), "main.py": POLLED.encode()})

    def deliver(self) -> None:
        self.bench.fluid.refill(50_000_000)
        self.pace(SCALE, 31_250)
        stage_or_fail(self.link, load_program_text(PROGRAM).device_program())
        self.link.order("start", scale=SCALE, confirm="sensing")
        self.advance(3)

"""The firmware on an emulated board with every part on its pins; its sensors can be asked for."""

from collections.abc import Mapping

from pump.journal import SECTORS
from pumprig.bench.chip import Chip
from pumprig.bench.sensed import Bench
from pumprig.bench.signal_log import SignalLog
from pumprig.bench.wired import WiredBench
from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.link_client import LinkClient
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
import gc, pins
from time import ticks_us, ticks_diff
from device import Device
from drivers.sensors import Sensors
from link.commands import CHANGING, READING
from pump.readings import Readings

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
serve = Device._serve
Device._serve = polled
device = Device()
sensors = Sensors(pins, device.rotor)
readings = Readings()
device.run()
"""


class SensingBoard(EmulatedRig):
    """`bench` is what to look at and what to break; the program runs when `deliver` was called."""

    def __init__(self, image: Image, files: Mapping[str, bytes] | None = None) -> None:
        super().__init__(image, files or {**firmware_files(), "main.py": POLLED.encode()})

    def power_up(self) -> None:
        self.bench = Bench()
        self.wired = WiredBench(self.bench)
        self.head = self.wired.head
        self.signals = SignalLog()
        self.chip = Chip(
            self._image_path, self._files, self.wired, self.signals, journal_sectors=SECTORS
        )
        self.link = LinkClient(self.chip.write_console, self.chip.run_until)
        self.chip.on_console = self.link.receive

    def deliver(self) -> None:
        self.bench.fluid.refill(50_000_000)
        self.wired.time_scale = SCALE
        stage_or_fail(self.link, load_program_text(PROGRAM).device_program())
        self.link.order("start", scale=SCALE, confirm="sensing")
        self.advance(3)

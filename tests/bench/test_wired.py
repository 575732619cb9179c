"""The bench on the chip's pins: its time, its keys, and what a board without a part says."""

from itertools import pairwise
from pathlib import Path

import pytest
from bare_board import Heard, board

from pumprig.bench.faults import inject
from pumprig.bench.parts.keys import ACK
from pumprig.bench.sensed import Bench
from pumprig.bench.wired import WiredBench
from pumprig.image import Image
from pumprig.image.firmware import PROJECT_ROOT, compile_sources, firmware_files

pytestmark = pytest.mark.emulator

SIO = 5  # a pin's function: driven by the program itself
ASLEEP = "from time import sleep\nwhile True: sleep(100)"


@pytest.mark.parametrize("time_scale", [1, 60, 1440])
def test_the_liquids_hour_is_the_controllers(image: Image, time_scale: int) -> None:
    wired = WiredBench(Bench(20_000_000))
    wired.time_scale = time_scale
    inject(wired.bench, "head.siphon", nl_h=3_600_000)  # 1 nL a millisecond
    chip = board(image, ASLEEP, wired)
    start_ms, start_nl = wired.wall_ms(), wired.head.delivered_nl
    chip.run_for(0.5)
    passed_ms = wired.wall_ms() - start_ms
    assert passed_ms in (500, 501)
    assert wired.head.delivered_nl - start_nl == passed_ms * time_scale


@pytest.mark.parametrize("power", ["kept", "cut"])
def test_the_walls_time_goes_on_over_a_reset(image: Image, power: str) -> None:
    wired = WiredBench(Bench(20_000_000))
    chip = board(image, ASLEEP, wired)
    before = wired.bench.clock_chip.raw(wired.wall_ms())
    if power == "cut":
        chip.power_cut(60)
    else:
        chip.press_reset()
    chip.run_for(1)
    passed = wired.bench.clock_chip.raw(wired.wall_ms()) - before
    assert passed in ((61, 62) if power == "cut" else (1, 2))


def test_a_bouncing_key_opens_and_closes_on_its_pin_and_then_stays(image: Image) -> None:
    wired = WiredBench(Bench())
    chip = board(image, ASLEEP, wired)
    pin = chip.mcu.gpio[13]
    assert pin.input_value
    inject(wired.bench, "keys.bouncing", for_ms=20)
    wired.bench.keys.press(ACK)
    levels = []
    for _ in range(60):
        chip.run_for(0.000_5)
        levels.append(bool(pin.input_value))
    changes = sum(a != b for a, b in pairwise(levels))
    assert 18 <= changes <= 20
    assert not any(levels[-18:])
    wired.bench.keys.release(ACK)
    assert pin.input_value


POLL = """
import pins
from machine import Pin
from time import sleep_ms
from drivers.sensors import Sensors
from drivers.stepper import EdgeCounter
from pump.readings import Readings
readings = Readings()
try:
    sensors = Sensors(pins, EdgeCounter(2, Pin(pins.ROTOR, Pin.IN, Pin.PULL_DOWN)))
    for _ in range(12):
        sleep_ms(100)
        sensors.poll(readings)
    sensors.read_clock(readings)
    told = readings.__dict__
    print(" ".join([key for key in sorted(told) if told[key] != Readings().__dict__[key]]))
    print(sensors.set_clock(830_000_000), sensors.display is None)
except ValueError as error:
    print(error)
print("END")
"""
READ_BY = {
    "scale": "scale_raw scale_readings",
    "pressure_down": "pressure_down_raw",
    "pressure_up": "pressure_up_raw",
    "air": "air",
    "supply": "supply_mv",
    "temperature": "temperature_cc",
    "clock_chip": "clock_chip_s",
    "keys": "keys",
}


def said(image: Image, folder: Path, parts: list[str]) -> list[str]:
    """What a board says on which only `parts` are declared, while all are wired and speak."""
    text = (PROJECT_ROOT / "boards" / "RPI_PICO" / "pins.py").read_text(encoding="utf-8")
    (folder / "pins.py").write_text(text + f"\nPARTS = {tuple(parts)}\n", encoding="utf-8")
    files = {**firmware_files(), **compile_sources({"pins.py": folder / "pins.py"})}
    del files["main.py"]
    wired = WiredBench(Bench(20_000_000))
    inject(wired.bench, "air.stuck", level=1)
    inject(wired.bench, "keys.stuck", keys=7)
    chip = board(image, POLL, wired, files=files)
    heard = Heard(chip)
    assert chip.run_until(lambda: b"END" in heard.bytes, 5), heard.lines
    return heard.lines[:2]


@pytest.mark.parametrize("part", READ_BY)
def test_a_part_that_is_not_declared_is_not_read(image: Image, tmp_path: Path, part: str) -> None:
    others = [name for name in READ_BY if name != part]
    read = set(said(image, tmp_path, others)[0].split())
    assert read == set(" ".join(READ_BY[name] for name in others).split())


def test_a_board_without_any_part_reads_nothing_and_says_so(image: Image, tmp_path: Path) -> None:
    assert said(image, tmp_path, []) == ["", "False True"]


def test_a_part_that_nobody_knows_is_refused(image: Image, tmp_path: Path) -> None:
    line = said(image, tmp_path, ["scale", "barometer"])[0]
    assert line.startswith("PARTS: barometer is not one of scale, rotor, ")


@pytest.mark.parametrize("clocks", [1, 9])
def test_a_bus_that_a_reset_left_hanging_is_clocked_free(
    image: Image, tmp_path: Path, clocks: int
) -> None:
    wired, left = WiredBench(Bench()), [clocks]
    files = {name: data for name, data in firmware_files().items() if name != "main.py"}
    chip = board(image, "from time import sleep\nsleep(0.3)\n" + POLL, wired, files=files)
    chip.mcu.gpio[20].set_input_value(False)

    def let_go(state: object, _before: object) -> None:
        left[0] -= chip.mcu.gpio[20].function_select == SIO and int(state) != 0  # type: ignore
        if left[0] == 0:
            chip.mcu.gpio[20].release_input()

    chip.mcu.gpio[21].add_listener(let_go)
    heard = Heard(chip)
    assert chip.run_until(lambda: b"END" in heard.bytes, 5), heard.lines
    assert left[0] == 0, "as many clocks as it took, and no more"
    assert "clock_chip_s" in heard.lines[0]
    assert wired.bench.clock_chip.seconds(wired.wall_ms()) >= 830_000_000

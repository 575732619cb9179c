"""What can happen to a board: reset, power cut, a CPU that hangs, a port nobody listens to."""

import pytest
from bare_board import Heard, board

from pumprig.bench.chip import TICKS_PER_S, Chip
from pumprig.bench.signal_log import SignalLog
from pumprig.image import Image

pytestmark = pytest.mark.emulator

# Says why it booted, and what an earlier boot left in flash and in RAM (scratch bank 4).
BOOT = """
import machine, os
cause = {machine.PWRON_RESET: "power", machine.WDT_RESET: "watchdog"}[machine.reset_cause()]
kept = "kept" in os.listdir()
ram = machine.mem32[0x20040010] == 0x1234ABCD
open("kept", "w").close()
machine.mem32[0x20040010] = 0x1234ABCD
print(cause, "flash" if kept else "-", "ram" if ram else "-")
"""
IDLE = BOOT + "import time\nwhile True: time.sleep(10)\n"
GUARDED = (
    BOOT
    + """
import time
watchdog = machine.WDT(timeout=1000)
pin = machine.Pin(25, machine.Pin.OUT)
while True:
    watchdog.feed()
    pin.toggle()
    time.sleep_ms(10)
"""
)


def boots(chip: Chip, heard: Heard) -> str:
    """What the next boot says."""
    heard.bytes.clear()
    assert chip.run_until(lambda: b"\n" in heard.bytes, 3)
    return heard.lines[0]


def test_a_power_cut_keeps_the_flash_and_loses_the_ram(image: Image) -> None:
    chip = board(image, IDLE)
    heard = Heard(chip)
    assert boots(chip, heard) == "power - -"
    chip.power_cut(off_s=0.5)
    assert not chip.usb_connected
    assert boots(chip, heard) == "power flash -"


def test_a_reset_keeps_both(image: Image) -> None:
    chip = board(image, IDLE)
    heard = Heard(chip)
    boots(chip, heard)
    chip.press_reset()
    assert boots(chip, heard) == "power flash ram"


def test_while_the_power_is_off_nothing_comes_out(image: Image) -> None:
    chip = board(image, IDLE.replace("time.sleep(10)", "print('on'); time.sleep_ms(10)"))
    heard = Heard(chip)
    boots(chip, heard)
    heard.bytes.clear()
    before = chip.now_s()
    chip.power_cut(off_s=5)
    assert chip.now_s() - before == pytest.approx(5)
    assert not heard.bytes


def test_a_frozen_cpu_does_nothing_until_its_watchdog_bites(image: Image) -> None:
    toggles: list[float] = []
    chip = board(image, GUARDED)
    chip.mcu.gpio[25].add_listener(lambda _state, _before: toggles.append(chip.now_s()))
    heard = Heard(chip)
    boots(chip, heard)
    chip.run_for(1)
    assert len(toggles) > 90
    chip.freeze_cpu()
    frozen_s = chip.now_s()
    assert chip.run_until(lambda: chip.resets == 1, 2)
    assert toggles[-1] <= frozen_s
    assert 0.98 <= chip.now_s() - frozen_s <= 1.003, "fed at most 10 ms before"
    assert boots(chip, heard) == "watchdog flash ram"


def test_a_board_without_a_watchdog_stays_frozen(image: Image) -> None:
    chip = board(image, IDLE)
    heard = Heard(chip)
    boots(chip, heard)
    chip.freeze_cpu()
    heard.bytes.clear()
    chip.write_console(b"\x03\r")
    chip.run_for(5)
    assert chip.resets == 0
    assert not heard.bytes


def test_the_signal_log_hears_tones_and_sees_lamps(image: Image) -> None:
    log = SignalLog()
    main = """
import time
from machine import PWM, Pin
time.sleep_ms(200)
tone = PWM(Pin(6), freq=2800, duty_u16=0)
for _ in range(2):
    tone.duty_u16(32768)
    time.sleep_ms(100)
    tone.duty_u16(0)
    time.sleep_ms(100)
red = Pin(7, Pin.OUT, value=0)
red(1)
time.sleep_ms(50)
red(0)
Pin(9, Pin.OUT, value=0)(1)
"""
    chip = board(image, main, log)
    chip.run_for(1.5)
    said = [(name, on) for _, name, on in log.changes]
    lamp_made_an_output = False
    assert said == [
        ("sounder", True),
        ("sounder", True),
        ("red", lamp_made_an_output),
        ("red", True),
        ("red", False),
        ("cyan", lamp_made_an_output),
        ("cyan", True),
    ]
    t_s = [ticks / TICKS_PER_S for ticks, _, _ in log.changes]
    assert t_s[1] - t_s[0] == pytest.approx(0.2, abs=0.003), "beep to beep"
    assert t_s[4] - t_s[3] == pytest.approx(0.05, abs=0.003), "red, on for 50 ms"

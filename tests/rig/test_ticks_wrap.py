"""The processor's own ticks start again at 0 every 12.4 days (ms) and 17.9 minutes (us)."""

import pytest
from device_program import continuous

from pumprig.bench.chip import Chip
from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig.emulated import EmulatedRig

pytestmark = pytest.mark.emulator
SCALE, RATE_NL_H, PL_PER_STEP = 60, 75_000, 31_250
WRAP_US = (1 << 30) * 1000  # both end here, and the timer's low word as well


def booted(image: Image, ahead_s: int) -> EmulatedRig:
    """A board whose timer was put `ahead_s` before the wrap as it began to boot."""
    start_us = WRAP_US - ahead_s * 1_000_000
    low, high = start_us & 0xFFFFFFFF, start_us >> 32
    jump = f"from machine import mem32\nmem32[0x40054004], mem32[0x40054000] = {low}, {high}\n"
    files = dict(firmware_files())
    files["main.py"] = jump.encode() + files["main.py"]
    rig = EmulatedRig(image, files)
    rig.open()
    return rig


def pass_quietly_over_the_wrap(rig: EmulatedRig) -> None:
    """A second, or a little more where that would end just before the wrap: nothing may be sent
    in the millisecond after it. MicroPython's USB code holds back what is sent 800 to 998 us after
    the last start of a frame until the next one (erratum RP2040-E15), and the emulator starts
    none: to it the last was at 0. On a board the next one comes within the millisecond."""
    rig.advance(1)
    if ticks_us(rig.chip) > (1 << 32) - 200_000:
        rig.advance(0.3)


def ticks_us(chip: Chip) -> int:
    return chip.mcu.read_uint32(0x40054028)  # TIMERAWL


def test_over_the_wrap_of_the_ticks_every_step_is_made_and_nothing_is_alarmed(
    image: Image,
) -> None:
    rig = booted(image, ahead_s=6)
    rig.bench.fluid.refill(50_000_000)
    rig.pace(SCALE, PL_PER_STEP)
    rig.link.order("stage", program=continuous(RATE_NL_H))
    rig.link.order("start", scale=SCALE)
    assert ticks_us(rig.chip) > (1 << 32) - 6_000_000
    for _ in range(12):
        pass_quietly_over_the_wrap(rig)
        status = rig.link.order("status")
        assert (status["state"], status["alarms"]) == ("running", 0)
        pump_s = int(str(status["now_s"])) + int(str(status["now_ms"])) / 1000
        assert (
            abs(int(str(status["emitted"])) - RATE_NL_H / 3600 * pump_s * 1000 / PL_PER_STEP) < 2
        )
    assert ticks_us(rig.chip) < 10_000_000
    assert pump_s == pytest.approx(12 * SCALE, rel=0.1)
    assert rig.link.order("hello")["reset"] == "power"
    rig.link.order("estop", confirm=True, reason="end")  # at rest two counters are one
    rig.advance(0.1)
    assert rig.link.order("status")["emitted"] == rig.head.steps_seen

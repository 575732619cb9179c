"""The PIO keeps its time whatever the CPU does."""

from array import array
from itertools import pairwise

import pytest
from bare_board import board

from pumprig.bench.chip import TICKS_PER_S, Chip
from pumprig.image import Image

pytestmark = pytest.mark.emulator

TICKS_PER_US = TICKS_PER_S // 1_000_000
# set(1)[31], 6 x nop()[31] and set(0)[31]: 256 PIO clocks up to the next rising edge.
CYCLES = 8 * 32
PROGRAM = """
import rp2, time
from machine import Pin
@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def tick():
    set(pins, 1)[31]
    {nops}
    set(pins, 0)[31]
rp2.StateMachine(0, tick, freq={freq}, set_base=Pin(2)).active(1)
{then}
"""


class Edges:
    """Records the time of each rising edge on a pin, 1/16 ns."""

    def __init__(self, pin: int) -> None:
        self.ticks = array("q")
        self._pin = pin

    def attach(self, chip: Chip) -> None:
        self._chip = chip
        chip.mcu.gpio[self._pin].add_listener(self._on_edge)

    def _on_edge(self, state: object, _before: object) -> None:
        if int(state) == 1:  # type: ignore[call-overload]
            self.ticks.append(self._chip.ticks())


@pytest.mark.parametrize("freq", [12_500_000, 1_000_000, 10_000], ids=lambda hz: f"{hz}Hz")
@pytest.mark.parametrize(
    "then",
    [
        "while True: time.sleep(100)",
        "while True: pass",
        "while True:\n    time.sleep_ms(7)\n    x = [i for i in range(200)]",
    ],
    ids=["asleep", "busy", "by turns"],
)
def test_a_pio_program_keeps_its_period(image: Image, freq: int, then: str) -> None:
    edges = Edges(2)
    nops = "\n    ".join(["nop()[31]"] * 6)
    chip = board(image, PROGRAM.format(nops=nops, freq=freq, then=then), edges)
    chip.run_for(0.2)
    edges.ticks = array("q")
    period_us = CYCLES * 1e6 / freq
    chip.run_for(max(0.05, 10 * period_us / 1e6))
    periods_us = [(b - a) / TICKS_PER_US for a, b in pairwise(edges.ticks)]
    assert len(periods_us) >= 8
    assert max(abs(period - period_us) for period in periods_us) <= 0.1
    mean_us = (edges.ticks[-1] - edges.ticks[0]) / TICKS_PER_US / len(periods_us)
    assert mean_us == pytest.approx(period_us, abs=0.02)


def test_no_pulse_is_lost_over_a_long_sleep(image: Image) -> None:
    edges = Edges(2)
    nops = "\n    ".join(["nop()[31]"] * 6)
    sleep = "while True: time.sleep(100)"
    chip = board(image, PROGRAM.format(nops=nops, freq=1_000_000, then=sleep), edges)
    chip.run_for(0.2)
    before = len(edges.ticks)
    chip.run_for(20)
    assert abs(len(edges.ticks) - before - 20_000_000 / CYCLES) <= 1

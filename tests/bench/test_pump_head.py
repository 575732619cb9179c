"""Driver, head, tubing, reservoir and rotor sensor: what really moves when pulses come."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from bare_board import DIR, ENABLE_N, ROTOR, STEP, board
from traceability.mark import requirement

from pumprig.bench.pump_head import STEPS_PER_SLOT, PumpHead
from pumprig.image import Image


class Pin:
    """FAKE pin: a level that a test sets, and whoever listens to it."""

    def __init__(self) -> None:
        self.value = 0
        self.rises = 0
        self._listeners: list[Callable[[object, object], None]] = []

    def add_listener(self, listener: Callable[[object, object], None]) -> None:
        self._listeners.append(listener)

    def set_input_value(self, value: bool) -> None:
        self.rises += value and not self.value
        self.value = int(value)

    def pulse(self) -> None:
        for state in (1, 0):
            self.value = state
            for listener in self._listeners:
                listener(state, 1 - state)


class Bench:
    """A head on fake pins; `steps(n)` pulses STEP."""

    def __init__(self, reservoir_nl: int) -> None:
        self.pins = {number: Pin() for number in range(30)}
        self.head = PumpHead(reservoir_nl)
        self.time = 0
        chip = SimpleNamespace(mcu=SimpleNamespace(gpio=self.pins), ticks=lambda: self.time)
        self.head.attach(chip)  # type: ignore[arg-type]

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.time += 1
            self.pins[STEP].pulse()

    @property
    def volumes(self) -> tuple[int, int]:
        return self.head.delivered_nl, self.head.reservoir_nl


def test_each_step_moves_its_volume_and_nothing_is_lost_to_rounding() -> None:
    bench = Bench(1_000_000)
    bench.steps(3)
    assert (bench.head.delivered_pl, bench.head.steps_seen) == (3 * 31_250, 3)
    bench.steps(31_997)
    assert bench.volumes == (1_000_000, 0)
    assert list(bench.head.edge_ticks) == list(range(1, 32_001))


def test_from_an_empty_reservoir_nothing_comes() -> None:
    bench = Bench(100)
    bench.steps(5)
    assert bench.head.delivered_pl == 100_000, "the last step moves what is left"
    bench.steps(5)
    assert bench.volumes == (100, 0)
    assert bench.head.steps_seen == 10


@requirement("R6.2.0(3)")
@pytest.mark.parametrize("pin", [ENABLE_N, DIR])
def test_a_free_motor_and_a_wrong_direction_move_nothing(pin: int) -> None:
    bench = Bench(1_000_000)
    bench.pins[pin].value = 1
    bench.steps(10)
    assert bench.volumes == (0, 1_000_000)
    assert bench.head.steps_seen == 10, "the edges were there"
    bench.pins[pin].value = 0
    bench.steps(32)
    assert bench.volumes == (1_000, 999_000)


def test_a_stalled_head_moves_nothing_until_it_is_let_go() -> None:
    bench = Bench(1_000_000)
    bench.head.stalled = True
    bench.steps(32)
    assert bench.volumes == (0, 1_000_000)
    assert bench.pins[ROTOR].rises == 0
    bench.head.stalled = False
    bench.steps(32)
    assert bench.volumes == (1_000, 999_000)


def test_the_rotor_sensor_gives_an_edge_a_slot() -> None:
    bench = Bench(10_000_000)
    bench.steps(10 * STEPS_PER_SLOT)
    assert bench.pins[ROTOR].rises == 10


def test_a_refill_is_the_new_contents() -> None:
    bench = Bench(1_000_000)
    bench.steps(32)
    bench.head.refill(2_000_000)
    assert bench.volumes == (1_000, 2_000_000)


@pytest.mark.emulator
def test_on_the_emulated_board_its_pins_are_those_of_the_firmware(image: Image) -> None:
    head = PumpHead(1_000_000)
    main = """
from machine import Pin
enable_n = Pin(4, Pin.OUT, value=1)
Pin(3, Pin.OUT, value=0)
step = Pin(2, Pin.OUT, value=0)
def pulse(n):
    for _ in range(n):
        step(1)
        step(0)
pulse(64)
enable_n(0)
pulse(96)
rotor = Pin(5, Pin.IN)
print(rotor())
"""
    chip = board(image, main, head)
    chip.run_for(0.5)
    assert head.steps_seen == 160
    assert head.delivered_nl == 3_000

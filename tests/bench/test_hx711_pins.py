"""The amplifier's protocol on its pins, spoken to by hand: pulses, gain, power-down."""

from collections.abc import Iterator

import pytest
from bare_board import Heard, board

from pumprig.bench.chip import Chip
from pumprig.bench.sensed import Bench
from pumprig.bench.wired import WiredBench
from pumprig.image import Image

pytestmark = pytest.mark.emulator

# `take(n)`: waits until data is low, gives n pulses, prints the ms waited, the number and data.
MAIN = """
from machine import Pin
from time import sleep_us, ticks_ms, ticks_diff
data, clock = Pin(10, Pin.IN, Pin.PULL_UP), Pin(11, Pin.OUT, value=0)
def take(pulses):
    start = ticks_ms()
    while data():
        pass
    waited = ticks_diff(ticks_ms(), start)
    value = 0
    for n in range(pulses):
        clock(1)
        bit = data()
        clock(0)
        if n < 24:
            value = value << 1 | bit
    print(waited, value - (value >> 23 << 24), data())
def off(us):
    clock(1)
    sleep_us(us)
    clock(0)
"""


@pytest.fixture
def bench() -> Bench:
    bench = Bench(20_000_000)
    bench.scale.noise_ug = 0
    return bench


def taken(image: Image, bench: Bench, then: str) -> Iterator[tuple[int, int, int]]:
    """(ms waited, value, data after) of each reading in `then`, once the amplifier has settled."""
    wired = WiredBench(bench)
    chip: Chip = board(image, MAIN + then + "\nprint('END')", wired)
    heard = Heard(chip)
    assert chip.run_until(lambda: b"END" in heard.bytes, 5)
    for line in heard.lines:
        if line[:1].isdigit():
            waited, value, data = line.split()
            yield int(waited), int(value), int(data)


def test_ten_conversions_a_second_each_taken_once(image: Image, bench: Bench) -> None:
    raw = bench.scale.raw(0, 0)
    takes = list(taken(image, bench, "for _ in range(6): take(25)"))
    assert [value for _, value, _ in takes] == [raw] * 6
    assert [data for _, _, data in takes] == [1] * 6, "the 25th pulse ends it"
    assert all(98 <= waited <= 100 for waited, _, _ in takes[1:])


def test_24_pulses_leave_the_last_bit_on_the_line(image: Image, bench: Bench) -> None:
    raw = bench.scale.raw(0, 0)
    takes = list(taken(image, bench, "take(24)"))
    assert takes[0][1:] == (raw, raw & 1)


@pytest.mark.parametrize(("pulses", "divided_by"), [(25, 1), (27, 2)])
def test_the_pulses_choose_the_gain_of_the_next_conversion(
    image: Image, bench: Bench, pulses: int, divided_by: int
) -> None:
    raw = bench.scale.raw(0, 0)
    values = [value for _, value, _ in taken(image, bench, f"take({pulses}); take(25); take(25)")]
    assert values == [raw, raw // divided_by, raw]


def test_26_pulses_choose_the_other_channel_where_nothing_is_wired(
    image: Image, bench: Bench
) -> None:
    raw = bench.scale.raw(0, 0)
    values = [value for _, value, _ in taken(image, bench, "take(26); take(25); take(25)")]
    assert values == [raw, 0, raw]


@pytest.mark.parametrize(("us", "settles"), [(50, False), (100, True)])
def test_a_long_high_clock_switches_it_off_and_it_settles_anew(
    image: Image, bench: Bench, us: int, settles: bool
) -> None:
    takes = list(taken(image, bench, f"take(25); off({us}); take(25)"))
    waited = takes[1][0]
    assert (380 <= waited <= 400) if settles else (waited <= 100)


def test_negative_numbers_and_the_largest(image: Image, bench: Bench) -> None:
    bench.scale.bump(-60_000_000, 600_000)
    raw = bench.scale.raw(0, 0)
    assert raw < 0
    bench.scale.bump(-60_000_000, 600_000)
    assert [value for _, value, _ in taken(image, bench, "take(25)")] == [raw]
    other = Bench(20_000_000)
    other.scale.saturated = True
    assert [value for _, value, _ in taken(image, other, "take(25)")] == [0x7FFFFF]

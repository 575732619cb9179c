"""What each virtual part says of the liquid, the room and the wall's time."""

from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from pump.readings import Readings, temperature_cc
from pumprig.bench.fluid import CONTAINER_UG, MS_PER_H, Fluid
from pumprig.bench.parts import keys as key
from pumprig.bench.parts.clock_chip import ClockChip
from pumprig.bench.parts.keys import Keys
from pumprig.bench.parts.pressure import (
    NOISE_COUNTS,
    PA_PER_1000_COUNTS,
    ZERO_COUNTS,
    Pressure,
)
from pumprig.bench.parts.scale import (
    COUNTS_MAX,
    COUNTS_MIN,
    DRIFT_UG_PER_DEGREE,
    NOISE_UG,
    UG_PER_COUNT,
    Scale,
)
from pumprig.bench.parts.scale import ZERO_COUNTS as SCALE_ZERO
from pumprig.bench.parts.temperature import CHIP_ABOVE_ROOM_CC, DAY_MS, Temperature
from pumprig.bench.sensed import Bench


def quiet_scale(reservoir_nl: int = 0) -> Scale:
    scale = Scale(Fluid(reservoir_nl), Temperature())
    scale.noise_ug = 0
    return scale


def test_the_scale_counts_what_hangs_there() -> None:
    empty, full = quiet_scale(), quiet_scale(20_000_000)
    assert empty.raw(1, 100) == SCALE_ZERO + CONTAINER_UG // UG_PER_COUNT
    assert full.raw(1, 100) == SCALE_ZERO + (CONTAINER_UG + 20_000_000) // UG_PER_COUNT


def test_its_noise_is_what_is_declared_and_the_same_at_every_run() -> None:
    scale, again = (Scale(Fluid(0), Temperature(), seed=5) for _ in range(2))
    raws = [scale.raw(n, 100 * n) for n in range(20_000)]
    assert raws == [again.raw(n, 100 * n) for n in range(20_000)]
    assert pstdev(raws) * UG_PER_COUNT == pytest.approx(NOISE_UG, rel=0.05)
    assert fmean(raws) * UG_PER_COUNT == pytest.approx(
        SCALE_ZERO * UG_PER_COUNT + CONTAINER_UG, abs=300
    )


def test_two_seeds_are_two_noises() -> None:
    one, other = (Scale(Fluid(0), Temperature(), seed) for seed in (1, 2))
    assert [one.raw(n, 0) for n in range(9)] != [other.raw(n, 0) for n in range(9)]


@pytest.mark.parametrize("cc", [-1000, 0, 1000])
def test_a_warmer_room_is_a_heavier_bag(cc: int) -> None:
    temperature = Temperature()
    scale = Scale(Fluid(0), temperature)
    scale.noise_ug = 0
    before = scale.raw(1, 0)
    temperature.mean_cc += cc
    assert scale.raw(2, 0) - before == cc // 100 * DRIFT_UG_PER_DEGREE // UG_PER_COUNT


def test_the_amplifier_ends_at_24_bits() -> None:
    scale = quiet_scale(200_000_000)
    assert scale.raw(1, 0) == COUNTS_MAX
    scale.bump(-600_000_000, 1000)
    assert scale.raw(2, 0) == COUNTS_MIN


@pytest.mark.parametrize(("wall_ms", "leans"), [(999, True), (1000, False)])
def test_a_bump_begins_with_the_next_conversion_and_ends_by_the_wall(
    wall_ms: int, leans: bool
) -> None:
    scale = quiet_scale()
    rest = scale.raw(1, 0)
    scale.bump(480_000, 1000)
    assert scale.raw(2, 50_000) == rest + 20_000
    assert scale.raw(3, 50_000 + wall_ms) == rest + 20_000 * leans
    assert scale.raw(4, 50_500 + wall_ms) == rest


def test_the_room_swings_once_a_day_between_its_ends() -> None:
    temperature = Temperature(mean_cc=2200, swing_cc=1000)
    at = {h: temperature.room_cc(h * MS_PER_H) for h in (0, 6, 12, 18, 24)}
    assert at == {0: 1200, 6: 2200, 12: 3200, 18: 2200, 24: 1200}
    hourly = [temperature.room_cc(t) for t in range(0, DAY_MS, 60_000)]
    assert max(abs(a - b) for a, b in pairwise(hourly)) <= 3


@pytest.mark.parametrize("cc", [-1000, 2200, 5000, 7000])
def test_the_chips_sensor_says_its_temperature_to_half_a_degree(cc: int) -> None:
    temperature = Temperature(mean_cc=cc)
    said = temperature_cc(temperature.raw(0))
    assert said == pytest.approx(cc + CHIP_ABOVE_ROOM_CC, abs=50)


@pytest.mark.parametrize(
    ("pascal", "counts"),
    [(0, 1800), (100_000, 3351), (101_000, 3351), (-100_000, 248), (-101_000, 248), (6_900, 1907)],
)
def test_pressure_is_counts_in_proportion_up_to_its_range(pascal: int, counts: int) -> None:
    pressure = Pressure()
    raws = [pressure.raw(pascal) for _ in range(1000)]
    assert fmean(raws) == pytest.approx(counts, abs=2)
    if abs(pascal) < 100_000:
        assert pstdev(raws) == pytest.approx(NOISE_COUNTS, rel=0.15)
        exact = ZERO_COUNTS + pascal * 1000 / PA_PER_1000_COUNTS
        assert fmean(raws) == pytest.approx(exact, abs=1.5)
    else:
        assert min(raws) >= 248 and max(raws) <= 3351


def test_keys_are_down_while_pressed_and_open_between_bounces() -> None:
    keys = Keys()
    keys.press(key.ACK | key.SERVICE)
    assert keys.raw(10) == 5
    keys.release(key.ACK)
    assert keys.raw(11) == 4
    keys.release(key.SERVICE)
    keys.bounce_ms = 5
    keys.press(key.STOP)
    assert [keys.raw(t) for t in range(20, 28)] == [2, 0, 2, 0, 2, 2, 2, 2]


def test_the_clock_chip_counts_wall_seconds_from_where_it_was_set() -> None:
    chip = ClockChip(1000)
    assert [chip.raw(ms) for ms in (0, 999, 1000)] == [1000, 1000, 1001]
    chip.set(5000, 2000)
    assert [chip.raw(ms) for ms in (2999, 3000)] == [5000, 5001]


def test_a_slow_clock_falls_behind_from_then_on_only() -> None:
    chip = ClockChip(0)
    chip.run_at(-10_000, 100_000)
    assert [chip.raw(ms) for ms in (100_000, 200_000, 201_000)] == [100, 199, 199]
    chip.run_at(0, 200_000)
    assert chip.raw(300_000) == 299


def test_a_reading_is_what_the_parts_say_and_a_conversion_is_taken_once() -> None:
    bench = Bench(20_000_000)
    readings = Readings()
    bench.fluid.turn(3200)
    bench.advance(60_000)
    bench.read(readings, 1000)
    assert (readings.rotor, readings.scale_readings) == (100, 1)
    mass_ug = (readings.scale_raw - SCALE_ZERO) * UG_PER_COUNT
    assert mass_ug == pytest.approx(CONTAINER_UG + 19_900_000, abs=5 * NOISE_UG)
    assert readings.supply_mv == pytest.approx(4700, abs=50)
    assert readings.temperature_cc == pytest.approx(2700, abs=50)
    assert readings.pressure_up_raw == pytest.approx(ZERO_COUNTS, abs=16)
    assert (readings.air, readings.keys) == (0, 0)
    raw = readings.scale_raw
    bench.read(readings, 1099)
    assert (readings.scale_raw, readings.scale_readings) == (raw, 1), "not converted yet"
    bench.read(readings, 1100)
    assert readings.scale_readings == 2
    assert readings.clock_chip_s == -1
    bench.read_clock(readings, 1100)
    assert readings.clock_chip_s == bench.clock_chip.seconds(1100)

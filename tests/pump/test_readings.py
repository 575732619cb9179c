"""What the ADC's counts mean, at the ends and where the datasheets give a value."""

import pytest

from pump.readings import Readings, supply_mv, temperature_cc


@pytest.mark.parametrize(
    ("counts", "mv"), [(0, 0), (1, 2), (1024, 2475), (1945, 4701), (4095, 9897)]
)
def test_the_supply_is_three_times_what_the_pin_sees(counts: int, mv: int) -> None:
    assert supply_mv(counts) == mv


@pytest.mark.parametrize(
    ("counts", "degrees"), [(876, 27.0), (840, 43.9), (790, 67.3), (961, -12.7)]
)
def test_the_chip_is_colder_with_more_counts(counts: int, degrees: float) -> None:
    volt = counts * 3.3 / 4096
    exact = 27 - (volt - 0.706) / 0.001721
    assert temperature_cc(counts) / 100 == pytest.approx(exact, abs=0.02)
    assert temperature_cc(counts) / 100 == pytest.approx(degrees, abs=0.3)


@pytest.mark.parametrize("counts", [0, 4095])
def test_the_products_are_small_integers(counts: int) -> None:
    assert abs(counts * 103_125) < 2**30
    assert abs((counts * 103_125 // 128 - 706_000) * 100) < 2**30


def test_before_anything_was_read_no_part_has_spoken() -> None:
    readings = Readings()
    assert readings.clock_chip_s == -1
    assert readings.scale_readings == readings.rotor == readings.air == readings.keys == 0

"""What the ADC's counts mean, at the ends and where the datasheets give a value."""

from fractions import Fraction

import pytest

from pump.readings import PARTS, Readings, supply_mv, temperature_cc


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


def test_every_count_means_what_the_data_sheet_says_to_a_hundredth_of_a_degree() -> None:
    for counts in range(4096):
        volt = Fraction(33 * counts, 40960)
        exact_cc = 2700 - (volt - Fraction(706, 1000)) / Fraction(1721, 100_000_000)
        assert 0 <= temperature_cc(counts) - exact_cc < Fraction(107, 100)


@pytest.mark.parametrize("counts", [0, 4095])
def test_the_products_are_small_integers(counts: int) -> None:
    assert abs(counts * 103_125) < 2**30
    assert abs((counts * 103_125 // 128 - 706_000) * 100) < 2**30


def test_before_anything_was_read_no_part_has_spoken() -> None:
    readings = Readings()
    assert readings.clock_chip_s == -1
    assert readings.scale_readings == readings.rotor == readings.air == readings.keys == 0
    assert readings.scale_raw == readings.supply_mv == readings.temperature_cc == 0
    assert readings.pressure_down_raw == readings.pressure_up_raw == 0


def test_what_can_be_wired_bears_these_names_in_this_order() -> None:
    line = ("scale", "rotor", "pressure_down", "pressure_up", "air")
    assert (*line, "supply", "temperature", "clock_chip", "keys", "display") == PARTS

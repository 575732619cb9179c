"""How pump times and durations are written."""

import pytest

from pumprig.analysis.clock import lasted, pump_time


@pytest.mark.parametrize(
    ("t_s", "written"),
    [
        (0, "day 0 00:00:00"),
        (86_399, "day 0 23:59:59"),
        (86_400, "day 1 00:00:00"),
        (27 * 86_400 + 43_800, "day 27 12:10:00"),
    ],
)
def test_a_pump_time_is_day_and_time_of_day(t_s: int, written: str) -> None:
    assert pump_time(t_s) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_661, "1 h 1 min"),
        (3_601, "1 h 1 s"),
        (183_600, "2 d 3 h"),
    ],
)
def test_a_duration_is_its_two_largest_units(seconds: int, written: str) -> None:
    assert lasted(seconds).replace("\N{NO-BREAK SPACE}", " ") == written

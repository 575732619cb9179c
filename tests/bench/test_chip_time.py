"""Simulated time belongs to the caller, and goes on over whatever happens to the board."""

import time

import pytest
from bare_board import Heard, board

from pumprig.bench.chip import TICKS_PER_S, Chip
from pumprig.image import Image

pytestmark = pytest.mark.emulator

SLICE_S = 0.005
ASLEEP = "import time\nwhile True: time.sleep(3600)\n"
BUSY = "while True: pass\n"


@pytest.mark.parametrize("main", [ASLEEP, BUSY], ids=["asleep", "busy"])
def test_time_advances_by_what_was_asked_to_the_tick(image: Image, main: str) -> None:
    chip = board(image, main)
    for seconds in (0.001, 0.25, 1e-6):
        before = chip.ticks()
        chip.run_for(seconds)
        # A busy CPU ends the instruction it is at: some clocks of 8 ns.
        assert 0 <= chip.ticks() - before - round(seconds * TICKS_PER_S) < 64 * 128


def test_a_sleeping_board_does_not_run_away(image: Image) -> None:
    chip = board(image, ASLEEP)
    before = chip.now_s()
    chip.run_for(600)
    assert chip.now_s() - before == pytest.approx(600, abs=1e-9)


def test_the_boards_own_clock_agrees(image: Image) -> None:
    chip = board(
        image,
        "import sys, time\nwhile True:\n    sys.stdin.readline()\n    print(time.ticks_us())\n",
    )
    heard = Heard(chip)
    chip.run_for(0.1)
    told = []
    for _ in range(2):
        heard.bytes.clear()
        chip.write_console(b"\r\n")
        chip.run_for(5)
        told.append(int(heard.lines[-1]))
    assert told[1] - told[0] == pytest.approx(5_000_000, abs=5_000), "a console's way and back"


def test_until_ends_at_the_limit_in_simulated_time(image: Image) -> None:
    chip = board(image, ASLEEP)
    before = chip.now_s()
    assert not chip.run_until(lambda: False, limit_s=0.3)
    assert chip.now_s() - before == pytest.approx(0.3, abs=0.003)


def test_time_never_goes_back_over_resets_and_power_cuts(image: Image) -> None:
    chip = board(image, ASLEEP)
    seen = [chip.ticks()]

    def note() -> None:
        seen.append(chip.ticks())

    chip.press_reset()
    note()
    chip.run_for(0.5)
    note()
    chip.power_cut(off_s=7)
    note()
    chip.run_for(0.5)
    note()
    assert seen == sorted(seen)
    assert (seen[3] - seen[2]) / TICKS_PER_S == pytest.approx(7, abs=1e-6)
    assert chip.resets == 2


def test_paced_it_keeps_to_the_wall_clock_times_speed(
    image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAKE wall clock: it moves only while the chip sleeps, so the emulator costs nothing."""
    wall = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        wall[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: wall[0])
    monkeypatch.setattr(time, "sleep", sleep)
    chip = board(image, ASLEEP)
    began = chip.now_s()
    turns = iter([True] * 100 + [False])
    chip.run_paced(speed=4, turn=lambda: next(turns), slice_s=SLICE_S)
    assert chip.now_s() - began == pytest.approx(100 * 4 * SLICE_S)
    assert sum(slept) == pytest.approx(100 * SLICE_S)


def test_two_boards_in_one_process_have_a_clock_each(image: Image) -> None:
    first, second = board(image, ASLEEP), board(image, BUSY)
    before = first.now_s(), second.now_s()
    first.run_for(1)
    second.run_for(0.1)
    assert first.now_s() - before[0] == pytest.approx(1, abs=1e-6)
    assert second.now_s() - before[1] == pytest.approx(0.1, abs=1e-5)
    assert isinstance(first, Chip)

"""Clock chip and display on the I2C bus, as the firmware's drivers speak to them."""

import io
from datetime import datetime

import matplotlib.image
import pytest
from bare_board import Heard, board

from pumprig.bench.chip import Chip
from pumprig.bench.parts.display import HEIGHT, WIDTH
from pumprig.bench.sensed import Bench
from pumprig.bench.wired import WiredBench
from pumprig.image import Image
from pumprig.image.firmware import firmware_files

pytestmark = pytest.mark.emulator

MAIN = """
from machine import I2C, Pin
from time import sleep_ms, ticks_diff, ticks_us
from drivers.ds3231 import ClockChip
from drivers.ssd1306 import Display
i2c = I2C(0, sda=Pin(20), scl=Pin(21), freq=400_000, timeout=5_000)
clock, display = ClockChip(i2c), Display(i2c)
def timed(call, *args):
    start = ticks_us()
    result = call(*args)
    print(result, ticks_diff(ticks_us(), start))
    return result
"""


class Board:
    def __init__(self, image: Image, then: str) -> None:
        self.bench = Bench()
        self.wired = WiredBench(self.bench)
        files = {name: data for name, data in firmware_files().items() if name != "main.py"}
        self.chip: Chip = board(image, MAIN + then, self.wired, files=files)
        self.heard = Heard(self.chip)

    def said(self) -> list[list[str]]:
        """The words of each line up to END."""
        assert self.chip.run_until(lambda: b"END\r\n" in self.heard.bytes, 30), self.heard.lines
        return [line.split() for line in self.heard.bytes.decode().split("END")[0].splitlines()]


def seconds(*civil: int) -> int:
    return round((datetime(*civil) - datetime(2000, 1, 1)).total_seconds())  # type: ignore[arg-type]


DATES = [
    seconds(*civil)
    for civil in (
        (2000, 1, 1, 0, 0, 0),
        (2000, 2, 29, 23, 59, 58),
        (2000, 3, 1, 0, 0, 0),
        (2000, 12, 31, 12, 0, 0),
        (2001, 1, 1, 0, 0, 0),
        (2024, 2, 28, 10, 20, 30),
        (2024, 2, 29, 19, 9, 9),
        (2025, 2, 28, 23, 59, 57),
        (2026, 11, 30, 8, 8, 8),
        (2034, 1, 10, 13, 37, 4),
        (2099, 12, 31, 23, 59, 40),
    )
]


def test_the_clock_chip_keeps_every_kind_of_date(image: Image) -> None:
    """The driver's calendar against the standard library's, which the virtual chip counts by."""
    for_each = f"""
for s in {DATES}:
    print(clock.set(s), clock.read())
print("END")
"""
    said = Board(image, for_each).said()
    assert [(ok, int(s)) for ok, s in said] == [("True", s) for s in DATES]


def test_what_is_set_is_what_the_chip_counts_on_from(image: Image) -> None:
    rig = Board(image, "clock.set(830_000_000)\nprint('END')")
    rig.said()
    rig.chip.run_for(5)
    rig.wired.wall_ms()
    assert rig.bench.clock_chip.raw(rig.bench.wall_ms) - 830_000_000 in (5, 6)


def test_a_clock_that_stood_says_so_until_it_is_set(image: Image) -> None:
    then = """
while clock.read() != -1:
    sleep_ms(10)
print(clock.set(830_000_000), clock.read())
print("END")
"""
    rig = Board(image, then)
    rig.bench.clock_chip.lost = True
    assert rig.said() == [["True", "830000000"]]
    assert not rig.bench.clock_chip.lost


def test_an_absent_clock_is_minus_one_takes_no_time_and_may_come_back(image: Image) -> None:
    then = """
while clock.read() != -1:
    sleep_ms(10)
timed(clock.read)
timed(clock.set, 830_000_000)
while clock.read() == -1:
    sleep_ms(10)
print(clock.read() > 0)
print("END")
"""
    rig = Board(image, then)
    rig.bench.clock_chip.absent = True
    rig.chip.run_for(0.5)
    rig.bench.clock_chip.absent = False
    read, was_set, back = rig.said()
    assert read[0] == "-1"
    assert was_set[0] == "False"
    assert max(int(read[1]), int(was_set[1])) < 1000
    assert back == ["True"]


LINES = ["0123456789abcdef", "", "left  18.20 mL", "", "", "", "", "LAST"]
SHOW = f"""
import framebuf
lines = {LINES}
while not timed(display.show, lines):
    pass
print("sent")
lines[2] = "left  18.19 mL"
while not timed(display.show, lines):
    pass
print("sent")
page = bytearray(128)
frame = framebuf.FrameBuffer(page, 128, 8, framebuf.MONO_VLSB)
for text in lines:
    frame.fill(0)
    frame.text(text, 0, 0)
    print("page", page.hex())
print("END")
"""


def test_the_display_shows_its_lines_a_page_at_a_time_and_only_what_is_new(image: Image) -> None:
    rig = Board(image, SHOW)
    said = rig.said()
    pages = [bytes.fromhex(words[1]) for words in said if words[0] == "page"]
    assert b"".join(pages) == bytes(rig.bench.display.memory)
    sent = [i for i, words in enumerate(said) if words == ["sent"]]
    assert sent[0] == 10, "its start, eight pages, and a look"
    assert sent[1] - sent[0] - 1 == 2, "the line that changed, and a look"
    assert max(int(words[1]) for words in said[: sent[0]]) < 5000


def test_the_picture_is_what_is_lit(image: Image) -> None:
    rig = Board(image, SHOW)
    rig.said()
    display = rig.bench.display
    picture = matplotlib.image.imread(io.BytesIO(display.png(zoom=2)))
    assert picture.shape == (HEIGHT * 2, WIDTH * 2)
    rows = display.rows()
    assert [[round(float(p)) for p in line[::2]] for line in picture[::2]] == rows
    lit = [any(row) for row in rows]
    assert any(lit[:8]) and not any(lit[8:16]), "text above, nothing below it"
    display.absent = True
    assert not any(any(row) for row in display.rows())


def test_an_absent_display_holds_nothing_up_and_shows_all_when_it_is_back(image: Image) -> None:
    then = f"""
lines = {LINES}
while display.answers:
    timed(display.show, lines)
for _ in range(3):
    timed(display.show, lines)
print("absent")
while not display.show(lines):
    sleep_ms(50)
print("END")
"""
    rig = Board(image, then)
    rig.bench.display.absent = True
    rig.chip.run_for(0.5)
    assert b"absent" in rig.heard.bytes
    rig.bench.display.absent = False
    said = rig.said()
    assert max(int(us) for shown, us in said[:-1] if shown == "False") < 1000
    assert any(rig.bench.display.memory[7 * WIDTH :])
    assert rig.chip.now_s() > 10, "it is asked again after ten seconds"

"""Power that goes inside an erase or a program of the emulated flash: aimed, and half done."""

from random import Random

import pytest
from bare_board import Heard, board

from pumprig.bench.chip import Chip
from pumprig.bench.flash_cut import FlashCut, PowerFails
from pumprig.bench.flash_image import FS_BLOCK_BYTES, FS_START
from pumprig.image import Image

pytestmark = pytest.mark.emulator

BLOCK = 300  # of the file system, free on this board
# Erases a block, programs two of its pages, erases it again, and so on; says when it begins.
MAIN = f"""
import rp2, time
flash = rp2.Flash()
time.sleep_ms(300)
print("begin")
time.sleep_ms(20)
while True:
    flash.ioctl(6, {BLOCK})
    flash.writeblocks({BLOCK}, bytes(range(256)), 0)
    flash.writeblocks({BLOCK}, bytes(256), 512)
    time.sleep_ms(50)
"""


@pytest.fixture
def cut() -> FlashCut:
    return FlashCut()


def busy(image: Image, cut: FlashCut) -> Chip:
    chip = board(image, MAIN, cut)
    heard = Heard(chip)
    assert chip.run_until(lambda: b"begin" in heard.bytes, 2, slice_s=0.0005)
    return chip


def block(chip: Chip) -> bytes:
    begin = FS_START + BLOCK * FS_BLOCK_BYTES
    return bytes(chip.mcu.flash[begin : begin + FS_BLOCK_BYTES])


def test_erases_and_programs_are_counted(image: Image, cut: FlashCut) -> None:
    chip = busy(image, cut)
    before = cut.operations
    chip.run_for(0.16)
    assert cut.operations - before == 9


@pytest.mark.parametrize("operation", range(6))
def test_power_goes_at_the_operation_aimed_at(image: Image, cut: FlashCut, operation: int) -> None:
    """0, 3: the erase; 1, 4: the first page; 2, 5: the second one."""
    seen = set()
    for seed in range(6):
        chip = busy(image, cut := FlashCut())
        cut.aim(operation, Random(seed))
        before = cut.operations
        with pytest.raises(PowerFails):
            chip.run_for(1)
        assert cut.operations - before == operation + 1
        found = block(chip)
        pages = [found[at : at + 256] for at in range(0, FS_BLOCK_BYTES, 256)]
        if operation % 3 == 0:
            assert set().union(*pages[1:2], *pages[3:]) == {0xFF}
        if operation % 3 == 1:
            assert set(pages[2]) == {0xFF}
        if operation % 3 == 2:
            assert pages[0] == bytes(range(256))
        seen.add(found)
    assert len(seen) > 1 or operation == 0, "not always as far; at first the block is blank"


def test_disarmed_nothing_happens_and_it_can_be_aimed_again(image: Image, cut: FlashCut) -> None:
    chip = busy(image, cut)
    cut.aim(1, Random(0))
    cut.disarm()
    chip.run_for(0.5)
    cut.aim(0, Random(0))
    with pytest.raises(PowerFails):
        chip.run_for(0.5)
    chip.run_for(0.5)
    assert cut.operations > 30, "one cut an aim"


def test_after_the_cut_the_board_boots_with_what_is_left(image: Image, cut: FlashCut) -> None:
    chip = busy(image, cut)
    cut.aim(4, Random(3))
    with pytest.raises(PowerFails):
        chip.run_for(1)
    chip.freeze_cpu()
    left = block(chip)
    chip.run_for(0.02)
    chip.power_cut(0.1)
    assert block(chip) == left
    heard = Heard(chip)
    assert chip.run_until(lambda: b"begin" in heard.bytes, 2)

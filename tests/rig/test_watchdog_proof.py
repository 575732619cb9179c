"""The watchdog proves itself once in a board's life: what if it does not?"""

import pytest
from device_program import continuous

from pumprig.bench.chip import Chip
from pumprig.bench.sensed import Bench
from pumprig.bench.wired import WiredBench
from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig.bench_acts import NEW_BAG_NL
from pumprig.rig.link_client import LinkClient

pytestmark = pytest.mark.emulator
NEVER = "watchdog: left alone, it does not reset"


class NewBoard:
    """Our files, and nothing that a start would have left in flash; its watchdog does nothing."""

    def __init__(self, image: Image) -> None:
        self.wired = WiredBench(Bench(NEW_BAG_NL))
        self.chip = Chip(image.path, firmware_files(), self.wired)
        self.link = LinkClient(self.chip.write_console, self.chip.run_until)
        self.chip.on_console = self.link.receive
        self.resets = self.chip.mcu.watchdog.on_watchdog_trigger
        self.chip.mcu.watchdog.on_watchdog_trigger = lambda: None
        self.hello(12)

    def hello(self, limit_s: float) -> dict[str, object]:
        """Once the self-test is through."""
        self.link.request("hello", limit_s=limit_s)
        self.chip.run_for(3)
        return self.link.order("hello")


def test_a_board_whose_watchdog_does_not_reset_says_so_and_starts_no_program(image: Image) -> None:
    board = NewBoard(image)
    hello = board.link.order("hello")
    assert (hello["reset"], hello["self_test"]) == ("power", NEVER)
    assert board.chip.resets == 0
    board.link.order("stage", program=continuous(7_500, name="never"))
    refused = board.link.request("start", scale=60)
    assert refused["err"] == f"start: self-test failed, {NEVER}"
    assert board.wired.head.steps_seen == 0


def test_it_is_asked_again_at_the_next_start_and_believed_once_it_resets(image: Image) -> None:
    board = NewBoard(image)
    board.chip.mcu.watchdog.on_watchdog_trigger = board.resets
    board.chip.power_cut(0.01)
    assert board.hello(12)["self_test"] == "ok"
    assert board.chip.resets == 2, "the power, and the watchdog"

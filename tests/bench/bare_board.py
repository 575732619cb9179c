"""A Pico that runs a few lines of Python of the test's own, with parts on its pins."""

from collections.abc import Mapping

from pumprig.bench.chip import Chip, Part
from pumprig.image import Image

STEP, DIR, ENABLE_N, ROTOR = 2, 3, 4, 5


def board(image: Image, main: str, *parts: Part, files: Mapping[str, bytes] | None = None) -> Chip:
    """Booted until its USB port is there. `main` runs from power-up on."""
    chip = Chip(image.path, {"main.py": main.encode(), **(files or {})}, *parts)
    assert chip.run_until(lambda: chip.usb_connected, 2)
    return chip


class Heard:
    """What a board says on its console."""

    def __init__(self, chip: Chip) -> None:
        self.bytes = bytearray()
        chip.on_console = self.bytes.extend

    @property
    def lines(self) -> list[str]:
        return self.bytes.decode().splitlines()

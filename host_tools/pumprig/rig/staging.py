"""A device program on its way to the device: in as many frames as it takes."""

from collections.abc import Iterator, Mapping
from typing import Any

from link import frames
from link.programs import PARTS_MAX
from pumprig.rig.link_client import LinkClient, LinkError

_Q_MAX = (1 << 53) - 1
_SESSION = "0" * 16  # digits


def parts_of(program: Mapping[str, object]) -> list[dict[str, Any]]:
    """The program in parts that fit a line each, by its bytes and its brackets; lists are cut
    between their entries. Of a valid program there are at most link.programs.PARTS_MAX."""
    parts: list[dict[str, Any]] = [{}]
    for name, piece in _pieces(program):
        part = parts[-1]
        longer = {**part, name: part[name] + piece if name in part else piece}
        if _fits(longer):
            parts[-1] = longer
        else:
            parts.append({name: piece})
    return parts


def _fits(part: Mapping[str, Any]) -> bool:
    """Whether the device takes the line, with the longest number, place and session."""
    last = PARTS_MAX - 1
    request = {"q": _Q_MAX, "c": "stage", "program": part, "part": last, "of": PARTS_MAX}
    return frames.decode(frames.encode({**request, "s": _SESSION})) is not None


def _pieces(program: Mapping[str, object]) -> Iterator[tuple[str, Any]]:
    for name, value in program.items():
        if isinstance(value, list | tuple) and value:
            yield from ((name, [row]) for row in value)
        else:
            yield name, value


def stage_or_fail(link: LinkClient, program: Mapping[str, object]) -> dict[str, object]:
    """Like `stage`, but a refusal is a LinkError."""
    reply = stage(link, program)
    if "err" in reply:
        raise LinkError(f"stage refused: {reply['err']}")
    return reply


def stage(link: LinkClient, program: Mapping[str, object]) -> dict[str, object]:
    """The device's answer to the whole program: what it warns of, or its refusal ("err")."""
    parts = parts_of(program)
    reply: dict[str, object] = {}
    for i, part in enumerate(parts):
        reply = link.request("stage", program=part, part=i, of=len(parts))
        if "err" in reply:
            break
    return reply

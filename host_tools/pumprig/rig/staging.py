"""A device program on its way to the device: in as many frames as it takes."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from link import frames
from pumprig.rig.link_client import LinkClient, LinkError

_ROOM = 96  # for the number, the command, the part's place and the sum


def parts_of(program: Mapping[str, object]) -> list[dict[str, Any]]:
    """The program in parts that fit a line each; lists are cut between their entries."""
    parts: list[dict[str, Any]] = [{}]
    for name, piece in _pieces(program):
        part = parts[-1]
        longer = {**part, name: part[name] + piece if name in part else piece}
        if len(json.dumps(longer, separators=(",", ":"))) > frames.LINE_BYTES_MAX - _ROOM:
            parts.append({name: piece})
        else:
            parts[-1] = longer
    return parts


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

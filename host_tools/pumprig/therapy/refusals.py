"""How a file is refused: one line per fault, and all of them at once."""

import json
from dataclasses import dataclass

from pydantic_core import PydanticCustomError


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file."""

    path: str  # where, e.g. "basal.step[1].dose"; list elements count from 0
    found: str  # the value given, as it was written, or "missing"
    allowed: str  # range or unit
    remedy: str  # what to do
    source: str = ""  # who says so, where a published rule is behind it

    def __str__(self) -> str:
        said = f"{self.path}: {self.found} - {self.allowed} - {self.remedy}"
        return f"{said} - {self.source}" if self.source else said


class ProgramRefused(Exception):
    """A program, a scenario or a time scale that must not run. Nothing has been written or moved.

    `lines` holds one line per fault: `field.path: value given - allowed - what to do`, and after
    that ` - source` where a published rule is behind it.
    """

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def refuse_if_any(faults: list[Fault]) -> None:
    if faults:
        raise ProgramRefused([str(fault) for fault in faults])


def refusal(found: str, allowed: str, remedy: str) -> PydanticCustomError:
    """What a pydantic validator raises: the parts of a fault, whose place pydantic knows."""
    parts = {"found": found, "allowed": allowed, "remedy": remedy}
    return PydanticCustomError("refused", "{found} - {allowed} - {remedy}", parts)


def quoted(value: object) -> str:
    """A value as its owner wrote it, cut to 60 characters and kept to one printable line."""
    if not isinstance(value, str):
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
        return text if len(text) <= 60 else text[:57] + "..."
    short = value if len(value) <= 60 else value[:57] + "..."
    return json.dumps(short, ensure_ascii=not short.isprintable())


def dotted(parts: tuple[str | int, ...]) -> str:
    """`("basal", "step", 1, "dose")` -> `basal.step[1].dose`."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            bare = part.replace("-", "_").isidentifier() or part.isdigit()
            path += ("." if path else "") + (part if bare else quoted(part))
    return path

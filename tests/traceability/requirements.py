"""The list of requirements, requirements.toml, as data."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("requirements.toml")
_FIELDS = {"id", "what", "figure", "split", "implemented", "differs", "not_here"}


class RequirementError(ValueError):
    """An entry of the list that says too little or too much, in one line."""


@dataclass(frozen=True)
class Requirement:
    """One line of the list. Either `implemented` names the files, from the root of the project, or
    `not_here` says why it does not apply; `differs` is what the rig does otherwise, on purpose.
    `split`: which subject of its group this number is, is our reading."""

    id: str
    what: str
    figure: str = ""
    split: bool = False
    implemented: tuple[str, ...] = ()
    differs: str = ""
    not_here: str = ""


def read(text: str) -> dict[str, Requirement]:
    """The requirements of a list by their id, in its order; RequirementError for a wrong one."""
    found: dict[str, Requirement] = {}
    for entry in tomllib.loads(text)["requirement"]:
        one = _read_one(entry)
        if one.id in found:
            raise RequirementError(f"{one.id}: there twice")
        found[one.id] = one
    return found


def _read_one(entry: dict[str, Any]) -> Requirement:
    name = entry.get("id", "requirement without id")
    if not {"id", "what"} <= entry.keys() <= _FIELDS:
        raise RequirementError(f"{name}: has {' '.join(entry)}")
    if bool(entry.get("implemented")) == bool(entry.get("not_here")):
        raise RequirementError(f"{name}: needs either files, implemented, or a reason, not_here")
    return Requirement(**{**entry, "implemented": tuple(entry.get("implemented", ()))})


@cache
def known() -> dict[str, Requirement]:
    """The project's own list."""
    return read(LIST.read_text(encoding="utf-8"))

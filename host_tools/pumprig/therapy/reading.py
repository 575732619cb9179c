"""From TOML text to a checked shape, with every fault of the text and of the shape.

A file with faults is still read as far as possible: the places at fault become None, which TOML
itself cannot express, so that the rules which compare fields can run on all the others and a user
sees every fault in one go.
"""

import copy
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from pumprig.therapy.refusals import Fault, ProgramRefused, dotted, quoted


class Section(BaseModel):
    """A table of a file. Every key is declared with what it wants as its description."""

    model_config = ConfigDict(extra="forbid", frozen=True)


File = TypeVar("File", bound=Section)
Location = tuple[str | int, ...]


def read_text(path: Path) -> str:
    """The text of a file. Refused: a file that cannot be read or is not UTF-8."""
    try:
        # Some editors put a byte order mark first; TOML has no use for it.
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {error.start} is not UTF-8"
        fault = Fault(str(path), found, "a TOML file in UTF-8", "save it as UTF-8")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        fault = Fault(str(path), reason, "a TOML file", "check the path")
    raise ProgramRefused([str(fault)])


def parse_toml(text: str, label: str) -> dict[str, Any]:
    """The tables of a TOML text. Refused: anything that is not TOML, with line and column."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also an integer far too long
        where = str(error).splitlines()[0]
        fault = Fault(label, f"not TOML: {where}", "a TOML file", "correct it there")
        raise ProgramRefused([str(fault)]) from None


def read_sections(shape: type[File], raw: dict[str, Any]) -> tuple[File, list[Fault]]:
    """Read `raw` as `shape`; what is at fault is None in the result and named in the faults."""
    try:
        return shape.model_validate(raw), []
    except ValidationError as refused:
        errors = refused.errors()
    mended = copy.deepcopy(raw)
    for error in errors:
        _blank(shape, mended, error)
    return shape.model_validate(mended), [_fault(shape, error) for error in errors]


def one_of(names: Sequence[str]) -> str:
    return "one of " + ", ".join(names)


def nearest(given: object, known: Sequence[str], otherwise: str) -> str:
    """`did you mean "name"?` when a known name is close to the given one."""
    close = get_close_matches(str(given).lower(), known, n=1)
    return f'did you mean "{close[0]}"?' if close else otherwise


def section_at(shape: type[Section], location: Location) -> type[Section] | None:
    """The model of the table at a location, None where the location is a plain key."""
    found: type[Section] | None = shape
    for part in location:
        if isinstance(part, str):
            if found is None or part not in found.model_fields:
                return None
            found = _model_in(found.model_fields[part].annotation)
    return found


def _model_in(annotation: object) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _holds_list(shape: type[Section], location: Location) -> bool:
    """Whether a section's place holds a list of them: `[[drug]]`, but not its element 0."""
    *way, last = location
    parent = section_at(shape, tuple(way))
    if parent is None or not isinstance(last, str):
        return False
    annotation = parent.model_fields[last].annotation
    return any(get_origin(part) is list for part in (annotation, *get_args(annotation)))


def _header(shape: type[Section], location: Location) -> str:
    """How the section at a location is opened in a file."""
    name = dotted(tuple(part for part in location if isinstance(part, str)))
    in_list = isinstance(location[-1], int) or _holds_list(shape, location)
    return f"[[{name}]]" if in_list else f"[{name}]"


def _blank(shape: type[Section], mended: dict[str, Any], error: ErrorDetails) -> None:
    *way, last = error["loc"]
    table: Any = mended
    for part in way:
        table = table[part]
    if error["type"] == "extra_forbidden":
        del table[last]
        return
    model = section_at(shape, error["loc"])
    one_table = model is not None and not _holds_list(shape, error["loc"])
    table[last] = dict.fromkeys(model.model_fields) if model and one_table else None


def _fault(shape: type[Section], error: ErrorDetails) -> Fault:
    location, given = error["loc"], error["input"]
    path, key = dotted(location), str(location[-1])
    parent, model = section_at(shape, location[:-1]), section_at(shape, location)
    assert parent is not None  # pydantic reports places inside the shape only
    wanted = parent.model_fields[key].description or "" if key in parent.model_fields else ""
    match error["type"]:
        case "extra_forbidden":
            known = list(parent.model_fields)
            keys = f"keys here are {', '.join(known)}"
            return Fault(path, "unknown key", keys, nearest(key, known, "remove it"))
        case "missing" if model is not None:
            keys = f"a section {_header(shape, location)} with {', '.join(model.model_fields)}"
            return Fault(path, "missing", keys, "add it")
        case "missing":
            return Fault(path, "missing", wanted, "add the key")
        case "model_type":
            found = f"{quoted(given)} is not a section"
            return Fault(path, found, f"write {_header(shape, location)}", "give it keys")
        case "list_type":
            found = "not a list of sections"
            return Fault(path, found, f"write {_header(shape, location)}", "double the brackets")
        case "literal_error":
            words = wanted.removeprefix("one of ").split(", ")
            return Fault(path, quoted(given), wanted, nearest(given, words, "use one of these"))
        case _:  # from units.quantity and its like, which say it all
            said = error["ctx"]
            return Fault(path, said["found"], said["allowed"], said["remedy"])

"""Which survivors are no mutants at all? They are listed by hand, each with its reason.

    [[mutant]]
    module = "taper"
    inside = "Taper.reach"
    line = "the line as it stands, without indent and comment"
    becomes = "the line as the mutant has it"
    reason = "why nobody can tell the two apart"

`lines` in place of `line` and `becomes` holds several pairs with the same reason. Where
`becomes` is "*", whatever becomes of that line is equivalent: each such mutant must survive.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Key = tuple[str, str, str, str]
ANY = "*"
_FIELDS = {"module", "inside", "reason"}


class KnownError(Exception):
    """One line a fault of the file."""


@dataclass(frozen=True)
class Known:
    """The keys of the mutants (sites.Mutant.key) that are equivalent."""

    path: Path
    keys: frozenset[Key]

    def holds(self, key: Key) -> bool:
        return key in self.keys or (*key[:3], ANY) in self.keys

    def stale(
        self, survived: Iterable[Key], killed: Iterable[Key], modules: set[str]
    ) -> list[str]:
        """One line for each entry about `modules` that is no survivor any more."""
        alive, dead = set(survived), set(killed)
        wide_alive, wide_dead = ({(*key[:3], ANY) for key in keys} for keys in (alive, dead))
        lines = []
        for key in sorted(self.keys):
            noticed = key in dead | wide_dead
            if key[0] in modules and (noticed or key not in alive | wide_alive):
                why = "the tests notice it" if noticed else "there is no such mutant"
                module, inside, line, becomes = key
                lines.append(f"{self.path.name}: {module} {inside}: {line} -> {becomes}: {why}")
        return lines


def read(path: Path) -> Known:
    """The file at `path`; without one nothing is equivalent. A faulty entry is a KnownError."""
    if not path.exists():
        return Known(path, frozenset())
    keys: set[Key] = set()
    data = tomllib.loads(path.read_text())
    for i, entry in enumerate(data.get("mutant", [])):
        where = f"{path.name}: mutant {i + 1}"
        pairs = entry.get("lines", [[entry.get("line"), entry.get("becomes")]])
        texts = [entry.get(field) for field in _FIELDS] + [text for pair in pairs for text in pair]
        if not all(isinstance(text, str) for text in texts) or not entry["reason"].strip():
            raise KnownError(f"{where}: module, inside, line, becomes and reason are texts")
        for line, becomes in pairs:
            key = (entry["module"], entry["inside"], line, becomes)
            if key in keys:
                raise KnownError(f"{where}: {becomes} stands there twice")
            keys.add(key)
    if set(data) - {"mutant"}:
        raise KnownError(f"{path.name}: only [[mutant]] is known")
    return Known(path, frozenset(keys))

"""How good are the tests? Counts by module, as a table and as JSON."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mutation.known import Known
from mutation.sites import Mutant
from mutation.trial import KILLED, SURVIVED, TIMEOUT

EQUIVALENT = "equivalent"
_COLUMNS = (KILLED, SURVIVED, TIMEOUT, EQUIVALENT)

Counts = dict[str, dict[str, float]]


def count(results: Iterable[tuple[Mutant, str]], known: Known) -> Counts:
    """{module: {killed, survived, timeout, equivalent, score}}; score in percent of the mutants
    that are not equivalent. A timeout is noticed as well."""
    tally: dict[str, Counter[str]] = {}
    for mutant, verdict in results:
        if verdict == SURVIVED and known.holds(mutant.key):
            verdict = EQUIVALENT
        tally.setdefault(mutant.module, Counter())[verdict] += 1
    return {module: _row(tally[module]) for module in sorted(tally)}


def _row(tally: Counter[str]) -> dict[str, float]:
    return {**{name: tally[name] for name in _COLUMNS}, "score": _score(tally)}


def _score(tally: Counter[str]) -> float:
    noticed = tally[KILLED] + tally[TIMEOUT]
    judged = noticed + tally[SURVIVED]
    return round(100 * noticed / judged, 1) if judged else 100.0


def total(counts: Counts) -> dict[str, float]:
    """The same over all modules."""
    tally: Counter[str] = Counter()
    for row in counts.values():
        tally.update({name: int(row[name]) for name in _COLUMNS})
    return _row(tally)


def write(path: Path, packages: dict[str, Counts], seconds: float) -> None:
    """The report of a run over `packages`, and its total."""
    modules = {f"{p}.{m}": row for p, counts in packages.items() for m, row in counts.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"modules": modules, "total": total(modules), "seconds": round(seconds)}
    path.write_text(json.dumps(data, indent=2) + "\n")


def table(packages: dict[str, Counts], console: Console) -> None:
    modules = {f"{p}.{m}": row for p, counts in packages.items() for m, row in counts.items()}
    out = Table()
    out.add_column("module")
    for name in (*_COLUMNS, "score %"):
        out.add_column(name, justify="right")
    for name, row in [*modules.items(), ("total", total(modules))]:
        out.add_row(name, *[str(row[column]) for column in _COLUMNS], f"{row['score']:.1f}")
    console.print(out)

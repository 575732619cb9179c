"""`make mutants`: change the firmware in one small place after the other; do the tests notice?

PYTHONPATH=tests python -m mutation [--packages pump link] [--module taper] [--jobs 2] [--listed]
                                   [--own]

Mutants listed in tests/PACKAGE/equivalent_mutants.toml are not tried: each would take all the
tests that run its line. `--listed` tries these alone.

`--own`: a file is tried with its own tests alone, those in tests/PACKAGE/test_FILE*.py; minutes
instead of hours, and what others would notice counts as survived.

Exit code 1 when a package stays below the least score, or an entry of the list is no mutant or no
survivor any more; 2 when a run tells nothing.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from mutation.known import KnownError, read
from mutation.report import Counts, count, table, total, write
from mutation.sites import Mutant, mutants
from mutation.trial import BROKEN, SURVIVED, Bench, verdict

ROOT = Path(__file__).parents[2]
LEAST_PERCENT = 90.0
_TELL_EVERY_S = 20


def found(package: str, modules: list[str]) -> list[Mutant]:
    """The mutants of a package's files, or of those called `modules` (without .py)."""
    folder = ROOT / "firmware" / package
    paths = sorted(folder.glob("*.py"))
    names = {path.stem for path in paths}
    if not paths or set(modules) - names:
        raise SystemExit(f"mutants: {package} has {' '.join(sorted(names)) or 'no modules'}")
    return [
        mutant
        for path in paths
        if not modules or path.stem in modules
        for mutant in mutants(path.stem, path.read_text())
    ]


def tried(bench: Bench, todo: list[Mutant], jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with its verdict, `jobs` at a time."""
    under_way: dict[int, Mutant] = {}
    try:
        for mutant in todo:
            if len(under_way) >= jobs:
                yield _next(under_way)
            under_way[bench.begin(mutant)] = mutant
        while under_way:
            yield _next(under_way)
    finally:
        for child in under_way:
            os.kill(child, signal.SIGKILL)


def _next(under_way: dict[int, Mutant]) -> tuple[Mutant, str]:
    child, status = os.wait()
    return under_way.pop(child), verdict(status)


def try_package(
    package: str, modules: list[str], jobs: int, listed: bool, console: Console, own: bool = False
) -> tuple[Counts, list[str]]:
    """(counts, faults): the survivors are told as they come."""
    if own:
        if len(modules) != 1:
            raise SystemExit("mutants: --own takes one --module")
        tests = sorted((ROOT / "tests" / package).glob(f"test_{modules[0]}*.py"))
        if not tests:
            raise SystemExit(f"mutants: {modules[0]} has no tests of its own")
    else:
        tests = [ROOT / "tests" / package]
    known = read(ROOT / "tests" / package / "equivalent_mutants.toml")
    everything = found(package, modules)
    todo = [mutant for mutant in everything if known.holds(mutant.key) == listed]
    untried = [mutant for mutant in everything if known.holds(mutant.key) and not listed]
    bench = Bench(ROOT, package, ROOT / "firmware" / package, tests)
    console.print(f"{package}: {len(todo)} mutants; its tests take {bench.baseline():.1f} s")
    results: list[tuple[Mutant, str]] = []
    begun = told = time.monotonic()
    for mutant, said in tried(bench, todo, jobs):
        results.append((mutant, said))
        where = f"firmware/{package}/{mutant.module}.py:{mutant.line_no} {mutant.inside}"
        if said == BROKEN:
            raise SystemExit(f"mutants: no verdict at {where}: {mutant.becomes}")
        if said == SURVIVED and not known.holds(mutant.key):
            console.print(f"survived: {where}\n  - {mutant.line}\n  + {mutant.becomes}")
        if time.monotonic() - told > _TELL_EVERY_S:
            told = time.monotonic()
            left_s = (told - begun) / len(results) * (len(todo) - len(results))
            console.print(f"{len(results)} of {len(todo)}, about {left_s / 60:.0f} min to go")
    results += [(mutant, SURVIVED) for mutant in untried]
    alive = [mutant.key for mutant, said in results if said == SURVIVED]
    dead = [mutant.key for mutant, said in results if said != SURVIVED]
    tested = set(modules) or {key[0] for key in known.keys}
    return count(results, known), known.stale(alive, dead, tested)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", nargs="+", default=["pump"], help="folders of firmware/")
    parser.add_argument("--module", nargs="+", default=[], help="only these files, without .py")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="trials at a time")
    parser.add_argument("--listed", action="store_true", help="only what is listed as equivalent")
    parser.add_argument("--own", action="store_true", help="each file's own tests alone")
    parser.add_argument("--out", type=Path, help="default: out/mutants.json or out/listed.json")
    args = parser.parse_args()
    out = args.out or ROOT / "out" / ("listed.json" if args.listed else "mutants.json")
    console = Console(soft_wrap=True, highlight=False, markup=False)
    packages: dict[str, Counts] = {}
    faults: list[str] = []
    begun = time.monotonic()
    for package in args.packages:
        try:
            packages[package], stale = try_package(
                package, args.module, args.jobs, args.listed, console, args.own
            )
        except KnownError as error:
            raise SystemExit(f"mutants: {error}") from None
        faults += stale
    seconds = time.monotonic() - begun
    write(out, packages, seconds)
    table(packages, console)
    for package, counts in packages.items():
        score = total(counts)["score"]
        if score < LEAST_PERCENT:
            faults.append(f"{package}: {score} % of its mutants are noticed, not {LEAST_PERCENT}")
    for fault in faults:
        console.print(fault)
    console.print(f"{seconds:.0f} s; {out}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

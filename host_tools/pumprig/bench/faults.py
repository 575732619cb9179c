"""Faults of the virtual parts, by name.

`inject(bench, "line.leak", permille=200)` and `clear(bench, "line.leak")`. Arguments are whole
numbers within the table's ranges; what is not given has its default. FaultRefused, in one line,
with nothing changed: an unknown fault or argument, or a value out of range.

    python -m pumprig.bench.faults

writes the table into docs/bench.md; a test fails when it is not what the code says.
"""

from pathlib import Path

from pumprig.bench.fault_table import FAULTS, Fault
from pumprig.bench.sensed import Bench

__all__ = ("FAULTS", "PAGE", "FaultRefused", "clear", "inject", "with_table")

PAGE = Path(__file__).resolve().parents[3] / "docs" / "bench.md"
BEGIN, END = "<!-- table: made by pumprig.bench.faults -->", "<!-- end of table -->"


class FaultRefused(ValueError):
    """One line: what, the value, what is allowed."""


def inject(bench: Bench, name: str, **arguments: int) -> None:
    fault = _named(name)
    allowed = fault.arguments
    for given, value in arguments.items():
        if given not in allowed:
            names = ", ".join(allowed) or "none"
            raise FaultRefused(f"{name}: {given} is not among its arguments: {names}")
        low, high = allowed[given].low, allowed[given].high
        if type(value) is not int or not low <= value <= high:
            raise FaultRefused(f"{name}: {given} {value}; a whole number from {low} to {high}")
    every = {key: arguments.get(key, allowed[key].default) for key in allowed}
    try:
        fault.set(bench, **every)
    except ValueError as error:
        raise FaultRefused(str(error)) from error
    bench.on_change()


def clear(bench: Bench, name: str) -> None:
    _named(name).reset(bench)
    bench.on_change()


def _named(name: str) -> Fault:
    if name not in FAULTS:
        raise FaultRefused(f"fault: {name!r} is not known; known are: {', '.join(FAULTS)}")
    return FAULTS[name]


def with_table(page: str) -> str:
    """`page` with the faults between its two marks, one row each."""
    rows = ["| fault | what is wrong | arguments: range (default) |", "|---|---|---|"]
    for name, fault in FAULTS.items():
        given = [f"`{a}` {r.low} to {r.high} ({r.default})" for a, r in fault.arguments.items()]
        rows.append(f"| `{name}` | {fault.what} | {', '.join(given) or '-'} |")
    head, rest = page.split(BEGIN)
    return "\n".join([head + BEGIN, *rows, END + rest.split(END)[1]])


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

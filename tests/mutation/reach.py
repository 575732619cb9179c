"""Which tests run which statement? One that does not run it cannot notice a change in it.

In the run on the unchanged source every statement inside a function leaves a mark. What runs while
modules are imported or tests collected, or in a fixture that several tests share, counts for all
tests. Tests must not hand each other results in any other way (a cache of their own, say).
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

AT_IMPORT = 0  # the statement of what is no part of a function's body
MARKS = "__ran__"

Lines = set[tuple[str, int]]  # module, first line of the statement


def marked(source: str) -> ast.Module:
    """`source` with `MARKS[first line] = 1` before each statement of a function."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {id(node): node for function in functions for node in ast.walk(function)}
    for node in inside.values():
        for _, block in ast.iter_fields(node):
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                block[:] = [made for stmt in block for made in (_mark(stmt), stmt)]
    return ast.fix_missing_locations(tree)


def _mark(stmt: ast.stmt) -> ast.stmt:
    (mark,) = ast.parse(f"{MARKS}[{stmt.lineno}] = 1").body
    return ast.copy_location(mark, stmt)


@dataclass
class Marks:
    """What ran since the last `take`, by module; one byte a line."""

    ran: dict[str, bytearray] = field(default_factory=dict)

    def of(self, module: str, source: str) -> bytearray:
        """The marks that the marked source of `module` writes."""
        return self.ran.setdefault(module, bytearray(source.count("\n") + 2))

    def take(self) -> Lines:
        lines = {(m, i) for m, ran in self.ran.items() for i, byte in enumerate(ran) if byte}
        for ran in self.ran.values():
            ran[:] = bytes(len(ran))
        return lines


class Reach:
    """By test, what it runs; `shared` is what counts for all of them."""

    def __init__(self, by_test: dict[str, Lines], shared: Iterable[tuple[str, int]]) -> None:
        self._shared = set(shared)
        self._tests: dict[tuple[str, int], set[str]] = {}
        for test, lines in by_test.items():
            for line in lines:
                self._tests.setdefault(line, set()).add(test)

    def tests(self, module: str, statement: int) -> "set[str] | None":
        """The tests that run the statement that begins in that line; None: all may."""
        if statement == AT_IMPORT or (module, statement) in self._shared:
            return None
        return self._tests.get((module, statement), set())

"""What is marked, read off the test files without running or importing them."""

import ast
from collections.abc import Iterator
from pathlib import Path


def marked(tests: Path, root: Path) -> dict[str, list[str]]:
    """Requirement id -> the tests that bear it, as pytest names them from `root`, sorted.

    Only decorators of functions count, with the ids written out in them.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "@requirement(" in text:
            for one, test in _of(ast.parse(text)):
                found.setdefault(one, []).append(f"{path.relative_to(root).as_posix()}::{test}")
    return {one: sorted(tests) for one, tests in found.items()}


def _of(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "requirement":
                    yield from ((ast.literal_eval(arg), node.name) for arg in call.args)

"""Which changes are made, and which are not."""

import ast
from pathlib import Path
from typing import Any

import pytest

from mutation.sites import mutants

FIRMWARE = sorted((Path(__file__).parents[2] / "firmware").glob("[pl]*/*.py"))


def becomes(source: str) -> list[str]:
    return [mutant.becomes for mutant in mutants("m", source)]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("x = 5", ["x = 6", "x = 4"]),
        ("x = a < b", ["x = a <= b"]),
        ("x = a <= b < c", ["x = a < b < c", "x = a <= b <= c"]),
        ("x = a >= b", ["x = a > b"]),
        ("x = a == b", ["x = a != b"]),
        ("x = a is None", ["x = a is not None"]),
        ("x = a in b", ["x = a not in b"]),
        ("x = a and b or c", ["x = a and b and c", "x = a or b or c"]),
        ("x = not a", ["x = a"]),
        ("x = -a", ["x = a"]),
        ("x = (a + b) * c", ["x = (a + b) // c", "x = (a - b) * c"]),
        ("x = a // b", ["x = a * b"]),
        ("x = a % b", ["x = a * b"]),
        ("x = a << b | c", ["x = a << b & c", "x = a >> b | c"]),
        ("x = True", ["x = False"]),
        ("x = min(a, b)", ["x = max(a, b)"]),
        ("x = a if b else c", ["x = a if not (b) else c"]),
        ("x = [a for a in b if a]", ["x = [a for a in b if not (a)]"]),
        ("x += a", ["x -= a", "pass"]),
        ("a.x = b", ["pass"]),
        ("a.x(b)", ["pass"]),
        ('x = a["key"]', ['x = a["key~"]']),
    ],
)
def test_a_line_is_changed_in_one_place_at_a_time(line: str, changed: list[str]) -> None:
    assert becomes(line) == changed


@pytest.mark.parametrize(
    "line",
    [
        '"""A docstring of 5."""',
        'x = "for people: 5 mL"',
        'x = "a b" + str(y)[:z] + "c d"',
        'x = b"%s x" % y',
        "x: int",
        "def f(a: 'list[5]') -> 'int | 5': ...",
        "assert a < 5",
        '__all__ = ("a", "b")',
    ],
)
def test_what_nobody_could_notice_is_not_changed(line: str) -> None:
    assert becomes(line) == []


def test_statements_of_a_function_are_left_out() -> None:
    source = "def f():\n    for a in b:\n        if a:\n            continue\n    return a\n"
    assert becomes(source) == ["if not (a):", "break", "return None"]
    assert becomes("def f():\n    return\n") == ["pass"]


def test_a_mutant_says_where_it_is_and_keeps_the_rest() -> None:
    source = "class A:\n    # µL\n    def f(self):\n        return 'µL' + 7  # why\n"
    mutant = mutants("m", source.replace("'µL' + ", "self.µ + "))[0]
    assert mutant.key == ("m", "A.f", "return self.µ + 7", "return None")
    assert mutant.line_no == 4
    assert mutant.source.splitlines()[:3] == source.splitlines()[:3]


def test_a_change_over_several_lines_is_told_as_one() -> None:
    (mutant,) = mutants("m", "x = (\n    a\n    and b\n)\n")
    assert (mutant.line, mutant.becomes) == ("a and b", "a or b")


def _param(path: Path) -> Any:
    """The long files take a minute: each mutant of them is parsed whole."""
    marks = [pytest.mark.long] if len(path.read_text().splitlines()) > 200 else []
    return pytest.param(path, id=f"{path.parent.name}.{path.stem}", marks=marks)


@pytest.mark.parametrize("path", [_param(path) for path in FIRMWARE])
def test_every_mutant_of_the_firmware_is_another_program(path: Path) -> None:
    source = path.read_text()
    original = ast.dump(ast.parse(source))
    sources = [mutant.source for mutant in mutants(path.stem, source)]
    assert len(set(sources)) == len(sources)
    assert all(ast.dump(ast.parse(mutated)) != original for mutated in sources)

"""Which statements leave a mark, and which tests are asked."""

import ast
from pathlib import Path

import pytest

from mutation.reach import AT_IMPORT, MARKS, Marks, Reach, marked
from mutation.sites import mutants

FIRMWARE = sorted((Path(__file__).parents[2] / "firmware").glob("[pl]*/*.py"))
SOURCE = """\
LEAST = 3
class Tank:
    size = 9
    def level(self, x=5):
        "Text."
        if x < LEAST:
            return 0
        elif x == 7:
            x = [
                8]
        else:
            try:
                x //= 0
            except ZeroDivisionError:
                x = 1
        def twice(y):
            return 2 * y
        return twice(x)
"""


def ran(*levels: int) -> set[int]:
    """The marked lines after `level` was asked for each of them."""
    marks = Marks()
    scope = {MARKS: marks.of("tank", SOURCE)}
    exec(compile(marked(SOURCE), "tank", "exec"), scope)
    tank = scope["Tank"]()  # type: ignore[operator]
    for level in levels:
        tank.level(level)
    return {line for _, line in marks.take()}


def test_what_runs_is_marked_statement_by_statement() -> None:
    assert ran() == set()
    assert ran(2) == {5, 6, 7}
    assert ran(7) == {5, 6, 8, 9, 16, 17, 18}
    assert ran(4) == {5, 6, 8, 12, 13, 15, 16, 17, 18}


def test_taking_the_marks_wipes_them() -> None:
    marks = Marks()
    marks.of("tank", SOURCE)[7] = 1
    assert marks.take() == {("tank", 7)}
    assert marks.take() == set()


def test_a_mutant_belongs_to_the_statement_that_runs_it() -> None:
    statements = {m.becomes: m.statement for m in mutants("tank", SOURCE)}
    assert statements["LEAST = 4"] == statements["size = 8"] == AT_IMPORT
    assert statements["def level(self, x=6):"] == AT_IMPORT
    assert statements["if x <= LEAST:"] == 6
    assert statements["elif x != 7:"] == 8
    assert statements["9]"] == 9
    assert statements["x = 2"] == 15
    assert statements["return 3 * y"] == 17
    assert statements["return None"] in (7, 17, 18)


@pytest.mark.parametrize("path", FIRMWARE, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_every_mutant_of_the_firmware_belongs_to_a_marked_statement(path: Path) -> None:
    source = path.read_text()
    places = {
        node.slice.value
        for node in ast.walk(marked(source))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == MARKS
        if isinstance(node.slice, ast.Constant)
    }
    assert {m.statement for m in mutants(path.stem, source)} <= places | {AT_IMPORT}


def test_only_tests_that_run_a_statement_are_asked() -> None:
    reach = Reach({"t1": {("tank", 7), ("tank", 9)}, "t2": {("tank", 9)}}, [("tank", 12)])
    assert reach.tests("tank", 7) == {"t1"}
    assert reach.tests("tank", 9) == {"t1", "t2"}
    assert reach.tests("tank", 10) == set()
    assert reach.tests("pipe", 7) == set()


def test_all_tests_are_asked_about_what_runs_before_them() -> None:
    reach = Reach({"t1": {("tank", 12)}}, [("tank", 12)])
    assert reach.tests("tank", AT_IMPORT) is None
    assert reach.tests("tank", 12) is None

"""The list, the marks and the page fit together; what fails a run, without running anything."""

import re
from pathlib import Path

import pytest

from traceability.mark import requirement
from traceability.marks import marked
from traceability.page import FAILED, NOT_RUN, PASSED, page, summary, wrong
from traceability.requirements import ROOT, Requirement, RequirementError, known, read

# Every number that applies to a controller like this one, as the document groups them.
GROUPS = {
    "R5.2.0": [3, 4, 5],
    "R5.3.0": [2, 5],
    "R6.1.0": [1],
    "R6.2.0": [3],
    "R6.4.0": range(2, 9),
    "R6.4.3": [5],
    "R6.5.0": [9, 10, 18, 19, 20, 21],
    "R6.6.0": range(1, 9),
    "R6.8.0": [3, 9, 10],
    "R7.2.0": range(1, 9),
    "R7.3.0": range(1, 7),
    "R7.4.0": range(1, 8),
}
MARKS = marked(ROOT / "tests", ROOT)
TEST = "tests/a/test_a.py::test_it"
OTHER = "tests/a/test_a.py::test_that"


def entries(*lines: str) -> str:
    return "".join(f"[[requirement]]\n{line}\n" for line in lines)


# -- the project's own ----------------------------------------------------------------------------


def test_every_number_is_in_the_list_on_its_own() -> None:
    numbers = [f"{group}({n})" for group, each in GROUPS.items() for n in each]
    laws = (ROOT / "docs" / "architecture.md").read_text().split("## What must always hold")[1]
    numbers += [f"I{n}" for n in re.findall(r"^(\d+)\. ", laws, re.MULTILINE)]
    assert sorted(known()) == sorted(numbers)
    assert len(numbers) == len(set(numbers)) == 61


@pytest.mark.parametrize("one", known().values(), ids=known())
def test_what_is_implemented_is_there(one: Requirement) -> None:
    for path in one.implemented:
        assert (ROOT / path).is_file(), path


def test_every_mark_is_of_a_requirement_that_applies() -> None:
    assert {one for one in MARKS if one not in known() or known()[one].not_here} == set()


def test_the_page_is_that_of_the_list_and_the_marks() -> None:
    """All marked tests passed; `make trace` writes it anew."""
    passed = {test: PASSED for tests in MARKS.values() for test in tests}
    written = (ROOT / "docs" / "traceability.md").read_text(encoding="utf-8")
    assert written == page(known(), MARKS, passed)


# -- marks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", ["R6.4.0(1)", "R6.4.0", ""])
def test_an_unknown_id_is_refused_where_it_stands(one: str) -> None:
    with pytest.raises(RequirementError, match=r"^.*: not in tests/traceability/require.*\.toml$"):
        requirement("R6.4.0(2)", one)


def test_what_is_not_here_cannot_be_shown() -> None:
    with pytest.raises(RequirementError, match=r"^R7\.2\.0\(8\): not here, the head has no door"):
        requirement("R7.2.0(8)")


def test_marks_are_read_off_the_tests(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "test_a.py").write_text(
        "@pytest.mark.x\n@requirement('I2', 'I1')\ndef test_b():\n    pass\n\n"
        "@requirement('I1')\ndef test_a():\n    pass\n\ndef test_none():\n    pass\n"
    )
    (tmp_path / "a" / "helper.py").write_text("@requirement('I3')\ndef test_c():\n    pass\n")
    names = ["a/test_a.py::test_a", "a/test_a.py::test_b"]
    assert marked(tmp_path, tmp_path) == {"I1": names, "I2": names[1:]}


# -- the list -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('what = "w"\nimplemented = ["f"]', "requirement without id: has what implemented"),
        ('id = "I1"\nimplemented = ["f"]', "I1: has id implemented"),
        ('id = "I1"\nwhat = "w"\nnote = ""\nnot_here = "r"', "I1: has id what note not_here"),
        ('id = "I1"\nwhat = "w"', "I1: needs either files, implemented, or a reason, not_here"),
        (
            'id = "I1"\nwhat = "w"\nimplemented = []',
            "I1: needs either files, implemented, or a reason, not_here",
        ),
        (
            'id = "I1"\nwhat = "w"\nimplemented = ["f"]\nnot_here = "r"',
            "I1: needs either files, implemented, or a reason, not_here",
        ),
    ],
)
def test_an_entry_says_what_it_must(line: str, says: str) -> None:
    with pytest.raises(RequirementError, match=f"^{re.escape(says)}$"):
        read(entries(line))


def test_an_id_is_there_once() -> None:
    line = 'id = "I1"\nwhat = "w"\nnot_here = "r"'
    with pytest.raises(RequirementError, match=r"^I1: there twice$"):
        read(entries(line, line))


# -- the judgement --------------------------------------------------------------------------------

LIST = read(
    entries(
        'id = "I1"\nwhat = "one"\nfigure = "1 s"\nimplemented = ["f.py"]\ndiffers = "so"',
        'id = "R1(1)"\nwhat = "two"\nnot_here = "no door"\nsplit = true',
    )
)


@pytest.mark.parametrize(
    ("marks", "outcomes", "lines"),
    [
        ([], {}, ["I1: no test"]),
        ([TEST], {}, ["I1: none of its tests passed"]),
        ([TEST], {TEST: NOT_RUN}, ["I1: none of its tests passed"]),
        ([TEST], {TEST: FAILED}, ["I1: none of its tests passed", f"{TEST}: failed"]),
        ([TEST], {TEST: PASSED}, []),
        ([TEST, OTHER], {TEST: PASSED, OTHER: FAILED}, [f"{OTHER}: failed"]),
        ([TEST, OTHER], {TEST: PASSED, OTHER: NOT_RUN}, []),
    ],
)
def test_a_requirement_that_applies_needs_a_test_that_passes(
    marks: list[str], outcomes: dict[str, str], lines: list[str]
) -> None:
    assert wrong(LIST, {"I1": marks} if marks else {}, outcomes) == lines


def test_the_page_has_a_row_for_each() -> None:
    text = page(LIST, {"I1": [TEST, OTHER]}, {TEST: PASSED})
    assert text.count("\n| I1 |") == 1
    assert (
        "| I1 | one (1 s) *Differs: so.* | [f.py](../f.py) | [test_it](../tests/a/test_a.py)<br>"
        "[test_that](../tests/a/test_a.py) | passed |\n" in text
    )
    assert text.endswith("|---|---|---|\n| R1(1)\\* | two | no door |\n")
    assert "| **no test** |" in page(LIST, {}, {})
    assert "| **failed** |" in page(LIST, {"I1": [TEST, OTHER]}, {TEST: PASSED, OTHER: FAILED})


def test_the_summary_counts() -> None:
    assert summary(LIST, {"I1": [TEST]}, {TEST: PASSED}) == (
        "requirements that apply: 1, 1 passed; 1 not on this rig; tests: 1"
    )
    assert summary(LIST, {}, {}) == (
        "requirements that apply: 1, 0 passed, 1 no test; 1 not on this rig; tests: 0"
    )

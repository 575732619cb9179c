"""The run: verdicts on a package with good and poor tests, the list of equivalents, the counts."""

import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

import mutation.__main__
import mutation.trial
from mutation.__main__ import try_package
from mutation.known import KnownError, read
from mutation.report import count, total
from mutation.sites import Mutant, mutants
from mutation.trial import BROKEN, KILLED, SURVIVED, TIMEOUT, Bench, verdict

LEVEL = "LOW = 3\n\n\ndef is_low(x):\n    while x > 9:\n        x -= 5\n    return x < LOW\n"
TEST = "from vessel_of_a_test.level import is_low\n\n\ndef test_low():\n"
GOOD = TEST + "    assert [is_low(x) for x in (2, 3, 8, 9)] == [True, False, False, False]\n"
POOR = TEST + "    assert is_low(0)\n"
ENTRY = 'module = "level"\ninside = "is_low"\nline = "x"\nbecomes = "y"\nreason = "{}"\n'


@pytest.fixture
def bench(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    folder, tests = tmp_path / "vessel_of_a_test", tmp_path / "tests"
    for made in (folder, tests):
        made.mkdir()
    (folder / "__init__.py").touch()
    (folder / "level.py").write_text(LEVEL)
    (tests / "test_level.py").write_text(request.param)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    monkeypatch.setenv("HYPOTHESIS_PROFILE", "usual")
    bench = Bench(tmp_path, "vessel_of_a_test", folder, [tests])
    assert 0 < bench.baseline() < 10
    return bench


def tried(bench: Bench, change: str) -> str:
    (mutant,) = [mutant for mutant in mutants("level", LEVEL) if mutant.becomes == change]
    return verdict(os.waitpid(bench.begin(mutant), 0)[1])


@pytest.mark.parametrize("bench", [GOOD], indirect=True)
def test_good_tests_notice_what_they_look_at_and_loops_without_end(bench: Bench) -> None:
    assert tried(bench, "LOW = 4") == tried(bench, "return x <= LOW") == KILLED
    assert tried(bench, "return None") == KILLED
    assert tried(bench, "while not (x > 9):") == TIMEOUT
    assert tried(bench, "x -= 6") == SURVIVED  # nothing above 9 is asked
    assert "vessel_of_a_test" not in sys.modules


@pytest.mark.parametrize(
    "bench",
    [TEST.replace("def", "AT_COLLECTION = is_low(16)\n\n\ndef") + "    pass\n"],
    indirect=True,
)
def test_a_loop_without_end_that_is_met_while_tests_are_collected_is_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutation.trial, "_COLLECTING_S", 1.0)
    assert tried(bench, "pass") == TIMEOUT


@pytest.mark.parametrize("bench", [POOR], indirect=True)
def test_what_keeps_a_conftest_from_being_imported_is_noticed(
    bench: Bench, tmp_path: Path
) -> None:
    text = "from vessel_of_a_test.level import LOW\n\nSOME = {3: 'as it was'}[LOW]\n"
    (tmp_path / "tests" / "conftest.py").write_text(text)
    assert tried(bench, "LOW = 4") == KILLED


@pytest.mark.parametrize("bench", [POOR], indirect=True)
def test_poor_tests_leave_survivors(bench: Bench) -> None:
    assert tried(bench, "LOW = 4") == tried(bench, "return x <= LOW") == SURVIVED
    assert tried(bench, "return None") == KILLED


@pytest.mark.parametrize("bench", ["def test_nothing():\n    pass\n"], indirect=True)
def test_a_module_no_test_imports_gives_no_verdict(bench: Bench) -> None:
    assert tried(bench, "LOW = 4") == BROKEN
    assert tried(bench, "return None") == SURVIVED  # whoever imports it, nobody runs that line


SHARED = (
    TEST.replace("def test_low():\n", "import pytest\n\nAT_COLLECTION = is_low(3)\n\n\n")
    + "@pytest.fixture(scope='module')\ndef six():\n    return is_low(16)\n\n\n"
    + "def test_first(six):\n    pass\n\n\n"
    + "def test_second(six):\n    assert not six and not AT_COLLECTION\n"
)


@pytest.mark.parametrize("bench", [SHARED], indirect=True)
def test_tests_notice_what_ran_in_a_fixture_they_share_or_before_them(bench: Bench) -> None:
    assert tried(bench, "LOW = 4") == KILLED  # AT_COLLECTION
    assert tried(bench, "x -= 6") == SURVIVED  # 4 is not low either
    assert tried(bench, "x += 5") == TIMEOUT
    assert tried(bench, "x -= 4") == SURVIVED
    assert tried(bench, "pass") == TIMEOUT


SLOW = (
    GOOD.replace("test_low", "test_slow").replace("    assert", "    sum(range(9**7))\n    assert")
    + "\n\ndef test_quick():\n    assert is_low(0)\n"
)


@pytest.mark.parametrize("bench", [SLOW], indirect=True)
def test_slow_tests_are_asked_about_what_quick_ones_let_pass(bench: Bench) -> None:
    assert tried(bench, "return x <= LOW") == KILLED
    assert tried(bench, "x -= 6") == SURVIVED


# -- equivalents ----------------------------------------------------------------------------------
def test_without_a_file_nothing_is_equivalent(tmp_path: Path) -> None:
    assert read(tmp_path / "none.toml").keys == frozenset()


def test_an_entry_may_hold_one_change_or_several(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_text(
        "[[mutant]]\n" + ENTRY.format("same") + '[[mutant]]\nmodule = "level"\n'
        'inside = ""\nreason = "same"\nlines = [["a", "b"], ["c", "d"]]\n'
    )
    known = read(path)
    here = ("level", "is_low", "x", "y")
    assert known.keys == {here, ("level", "", "a", "b"), ("level", "", "c", "d")}
    stale = known.stale([here], [("level", "", "a", "b")], {"level"})
    assert [line.rsplit(": ", 1)[1] for line in stale] == [
        "the tests notice it",
        "there is no such mutant",
    ]
    assert known.stale([], [], {"other"}) == []


def test_an_entry_may_hold_whatever_becomes_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_text("[[mutant]]\n" + ENTRY.format("same").replace('"y"', '"*"'))
    known = read(path)
    y, z, other = (("level", "is_low", line, to) for line, to in ("xy", "xz", "wz"))
    assert known.holds(y) and known.holds(z) and not known.holds(other)
    assert known.stale([y, z], [other], {"level"}) == []
    assert known.stale([y], [z], {"level"})[0].endswith(": the tests notice it")
    assert known.stale([other], [], {"level"})[0].endswith(": there is no such mutant")


@pytest.mark.parametrize("listed", [False, True])
def test_what_is_listed_is_tried_when_asked_for_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: bool
) -> None:
    folder, tests = tmp_path / "firmware" / "vessel_of_a_test", tmp_path / "tests"
    package_tests = tests / "vessel_of_a_test"
    for made in (folder, package_tests):
        made.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "level.py").write_text(LEVEL)
    (package_tests / "test_level.py").write_text(GOOD)
    (package_tests / "equivalent_mutants.toml").write_text(
        '[[mutant]]\nmodule = "level"\ninside = "is_low"\nreason = "one is, one is not"\n'
        'lines = [["x -= 5", "*"], ["return x < LOW", "*"]]\n'
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = firmware\n")
    monkeypatch.setattr(mutation.__main__, "ROOT", tmp_path)
    monkeypatch.setenv("HYPOTHESIS_PROFILE", "usual")
    console = Console(quiet=True)
    counts, faults = try_package("vessel_of_a_test", [], 2, listed, console)
    noticed = counts["level"]["killed"] + counts["level"]["timeout"]
    assert [fault.split(": ")[2:] for fault in faults] == (
        [["return x < LOW -> *", "the tests notice it"]] if listed else []
    )
    assert (counts["level"]["equivalent"], noticed) == ((4, 2) if listed else (6, 3))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[mutant]]\n" + ENTRY.format(" "), "mutant 1: module"),
        ('[[mutant]]\nmodule = "level"\n', "mutant 1: module"),
        (("[[mutant]]\n" + ENTRY.format("same")) * 2, "mutant 2: y stands there twice"),
        ("[[mutants]]\n" + ENTRY.format("same"), "only"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "e.toml"
    path.write_text(text)
    with pytest.raises(KnownError, match=says):
        read(path)


# -- counts ---------------------------------------------------------------------------------------
def test_equivalents_count_for_nothing_and_timeouts_as_noticed(tmp_path: Path) -> None:
    def mutant(text: str) -> Mutant:
        return Mutant("level", "is_low", 1, "x", text, "")

    path = tmp_path / "e.toml"
    path.write_text("[[mutant]]\n" + ENTRY.format("same"))
    results = [
        (mutant("y"), SURVIVED),
        (mutant("z"), SURVIVED),
        (mutant("1"), KILLED),
        (mutant("2"), TIMEOUT),
    ]
    counts = count(results, read(path))
    assert counts == {
        "level": {"killed": 1, "survived": 1, "timeout": 1, "equivalent": 1, "score": 66.7}
    }
    assert total(counts) == counts["level"]
    assert total({})["score"] == 100.0


@pytest.mark.parametrize(
    ("modules", "says"),
    [
        ([], "--own takes one --module"),
        (["taper", "units"], "--own takes one --module"),
        (["planner"], "planner has no tests of its own"),
    ],
)
def test_own_tests_are_those_of_one_module_that_has_some(modules: list[str], says: str) -> None:
    with pytest.raises(SystemExit, match=says):
        try_package("pump", modules, 1, False, Console(quiet=True), own=True)

"""The judgement, and docs/traceability.md; nothing here reads or runs anything."""

from collections.abc import Mapping

from traceability.requirements import Requirement

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"
NO_TEST = "no test"

Requirements = Mapping[str, Requirement]
Marks = Mapping[str, list[str]]
Outcomes = Mapping[str, str]  # of each test; one that is missing was not run

_HEAD = """\
# Traceability

Which requirement is met where, and which test shows it. Written by `make trace`, which runs these
tests and fails when a requirement that applies has none that passes; edit
`tests/traceability/requirements.toml` and the marks on the tests, not this page.

R numbers are those of the Open PCA Pump System Requirements 1.0.0, Kansas State University
(CC BY-SA), in our own words; only those that a controller like this one can meet. I numbers are
[what must always hold](architecture.md#what-must-always-hold). *Differs* is what the rig does
otherwise on purpose: that document is about an opioid on demand, where stopping is safe. With
intrathecal baclofen (`itb`) stopping is the hazard.

\\* That document's single numbers were not to be had. Which subject of its group the number is, is
our reading.

| requirement | says | implemented in | shown by | result |
|---|---|---|---|---|
"""
_NOT_HERE = """
## Not on this rig

| requirement | says | why not |
|---|---|---|
"""


def result(one: Requirement, marks: Marks, outcomes: Outcomes) -> str:
    """What the tests of a requirement come to: PASSED, FAILED, NOT_RUN or NO_TEST."""
    seen = {outcomes.get(test, NOT_RUN) for test in marks.get(one.id, [])}
    if not seen:
        return NO_TEST
    return next(outcome for outcome in (FAILED, PASSED, NOT_RUN) if outcome in seen)


def wrong(requirements: Requirements, marks: Marks, outcomes: Outcomes) -> list[str]:
    """Why the run fails, a line each: requirements that apply and have no test that passes, and
    marked tests that failed."""
    lines = []
    for one in requirements.values():
        seen = [outcomes.get(test, NOT_RUN) for test in marks.get(one.id, [])]
        if not one.not_here and PASSED not in seen:
            lines.append(f"{one.id}: {'none of its tests passed' if seen else NO_TEST}")
    failed = {test for tests in marks.values() for test in tests if outcomes.get(test) == FAILED}
    return lines + [f"{test}: {FAILED}" for test in sorted(failed)]


def page(requirements: Requirements, marks: Marks, outcomes: Outcomes) -> str:
    """docs/traceability.md, the same for the same outcomes."""
    here, elsewhere = [], []
    for one in requirements.values():
        says = one.what + (f" ({one.figure})" if one.figure else "")
        name = one.id + ("\\*" if one.split else "")
        if one.not_here:
            elsewhere.append(_row(name, says, one.not_here))
            continue
        come_to = result(one, marks, outcomes)
        here.append(
            _row(
                name,
                says + (f" *Differs: {one.differs}.*" if one.differs else ""),
                "<br>".join(f"[{path}](../{path})" for path in one.implemented),
                "<br>".join(_link(test) for test in marks.get(one.id, [])),
                come_to if come_to == PASSED else f"**{come_to}**",
            )
        )
    return _HEAD + "".join(here) + _NOT_HERE + "".join(elsewhere)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _link(test: str) -> str:
    path, name = test.split("::")
    return f"[{name}](../{path})"


def summary(requirements: Requirements, marks: Marks, outcomes: Outcomes) -> str:
    """One line: how many, and what they came to."""
    apply = [one for one in requirements.values() if not one.not_here]
    results = [result(one, marks, outcomes) for one in apply]
    kinds = ", ".join(
        f"{results.count(kind)} {kind}"
        for kind in (PASSED, FAILED, NOT_RUN, NO_TEST)
        if kind == PASSED or kind in results
    )
    tests = {test for found in marks.values() for test in found}
    return (
        f"requirements that apply: {len(apply)}, {kinds}; "
        f"{len(requirements) - len(apply)} not on this rig; tests: {len(tests)}"
    )

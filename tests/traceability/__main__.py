"""`make trace`: run the tests that bear a requirement and write docs/traceability.md.

PYTHONPATH=tests python -m traceability

Exit code 1, and a line for each, when a requirement that applies has no test that passes or a
marked test failed.
"""

import sys

import pytest

from traceability.marks import marked
from traceability.page import FAILED, NOT_RUN, PASSED, page, summary, wrong
from traceability.requirements import ROOT, known

PAGE = ROOT / "docs" / "traceability.md"


class Watch:
    """A pytest plugin: what each test came to, all its parameters together."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = report.nodeid.split("[")[0]
        worst = self.outcomes.get(test, PASSED)
        if report.failed:
            worst = FAILED
        elif report.skipped and worst == PASSED:
            worst = NOT_RUN
        self.outcomes[test] = worst


def main() -> int:
    marks, watch = marked(ROOT / "tests", ROOT), Watch()
    files = sorted({str(ROOT / test.split("::")[0]) for tests in marks.values() for test in tests})
    code = pytest.main(["--rootdir", str(ROOT), "-m", "requirement", *files], plugins=[watch])
    PAGE.write_text(page(known(), marks, watch.outcomes), encoding="utf-8")
    lines = wrong(known(), marks, watch.outcomes)
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        lines.append(f"pytest ended with code {int(code)}")
    print(f"{summary(known(), marks, watch.outcomes)}: {PAGE.relative_to(ROOT)}")
    for line in lines:
        print(f"trace: {line}", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

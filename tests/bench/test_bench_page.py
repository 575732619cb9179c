"""docs/bench.md has the faults that the code has."""

from pumprig.bench.faults import FAULTS, PAGE, with_table


def test_the_table_of_faults_is_the_codes_own() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page, "run: python -m pumprig.bench.faults"


def test_every_fault_says_what_is_wrong() -> None:
    for name, fault in FAULTS.items():
        assert name.count(".") == 1 and fault.what and "|" not in fault.what

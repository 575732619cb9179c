"""docs/alarms.md says what the code does: its table and its drawing are the code's own."""

from xml.etree import ElementTree

from pump.conditions import CONDITIONS
from pump.patterns import STYLES
from pumprig.analysis.alarm_docs import DOCS, drawing, table, with_table

AGAIN = "run: python -m pumprig.analysis.alarm_docs"
PAGE = (DOCS / "alarms.md").read_text(encoding="utf-8")


def test_the_table_is_the_codes_own() -> None:
    assert with_table(PAGE) == PAGE, AGAIN


def test_the_drawing_is_the_codes_own() -> None:
    assert (DOCS / "alarms.svg").read_text(encoding="utf-8") == drawing(), AGAIN


def test_every_condition_has_a_whole_row() -> None:
    rows = table().splitlines()[2:]
    assert len(rows) == len(CONDITIONS)
    for row, condition in zip(rows, CONDITIONS, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[0] == f"`{condition[0]}`"
        assert len(cells) == 7 and all(cells)


def test_the_drawing_has_a_row_for_every_sound_and_lamp() -> None:
    texts = [node.text or "" for node in ElementTree.fromstring(drawing()).iter() if node.text]
    assert sum(text.startswith(STYLES) for text in texts) == 6
    assert sum(text.startswith("lamp ") for text in texts) == 3

"""What write_report leaves in its directory."""

import csv
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from synthetic import DEMO, DEMO_EVENTS, REFILL_S, alarm, demo_run, run_of

from pumprig.analysis import Ideal, figures, write_report
from pumprig.rig.record import Run

NAMES = ["events.csv", "flow.csv", "report.html", "summary.json"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "made" / "here"
    write_report(demo_run(DEMO_EVENTS), out)
    return out


def short_run() -> Run:
    return run_of(Ideal(DEMO, [], 7200), DEMO)


class Page(HTMLParser):
    """Text, the addresses a page refers to, its ids, and whether its elements nest."""

    VOID = ("meta", "br", "img", "link", "hr")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.references: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "srcset", "data", "action"):
                self.references.append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and not {"style", "title"} & set(self.open):
            self.text.append(data.strip())


def test_what_draws_is_not_loaded_until_something_is_drawn() -> None:
    asks = "import sys, pumprig.analysis; print({'matplotlib', 'jinja2'} & set(sys.modules))"
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", asks], env=paths, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_the_four_files_are_there_and_nothing_else(demo: Path) -> None:
    assert sorted(path.name for path in demo.iterdir()) == NAMES


def test_the_summary_is_the_figures_that_were_returned(tmp_path: Path) -> None:
    run = short_run()
    returned = write_report(run, tmp_path)
    read = json.loads((tmp_path / "summary.json").read_text())
    assert read == returned == figures(run)
    assert list(read) == list(returned)
    assert read["rate_drop_max_per_day"] is None  # two hours have no day before them


def test_events_have_a_row_each(demo: Path) -> None:
    with (demo / "events.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["t_s", "time", "kind", "name", "priority", "event", "text"]
    assert len(rows) == 1 + len(DEMO_EVENTS)
    assert [
        str(REFILL_S),
        "day 27 12:10:00",
        "command",
        "refill",
        "",
        "18 mL",
        "reservoir filled to 18 mL",
    ] in rows


def test_flow_has_a_row_per_pump_hour(demo: Path) -> None:
    with (demo / "flow.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [
        "t_s",
        "programmed_nl_h",
        "rate_nl_h",
        "delivered_nl_h",
        "usable_nl",
        "reservoir_nl",
    ]
    assert len(rows) == 1 + 30 * 24
    assert rows[1] == ["0", "16000.000", "16000.000", "16000.000", "6000000", "6500000"]


def test_what_is_unknown_is_an_empty_cell(tmp_path: Path) -> None:
    run = short_run()
    run.truth = []
    write_report(run, tmp_path)
    assert (tmp_path / "flow.csv").read_text().splitlines()[1].endswith(",6000000,")


def test_the_page_says_first_that_it_is_no_medical_device(demo: Path) -> None:
    assert Page((demo / "report.html").read_text()).text[0] == "Not a medical device."


def test_the_page_needs_nothing_from_outside(demo: Path) -> None:
    html = (demo / "report.html").read_text()
    assert not re.search(r"https?:|//[a-z]|@import|<script|<link", html)
    page = Page(html)
    assert page.references and all(ref.startswith("#") for ref in page.references)
    assert page.open == []


def test_every_picture_element_a_page_refers_to_is_in_it_once(demo: Path) -> None:
    html = (demo / "report.html").read_text()
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    wanted = {ref[1:] for ref in page.references} | set(re.findall(r"url\(#([^)]+)\)", html))
    assert wanted <= set(page.ids)


def test_the_page_shows_versions_hash_program_and_alarms(demo: Path) -> None:
    text = Page((demo / "report.html").read_text()).text
    for shown in ("1.0.0", "00" * 32, "TAPER_GUARD", "day 17 04:00:00", "still active", "20.000"):
        assert shown in text
    assert any('name = "demo"' in part for part in text)


def test_what_people_wrote_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    run = short_run()
    run.program_text = "# <script>alert(1)</script>"
    write_report(run, tmp_path)
    html = (tmp_path / "report.html").read_text()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_report(short_run(), tmp_path / name)
    for name in NAMES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_report_that_fails_leaves_the_one_before_it_untouched(tmp_path: Path) -> None:
    write_report(short_run(), tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in NAMES}
    broken = short_run()
    broken.wall_s = float("nan")
    broken.events = [alarm(60, "STOPPED", "high", "raised")]
    with pytest.raises(ValueError):
        write_report(broken, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_run_without_records_still_makes_a_report(tmp_path: Path) -> None:
    run = short_run()
    run.samples, run.truth, run.rates, run.events = [], [], [], []
    write_report(run, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES

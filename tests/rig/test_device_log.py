"""A device's log, page by page, of devices that keep to docs/link.md and of some that hang."""

from typing import Any

from pumprig.rig.device_log import read_log

PAGES_MAX = 20


class Pages:
    """FAKE link: the device tells `pages`, (data, next, last), of the log one after the other, and
    the last of them again for ever."""

    def __init__(self, *pages: tuple[bytes, int, int]) -> None:
        self.pages = list(pages)
        self.asked: list[int] = []

    def order(self, command: str, **fields: Any) -> dict[str, Any]:
        assert command == "log"
        self.asked.append(fields["from"])
        assert len(self.asked) <= PAGES_MAX, "it would never end"
        data, following, last = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        return {"data": data.hex(), "next": following, "last": last, "head": "00" * 16}


def test_an_empty_page_whose_next_moved_on_is_not_the_end() -> None:
    link = Pages((b"one", 5, 9), (b"", 7, 9), (b"", 9, 9), (b"two", 10, 9))
    assert read_log(link).data == b"onetwo"
    assert link.asked == [1, 5, 7, 9]


def test_the_end_is_a_next_above_the_last() -> None:
    link = Pages((b"one", 5, 9), (b"", 10, 9))
    assert read_log(link).data == b"one"
    assert link.asked == [1, 5]


def test_a_next_that_does_not_move_on_ends_it() -> None:
    for page in ((b"", 5, 9), (b"", 4, 9), (b"again", 5, 9), (b"again", 1, 9)):
        link = Pages((b"one", 5, 9), page)
        assert read_log(link).data == b"one" + page[0]
        assert link.asked == [1, 5]


def test_progress_is_told_of_empty_pages_too() -> None:
    told: list[tuple[int, int]] = []
    link = Pages((b"", 5, 9), (b"x", 11, 10))
    read_log(link, first=3, progress=lambda done, last: told.append((done, last)))
    assert link.asked == [3, 5]
    assert told == [(4, 9), (10, 10)]

"""A device's log over the link, page by page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Asks(Protocol):
    """A link client, as far as it is needed here."""

    def order(self, command: str, **fields: Any) -> dict[str, Any]:
        """The reply; LinkError for a refusal."""


@dataclass(frozen=True, slots=True)
class DeviceLog:
    """Records as they lie in flash (docs/journal.md), and the device's hash of the last one."""

    data: bytes
    head: bytes


def read_log(
    link: Asks,
    ring: str = "events",
    first: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _last: None,
) -> DeviceLog:
    """All records of `ring`, events or faults, from number `first` or the oldest there is; those
    written meanwhile too. The last page is one whose `next` is above its `last` or does not move
    on; an empty one need not be it. `progress` is told the number of the last record read, and of
    the last. LinkError: what was read so far is lost; ask again from any number."""
    data = bytearray()
    while True:
        page = link.order("log", ring=ring, **{"from": first})
        data += bytes.fromhex(page["data"])
        asked, first = first, page["next"]
        progress(first - 1, page["last"])
        if first > page["last"] or first <= asked:
            return DeviceLog(bytes(data), bytes.fromhex(page["head"]))

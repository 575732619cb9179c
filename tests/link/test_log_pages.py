"""The log over the link, page by page: whole, in order, and to be gone on with."""

import pytest
from asked import Device
from nor_flash import NorFlash

from pump.ring import Ring
from pumprig.analysis.journal_log import check_log
from pumprig.rig.device_log import read_log
from pumprig.rig.link_client import LinkError


def logged(records: int) -> Device:
    device = Device()
    device.rings = {"events": Ring(NorFlash(10), 0, 10), "faults": Ring(NorFlash(3), 0, 3)}
    for n in range(records):
        device.rings["events"].append(3, n, f"order {n} " + "x" * (n % 90))
    device.rings["faults"].append(1, 7, "watchdog")
    return device


class Asking:
    """FAKE client: the device without a line between."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.asked: list[dict[str, object]] = []

    def order(self, command: str, **fields: object) -> dict[str, object]:
        self.asked.append(fields)
        reply = self.device.ask(command, **fields)
        if "err" in reply:
            raise LinkError(str(reply["err"]))
        return reply


@pytest.mark.parametrize("records", [0, 1, 8, 300, 900])
def test_all_that_is_kept_comes_and_is_whole(records: int) -> None:
    device = logged(records)
    log = read_log(Asking(device), "events")
    check = check_log(log.data, log.head if records else None)
    assert check.is_whole
    numbers = [record.sequence for record in check.records]
    assert numbers[-1:] == ([records] if records else [])
    assert numbers == list(range(records - len(numbers) + 1, records + 1))
    assert (len(numbers) == records) == (records <= 300), "of 900 the oldest are gone"


def test_the_faults_are_a_log_of_their_own() -> None:
    log = read_log(Asking(logged(5)), "faults")
    assert [record.text for record in check_log(log.data, log.head).records] == ["watchdog"]


def test_a_reader_goes_on_where_it_was_cut_off() -> None:
    device = logged(200)
    whole = read_log(Asking(device), "events").data
    first = device.obeyed_or_told("log", **{"from": 1})
    rest = read_log(Asking(device), "events", int(first["next"])).data
    assert bytes.fromhex(str(first["data"])) + rest == whole


def test_what_is_written_meanwhile_comes_as_well() -> None:
    device = logged(40)
    asking = Asking(device)
    ask = asking.order

    def order(command: str, **fields: object) -> dict[str, object]:
        if len(asking.asked) == 2:
            device.rings["events"].append(3, 1000, "just now")
        return ask(command, **fields)

    asking.order = order  # type: ignore[method-assign]
    log = read_log(asking, "events")
    assert check_log(log.data, log.head).records[-1].text == "just now"
    assert check_log(log.data, log.head).is_whole


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"from": 0}, "from: 0 not in 1..1073741823"),
        ({"from": 2**30}, "from: 1073741824 not in 1..1073741823"),
        ({"from": "1"}, "from: missing or not a whole number"),
        ({"ring": "state"}, "ring: not one of events faults"),
        ({"ring": None}, "ring: not one of events faults"),
    ],
)
def test_what_is_no_place_in_a_log_is_refused(fields: dict[str, object], said: str) -> None:
    assert logged(1).refused("log", **fields) == said


def test_a_number_that_is_not_there_yet_brings_nothing() -> None:
    reply = logged(3).obeyed_or_told("log", **{"from": 2**30 - 1})
    assert (reply["data"], reply["next"], reply["last"]) == ("", 2**30 - 1, 3)


def test_a_rig_without_flash_keeps_no_log() -> None:
    assert Device().refused("log") == "log: this rig keeps none"

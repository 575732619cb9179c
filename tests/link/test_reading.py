"""Questions: what the device says of itself, in frames that fit, and changes nothing by it."""

from typing import Any

import pytest
from asked import SCREENING, WHY, Device, running
from device_program import DAY, HOUR, continuous, program, with_boluses
from nor_flash import NorFlash

from link import PROTOCOL, frames, reading
from pump import VERSION
from pump import conditions as al
from pump.ring import Ring


def longest_names() -> dict[str, Any]:
    """Four drugs and a program with the longest names there are, in the costliest letters."""
    drugs = [["\U0001f480" * 31 + str(i), 100_000, 0, 1_000_000, 3650] for i in range(4)]
    return with_boluses(10_000, drugs=drugs, name="\U0001f480" * 32, minimum_nl_h=42)


# -- hello ----------------------------------------------------------------------------------------
def test_hello_says_who_it_is(device: Device) -> None:
    reply = device.ask("hello")
    assert (reply["protocol"], reply["firmware"]) == (PROTOCOL, VERSION) == (3, VERSION)
    assert (reply["state"], reply["program"]) == ("no program", "")
    assert (reply["board"], reply["self_test"]) == ("none", "ok")
    assert reply["conditions"] == len(al.CONDITIONS)


@pytest.mark.parametrize(("profile", "column"), [("itb", 1), ("pca", 2)])
def test_the_alarm_table_comes_in_pages_with_the_priorities_of_the_drug_profile(
    profile: str, column: int
) -> None:
    device = running(program(profile=profile))
    told: list[list[Any]] = []
    while len(told) < device.ask("hello")["conditions"]:
        page = {"from": len(told)} if told else {}
        reply = device.ask("conditions", **page)
        assert reply["from"] == len(told)
        assert len(frames.encode(reply)) <= frames.LINE_BYTES_MAX
        told += reply["conditions"]
    assert told == [[row[0], row[column]] for row in al.CONDITIONS]


def test_a_page_of_the_alarm_table_begins_inside_it(device: Device) -> None:
    last = len(al.CONDITIONS) - 1
    assert device.ask("conditions", **{"from": last})["conditions"] == [["RESETS_REPEATED", 3]]
    for outside in (-1, last + 1):
        refused = device.ask("conditions", **{"from": outside})["err"]
        assert refused == f"from: {outside} not in 0..{last}"
    assert device.ask("conditions", **{"from": "AIR"})["err"].startswith("from: AIR not in")


@pytest.mark.parametrize("letter", ["x", "\u20ac", "\U0001f480", "\x01", '"'])
def test_hello_fits_a_line_with_all_that_a_board_says_of_itself(letter: str) -> None:
    device = running(longest_names())
    device.more_facts = {
        "board": "Raspberry Pi Pico with RP2040",
        "micropython": "1.25.0",
        "reset": "watchdog",
        "self_test": "clock: runs at 125000000 Hz, not 125000000",
        "crash": letter * 80,
        "rotor": 2**32,
        "journal": "state: of another version of the firmware, not restored",
        "heap_free_min": 200_000,
        "loop_ms_max": 2**30,
        "dropped": 2**30,
        "window_wall_s": 4,
    }
    reply = device.ask("hello")
    assert len(frames.encode(reply)) <= frames.LINE_BYTES_MAX
    assert reply["conditions"] == len(al.CONDITIONS)
    assert (reply["reset"], reply["dropped"]) == ("watchdog", 2**30)


# -- status ---------------------------------------------------------------------------------------
def test_status_before_a_program_is_zeros(device: Device) -> None:
    status = device.ask("status")
    del status["q"]
    assert status == {
        "now_s": 0, "now_ms": 0, "scale": 1, "state": "no program", "rate_nl_h": 0,
        "basal_nl_h": 0, "authorised": 0, "emitted": 0, "usable_nl": 0, "alarms": 0,
        "acknowledged": 0,
        "signals": {"audio": "on", "left_s": 0, "sounding": 0, "style": "iec", "latched": 0,
                    "tested": "not confirmed"},
    }  # fmt: skip


def test_status_says_how_it_goes(running: Device) -> None:
    running.clock.now_ms = 250
    status = running.ask("status")
    assert status["state"] == "running"
    assert (status["now_s"], status["now_ms"], status["scale"]) == (HOUR, 250, 1)
    assert status["rate_nl_h"] == status["basal_nl_h"] == 16_000
    assert status["authorised"] == status["emitted"] == running.controller.authorised > 0
    assert status["usable_nl"] == running.controller.reservoir.usable_nl


def test_status_tells_basal_from_the_whole() -> None:
    device = running(with_boluses())
    device.run(device.obeyed("bolus")["start_s"] - HOUR + 300)
    status = device.ask("status")
    assert (status["rate_nl_h"], status["basal_nl_h"]) == (130_000, 10_000)


def test_a_pump_that_is_just_started_has_no_rate_yet(device: Device) -> None:
    device.begin(program())
    status = device.ask("status")
    assert (status["rate_nl_h"], status["basal_nl_h"]) == (0, 0)


def test_status_tells_alarms_and_what_was_acknowledged(running: Device) -> None:
    running.obeyed("estop", confirm=True, **WHY)
    running.obeyed("ack", a="STOPPED")
    status = running.ask("status")
    assert status["alarms"] == status["acknowledged"] == 1 << al.STOPPED
    assert status["rate_nl_h"] == 0


# -- therapy --------------------------------------------------------------------------------------
def test_without_a_program_there_is_no_therapy(device: Device) -> None:
    assert device.refused("therapy") == "therapy: no program is loaded"


def test_therapy_says_what_the_program_means_now() -> None:
    drugs = [["salt", 1000, 0, 1000, 30], ["sugar", 2, 0, 1000, 0]]
    fields = continuous(10_000, drugs=drugs, volume_nl=9_500_000)
    device = running(fields, weekday=2, tod_s=100)
    therapy = device.ask("therapy")
    del therapy["q"]
    c = device.controller
    nominal, fast, boluses, expiry, due = therapy.pop("refill_s")
    assert expiry == 30 * DAY
    assert nominal == boluses > fast == due > 0
    assert nominal % HOUR == fast % HOUR == 0
    assert therapy == {
        "solution": [["salt", 1000], ["sugar", 2]],
        "limit_24h_nl": 1_000_000,
        "given_24h_nl": c.window.given_nl,
        "bolus": None,
        "boluses_24h": 0,
        "refill": "closed",
        "tod_s": 3_700,
        "weekday": 2,
        "clock_lost": 0,
        "next": "",
        "screening": [0, -DAY, "not begun", 0],
        "start_ug_day": 0,
    }


def test_dates_that_never_come_are_null() -> None:
    therapy = running(continuous(0, mode="stopped")).ask("therapy")
    assert therapy["refill_s"] == [None] * 5


def test_therapy_tells_of_a_bolus_and_how_many_there_were() -> None:
    device = running(with_boluses())
    start_s = device.obeyed("bolus")["start_s"]
    device.run(start_s - HOUR + 300)
    therapy = device.ask("therapy")
    given_nl = device.controller.bolus.given_nl
    assert therapy["bolus"] == ["on demand", given_nl, 20_000, start_s, start_s + 600]
    assert therapy["boluses_24h"] == 1
    device.run(2 * DAY)
    assert device.ask("therapy")["boluses_24h"] == 0


def test_therapy_tells_of_a_lost_clock_and_the_next_day() -> None:
    device = running(program(), weekday=6, tod_s=DAY - 1)
    therapy = device.ask("therapy")
    assert (therapy["weekday"], therapy["tod_s"]) == (0, HOUR - 1)
    device.controller.clock_lost = True
    assert device.ask("therapy")["clock_lost"] == 1


def test_therapy_tells_where_a_screening_stands() -> None:
    device = running(SCREENING)
    start_s = device.obeyed("screen")["start_s"]
    device.obeyed("response", effective=True, held_h=8)
    therapy = device.ask("therapy")
    assert therapy["screening"] == [1, start_s, "effective", 8]
    assert therapy["start_ug_day"] == 100


def test_therapy_fits_a_line_whatever_the_names() -> None:
    device = running(longest_names())
    device.obeyed("bolus")
    device.stage(longest_names())
    device.obeyed("change")
    therapy = device.ask("therapy")
    assert len(frames.encode(therapy)) <= frames.LINE_BYTES_MAX
    assert len(therapy["solution"]) == 4
    assert [conc for _, conc in therapy["solution"]] == [100_000] * 4


def test_plain_names_are_told_whole() -> None:
    drugs = [["d" * 31 + str(i), 1000, 0, 1000, 0] for i in range(4)]
    device = running(with_boluses(drugs=drugs, name="n" * 32))
    device.obeyed("bolus")
    device.stage(with_boluses(drugs=drugs, name="m" * 32))
    device.obeyed("change")
    therapy = device.ask("therapy")
    assert therapy["solution"] == [[name, 1000] for name, *_ in drugs]
    assert therapy["next"] == "m" * 32
    assert device.ask("hello")["program"] == "n" * 32


# -- watch ----------------------------------------------------------------------------------------
def test_watch_takes_0_to_1000(device: Device) -> None:
    for every in (0, 1, 1000):
        assert device.obeyed("watch", every=every) == {}
        assert device.commands.watching == every
    for bad in (-1, 1001, 1.0, "1", None, True, [1], "x" * 900, 10**900):
        assert device.refused("watch", every=bad) == f"every: {str(bad)[:24]} not in 0..1000"


def test_reading_changes_nothing(running: Device) -> None:
    before = running.everything()
    for command in ("hello", "status", "therapy"):
        running.ask(command)
    assert running.everything() == before


@pytest.mark.parametrize("first", ["x" * 25, 10**24])
def test_of_a_number_that_is_none_24_characters_are_said_back(device: Device, first: Any) -> None:
    words = f"from: {str(first)[:24]} not in 0..{len(al.CONDITIONS) - 1}"
    assert device.refused("conditions", **{"from": first}) == words


def test_pages_hold_20_conditions_and_440_bytes_of_the_log(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def page(_: Ring, first: int, most_bytes: int) -> tuple[bytes, int]:
        asked.extend((first, most_bytes))
        return b"", first

    monkeypatch.setattr(reading, "page", page)
    device.rings["events"] = Ring(NorFlash(2), 0, 2)
    device.ask("log")
    assert asked == [1, 440]
    assert len(device.ask("conditions")["conditions"]) == 20


def test_status_is_of_the_moment_it_is_asked(running: Device) -> None:
    running.clock.read = lambda: running.clock.set(HOUR + 7)  # type: ignore[method-assign]
    assert running.ask("status")["now_s"] == HOUR + 7

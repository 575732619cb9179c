"""The journal's flash on the stock image: reserved at the first boot, and never anybody else's."""

import re
from random import Random
from typing import Any

import pytest
from device_program import continuous
from traceability.mark import requirement

from link import frames
from pump.alarms import CONDITIONS
from pump.calibration import AS_LISTED
from pump.export import page
from pump.journal import (
    CALIBRATIONS_AT,
    EVENT_SECTORS,
    EVENTS_AT,
    PROGRAMS_AT,
    SECTORS,
    STATE_SLOT_SECTORS,
    STATE_SLOTS,
    Journal,
)
from pump.ring import HEAD_BYTES, SUM_BYTES, Ring
from pumprig.bench.chip import Chip
from pumprig.bench.flash_cut import FlashCut, PowerFails
from pumprig.bench.flash_image import FS_BLOCK_BYTES, FS_START, ReservedSectors
from pumprig.bench.sensed import Bench
from pumprig.bench.wired import WiredBench
from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig.bench_acts import NEW_BAG_NL
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.link_client import LinkClient

pytestmark = pytest.mark.emulator
PROGRAM: dict[str, Any] = continuous(7_500, name="journal")


def new_board(image: Image, *parts: Any) -> tuple[Chip, LinkClient]:
    """Our files, and no sector reserved yet."""
    chip = Chip(image.path, firmware_files(), WiredBench(Bench(NEW_BAG_NL)), *parts)
    return chip, connected(chip)


def connected(chip: Chip) -> LinkClient:
    link = LinkClient(chip.write_console, chip.run_until)
    chip.on_console = link.receive
    return link


def at_the_prompt(chip: Chip, link: LinkClient, script: str) -> str:
    """What `script` prints on the board, the pump stopped; then the pump is started again."""
    link.request("service", reason="test")
    heard = bytearray()
    chip.on_console = heard.extend
    chip.run_for(1)
    chip.write_console(b"\x01" + script.encode() + b"\nprint('END')\n\x04")
    assert chip.run_until(lambda: b"END\r\n" in heard, 20, slice_s=0.05), heard
    chip.write_console(b"import machine; machine.reset()\n\x04")
    chip.run_for(2)
    return heard.decode(errors="replace").split("OK")[1].split("END")[0]


def test_the_first_boot_reserves_the_sectors_and_the_next_is_quick(image: Image) -> None:
    chip, link = new_board(image)
    hello = link.request("hello", limit_s=10)
    assert (hello["self_test"], hello["journal"]) == ("ok", "")
    assert chip.resets == 1, "the watchdog has proven itself"
    first_s = chip.now_s()
    chip.power_cut(0.1)
    began_s = chip.now_s()
    assert connected(chip).request("hello", limit_s=1.6)["self_test"] == "ok"
    assert chip.now_s() - began_s < 3.3 < first_s  # with its self-test; it pumps before
    places = ReservedSectors(chip.mcu.flash, SECTORS).places
    assert len(set(places)) == SECTORS
    assert max(places) < 352
    bench = Chip(image.path, firmware_files(), journal_sectors=SECTORS)
    assert never_written(chip) == never_written(bench)


def never_written(chip: Chip) -> bytes:
    """The log's last sector, but for the board's own eight digits in its tag."""
    sector = bytearray(FS_BLOCK_BYTES)
    ReservedSectors(chip.mcu.flash, SECTORS).read(SECTORS - 1, 0, sector)
    return re.sub(b"[0-9a-f]{8} ", b"", bytes(sector), count=1)


def test_power_cuts_during_the_first_boot_only_delay_it(image: Image) -> None:
    cut, chance = FlashCut(), Random(8)
    chip, _ = new_board(image, cut)
    for _ in range(5):
        cut.aim(chance.randrange(600), chance)
        with pytest.raises(PowerFails):
            chip.run_for(10)
        chip.power_cut(0.1)
    link = connected(chip)
    assert link.request("hello", limit_s=10)["self_test"] == "ok"
    kept = Journal(ReservedSectors(chip.mcu.flash, SECTORS))
    assert kept.events.sequence == 3  # power, the watchdog that was to be proven, self-test


def test_the_file_system_and_the_journal_do_not_touch_each_other(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    churn = """
import os
for turn in range(6):
    for number in range(12):
        with open("/churn%d" % number, "wb") as f:
            f.write(bytes([turn]) * 9000)
print(os.stat("/journal/000")[6], set(open("/churn3", "rb").read()))
"""
    before = Journal(ReservedSectors(rig.chip.mcu.flash, SECTORS)).events.sequence
    assert at_the_prompt(rig.chip, rig.link, churn).strip() == "4096 {5}"
    after = Journal(ReservedSectors(rig.chip.mcu.flash, SECTORS))
    assert after.events.sequence > before
    after.count_gaps()
    assert after.trouble() == ""


def test_sectors_that_somebody_took_away_are_not_written_to(image: Image) -> None:
    """The file is gone and its block is another file's: that file stays as it is."""
    rig = EmulatedRig(image)
    rig.open()
    take = """
import os
for number in range(24):
    os.remove("/journal/%03d" % number)
for number in range(80):
    with open("/theirs%d" % number, "wb") as f:
        f.write(b"theirs" * 600)
"""
    at_the_prompt(rig.chip, rig.link, take)
    link = connected(rig.chip)
    assert link.request("hello", limit_s=5)["self_test"] == "ok"
    link.order("stage", program=PROGRAM)
    started = link.request("start", scale=60)
    assert started["err"] == "flash: obeyed, but it could not be kept"
    assert "ok" not in started
    rig.chip.run_for(3)
    assert str(link.order("hello")["journal"]).startswith("flash: ")
    stopped = link.request("estop", confirm=True, reason="test")
    assert stopped["err"] == "flash: obeyed, but it could not be kept"
    look = """
print({open("/theirs%d" % number, "rb").read() == b"theirs" * 600 for number in range(80)})
"""
    assert at_the_prompt(rig.chip, link, look).strip() == "{True}"


@requirement("R6.6.0(1)", "R6.6.0(3)", "R6.6.0(5)")
def test_orders_alarms_and_rates_are_in_the_log(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("stage", program=PROGRAM)
    rig.link.order("start", scale=60)
    rig.advance(2)
    rig.link.order("estop", confirm=True, reason="to see it")
    rig.advance(0.1)
    orders = ["start 60", "7500", "+STOPPED", "estop to see it", "0"]
    assert said(rig) == ["power", "self_test ok", *orders]
    rig.happen("power_cut", {"off_ms": 10})
    assert said(rig)[-3:] == ["power", "+CLOCK_FAULT", "self_test ok"]
    history = Journal(ReservedSectors(rig.chip.mcu.flash, SECTORS)).programs().recent(8)
    assert [kept["program"]["name"] for kept in history] == [PROGRAM["name"]]


def test_a_calibration_outlives_a_power_cut(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("calibrate", part="tubing", life_ml=77, reason="another make")
    rig.happen("power_cut", {"off_ms": 10})
    calibration = rig.link.order("readings")["calibration"]
    assert calibration == {**AS_LISTED, "tubing": {"life_ml": 77}}


@pytest.mark.parametrize(
    ("first", "name"), [(CALIBRATIONS_AT, "calibrations"), (PROGRAMS_AT, "programs")]
)
def test_a_history_whose_newest_record_is_damaged_is_alarmed_by_the_self_test_of_a_start(
    image: Image, first: int, name: str
) -> None:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("stage", program=PROGRAM)
    rig.link.order("start", scale=60)
    rig.link.order("calibrate", part="tubing", life_ml=77, reason="another make")
    rig.advance(1)
    place = ReservedSectors(rig.chip.mcu.flash, SECTORS).places[first]
    rig.chip.mcu.flash[FS_START + place * FS_BLOCK_BYTES + 25] ^= 1
    rig.happen("power_cut", {"off_ms": 10})
    rig.advance(1)
    assert rig.link.order("hello")["journal"] == f"{name}: 1 newer than the last sound one"
    assert "MEMORY_FAULT" in alarms(rig.link)
    assert rig.link.order("hello")["state"] == "running"


def alarms(link: LinkClient) -> set[str]:
    mask = int(str(link.order("status")["alarms"]))
    return {str(row[0]) for i, row in enumerate(CONDITIONS) if mask >> i & 1}


def test_a_stop_that_came_by_itself_is_not_undone_by_a_power_cut(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    fields = continuous(250, minimum_nl_h=250, volume_nl=502_000, name="runs empty")
    rig.link.order("stage", program=fields)
    rig.link.order("start", scale=1440, confirm="test")
    chip, link = rig.chip, rig.link
    for _ in range(40):
        chip.run_for(1)
        if link.order("hello")["state"] == "stopped":
            break
    steps = rig.head.steps_seen
    assert alarms(link) >= {"RESERVOIR_EMPTY"}
    rig.happen("power_cut", {"off_ms": 10})
    rig.advance(3)
    assert link.order("hello")["state"] == "stopped"
    assert rig.head.steps_seen == steps
    assert alarms(link) >= {"RESERVOIR_EMPTY"}
    assert "POWER_INTERRUPTED" not in alarms(link), "nothing was interrupted"


def state_in_flash(rig: EmulatedRig) -> dict[str, Any]:
    saved = Journal(ReservedSectors(rig.chip.mcu.flash, SECTORS)).saved
    assert saved is not None
    return saved


def test_the_third_power_cut_in_ten_minutes_holds_at_the_minimum_rate(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("stage", program=PROGRAM)
    rig.link.order("start", scale=60)
    rig.happen("power_cut", {"off_ms": 10})
    rig.advance(62)
    assert state_in_flash(rig)["resets"] == [1]
    for ages in ([1, 0], [1, 0, 0]):
        assert rig.link.order("status")["rate_nl_h"] == 7_500
        assert "RESETS_REPEATED" not in alarms(rig.link)
        rig.happen("power_cut", {"off_ms": 10})
        rig.advance(2)
        assert state_in_flash(rig)["resets"] == ages
    assert rig.link.order("status")["rate_nl_h"] == 250
    assert alarms(rig.link) >= {"RESETS_REPEATED", "POWER_INTERRUPTED"}
    rig.link.order("ack")
    rig.advance(121)  # two hours, with what is planned ahead
    assert rig.link.order("status")["rate_nl_h"] == 7_500


def test_a_new_start_begins_the_count_of_resets_anew(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("stage", program=PROGRAM)
    rig.link.order("start", scale=60)
    for _ in range(2):
        rig.happen("power_cut", {"off_ms": 10})
    rig.advance(1)
    rig.link.order("estop", confirm=True, reason="test")
    rig.link.order("stage", program=PROGRAM)
    rig.link.order("start", scale=60)
    rig.happen("power_cut", {"off_ms": 10})
    assert state_in_flash(rig)["resets"] == [0]


def test_without_a_program_too_an_order_is_not_obeyed_again_after_a_reset(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    before = rig.chip.resets
    for _ in range(2):
        rig.link.send(frames.encode({"q": 901, "c": "reset", "reason": "test"}))
        rig.advance(4)
        rig.link.order("hello")
        assert rig.chip.resets == before + 1


def test_what_is_damaged_is_alarmed(image: Image) -> None:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("stage", program=PROGRAM)
    rig.link.order("start", scale=60)
    flash = rig.chip.mcu.flash
    sectors = ReservedSectors(flash, SECTORS)
    for at in range(STATE_SLOTS * STATE_SLOT_SECTORS):
        flash[FS_START + sectors.places[at] * FS_BLOCK_BYTES + 100] ^= 1
    rig.happen("power_cut", {"off_ms": 10})
    assert "MEMORY_FAULT" in alarms(rig.link)
    assert str(rig.link.order("hello")["journal"]).startswith("state: ")


def said(rig: EmulatedRig) -> list[str]:
    log = Ring(ReservedSectors(rig.chip.mcu.flash, SECTORS), EVENTS_AT, EVENT_SECTORS)
    data, _ = page(log, 1, 100_000)
    texts, at = [], 0
    while at < len(data):
        texts.append(data[at + HEAD_BYTES : at + data[at] - SUM_BYTES].decode())
        at += data[at]
    return texts

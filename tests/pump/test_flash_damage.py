"""Damaged flash under the whole journal: the old, the new or nothing and told, never a wrong one.

`HYPOTHESIS_PROFILE=long` flips every bit of every byte; usually one bit of each, seeded.
"""

import json
import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from device_program import DAY, program
from driven import Driven
from nor_flash import SECTOR, NorFlash

from pump import conditions as al
from pump import journal
from pump.controller import Controller
from pump.export import page
from pump.journal import Journal
from pump.ring import Ring, length_at
from pump.slots import HEAD_BYTES, KIND, PAGE_BYTES
from pumprig.analysis.journal_log import LogCheck, check_log

ALL_BITS = os.environ.get("HYPOTHESIS_PROFILE") == "long"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal with fewer sectors, so that it is opened in a fraction of the time."""
    monkeypatch.setattr(journal, "STATE_SLOTS", 3)
    monkeypatch.setattr(journal, "EVENT_SECTORS", 5)
    monkeypatch.setattr(journal, "FAULT_SECTORS", 3)


def written() -> "tuple[NorFlash, dict[str, Any], dict[str, Any]]":
    """A flash with a sound state, and a newer one with an order that came a day later."""
    driven = Driven(program())
    flash = NorFlash(journal.SECTORS)
    kept = Journal(flash)
    found = []
    for day in (1, 2):
        driven.run_to(day * DAY)
        kept.note(journal.RATE, driven.now_s, "16000")
        state = {"scale": 60, "controller": driven.controller.snapshot(driven.now_s)}
        assert kept.keep(state, order=False)
        found.append(json.loads(json.dumps(state)))
        driven.order("stop_planned")
    return flash, found[0], found[1]


def places(flash: NorFlash, first: int, sectors: int) -> list[int]:
    """Each byte of the pages of `sectors` from `first` that hold something."""
    begin, cells = first * SECTOR, flash.cells
    pages = range(begin, begin + sectors * SECTOR, PAGE_BYTES)
    used = [at for at in pages if set(cells[at : at + PAGE_BYTES]) != {0xFF}]
    return [at + byte for at in used for byte in range(PAGE_BYTES)]


def flips(flash: NorFlash, where: list[int], heads: list[int]) -> Iterator[int]:
    """Each of `where` damaged in turn, in some ways; `heads`, where records begin, in more."""
    chance = Random(11)
    near = {head + byte for head in heads for byte in range(HEAD_BYTES)}
    bits = [1 << bit for bit in range(8)]
    for at in where:
        before = flash.cells[at]
        for mask in [*bits, 0xFF, before] if ALL_BITS or at in near else [chance.choice(bits)]:
            flash.cells[at] = before ^ mask
            yield at
        flash.cells[at] = before


def heads(flash: NorFlash, where: list[int]) -> list[int]:
    return [at for at in where if at % PAGE_BYTES == 0 and flash.cells[at] == KIND]


def length_of(flash: NorFlash, head: int) -> int:
    return int.from_bytes(flash.cells[head + 2 : head + 4], "little")


# -- states --------------------------------------------------------------------------------------
def test_any_damaged_byte_of_two_states_leaves_the_new_one_or_the_old_one_and_tells() -> None:
    flash, old, new = written()
    where = places(flash, journal.STATE_AT, 3 * journal.STATE_SLOT_SECTORS)
    begins = heads(flash, where)
    assert len(begins) == 2 and len(where) > 4_000
    older = 0
    for at in flips(flash, where, begins):
        kept = Journal(flash)
        assert kept.saved is not None, at
        found = {name: kept.saved[name] for name in old}
        if found == new:
            assert kept.trouble() == "", at
        else:
            assert found == old, at
            assert at >= begins[1], "only damage to the newest one loses it"
            assert kept.trouble() == "state: 1 newer than the last sound one", at
            older += 1
    assert older >= length_of(flash, begins[1])


def test_any_damaged_byte_of_either_copy_of_an_order_leaves_the_order() -> None:
    flash, _, new = written()
    assert Journal(flash).keep(dict(new), order=True)
    where = places(flash, journal.STATE_AT, 3 * journal.STATE_SLOT_SECTORS)
    begins = heads(flash, where)
    assert len(begins) == 4
    for at in flips(flash, where, begins):
        kept = Journal(flash)
        assert kept.saved is not None, at
        assert {name: kept.saved[name] for name in new} == new, at


def test_with_both_states_damaged_nothing_is_restored_and_it_is_told() -> None:
    """A byte of each, at random, in every way there is to damage one."""
    flash, *_ = written()
    where = places(flash, journal.STATE_AT, 3 * journal.STATE_SLOT_SECTORS)
    first, second = heads(flash, where)
    text_of = {at: length_of(flash, at) for at in (first, second)}
    chance = Random(12)
    for _ in range(1_000):
        whole = bytes(flash.cells)
        for head, length in text_of.items():
            byte = chance.randrange(HEAD_BYTES + length)
            if 12 <= byte < HEAD_BYTES:  # no part of what is read
                byte = 8
            flash.cells[head + byte] ^= chance.randrange(1, 256)
        kept = Journal(flash)
        assert kept.saved is None
        assert kept.trouble().startswith("state: ")
        flash.cells[:] = whole


def test_what_is_found_after_damage_can_be_taken_up_again() -> None:
    flash, old, new = written()
    where = places(flash, journal.STATE_AT, 3 * journal.STATE_SLOT_SECTORS)
    ledgers = set()
    for at in Random(13).sample(where, 200):
        flash.cells[at] ^= 0x10
        kept = Journal(flash)
        assert kept.saved is not None
        controller = Controller()
        lost_nl = (1 + kept.state.missed) * journal.BOUND_NL
        controller.restore(kept.saved["controller"], lost_nl, al.RESET_POWER)
        ledgers.add(controller.reservoir.usable_nl)
        flash.cells[at] ^= 0x10
    new_nl, old_nl = new["controller"]["usable_nl"], old["controller"]["usable_nl"]
    assert ledgers == {new_nl - journal.BOUND_NL, old_nl - 2 * journal.BOUND_NL}


# -- the programs ---------------------------------------------------------------------------------
def test_any_damaged_byte_of_the_program_history_takes_one_program_out_and_alters_none() -> None:
    flash = NorFlash(journal.SECTORS)
    fields = [program(name=f"program {number}", low_alarm_nl=number) for number in range(3)]
    history = Journal(flash).programs()
    for number, each in enumerate(fields):
        assert history.write({"now_s": number, "program": each})
    records = [{"now_s": number, "program": each} for number, each in enumerate(fields)][::-1]
    where = places(flash, journal.PROGRAMS_AT, journal.PROGRAM_SLOT_SECTORS)
    begins = heads(flash, where)
    assert len(begins) == 3
    for at in flips(flash, where, begins):
        history = Journal(flash).programs()
        found = history.recent(8)
        hit = 2 - sum(at >= begin for begin in begins[1:])
        without = records[:hit] + records[hit + 1 :]
        assert found in (records, without), at
        assert history.missed == (found != records and hit == 0), at


# -- the logs -------------------------------------------------------------------------------------
def logged(count: int) -> tuple[NorFlash, Journal]:
    """Every seventh event is a fault; the state says how far the logs went."""
    flash = NorFlash(journal.SECTORS)
    kept = Journal(flash)
    for number in range(1, count + 1):
        if number % 7:
            assert kept.note(journal.RATE, number, f"{number}")
        else:
            assert kept.note(journal.RESET, number, f"watchdog {number}")
        kept.tend()
    assert kept.keep({"scale": 1, "controller": {"state": 0}}, order=True)
    return flash, kept


def exported(log: Ring) -> bytes:
    data, following = page(log, 1, 600)
    whole = b""
    while data:
        whole += data
        data, following = page(log, following, 600)
    return whole


def checked(log: Ring, head: bytes) -> LogCheck:
    data = exported(log)
    at = 0
    while at < len(data):
        assert length_at(data, at), "an export holds whole records only"
        at += data[at]
    return check_log(data, head)


@pytest.mark.parametrize("seed", range(30))
def test_bit_rot_of_both_logs_is_skipped_and_the_chain_says_so(seed: int) -> None:
    chance = Random(seed)
    flash, kept = logged(1_500)
    ends = {"events": kept.events.head, "faults": kept.faults.head}
    whole = {name: checked(getattr(kept, name), ends[name]).records for name in ends}
    begin, end = journal.FAULTS_AT * SECTOR, (journal.EVENTS_AT + 5) * SECTOR
    for _ in range(chance.choice((1, 3, 30, 300, 3_000))):
        flash.cells[chance.randrange(begin, end)] ^= 1 << chance.randrange(8)
    rotten = Journal(flash)
    for name, head in ends.items():
        check = checked(getattr(rotten, name), head)
        known = {record.sequence: record for record in whole[name]}
        for record in check.records:
            assert record == known[record.sequence]
        numbers = [record.sequence for record in check.records]
        assert numbers == sorted(set(numbers))
        lost = set(known) - set(numbers)
        inside = {n for n in lost if numbers and numbers[0] < n < numbers[-1]}
        assert said_missing(check.findings) == inside
        at_the_end = not numbers or numbers[-1] < max(known)
        assert at_the_end == any("not the last one" in line for line in check.findings)
        if at_the_end:
            assert rotten.trouble().startswith(("log: ", "state: "))
        log: Ring = getattr(rotten, name)
        assert log.append(journal.RATE, 1, "after")
        assert check_log(exported(log)).records[-1].text == "after"


def said_missing(findings: list[str]) -> set[int]:
    numbers: set[int] = set()
    for line in findings:
        if line.startswith("missing: "):
            first, _, last = line.removeprefix("missing: ").partition(" to ")
            numbers |= set(range(int(first), int(last or first) + 1))
    return numbers

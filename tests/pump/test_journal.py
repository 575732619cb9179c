"""What is kept, where, how often and for how long."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from device_program import DAY, program
from driven import Driven
from nor_flash import SECTOR, NorFlash, PowerCut
from traceability.mark import requirement

from pump import journal
from pump.conditions import CONDITIONS
from pump.export import page
from pump.journal import Journal
from pump.program import Program
from pump.ring import HEAD_BYTES, SUM_BYTES, Ring, sound_in
from pumprig.analysis.journal_log import check_log
from pumprig.therapy import load_program

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
PROGRAMS = [path for path in EXAMPLES if "[therapy]" in path.read_text()]
STATE: dict[str, Any] = {"scale": 1, "controller": {"state": 2, "usable_nl": 5_999_969}}


def fresh() -> NorFlash:
    return NorFlash(journal.SECTORS)


def texts(log: Ring) -> list[str]:
    data, _ = page(log, 1, 1 << 20)
    found, at = [], 0
    while at < len(data):
        found.append(data[at + HEAD_BYTES : at + data[at] - SUM_BYTES].decode())
        at += data[at]
    return found


# -- a journal ---------------------------------------------------------------------------------
def test_a_new_one_is_empty_and_in_order() -> None:
    kept = Journal(fresh())
    assert kept.saved is None
    assert kept.trouble() == ""
    assert not kept.tend()


@requirement("R6.6.0(4)")
def test_the_state_of_a_controller_under_way_survives() -> None:
    driven = Driven(program())
    driven.run_to(3 * DAY)
    driven.order("stop_planned")
    state = driven.controller.snapshot(driven.now_s)
    flash = fresh()
    assert Journal(flash).keep({"scale": 60, "controller": state}, order=False)
    saved = Journal(flash).saved
    assert saved is not None
    assert (saved["scale"], saved["controller"]) == (60, json.loads(json.dumps(state)))


def test_an_order_is_written_twice_and_the_rest_once() -> None:
    flash = fresh()
    kept = Journal(flash)
    assert kept.keep(dict(STATE), order=False)
    assert kept.state.sequence == 1
    assert kept.keep(dict(STATE), order=True)
    assert kept.state.sequence == 3


def test_each_kind_keeps_to_its_own_sectors() -> None:
    flash = fresh()
    kept = Journal(flash)

    def touched() -> set[int]:
        found = {sector for sector in flash.erases if flash.erases[sector]}
        flash.erases.clear()
        return found

    for number in range(40):
        kept.keep(dict(STATE), order=True)
        kept.programs().write({"n": number})
        kept.calibrations().write({"n": number})
    used = touched()
    assert used == set(range(journal.FAULTS_AT))
    for number in range(30_000):
        kept.note(journal.RATE, number, str(number))
    assert touched() == set(range(journal.EVENTS_AT, journal.SECTORS))
    for number in range(2000):
        kept.note(journal.RESET, number, "watchdog MemoryError: of any length")
    assert touched() & set(range(journal.EVENTS_AT)) == set(
        range(journal.FAULTS_AT, journal.KEYS_AT)
    )
    for number in range(3):
        kept.keep_keys({"operator": str(number)})
    assert touched() == set(range(journal.KEYS_AT, journal.EVENTS_AT))


def test_the_layout_has_no_gap_and_fits_beside_the_file_system() -> None:
    assert journal.STATE_AT == 0
    assert journal.PROGRAMS_AT == 24
    assert journal.CALIBRATIONS_AT == 24 + 18
    assert journal.FAULTS_AT == 24 + 18 + 9
    assert journal.KEYS_AT == 24 + 18 + 9 + 15
    assert journal.EVENTS_AT == 24 + 18 + 9 + 15 + 3
    assert journal.SECTORS == journal.EVENTS_AT + 120 == 189
    assert journal.SECTORS <= 352 - 100, "and 400 kB stay for files"


def test_the_last_eight_programs_and_calibrations_are_there_whatever_their_size() -> None:
    flash = fresh()
    for number in range(30):  # each after a boot, which costs a slot
        assert Journal(flash).programs().write({"n": number, "fill": "x" * 8000})
        assert Journal(flash).calibrations().write({"n": number, "fill": "x" * 4000})
    for history in (Journal(flash).programs(), Journal(flash).calibrations()):
        assert [kept["n"] for kept in history.recent(8)] == list(range(29, 21, -1))


@requirement("R6.6.0(1)", "R6.6.0(2)", "R7.4.0(5)")
def test_faults_are_kept_apart_and_events_hold_everything() -> None:
    kept = Journal(fresh())
    kept.note(journal.RESET, 0, "watchdog")
    kept.note(journal.ALARM, 1, "+LOW_RESERVOIR")
    kept.note(journal.ALARM, 2, "+STEP_FAULT")
    kept.note(journal.ALARM, 3, "!STEP_FAULT")
    kept.note(journal.ORDER, 4, "+LOOP_LATE")
    kept.note(journal.ALARM, 5, "-STEP_FAULT")
    assert texts(kept.faults) == ["watchdog", "+STEP_FAULT"]
    assert len(texts(kept.events)) == 6


def test_what_a_kind_and_a_sign_mean_in_flash_stays_what_it_was() -> None:
    assert (journal.RESET, journal.ALARM, journal.ORDER, journal.RATE) == (1, 2, 3, 4)
    assert journal.KIND_NAMES == ("", "reset", "alarm", "order", "rate")
    signs = {"raised": "+", "cleared": "-", "acknowledged": "!", "latched": "="}
    assert signs == journal.ALARM_SIGNS


def test_of_a_fault_24_bytes_are_kept_apart_and_all_among_the_events() -> None:
    kept = Journal(fresh())
    kept.note(journal.RESET, 0, "watchdog MemoryError: allocating")
    assert texts(kept.faults) == ["watchdog MemoryError: al"]
    assert texts(kept.events) == ["watchdog MemoryError: allocating"]


def test_the_conditions_that_are_faults_are_conditions() -> None:
    names = {row[0] for row in CONDITIONS}
    assert set(journal.FAULTS) <= names


def test_one_sector_is_erased_at_a_time_and_then_none() -> None:
    flash = fresh()
    kept = Journal(flash)
    kept.keep(dict(STATE), order=True)
    for number in range(60):
        kept.note(journal.RESET, number, "x" * 100)
    done = 0
    while True:
        before = sum(flash.erases.values())
        if not kept.tend():
            break
        done += 1
        assert sum(flash.erases.values()) == before + 1
    assert done == 2 + 1 + 1, "a slot of two for the state, one for each log"


# -- its own health -------------------------------------------------------------------------------
def test_a_damaged_state_is_told() -> None:
    flash = fresh()
    kept = Journal(flash)
    for _ in range(3):
        kept.keep(dict(STATE), order=False)
    flash.cells[2 * 256 + 30] ^= 1
    assert Journal(flash).trouble() == "state: 1 newer than the last sound one"
    assert Journal(flash).saved == {**STATE, "v": 6, "log": [0, 0]}


def test_a_calibration_that_cannot_be_read_is_told_until_there_is_a_newer_one() -> None:
    flash = fresh()
    kept = Journal(flash)
    assert kept.calibration() is None
    kept.keep_calibration({"at": 1})
    kept.keep_calibration({"at": 2})
    flash.cells[(journal.CALIBRATIONS_AT + 1) * SECTOR + 25] ^= 1
    kept = Journal(flash)
    kept.check_histories()
    assert kept.trouble() == "calibrations: 1 newer than the last sound one"
    kept = Journal(flash)
    assert kept.calibration() == {"at": 1}
    assert kept.trouble() == "calibrations: 1 newer than the last sound one"
    kept.check_histories()
    assert kept.trouble() == "calibrations: 1 newer than the last sound one"
    assert kept.keep_calibration({"at": 3})
    assert kept.trouble() == ""
    kept = Journal(flash)
    assert kept.calibration() == {"at": 3}
    assert kept.trouble() == ""


def test_a_calibration_that_is_not_kept_ends_no_trouble() -> None:
    flash = fresh()
    kept = Journal(flash)
    kept.keep_calibration({"at": 1})
    flash.cells[journal.CALIBRATIONS_AT * SECTOR + 25] ^= 1
    kept = Journal(flash)
    assert kept.calibration() is None
    flash.stuck = set(range(journal.SECTORS))
    assert not kept.keep_calibration({"at": 2})
    assert kept.trouble() == "calibrations: 1 newer than the last sound one"


def test_a_program_of_the_history_that_cannot_be_read_is_told_until_there_is_a_newer_one() -> None:
    flash = fresh()
    kept = Journal(flash)
    kept.keep_program({"at": 1})
    kept.keep_program({"at": 2})
    kept.check_histories()
    assert kept.trouble() == ""
    flash.cells[(journal.PROGRAMS_AT + 2) * SECTOR + 25] ^= 1
    kept = Journal(flash)
    kept.check_histories()
    assert kept.trouble() == "programs: 1 newer than the last sound one"
    kept.keep_program({"at": 3})
    assert kept.trouble() == ""
    kept = Journal(flash)
    kept.check_histories()
    assert kept.trouble() == ""


def test_a_program_that_does_not_get_into_the_history_is_told() -> None:
    flash = fresh()
    flash.stuck = set(range(journal.PROGRAMS_AT, journal.CALIBRATIONS_AT))
    kept = Journal(flash)
    kept.keep_program({"at": 1})
    assert kept.trouble() == "flash: 3 writes failed"


@pytest.mark.parametrize("other", [{}, {"v": 0}, {"v": 1, "log": [5, 5]}])
def test_a_state_of_another_firmware_is_told_and_not_restored(other: dict[str, Any]) -> None:
    flash = fresh()
    Journal(flash).state.write({**STATE, **other})
    kept = Journal(flash)
    assert kept.saved is None
    assert kept.trouble() == "state: of another version of the firmware, not restored"
    kept.keep(dict(STATE), order=True)
    assert Journal(flash).trouble() == ""


@pytest.mark.parametrize("at", [journal.EVENTS_AT, journal.FAULTS_AT])
def test_a_log_that_lost_its_end_is_told_by_the_state(at: int) -> None:
    flash = fresh()
    kept = Journal(flash)
    for number in range(5):
        kept.note(journal.RESET, number, "power")
    kept.keep(dict(STATE), order=False)
    assert Journal(flash).trouble() == ""
    flash.cells[at * SECTOR + 4 * 27 + 3] ^= 1
    assert Journal(flash).trouble() == "log: 1 records damaged"
    flash.cells[at * SECTOR + 2 * 27 + 3] ^= 1
    again = Journal(flash)
    assert again.trouble() == "log: 1 records damaged"
    again.count_gaps()
    assert again.trouble() == "log: 2 records damaged"


def test_what_was_logged_after_the_last_state_is_no_damage() -> None:
    flash = fresh()
    kept = Journal(flash)
    kept.keep(dict(STATE), order=False)
    for number in range(5):
        kept.note(journal.RESET, number, "power")
    kept = Journal(flash)
    assert (kept.lost, kept.trouble()) == (0, "")


def test_one_that_fails_in_the_faults_alone_is_told() -> None:
    flash = fresh()
    flash.stuck = set(range(journal.FAULTS_AT, journal.EVENTS_AT))
    kept = Journal(flash)
    kept.note(journal.RESET, 0, "power")
    assert kept.trouble() == "flash: 3 writes failed"
    assert kept.damage() == "journal: 3 writes failed"


def test_the_self_test_is_told_what_went_wrong_since_the_last_one() -> None:
    flash = fresh()
    kept = Journal(flash)
    assert kept.damage() == ""
    for count in (3, 6):
        flash.stuck = set(range(journal.SECTORS))
        for _ in range(count // 3):
            kept.note(journal.RATE, 0, "1")
        flash.stuck = set()
        assert kept.damage() == f"journal: {count} writes failed"
        assert kept.damage() == ""
        assert kept.note(journal.RATE, 0, "1")
        assert kept.damage() == ""


def test_the_self_test_is_told_that_the_newest_state_is_damaged() -> None:
    flash = fresh()
    kept = Journal(flash)
    kept.keep(dict(STATE), order=False)
    assert kept.damage() == ""
    flash.cells[30] ^= 1
    for _ in range(2):
        assert kept.damage() == "journal: the newest state cannot be read"
    assert kept.keep(dict(STATE), order=False)
    assert kept.damage() == ""


def test_writes_that_fail_are_told() -> None:
    flash = fresh()
    flash.stuck = set(range(journal.SECTORS))
    kept = Journal(flash)
    assert not kept.keep(dict(STATE), order=False)
    assert not kept.note(journal.RATE, 0, "1")
    assert kept.trouble() == "flash: 6 writes failed"
    flash.stuck = set(range(journal.FAULTS_AT, journal.EVENTS_AT))
    kept = Journal(flash)
    assert not kept.note(journal.RESET, 0, "power"), "in the events, and not in the faults"
    flash.stuck = set(range(journal.EVENTS_AT, journal.SECTORS))
    assert not Journal(flash).note(journal.RESET, 0, "power"), "and the other way round"


# -- when a state is due --------------------------------------------------------------------------
@requirement("I6")
def test_a_record_is_due_before_more_than_50_ul_could_be_made() -> None:
    assert journal.BOUND_NL == 50_000
    assert not journal.due(1600, 31_250), "exactly 50 uL"
    assert journal.due(1601, 31_250)
    assert not journal.due(250, 200_000)
    assert journal.due(251, 200_000)
    assert not journal.due(0, 200_000), "nothing is past the record"


def test_the_clock_is_kept_within_the_hour() -> None:
    assert not journal.clock_due(3599, 1)
    assert journal.clock_due(3600, 1)
    assert not journal.clock_due(1800, 1800)
    assert journal.clock_due(1801, 1800)
    assert journal.clock_due(-1, 1), "it was set back"
    assert not journal.clock_due(0, 1800)


# -- wear and depth -------------------------------------------------------------------------------
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_flash_lasts_ten_years_with_every_example(path: Path) -> None:
    """At time scale 1, with a state of 4000 bytes, 10 orders a day and the limit of 24 h given."""
    p = Program(dict(load_program(path).device_program()))
    nl_a_day = min(
        p.limit_24h_nl, p.daily_nl + p.fields["bolus_day_max"] * p.fields["bolus_max_nl"]
    )
    days = journal.slots_life_days(12, 2, 4000, journal.states_a_day(nl_a_day, 10))
    assert days >= 10 * 365
    assert journal.ring_life_days(120, 18, 1000) >= 10 * 365


def test_the_computed_life_is_the_life() -> None:
    """Until the first sector of a flash rated for 20 erases is worn."""
    flash = NorFlash(24)
    slots = journal.Slots(flash, 0, 12, 2)
    written = 0
    while not flash.erases or max(flash.erases.values()) <= 20:
        slots.write({"fill": "x" * 1000})
        slots.tend()
        written += 1
    days = journal.slots_life_days(12, 2, 1012, 1) * 20 // journal.RATED_ERASES
    assert days == 12 * 6 * 20
    assert days - 7 <= written <= days + 7


@pytest.mark.parametrize(("record_bytes", "pages"), [(236, 1), (237, 2), (492, 2), (493, 3)])
def test_a_record_wears_its_pages_and_the_20_bytes_before_it(
    record_bytes: int, pages: int
) -> None:
    days = journal.slots_life_days(12, 2, record_bytes, 1)
    assert days == 100_000 * 12 * (2 * 16 // pages)
    assert journal.slots_life_days(12, 2, record_bytes, 30) == days // 30


def test_states_a_day() -> None:
    assert journal.states_a_day(0, 0) == 1 + 24 + 1
    assert journal.states_a_day(0, 10) == 26 + 20
    assert journal.states_a_day(49_999, 0) == 26
    assert journal.states_a_day(50_000, 0) == 27
    assert journal.states_a_day(24_000_000, 0) == 480 + 26


def test_a_ring_keeps_what_was_computed() -> None:
    flash = NorFlash(6)
    log = Ring(flash, 0, 6)
    depth = journal.ring_depth(6, 10)
    assert depth == 4 * 16 * 8 + 1
    least = 10_000
    for number in range(3000):
        log.append(1, 0, "x" * 10)
        log.tend()
        if number > depth:
            least = min(least, len(texts(log)))
    assert least == depth


@requirement("R6.6.0(7)")
def test_a_thousand_faults_are_kept() -> None:
    assert journal.ring_depth(journal.FAULT_SECTORS, journal.FAULT_TEXT_MAX) >= 1000


@requirement("R6.6.0(6)")
def test_thirty_days_of_events_are_kept_at_377_a_day() -> None:
    assert journal.ring_depth(journal.EVENT_SECTORS, journal.TEXT_USUAL) >= 30 * 377


def test_the_flash_is_to_last_ten_years_and_a_usual_text_has_18_bytes() -> None:
    assert (journal.LIFE_YEARS, journal.TEXT_USUAL, journal.FAULT_TEXT_MAX) == (10, 18, 24)


def test_ring_life() -> None:
    assert journal.ring_life_days(120, 18, 1000) == 100_000 * 120 * 96 // 1000


# -- keys -----------------------------------------------------------------------------------------
KEYS = [{"operator": f"{n}" * 64, "service": f"{n + 4}" * 64} for n in range(3)]


def test_keys_that_were_never_set_are_none_at_all_and_the_newest_count() -> None:
    kept = Journal(fresh())
    assert kept.keys() == {}
    for keys in (*KEYS, {}, KEYS[0]):
        assert kept.keep_keys(keys)
        assert kept.keys() == keys


@pytest.mark.parametrize("seed", range(10))
def test_a_power_cut_while_keys_change_leaves_the_old_or_the_new(seed: int) -> None:
    chance = Random(seed)
    flash = NorFlash(journal.SECTORS, seed=seed)
    holds: dict[str, str] = {}
    for _ in range(30):
        keys = chance.choice([*KEYS, {}])
        flash.cut_after = chance.randrange(8)  # an erase, a page and its mark, twice
        try:
            Journal(flash).keep_keys(keys)
        except PowerCut:
            flash.cut_after = None
            found = Journal(flash).keys()
            assert found in (holds, keys)
        else:
            flash.cut_after = None
            found = Journal(flash).keys()
            assert found == keys
        assert found is not None
        holds = found


@pytest.mark.parametrize("before", [{}, KEYS[1]])
def test_keys_whose_second_copy_is_not_kept_do_not_come_up_later(before: dict[str, str]) -> None:
    class Failing(NorFlash):
        """After the first copy, a page and its mark, three slots do not take what is written."""

        def program(self, sector: int, offset: int, page: bytes) -> None:
            self.stuck = set(range(sectors)) if 2 <= self.programs - begun < 5 else set()
            super().program(sector, offset, page)

    sectors, begun = journal.SECTORS, 1 << 30
    flash = Failing(sectors)
    if before:
        assert Journal(flash).keep_keys(before)
    begun = flash.programs
    assert Journal(flash).keep_keys(KEYS[0]) is False
    assert flash.programs - begun > 5
    assert Journal(flash).keys() == before


def test_any_damage_to_one_copy_of_the_keys_changes_nothing() -> None:
    flash = fresh()
    Journal(flash).keep_keys(KEYS[0])
    first = journal.KEYS_AT * SECTOR
    heads = [at for at in range(first, first + 3 * SECTOR, 256) if flash.cells[at] == 0xA5]
    assert len(heads) == 2
    for head in heads:
        for at in range(head, head + 256):
            before = flash.cells[at]
            for bit in range(8):
                flash.cells[at] = before ^ 1 << bit
                assert Journal(flash).keys() == KEYS[0]
            flash.cells[at] = before


def test_keys_whose_copies_are_both_damaged_are_lost_and_not_none_at_all() -> None:
    flash = fresh()
    Journal(flash).keep_keys(KEYS[0])
    first = journal.KEYS_AT * SECTOR
    for at in range(first, first + 3 * SECTOR, 256):
        if flash.cells[at] == 0xA5:
            flash.cells[at + 40] ^= 1
    assert Journal(flash).keys() is None


def test_keys_that_could_not_be_written_leave_the_old_ones() -> None:
    flash = fresh()
    assert Journal(flash).keep_keys(KEYS[0])
    flash.stuck = set(range(journal.KEYS_AT, journal.KEYS_AT + journal.KEY_SLOTS))
    for _ in range(3):
        assert not Journal(flash).keep_keys(KEYS[1])
        assert Journal(flash).keys() == KEYS[0]


def test_older_keys_do_not_come_up_when_both_copies_of_the_newest_are_damaged() -> None:
    flash = fresh()
    kept = Journal(flash)
    assert kept.keep_keys({})
    assert kept.keep_keys(KEYS[0])
    for slot, left in ((0, KEYS[0]), (2, None)):
        flash.cells[(journal.KEYS_AT + slot) * SECTOR + 25] ^= 1
        kept = Journal(flash)
        assert kept.keys() == left
        assert kept.trouble().startswith("keys: ")
    assert kept.keep_keys(KEYS[1])
    assert kept.trouble() == ""


@pytest.mark.parametrize("ring", ["events", "faults"])
def test_a_damaged_last_record_that_a_state_knows_of_shows_in_the_export(ring: str) -> None:
    flash = fresh()
    kept = Journal(flash)
    for number in range(1, 8):
        assert kept.note(journal.RESET, number, "power")  # into both
    assert kept.keep(dict(STATE), order=True)
    sector = {"events": journal.EVENTS_AT, "faults": journal.FAULTS_AT}[ring]
    begins = list(sound_in(flash.cells[sector * SECTOR :][:256], 0))
    flash.cells[sector * SECTOR + begins[6] + 18] ^= 1
    again = Journal(flash)
    assert again.lost == 1
    again.note(journal.RESET, 9, "power")
    log: Ring = getattr(again, ring)
    check = check_log(page(log, 1, 9000)[0], log.head)
    assert [record.sequence for record in check.records] == [1, 2, 3, 4, 5, 6, 8]
    assert not check.is_whole

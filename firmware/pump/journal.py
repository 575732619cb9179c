"""What is kept over a reset and for the record, where in flash, how often, and for how long.

    state         the newest counts; an order is written twice, into two slots
    programs      each program that was committed, at least the last 8
    calibrations  at least the last 8
    keys          of the link's roles; the newest count
    events        what happened: alarms, orders, rates, resets
    faults        what went wrong, apart, so that no busy day washes it out

A state is due when it would otherwise fall short of one of two bounds: what may have been released
past it (BOUND_NL, which the ledger takes as gone after a reset), and how far the clock may lag
(CLOCK_LAG_S). Formats are in slots.py and ring.py; the bytes are in drivers/flash.py.
"""

from pump.conditions import CONDITIONS, NAME, OVER_DELIVERY
from pump.ring import LEAST_BYTES, Ring
from pump.slots import HEAD_BYTES, PAGE_BYTES, SECTOR_PAGES, Slots
from pump.units import HOUR_S

# What may have been delivered since the last record: a record is due before more. 50 uL is 100 ug
# of baclofen at 2000 ug/mL, a fifth of a typical day.
BOUND_NL = 50_000
CLOCK_LAG_S = HOUR_S  # how far pump time may fall back at a reset
RATED_ERASES = 100_000  # of each sector, Winbond W25Q16JV data sheet (the flash on a Pico)
LIFE_YEARS = 10  # at the default rates; what the sizes below are for
STATE_VERSION = 6  # of what a state holds; another one's is not restored, and that is told

RESETS_MAX, RESETS_MINUTES = 3, 10  # so many in so short a time are no accident

STATE_SLOTS, STATE_SLOT_SECTORS = 12, 2
PROGRAM_SLOTS, PROGRAM_SLOT_SECTORS = 9, 2  # 8, one at least in each, and one being erased
CALIBRATION_SLOTS, CALIBRATION_SLOT_SECTORS = 9, 1
FAULT_SECTORS = 15  # 1000 with 24 bytes of text, one sector being erased
KEY_SLOTS, KEY_SLOT_SECTORS = 3, 1  # two copies, and one being erased
EVENT_SECTORS = 120
STATE_AT = 0
PROGRAMS_AT = STATE_AT + STATE_SLOTS * STATE_SLOT_SECTORS
CALIBRATIONS_AT = PROGRAMS_AT + PROGRAM_SLOTS * PROGRAM_SLOT_SECTORS
FAULTS_AT = CALIBRATIONS_AT + CALIBRATION_SLOTS * CALIBRATION_SLOT_SECTORS
KEYS_AT = FAULTS_AT + FAULT_SECTORS
EVENTS_AT = KEYS_AT + KEY_SLOTS * KEY_SLOT_SECTORS
SECTORS = EVENTS_AT + EVENT_SECTORS  # of 4 KiB, of the 352 that the file system has

# Kinds of events, and how their texts read.
RESET = 1  # power | watchdog | restart, then what the firmware died of, if it did
ALARM = 2  # +NAME raised, -NAME cleared, !NAME acknowledged, =NAME latched
ORDER = 3  # command, then its reason or number
RATE = 4  # nL/h from the record's time on; then its basal part, where it is not all of it
KIND_NAMES = ("", "reset", "alarm", "order", "rate")
ALARM_SIGNS = {"raised": "+", "cleared": "-", "acknowledged": "!", "latched": "="}
FAULT_TEXT_MAX = 24
TEXT_USUAL = 18  # as long as the name of an alarm with its sign; most are shorter
# Conditions that are faults of the device, not of the therapy; raised ones go to `faults` as well.
FAULTS = ("STEP_FAULT", "WATCHDOG_RESET", "POWER_INTERRUPTED", "LOOP_LATE", "CLOCK_FAULT") + tuple(
    [str(row[NAME]) for row in CONDITIONS[OVER_DELIVERY:]]
)


class Journal:
    """`flash` as pump.slots describes it, with SECTORS sectors."""

    def __init__(self, flash) -> None:
        self._flash = flash
        self.state = Slots(flash, STATE_AT, STATE_SLOTS, STATE_SLOT_SECTORS)
        self.events = Ring(flash, EVENTS_AT, EVENT_SECTORS)
        self.faults = Ring(flash, FAULTS_AT, FAULT_SECTORS)
        self.lost = 0  # records that a state says were in the log, and are not at its end
        saved = self.state.newest()
        self.foreign = False
        if saved and saved.get("v") != STATE_VERSION:
            self.foreign, saved = True, None
        if saved:
            events, faults = saved["log"]
            self.lost = max(0, events - self.events.sequence, faults - self.faults.sequence)
            self.events.go_on_from(events)
            self.faults.go_on_from(faults)
        self.saved = saved
        self._failed = 0  # writes, at the last self-test
        self._history_failed = self._calibrations_missed = self._programs_missed = 0
        self._keys_missed = 0

    # -- histories: opened when they are needed, a scan of some 20 ms -----------------------------
    def programs(self) -> Slots:
        return Slots(self._flash, PROGRAMS_AT, PROGRAM_SLOTS, PROGRAM_SLOT_SECTORS)

    def calibrations(self) -> Slots:
        return Slots(self._flash, CALIBRATIONS_AT, CALIBRATION_SLOTS, CALIBRATION_SLOT_SECTORS)

    def calibration(self) -> "dict | None":
        """The newest sound one; trouble() tells of newer ones that are not."""
        slots = self.calibrations()
        self._calibrations_missed = slots.missed
        return slots.newest()

    def count_gaps(self) -> None:
        """Once after a boot, for trouble(): what is damaged at the end of the logs."""
        from pump.export import count_gaps

        count_gaps(self.events)
        count_gaps(self.faults)

    def check_histories(self) -> None:
        """Whether the newest records can be read, for trouble()."""
        self._calibrations_missed = self.calibrations().missed
        self._programs_missed = self.programs().missed

    def keys(self) -> "dict | None":
        """The newest, {} where none were ever set, None where they cannot be read any more: one of
        the two copies is enough, but older ones must not come up again."""
        slots = self._keys()
        self._keys_missed = slots.missed
        kept = slots.newest()
        if slots.missed > 1 or (slots.missed and kept is None):
            return None
        return kept or {}

    def _keys(self) -> Slots:
        return Slots(self._flash, KEYS_AT, KEY_SLOTS, KEY_SLOT_SECTORS)

    # -- writing ---------------------------------------------------------------------------------
    def keep_program(self, record: dict) -> None:
        """For the history: what runs is in the state."""
        slots = self.programs()
        if slots.write(record):
            self._programs_missed = 0
        self._history_failed += slots.failed

    def keep_calibration(self, calibration: dict) -> bool:
        kept = self.calibrations().write(calibration)
        if kept:
            self._calibrations_missed = 0
        return kept

    def keep_keys(self, keys: dict) -> bool:
        """Twice, each in a slot of its own. False when one did not read back right: then the other
        is taken back, and what was kept before holds, also after a reset."""
        slots = self._keys()
        if slots.write(keys, 2):
            self._keys_missed = 0
            return True
        slots.take_back()
        return False

    def keep(self, state: dict, order: bool) -> bool:
        """Write a state; twice, each in a slot of its own, if it holds an order. False when it
        did not read back right: then it is not kept, and must not be acknowledged."""
        state["v"] = STATE_VERSION
        state["log"] = [self.events.sequence, self.faults.sequence]
        return self.state.write(state, 2 if order else 1)

    def note(self, kind: int, t_s: int, text: str) -> bool:
        kept = self.events.append(kind, t_s, text)
        if kind == RESET or (kind == ALARM and text[0] == "+" and text[1:] in FAULTS):
            kept = self.faults.append(kind, t_s, text[:FAULT_TEXT_MAX]) and kept
        return kept

    def tend(self) -> bool:
        """Erase one sector that will be needed next, if there is one: some 50 ms, 400 at worst, so
        call it when the motor is fed. Whether it was done."""
        return self.state.tend() or self.events.tend() or self.faults.tend()

    # -- its own health --------------------------------------------------------------------------
    def trouble(self) -> str:
        """One line on what is damaged or does not take what is written, or "": a condition for
        whoever raises alarms. A record that a power cut tore is no trouble."""
        for name, missed in (
            ("state", self.state.missed),
            ("calibrations", self._calibrations_missed),
            ("programs", self._programs_missed),
            ("keys", self._keys_missed),
        ):
            if missed:
                return name + ": " + str(missed) + " newer than the last sound one"
        if self.foreign:
            return "state: of another version of the firmware, not restored"
        gone = self.lost + self.events.gaps + self.faults.gaps
        if gone:
            return "log: " + str(gone) + " records damaged"
        failed = self._writes_failed()
        return "flash: " + str(failed) + " writes failed" if failed else ""

    def _writes_failed(self) -> int:
        return self.state.failed + self.events.failed + self.faults.failed + self._history_failed

    def damage(self) -> str:
        """For the self-test: one line on what has gone wrong since the last one, or ""."""
        before, self._failed = self._failed, self._writes_failed()
        if not self.state.still_sound():
            return "journal: the newest state cannot be read"
        if self._failed > before:
            return "journal: " + str(self._failed - before) + " writes failed"
        return ""


class Resets:
    """The resets of the last ten minutes of wall time, as far as records can tell: how many
    minutes the pump has run since each. The time without power is not known and counts as none; a
    minute that was begun counts as none either."""

    def __init__(self, ages: "list[int]") -> None:
        self.ages = ages  # the latest is the last

    def add(self) -> None:
        self.ages = self.ages[1 - RESETS_MAX :] + [0]

    def are_many(self) -> bool:
        return len(self.ages) >= RESETS_MAX

    def minute(self) -> bool:
        """One has passed. Whether that is to be kept: there was a reset that counted."""
        counted = len(self.ages) > 0
        self.ages = [age + 1 for age in self.ages if age + 1 < RESETS_MINUTES]
        return counted


# -- when a state is due -------------------------------------------------------------------------
def due(released: int, nl_per_1000_steps: int) -> bool:
    """Whether a record must be written before the packet that was decided last may be made, when
    `released` steps are past the last record, its own included. Fits 30 bits: below 91 uL."""
    return released * nl_per_1000_steps > BOUND_NL * 1000


def clock_due(passed_s: int, pass_s: int) -> bool:
    """Whether pump time would lag more than CLOCK_LAG_S, when it is looked at every `pass_s`, and
    `passed_s` have passed since the last record. A clock that went back is kept as well."""
    return passed_s < 0 or passed_s + pass_s > CLOCK_LAG_S


# -- wear and depth ------------------------------------------------------------------------------
def states_a_day(nl_a_day: int, orders: int) -> int:
    """The most states written on a day of `nl_a_day` at time scale 1 with so many `orders`."""
    return nl_a_day // BOUND_NL + 1 + 24 * HOUR_S // (CLOCK_LAG_S - 2) + 1 + 2 * orders


def slots_life_days(slots: int, slot_sectors: int, record_bytes: int, records_a_day: int) -> int:
    """Days until each sector has been erased RATED_ERASES times. `record_bytes`: of its JSON."""
    pages = (HEAD_BYTES + record_bytes + PAGE_BYTES - 1) // PAGE_BYTES
    return RATED_ERASES * slots * (slot_sectors * SECTOR_PAGES // pages) // records_a_day


def ring_depth(sectors: int, text_bytes: int) -> int:
    """How many records with so much text a ring keeps at least: one sector is being filled, one
    may be erased ahead."""
    return (sectors - 2) * SECTOR_PAGES * (PAGE_BYTES // (LEAST_BYTES + text_bytes)) + 1


def ring_life_days(sectors: int, text_bytes: int, records_a_day: int) -> int:
    """Days until each sector has been erased RATED_ERASES times."""
    each = SECTOR_PAGES * (PAGE_BYTES // (LEAST_BYTES + text_bytes))
    return RATED_ERASES * sectors * each // records_a_day

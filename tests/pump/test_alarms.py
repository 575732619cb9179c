"""The alarm table, row by row, and what raising, acknowledging and clearing do."""

import pytest
from traceability.mark import requirement

from pump import conditions as al
from pump.alarms import Alarms
from pump.conditions import (
    CONDITIONS,
    FINISH,
    HIGH,
    KEEP,
    LATCHED,
    LOW,
    MEDIUM,
    MINIMUM,
    NONE,
    PRIORITY_NAMES,
    SAFE_STATE_NAMES,
    STOP,
    WHEN_SEEN,
)

# condition, its bit, priority for intrathecal baclofen, for an opioid on demand
TABLE = [
    ("LOW_RESERVOIR", al.LOW_RESERVOIR, MEDIUM, LOW),
    ("TAPER_GUARD", al.TAPER_GUARD, HIGH, LOW),
    ("RESERVOIR_EMPTY", al.RESERVOIR_EMPTY, HIGH, MEDIUM),
    ("REFILL_DUE", al.REFILL_DUE, LOW, LOW),
    ("STOPPED", al.STOPPED, HIGH, LOW),
    ("RESUME_CAP", al.RESUME_CAP, LOW, LOW),
    ("STOPPING", al.STOPPING, LOW, LOW),
    ("STEP_FAULT", al.STEP_FAULT, HIGH, HIGH),
    ("WATCHDOG_RESET", al.RESET_WATCHDOG, MEDIUM, MEDIUM),
    ("POWER_INTERRUPTED", al.RESET_POWER, MEDIUM, MEDIUM),
    ("LOOP_LATE", al.LATE, MEDIUM, MEDIUM),
    ("BOLUS_INTERRUPTED", al.BOLUS_INTERRUPTED, MEDIUM, LOW),
    ("DOSE_LIMIT", al.DOSE_LIMIT, MEDIUM, MEDIUM),
    ("CLOCK_FAULT", al.CLOCK_FAULT, MEDIUM, MEDIUM),
    ("PROGRAM_INTERRUPTED", al.PROGRAM_INTERRUPTED, HIGH, MEDIUM),
    ("VOLUME_MISMATCH", al.VOLUME_MISMATCH, MEDIUM, MEDIUM),
    ("DRUG_EXPIRED", al.DRUG_EXPIRED, MEDIUM, MEDIUM),
    ("OVER_DELIVERY", al.OVER_DELIVERY, HIGH, HIGH),
    ("UNDER_DELIVERY", al.UNDER_DELIVERY, HIGH, LOW),
    ("FREE_FLOW", al.FREE_FLOW, HIGH, HIGH),
    ("MOTOR_STALL", al.MOTOR_STALL, HIGH, MEDIUM),
    ("OCCLUSION_UP", al.OCCLUSION_UP, HIGH, MEDIUM),
    ("OCCLUSION_DOWN", al.OCCLUSION_DOWN, HIGH, MEDIUM),
    ("AIR", al.AIR, MEDIUM, HIGH),
    ("SCALE_FAULT", al.SCALE_FAULT, MEDIUM, MEDIUM),
    ("ROTOR_FAULT", al.ROTOR_FAULT, MEDIUM, MEDIUM),
    ("PRESSURE_FAULT", al.PRESSURE_FAULT, MEDIUM, MEDIUM),
    ("SUPPLY_LOW", al.SUPPLY_LOW, MEDIUM, MEDIUM),
    ("SUPPLY_OUT_OF_RANGE", al.SUPPLY_OUT_OF_RANGE, HIGH, HIGH),
    ("OVERHEAT", al.OVERHEAT, HIGH, HIGH),
    ("KEY_STUCK", al.KEY_STUCK, LOW, LOW),
    ("MEMORY_FAULT", al.MEMORY_FAULT, HIGH, HIGH),
    ("SELF_TEST_FAILED", al.SELF_TEST_FAILED, HIGH, HIGH),
    ("LINK_ABUSE", al.LINK_ABUSE, MEDIUM, MEDIUM),
    ("TUBING_LIFE", al.TUBING_LIFE, LOW, LOW),
    ("RESETS_REPEATED", al.RESETS_REPEATED, HIGH, HIGH),
]
# What an operator is told to do about it; the rest say more than a word.
CLEARED_BY = {
    "refill": {"LOW_RESERVOIR", "TAPER_GUARD", "RESERVOIR_EMPTY", "REFILL_DUE", "DRUG_EXPIRED"},
    "restart": {"STOPPED"},
    "restart, then reset_latch": {"STEP_FAULT"},
    "acknowledge": {
        "WATCHDOG_RESET",
        "POWER_INTERRUPTED",
        "LOOP_LATE",
        "BOLUS_INTERRUPTED",
        "VOLUME_MISMATCH",
        "OVER_DELIVERY",
        "UNDER_DELIVERY",
        "FREE_FLOW",
        "MEMORY_FAULT",
        "LINK_ABUSE",
        "RESETS_REPEATED",
    },
    "tubing_changed": {"TUBING_LIFE"},
}
CLEARED_BY_ACKNOWLEDGING = {
    al.RESET_WATCHDOG,
    al.RESET_POWER,
    al.LATE,
    al.BOLUS_INTERRUPTED,
    al.VOLUME_MISMATCH,
    al.OVER_DELIVERY,
    al.UNDER_DELIVERY,
    al.FREE_FLOW,
    al.MEMORY_FAULT,
    al.LINK_ABUSE,
    al.RESETS_REPEATED,
}
LATCHING = {
    al.STEP_FAULT,
    al.MOTOR_STALL,
    al.OCCLUSION_UP,
    al.OCCLUSION_DOWN,
    al.AIR,
    al.SCALE_FAULT,
    al.ROTOR_FAULT,
    al.PRESSURE_FAULT,
}
# What asks for more than going on, for intrathecal baclofen and for an opioid on demand.
SAFE_STATES = {
    al.RESERVOIR_EMPTY: (FINISH, FINISH),
    al.STEP_FAULT: (STOP, STOP),
    al.CLOCK_FAULT: (KEEP, MINIMUM),
    al.PROGRAM_INTERRUPTED: (MINIMUM, FINISH),
    al.OVER_DELIVERY: (KEEP, STOP),
    al.MOTOR_STALL: (KEEP, FINISH),
    al.OCCLUSION_UP: (STOP, STOP),
    al.OCCLUSION_DOWN: (STOP, STOP),
    al.AIR: (KEEP, STOP),
    al.PRESSURE_FAULT: (KEEP, FINISH),
    al.SUPPLY_OUT_OF_RANGE: (KEEP, STOP),
    al.OVERHEAT: (KEEP, STOP),
    al.SELF_TEST_FAILED: (MINIMUM, FINISH),
    al.RESETS_REPEATED: (MINIMUM, MINIMUM),
}
rows = pytest.mark.parametrize(("name", "bit", "itb", "pca"), TABLE)


def test_every_condition_is_in_the_table_of_this_test() -> None:
    assert [row[0] for row in CONDITIONS] == [row[0] for row in TABLE]


def test_safe_states_and_endings_are_called_what_they_are() -> None:
    states = [al.SAFE_STATE_NAMES[state] for state in (KEEP, MINIMUM, FINISH, STOP)]
    assert states == ["keep", "minimum rate", "finish the step, then stop", "stop at once"]
    endings = [al.ENDING_NAMES[end] for end in (al.WITH_CAUSE, al.WHEN_SEEN, al.LATCHED)]
    assert endings == ["with its cause", "acknowledged", "latched"]


def test_priorities_rank_from_none_to_high_by_their_names() -> None:
    assert [PRIORITY_NAMES[p] for p in (NONE, LOW, MEDIUM, HIGH)] == ["", "low", "medium", "high"]
    assert NONE < LOW < MEDIUM < HIGH < len(PRIORITY_NAMES)


@pytest.mark.parametrize("order", CLEARED_BY)
def test_the_order_that_clears_a_condition_is_named(order: str) -> None:
    assert {row[0] for row in CONDITIONS if row[4] == order} == CLEARED_BY[order]


@rows
def test_a_condition_ranks_by_the_drug_profile(name: str, bit: int, itb: int, pca: int) -> None:
    assert al.index(name) == bit
    for profile, priority in (("itb", itb), ("pca", pca)):
        alarms = Alarms(profile)
        assert alarms.priority(bit) == priority
        alarms.set(bit, True)
        assert (alarms.loudest(), alarms.highest()) == (priority, priority)


@rows
def test_a_condition_says_what_it_is_and_what_clears_it(
    name: str, bit: int, itb: int, pca: int
) -> None:
    text, clears, ending = CONDITIONS[bit][3:6]
    assert text and clears
    assert ("acknowledge" in str(clears)) == (bit in CLEARED_BY_ACKNOWLEDGING)
    assert (ending == WHEN_SEEN) == (bit in CLEARED_BY_ACKNOWLEDGING)
    assert ("reset_latch" in str(clears)) == (bit in LATCHING) == (ending == LATCHED)


@rows
def test_what_a_condition_asks_of_delivery_belongs_to_the_profile(
    name: str, bit: int, itb: int, pca: int
) -> None:
    for profile, state in zip(("itb", "pca"), SAFE_STATES.get(bit, (KEEP, KEEP)), strict=True):
        assert Alarms(profile).safe_state(bit) == state
        assert SAFE_STATE_NAMES[state]


def test_the_bits_of_the_conditions_are_fixed() -> None:
    """Logs and hosts know them by number."""
    assert [bit for _, bit, _, _ in TABLE] == list(range(36))


@rows
def test_acknowledging_silences_and_clears_only_what_it_may(
    name: str, bit: int, itb: int, pca: int
) -> None:
    alarms = Alarms("itb")
    alarms.set(bit, True)
    assert alarms.acknowledge(bit)
    assert alarms.loudest() == NONE
    if bit in CLEARED_BY_ACKNOWLEDGING:
        assert (alarms.active, alarms.acknowledged) == (0, 0)
        assert [event for _, event in alarms.changed] == ["raised", "acknowledged", "cleared"]
    else:
        assert (alarms.active, alarms.acknowledged) == (1 << bit, 1 << bit)
        assert alarms.highest() == itb
        assert [event for _, event in alarms.changed] == ["raised", "acknowledged"]


def test_no_condition_is_silent() -> None:
    for profile in ("itb", "pca"):
        assert all(Alarms(profile).priority(i) in (LOW, MEDIUM, HIGH) for i in range(len(TABLE)))


def test_a_condition_is_raised_once_and_stays_until_it_is_cleared() -> None:
    alarms = Alarms("itb")
    for on in (True, True, False, False, True):
        alarms.set(al.STOPPED, on)
    assert alarms.changed == [(al.STOPPED, event) for event in ("raised", "cleared", "raised")]
    assert alarms.active == 1 << al.STOPPED


def test_an_acknowledged_condition_sounds_again_when_it_comes_again() -> None:
    alarms = Alarms("itb")
    alarms.set(al.STOPPED, True)
    alarms.acknowledge(al.STOPPED)
    alarms.set(al.STOPPED, True)
    assert alarms.loudest() == NONE
    alarms.set(al.STOPPED, False)
    alarms.set(al.STOPPED, True)
    assert alarms.loudest() == HIGH


def test_a_new_condition_sounds_beside_one_that_was_acknowledged() -> None:
    alarms = Alarms("itb")
    alarms.set(al.TAPER_GUARD, True)
    alarms.acknowledge(-1)
    alarms.set(al.REFILL_DUE, True)
    assert alarms.loudest() == LOW
    assert alarms.highest() == HIGH


def test_acknowledging_all_takes_every_active_condition() -> None:
    alarms = Alarms("itb")
    assert not alarms.acknowledge(-1)
    for bit in (al.LOW_RESERVOIR, al.LATE, al.STOPPED):
        alarms.set(bit, True)
    assert alarms.acknowledge(-1)
    assert alarms.active == alarms.acknowledged == 1 << al.LOW_RESERVOIR | 1 << al.STOPPED
    assert alarms.loudest() == NONE


@rows
def test_acknowledging_one_condition_leaves_the_others_sounding(
    name: str, bit: int, itb: int, pca: int
) -> None:
    alarms = Alarms("itb")
    for other in range(len(CONDITIONS)):
        alarms.set(other, True)
    assert alarms.acknowledge(bit) is True
    told = [condition for condition, event in alarms.changed if event == "acknowledged"]
    assert told == [bit]
    cleared = alarms.active == (1 << len(CONDITIONS)) - 1 - (1 << bit)
    assert cleared == (bit in CLEARED_BY_ACKNOWLEDGING)


@pytest.mark.parametrize("condition", [al.LOW_RESERVOIR, al.LATE])
def test_what_is_not_active_cannot_be_acknowledged(condition: int) -> None:
    alarms = Alarms("itb")
    alarms.set(al.STOPPED, True)
    assert alarms.acknowledge(condition) is False
    assert (alarms.acknowledged, len(alarms.changed)) == (0, 1)


def test_acknowledging_twice_is_told_once() -> None:
    alarms = Alarms("itb")
    alarms.set(al.STOPPED, True)
    assert alarms.acknowledge(al.STOPPED) and alarms.acknowledge(-1)
    assert [event for _, event in alarms.changed] == ["raised", "acknowledged"]


def test_the_highest_of_many_leads_whatever_their_order() -> None:
    for order in (TABLE, TABLE[::-1]):
        alarms, top = Alarms("pca"), NONE
        for _, bit, _, pca in order:
            alarms.set(bit, True)
            top = max(top, pca)
            assert (alarms.loudest(), alarms.highest()) == (top, top)


def test_an_unknown_name_has_no_bit() -> None:
    assert al.index("") == al.index("stopped") == -1


@requirement("R7.4.0(7)")
def test_every_priority_that_has_a_condition_has_its_lamp() -> None:
    alarms = Alarms("itb")
    assert alarms.priorities() == 0
    alarms.set(al.REFILL_DUE, True)
    alarms.set(al.STOPPED, True)
    assert alarms.priorities() == 1 << LOW | 1 << HIGH
    alarms.acknowledge(-1)
    assert alarms.priorities() == 1 << LOW | 1 << HIGH, "acknowledged is not gone"
    alarms.set(al.STOPPED, False)
    assert alarms.priorities() == 1 << LOW


# -- what the faults ask of delivery together -----------------------------------------------------
@rows
def test_a_fault_asks_for_its_safe_state_until_it_is_over_and_is_named_for_it(
    name: str, bit: int, itb: int, pca: int
) -> None:
    for profile, asked in zip(("itb", "pca"), SAFE_STATES.get(bit, (KEEP, KEEP)), strict=True):
        alarms, fault = Alarms(profile), bit >= al.OVER_DELIVERY
        assert (alarms.demand(), alarms.demanding(KEEP)) == (KEEP, "")
        alarms.set(bit, True)
        # What those before the faults do to delivery is the planner's own business.
        assert alarms.demand() == (asked if fault else KEEP)
        for least in (KEEP, MINIMUM, FINISH, STOP):
            assert alarms.demanding(least) == (name if fault and asked >= least else "")
        alarms.set(bit, False)
        if bit in LATCHING:
            assert alarms.latched == 1 << bit
            assert (alarms.demand(), alarms.demanding(KEEP)) == (KEEP, "")


@pytest.mark.parametrize(
    ("bits", "most", "named"),
    [
        ((al.OVER_DELIVERY, al.RESETS_REPEATED), STOP, "OVER_DELIVERY"),
        ((al.MOTOR_STALL, al.OCCLUSION_UP), STOP, "OCCLUSION_UP"),
        ((al.MOTOR_STALL, al.SELF_TEST_FAILED), FINISH, "MOTOR_STALL"),
        ((al.RESERVOIR_EMPTY, al.SCALE_FAULT, al.RESETS_REPEATED), MINIMUM, "RESETS_REPEATED"),
        ((al.STEP_FAULT, al.UNDER_DELIVERY), KEEP, "UNDER_DELIVERY"),
    ],
)
def test_of_many_faults_the_one_that_asks_for_most_is_obeyed_and_the_first_such_named(
    bits: tuple[int, ...], most: int, named: str
) -> None:
    for order in (bits, bits[::-1]):
        alarms = Alarms("pca")
        for bit in order:
            alarms.set(bit, True)
        assert (alarms.demand(), alarms.demanding(most)) == (most, named)


def test_of_two_faults_the_one_that_is_over_asks_for_nothing() -> None:
    alarms = Alarms("pca")
    for bit in (al.AIR, al.MOTOR_STALL):
        alarms.set(bit, True)
    alarms.set(al.AIR, False)
    assert (alarms.demand(), alarms.demanding(KEEP)) == (FINISH, "MOTOR_STALL")
    assert alarms.demanding(STOP) == ""


# -- a long stop ----------------------------------------------------------------------------------
def test_a_stop_that_lasts_ranks_high_in_any_profile_and_is_heard_once_more() -> None:
    alarms = Alarms("pca")
    for bit in (al.STOPPED, al.REFILL_DUE):
        alarms.set(bit, True)
    alarms.acknowledge(-1)
    alarms.fresh = 1 << al.LATE
    alarms.changed.clear()
    for _ in range(2):
        alarms.escalate()
        assert alarms.stopped_long
        assert alarms.priority(al.STOPPED) == alarms.loudest() == HIGH
        assert alarms.priority(al.REFILL_DUE) == LOW, "no other condition ranks higher for it"
        assert alarms.acknowledged == 1 << al.REFILL_DUE
        assert alarms.fresh == 1 << al.LATE | 1 << al.STOPPED
        assert alarms.changed == [(al.STOPPED, "raised")], "once"
    alarms.acknowledge(-1)
    alarms.escalate()
    assert alarms.loudest() == NONE, "acknowledged, it is not raised again"


def test_the_end_of_the_stop_ends_its_rank_and_that_of_another_condition_does_not() -> None:
    alarms = Alarms("pca")
    for bit in (al.STOPPED, al.REFILL_DUE):
        alarms.set(bit, True)
    alarms.set(al.REFILL_DUE, False)
    assert not alarms.stopped_long
    alarms.escalate()
    alarms.set(al.REFILL_DUE, True)
    alarms.set(al.REFILL_DUE, False)
    assert alarms.highest() == HIGH
    for on in (False, True):
        alarms.set(al.STOPPED, on)
    assert alarms.highest() == LOW


def test_without_a_stop_nothing_is_escalated() -> None:
    alarms = Alarms("pca")
    alarms.set(al.RESUME_CAP, True)
    alarms.escalate()
    assert not alarms.stopped_long
    assert alarms.changed == [(al.RESUME_CAP, "raised")]


def test_what_is_raised_is_fresh_beside_what_was_until_it_is_cleared() -> None:
    alarms = Alarms("itb")
    for bit in (al.STOPPED, al.LATE):
        alarms.set(bit, True)
    assert alarms.fresh == 1 << al.STOPPED | 1 << al.LATE
    alarms.set(al.STOPPED, False)
    assert alarms.fresh == 1 << al.LATE

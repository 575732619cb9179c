"""A latched signal outlives its cause, and has a reset of its own."""

import pytest

from pump import conditions as al
from pump.alarms import Alarms
from pump.conditions import HIGH, NONE

LATCHING, OTHER = al.STEP_FAULT, al.STOPPED


def events(alarms: Alarms) -> list[str]:
    return [event for _, event in alarms.changed]


@pytest.fixture
def alarms() -> Alarms:
    """A latching condition whose cause has come and gone."""
    alarms = Alarms("itb")
    alarms.set(LATCHING, True)
    alarms.set(LATCHING, False)
    return alarms


def test_it_sounds_on_after_its_cause_has_gone(alarms: Alarms) -> None:
    assert alarms.active == alarms.latched == 1 << LATCHING
    assert alarms.loudest() == alarms.highest() == HIGH
    assert events(alarms) == ["raised", "latched"]


def test_saying_again_that_its_cause_has_gone_changes_nothing(alarms: Alarms) -> None:
    alarms.set(LATCHING, False)
    assert alarms.active == alarms.latched == 1 << LATCHING
    assert events(alarms) == ["raised", "latched"]


def test_acknowledging_silences_it_and_no_more(alarms: Alarms) -> None:
    assert alarms.acknowledge(LATCHING)
    assert alarms.loudest() == NONE
    assert alarms.highest() == HIGH
    assert alarms.latched == 1 << LATCHING


@pytest.mark.parametrize("condition", [LATCHING, -1])
def test_its_reset_ends_it(alarms: Alarms, condition: int) -> None:
    alarms.acknowledge(-1)
    assert alarms.reset_latch(condition)
    assert (alarms.active, alarms.acknowledged, alarms.latched, alarms.fresh) == (0, 0, 0, 0)
    assert events(alarms) == ["raised", "latched", "acknowledged", "cleared"]
    assert not alarms.reset_latch(condition), "once"


def test_it_can_be_reset_without_being_acknowledged_first(alarms: Alarms) -> None:
    assert alarms.reset_latch(LATCHING)
    assert alarms.active == 0


@pytest.mark.parametrize("condition", [LATCHING, -1])
def test_while_its_cause_is_there_it_cannot_be_reset(condition: int) -> None:
    alarms = Alarms("itb")
    alarms.set(LATCHING, True)
    assert not alarms.reset_latch(condition)
    assert alarms.active == 1 << LATCHING


def test_a_cause_that_comes_again_is_heard_again(alarms: Alarms) -> None:
    alarms.acknowledge(LATCHING)
    alarms.set(LATCHING, True)
    assert alarms.loudest() == HIGH
    assert alarms.latched == 0
    assert not alarms.reset_latch(LATCHING)
    assert events(alarms)[-1] == "raised"


def test_resetting_all_leaves_what_is_not_latched(alarms: Alarms) -> None:
    alarms.set(OTHER, True)
    assert not alarms.reset_latch(OTHER)
    assert alarms.reset_latch(-1)
    assert alarms.active == 1 << OTHER


def test_what_does_not_latch_ends_with_its_cause() -> None:
    alarms = Alarms("itb")
    alarms.set(OTHER, True)
    alarms.set(OTHER, False)
    assert alarms.active == alarms.latched == 0


def test_the_alarms_of_another_program_begin_with_what_latches_and_no_more(alarms: Alarms) -> None:
    alarms.set(OTHER, True)
    alarms.acknowledge(-1)
    following = Alarms("pca")
    following.follow(alarms)
    assert following.active == following.acknowledged == following.latched == 1 << LATCHING
    assert following.reset_latch(-1)


def test_a_cause_that_ended_with_its_program_leaves_its_signal_latched() -> None:
    alarms, following = Alarms("itb"), Alarms("itb")
    alarms.set(LATCHING, True)
    following.follow(alarms)
    assert following.latched == 1 << LATCHING
    assert following.loudest() == HIGH


def test_resetting_the_first_condition_resets_no_other(alarms: Alarms) -> None:
    latched = alarms.latched
    assert latched and not latched & 1
    assert alarms.reset_latch(0) is False
    assert alarms.latched == latched

"""Acknowledging, audio pause and audio off are three things; a new condition breaks a pause."""

import pytest
from traceability.mark import requirement

from pump import conditions as al
from pump.alarms import Alarms
from pump.audio import PAUSE_MAX_S, PAUSE_S, Audio
from pump.conditions import HIGH, LOW, MEDIUM, NONE


class Room:
    """Alarms and what is heard of them."""

    def __init__(self, *conditions: int) -> None:
        self.alarms, self.audio = Alarms("itb"), Audio()
        for condition in conditions:
            self.alarms.set(condition, True)
        self.heard()

    def heard(self, after_ms: int = 0) -> int:
        self.audio.turn(self.alarms, after_ms)
        return self.audio.sounding

    def pause(self, seconds: int = PAUSE_S) -> "str | None":
        return self.audio.pause(self.alarms, seconds)


def test_only_the_highest_priority_sounds() -> None:
    room = Room(al.REFILL_DUE)
    assert room.heard() == LOW
    room.alarms.set(al.STOPPED, True)
    assert room.heard() == HIGH
    room.alarms.set(al.LOW_RESERVOIR, True)
    assert room.heard() == HIGH
    room.alarms.acknowledge(al.STOPPED)
    assert room.heard() == MEDIUM
    room.alarms.acknowledge(-1)
    assert room.heard() == NONE
    assert room.audio.state == "on", "acknowledged is not paused"


def test_the_pause_is_two_minutes_unless_asked_otherwise() -> None:
    assert PAUSE_S == 120


@requirement("R6.4.3(5)")
@pytest.mark.parametrize("seconds", [1, PAUSE_S, PAUSE_MAX_S])
def test_a_pause_silences_for_its_time_and_comes_back(seconds: int) -> None:
    room = Room(al.STOPPED)
    assert room.pause(seconds) is None
    assert (room.audio.sounding, room.audio.state) == (NONE, "paused")
    assert room.heard(seconds * 1000 - 1) == NONE
    assert room.audio.left_ms == 1
    assert room.heard(1) == HIGH
    assert room.audio.state == "on"


def test_a_loop_that_was_late_overshoots_no_pause() -> None:
    room = Room(al.STOPPED)
    room.pause(1)
    assert room.heard(10**6) == HIGH
    assert room.audio.left_ms == 0


@requirement("R6.4.3(5)")
@pytest.mark.parametrize("seconds", [-1, 0, PAUSE_MAX_S + 1])
def test_a_pause_is_bounded(seconds: int) -> None:
    room = Room(al.STOPPED)
    assert room.pause(seconds) == f"seconds: {seconds} not in 1..600"
    assert room.heard() == HIGH


def test_pausing_again_begins_anew_and_does_not_add_up() -> None:
    room = Room(al.STOPPED)
    room.pause(100)
    room.heard(50_000)
    room.pause(100)
    assert room.heard(99_999) == NONE
    assert room.heard(1) == HIGH


@pytest.mark.parametrize("condition", [al.REFILL_DUE, al.LOW_RESERVOIR, al.STEP_FAULT])
def test_a_new_condition_breaks_through_whatever_its_priority(condition: int) -> None:
    room = Room(al.STOPPED)
    room.pause()
    room.heard(1000)
    room.alarms.set(condition, True)
    assert room.heard() == HIGH
    assert room.audio.state == "on"


def test_a_condition_that_goes_and_comes_between_two_looks_breaks_through() -> None:
    room = Room(al.STOPPED)
    room.pause()
    room.alarms.set(al.STOPPED, False)
    room.alarms.set(al.STOPPED, True)
    assert room.heard() == HIGH


def test_a_condition_that_came_and_went_breaks_nothing() -> None:
    room = Room(al.STOPPED)
    room.pause()
    room.alarms.set(al.STOPPING, True)
    room.alarms.set(al.STOPPING, False)
    assert room.heard() == NONE


def test_conditions_of_another_program_break_through() -> None:
    """Loading a program begins with another Alarms."""
    room = Room(al.STOPPED)
    room.pause()
    room.alarms = Alarms("pca")
    assert room.heard() == NONE
    room.alarms.set(al.STOPPED, True)
    assert room.heard() == LOW


def test_a_condition_raised_by_a_restore_is_heard() -> None:
    """After a reset the masks are set, and nothing was raised."""
    room = Room()
    room.alarms.active = 1 << al.STOPPED
    assert room.heard() == HIGH


def test_one_condition_less_leaves_a_pause_alone() -> None:
    room = Room(al.STOPPED, al.REFILL_DUE)
    room.pause()
    room.alarms.set(al.REFILL_DUE, False)
    assert room.heard(1000) == NONE
    assert room.audio.state == "paused"


@pytest.mark.parametrize("how", ["acknowledged", "cleared"])
def test_a_pause_of_nothing_is_over(how: str) -> None:
    room = Room(al.STOPPED)
    room.pause()
    if how == "cleared":
        room.alarms.set(al.STOPPED, False)
    else:
        room.alarms.acknowledge(-1)
    room.heard()
    assert room.audio.state == "on"


def test_where_nothing_sounds_there_is_nothing_to_pause() -> None:
    assert Room().pause() == "audio_pause: nothing sounds"
    room = Room(al.STOPPED)
    room.alarms.acknowledge(-1)
    assert room.pause() == "audio_pause: nothing sounds"


def test_audio_off_lasts_and_nothing_breaks_through() -> None:
    room = Room(al.STOPPED)
    room.audio.put_off()
    assert (room.heard(10**9), room.audio.state) == (NONE, "off")
    room.alarms.set(al.STEP_FAULT, True)
    assert room.heard() == NONE
    assert room.pause() == "audio_pause: audio is off"
    room.audio.put_on()
    assert (room.heard(), room.audio.state) == (HIGH, "on")


def test_audio_off_ends_a_pause_and_audio_on_does_too() -> None:
    room = Room(al.STOPPED)
    for put in (room.audio.put_off, room.audio.put_on):
        room.pause()
        put()
        assert room.audio.left_ms == 0
    assert room.heard() == HIGH


def test_a_rig_that_starts_is_on() -> None:
    assert Audio().state == "on"


# -- rings: when a pattern begins anew -----------------------------------------------------------
def rings(room: Room) -> int:
    before = room.audio.rings
    room.heard()
    return (room.audio.rings - before) & 0xFFFF


def test_a_condition_rings_once() -> None:
    room = Room()
    room.alarms.set(al.STOPPED, True)
    assert [rings(room), rings(room)] == [1, 0]


def test_another_of_the_same_priority_rings_too() -> None:
    room = Room(al.STOPPED)
    room.alarms.set(al.STEP_FAULT, True)
    assert rings(room) == 1


def test_one_of_a_lower_priority_does_not_ring() -> None:
    room = Room(al.STOPPED)
    room.alarms.set(al.REFILL_DUE, True)
    assert rings(room) == 0


def test_the_end_of_a_louder_one_does_not_ring() -> None:
    room = Room(al.STOPPED, al.REFILL_DUE)
    room.alarms.set(al.STOPPED, False)
    assert rings(room) == 0


def test_rings_stay_small() -> None:
    room = Room(al.STOPPED)
    room.audio.rings = 0xFFFF
    room.alarms.set(al.STEP_FAULT, True)
    assert rings(room) == 1
    assert room.audio.rings == 0


def test_a_rig_that_starts_plays_the_first_style_and_has_played_nothing() -> None:
    audio = Audio()
    assert (audio.style, audio.sounding, audio.rings) == ("iec", NONE, 0)


def test_the_first_condition_of_the_table_rings_once_like_any_other() -> None:
    room = Room(al.LOW_RESERVOIR)
    room.heard()
    assert room.audio.rings == 1


def test_what_was_active_before_the_first_look_rings_whatever_its_bit() -> None:
    room = Room()
    room.audio = Audio()
    room.alarms.active = 1 << al.LOW_RESERVOIR
    room.heard()
    assert room.audio.rings == 1


def test_audio_off_silences_before_the_next_look() -> None:
    room = Room(al.STOPPED)
    room.audio.put_off()
    assert room.audio.sounding == NONE


def test_audio_on_ends_a_pause() -> None:
    room = Room(al.STOPPED)
    room.pause(60)
    room.audio.put_on()
    assert (room.audio.state, room.heard()) == ("on", HIGH)


# -- the signal test ------------------------------------------------------------------------------
NONE_WITHIN = "signal_seen: no signal test within 60 s"


def test_a_signal_test_sounds_for_four_seconds_and_waits_a_minute_for_its_answer() -> None:
    room = Room()
    rings = room.audio.rings
    assert room.audio.test(room.alarms) is None
    assert (room.audio.rings, room.audio.confirmed) == (rings + 1, None)
    assert (room.heard(), room.heard(3_999), room.audio.test_ms) == (HIGH, HIGH, 1)
    assert (room.heard(1), room.audio.test_ms) == (NONE, 0)
    assert (room.heard(59_999), room.audio.answer_ms) == (NONE, 1)
    assert (room.heard(1), room.audio.answer_ms) == (NONE, 0)
    assert room.audio.confirm(True) == NONE_WITHIN
    assert room.audio.confirmed is None


@pytest.mark.parametrize("ok", [True, False])
def test_an_answer_ends_the_test_and_is_given_once(ok: bool) -> None:
    room = Room()
    room.audio.test(room.alarms)
    room.heard(63_999)
    assert room.audio.confirm(ok) is None
    assert (room.audio.confirmed, room.audio.test_ms, room.audio.answer_ms) == (ok, 0, 0)
    assert room.audio.confirm(not ok) == NONE_WITHIN
    assert room.audio.confirmed == ok
    room.audio.test(room.alarms)
    assert room.audio.confirmed is None, "the next test has not been answered"


def test_a_rig_that_starts_has_tested_nothing() -> None:
    audio = Audio()
    assert (audio.test_ms, audio.answer_ms, audio.confirmed) == (0, 0, None)
    assert audio.confirm(True) == NONE_WITHIN


def test_a_late_loop_overshoots_no_signal_test() -> None:
    room = Room()
    room.audio.test(room.alarms)
    assert room.heard(10**6) == NONE
    assert (room.audio.test_ms, room.audio.answer_ms) == (0, 0)


def test_an_alarm_goes_before_a_signal_test_and_breaks_it_off() -> None:
    room = Room(al.LOW_RESERVOIR)
    assert room.audio.test(room.alarms) == "signal_test: an alarm is to be heard"
    assert (room.audio.test_ms, room.audio.answer_ms) == (0, 0)
    room.alarms.acknowledge(-1)
    assert room.audio.test(room.alarms) is None
    assert room.heard(1_000) == HIGH
    room.alarms.set(al.REFILL_DUE, True)
    assert room.heard(1) == LOW
    assert (room.audio.test_ms, room.audio.answer_ms) == (0, 62_999)
    room.alarms.acknowledge(-1)
    assert room.heard(1) == NONE


def test_with_audio_off_there_is_no_signal_test() -> None:
    room = Room()
    room.audio.test(room.alarms)
    rings = room.audio.rings
    room.audio.put_off()
    assert (room.audio.test_ms, room.heard(1)) == (0, NONE)
    assert room.audio.test(room.alarms) == "signal_test: audio is off"
    assert (room.audio.test_ms, room.audio.rings) == (0, rings)


def test_rings_stay_small_over_signal_tests_too() -> None:
    room = Room()
    room.audio.rings = 0xFFFF
    room.audio.test(room.alarms)
    assert room.audio.rings == 0

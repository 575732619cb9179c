"""The screening sequence: each bolus is released only by what the one before did.

Rows of the therapy table that the device cannot hold: watching until 8 h after a bolus (an effect
may be recorded at any time, and nobody can refuse to be late).
"""

import pytest
from device_program import DAY, HOUR

from pump.screening import (
    EFFECTIVE,
    FAILED,
    HELD_LONG_H,
    HELD_MAX_H,
    NO_EFFECT,
    NOT_BEGUN,
    RESULTS,
    SHORTEST_S,
    STAGES,
    WAITING,
    WATCH_S,
    Screening,
)

EARLY = "screen: 24 h after the last bolus at the earliest - USP DI monograph"


def without_effect(boluses: int, start_s: int = 0) -> Screening:
    """After that many boluses, a day apart, none of which did anything."""
    screening = Screening()
    for i in range(boluses):
        assert screening.refusal(start_s + i * DAY) is None
        screening.begin(start_s + i * DAY)
        assert screening.respond(start_s + i * DAY + 4 * HOUR, False, 0) is None
    return screening


@pytest.mark.parametrize(
    ("stage", "dose_ug", "volume_nl"),
    [(0, 50, 1_000_000), (1, 75, 1_500_000), (2, 100, 2_000_000)],
)
def test_row_screening_bolus_1_2_and_3(stage: int, dose_ug: int, volume_nl: int) -> None:
    assert STAGES[stage] == (dose_ug, volume_nl)
    assert volume_nl * 50 == dose_ug * 1_000_000
    assert without_effect(stage).stage == stage
    assert len(STAGES) == 3


def test_row_screening_bolus_over_not_less_than_one_minute() -> None:
    assert SHORTEST_S == 60


def test_the_first_bolus_is_free_from_the_first_second_on() -> None:
    screening = Screening()
    assert (screening.stage, screening.result) == (0, NOT_BEGUN)
    assert screening.refusal(0) is None


@pytest.mark.parametrize("boluses", [1, 2])
@pytest.mark.parametrize("start_s", [0, 12_345])
def test_row_screening_bolus_24_h_after_the_one_before(boluses: int, start_s: int) -> None:
    screening = without_effect(boluses, start_s)
    last_s = start_s + (boluses - 1) * DAY
    assert screening.refusal(last_s + DAY - 1) == EARLY
    assert screening.refusal(last_s + DAY) is None
    assert screening.refusal(last_s + DAY + 1) is None


def test_row_screening_watch_4_to_8_h_before_it_counts_as_no_effect() -> None:
    assert WATCH_S == 4 * HOUR
    for seconds, refused in (
        (4 * HOUR - 1, True),
        (4 * HOUR, False),
        (4 * HOUR + 1, False),
        (8 * HOUR + 1, False),
    ):
        screening = Screening()
        screening.begin(100)
        assert screening.respond(100 + seconds, False, 0) == (
            "response: watch for 4 h before it counts as no effect - USP DI monograph"
            if refused
            else None
        )
        assert screening.result == (WAITING if refused else NO_EFFECT)


def test_an_effect_may_be_recorded_at_once() -> None:
    screening = Screening()
    screening.begin(100)
    assert screening.respond(100, True, 5) is None
    assert (screening.result, screening.held_h) == (EFFECTIVE, 5)


def test_row_no_response_at_100_ug_no_pump() -> None:
    assert without_effect(2).result == NO_EFFECT
    screening = without_effect(3)
    assert screening.result == FAILED
    for later_s in (3 * DAY, 100 * DAY):
        assert screening.refusal(later_s) == (
            "screen: no effect at 100 ug: the sequence is over, no pump"
        )
    assert screening.start_ug_day() == 0


@pytest.mark.parametrize("stage", [0, 1, 2])
@pytest.mark.parametrize(("held_h", "times"), [(0, 2), (7, 2), (8, 2), (9, 1), (72, 1)])
def test_row_start_dose_is_twice_the_dose_or_the_dose_itself_beyond_8_h(
    stage: int, held_h: int, times: int
) -> None:
    screening = without_effect(stage)
    screening.begin(stage * DAY)
    assert screening.start_ug_day() == 0
    assert screening.respond(stage * DAY + HOUR, True, held_h) is None
    assert screening.start_ug_day() == times * (50, 75, 100)[stage]
    assert (HELD_LONG_H, HELD_MAX_H) == (8, 72)


def test_a_bolus_waits_for_the_response_to_the_last() -> None:
    screening = Screening()
    screening.begin(0)
    assert screening.refusal(5 * DAY) == "screen: record the response to the last bolus first"


def test_after_an_effect_there_is_no_further_bolus() -> None:
    screening = without_effect(1)
    screening.begin(DAY)
    screening.respond(2 * DAY, True, 9)
    assert screening.refusal(9 * DAY) == (
        "screen: an effective dose is known, the sequence is over"
    )


def test_a_response_belongs_to_a_bolus() -> None:
    effective, none, failed = Screening(), without_effect(1), without_effect(3)
    effective.begin(0)
    effective.respond(0, True, 1)
    for screening in (Screening(), effective, none, failed):
        before = screening.snapshot()
        for answer in (True, False):
            assert screening.respond(9 * DAY, answer, 3) == "response: no bolus waits for one"
        assert screening.snapshot() == before


def test_a_refused_response_changes_nothing() -> None:
    screening = Screening()
    screening.begin(0)
    before = screening.snapshot()
    screening.respond(4 * HOUR - 1, False, 3)
    assert screening.snapshot() == before


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_an_interrupted_bolus_says_nothing_and_is_given_again_a_day_on(stage: int) -> None:
    screening = without_effect(stage)
    screening.begin(stage * DAY + 7)
    screening.interrupted()
    assert screening.stage == stage
    assert screening.result == (NO_EFFECT if stage else NOT_BEGUN)
    assert screening.respond((stage + 1) * DAY, True, 3) == "response: no bolus waits for one"
    assert screening.refusal((stage + 1) * DAY + 6) == EARLY
    assert screening.refusal((stage + 1) * DAY + 7) is None
    assert screening.start_ug_day() == 0


def test_it_outlives_a_reset() -> None:
    screening = without_effect(2)
    screening.begin(2 * DAY)
    screening.respond(2 * DAY + 60, True, 9)
    assert screening.snapshot() == [3, 2, 2 * DAY, EFFECTIVE, 9]
    other = Screening()
    assert other.snapshot() == [0, 0, -DAY, NOT_BEGUN, 0]
    other.restore(screening.snapshot())
    assert other.start_ug_day() == 100
    assert other.refusal(9 * DAY) == screening.refusal(9 * DAY)


def test_results_are_numbered_in_the_order_of_their_names() -> None:
    assert list(range(5)) == [NOT_BEGUN, WAITING, NO_EFFECT, EFFECTIVE, FAILED]
    assert RESULTS == ("not begun", "waiting", "no effect", "effective", "failed")

"""The self-test by itself: what it looks at, when, and what follows. Times are wall milliseconds,
but for the 24 pump hours."""

import pytest
from traceability.mark import requirement

from pump.readings import Readings
from pump.selftest import AGAIN_MS, FIRST_MS, LATER_MS, OK, TICK_MS, SelfTest
from pump.turning import STALL_STEPS
from pump.units import DAY_S

LOOK_MS = 400


class Rig:
    """FAKE rig: its memory and PIO are as they are said to be."""

    def __init__(self) -> None:
        self.memory = ""
        self.off_ms = self.off_begun_ms = 0
        self.r = Readings()
        self.reads = True
        self.counted = 0
        self.pump_s = 0
        self.moves = False
        self.test = SelfTest(self, True, True, True)

    def memory_fault(self) -> str:
        return self.memory

    def start_ticks(self) -> None:
        self.off_begun_ms = self.off_ms

    def ticks_off_ms(self) -> int:
        return self.off_ms - self.off_begun_ms

    def look(self, passed_ms: int = LOOK_MS) -> None:
        self.r.scale_readings += self.reads
        self.test.look(self.r, self.counted, self.pump_s, self.moves, passed_ms)

    def ends_after_ms(self, most_ms: int = 20_000) -> int:
        """How long the test takes from its first look on; -1: there is none, or no end."""
        begun = -1
        for passed_ms in range(0, most_ms, LOOK_MS):
            self.look()
            if self.test.running and begun < 0:
                begun = passed_ms
            if self.test.news:
                return passed_ms - begun
        return -1

    def passed_first(self) -> "Rig":
        assert self.ends_after_ms() >= 0 and self.test.result == OK
        return self


def moving() -> Rig:
    rig = Rig().passed_first()
    rig.moves = True
    return rig


@requirement("R7.4.0(1)")
def test_the_first_one_begins_by_itself_and_passes_within_its_time() -> None:
    rig = Rig()
    assert rig.test.is_first()
    assert TICK_MS <= rig.ends_after_ms() <= FIRST_MS
    assert (rig.test.result, rig.test.failed, rig.test.is_first()) == (OK, False, False)
    assert rig.test.refusal("start") is None


def test_one_that_finds_nothing_takes_a_second() -> None:
    rig = Rig()
    rig.look()
    rig.look(999)
    assert rig.test.running
    rig.look(1)
    assert (rig.test.running, rig.test.news, rig.test.result) == (False, True, "ok")


def test_those_that_ended_are_counted() -> None:
    rig = Rig().passed_first()
    assert rig.test.count == 1
    rig.test.ask()
    rig.look()
    assert rig.test.running and rig.test.count == 1
    rig.passed_first()
    assert rig.test.count == 2


def test_its_end_is_news_for_one_look() -> None:
    rig = Rig().passed_first()
    rig.look()
    assert not rig.test.news


@requirement("R7.4.0(1)")
@pytest.mark.parametrize(
    ("memory", "named"),
    [("heap: less than 60000 bytes free",) * 2, ("program: its checksum is wrong",) * 2],
)
@pytest.mark.parametrize("moves", [False, True])
def test_memory_that_is_wrong_is_named_and_holds(memory: str, named: str, moves: bool) -> None:
    rig = Rig().passed_first()
    rig.memory, rig.moves = memory, moves
    rig.test.ask()
    rig.ends_after_ms()
    assert (rig.test.result, rig.test.failed) == (named, True)
    assert rig.test.refusal("start") == "start: self-test failed, " + named


@requirement("R7.4.0(3)")
@pytest.mark.parametrize(
    ("off_ms", "failed"),
    [(19, False), (20, False), (21, True), (-20, False), (-21, True)],
)
def test_a_clock_off_by_more_than_20_ms_in_the_second_holds(off_ms: int, failed: bool) -> None:
    rig = Rig()
    rig.look()
    rig.off_ms = off_ms
    rig.ends_after_ms()
    assert rig.test.failed == failed
    if failed:
        assert rig.test.result == f"clock: off by {abs(off_ms)} ms against the PIO"


def test_how_far_the_clocks_were_apart_before_does_not_matter() -> None:
    rig = Rig()
    rig.off_ms = 500
    rig.passed_first()


def test_the_clocks_are_compared_over_the_first_second_and_no_longer() -> None:
    rig = Rig()
    rig.reads = False
    rig.look()
    rig.look(1_000)
    assert rig.test.running
    rig.off_ms, rig.reads = 21, True
    rig.look()
    assert rig.test.result == OK


def test_a_scale_that_says_nothing_keeps_the_pump_from_starting() -> None:
    rig = Rig()
    rig.reads = False
    assert rig.ends_after_ms() == FIRST_MS
    assert (rig.test.result, rig.test.failed) == ("scale: no reading", True)


def test_a_scale_that_dies_later_is_named_and_its_own_condition_decides() -> None:
    rig = moving()
    rig.reads = False
    rig.test.ask()
    assert rig.ends_after_ms() == LATER_MS
    assert (rig.test.result, rig.test.failed) == ("scale: no reading", False)


def test_a_key_that_is_held_keeps_the_pump_from_starting() -> None:
    rig = Rig()
    rig.r.keys = 4
    assert rig.ends_after_ms() == FIRST_MS
    assert (rig.test.result, rig.test.failed) == ("keys: one is held down", True)


def test_a_key_that_is_let_go_within_the_time_has_passed() -> None:
    rig = moving()
    rig.r.keys = 1
    rig.test.ask()
    for _ in range(LATER_MS // LOOK_MS - 1):
        rig.look()
    assert rig.test.running
    rig.r.keys = 0
    rig.look()
    assert rig.test.result == OK


@pytest.mark.parametrize(("edges", "failed"), [(1, False), (2, False), (3, True)])
def test_a_rotor_that_gives_edges_at_rest_fails(edges: int, failed: bool) -> None:
    rig = Rig()
    rig.look()
    rig.r.rotor += edges
    rig.ends_after_ms()
    assert rig.test.failed == failed
    if failed:
        assert rig.test.result == "rotor: 3 edges while the motor rests"


def test_edges_of_before_the_test_are_none_at_rest() -> None:
    rig = Rig()
    rig.counted, rig.r.rotor = 160, 5
    rig.passed_first()


@pytest.mark.parametrize(
    ("steps", "named"),
    [(STALL_STEPS - 1, OK), (STALL_STEPS, "rotor: no edge in 96 steps")],
)
def test_a_rotor_that_was_silent_since_the_last_test_is_named(steps: int, named: str) -> None:
    rig = moving()
    rig.counted += steps
    rig.test.ask()
    rig.ends_after_ms()
    assert (rig.test.result, rig.test.failed) == (named, False)


@pytest.mark.parametrize(("steps", "named"), [(95, OK), (96, "rotor: no edge in 96 steps")])
def test_the_first_one_asks_for_edges_since_power_up(steps: int, named: str) -> None:
    rig = Rig()
    rig.counted = steps
    rig.ends_after_ms()
    assert rig.test.result == named


@pytest.mark.parametrize(("steps", "named"), [(95, OK), (96, "rotor: no edge in 96 steps")])
def test_edges_of_before_the_last_test_do_not_count(steps: int, named: str) -> None:
    rig = Rig()
    rig.counted, rig.r.rotor = 320, 10
    rig.passed_first()
    rig.moves = True
    rig.counted += steps
    rig.test.ask()
    rig.ends_after_ms()
    assert rig.test.result == named


def test_parts_that_are_not_wired_are_not_asked() -> None:
    rig = Rig()
    rig.test = SelfTest(rig, False, False, False)
    rig.reads, rig.r.keys = False, 7
    assert rig.ends_after_ms() >= TICK_MS
    assert rig.test.result == OK


def test_what_failed_at_boot_holds_until_the_next_boot() -> None:
    rig = Rig()
    rig.test.boot = "watchdog: left alone, it does not reset"
    rig.ends_after_ms()
    rig.test.ask()
    rig.ends_after_ms()
    assert rig.test.refusal("start") == (
        "start: self-test failed, watchdog: left alone, it does not reset"
    )


def test_signals_that_nobody_saw_hold_until_somebody_does() -> None:
    rig = Rig().passed_first()
    rig.test.signals = "signals: not heard, or not seen"
    rig.test.ask()
    rig.ends_after_ms()
    assert rig.test.failed
    rig.test.signals = ""
    rig.test.ask()
    rig.ends_after_ms()
    assert (rig.test.failed, rig.test.result) == (False, OK)


def test_a_failed_one_is_repeated_and_passes_once_it_is_mended() -> None:
    rig = Rig()
    rig.reads = False
    rig.ends_after_ms()
    rig.reads = True
    for _ in range((AGAIN_MS - 1) // LOOK_MS):
        rig.look()
    assert rig.test.failed and not rig.test.running
    assert rig.ends_after_ms() >= 0
    assert not rig.test.failed


def test_a_failed_one_is_repeated_a_minute_after_its_end() -> None:
    rig = Rig()
    rig.reads = False
    rig.ends_after_ms()
    rig.look(59_999)
    assert not rig.test.running
    rig.look(1)
    assert rig.test.running


@requirement("R7.4.0(2)")
def test_it_is_repeated_every_24_pump_hours_and_no_sooner() -> None:
    rig = moving()
    rig.pump_s = DAY_S - 1
    assert rig.ends_after_ms() == -1
    rig.pump_s = DAY_S
    assert rig.ends_after_ms() >= 0
    rig.pump_s = 2 * DAY_S - 1
    assert rig.ends_after_ms() == -1
    rig.pump_s = 2 * DAY_S
    assert rig.ends_after_ms() >= 0


def test_another_start_counts_its_24_hours_anew() -> None:
    rig = moving()
    rig.pump_s = 10 * DAY_S
    rig.ends_after_ms()
    rig.pump_s = -1
    rig.look()
    rig.pump_s = DAY_S - 2
    assert rig.ends_after_ms() == -1
    rig.pump_s = DAY_S - 1
    assert rig.ends_after_ms() >= 0

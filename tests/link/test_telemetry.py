"""What the device tells without being asked: complete while it is read, else bounded."""

import pytest
from device_program import HOUR, continuous

from link import frames
from link.telemetry import QUEUE_MAX, TEXT_BYTES_MAX, Telemetry
from pump import conditions as al
from pump.controller import Controller, Sensed
from pump.program import Program


@pytest.fixture
def controller() -> Controller:
    controller = Controller()
    controller.load(Program(continuous(16_000)))
    controller.start(0, 0)
    controller.step(0, Sensed())
    return controller


def told(telemetry: Telemetry) -> list[dict]:
    return list(iter(telemetry.next, None))


def test_a_sample_has_time_counts_rates_volume_and_alarms(controller: Controller) -> None:
    telemetry = Telemetry(controller)
    telemetry.sample(7, 250, 100)
    released = controller.authorised
    usable = controller.reservoir.usable_nl
    assert told(telemetry) == [{"s": (7, 250, 100, released, 16_000, 16_000, usable, 0)}]


def test_without_a_program_there_is_no_sample() -> None:
    telemetry = Telemetry(Controller())
    telemetry.sample(0, 0, 0)
    assert told(telemetry) == []


def test_what_was_recorded_is_told_once_and_in_order(controller: Controller) -> None:
    telemetry = Telemetry(controller)
    controller.alarms.set(al.LATE, True)
    log = [(5, "stop", "why")]
    telemetry.gather(9, log)
    assert told(telemetry) == [
        {"r": (0, 16_000, 16_000)},
        {"d": (0, 0)},
        {"a": (9, al.LATE, "raised")},
        {"l": (5, "stop", "why")},
    ]
    telemetry.gather(10, log)
    assert told(telemetry) == []
    assert log == []


def test_of_each_kind_the_oldest_is_told_first(controller: Controller) -> None:
    telemetry = Telemetry(controller)
    controller.rates[:] = [(1, 9_000, 9_000), (2, 8_000, 8_000), (9, 7_000, 7_000)]
    controller.days[:] = [(0, 5), (1, 6)]
    controller.alarms.set(al.LATE, True)
    controller.alarms.set(al.LATE, False)
    telemetry.gather(8, [(5, "stop", "why"), (6, "ack", "")])
    assert told(telemetry) == [
        {"r": (1, 9_000, 9_000)},
        {"r": (2, 8_000, 8_000)},
        {"d": (0, 5)},
        {"d": (1, 6)},
        {"a": (8, al.LATE, "raised")},
        {"a": (8, al.LATE, "cleared")},
        {"l": (5, "stop", "why")},
        {"l": (6, "ack", "")},
    ]
    assert controller.rates == [(9, 7_000, 7_000)]


@pytest.mark.parametrize("now_s", [-1, 0, 1, HOUR])
def test_a_sample_says_what_the_program_gives_then_and_before_its_start_what_it_begins_with(
    controller: Controller, now_s: int
) -> None:
    controller.programmed_nl_h = lambda t_s: 100 + t_s  # type: ignore[method-assign]
    telemetry = Telemetry(controller)
    telemetry.sample(now_s, 0, 0)
    assert told(telemetry)[0]["s"][5] == 100 + max(0, now_s)


def test_64_messages_wait_at_most_and_2048_bytes_of_text() -> None:
    assert QUEUE_MAX == 64
    assert TEXT_BYTES_MAX == 2048


def test_a_planned_change_is_told_when_its_time_has_come(controller: Controller) -> None:
    telemetry = Telemetry(controller)
    controller.rates[:] = [(HOUR, 9_000, 8_000)]
    telemetry.gather(HOUR - 1, [])
    assert [message for message in told(telemetry) if "r" in message] == []
    telemetry.gather(HOUR, [])
    assert told(telemetry) == [{"r": (HOUR, 9_000, 8_000)}]


def test_a_bolus_is_told_when_its_time_has_come(controller: Controller) -> None:
    telemetry = Telemetry(controller)
    controller.rates.clear()
    controller.days.clear()
    controller.bolus.begin(1, 100, 5_000, 60, True)
    controller.bolus.give(300_000, 60)
    controller.bolus.end(160)
    telemetry.gather(99, [])
    assert told(telemetry) == []
    telemetry.gather(100, [])
    assert told(telemetry) == [{"b": (100, "single", "begun", 5_000, 60)}]
    telemetry.gather(159, [])
    assert told(telemetry) == []
    telemetry.gather(160, [])
    assert told(telemetry) == [{"b": (160, "single", "given", 5_000, 60)}]


def test_what_nobody_reads_is_dropped_from_the_oldest_and_counted(controller: Controller) -> None:
    telemetry = Telemetry(controller)
    for second in range(QUEUE_MAX):
        telemetry.sample(second, 0, 0)
    assert telemetry.dropped == 0
    telemetry.sample(QUEUE_MAX, 0, 0)
    assert telemetry.dropped == 1
    for second in range(QUEUE_MAX + 1, 10 * QUEUE_MAX):
        telemetry.sample(second, 0, 0)
    messages = told(telemetry)
    assert len(messages) == QUEUE_MAX
    assert [m["s"][0] for m in messages] == list(range(9 * QUEUE_MAX, 10 * QUEUE_MAX))
    assert telemetry.dropped == 9 * QUEUE_MAX


@pytest.mark.parametrize(("more", "dropped"), [(0, 0), (1, 1)])
def test_texts_wait_up_to_their_bytes_as_json(more: int, dropped: int) -> None:
    telemetry = Telemetry(Controller())
    telemetry.gather(0, [(n, "stop", "x" * 510) for n in range(3)])
    telemetry._add({"d": (1, 2)})
    telemetry.gather(0, [(3, "stop", "x" * (510 + more))])
    assert telemetry.dropped == dropped
    assert len(told(telemetry)) == 5 - dropped


def test_of_long_texts_only_the_last_wait(controller: Controller) -> None:
    telemetry = Telemetry(controller)
    telemetry.gather(0, [])
    told(telemetry)
    telemetry.gather(1, [(n, "stop", "\u20ac" * 160) for n in range(36)])
    assert [message["l"][0] for message in told(telemetry)] == [34, 35]
    assert telemetry.dropped == 34
    telemetry.gather(
        2, [(n, "stop", "\ud800" + "x" * (TEXT_BYTES_MAX // 4 - 8)) for n in range(5)]
    )
    telemetry.sample(3, 0, 0)
    assert [next(iter(message)) for message in told(telemetry)] == [*"llll", "s"]
    assert telemetry.dropped == 35


def test_the_longest_message_fits_a_line(controller: Controller) -> None:
    telemetry = Telemetry(controller)
    telemetry.gather(2**30, [(2**30, "resume_direct", "\u20ac" * 80)])
    telemetry.sample(2**30, 999, 2**30)
    for message in told(telemetry):
        assert len(frames.encode(message)) <= frames.LINE_BYTES_MAX

"""The link: what is torn is dropped, what is repeated is obeyed once, nothing stops the pump."""

import pytest
from programs import HOUR_S, steady
from pump_under_test import PumpUnderTest, active

from link import frames

ESTOP = {"c": "estop", "confirm": True, "reason": "must not be obeyed"}


def _torn() -> list[bytes]:
    sound = frames.encode({"q": 99_001, **ESTOP})
    altered = sound.replace(b"99001", b"99002")
    return [
        b"\n",
        b"hello\n",
        b"*\n",
        b"{}*00000000\n",
        sound[:-4] + b"\n",
        sound[1:],
        altered,
        sound.replace(b"*", b"* "),
        frames.encode({"q": 99_003, **ESTOP, "pad": "x" * frames.LINE_BYTES_MAX}),
        bytes(range(11, 256)) + b"\n",
        b'["not", "an object"]*4b8e0c5c\n',
    ]


def test_a_torn_frame_is_dropped_whole(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(60)
    for line in _torn():
        pump.link.send(line)
        assert pump.status()["state"] == "running", line
    assert pump.collect().log == [(pump.told.log[0][0], "start", "1440")]


def test_a_request_sent_twice_is_obeyed_once(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(60)
    line = frames.encode({"q": 99_010, "c": "refill", "volume_nl": 3_500_000})
    pump.link.send(line)
    pump.link.send(line)
    pump.run_until_s(pump.status()["now_s"] + 60)
    assert [name for _, name, _ in pump.collect().log] == ["start", "refill"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"c": "no_such_command"}, "c: no_such_command is not a command"),
        ({}, "c: None is not a command"),
        ({"c": 7}, "c: 7 is not a command"),
        ({"c": "watch", "every": "all"}, "every: all not in 0..1000"),
        ({"c": "stage"}, "program: missing"),
        ({"c": "clock"}, "now_s: missing or not a whole number"),
    ],
)
def test_a_sound_frame_without_sense_is_refused_in_words(
    pump: PumpUnderTest, request_: dict[str, object], words: str
) -> None:
    command = {"command": request_.get("c"), **{k: v for k, v in request_.items() if k != "c"}}
    assert pump.refusal(**command) == words  # type: ignore[arg-type]


def test_asking_changes_nothing(pump: PumpUnderTest) -> None:
    pump.start(steady())
    for _ in range(20):
        pump.hello()
        pump.status()
    assert [name for _, name, _ in pump.collect().log] == ["start"]


@pytest.mark.needs("board")
def test_ctrl_c_does_not_stop_a_running_pump(pump: PumpUnderTest) -> None:
    pump.start(steady())
    before = pump.run_until_s(600)
    for _ in range(5):
        pump.link.send(b"\x03\x04\x03\r\n")
        pump.let_pass(0.05)
    status = pump.run_until_s(before["now_s"] + HOUR_S // 4)
    assert status["state"] == "running"
    assert status["emitted"] > before["emitted"]
    assert active(status) == set()
    assert pump.hello()["reset"] in ("power", "watchdog", "restart")


@pytest.mark.needs("board")
def test_a_host_that_does_not_read_does_not_stop_it(pump: PumpUnderTest) -> None:
    """Sixty answers asked for in one go, and only then listened to."""
    pump.start(steady())
    before = pump.run_until_s(600)
    for q in range(60):
        pump.link.send(frames.encode({"q": 99_100 + q, "c": "status"}))
    status = pump.run_until_s(before["now_s"] + HOUR_S // 2)
    assert status["emitted"] > before["emitted"]
    assert active(status) == set()


def test_the_clock_goes_forward_only(pump: PumpUnderTest) -> None:
    pump.start(steady())
    status = pump.run_until_s(600)
    assert pump.refusal("clock", now_s=status["now_s"] - 1).startswith("clock:")

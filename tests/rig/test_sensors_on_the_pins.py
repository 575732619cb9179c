"""What the drivers read on the chip's pins is what the parts say, with no fault and with each."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from sensing_board import SensingBoard

from pump.readings import supply_mv, temperature_cc
from pumprig.bench.chip import TICKS_PER_S
from pumprig.bench.faults import FAULTS, clear, inject
from pumprig.bench.parts.keys import ACK, SERVICE, STOP
from pumprig.image import Image

pytestmark = pytest.mark.emulator

# Faults that take longer than a few seconds to show, or the liquid alone: tests/bench has them.
ARGUMENTS = {"line.occlusion_up": {}, "air.bubble": {"nl": 20_000, "way_nl": 1}}


@pytest.fixture(scope="module")
def delivering(image: Image) -> SensingBoard:
    board = SensingBoard(image)
    board.open()
    board.deliver()
    return board


@pytest.fixture
def board(delivering: SensingBoard) -> Iterator[SensingBoard]:
    yield delivering
    delivering.link.order("load", on=False)
    for name in FAULTS:
        clear(delivering.bench, name)
    delivering.advance(1.2)


def readings(board: SensingBoard) -> dict[str, int]:
    return {str(k): int(str(v)) for k, v in board.link.order("readings").items() if k != "q"}


def said(board: SensingBoard) -> dict[str, int]:
    """What the parts were last asked, and said."""
    bench = board.bench
    return {
        "pressure_down_raw": bench.pressure_down.last,
        "pressure_up_raw": bench.pressure_up.last,
        "supply_mv": supply_mv(bench.supply.last),
        "temperature_cc": temperature_cc(bench.temperature.last or 0),
        "air": bench.air.raw(),
        "keys": bench.keys.raw(bench.wall_ms),
        "clock_chip_s": bench.clock_chip.raw(bench.wall_ms),
    }


@pytest.mark.parametrize(
    ("name", "loaded"), [("", False), ("", True), *((name, True) for name in FAULTS)]
)
def test_the_drivers_read_what_the_parts_say(board: SensingBoard, name: str, loaded: bool) -> None:
    board.link.order("load", on=loaded)
    if name:
        inject(board.bench, name, **ARGUMENTS.get(name, {}))
    board.advance(2)
    rotor_was = board.bench.rotor.seen
    told = readings(board)
    assert {key: told[key] for key in said(board)} == said(board)
    # Conversions, or an edge, may have come between the pass and our look.
    assert told["scale_raw"] in board.wired.hx711.given[-5:]
    assert rotor_was - 1 <= told["rotor"] <= board.bench.rotor.seen


def test_a_disconnected_scale_stops_counting_and_comes_back(board: SensingBoard) -> None:
    def taken(seconds: float) -> int:
        before = readings(board)["scale_readings"]
        board.advance(seconds)
        return readings(board)["scale_readings"] - before

    assert taken(3) >= 3
    inject(board.bench, "scale.disconnected")
    board.advance(1)
    assert taken(3) == 0
    clear(board.bench, "scale.disconnected")
    board.advance(1)
    assert taken(3) >= 3


@pytest.mark.parametrize("loaded", [False, True], ids=["at ease", "busy"])
def test_the_amplifier_is_read_with_25_pulses_and_never_switched_off(
    board: SensingBoard, loaded: bool
) -> None:
    board.link.order("load", on=loaded)
    board.advance(1)
    seen, offs = len(board.wired.hx711.pulses), board.wired.hx711.power_downs
    board.advance(5)
    pulses = board.wired.hx711.pulses[seen:]
    assert len(pulses) >= 5
    assert set(pulses) == {25}
    assert board.wired.hx711.power_downs == offs


@pytest.mark.parametrize("keys", [ACK, STOP, SERVICE, ACK | SERVICE])
def test_each_key_has_its_own_pin(board: SensingBoard, keys: int) -> None:
    board.bench.keys.press(keys)
    board.advance(1.2)
    assert readings(board)["keys"] == keys
    board.bench.keys.release(keys)
    board.advance(1.2)
    assert readings(board)["keys"] == 0


def test_a_poll_allocates_nothing_and_is_short(board: SensingBoard) -> None:
    board.link.order("measure", on=True)
    board.advance(20)
    cost = board.link.order("cost")
    board.link.order("measure", on=False)
    assert int(str(cost["passes"])) >= 20
    assert cost["bytes_max"] == 0
    assert int(str(cost["us_max"])) < 1000


@pytest.mark.parametrize("power", ["kept", "cut"])
def test_after_a_reset_in_the_middle_of_a_reading_the_scale_is_right_again(
    image: Image, power: str
) -> None:
    board = SensingBoard(image)
    board.open()
    clock = board.chip.mcu.gpio[11]
    seen = [0]
    clock.add_listener(lambda _state, _before: seen.__setitem__(0, seen[0] + 1))
    assert board.chip.run_until(lambda: seen[0] % 50 in range(15, 25), 5, slice_s=0.000_01)
    if power == "cut":
        board.chip.power_cut(0.1)
    else:
        board.chip.press_reset()
    board.await_boot()
    board.advance(2)
    told = readings(board)
    assert told["scale_readings"] >= 1
    assert told["scale_raw"] in board.wired.hx711.given[-5:]
    assert set(board.wired.hx711.pulses[-3:]) == {25}


def test_the_pulses_are_the_same_with_and_without_sensors(image: Image) -> None:
    """To a microsecond, from the first edge on, under load and with the display at work."""
    trains = []
    for sensing in (True, False):
        board = SensingBoard(image)
        if not sensing:
            main = board._files["main.py"].replace(
                b"        sensors.poll(readings)", b"        pass"
            )
            board._files = {**board._files, "main.py": main}
        board.open()
        board.deliver()
        board.link.order("load", on=True)
        if sensing:
            board.link.order("show", lines=["a line of text"] * 8)
        board.advance(10)
        edges = board.head.edge_ticks
        trains.append([(b - a) / TICKS_PER_S for a, b in pairwise(edges[:900])])
    assert len(trains[0]) == 899
    assert trains[0] == pytest.approx(trains[1], abs=1e-6)

"""The cable and whoever is at its other end, going wrong: what the pump makes of each.

Lockstep: simulated time moves only in `Cable.turns` and while a host waits for a reply.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import serial
from device_program import HOUR, continuous, with_boluses

from link import frames
from pump.controller import margin_s
from pumprig.bench.pty_port import PtyPort
from pumprig.image import Image
from pumprig.rig import serial_port
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.link_client import LinkClient, LinkError

pytestmark = pytest.mark.emulator
SCALE, PL_PER_STEP, RATE_NL_H = 60, 31_250, 75_000
FLOWS = {"max_flow_nl_h": 100_000, "max_bolus_flow_nl_h": 200_000}
OLD = with_boluses(RATE_NL_H, name="old", **FLOWS)
NEW = with_boluses(RATE_NL_H + 5_000, name="new", **FLOWS)


class Cable:
    """An emulated board behind a pty."""

    def __init__(self, image: Image) -> None:
        self.rig = EmulatedRig(image)
        self.rig.open()
        self.rig.bench.fluid.refill(50_000_000)
        self.rig.pace(SCALE, PL_PER_STEP)
        self.port = PtyPort(self.rig.chip)

    def turns(self, wall_s: float) -> None:
        for _ in range(round(wall_s / 0.005)):
            self.port.turn()
            self.rig.chip.run_for(0.005)
        self.port.turn()

    def host(self, first_q: int, exclusive: bool = False) -> "Host":
        return Host(self, first_q, exclusive)


class Host:
    """A client of its own at the port. `q` is the number of its next request."""

    def __init__(self, cable: Cable, first_q: int, exclusive: bool) -> None:
        self.cable = cable
        self.line = serial.Serial(cable.port.path, 115200, timeout=0, exclusive=exclusive)
        self.link = LinkClient(self.send, self._wait, first_q)
        cable.turns(0.01)

    def send(self, data: bytes) -> None:
        self.line.write(data)

    def _wait(self, done: Callable[[], bool], limit_s: float) -> bool:
        for _ in range(round(limit_s / 0.01)):
            self.cable.turns(0.01)
            self.link.receive(self.line.read(4096))
            if done():
                return True
        return False

    def order(self, command: str, **fields: Any) -> dict[str, Any]:
        return dict(self.link.order(command, **fields))

    def unplug(self) -> None:
        self.line.close()
        self.cable.turns(0.01)


def line(q: int, command: str, **fields: Any) -> bytes:
    return frames.encode({"q": q, "c": command, **fields})


@pytest.fixture
def cable(image: Image) -> Iterator[Cable]:
    cable = Cable(image)
    yield cable
    cable.port.close()


@pytest.fixture
def running(cable: Cable) -> Cable:
    host = cable.host(10)
    host.order("stage", program=OLD)
    host.order("start", scale=SCALE)
    host.unplug()
    cable.turns(2)
    return cable


def steps_are_as_planned(host: Host) -> dict[str, Any]:
    status = host.order("status")
    pump_s = status["now_s"] + status["now_ms"] / 1000
    assert abs(status["emitted"] - RATE_NL_H / 3600 * pump_s * 1000 / PL_PER_STEP) < 2
    assert status["alarms"] == 0
    return status


# -- unplugged -----------------------------------------------------------------------------------
@pytest.mark.parametrize("ends_line_first", [True, False])
def test_unplugged_within_a_start_nothing_runs_and_the_next_request_is_understood(
    cable: Cable, ends_line_first: bool
) -> None:
    """pumprig ends an unfinished line as it opens; who does not is understood at the repeat."""
    host = cable.host(10)
    host.order("stage", program=OLD)
    start = line(50, "start", scale=SCALE)
    host.send(start[: len(start) // 2])
    cable.turns(0.05)
    host.unplug()
    cable.turns(1)
    host = cable.host(1000)
    if ends_line_first:
        host.send(b"\r\n")
    assert host.order("hello")["state"] == "no program"
    assert cable.rig.head.steps_seen == 0
    assert host.order("start", scale=SCALE)["ok"] == 1, "what was staged is still there"


def test_unplugged_within_a_change_the_old_program_goes_on(running: Cable) -> None:
    host = running.host(30)
    host.order("stage", program=NEW)
    change = line(60, "change", confirm="test")
    host.send(change[: len(change) - 3])
    running.turns(0.05)
    host.unplug()
    running.turns(1)
    host = running.host(1000)
    assert host.order("therapy")["next"] == ""
    assert host.order("hello")["program"] == "old"
    steps_are_as_planned(host)


def test_unplugged_before_the_reply_the_same_line_is_answered_and_not_obeyed_twice(
    running: Cable,
) -> None:
    host = running.host(30)
    bolus = line(70, "bolus", volume_nl=5_000, seconds=300, reason="once")
    host.send(bolus)
    host.unplug()  # what was sent still arrives; what is answered is lost
    running.turns(0.5)
    host = running.host(1000)
    host.send(bolus)
    assert host._wait(lambda: 70 in host.link._replies, 2)
    assert host.link._replies[70]["ok"] == 1
    assert host.order("therapy")["boluses_24h"] == 1


@pytest.mark.parametrize("between", ["status", "self_test"])
def test_with_another_order_in_between_the_repeat_is_a_new_one(
    running: Cable, between: str
) -> None:
    """One order's reply is kept. So repeat first what had no answer, and let one host hold the
    port."""
    host = running.host(30)
    bolus = line(70, "bolus", volume_nl=5_000, seconds=300, reason="once")
    host.send(bolus)
    running.turns(0.2)
    host.order(between)
    host.link._replies.clear()
    host.send(bolus)
    assert host._wait(lambda: 70 in host.link._replies, 2)
    reply = host.link._replies[70]
    if between == "status":
        assert reply["ok"] == 1
        assert host.order("therapy")["boluses_24h"] == 1
    else:
        assert reply["err"] == "bolus: another one is under way"


# -- two hosts -----------------------------------------------------------------------------------
def test_a_second_pumprig_host_is_refused_while_the_first_holds_the_port(
    running: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = running.host(30, exclusive=True)  # as SerialRig opens it
    monkeypatch.setattr(serial_port, "PORT_LIMIT_S", 0)
    with pytest.raises(LinkError, match="cannot be opened"):
        serial_port.SerialRig(running.port.path).open()
    steps_are_as_planned(first)


def test_lines_of_two_hosts_that_mix_are_refused_and_both_are_understood_when_repeated(
    running: Cable,
) -> None:
    """Other programs may not lock it. Neither order may be obeyed by half or as another."""
    one, other = running.host(30), running.host(1000)
    stop, bolus = line(900, "estop", confirm=True, reason="a"), line(901, "bolus", reason="b")
    for cut in range(1, len(stop) - 1, 7):
        one.send(stop[:cut])
        other.send(bolus)
        one.send(stop[cut:])
        running.turns(0.05)
    status = steps_are_as_planned(one)
    assert status["state"] == "running"
    assert one.order("therapy")["boluses_24h"] == 0
    other.line.close()
    assert one.order("estop", confirm=True, reason="alone")["ok"] == 1


# -- a host that does not read -------------------------------------------------------------------
@pytest.mark.parametrize(("rate_nl_h", "scale"), [(RATE_NL_H, 60), (150_000, 600)])
def test_a_host_that_stops_reading_for_an_hour_costs_frames_and_no_step(
    image: Image, rate_nl_h: int, scale: int
) -> None:
    """With `watch` on. The endpoint answers NAK as long: the board's buffers are full. At 800 Hz
    packets are so short that a loop held up for half a second would be late."""
    rig = EmulatedRig(image)
    rig.open()
    rig.bench.fluid.refill(50_000_000)
    rig.pace(scale, PL_PER_STEP)
    rig.link.order("stage", program=continuous(rate_nl_h))
    rig.link.order("watch", every=1)
    rig.link.order("start", scale=scale)
    rig.advance(2)
    hour_s = max(20, HOUR / scale)
    usb = rig.chip._device.cdc.usb
    quick_us, usb.write_delay_microseconds = usb.write_delay_microseconds, round(hour_s * 1e6)
    heard = len(rig.link.take_frames())
    rig.advance(hour_s - 1)
    assert heard and not rig.link.take_frames(), "nothing comes through"
    usb.write_delay_microseconds = quick_us
    rig.advance(2)
    hello, status = rig.link.order("hello"), rig.link.order("status")
    assert (status["state"], status["alarms"]) == ("running", 0)
    assert int(str(hello["dropped"])) > 5
    assert int(str(hello["loop_ms_max"])) < 250
    emitted, pump_s = int(str(status["emitted"])), int(str(status["now_s"])) + 1
    ideal = rate_nl_h / 3600 * pump_s * 1000 / PL_PER_STEP
    assert abs(emitted - ideal) < rate_nl_h / 3600 * margin_s(scale) * 1000 / PL_PER_STEP
    assert rig.link.take_frames(), "and it tells again"
    rig.link.order("estop", confirm=True, reason="end")
    rig.advance(0.1)
    assert rig.link.order("status")["emitted"] == rig.head.steps_seen

"""The emulated board's serial port, through the eyes of a client of a real one."""

from collections.abc import Iterator

import pytest
import serial
from bare_board import board

from pumprig.bench.chip import Chip
from pumprig.bench.pty_port import PtyPort
from pumprig.image import Image

pytestmark = pytest.mark.emulator

ECHO = """
import sys, micropython
micropython.kbd_intr(-1)
while True:
    sys.stdout.buffer.write(sys.stdin.buffer.read(1))
"""
COUNT = "import time\nn = 0\nwhile True:\n    print(n)\n    n += 1\n    time.sleep_ms(1)\n"


class Rig:
    """A board behind a pty, and time that passes only when asked for."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.port = PtyPort(chip)

    def turns(self, count: int) -> None:
        for _ in range(count):
            self.port.turn()
            self.chip.run_for(0.005)
        self.port.turn()

    def client(self) -> serial.Serial:
        return serial.Serial(self.port.path, 115200, timeout=0)


@pytest.fixture
def echo(image: Image) -> Iterator[Rig]:
    rig = Rig(board(image, ECHO))
    yield rig
    rig.port.close()


@pytest.fixture
def count(image: Image) -> Iterator[Rig]:
    rig = Rig(board(image, COUNT))
    yield rig
    rig.port.close()


def test_every_byte_goes_through_as_it_is(echo: Rig) -> None:
    everything = bytes(range(256)) * 2
    with echo.client() as client:
        client.write(everything)
        echo.turns(20)
        assert client.read(1000) == everything


def test_a_second_client_finds_the_line_as_the_first_did(echo: Rig) -> None:
    for _ in range(2):
        with echo.client() as client:
            client.write(b"\x00\r\n\x7f")
            echo.turns(5)
            assert client.read(100) == b"\x00\r\n\x7f"
        echo.turns(1)


def test_what_is_said_while_the_port_is_closed_is_lost(count: Rig) -> None:
    count.turns(40)
    with count.client() as client:
        count.turns(40)
        first = int(client.read(10_000).split()[1])
    count.turns(40)
    with count.client() as client:
        count.turns(40)
        later = [int(n) for n in client.read(10_000).split()[1:-1]]
    assert later == list(range(later[0], later[-1] + 1))
    assert later[0] > first + 200, "not what it said in between"


def test_what_a_client_writes_and_leaves_behind_still_arrives(echo: Rig) -> None:
    """As mpremote does: it sends a reset and closes the port."""
    heard = bytearray()
    echo.turns(1)
    with echo.client() as client:
        client.write(b"bye")
    said = echo.chip.on_console
    echo.chip.on_console = lambda data: (heard.extend(data), said(data))[1]
    echo.turns(10)
    assert heard == b"bye"


def test_a_client_that_does_not_read_loses_nothing(count: Rig) -> None:
    with count.client() as client:
        count.turns(1500)  # 7.5 s, 6000 lines: more than the kernel keeps for a tty
        heard = bytearray()
        for _ in range(200):
            heard += client.read(4096)
            count.turns(1)
    numbers = [int(n) for n in heard.split()[1:-1]]
    assert len(heard) > 20_000
    assert numbers == list(range(numbers[0], numbers[-1] + 1))

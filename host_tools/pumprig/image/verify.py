"""Does this image really boot, and what does it say it is?

The image runs in the emulator (rp2040py) and is asked over its own console. Nobody else holds
the emulator's clock, so the clock is driven from here: an alarm in *simulated* time ends each
slice, and a busy or slow machine gets the same verdict as a fast one.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from rp2040py.boards import resolve_board_spec
from rp2040py.device import MicroPythonDevice
from rp2040py.memory_map import FLASH_START_ADDRESS
from rp2040py.utils.firmware_retrieve import MICROPYTHON

from .errors import ImageError

__all__ = ("Booted", "boot")

# Seen: USB enumerated after 0.015 simulated seconds, the answer complete at 0.1.
_ENUMERATE_S = 1.0
_ANSWER_S = 2.0
_SLICE_S = 0.01
# Only a ceiling for images that run wild: a CPU full of undefined instructions is emulated 200
# times slower than real, and would take minutes to use up the simulated second.
_WALL_CEILING_S = 30.0

_QUESTION = (
    "import os,json;u=os.uname();print(json.dumps({'version':u.release,'machine':u.machine}))"
)


@dataclass(frozen=True)
class Booted:
    """What the running image answered: ``os.uname()``'s release and machine."""

    version: str
    machine: str


class _Console:
    """An emulated Pico with its USB console, advanced only by ``run``."""

    def __init__(self, path: Path) -> None:
        # A file that exists is used as it is: nothing is looked up and nothing downloaded.
        device = MicroPythonDevice(board=resolve_board_spec("pico", MICROPYTHON, str(path)))
        self._cdc = device.cdc
        self._simulator = device.simulator
        self._give_up = time.monotonic() + _WALL_CEILING_S
        self.connected = False
        self.heard = bytearray()
        self._cdc.on_device_connected = self._connect
        self._cdc.on_serial_data = self.heard.extend
        device.mcu.core.pc = FLASH_START_ADDRESS

    def _connect(self) -> None:
        self.connected = True

    def run(self, seconds: float) -> None:
        """Advance by simulated seconds; refuses a CPU that stops at a breakpoint or runs wild."""
        simulator = self._simulator
        alarmed: list[bool] = []

        def alarm() -> None:
            alarmed.append(True)
            simulator.stop()

        simulator.clock.create_alarm(alarm).schedule(seconds * 1e9)
        simulator.stopped = False
        while not simulator.stopped:
            simulator._execute_batch()
            if time.monotonic() > self._give_up:
                raise ImageError("the image runs wild: it does not get through its start")
        if not alarmed:
            raise ImageError("the image stopped at a breakpoint before its prompt")

    def send(self, data: bytes) -> None:
        for byte in data:
            self._cdc.send_serial_byte(byte)

    def wait(self, text: bytes, count: int, seconds: float) -> bool:
        """Advance until ``text`` was heard ``count`` times; False after so many simulated s."""
        for _ in range(round(seconds / _SLICE_S)):
            if self.heard.count(text) >= count:
                return True
            self.run(_SLICE_S)
        return False


def boot(path: Path) -> Booted:
    """Boot an RP2040 image and ask for its version.

    ImageError if the emulator rejects the image, if no USB console appears within 1 s or no raw
    REPL answers within 2 s of simulated time. An image whose own ``main.py`` ignores Ctrl-C is
    refused too: this is the check of a stock image.
    """
    try:
        return _ask(_Console(path))
    except ImageError as error:
        raise ImageError(f"{path} does not boot: {error.what}") from error
    except Exception as error:
        # The emulator reports a chip driven into nonsense with plain RuntimeErrors and the like.
        raise ImageError(f"{path} does not boot: the emulator says {error!r}") from error


def _ask(console: _Console) -> Booted:
    for _ in range(round(_ENUMERATE_S / _SLICE_S)):
        if console.connected:
            break
        console.run(_SLICE_S)
    else:
        raise ImageError(f"no USB console within {_ENUMERATE_S:.0f} s of simulated time")
    console.send(b"\r\x03\x03\x01")
    if not console.wait(b"raw REPL; CTRL-B to exit\r\n>", 1, _ANSWER_S):
        raise ImageError(f"no prompt within {_ANSWER_S:.0f} s of simulated time")
    console.heard.clear()
    console.send(_QUESTION.encode() + b"\x04")
    if not console.wait(b"\x04", 2, _ANSWER_S):
        raise ImageError(f"no answer within {_ANSWER_S:.0f} s of simulated time")
    out, problem, *_ = bytes(console.heard).removeprefix(b"OK").split(b"\x04")
    if problem:
        raise ImageError(f"asked for its version, it answers {problem.decode(errors='replace')!r}")
    return Booted(**json.loads(out))

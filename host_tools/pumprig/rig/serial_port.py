"""The rig at the end of a serial port: a real board, or an emulated one behind a pty."""

import time
from collections.abc import Callable

import serial

from pumprig.rig.link_client import LinkClient, LinkError
from pumprig.rig.protocol import CannotHappen, Truth

ANSWER_LIMIT_S = 5.0
_BY_HAND = {
    "refill": "refill the reservoir now",
    "stall": "hold the pump head now",
    "stall_clear": "let the pump head go now",
    "power_cut": "cut the board's power now, and give it back",
    "freeze_cpu": "not possible on a board",
}


class SerialRig:
    """`say(text)` asks a person to do what no wire can; without one such events cannot happen."""

    exact_time = False
    look_s = 1.0
    micropython_version: str | None = None
    image_sha256: str | None = None

    def __init__(self, port: str, say: Callable[[str], None] | None = None) -> None:
        self.name = f"serial:{port}"
        self.port = port
        self._say = say
        self.link = LinkClient(self._write, self._wait)

    def open(self) -> None:
        try:
            self._serial = serial.Serial(self.port, 115200, timeout=0.02, write_timeout=2)
        except serial.SerialException as error:
            raise LinkError(f"{self.port}: cannot be opened ({error})") from error
        hello = self.link.request("hello", limit_s=ANSWER_LIMIT_S)
        version = hello.get("micropython")
        self.micropython_version = str(version) if version else None

    def close(self) -> None:
        self._serial.close()

    def advance(self, wall_s: float) -> None:
        self._wait(lambda: False, wall_s)

    def happen(self, action: str, args: dict[str, int | str]) -> None:
        if action == "freeze_cpu" or self._say is None:
            raise CannotHappen(f"{action}: {_BY_HAND.get(action, 'unknown')} (a person must)")
        detail = "".join(f", {name} {value}" for name, value in args.items())
        self._say(_BY_HAND[action] + detail)

    def truth(self) -> Truth | None:
        return None

    def _write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except serial.SerialException as error:
            raise LinkError(f"{self.port}: {error}") from error

    def _wait(self, done: Callable[[], bool], limit_s: float) -> bool:
        end_s = time.monotonic() + limit_s
        while not done():
            if time.monotonic() >= end_s:
                return False
            try:
                self.link.receive(self._serial.read(max(1, self._serial.in_waiting)))
            except serial.SerialException as error:
                raise LinkError(f"{self.port}: {error}") from error
        return True

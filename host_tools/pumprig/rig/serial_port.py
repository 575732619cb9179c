"""The rig at the end of a serial port: a real board, or an emulated one behind a pty."""

import secrets
import time
from collections.abc import Callable, Mapping

import serial

from link import PROTOCOL
from pumprig.image.keys import KeyFileError, read_keys
from pumprig.rig.link_client import LinkClient, LinkError, NoAnswer
from pumprig.rig.protocol import CannotHappen, Truth

PORT_LIMIT_S = 3.0  # a board that restarts is gone from USB for a second or two
ANSWER_LIMIT_S = 5.0
FIRST_START_S = 15  # of a new board: it reserves flash, and proves its watchdog
_BY_HAND = {
    "refill": "refill the reservoir now",
    "stall": "hold the pump head now",
    "stall_clear": "let the pump head go now",
    "key_down": "press and hold",
    "key_up": "let go of",
    "power_cut": "cut the board's power now, and give it back",
}


def default_keys() -> dict[str, str]:
    """Of this host, for boards that have been commissioned."""
    try:
        return read_keys()
    except KeyFileError as error:
        raise LinkError(str(error)) from error


class SerialRig:
    """`say(text)` asks a person to do what no wire can, and returns when it is done; without one
    such events cannot happen. `keys`: of the board; by default those of this host."""

    exact_time = False
    look_s = 1.0
    micropython_version: str | None = None
    image_sha256: str | None = None

    def __init__(
        self,
        port: str,
        say: Callable[[str], None] | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        self.name = f"serial:{port}"
        self.port = port
        self._say = say
        self._opening = False
        # The device remembers the last number it was sent, also from a client long gone.
        first_q = secrets.randbelow(1 << 28)
        self.link = LinkClient(
            self._write, self._wait, first_q, default_keys() if keys is None else keys
        )

    def open(self) -> None:
        """Also LinkError: the board speaks another protocol than this host."""
        self._connect()
        # Ends what another client may have left unfinished, and makes a prompt show itself.
        self._write(b"\r\n")
        self._opening = True
        try:
            hello = self._hello()
        except LinkError:
            self.close()
            raise
        finally:
            self._opening = False
        version = hello.get("micropython")
        self.micropython_version = str(version) if version else None

    def _hello(self) -> dict[str, object]:
        try:
            hello = self.link.order("hello", limit_s=ANSWER_LIMIT_S / LinkClient.TRIES)
        except NoAnswer as error:
            raise NoAnswer(
                f"{error}; a board's first start takes up to {FIRST_START_S} s"
            ) from error
        if hello.get("protocol") != PROTOCOL:
            raise LinkError(
                f"{self.port}: the board speaks protocol {hello.get('protocol')}, this host "
                f"{PROTOCOL}; run `pumprig deploy {self.port}`"
            )
        return hello

    def _connect(self) -> None:
        give_up_s = time.monotonic() + PORT_LIMIT_S
        while True:
            try:
                self._serial = serial.Serial(
                    self.port, 115200, timeout=0.02, write_timeout=2, exclusive=True
                )
                return
            except serial.SerialException as error:
                if time.monotonic() >= give_up_s:
                    raise LinkError(f"{self.port}: cannot be opened ({error})") from error
            time.sleep(0.1)

    def close(self) -> None:
        self._serial.close()

    def pace(self, time_scale: int, nl_per_1000_steps: int) -> None:
        """A real bench has no other time."""

    def advance(self, wall_s: float) -> None:
        self._wait(lambda: False, wall_s)

    def wall_s(self) -> float:
        return time.monotonic()

    def happen(self, action: str, args: dict[str, int | str]) -> None:
        todo = _BY_HAND.get(action)
        if todo is None:
            raise CannotHappen(f"{action}: nobody can make that happen on a board")
        if self._say is None:
            raise CannotHappen(f"{action}: it takes a person at the board ({todo})")
        if action == "power_cut":
            self._serial.close()
        self._say(todo + "".join(f", {name} {value}" for name, value in args.items()))
        if action == "power_cut":
            self.open()

    def truth(self) -> Truth | None:
        return None

    def _write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except serial.SerialException as error:
            raise LinkError(f"{self.port}: {error}") from error

    def _read(self) -> bytes:
        try:
            data = bytes(self._serial.read(max(1, self._serial.in_waiting)))
        except (serial.SerialException, OSError) as error:
            raise LinkError(f"{self.port}: {error}") from error
        if self._opening and b">>>" in data:
            raise LinkError(
                f"{self.port}: no pump runs there, MicroPython waits at its prompt; "
                f"run `pumprig deploy {self.port}`"
            )
        return data

    def _wait(self, done: Callable[[], bool], limit_s: float) -> bool:
        end_s = time.monotonic() + limit_s
        while not done():
            if time.monotonic() >= end_s:
                return False
            self.link.receive(self._read())
        return True

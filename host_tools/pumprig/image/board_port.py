"""How is a board's MicroPython reached over USB, to restart it or to ask what it runs?

mpremote's transport does the talking. It promises no stable API, so this is its one adapter here.
"""

import contextlib
import io
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport
from serial.tools import list_ports

from .errors import ImageError

__all__ = ("BoardPort", "EnterRepl", "Identity", "MpremotePort")

_RASPBERRY_PI_VID = 0x2E8A
_REPL_S = 8
_IO_S = 5
_IDENTIFY = (
    "import os,json;u=os.uname();print(json.dumps({'version':u.release,'machine':u.machine}))"
)

EnterRepl = Callable[[str], None]
"""Called with the port's name while it is closed; brings what runs there to the plain REPL.

Must return quietly where a plain REPL already is: it is called before *every* conversation, and a
board just flashed may run either MicroPython alone or the firmware still in its file system.
ImageError and OSError from it count as "no answer".
"""


@dataclass(frozen=True)
class Identity:
    """What the running firmware says: ``os.uname()``'s release and machine."""

    version: str
    machine: str


class BoardPort(Protocol):
    """What flashing needs of the serial side."""

    def ports(self) -> list[str]:
        """Names of the serial ports that belong to a Raspberry Pi chip, now."""

    def start_bootsel(self, port: str) -> None:
        """Restart the board there as a BOOTSEL drive; ImageError if it cannot be told to."""

    def identity(self, port: str) -> Identity:
        """Ask the firmware there what it is; ImageError if it does not answer in time."""


class MpremotePort:
    """The real serial side. Each conversation is bounded: 8 s to a REPL, 5 s per read or write.

    ``enter_repl`` is for firmware that does not hand out a REPL on Ctrl-C; without it, a running
    script is interrupted as mpremote does.
    """

    def __init__(self, enter_repl: EnterRepl | None = None) -> None:
        self._enter_repl = enter_repl

    def ports(self) -> list[str]:
        return sorted(
            port.device for port in list_ports.comports() if port.vid == _RASPBERRY_PI_VID
        )

    def start_bootsel(self, port: str) -> None:
        with self._raw_repl(port) as transport:
            # The pause lets the command be acknowledged before USB goes away. Not the 1200-baud
            # touch: stock MicroPython for the Pico does not listen for it.
            transport.exec_raw_no_follow(
                "import time,machine;time.sleep_ms(100);machine.bootloader()"
            )

    def identity(self, port: str) -> Identity:
        with self._raw_repl(port) as transport:
            answer = transport.exec(_IDENTIFY)
            transport.exit_raw_repl()
        return Identity(**json.loads(answer))

    @contextlib.contextmanager
    def _raw_repl(self, port: str) -> Iterator[SerialTransport]:
        try:
            if self._enter_repl is not None:
                self._enter_repl(port)
            transport = SerialTransport(port, timeout=_IO_S)
            try:
                transport.serial.write_timeout = _IO_S
                # mpremote prints what it did not understand; the message below says it instead.
                with contextlib.redirect_stdout(io.StringIO()):
                    transport.enter_raw_repl(soft_reset=False, timeout_overall=_REPL_S)
                    yield transport
            finally:
                with contextlib.suppress(OSError):  # a board that restarts takes its port along
                    transport.close()
        except (TransportError, OSError, struct.error, ValueError) as error:
            raise ImageError(f"no answer from MicroPython on {port} ({error})") from error

"""How does an image get onto a board, and does the board then run it?"""

import errno
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from .board_port import BoardPort, EnterRepl, Identity, MpremotePort
from .drives import BootDrive, boot_drive_at, find_boot_drives
from .errors import ImageError
from .model import Image, Progress, board_named
from .uf2 import BLOCK_BYTES, read_uf2, require_family

__all__ = ("Clock", "Flashed", "flash_board")

DRIVE_APPEARS_S = 20.0
DRIVE_VANISHES_S = 15.0
PORT_RETURNS_S = 20.0
ANSWERS_S = 30.0
_POLL_S = 0.2
_CHUNK_BYTES = 64 * BLOCK_BYTES
# The chip restarts on the last block, often before the copy is confirmed to us.
_GONE = {errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ENOTCONN, errno.EROFS}

_BY_HAND = (
    "hold the board's BOOTSEL button while plugging it in, and let its drive be mounted",
    "drive mounted elsewhere: --drive PATH; board already running MicroPython: --port PORT",
)

_T = TypeVar("_T")


class Clock(Protocol):
    """Wall time in seconds, and a way to let it pass; the standard module ``time`` is one."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


@dataclass(frozen=True)
class Flashed:
    """Where the board came back, and what it says it runs."""

    port: str
    identity: Identity


def flash_board(
    image: Image,
    drive: Path | None = None,
    port: str | None = None,
    progress: Progress | None = None,
    enter_repl: EnterRepl | None = None,
    serial: BoardPort | None = None,
    clock: Clock = time,
    find_drives: Callable[[], list[BootDrive]] = find_boot_drives,
) -> Flashed:
    """Put ``image`` on the one connected board and check what the board runs afterwards.

    The board is the BOOTSEL drive at ``drive``, or the only one mounted; without one, the board
    at serial ``port`` (or the only one connected) is restarted as a drive, after ``enter_repl``.
    Every wait ends: drive 20 s, restart 15 s, port 20 s, answer 30 s.

    ImageError before anything is written: damaged UF2, other chip family than the drive's, no
    board, or several and none chosen. ImageError afterwards: the board does not restart, or runs
    another version than the image, or is another board. The last arguments are for tests.
    """
    run = _Flashing(progress or _silent, serial or MpremotePort(enter_repl), clock, find_drives)
    uf2 = read_uf2(image.path)
    board = board_named(image.board)
    target = run.drive(drive, port)
    if target.board_id != board.bootsel_id:
        raise ImageError(
            f"the drive {target.path} is a {target.board_id}, {board.name} is {board.bootsel_id}"
        )
    require_family(uf2, board.family_id, f"the drive {target.path}")
    before = set(run.serial.ports())
    run.copy(image.path, target)
    back = run.port_after(before)
    identity = run.identity(back)
    if identity.version != image.micropython_version or identity.machine != board.machine:
        raise ImageError(
            f"{back} runs MicroPython {identity.version} on {identity.machine}; "
            f"flashed was {image.micropython_version} for {board.machine}"
        )
    return Flashed(back, identity)


class _Flashing:
    """The steps, with the world they act on."""

    def __init__(
        self,
        progress: Progress,
        serial: BoardPort,
        clock: Clock,
        find_drives: Callable[[], list[BootDrive]],
    ) -> None:
        self.serial = serial
        self._progress = progress
        self._clock = clock
        self._find_drives = find_drives

    def drive(self, chosen: Path | None, port: str | None) -> BootDrive:
        if chosen is not None:
            found = boot_drive_at(chosen)
            if found is None:
                raise ImageError(f"{chosen} is no BOOTSEL drive (no INFO_UF2.TXT)", do=_BY_HAND)
            return found
        drives = self._find_drives()
        if not drives:
            port = port or self._only_port()
            self._progress("bootsel", f"restarting the board on {port} as a drive")
            self.serial.start_bootsel(port)
            drives = self._wait(self._find_drives, DRIVE_APPEARS_S) or []
        if not drives:
            raise ImageError(f"no drive appeared within {DRIVE_APPEARS_S:.0f} s", do=_BY_HAND)
        if len(drives) > 1:
            names = ", ".join(str(drive.path) for drive in drives)
            raise ImageError(f"several boards wait for an image: {names}", do=["--drive PATH"])
        return drives[0]

    def _only_port(self) -> str:
        ports = self.serial.ports()
        if not ports:
            raise ImageError("no board found, neither as a drive nor on USB serial", do=_BY_HAND)
        if len(ports) > 1:
            raise ImageError(f"several boards: {', '.join(ports)}", do=["choose one: --port PORT"])
        return ports[0]

    def copy(self, source: Path, drive: BootDrive) -> None:
        self._progress("copy", f"{source.name} to {drive.path}")
        data = source.read_bytes()
        written = 0
        try:
            with (drive.path / source.name).open("wb", buffering=0) as file:
                while written < len(data):
                    written += file.write(data[written : written + _CHUNK_BYTES])
                os.fsync(file.fileno())
        except OSError as error:
            if written < len(data) or error.errno not in _GONE:
                raise ImageError(f"copying to {drive.path} failed ({error})") from error
        self._progress("restart", "waiting for the drive to vanish")
        if not self._wait(lambda: not drive.is_there(), DRIVE_VANISHES_S):
            raise ImageError(
                f"{drive.path} is still there after {DRIVE_VANISHES_S:.0f} s: the board did not "
                "take the image"
            )

    def port_after(self, before: set[str]) -> str:
        self._progress("restart", "waiting for the serial port")

        def returned() -> list[str]:
            return [port for port in self.serial.ports() if port not in before]

        new = self._wait(returned, PORT_RETURNS_S)
        if not new:
            raise ImageError(f"no serial port came back within {PORT_RETURNS_S:.0f} s")
        return new[0]

    def identity(self, port: str) -> Identity:
        self._progress("check", f"asking {port} what it runs")
        refusal: list[ImageError] = []

        def answer() -> Identity | None:
            # A port may exist some time before it may be opened: udev is still at work on it.
            try:
                return self.serial.identity(port)
            except ImageError as error:
                refusal[:] = [error]
                return None

        identity = self._wait(answer, ANSWERS_S)
        if identity is None:
            raise refusal[0]
        return identity

    def _wait(self, look: Callable[[], _T], seconds: float) -> _T | None:
        """``look`` until it finds something (anything true); None once ``seconds`` are over."""
        give_up = self._clock.monotonic() + seconds
        while True:
            found = look()
            if found:
                return found
            if self._clock.monotonic() >= give_up:
                return None
            self._clock.sleep(_POLL_S)


def _silent(stage: str, detail: str) -> None:
    pass

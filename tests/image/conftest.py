"""Small UF2 files and a fake board, for tests that need neither a network nor hardware."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pumprig.image.board_port import Identity
from pumprig.image.drives import BootDrive, boot_drive_at
from pumprig.image.errors import ImageError
from pumprig.image.uf2 import read_uf2
from pumprig.image.verify import Booted

RP2040, RP2350 = 0xE48BFF56, 0xE48BFF59


def block(
    payload: bytes,
    number: int = 0,
    total: int = 1,
    family: int = RP2040,
    flags: int = 0x2000,
    address: int = 0x1000_0000,
    size: int | None = None,
) -> bytes:
    """One UF2 block, whatever it says of itself."""
    length = len(payload) if size is None else size
    header = struct.pack(
        "<8I", 0x0A324655, 0x9E5D5157, flags, address, length, number, total, family
    )
    return header + payload.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def uf2_of(payload: bytes, family: int = RP2040) -> bytes:
    parts = [payload[at : at + 256] for at in range(0, len(payload), 256)]
    return b"".join(
        block(part, number, len(parts), family, address=0x1000_0000 + 256 * number)
        for number, part in enumerate(parts)
    )


PICO = "Raspberry Pi Pico with RP2040"


def fake_image(version: str = "1.25.0", family: int = RP2040, machine: str = PICO) -> bytes:
    """FAKE: a well-formed UF2 that has MicroPython's banner in it and could never run."""
    banner = f"MicroPython v{version} on 2025-04-15\0; {machine}\0"
    return uf2_of(b"x" * 600 + banner.encode() + b"x" * 600, family)


@pytest.fixture
def uf2() -> Callable[..., bytes]:
    return uf2_of


@pytest.fixture
def uf2_block() -> Callable[..., bytes]:
    return block


@pytest.fixture
def image_bytes() -> Callable[..., bytes]:
    return fake_image


@pytest.fixture
def boots(monkeypatch: pytest.MonkeyPatch) -> None:
    """FAKE boot: every image starts and says what is written in it."""

    def boot(path: Path) -> Booted:
        uf2 = read_uf2(path)
        return Booted(uf2.version or "", uf2.machine or "")

    monkeypatch.setattr("pumprig.image.verify.boot", boot)


class FakeBoard:
    """FAKE board: a directory as its drive, a made-up serial port, and a clock of its own.

    ``plan`` lists what happens when the clock reaches a time; nothing here waits for real.
    """

    def __init__(self, drive: Path, board_id: str = "RPI-RP2") -> None:
        self.drive = drive
        self.board_id = board_id
        self.now = 0.0
        self.plan: list[tuple[float, Callable[[], None]]] = []
        self.port_names: list[str] = []
        self.runs = Identity("1.25.0", PICO)
        self.deaf_until = 0.0
        self.restarted: list[str] = []

    def mount(self) -> None:
        self.drive.mkdir(exist_ok=True)
        (self.drive / "INFO_UF2.TXT").write_text(
            f"UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: {self.board_id}\n"
        )

    def restart(self) -> None:
        (self.drive / "INFO_UF2.TXT").unlink()
        self.plan.append((self.now + 1, lambda: self.port_names.append("/dev/fakeACM0")))

    def find_drives(self) -> list[BootDrive]:
        found = boot_drive_at(self.drive)
        return [found] if found else []

    def copied(self) -> list[str]:
        return sorted(path.name for path in self.drive.glob("*.uf2"))

    # the clock
    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds
        for due in [entry for entry in self.plan if entry[0] <= self.now]:
            self.plan.remove(due)
            due[1]()

    # the serial side
    def ports(self) -> list[str]:
        return list(self.port_names)

    def start_bootsel(self, port: str) -> None:
        self.restarted.append(port)
        self.port_names.remove(port)
        self.plan.append((self.now + 3, self.mount))

    def identity(self, port: str) -> Identity:
        if self.now < self.deaf_until:
            raise ImageError(f"no answer on {port}")
        return self.runs


@pytest.fixture
def board(tmp_path: Path) -> Iterator[FakeBoard]:
    yield FakeBoard(tmp_path / "drive")

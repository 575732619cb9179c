"""Flashing: what is checked before a byte is written, what is awaited, what is asked after.

The board here is a FAKE (conftest.FakeBoard): a directory, a made-up port, its own clock.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pumprig.image.board_port import Identity, MpremotePort
from pumprig.image.drives import find_boot_drives
from pumprig.image.errors import ImageError
from pumprig.image.flash import Flashed, flash_board
from pumprig.image.model import Image

Board = Any  # conftest.FakeBoard: pytest's conftest cannot be imported by name
Make = Callable[..., bytes]


@pytest.fixture
def image(tmp_path: Path, image_bytes: Make) -> Image:
    path = tmp_path / "image.uf2"
    path.write_bytes(image_bytes())
    return Image(path, "RPI_PICO", "1.25.0", "unused", "given")


def flash(image: Image, board: Board, **arguments: Any) -> Flashed:
    return flash_board(
        image, serial=board, clock=board, find_drives=board.find_drives, **arguments
    )


def test_the_image_is_copied_and_the_board_asked_what_it_runs(image: Image, board: Board) -> None:
    board.mount()
    board.plan.append((2, board.restart))
    board.deaf_until = 6
    flashed = flash(image, board)
    assert flashed == Flashed("/dev/fakeACM0", board.runs)
    assert (board.drive / "image.uf2").read_bytes() == image.path.read_bytes()


def test_a_running_board_is_restarted_as_a_drive_first(image: Image, board: Board) -> None:
    board.port_names.append("/dev/fakeACM7")
    board.plan.append((8, board.restart))
    flash(image, board)
    assert board.restarted == ["/dev/fakeACM7"]
    assert board.copied() == ["image.uf2"]


def test_a_drive_of_the_other_chip_is_refused_unwritten(image: Image, board: Board) -> None:
    board.board_id = "RP2350"
    board.mount()
    with pytest.raises(ImageError, match="is a RP2350, RPI_PICO is RPI-RP2"):
        flash(image, board)
    assert board.copied() == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:-512], "cut short"),
        (lambda data: data.replace(b"\x56\xff\x8b\xe4", b"\x59\xff\x8b\xe4"), "0xe48bff59"),
    ],
    ids=["damaged", "other chip"],
)
def test_a_wrong_image_is_refused_unwritten(
    image: Image, board: Board, change: Callable[[bytes], bytes], reason: str
) -> None:
    image.path.write_bytes(change(image.path.read_bytes()))
    board.mount()
    with pytest.raises(ImageError, match=reason):
        flash(image, board)
    assert board.copied() == []


def test_no_board_at_all_says_what_to_do(image: Image, board: Board) -> None:
    with pytest.raises(ImageError, match="no board found") as refused:
        flash(image, board)
    assert "BOOTSEL" in str(refused.value)
    assert "--drive PATH" in str(refused.value)


def test_a_directory_that_is_no_boot_drive_is_refused(image: Image, board: Board) -> None:
    with pytest.raises(ImageError, match="no BOOTSEL drive"):
        flash(image, board, drive=board.drive)


def test_several_boards_are_not_guessed_between(image: Image, board: Board) -> None:
    board.port_names += ["/dev/fakeACM0", "/dev/fakeACM1"]
    with pytest.raises(ImageError, match="/dev/fakeACM0, /dev/fakeACM1"):
        flash(image, board)
    board.mount()
    found = board.find_drives() * 2
    with pytest.raises(ImageError, match="several boards wait for an image"):
        flash_board(image, serial=board, clock=board, find_drives=lambda: found)
    assert board.copied() == []


@pytest.mark.parametrize(
    ("missing", "reason", "limit_s"),
    [
        ("drive", "no drive appeared within 20 s", 20),
        ("restart", "still there after 15 s", 15),
        ("port", "no serial port came back within 20 s", 22),
        ("answer", "no answer on /dev/fakeACM0", 33),
    ],
)
def test_every_wait_ends(
    image: Image,
    board: Board,
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
    reason: str,
    limit_s: float,
) -> None:
    if missing == "drive":
        board.port_names.append("/dev/fakeACM0")
        monkeypatch.setattr(board, "start_bootsel", lambda port: None)
    else:
        board.mount()
    if missing in ("port", "answer"):
        board.plan.append((1, board.restart))
    if missing == "port":
        monkeypatch.setattr(board, "ports", list)
    if missing == "answer":
        board.deaf_until = 1e9
    with pytest.raises(ImageError, match=reason):
        flash(image, board)
    assert board.now == pytest.approx(limit_s, abs=1)


@pytest.mark.parametrize(
    "runs",
    [
        Identity("1.24.1", "Raspberry Pi Pico with RP2040"),
        Identity("1.25.0", "Raspberry Pi Pico W with RP2040"),
    ],
)
def test_a_board_that_runs_something_else_afterwards_is_a_failure(
    image: Image, board: Board, runs: Identity
) -> None:
    board.mount()
    board.plan.append((1, board.restart))
    board.runs = runs
    with pytest.raises(ImageError, match=f"runs MicroPython {runs.version} on {runs.machine}"):
        flash(image, board)


def test_a_board_that_restarts_before_the_copy_is_confirmed_is_no_failure(
    image: Image, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(handle: int) -> None:
        board.restart()
        raise OSError(errno.EIO, "gone")

    monkeypatch.setattr(os, "fsync", gone)
    board.mount()
    assert flash(image, board).identity == board.runs


def test_a_copy_that_fails_is_a_failure(
    image: Image, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    board.mount()
    with pytest.raises(ImageError, match="No space left"):
        flash(image, board)


def test_only_mounted_boot_drives_are_found(tmp_path: Path, board: Board) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "INFO_UF2.TXT").write_text("no id here")
    board.mount()
    assert find_boot_drives((f"{tmp_path}/*",)) == board.find_drives()


def test_the_hook_brings_the_firmware_to_its_repl_before_the_port_is_opened() -> None:
    asked: list[str] = []
    with pytest.raises(ImageError, match="no answer from MicroPython on /dev/fake-absent"):
        MpremotePort(asked.append).identity("/dev/fake-absent")
    assert asked == ["/dev/fake-absent"]

"""What a board's port is refused for as it is opened: one line, and what to do."""

import os
import threading
import tty
from collections.abc import Iterator
from typing import Any

import pytest

from link import PROTOCOL, frames
from pumprig.rig import serial_port
from pumprig.rig.link_client import LinkError
from pumprig.rig.serial_port import SerialRig


class Board:
    """FAKE board behind a pty: it answers every request with `reply`, None: with nothing."""

    def __init__(self) -> None:
        self.reply: dict[str, Any] | None = None
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        reader = frames.LineReader()
        while (data := os.read(self._ours, 4096)) != b"\0":
            for byte in data:
                request = frames.decode(reader.feed(byte) or b"")
                if request is not None and self.reply is not None:
                    os.write(self._ours, frames.encode({**self.reply, "q": request["q"]}))

    def close(self) -> None:
        os.write(self._theirs, b"\0")
        self._thread.join(5)
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board()
    yield board
    board.close()


def refused(board: Board) -> str:
    with pytest.raises(LinkError) as error:
        SerialRig(board.port, keys={}).open()
    return str(error.value)


def test_a_board_of_our_protocol_is_opened(board: Board) -> None:
    board.reply = {"protocol": PROTOCOL, "micropython": "1.25.0"}
    rig = SerialRig(board.port, keys={})
    rig.open()
    assert rig.micropython_version == "1.25.0"
    rig.close()


@pytest.mark.parametrize("reply", [{"protocol": 99}, {}])
def test_a_board_of_another_protocol_is_refused(board: Board, reply: dict[str, Any]) -> None:
    board.reply = reply
    port, theirs = board.port, reply.get("protocol")
    assert refused(board) == (
        f"{port}: the board speaks protocol {theirs}, this host {PROTOCOL}; "
        f"run `pumprig deploy {port}`"
    )


def test_a_board_that_refuses_hello_is_refused(board: Board) -> None:
    board.reply = {"err": "c: no such command"}
    assert refused(board) == "hello refused: c: no such command"


def test_of_a_silent_port_it_says_that_a_first_start_takes_longer(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_port, "ANSWER_LIMIT_S", 0.3)
    assert refused(board) == (
        "hello: no answer in 3 x 0.1 s; a board's first start takes up to 15 s"
    )

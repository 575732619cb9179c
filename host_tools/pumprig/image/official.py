"""Can MicroPython's own image be downloaded?

rp2040py keeps the table of official addresses, so none is written here. Its own downloader is
not used: it waits 30 s for a dead network and leaves a part file behind that it later trusts.
"""

import threading
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from rp2040py.utils.firmware_retrieve import MICROPYTHON

from .errors import ImageError
from .model import MICROPYTHON_VERSION, Board, Progress

__all__ = ("fetch",)

CONNECT_S = 4.0
"""For name look-up, connection and the server's first answer together."""
STALL_S = 4.0
"""For each further read: a slow download may go on, a stuck one may not."""
TOTAL_S = 120.0
_CHUNK_BYTES = 65536


def fetch(board: Board, scratch: Path, progress: Progress) -> Path:
    """Download the official image into ``scratch``; ImageError within 5 s without a network."""
    url = _address(board)
    if url is None:
        raise ImageError(f"no official address of {board.name} {MICROPYTHON_VERSION} is known")
    progress("download", f"official MicroPython {MICROPYTHON_VERSION} for {board.name}")
    target = scratch / "official.uf2"
    give_up = time.monotonic() + TOTAL_S
    try:
        with _open(url) as response, target.open("wb") as file:
            while chunk := response.read(_CHUNK_BYTES):
                file.write(chunk)
                if time.monotonic() > give_up:
                    raise ImageError(f"the download was not complete after {TOTAL_S:.0f} s")
    except (OSError, HTTPException) as error:
        raise ImageError(f"the download failed ({getattr(error, 'reason', error)})") from error
    return target


def _address(board: Board) -> str | None:
    boards = MICROPYTHON.boards or {}
    if board.known_as is None or board.known_as not in boards:
        return None
    return boards[board.known_as].fw.get(MICROPYTHON_VERSION)


def _open(url: str) -> IO[bytes]:
    """Open within CONNECT_S. In a thread, because no time-out reaches into a name look-up."""
    answer: SimpleQueue[IO[bytes] | Exception] = SimpleQueue()

    def connect() -> None:
        try:
            answer.put(urllib.request.urlopen(url, timeout=STALL_S))
        except Exception as error:
            answer.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        opened = answer.get(timeout=CONNECT_S)
    except Empty:
        raise ImageError(f"no connection within {CONNECT_S:.0f} s") from None
    if isinstance(opened, Exception):
        raise opened
    return opened

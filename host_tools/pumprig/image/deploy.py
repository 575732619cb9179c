"""How does our firmware get on to a board that runs MicroPython, and is it there whole?

Over mpremote's transport: the same bytes a person's `mpremote cp` would send. A board that runs
the pump is asked for its prompt with the link's service command first, which stops the pump.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from link import frames

from .errors import ImageError
from .model import Progress

__all__ = ("Deployed", "deploy", "leave_pump")

_REPL_S = 10
_PROMPT_S = 6.0


@dataclass(frozen=True)
class Deployed:
    """What was done: files sent (the others were there already), and bytes of all of them."""

    sent: int
    files: int
    bytes: int


def leave_pump(port: str) -> None:
    """If a pump runs at `port`, have it stopped and the prompt left open; else do nothing.

    It answers the service command with a reset, after which MicroPython waits at its prompt.
    """
    line = frames.encode({"q": 1, "c": "service", "reason": "deploy"})
    try:
        with serial.Serial(port, 115200, timeout=_PROMPT_S / 4, write_timeout=2) as wire:
            wire.write(line)
            for _ in range(4):
                heard = wire.readline()
                message = frames.decode(heard)
                if message is not None and message.get("q") == 1:
                    return
                if heard.lstrip().startswith(b">>>") or not heard:
                    return
    except serial.SerialException as error:
        raise ImageError(f"{port}: cannot be opened ({error})") from error


def deploy(port: str, files: Mapping[str, bytes], progress: Progress | None = None) -> Deployed:
    """Make the board at `port` hold exactly `files`, check every hash there, and restart it.

    Only what differs is sent; main.py goes last, so that a torn deploy never half-starts.
    ImageError: no prompt, a broken transfer, or a hash that does not match afterwards.
    """
    say = progress or (lambda _stage, _detail: None)
    say("prompt", port)
    leave_pump(port)
    try:
        board = SerialTransport(port, 115200, wait=_REPL_S)
        try:
            board.enter_raw_repl(soft_reset=True, timeout_overall=_REPL_S)
            done = _make_same(board, files, say)
            say("restart", "the board starts what was deployed")
            board.exec_raw_no_follow("import machine; machine.reset()")
        finally:
            board.close()
    except (TransportError, OSError) as error:
        raise ImageError(f"{port}: deploying failed: {error}") from error
    return done


def _make_same(board: SerialTransport, files: Mapping[str, bytes], say: Progress) -> Deployed:
    present = _hashes(board)
    wanted = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    for folder in sorted({name.rpartition("/")[0] for name in files} - {""}):
        if not board.fs_isdir(folder):
            board.fs_mkdir(folder)
    changed = [name for name in files if present.get(name) != wanted[name]]
    changed.sort(key=lambda name: (name == "main.py", name))
    if changed and "main.py" in present:
        board.fs_rmfile("main.py")
        if "main.py" not in changed:
            changed.append("main.py")
    for number, name in enumerate(changed, 1):
        say("copy", f"{number} of {len(changed)}: {name}")
        board.fs_writefile(name, files[name])
    say("check", "hashes on the board")
    present = _hashes(board)
    wrong = [name for name in files if present.get(name) != wanted[name]]
    if wrong:
        raise ImageError(f"after the copy these differ on the board: {', '.join(wrong)}")
    return Deployed(len(changed), len(files), sum(map(len, files.values())))


def _hashes(board: SerialTransport) -> dict[str, str]:
    """SHA-256 of every file on the board, in one go."""
    listing = board.exec(
        "import os,hashlib,binascii\n"
        "def w(d):\n"
        " for e in os.ilistdir(d):\n"
        "  p=(d+'/'+e[0]).lstrip('/')\n"
        "  if e[1]&0x4000: w(p)\n"
        "  else:\n"
        "   h=hashlib.sha256()\n"
        "   with open(p,'rb') as f:\n"
        "    b=f.read(512)\n"
        "    while b:\n"
        "     h.update(b); b=f.read(512)\n"
        "   print(p,binascii.hexlify(h.digest()).decode())\n"
        "w('')\n"
    )
    lines = (line.split() for line in listing.decode().splitlines())
    return {parts[0]: parts[1] for parts in lines if len(parts) == 2}

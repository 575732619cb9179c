"""How does our firmware get on to a board that runs MicroPython, and does it run there?

Over mpremote's transport: the same bytes a person's `mpremote cp` would send. A board that runs
the pump is asked for its prompt with the link's service command first, which stops the pump.
"""

import contextlib
import hashlib
import io
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from link import frames
from link.authority import proof

from .errors import ImageError
from .keys import KeyFileError, read_keys
from .model import Progress

__all__ = ("Deployed", "deploy", "leave_pump")

_REPL_S = 10
_IO_S = 5
_RESTART_S = 15.0  # a reset, USB again, the firmware's self-test
_ASK_S = 1.5  # seen: 0.05 s with a flash write in between, 0.6 s when it is just starting
_FIRST_START_S = 60.0  # the first start reserves flash for the journal: seen, a quarter of that
_SILENT_S = 20.0  # what says nothing for so long is no start of ours that a Ctrl-C would hit
_TRIES = 3
_PROMPT = b">>>"
_MAIN = "main.py"
_CODE = (".py", ".mpy")

# A firmware that dies as it starts leaves its watchdog on, and the board resets every 3 s. Nothing
# in MicroPython stops one; this clears its enable bit (RP2040 data sheet, 4.7.6, atomic clear).
_CALM = """
import os, machine
if "RP2040" in os.uname().machine:
    machine.mem32[0x4005B000] = 1 << 30
"""
# What would keep the next boot at the prompt (drivers/store.py): the flag of a session that broke
# off, and the count of failed starts of what was there before.
_RESTART = """
import os, machine
for name in ("/service", "/failed"):
    try:
        os.remove(name)
    except OSError:
        pass
machine.reset()
"""
_HASHES = """
import os, hashlib, binascii
def walk(folder):
    for entry in os.ilistdir(folder):
        path = (folder + "/" + entry[0]).lstrip("/")
        if entry[1] & 0x4000:
            if path != "journal":  # the pump's memory: much, and never ours to send
                walk(path)
        else:
            sha = hashlib.sha256()
            with open(path, "rb") as f:
                while data := f.read(512):
                    sha.update(data)
            print(binascii.hexlify(sha.digest()).decode(), path)
walk("")
"""


@dataclass(frozen=True)
class Deployed:
    """What was done: files sent (the others were there already), files and bytes in all, and what
    the restarted board says: its firmware's version and its state."""

    sent: int
    files: int
    bytes: int
    firmware: str
    state: str


def deploy(port: str, files: Mapping[str, bytes], progress: Progress | None = None) -> Deployed:
    """Make the board at `port` run exactly `files`: send what differs, check every hash there,
    restart, and ask the firmware who it is.

    main.py goes first and comes last, when all else is there whole: a deploy that breaks off
    leaves a board that waits at its prompt. Code that would be imported in place of ours is
    removed, other files stay. ImageError: no prompt, a broken transfer, a hash that does not
    match, or no answer after the restart.
    """
    say = progress or (lambda _stage, _detail: None)
    say("prompt", port)
    leave_pump(port)
    try:
        with _raw_repl(port) as board:
            sent = _make_same(board, files, say)
            say("restart", "the board starts what was deployed")
            board.exec_raw_no_follow(_RESTART)
        hello = _hello(port)
    except (TransportError, OSError) as error:
        raise ImageError(f"{port}: deploying failed ({error})") from error
    return Deployed(
        sent,
        len(files),
        sum(map(len, files.values())),
        str(hello["firmware"]),
        str(hello["state"]),
    )


def leave_pump(port: str) -> None:
    """If a pump runs at `port`, have it stopped and wait for the prompt; else do nothing.

    It answers the service command with a reset, after which MicroPython waits at its prompt. A
    Ctrl-C before that prompt would hit the start-up, so it is waited for; a board that says
    nothing may be starting, and has 20 s. ImageError: the port cannot be opened, the pump
    refuses, or no prompt comes within 15 s.
    """
    try:
        with _opened(port) as wire:
            answer = _ask(wire, "service", _SILENT_S / _TRIES, reason="deploy")
            if answer is not None and str(answer.get("err")).startswith("s: "):
                session = _session(wire, port)
                answer = _ask(wire, "service", reason="deploy", s=session)
        if answer is not None:
            if "err" in answer:
                raise ImageError(f"{port}: the pump does not let go: {answer['err']}")
            _await_prompt(port)
    except OSError as error:
        raise ImageError(f"{port}: cannot be used ({error})") from error


# -- the wire ------------------------------------------------------------------------------------
def _opened(port: str) -> serial.Serial:
    return serial.Serial(port, 115200, timeout=0.1, write_timeout=_IO_S, exclusive=True)


def _ask(
    wire: serial.Serial, command: str, limit_s: float = _ASK_S, **fields: object
) -> dict[str, object] | None:
    """The firmware's answer, or None when a prompt or nothing answers. `limit_s` is for each of
    _TRIES; more tries would fill the input of a board that does not read."""
    q = secrets.randbelow(1 << 28)  # not the one the last client used: that is not obeyed again
    line = frames.encode({"q": q, "c": command, **fields})
    for _ in range(_TRIES):
        wire.write(b"\r\n" + line)  # a prompt answers the one, the firmware the other
        heard = bytearray()
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            heard += wire.read(max(1, wire.in_waiting))
            if _PROMPT in heard:
                return None
            if (answer := _answer_in(bytes(heard), q)) is not None:
                return answer
    return None


def _session(wire: serial.Serial, port: str) -> str:
    """Of the service, on a board that has been commissioned. ImageError: no key, or another."""
    try:
        key = read_keys().get("service")
    except KeyFileError as error:
        raise ImageError(str(error)) from error
    if key is None:
        raise ImageError(f"{port}: the board asks for the service's key, and there is none here")
    number = str((_ask(wire, "challenge") or {}).get("number", ""))
    answer = proof(bytes.fromhex(key), "service", number)
    reply = _ask(wire, "login", role="service", proof=answer) or {}
    if "s" not in reply:
        raise ImageError(f"{port}: login refused: {reply.get('err', 'no answer')}")
    return str(reply["s"])


def _answer_in(heard: bytes, q: int) -> dict[str, object] | None:
    for line in heard.split(b"\n")[:-1]:
        message = frames.decode(line)
        if message is not None and message.get("q") == q and "c" not in message:
            return message
    return None


def _hello(port: str) -> dict[str, object]:
    """What the firmware says of itself once it has started."""
    end_s = time.monotonic() + _FIRST_START_S
    while time.monotonic() < end_s:
        with contextlib.suppress(OSError), _opened(port) as wire:
            answer = _ask(wire, "hello")
            if answer is not None:
                return answer
        time.sleep(0.1)
    raise ImageError(
        f"{port}: the files are on the board, but they did not start within {_FIRST_START_S:g} s"
    )


def _await_prompt(port: str) -> None:
    end_s = time.monotonic() + _RESTART_S
    while time.monotonic() < end_s:
        # A board takes its port along when it restarts; a pty stays.
        with contextlib.suppress(OSError), _opened(port) as wire:
            heard = bytearray()
            while time.monotonic() < end_s:
                wire.write(b"\r")
                heard += wire.read(64)
                if _PROMPT in heard:
                    return
        time.sleep(0.1)
    raise ImageError(f"{port}: the pump was stopped, but no prompt came in {_RESTART_S:g} s")


@contextlib.contextmanager
def _raw_repl(port: str) -> Iterator[SerialTransport]:
    # mpremote prints what it waits for and what it did not understand; the errors say it here.
    with contextlib.redirect_stdout(io.StringIO()):
        board = _entered(port)
        try:
            yield board
        finally:
            with contextlib.suppress(OSError):  # a board that restarts takes its port along
                board.close()


def _entered(port: str) -> SerialTransport:
    """At the raw prompt, without a watchdog. One may bite while we come in: then once more."""
    for tries_left in reversed(range(_TRIES)):
        board = SerialTransport(port, wait=_REPL_S, timeout=_IO_S)
        try:
            board.serial.write_timeout = _IO_S
            board.enter_raw_repl(soft_reset=True, timeout_overall=_REPL_S)
            board.exec(_CALM)
            return board
        except (TransportError, OSError):
            with contextlib.suppress(OSError):
                board.close()
            if not tries_left:
                raise
    raise AssertionError("not reached")


# -- the files -----------------------------------------------------------------------------------
def _make_same(board: SerialTransport, files: Mapping[str, bytes], say: Progress) -> int:
    """Send what differs, take away what is in the way; how many files were sent."""
    present = _hashes(board)
    wanted = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    changed = {name for name in files if present.get(name) != wanted[name]}
    stale = {name for name in present if name not in files and _hides_ours(name, files)}
    if (changed or stale) and _MAIN in present:
        board.fs_rmfile(_MAIN)
        changed.add(_MAIN)
    for name in sorted(stale):
        say("remove", name)
        board.fs_rmfile(name)
    for folder in sorted({str(PurePosixPath(name).parent) for name in changed} - {"."}):
        if not board.fs_isdir(folder):
            board.fs_mkdir(folder)
    others = sorted(changed - {_MAIN})
    for number, name in enumerate(others, 1):
        say("copy", f"{number} of {len(changed)}: {name}")
        board.fs_writefile(name, files[name])
    say("check", "hashes on the board")
    _check(board, {name: wanted[name] for name in files if name != _MAIN})
    if _MAIN in changed:  # only now may a restart start it
        say("copy", f"{len(changed)} of {len(changed)}: {_MAIN}")
        board.fs_writefile(_MAIN, files[_MAIN])
        _check(board, wanted)
    return len(changed)


def _check(board: SerialTransport, wanted: Mapping[str, str]) -> None:
    present = _hashes(board)
    wrong = [name for name in sorted(wanted) if present.get(name) != wanted[name]]
    if wrong:
        raise ImageError(f"after the copy these differ on the board: {', '.join(wrong)}")


def _hides_ours(name: str, files: Mapping[str, bytes]) -> bool:
    """Whether code called `name` lies in our folders, or bears a module's name of ours."""
    path = PurePosixPath(name)
    folders = {PurePosixPath(ours).parts[0] for ours in files if "/" in ours}
    modules = {str(PurePosixPath(ours).with_suffix("")) for ours in files}
    ours = path.parts[0] in folders or str(path.with_suffix("")) in modules
    return path.suffix in _CODE and ours


def _hashes(board: SerialTransport) -> dict[str, str]:
    """SHA-256 of every file on the board, in one go."""
    lines = (line.split(maxsplit=1) for line in board.exec(_HASHES).decode().splitlines())
    return {parts[1]: parts[0] for parts in lines if len(parts) == 2}

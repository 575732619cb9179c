"""Small files in the board's file system: why it died, and whether to start. State: flash.py."""

import os
import sys

_SERVICE_FLAG = "/service"
_CRASH = "/crash"
_PROOF = "/watchdog"  # "asked": it is to reset this boot; "ok": it did once
_FAILED = "/failed"  # a byte for each start that failed since one succeeded


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def keep_crash(error: Exception) -> None:
    """What the firmware died of, for the next boot's hello. The last one is kept."""
    with open(_CRASH, "w") as f:
        sys.print_exception(error, f)
    with open(_FAILED, "a") as f:
        f.write("x")


def failed_starts() -> int:
    """How many starts in a row ended in a crash. Power cuts do not count."""
    return len(_read(_FAILED))


def started() -> None:
    """The loop runs: earlier failures are history."""
    if failed_starts():
        os.remove(_FAILED)


def last_crash() -> str:
    """The last line of the last crash, or "" if there never was one."""
    lines = _read(_CRASH).decode().strip().split("\n")
    return lines[-1][:80]


def watchdog_proof() -> str:
    return _read(_PROOF).decode()


def keep_watchdog_proof(text: str) -> None:
    with open(_PROOF, "w") as f:
        f.write(text)


def ask_for_service() -> None:
    """The next boot stays at the prompt."""
    with open(_SERVICE_FLAG, "w"):
        pass


def service_asked() -> bool:
    """Whether this boot is to stay at the prompt; asked once, it is forgotten."""
    try:
        os.remove(_SERVICE_FLAG)
    except OSError:
        return False
    return True

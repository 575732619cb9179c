"""The keys of commissioned boards: a file of the host's that only its owner reads or writes.

    {"operator": "64 hex digits", "service": "64 hex digits"}

At the path in the environment's PUMPRIG_KEYS, or ~/.config/pumprig/keys.json. A file without
"service" makes a host that can give an operator's orders and no others.
"""

import json
import os
import secrets
import stat
from pathlib import Path

from link.authority import KEY_BYTES, OPERATOR, ROLES, key_or_none

VARIABLE = "PUMPRIG_KEYS"


class KeyFileError(Exception):
    """The file cannot be used. The message is one line."""


def default_path() -> Path:
    """Where the keys are looked for."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path.home() / ".config" / "pumprig" / "keys.json"


def read_keys(path: Path | None = None) -> dict[str, str]:
    """The keys of the file; {} where there is none. KeyFileError: it holds something else, or
    others than its owner may read or write it (POSIX)."""
    path = path or default_path()
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileError(
                f"{path}: its mode is {mode:04o}, others can get at the keys; "
                f"run `chmod 600 {path}`"
            )
        keys = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise KeyFileError(f"{path}: cannot be read as keys ({error})") from error
    if not isinstance(keys, dict) or not keys:
        raise KeyFileError(f"{path}: not an object with operator and service")
    for role, key in keys.items():
        if role not in ROLES[OPERATOR:]:
            raise KeyFileError(f"{path}: {role!r}: not one of {' '.join(ROLES[OPERATOR:])}")
        if key_or_none(key) is None:
            raise KeyFileError(f"{path}: {role}: not {2 * KEY_BYTES} hex digits")
    return keys


def new_keys() -> dict[str, str]:
    return {role: secrets.token_hex(KEY_BYTES) for role in ROLES[OPERATOR:]}


def write_keys(path: Path, keys: dict[str, str]) -> None:
    """A new file, for its owner only. KeyFileError: there is one, or it cannot be made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(keys, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written ({error.strerror})") from error

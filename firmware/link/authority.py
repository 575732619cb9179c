"""Who may give which orders? Roles, the keys that prove them, and sessions.

    observer   whoever holds the port: reads, watches, and may always stop the pump (estop)
    operator   besides: programs, boluses, alarms, stops, the time of day
    service    besides: calibration, keys, no sound, a restart, the way to MicroPython's prompt

A board without keys is open: it asks for no session. Keys are set over the link (`commission`)
and never told. A session begins with a challenge: the device gives a number that is used once, the
client answers with HMAC-SHA-256(key of the role, "pumprig" + role + number). What comes of it is
the session's own number, which every later request carries. There is one session, the latest; it
ends IDLE_MS of wall time after its last request, at `logout` and at a reset. Wrong proofs in a row
close the door for LOCK_MS, to everybody, and raise LINK_ABUSE. The pump takes no notice of any of
it. This keeps strangers on a cable from giving orders; it does not hide what passes on the cable.
"""

import binascii
import hashlib
import os

from link.fields import no_reason
from pump import conditions as al
from pump.units import const

ROLES = ("observer", "operator", "service")
OBSERVER, OPERATOR, SERVICE = 0, 1, 2
IDLE_MS = const(600_000)
LOCK_MS = const(60_000)
FAILURES_MAX = const(5)
KEY_BYTES = const(32)  # of SHA-256: longer ones prove nothing more (RFC 2104)
_BLOCK_BYTES = const(64)
_NUMBER_BYTES = const(16)
_SESSION_BYTES = const(8)


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104, for keys of at most 64 bytes. MicroPython has no hmac."""
    key = key + bytes(_BLOCK_BYTES - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in key]))
    inner.update(message)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in key]))
    outer.update(inner.digest())
    return outer.digest()


def proof(key: bytes, role: str, number: str) -> str:
    """What a client of that role answers to the number of a challenge."""
    return binascii.hexlify(hmac_sha256(key, ("pumprig" + role + number).encode())).decode()


def key_or_none(text: object) -> "bytes | None":
    """A key from its hex digits."""
    if not isinstance(text, str) or len(text) != 2 * KEY_BYTES:
        return None
    for digit in text:
        if digit not in "0123456789abcdefABCDEF":
            return None
    return binascii.unhexlify(text)


def _random(count: int) -> str:
    return binascii.hexlify(os.urandom(count)).decode()


def _same(one: str, other: object) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    if not isinstance(other, str) or len(other) != len(one):
        return False
    apart = 0
    for a, b in zip(one, other):  # noqa: B905  MicroPython's has no strict
        apart |= ord(a) ^ ord(b)
    return apart == 0


class Authority:
    """`keys`: {role: hex digits} of operator and service; {}: the board is open; None: they cannot
    be read any more, and nobody gives orders."""

    def __init__(self, keys: "dict | None") -> None:
        self.keys = keys
        self.role = OBSERVER  # of the session
        self._session = ""
        self._number = ""  # of the challenge that waits for its answer
        self._left_ms = 0  # of the session
        self._locked_ms = 0
        self._failures = 0

    def state(self) -> str:
        """For hello: who may give orders."""
        if self.keys is None:
            return "locked"
        return "keys" if self.keys else "open"

    def turn(self, passed_ms: int) -> None:
        """Wall time passes."""
        self._locked_ms = max(0, self._locked_ms - passed_ms)
        self._left_ms -= passed_ms
        if self._left_ms <= 0:
            self.end()

    def end(self) -> None:
        self._session, self.role, self._left_ms = "", OBSERVER, 0

    def is_session(self, request: dict) -> bool:
        return self._session != "" and _same(self._session, request.get("s"))

    def refusal(self, name: str, role: int, request: dict) -> "str | None":
        """Why this request may not be obeyed, which takes that role, or None."""
        if self.keys is not None and not self.keys:
            return None
        if self.is_session(request):
            self._left_ms = IDLE_MS
            if self.role >= role:
                return None
        elif role == OBSERVER:
            return None
        return "s: " + name + " takes a session as " + ROLES[role]

    # -- commands --------------------------------------------------------------------------------
    def challenge(self) -> "dict | str":
        if not self.keys:
            return "challenge: the board's keys are " + ("not set" if self.keys == {} else "lost")
        self._number = _random(_NUMBER_BYTES)
        return {"number": self._number}

    def is_locked(self) -> bool:
        return self._locked_ms > 0

    def login(self, role: object, answer: object) -> "dict | str":
        """A number is used up whatever comes of it."""
        number, self._number = self._number, ""
        if self.is_locked():
            return "login: too many wrong proofs; wait " + str(self._locked_ms // 1000 + 1) + " s"
        if role not in ROLES[OPERATOR:]:
            return "role: not one of " + " ".join(ROLES[OPERATOR:])
        if not number or not self.keys:
            return "login: ask for a challenge first"
        key = key_or_none(self.keys[role])
        if key is None or not _same(proof(key, str(role), number), answer):
            self._failures += 1
            if self._failures >= FAILURES_MAX:
                self._failures, self._locked_ms = 0, LOCK_MS
            return "proof: wrong"
        self._failures = 0
        self._session, self.role = _random(_SESSION_BYTES), ROLES.index(str(role))
        self._left_ms = IDLE_MS
        return {"ok": 1, "s": self._session, "idle_s": IDLE_MS // 1000}

    def commission(self, keys: dict) -> None:
        """Other keys from now on; nobody's session goes on."""
        self.keys = keys
        self.end()
        self._number = ""


# -- the link's commands: each takes the `Commands` and a request ---------------------------------
def challenge(commands, request: dict) -> "dict | str":  # type: ignore
    return commands.authority.challenge()  # type: ignore[no-any-return]


def login(commands, request: dict) -> "dict | str":  # type: ignore
    """{role, proof}: begin a session. That, and a door that closes, go into the log; what else is
    refused does not, or a stranger could fill it."""
    role, a = request.get("role"), commands.authority
    was_open = not a.is_locked()
    answer = a.login(role, request.get("proof"))
    if isinstance(answer, dict):
        commands.unstage()
    told = "" if isinstance(answer, str) else str(role)
    if was_open and a.is_locked():
        told = "too many wrong proofs"
        commands.controller.alarms.set(al.LINK_ABUSE, True)
    if told:
        commands.log.append((commands.rig.clock.now_s, "login", told))
    return answer  # type: ignore[no-any-return]


def logout(commands, request: dict) -> "str | None":  # type: ignore
    if not commands.authority.is_session(request):
        return "s: of no session"
    commands.authority.end()
    commands.unstage()
    return None


def commission(commands, request: dict) -> "str | None":  # type: ignore
    """{operator, service, reason}: the board's keys from now on; both "": it is open again."""
    refused = no_reason(request)
    if refused:
        return refused
    texts = {role: request.get(role) for role in ROLES[OPERATOR:]}
    keys: dict = {}
    if texts["operator"] != "" or texts["service"] != "":
        for role in ROLES[OPERATOR:]:
            if key_or_none(texts[role]) is None:
                return role + ": not " + str(2 * KEY_BYTES) + ' hex digits; both "" open the board'
        if str(texts["operator"]).lower() == str(texts["service"]).lower():
            return "service: the same as the operator's"
        keys = texts
    if not commands.rig.keep_keys(keys):
        return "commission: they could not be kept in flash; the old ones hold"
    commands.authority.commission(keys)
    commands.unstage()
    return None

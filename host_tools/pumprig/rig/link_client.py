"""The host's side of the wire: requests with their replies, and what comes without being asked."""

from collections.abc import Callable, Mapping
from typing import Any

from link import frames
from link.authority import proof
from pump.limits import whole

_ROLES = ("operator", "service")
ANSWER_LIMIT_S = 2.0  # of the device's time, per try


class LinkError(Exception):
    """The device did not answer, or refused. The message is one line."""


class NoAnswer(LinkError):
    """The device did not answer."""


class LinkClient:
    """`write(bytes)` sends; `wait(done, limit_s)` lets time pass until `done()` or the limit, and
    says whether it was done. Bytes from the device go to `receive`.

    A request without a reply is sent again with the same number: the device obeys it once. So a
    client of a device that outlives it starts at a `first_q` that the one before did not use.

    `keys`: {role: hex digits} of a board that has been commissioned. A request that takes a
    session begins one, with the least role that will do and whose key is there.
    """

    TRIES = 3

    def __init__(
        self,
        write: Callable[[bytes], None],
        wait: Callable[[Callable[[], bool], float], bool],
        first_q: int = 1,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        self._write = write
        self._wait = wait
        self._reader = frames.LineReader()
        self._replies: dict[int, dict[str, object]] = {}
        self._q = first_q - 1
        self.keys: Mapping[str, str] = keys or {}
        self._session: dict[str, str] = {}
        self.frames: list[dict[str, object]] = []
        self.noise: list[bytes] = []  # lines that were no frame: a traceback, a banner

    def receive(self, data: bytes) -> None:
        for byte in data:
            line = self._reader.feed(byte)
            if line is None:
                continue
            message = frames.decode(line)
            if message is None:
                self.noise.append(line)
                del self.noise[:-50]
            elif "c" in message:  # a request: a prompt echoes what it is sent
                self.noise.append(line)
            elif "q" not in message:
                self.frames.append(message)
            elif whole(message["q"]):
                self._replies[message["q"]] = message
            else:
                self.noise.append(line)

    def send(self, data: bytes) -> None:
        """Bytes as they are, sound frame or not."""
        self._write(data)

    def request(
        self, command: str, limit_s: float = ANSWER_LIMIT_S, **fields: Any
    ) -> dict[str, object]:
        """The reply, a refusal ("err") included. LinkError: no answer in TRIES times `limit_s`, or
        none to a login."""
        reply = self._ask(command, limit_s, fields | self._session)
        refused = str(reply.get("err", ""))
        role = refused.rpartition(" ")[2]
        if not self.keys or not refused.startswith("s: ") or role not in _ROLES:
            return reply
        self.log_in(role if role in self.keys else "service", limit_s)
        return self._ask(command, limit_s, fields | self._session)

    def log_in(self, role: str, limit_s: float = ANSWER_LIMIT_S) -> None:
        """A session with that key. LinkError: the device does not grant it."""
        if role not in self.keys:
            raise LinkError(f"login: there is no key for the role {role}")
        number = str(self._ask("challenge", limit_s, {}).get("number", ""))
        answer = proof(bytes.fromhex(self.keys[role]), role, number)
        reply = self._ask("login", limit_s, {"role": role, "proof": answer})
        if "err" in reply:
            raise LinkError(f"login refused: {reply['err']}")
        self._session = {"s": str(reply["s"])}

    def _ask(self, command: str, limit_s: float, fields: Mapping[str, Any]) -> dict[str, object]:
        self._q += 1
        q = self._q
        line = frames.encode({"q": q, "c": command, **fields})
        for _ in range(self.TRIES):
            self._write(line)
            if self._wait(lambda: q in self._replies, limit_s):
                return self._replies.pop(q)
        said = b" / ".join(self.noise[-3:]).decode("utf-8", "replace").strip()
        heard = f"; it said: {said}" if said else ""
        raise NoAnswer(f"{command}: no answer in {self.TRIES} x {limit_s:g} s{heard}")

    def order(self, command: str, **fields: Any) -> dict[str, object]:
        """Like `request`, but a refusal is a LinkError."""
        reply = self.request(command, **fields)
        if "err" in reply:
            raise LinkError(f"{command} refused: {reply['err']}")
        return reply

    def take_frames(self) -> list[dict[str, object]]:
        taken, self.frames = self.frames, []
        return taken

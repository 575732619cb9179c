"""What does a device make of a stranger's lines? Nothing, and it must not hurt: `make fuzz`.

Lines of every kind that a bad cable, a broken client or somebody without a key may send, by
chance from a seed: noise, frames that are torn, altered, too long, repeated, out of order, sound
ones with fields of every kind, logins without a key, and orders under sessions that are no
session. Two things are left out because an observer may do them: `estop`, and `watch`.
"""

import binascii
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from link import frames
from link.abuse import LINES as ABUSE_LINES
from link.commands import CHANGING, READING
from pump.conditions import CONDITIONS, NAME
from pumprig.analysis.ideal import Ideal
from pumprig.image import Image
from pumprig.image.keys import new_keys
from pumprig.rig.device_log import read_log
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.host import HostRig
from pumprig.therapy import load_program

BATCH = 500  # lines between two looks at what has changed
BOARD_BATCH = 20
SETTLES_S = 300  # of wall time: the garbage of the start has been collected
HEAP_SLACK_BYTES = 2_048  # a line and its reply that are not yet garbage when it is measured
_FREE = ("estop", "watch")
_NAMES = [name for name in [*READING, *CHANGING] if name not in _FREE]
_FIELDS = [
    "volume_nl", "seconds", "reason", "confirm", "override", "program", "part", "of", "scale",
    "weekday", "tod_s", "prime", "change", "bridge", "stage", "effective", "held_h", "plan",
    "ends", "kind", "a", "style", "ok", "now_s", "from", "ring", "role", "proof", "operator",
    "service", "tare_raw", "life_ml", "every", "s",
]  # fmt: skip
_NESTED: list[Any] = [[], {}, [[]], [{"a": []}], {"steps": [[0, 1]]}, [[0, 900], [24, 500]]]
_WORDS = ("", "x", "test", "operator", "service", "demo", "STOPPED", "scale", "events", "é€\u0000")
_Q_KEPT = 1 << 28  # the numbers below it are the client's own


class Lines:
    """Lines by chance. `program`: of a device program, to stage parts of."""

    def __init__(self, seed: int, program: dict[str, Any]) -> None:
        self._draw = random.Random(seed)
        self._program = list(program.items())
        self._before = [b"{}*00000000\n"]
        self._kinds = (
            [self._noise, self._torn, self._altered, self._long, self._again, self._shuffled]
            + [self._odd] * 2
            + [self._order, self._half_authenticated] * 4
        )

    def __iter__(self) -> Iterator[bytes]:
        while True:
            line = self._draw.choice(self._kinds)()
            if len(self._before) < 50:
                self._before.append(line)
            else:
                self._before[self._draw.randrange(50)] = line
            yield line

    def _value(self) -> Any:
        draw = self._draw
        return draw.choice(
            [
                None,
                True,
                False,
                0,
                draw.choice([1, -1, 60, 600, 20_000, 2_000_000, 2**30, 2**31, 2**53, 10**40]),
                draw.randrange(-(10**6), 10**7),
                1.5,
                draw.choice(_WORDS),
                "x" * draw.randrange(120),
                f"{draw.getrandbits(256):064x}",
                draw.choice(_NESTED),
            ]
        )

    def _request(self) -> dict[str, Any]:
        draw = self._draw
        name = draw.choice(_NAMES)
        fields = {draw.choice(_FIELDS): self._value() for _ in range(draw.randrange(5))}
        if draw.random() < 0.5:
            fields |= {"reason": "fuzz", "confirm": True}
        if name == "stage":
            some = dict(draw.sample(self._program, draw.randrange(8)))
            if some and draw.random() < 0.3:
                some[draw.choice(list(some))] = self._value()
            fields["program"] = some
        return {"q": draw.randrange(_Q_KEPT, 2 * _Q_KEPT), "c": name, **fields}

    def _order(self) -> bytes:
        return frames.encode(self._request())

    def _half_authenticated(self) -> bytes:
        draw = self._draw
        wrong: list[Any] = [f"{draw.getrandbits(64):016x}", "", "0" * 16, 0, None, [], "é" * 8]
        session = draw.choice(wrong)
        keys = {role: f"{draw.getrandbits(256):064x}" for role in ("operator", "service")}
        login = {"role": draw.choice(list(keys)), "proof": f"{draw.getrandbits(256):064x}"}
        special = draw.choice(
            [{"c": "challenge"}, {"c": "login", **login}, {"c": "commission", **keys}, {}, {}]
        )
        return frames.encode({**self._request(), "s": session, **special})

    def _noise(self) -> bytes:
        return self._draw.randbytes(self._draw.randrange(300)) + b"\n"

    def _torn(self) -> bytes:
        line = self._order()
        return line[: self._draw.randrange(len(line))] + b"\n"

    def _altered(self) -> bytes:
        line = bytearray(self._order())
        at = self._draw.randrange(len(line) - 1)
        line[at] ^= 1 << self._draw.randrange(8)
        return bytes(line)

    def _long(self) -> bytes:
        more = self._draw.choice([0, 1, 2, 10, 5000])
        return frames.encode({**self._request(), "pad": "x" * (frames.LINE_BYTES_MAX + more)})

    def _again(self) -> bytes:
        return self._draw.choice(self._before)

    def _shuffled(self) -> bytes:
        """Parts of a program, out of turn."""
        of = self._draw.randrange(1, 17)
        part = {"program": dict(self._draw.sample(self._program, 3)), "of": of}
        return frames.encode(
            {"q": self._draw.randrange(_Q_KEPT, 2 * _Q_KEPT), "c": "stage", **part}
            | {"part": self._draw.randrange(of + 1)}
        )

    def _odd(self) -> bytes:
        """A right sum over what is no JSON, or too deep, or no object."""
        depth = self._draw.choice([10, 63, 64, 65, 300])
        text = self._draw.choice(
            [
                "[" * depth + "]" * depth,
                '{"q":1,"c":' + "[" * depth + "]" * depth + "}",
                '{"c":NaN}',
                '{"q":1,"q":2,"c":"hello"}',
                '{"c":"\\u00"}',
                '{"c":1e999}',
                "null",
                '"x"',
                '{"q":99999999999999999999999999,"c":"hello"}',
                '{"c" "stop"}',
                json.dumps({"c": self._value(), "q": self._value()}, ensure_ascii=False),
            ]
        ).encode()
        if text.count(b"estop") + text.count(b"watch"):
            return b"\n"
        return b"%s*%08x\n" % (text, binascii.crc32(text))


@dataclass(slots=True)
class Found:
    """`what` has a line for each thing that was wrong."""

    lines: int = 0
    answered: int = 0
    refused: int = 0
    what: list[str] = field(default_factory=list)


# -- on the host ----------------------------------------------------------------------------------
def _state(rig: HostRig) -> dict[str, Any]:
    """All that a stranger must not change. The rig's time stands still."""
    c, commands = rig.controller, rig._commands
    a = commands.authority
    return {
        "controller": json.dumps(c.snapshot(0)),
        "program": id(c.program),
        "alarms": c.alarms.active,
        "staged": (id(commands.staged), str(commands.staged_fields)),
        "wanted": (commands.service_wanted, commands.reset_wanted, commands.watching),
        "audio": (commands.audio.state, commands.audio.style),
        "calibration": str(rig.sensing.calibration),
        "authority": (str(a.keys), a.role),
        "released": c.authorised,
    }


def fuzz_host(
    program: Path,
    lines: int,
    seed: int,
    tell: Callable[[int], None] = lambda _done: None,
    commissioned: bool = True,
) -> Found:
    """`lines` to the device's own parser and commands in this process, a program under way. A
    board that is not `commissioned` obeys what it is told, and only must not fall over."""
    found, rig = Found(), HostRig()
    rig.open()
    fields = load_program(program).device_program()
    rig.link.order("stage", program=fields)
    rig.link.order("start")
    if commissioned:
        rig.link.order("commission", reason="fuzz", **new_keys())
    rig.advance(3600)
    # A stranger may raise LINK_ABUSE, and it is there from the beginning.
    rig.link.send(b"?\n" * (ABUSE_LINES + 1))
    rig.link.order("status")
    before = _state(rig)
    source = iter(Lines(seed, fields))
    while found.lines < lines and not found.what:
        batch = list(islice(source, min(BATCH, lines - found.lines)))
        for line in batch:
            try:
                rig.link.send(line)
            except Exception as error:
                found.what.append(f"seed {seed}: {error!r} after {line[:200]!r}")
                return found
        found.lines += len(batch)
        _count(found, rig.link._replies, commissioned)
        after = _state(rig)
        if commissioned and after != before:
            changed = [name for name in before if before[name] != after[name]]
            found.what.append(f"seed {seed}: {', '.join(changed)} by line {found.lines}")
        tell(found.lines)
    rig.advance(3600)
    if commissioned and rig.link.order("status")["state"] != "running":
        found.what.append("it does not run any more")
    return found


def _count(found: Found, replies: dict[Any, dict[str, object]], commissioned: bool = True) -> None:
    """What was answered; a stranger gets no `ok` for an order."""
    for reply in replies.values():
        found.answered += 1
        found.refused += "err" in reply
        if commissioned and "ok" in reply:
            found.what.append(f"obeyed: {reply}")
    replies.clear()


# -- on the board ---------------------------------------------------------------------------------
def fuzz_board(
    image: Image,
    program: Path,
    lines: int,
    seed: int,
    tell: Callable[[int], None] = lambda _done: None,
) -> dict[str, Any]:
    """`lines` through the emulated USB while the pump delivers. LinkError: it does not answer."""
    rig = EmulatedRig(image)
    rig.open()
    therapy = load_program(program)
    fields, link = therapy.device_program(), rig.link
    link.order("stage", program=fields)
    rig.happen("refill", {"volume_nl": therapy.volume_nl})
    scale = 60
    rig.pace(scale, therapy.nl_per_1000_steps)
    link.order("start", scale=scale)
    link.order("watch", every=1)
    link.order("commission", reason="fuzz", **new_keys())
    rig.advance(SETTLES_S)
    hello = link.order("hello")
    heap_before, loop_before = hello["heap_free_min"], hello["loop_ms_max"]
    found, source = Found(), iter(Lines(seed, fields))
    while found.lines < lines:
        batch = list(islice(source, min(BOARD_BATCH, lines - found.lines)))
        link.send(b"".join(batch))
        found.lines += len(batch)
        link.order("status")  # answered when the lines before it are done with
        _count(found, link._replies)
        tell(found.lines)
    rig.advance(SETTLES_S)
    told = link.take_frames()
    log = read_log(link)
    hello, status = link.order("hello"), link.order("status")
    orders = [str(frame["l"]) for frame in told if "l" in frame]
    allowed = ("commission", "start", "too many wrong proofs", "self_test", "audio")
    found.what += [f"log: {line}" for line in orders if not any(word in line for word in allowed)]
    truth = rig.truth()
    assert truth is not None
    late = truth.steps_seen - int(str(status["emitted"]))  # made while the answer came
    if status["state"] != "running" or late not in (0, 1):
        found.what.append(f"{status['state']}, {truth.steps_seen} steps, {status['emitted']} told")
    if int(str(hello["heap_free_min"])) < int(str(heap_before)) - HEAP_SLACK_BYTES:
        found.what.append(f"heap: {heap_before} bytes free before, {hello['heap_free_min']} after")
    ideal = Ideal(fields, [], int(str(status["now_s"])) + 3600)
    errors = [_error_steps(ideal, frame["s"]) for frame in told if "s" in frame]
    worst = float(max(errors, default=Fraction(0)))
    if not errors or worst > 1:
        found.what.append(f"{worst} steps off the ideal, of {len(errors)} samples")
    active = [row[NAME] for i, row in enumerate(CONDITIONS) if int(str(status["alarms"])) >> i & 1]
    return {
        "lines": found.lines,
        "answered": found.answered,
        "refused": found.refused,
        "pump_s": status["now_s"],
        "samples": len(errors),
        "volume_error_steps_max": round(worst, 3),
        "heap_free_min_before": heap_before,
        "heap_free_min": hello["heap_free_min"],
        "loop_ms_max_before": loop_before,
        "loop_ms_max": hello["loop_ms_max"],
        "alarms": active,
        "log_bytes": len(log.data),
        "what": found.what,
    }


def _error_steps(ideal: Ideal, sample: Any) -> Fraction:
    now_s, now_ms, emitted = (int(number) for number in sample[:3])
    return abs(emitted - ideal.steps(max(Fraction(0), now_s + Fraction(now_ms, 1000))))

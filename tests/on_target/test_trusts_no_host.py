"""No line with a right sum, however odd, makes the board's link raise: that would stop the pump.

MicroPython's JSON is more lenient than CPython's and its stack is small: only seen there.
"""

import json
from typing import Any

import pytest
from device_program import program
from on_the_chip import said_on_the_chip

from link.commands import CHANGING, READING
from link.frames import BRACKETS_MAX
from pumprig.image import Image

_ODD = ["{", "{]", '{"a":}', '{"q"}', "{1:2}", "{[1]:2}", "{{}:1}", "{null:1}", '{"c":1e999}']
_ODD += [
    '{"c" "stage"}',
    '{"c":NaN}',
    '{"c":tru}',
    '{"c":"\\u00"}',
    '{"a":[}',
    "[[1]:2]",
    '{"a":-}',
]
_DEEP = ["[" * n + "]" * n for n in (10, BRACKETS_MAX - 2, 200, 400)]
_FIELDS = (
    "q",
    "c",
    "program",
    "part",
    "of",
    "scale",
    "volume_nl",
    "seconds",
    "plan",
    "a",
    "now_s",
)
_FIELDS += ("tod_s", "confirm", "stage", "effective", "reason", "ok", "tare_raw")
_FIELDS += ("role", "proof", "operator", "from", "ring")
_COMMANDS = sorted({**READING, **CHANGING})


def _line(request: dict[str, Any]) -> str:
    return json.dumps(request, separators=(",", ":"))


def _requests() -> list[str]:
    """Requests with every field of every kind where another belongs."""
    values: list[Any] = [True, 1.5, 2**70, "x", "scale", [None], {"steps": [5]}]
    told = [_line({"q": 1, "c": c, f: v}) for c in _COMMANDS for f in _FIELDS for v in values]
    whole = program()
    steps = [[5], [None], [[]], [[0]], [{}], ["0"], [[0, None]], 5, None, "x", {}]
    for mode in ("flex", "continuous"):
        staged = [{**whole, "mode": mode, "steps": bad} for bad in steps]
        told += [_line({"q": 1, "c": "stage", "program": p}) for p in staged]
    for field in whole:
        for value in (None, 2**70, 1.5, "x" * 100, [], {}):
            told.append(_line({"q": 1, "c": "stage", "program": {**whole, field: value}}))
    told += [f'{{"q":1,"c":"hello","{field}":{deep}}}' for field in _FIELDS for deep in _DEEP]
    return told


_MAIN = """
import binascii, time
from link import frames
from link.commands import Commands
from pump.calibration import AS_LISTED
from pump.controller import Controller
from pump.readings import PARTS, Readings
from pump.sensing import Sensing
class Rig:
    now_s, now_ms, scale = 0, 0, 1
    def counted(self): return 0
    def prepare(self, program, scale): pass
    def facts(self): return {}
    def set(self, now_s): pass
    def keep_calibration(self, calibration): return True
    def keep_keys(self, keys): return False
    def ring(self, name): return None
    def read(self): pass
rig = Rig()
rig.clock = rig
commands = Commands(Controller(), rig, {})
rig.readings = Readings()
rig.sensing = Sensing(commands.controller, PARTS, AS_LISTED, rig)
time.sleep(1)
answered = 0
with open('lines', 'rb') as f:
    for line in f:
        text = line.rstrip()
        commands._last_q = None
        commands.log.clear()  # telemetry takes it, on a board
        try:
            request = frames.decode(b'%s*%08x' % (text, binascii.crc32(text)))
            if request is not None:
                reply = frames.encode(commands.answer(request))
                answered += 1
                if len(reply) > frames.LINE_BYTES_MAX + 1: print(len(reply), text)
        except Exception as error:
            print(repr(error), text)
print(answered)
print('END')
"""


@pytest.mark.emulator
def test_nothing_a_host_sends_makes_the_link_raise(image: Image) -> None:
    requests = _requests()
    lines = "\n".join([*_ODD, *requests]).encode()
    *raised, answered = said_on_the_chip(image, _MAIN, {"lines": lines}, limit_s=120)
    assert raised == []
    # All but those nested too deep are requests, and get a reply.
    assert int(answered) >= len(requests) - 2 * len(_FIELDS)

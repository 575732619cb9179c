"""What is sent to the board does not fill its heap, whether or not it means anything."""

import binascii

import pytest
from device_program import continuous

from pumprig.image import Image
from pumprig.rig.emulated import EmulatedRig

pytestmark = pytest.mark.emulator


def delivering(image: Image) -> EmulatedRig:
    rig = EmulatedRig(image)
    rig.open()
    rig.link.order("stage", program=continuous(7_500))
    rig.link.order("start", scale=60)
    return rig


def test_a_program_in_parts_that_is_none(image: Image) -> None:
    rig = delivering(image)
    resets = rig.chip.resets
    for part in range(16):
        head = b'{"q":%d,"c":"stage","part":%d,"of":16,"program":{"steps":[' % (5000 + part, part)
        text = head + b",".join([b'"~"'] * ((1012 - len(head)) // 4)) + b"]}}"
        rig.link.send(text + b"*%08x\n" % binascii.crc32(text))
        rig.advance(0.6)
    assert not any(b"MemoryError" in line for line in rig.link.noise)
    assert rig.link.order("status")["state"] == "running"
    assert rig.chip.resets == resets


def test_orders_that_nobody_watches(image: Image) -> None:
    rig = delivering(image)
    plan = [[1400 + hour, 1000] for hour in range(40)]
    for _ in range(36):
        rig.link.order("stop", plan=plan, kind="supervised", reason="x" * 80, style="x" * 100)
    assert rig.link.order("hello")["crash"] == ""

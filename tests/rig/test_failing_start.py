"""Firmware that cannot start: tried again, and after the third failure left to be mended."""

import pytest

from pumprig.bench.chip import Chip
from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig.emulated import EmulatedRig

BROKEN = {"device.py": b"raise RuntimeError('broken on purpose')\n"}


def _broken_board() -> dict[str, bytes]:
    files = {name: data for name, data in firmware_files().items() if name != "device.mpy"}
    return {**files, **BROKEN}


@pytest.mark.emulator
def test_a_start_that_fails_three_times_stays_at_the_prompt(image: Image) -> None:
    chip = Chip(image.path, _broken_board())
    heard = bytearray()
    chip.on_console = heard.extend
    assert chip.run_until(lambda: b"broken on purpose" in heard, 10)
    heard.clear()
    chip.write_console(b"\x03\x01print('let', 'in')\x04")
    chip.run_for(1)
    assert b"let in" not in heard, "no prompt waits for the watchdog"
    chip.run_for(30)
    assert chip.resets == 3
    heard.clear()
    chip.write_console(b"\r\nprint(open('/crash').read(), open('/failed').read())\r\n")
    chip.run_for(1)
    assert b"RuntimeError: broken on purpose" in heard
    assert b"xxx" in heard
    chip.run_for(10)
    assert chip.resets == 3, "no watchdog runs at the prompt"


@pytest.mark.emulator
def test_a_start_that_succeeds_forgets_the_failures_before(image: Image) -> None:
    rig = EmulatedRig(image, {**firmware_files(), "failed": b"xx"})
    rig.open()
    rig.link.order("service", reason="to look")
    heard = bytearray()
    rig.chip.on_console = heard.extend
    rig.advance(2)
    rig.chip.write_console(b"import os; print(os.listdir())\r\n")
    rig.advance(1)
    assert b"'main.py'" in heard
    assert b"'failed'" not in heard
    rig.close()

"""Lines that are no frames, as the host rig gets them: counted whatever is wrong with them."""

import pytest

from link.abuse import LINES
from link.frames import LINE_BYTES_MAX
from pump import conditions as al
from pumprig.rig.host import HostRig


@pytest.mark.parametrize("line", [b"{}*00000000\n", b"x" * (LINE_BYTES_MAX + 1) + b"\n"])
def test_torn_lines_and_those_too_long_are_abuse_alike(line: bytes) -> None:
    rig = HostRig()
    rig.open()
    rig.link.send(line * LINES)
    assert not rig.controller.alarms.active >> al.LINK_ABUSE & 1
    rig.link.send(line)
    assert rig.controller.alarms.active >> al.LINK_ABUSE & 1
    assert rig.link.request("hello")["state"] == "no program"

"""A tap on a key that is over before the loop looks again."""

import pytest
from traceability.mark import requirement

from pumprig.bench.parts.keys import ACK
from pumprig.image import Image
from pumprig.rig.emulated import EmulatedRig

pytestmark = pytest.mark.emulator


@requirement("R6.5.0(21)")
def test_a_tap_of_the_acknowledge_key_between_two_looks_confirms_the_signal_test(
    image: Image,
) -> None:
    rig = EmulatedRig(image)
    rig.open()
    for at_s in (0.0, 0.07, 0.13, 0.21, 0.29):  # looks are 0.4 s apart
        rig.link.order("signal_test")
        rig.advance(at_s)
        rig.bench.keys.press(ACK)
        rig.advance(0.01)
        rig.bench.keys.release(ACK)
        rig.advance(0.5)
        signals = rig.link.order("status")["signals"]
        assert isinstance(signals, dict)
        assert signals["tested"] == "confirmed", at_s

"""Boot. NOT a medical device: a bench and teaching rig, never for a patient."""

import sys

import micropython

sys.path.remove("/lib")  # nothing of ours; looking there takes a millisecond for each import
micropython.kbd_intr(-1)  # Ctrl-C must not stop a pump, nor keep one from starting

import pins  # noqa: E402
from machine import WDT, Pin  # noqa: E402

from drivers import store  # noqa: E402

if store.service_asked() or store.failed_starts() >= 3:
    micropython.kbd_intr(3)
    Pin(pins.LAMP_RED, Pin.OUT, value=1)  # held for service: not delivering, and seen to be
else:
    WDT(timeout=3000)  # a start that fails is tried again
    try:
        from device import Device

        Device().run()
    except Exception as error:
        # The watchdog resets us, and hello tells of it; a third failed start stays at the prompt,
        # where mpremote can mend what is broken.
        store.keep_crash(error)
        raise

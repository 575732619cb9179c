"""Boot. NOT a medical device: a bench and teaching rig, never for a patient."""

import micropython

micropython.kbd_intr(-1)  # Ctrl-C must not stop a pump, nor keep one from starting

import pins  # noqa: E402
from machine import WDT, Pin  # noqa: E402

from drivers import store  # noqa: E402

if store.service_asked():
    micropython.kbd_intr(3)
    Pin(pins.LAMP_RED, Pin.OUT, value=1)  # held for service: not delivering, and seen to be
else:
    WDT(timeout=3000)  # a start that fails is tried again
    try:
        from device import Device

        Device().run()
    except Exception as error:
        store.keep_crash(error)  # the watchdog resets us; hello tells of it
        raise

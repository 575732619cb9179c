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
    except BaseException as error:
        # The watchdog resets us, and hello tells of it. No prompt until then: on a board with keys
        # it is the service's. A third failed start stays there, where mpremote can mend it.
        try:
            store.keep_crash(error)
            sys.print_exception(error)
        finally:  # also when there is no heap left for that
            while True:
                pass

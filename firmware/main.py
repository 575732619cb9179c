"""Boot. NOT a medical device: a bench and teaching rig, never for a patient."""

import pins
from machine import Pin

from drivers import store

if store.service_asked():
    Pin(pins.LAMP_RED, Pin.OUT, value=1)  # held for service: not delivering, and seen to be
else:
    from device import Device

    try:
        Device().run()
    except Exception as error:
        store.keep_crash(error)  # the watchdog resets us; hello tells of it
        raise

"""The reservoir's scale: an HX711 load-cell amplifier, read by state machine 3 of PIO block 0.

The clock line must never be high for longer than 50 us, or the amplifier switches off: so a PIO
program makes it, and neither garbage collection nor a flash write can stretch it. Asked by a word,
it reads twice: once whatever lies there, then the next conversion the moment it is ready, so that
it never reads across the end of a conversion. 25 pulses: channel A, gain 128 (HX711 datasheet).
"""

from time import sleep_us

import rp2
from machine import Pin
from micropython import const

_HZ = const(1_000_000)
_POWER_DOWN_US = const(100)  # the clock line high for 60 us and more


@rp2.asm_pio(sideset_init=rp2.PIO.OUT_LOW)
def _read():
    wrap_target()  # noqa: F821
    pull(block).side(0)  # noqa: F821
    set(y, 1).side(0)  # noqa: F821
    label("again")  # noqa: F821
    mov(isr, null).side(0)  # noqa: F821
    wait(0, pin, 0).side(0)  # noqa: F821  ready
    set(x, 23).side(1)[1]  # noqa: F821
    label("bit")  # noqa: F821
    in_(pins, 1).side(0)[1]  # noqa: F821
    jmp(x_dec, "bit").side(1)[1]  # noqa: F821
    in_(pins, 1).side(0)[1]  # noqa: F821  after the 25th pulse: high
    jmp(y_dec, "again").side(0)  # noqa: F821
    push(noblock).side(0)  # noqa: F821
    wrap()  # noqa: F821


class Hx711:
    """`poll()` takes a conversion that is there and asks for the next: at most five a second.

    No answer, or one whose 25th bit is not high, leaves the readings as they are.
    """

    def __init__(self, data: int, clock: int) -> None:
        # A reset may have cut a conversion in two: off and on, and it begins anew.
        line = Pin(clock, Pin.OUT, value=1)
        sleep_us(_POWER_DOWN_US)
        line(0)
        self._sm = rp2.StateMachine(
            3, _read, freq=_HZ, in_base=Pin(data, Pin.IN, Pin.PULL_UP), sideset_base=line
        )
        self._sm.active(1)
        self._sm.put(0)

    def poll(self, readings) -> None:
        sm = self._sm
        if sm.rx_fifo():
            word = sm.get()
            sm.put(0)
            if word & 1:
                raw = word >> 1
                readings.scale_raw = raw - 0x1000000 if raw & 0x800000 else raw
                readings.scale_readings += 1

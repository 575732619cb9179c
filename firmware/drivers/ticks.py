"""The PIO's own time, to hold the processor's against: both are wrong if a clock divider is."""

from time import ticks_diff, ticks_ms

import rp2
from micropython import const

_HZ = const(32_000)  # 32 clocks are a millisecond


@rp2.asm_pio()
def _count_down():
    wrap_target()  # noqa: F821
    label("top")  # noqa: F821
    jmp(x_dec, "top")[31]  # noqa: F821
    wrap()  # noqa: F821


class PioTicks:
    """Counts in state machine 7 from `start` to `off_ms`, and not beyond: it costs an emulator
    time."""

    def __init__(self) -> None:
        self._sm = rp2.StateMachine(7)
        self._full = rp2.asm_pio_encode("mov(x, invert(null))", 0)
        self._copy = rp2.asm_pio_encode("mov(isr, invert(x))", 0)
        self._push = rp2.asm_pio_encode("push(noblock)", 0)
        self._started = 0

    def start(self) -> None:
        self._sm.init(_count_down, freq=_HZ)
        self._sm.exec(self._full)
        self._sm.active(1)
        self._started = ticks_ms()

    def off_ms(self) -> int:
        """How much more time has passed here since `start` than the processor says."""
        sm = self._sm
        sm.exec(self._copy)
        sm.exec(self._push)
        passed_ms = ticks_diff(ticks_ms(), self._started)
        sm.active(0)
        return sm.get() - passed_ms

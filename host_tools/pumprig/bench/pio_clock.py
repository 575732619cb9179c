"""Keeps the PIO in time while the emulated CPU sleeps.

An idle chip jumps to its next timer, and the emulator gives the PIO a single step for the whole
jump. So this device is a timer that is always armed for the moment a state machine has something
to do: the jump then ends there, and the step is the right one. Looked at again at least every
millisecond, because a sleeping chip may be handed work from outside.
"""

from rp2040py.rp2040 import RP2040

_IDLE_LOOK_NS = 1_000_000
_NEVER = 1 << 60


class PioClock:
    """Two turns alternate: one at the due time, so that the jump ends there, and one a system
    clock later, because only then has the emulator told the PIO how far the jump went."""

    def attach(self, mcu: RP2040) -> None:
        self._pios = list(mcu.pio)
        self._mcu = mcu
        self._looking = False
        self._alarm = mcu.clock.create_alarm(self._on_alarm)
        self._alarm.schedule(_IDLE_LOOK_NS)

    def _on_alarm(self) -> None:
        cycle_ns = 1e9 / self._mcu.clk_sys
        self._looking = not self._looking
        if self._looking:
            self._alarm.schedule(cycle_ns)
            return
        due_fp = _NEVER  # 1/256 system clocks from the last turn to the earliest due machine
        for pio in self._pios:
            due_fp = min(due_fp, pio.next_due_fp - pio.cycle_fp)
        ns = (due_fp / 256 - 1) * cycle_ns
        self._alarm.schedule(min(_IDLE_LOOK_NS, max(ns, cycle_ns)))

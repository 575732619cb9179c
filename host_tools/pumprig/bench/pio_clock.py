"""Keeps the PIO in time while the emulated CPU sleeps.

An idle chip jumps to its next timer, and the emulator gives the PIO a single step for the whole
jump. So this device is a timer that is armed for the moment a state machine has something to do:
the jump then ends there, and the step is the right one. While every machine is stalled it looks
each millisecond, because the CPU may hand one work and go back to sleep.

How far a jump went reaches the PIO only after the timers of that moment have fired. So two turns
alternate: one at the due time, and one a system clock later to see what is due next. A part that
changes a pin on which a machine may wait says so with `wake()`, or that machine would be given its
first step now and its second one up to a millisecond later.
"""

from rp2040py.rp2040 import RP2040

_LOOK_TICKS = 16_000_000  # 1 ms in 1/16 ns
_NEVER_FP = 1 << 50


class PioClock:
    def attach(self, mcu: RP2040) -> None:
        self._mcu = mcu
        self._pio_0, self._pio_1 = mcu.pio[0], mcu.pio[1]
        self._due = False
        self._alarm = mcu.clock.create_alarm(self._turn)
        self._arm = self._alarm.schedule_ticks
        self._arm(_LOOK_TICKS)

    def wake(self) -> None:
        """Look what is due a system clock from now."""
        self._alarm.cancel()
        self._due = False
        self._arm(int(16e9 / self._mcu.clk_sys))

    def _turn(self) -> None:
        cycle_ticks = 16e9 / self._mcu.clk_sys
        if self._due:
            self._due = False
            self._arm(int(cycle_ticks))
            return
        first, second = self._pio_0, self._pio_1
        ahead_fp = min(first.next_due_fp - first.cycle_fp, second.next_due_fp - second.cycle_fp)
        if ahead_fp > _NEVER_FP:  # every machine is stalled or off
            self._arm(_LOOK_TICKS)
            return
        # In 1/256 clocks from the turn before, one clock ago. Never less than a clock: the
        # emulator gives the PIO a whole one for any jump. At most 16.8 ms, the longest delay.
        ticks = (ahead_fp / 256 - 1) * cycle_ticks
        self._due = True
        self._arm(int(ticks if ticks > cycle_ticks else cycle_ticks))

"""The motor: a PIO program emits counted packets exactly, a second one counts what came out.

State machine 0 makes the pulses and stalls when it has no packet: a dead CPU is a stopped motor.
State machine 1 watches the STEP pin itself. The two share nothing but the pin, and the controller
compares them; on disagreement, or an emergency stop, ENABLE rises and the motor is free.

A wait of t ticks is three counts, t = 32 coarse + 8 middle + fine, because each instruction that
an emulator steps costs it time. Counted from the program below: from edge to edge within a run,
t + 51 ticks; from the last edge to the first of a chained packet, t + 55; from the second word to
the first edge, when idle, t + 47.
"""

from time import ticks_diff, ticks_us

import rp2
from machine import Pin, mem32
from micropython import const

from pump.delivery import PACKET_STEPS_MAX
from pump.pulses import INTERVAL_MAX, INTERVAL_MIN, Pulses

_PIO0 = const(0x50200000)
_SM0_CLKDIV = const(0x502000C8)
_SM0_ADDR = const(0x502000D4)
CLOCK_HZ = const(125_000_000)
_CHAIN_TICKS = const(55)
_IDLE_TICKS = const(47)
_WORDS_A_RUN = const(2)
_FIFO_WORDS = const(8)


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW, fifo_join=rp2.PIO.JOIN_TX, out_shiftdir=rp2.PIO.SHIFT_RIGHT)
def _emit():
    wrap_target()  # noqa: F821
    pull(block)  # noqa: F821  interval of the run
    mov(isr, osr)  # noqa: F821
    pull(block)  # noqa: F821  steps - 1, wait before the first
    out(x, 10)  # noqa: F821
    jmp("wait")  # noqa: F821
    label("again")  # noqa: F821
    mov(osr, isr)  # noqa: F821
    label("wait")  # noqa: F821
    out(y, 17)  # noqa: F821
    label("coarse")  # noqa: F821
    jmp(y_dec, "coarse")[31]  # noqa: F821
    out(y, 2)  # noqa: F821
    label("middle")  # noqa: F821
    jmp(y_dec, "middle")[7]  # noqa: F821
    out(y, 3)  # noqa: F821
    label("fine")  # noqa: F821
    jmp(y_dec, "fine")  # noqa: F821
    set(pins, 1)[3]  # noqa: F821  the driver acts on this edge
    set(pins, 0)  # noqa: F821
    jmp(x_dec, "again")  # noqa: F821
    wrap()  # noqa: F821


@rp2.asm_pio()
def _count():
    wrap_target()  # noqa: F821
    label("top")  # noqa: F821
    wait(0, pin, 0)  # noqa: F821
    wait(1, pin, 0)  # noqa: F821
    jmp(x_dec, "top")  # noqa: F821
    wrap()  # noqa: F821


class EdgeCounter:
    """Counts the rising edges of a pin in state machine `sm`, without the CPU. 2**30 at most."""

    def __init__(self, sm: int, pin: Pin) -> None:
        self._sm = rp2.StateMachine(sm, _count, freq=CLOCK_HZ, in_base=pin)
        self._copy = rp2.asm_pio_encode("mov(isr, invert(x))", 0)
        self._push = rp2.asm_pio_encode("push(noblock)", 0)
        self._sm.exec(rp2.asm_pio_encode("mov(x, invert(null))", 0))
        self._sm.active(1)

    def read(self) -> int:
        sm = self._sm
        sm.exec(self._copy)
        sm.exec(self._push)
        return sm.get()


class Stepper:
    """Emits packets. `prepare()` once per program, then `load()` for each packet."""

    def __init__(self, step: int, direction: int, enable_n: int) -> None:
        self._enable_n = Pin(enable_n, Pin.OUT, value=1)
        Pin(direction, Pin.OUT, value=0)
        self._step = Pin(step, Pin.OUT, value=0)
        self._start_pulses()
        self._counter = EdgeCounter(1, self._step)
        self._pulses = Pulses(0, 1000, 1)

    def _start_pulses(self) -> None:
        self._sm = rp2.StateMachine(0, _emit, freq=CLOCK_HZ, set_base=self._step)
        self._sm.active(1)
        self._idle_at = mem32[_SM0_ADDR]  # it stalls on its first instruction at once

    def counted(self) -> int:
        """Steps that came out of the pin since power-up."""
        return self._counter.read()

    def prepare(self, fastest_nl_h: int, nl_per_1000_steps: int, time_scale: int) -> None:
        self._pulses = Pulses(fastest_nl_h, nl_per_1000_steps, time_scale)
        mem32[_SM0_CLKDIV] = self._pulses.div256 << 8
        self._enable_n(0)

    def has_room(self) -> bool:
        """Whether a packet, cut in two runs at worst, fits beside what is queued."""
        return self._sm.tx_fifo() <= _FIFO_WORDS - 2 * _WORDS_A_RUN

    def is_idle(self) -> bool:
        """Whether nothing is queued or under way: stalled on the first instruction, FIFO empty."""
        return mem32[_SM0_ADDR] == self._idle_at and self._sm.tx_fifo() == 0

    def load(self, actions, us_to_start: int) -> None:
        """Queue a packet. `us_to_start`: wall time until its first pump second, for when the
        motor rests; a packet that finds the motor at work chains on to the last one exactly."""
        p = self._pulses
        p.plan(actions.phase, actions.rate_nl_h, actions.steps, actions.seconds)
        if not actions.steps:
            return
        self._enable_n(0)
        put = self._sm.put
        interval = _word(p.interval - INTERVAL_MIN) >> 10
        if self.is_idle():
            planned = ticks_us()
            put(interval)
            wait = p.wait_resting(us_to_start - ticks_diff(ticks_us(), planned), _IDLE_TICKS)
        else:
            wait = p.wait_chained(_CHAIN_TICKS)
            put(interval)
        put(_word(wait) | (p.run - 1))
        if p.run_longer:
            put(_word(p.interval + 1 - INTERVAL_MIN) >> 10)
            put(_word(p.interval + 1 - _CHAIN_TICKS) | (p.run_longer - 1))

    def cut(self) -> None:
        """Off, now: the motor is freed, the generator stopped and emptied."""
        self._enable_n(1)
        self._sm.active(0)
        self._start_pulses()
        mem32[_SM0_CLKDIV] = self._pulses.div256 << 8
        self._pulses.rest()


def _word(ticks: int) -> int:
    """The three counts at bits 10, 27 and 29; ticks beyond 22 bits are cut to the longest."""
    ticks = min(ticks, INTERVAL_MAX)
    return ((ticks >> 5) << 10) | ((ticks >> 3 & 3) << 27) | ((ticks & 7) << 29)


assert PACKET_STEPS_MAX == 1024  # ten bits of steps - 1

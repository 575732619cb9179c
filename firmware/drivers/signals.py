"""Sounder and lamps, played by PIO block 1: no busy CPU, garbage collection or flash write bends a
pattern, and a dead CPU does not end it.

State machine 4 plays a burst and its pause for ever, out of two words (pump.patterns). For each
slot of tone it raises a flag, on which state machine 5 makes one slot's worth of carrier. State
machine 6 plays the lamps' cycle. 4 and 6 run at 2 kHz, the slowest round clock there is, because
each instruction costs an emulator time.
"""

import rp2
from machine import Pin, mem32
from micropython import const

TONE_HZ = const(2800)
_PLAYER_HZ = const(2000)
_CARRIER_HZ = const(89_600)  # 32 clocks a period
_PERIODS = const(281)  # of carrier in a slot: it ends just before the next slot of tone begins
_SM4_ADDR = const(0x503000D4)
_PAUSE_AT = const(13)  # the player's instruction in which it waits out the pause


@rp2.asm_pio(out_shiftdir=rp2.PIO.SHIFT_RIGHT)
def _play():
    pull(block)  # noqa: F821  the burst, bit 0 first
    mov(isr, osr)  # noqa: F821
    pull(block)  # noqa: F821  the pause - 1, in 20 clocks
    mov(x, osr)  # noqa: F821
    wrap_target()  # noqa: F821
    mov(osr, isr)  # noqa: F821
    label("slot")  # noqa: F821  200 clocks, with tone 201
    out(y, 1)  # noqa: F821
    jmp(not_y, "silent")  # noqa: F821
    irq(4)  # noqa: F821
    label("silent")  # noqa: F821
    set(y, 5)[3]  # noqa: F821
    label("rest")  # noqa: F821
    jmp(y_dec, "rest")[31]  # noqa: F821
    mov(y, osr)  # noqa: F821
    jmp(y_dec, "slot")  # noqa: F821  until no tone is left
    mov(y, x)  # noqa: F821
    label("pause")  # noqa: F821
    jmp(y_dec, "pause")[19]  # noqa: F821
    wrap()  # noqa: F821


@rp2.asm_pio(sideset_init=rp2.PIO.OUT_LOW)
def _carrier():
    wrap_target()  # noqa: F821
    wait(1, irq, 4).side(0)  # noqa: F821
    mov(x, y).side(0)  # noqa: F821
    label("period")  # noqa: F821
    nop().side(1)[15]  # noqa: F821
    jmp(x_dec, "period").side(0)[15]  # noqa: F821
    wrap()  # noqa: F821


@rp2.asm_pio(out_init=(rp2.PIO.OUT_LOW,) * 3, out_shiftdir=rp2.PIO.SHIFT_RIGHT, pull_thresh=24)
def _light():
    pull(block)  # noqa: F821  eight slots of three lamps
    mov(x, osr)  # noqa: F821
    wrap_target()  # noqa: F821
    mov(osr, x)  # noqa: F821
    label("slot")  # noqa: F821  500 clocks
    out(pins, 3)  # noqa: F821
    set(y, 14)  # noqa: F821
    label("rest")  # noqa: F821
    jmp(y_dec, "rest")[31]  # noqa: F821
    jmp(not_osre, "slot")[17]  # noqa: F821
    wrap()  # noqa: F821


class Signals:
    """`show()` says what is to be heard and seen from now on; nothing else need be called."""

    def __init__(self, sounder: int, red: int, yellow: int, cyan: int) -> None:
        if (yellow, cyan) != (red + 1, red + 2):
            raise ValueError("lamps: red, yellow and cyan are three pins in a row")
        self._sounder = Pin(sounder)
        self._red = Pin(red)
        self._player = rp2.StateMachine(4)
        self._carrier = rp2.StateMachine(5)
        self._lights = rp2.StateMachine(6)
        self._forget_tone = rp2.asm_pio_encode("irq(clear, 4)", 0)
        self._pull = rp2.asm_pio_encode("pull(block)", 1)
        self._keep = rp2.asm_pio_encode("mov(y, osr)", 1)
        self._sound = (0, 0)
        self._rings = 0
        self._lamps = -1
        self._start_player()
        self._pause_addr = mem32[_SM4_ADDR] + _PAUSE_AT  # it waits for its first word now
        self.show((0, 0), 0, 0)

    def _start_player(self) -> None:
        """Silence at once, and the player at its beginning."""
        player, carrier = self._player, self._carrier
        player.init(_play, freq=_PLAYER_HZ)
        carrier.init(_carrier, freq=_CARRIER_HZ, sideset_base=self._sounder)
        player.exec(self._forget_tone)
        carrier.put(_PERIODS - 1)
        carrier.exec(self._pull)
        carrier.exec(self._keep)
        carrier.active(1)
        player.active(1)

    def _play(self, sound) -> None:
        self._start_player()
        self._sound = sound
        if sound[0]:
            self._player.put(sound[0])
            self._player.put(sound[1] - 1)

    def show(self, sound, rings: int, lamps: int) -> None:
        """`sound`: words of a burst and its pause, (0, 0): silence. `rings`: when this number
        changes, the pattern begins anew, unless its burst is being heard. `lamps`: a word."""
        if sound != self._sound or (
            rings != self._rings and sound[0] and mem32[_SM4_ADDR] == self._pause_addr
        ):
            self._play(sound)
        self._rings = rings
        if lamps != self._lamps:
            self._lamps = lamps
            self._lights.init(_light, freq=_PLAYER_HZ, out_base=self._red)
            self._lights.put(lamps)
            self._lights.active(1 if lamps else 0)

"""An emulated RP2040 whose simulated time belongs to the caller.

Left alone, the emulator runs away: with the CPU asleep it jumps from timer to timer. `run_for()`
(lockstep) and `run_paced()` (N times the wall clock) are the only things here that move time.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from rp2040py.boards import BoardSpec, FlashLayout
from rp2040py.device import MicroPythonDevice
from rp2040py.reset_cause import ResetCause
from rp2040py.rp2040 import RP2040

from pumprig.bench import flash_image
from pumprig.bench.pio_clock import PioClock

TICKS_PER_S = 16_000_000_000  # the emulator counts time in 1/16 ns
_FLASH_BASE = 0x10000000
_ENDLESS_LOOP_AT = 0x20041000  # scratch RAM bank 5: MicroPython's RP2040 build leaves it to core 1
_BRANCH_TO_SELF = 0xE7FE


class Part(Protocol):
    """Something wired to the chip's pins."""

    def attach(self, chip: "Chip") -> None: ...


class Chip:
    """A Pico with MicroPython in flash, our files in its file system, and parts on its pins.

    `now_s()` is simulated time since power was first applied; it never goes back, also over
    resets and power cuts.
    """

    def __init__(
        self, image: Path, files: Mapping[str, bytes], *parts: Part, journal_sectors: int = 0
    ) -> None:
        layout = FlashLayout(
            flash_image.FS_START, flash_image.FS_BLOCKS, flash_image.FS_BLOCK_BYTES
        )
        self._device = MicroPythonDevice(board=BoardSpec(image=image, layout=layout))
        self.mcu: RP2040 = self._device.mcu
        start = flash_image.FS_START
        fs = flash_image.build(files, journal_sectors)
        self.mcu.flash[start : start + len(fs)] = fs
        self._simulator = self._device.simulator
        self._rebased_ticks = 0
        self.mcu.clock.add_rebase_listener(self._on_rebase)
        self._stop_alarm = self.mcu.clock.create_alarm(self._simulator.stop)
        self.on_console: Callable[[bytes], None] = lambda _data: None
        self._device.cdc.on_serial_data = lambda data: self.on_console(bytes(data))
        self.usb_connected = False
        self._device.cdc.on_device_connected = self._on_connected
        self.resets = 0  # of any cause, since power was first applied
        self.mcu.watchdog.on_watchdog_trigger = lambda: self._reset(ResetCause.WATCHDOG)
        self._outbox = bytearray()
        self.pio_clock = PioClock()
        self.pio_clock.attach(self.mcu)
        for part in parts:
            part.attach(self)
        self.mcu.core.pc = _FLASH_BASE

    # -- time ----------------------------------------------------------------------------------
    def _on_rebase(self, delta: int) -> None:
        self._rebased_ticks += delta

    def ticks(self) -> int:
        """Simulated time since power-on in 1/16 ns, exact."""
        return int(self.mcu.clock.ticks) + self._rebased_ticks

    def now_s(self) -> float:
        return self.ticks() / TICKS_PER_S

    def run_for(self, seconds: float) -> None:
        """Lockstep: advance simulated time by `seconds`, as fast as the host can."""
        self._run_ticks(round(seconds * TICKS_PER_S))

    def _run_ticks(self, ticks: int) -> None:
        end = self.ticks() + ticks
        while (left := end - self.ticks()) > 0:
            if self._outbox:
                self._feed_console()
                left = min(left, TICKS_PER_S // 1000)
            self._simulator.stopped = False
            self._stop_alarm.schedule_ticks(left)
            while not self._simulator.stopped:
                self._simulator._execute_batch()
        self._simulator.stopped = True

    def run_until(self, done: Callable[[], bool], limit_s: float, slice_s: float = 0.002) -> bool:
        """Lockstep until `done()`, looked at every `slice_s`; False when `limit_s` ran out."""
        end_s = self.now_s() + limit_s
        while not done():
            if self.now_s() >= end_s:
                return False
            self.run_for(slice_s)
        return True

    def run_paced(self, speed: float, turn: Callable[[], bool], slice_s: float = 0.002) -> None:
        """`speed` times the wall clock, in slices, until `turn()` (called between) says False.

        When the host cannot keep up the pace slips; it is never made up in a burst.
        """
        sim_0, wall_0 = self.now_s(), time.monotonic()
        while turn():
            self.run_for(slice_s * max(1.0, speed))
            ahead_s = (self.now_s() - sim_0) / speed - (time.monotonic() - wall_0)
            if ahead_s > 0:
                time.sleep(ahead_s)
            else:
                sim_0, wall_0 = self.now_s(), time.monotonic()

    # -- console -------------------------------------------------------------------------------
    def _on_connected(self) -> None:
        self.usb_connected = True

    def write_console(self, data: bytes) -> None:
        """Bytes to the board's USB serial port; they go out as the chip runs."""
        self._outbox += data

    def _feed_console(self) -> None:
        cdc = self._device.cdc
        while self._outbox and not cdc.tx_fifo.full:
            cdc.send_serial_byte(self._outbox.pop(0))

    # -- what can happen to a board --------------------------------------------------------------
    def _reset(self, cause: ResetCause) -> None:
        self.resets += 1
        self.usb_connected = False
        self._outbox.clear()
        self._device.hard_reset(cause=cause)

    def press_reset(self) -> None:
        self._reset(ResetCause.RUN_PIN)

    def power_cut(self, off_s: float) -> None:
        """Power goes now and comes back `off_s` later. Flash survives, RAM does not."""
        self.resets += 1
        self.mcu.enter_reset(cause=ResetCause.POWER_ON)
        self.usb_connected = False
        self._outbox.clear()
        ram = self.mcu.sram
        ram[:] = bytes(len(ram))
        self.mcu.clock.tick(off_s * 1e9)
        self._device.hard_reset(cause=ResetCause.POWER_ON)

    def freeze_cpu(self) -> None:
        """The CPU enters an endless loop with interrupts off; everything else goes on."""
        self.mcu.write_uint16(_ENDLESS_LOOP_AT, _BRANCH_TO_SELF)
        self.mcu.core.pc = _ENDLESS_LOOP_AT
        self.mcu.core.pm = True

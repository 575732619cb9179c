"""Ties the rooms together: self-test, restore, then one loop for ever. Decides nothing itself.

The pulse generator is fed at least half a second ahead, so no pass is in a hurry. A loop that
hangs is reset by the watchdog after WATCHDOG_MS; the motor has then long run out of packets.
"""

import gc
import os
from time import ticks_diff, ticks_ms

import machine
import pins
from machine import Pin, mem32
from micropython import const

from drivers.clock import PumpClock
from drivers.console import Console
from drivers.signals import Signals
from drivers.stepper import CLOCK_HZ, EdgeCounter, Stepper
from drivers.store import Store, ask_for_service, last_crash, started
from link import frames
from link.audio import turn_audio
from link.commands import Commands
from link.telemetry import Telemetry
from pump import conditions as al
from pump.controller import RUNNING, Controller, Sensed, late_s, margin_s
from pump.delivery import packet_pl_max
from pump.journal import BOUND_NL
from pump.patterns import lamp_word, sound_words
from pump.program import Program
from pump.snapshots import fastest_nl_h
from pump.units import NEVER_S

WATCHDOG_MS = const(3000)
HEARTBEAT_MS = const(1000)
WINDOW_WALL_S = const(4)  # the most wall time one packet covers
HEAP_FREE_MIN = const(60_000)
_COLLECT_EVERY = const(32)  # packets
_BOUND_PL = BOUND_NL * 1000
_WATCHDOG_REASON = const(0x40058008)  # bit 0: it ran out; bit 1: it was used to restart


def _reset_cause() -> str:
    if machine.reset_cause() != machine.WDT_RESET:
        return "power"
    return "watchdog" if mem32[_WATCHDOG_REASON] & 1 else "restart"


class Device:
    def __init__(self) -> None:
        self.reset_cause = _reset_cause()
        self.watchdog = machine.WDT(timeout=WATCHDOG_MS)  # runs since main.py
        if machine.freq() != CLOCK_HZ:  # other MicroPython versions start at another speed
            machine.freq(CLOCK_HZ)
        self.motor = Stepper(pins.STEP, pins.DIR, pins.ENABLE_N)
        self.rotor = EdgeCounter(2, Pin(pins.ROTOR, Pin.IN, Pin.PULL_DOWN))
        self.signals = Signals(pins.SOUNDER, pins.LAMP_RED, pins.LAMP_YELLOW, pins.LAMP_CYAN)
        self.alive = Pin(pins.ALIVE, Pin.OUT)
        self.console = Console()
        self.clock = PumpClock()
        self.sensed = Sensed()
        self.controller = Controller()
        self.commands = Commands(self.controller, self)
        self.telemetry = Telemetry(self.controller)
        self.reader = frames.LineReader()
        self.store = Store()
        self._recorded = 0  # steps released when the last record was written
        self._packet_pl = 0  # the most that a packet can hold
        self._packets = 0
        self._collect_at = _COLLECT_EVERY
        self._signalled = ticks_ms()
        self.loop_ms_max = 0
        self.crash = last_crash()
        self.self_test = self._self_test()
        self.heap_free_min = gc.mem_free()
        if self.self_test != "ok":
            self.controller.alarms.set(al.STOPPED, True)
        elif self.store.state:
            self._restore(self.store.state)

    # -- what Commands asks of its rig ---------------------------------------------------------
    def counted(self) -> int:
        return self.motor.counted()

    def prepare(self, program: Program, scale: int) -> None:
        self._set_scale(program.fastest_nl_h, program.nl_per_1000_steps, scale)
        self.clock.set(-scale)  # one second of wall time to get ready in

    def facts(self) -> dict:
        return {
            "board": os.uname().machine,
            "micropython": os.uname().release,
            "reset": self.reset_cause,
            "self_test": self.self_test,
            "crash": self.crash,
            "rotor": self.rotor.read(),
            "heap_free_min": self.heap_free_min,
            "loop_ms_max": self.loop_ms_max,
            "dropped": self.console.dropped + self.telemetry.dropped,
            "window_wall_s": WINDOW_WALL_S,
        }

    # -- boot ------------------------------------------------------------------------------------
    def _set_scale(self, fastest_nl_h: int, nl_per_1000_steps: int, scale: int) -> None:
        self.clock.scale = scale
        self.controller.set_pace(WINDOW_WALL_S * scale, margin_s(scale), late_s(scale))
        self._packet_pl = packet_pl_max(fastest_nl_h, nl_per_1000_steps)
        self.motor.prepare(fastest_nl_h, nl_per_1000_steps, scale)

    def _self_test(self) -> str:
        gc.collect()
        if machine.freq() != CLOCK_HZ:
            return "clock: runs at " + str(machine.freq()) + " Hz, not " + str(CLOCK_HZ)
        if gc.mem_free() < HEAP_FREE_MIN:
            return "heap: less than " + str(HEAP_FREE_MIN) + " bytes free"
        if self.motor.counted() or not self.motor.is_idle():
            return "motor: steps before any was released"
        if frames.decode(frames.encode({"a": 1})) != {"a": 1}:
            return "link: a frame does not survive"
        return "ok"

    def _restore(self, state: dict) -> None:
        saved = state["controller"]
        if saved["state"] == 0:
            return
        c, scale = self.controller, state["scale"]
        c.set_pace(WINDOW_WALL_S * scale, margin_s(scale), late_s(scale))
        condition = al.RESET_WATCHDOG if self.reset_cause == "watchdog" else al.RESET_POWER
        c.restore(saved, BOUND_NL, condition)
        self._set_scale(fastest_nl_h(c), c.program.nl_per_1000_steps, scale)
        if "signals" in state:  # earlier records have none
            self.commands.audio.style, c.alarms.latched = state["signals"]
        self.clock.set(saved["now_s"])
        self._record()

    # -- the loop --------------------------------------------------------------------------------
    def run(self) -> None:
        started()
        while True:
            start = ticks_ms()
            self.watchdog.feed()
            self.alive.toggle()
            self._serve()
            wait_ms = self._control()
            self._signal()  # before what takes its time
            self._keep()
            self._send()
            if self.commands.service_wanted:
                self._leave()
            passed = ticks_diff(ticks_ms(), start)
            if passed > self.loop_ms_max:
                self.loop_ms_max = passed
            self.console.wait(max(0, wait_ms - passed))

    def _serve(self) -> None:
        """Take what the host sent, one request at most, and answer it."""
        byte = self.console.byte()
        while byte >= 0:
            line = self.reader.feed(byte)
            if line is not None:
                request = frames.decode(line)
                if request is not None:
                    self.clock.read()
                    reply = self.commands.answer(request)
                    self._control()  # a stop cuts before it is recorded,
                    self._signal()
                    self._keep()  # and is recorded before it is acknowledged
                    self.console.write(frames.encode(reply))
                    return
            byte = self.console.byte()

    def _control(self) -> int:
        """One control step: sense, decide, act; milliseconds until the next is due."""
        clock, controller, sensed = self.clock, self.controller, self.sensed
        sensed.idle = self.motor.is_idle()  # before the count: idle means all of it is counted
        clock.read()
        sensed.counted = self.motor.counted()
        sensed.room = self.motor.has_room()
        now_s, now_ms = clock.now_s, clock.now_ms
        actions = controller.step(now_s, sensed)
        if actions.clock_s != NEVER_S:
            clock.set(actions.clock_s)
        if actions.cut:
            self.motor.cut()
            controller.settle(self.motor.counted())
            self.commands.changed = True
        if actions.packet:
            start_s = controller.front_s - actions.seconds
            self.motor.load(actions, clock.us_until(start_s))
            self._packets += 1
            if self.commands.watching and self._packets % self.commands.watching == 0:
                self.telemetry.sample(now_s, now_ms, sensed.counted)
        if controller.state != RUNNING:
            return HEARTBEAT_MS
        return min(HEARTBEAT_MS, max(0, clock.us_until(actions.wake_s) // 1000 + 1))

    def _signal(self) -> None:
        """What is to be heard and seen; it plays on without the CPU."""
        now = ticks_ms()
        turn_audio(self.commands, self.clock.now_s, ticks_diff(now, self._signalled))
        self._signalled = now
        audio, alarms = self.commands.audio, self.controller.alarms
        silenced = audio.off or audio.left_ms > 0
        lamps = lamp_word(alarms.priorities(), silenced) if alarms.active or silenced else 0
        self.signals.show(sound_words(audio.style, audio.sounding), audio.rings, lamps)

    def _keep(self) -> None:
        """What takes its time, now that the generator is fed: the record and the garbage."""
        controller = self.controller
        if controller.program is None:
            return
        # Due before more than BOUND_NL could be released past the last one.
        steps = controller.authorised - self._recorded
        pl = steps * controller.program.nl_per_1000_steps + self._packet_pl
        if self.commands.changed or pl > _BOUND_PL:
            self.commands.changed = False
            self._record()
        if self._packets >= self._collect_at:
            self._collect_at = self._packets + _COLLECT_EVERY
            gc.collect()
            self.heap_free_min = min(self.heap_free_min, gc.mem_free())

    def _record(self) -> None:
        self._recorded = self.controller.authorised
        saved = self.controller.snapshot(self.clock.now_s)
        signals = [self.commands.audio.style, self.controller.alarms.latched]
        self.store.write({"scale": self.clock.scale, "controller": saved, "signals": signals})

    def _leave(self) -> None:
        """To the prompt, by way of a reset: no watchdog, no motor, and the record says stopped."""
        self._record()
        ask_for_service()
        machine.reset()

    def _send(self) -> None:
        self.telemetry.gather(self.clock.now_s, self.commands.log)
        if self.commands.watching:
            message = self.telemetry.next()
            while message is not None:
                self.console.write(frames.encode(message))
                message = self.telemetry.next()

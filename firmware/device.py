"""Ties the rooms together: self-test, restore, then one loop for ever. Decides nothing itself.

The pulse generator is fed at least half a second ahead, so no pass is in a hurry. A loop that
hangs is reset by the watchdog after WATCHDOG_MS; the motor has then long run out of packets.
"""

import gc
import os
from time import ticks_add, ticks_diff, ticks_ms

import machine
import pins
from machine import Pin, mem32
from micropython import const

from drivers.clock import PumpClock
from drivers.console import Console
from drivers.flash import Flash
from drivers.stepper import CLOCK_HZ, EdgeCounter, Stepper
from drivers.store import (
    ask_for_service,
    keep_watchdog_proof,
    last_crash,
    started,
    watchdog_proof,
)
from link import frames
from pump import conditions as al
from pump import journal
from pump.audio import Audio
from pump.controller import EMPTY, RUNNING, Controller, Sensed, late_s, margin_s
from pump.program import Program
from pump.snapshots import fastest_nl_h
from pump.units import NEVER_S

WATCHDOG_MS = const(3000)
HEARTBEAT_MS = const(400)  # between two looks at the sensors: alarms sound within a second
MINUTE_MS = const(60_000)
WINDOW_WALL_S = const(4)  # the most wall time one packet covers
HEAP_FREE_MIN = const(56_000)
BLOCK_FREE_MIN = const(2048)  # a line of the link and its copy
_COLLECT_EVERY = const(32)  # packets
_READY_MS = const(40)  # for the first packet after a reset: seen, 8
_FIRST_PACKETS = const(2)
_BYTES_A_PASS = const(256)  # from the host; some 40 ms
_TEND_MS = const(100)  # an erase takes some 50 ms: only when no packet is due before
_WATCHDOG_REASON = const(0x40058008)  # bit 0: it ran out; bit 1: it was used to restart


def _reset_cause() -> str:
    if machine.reset_cause() != machine.WDT_RESET:
        return "power"
    return "watchdog" if mem32[_WATCHDOG_REASON] & 1 else "restart"


class _Unasked:
    """Stands for Commands until the motor has what it needs; loading the link takes a while."""

    watching = 0

    def __init__(self) -> None:
        self.changed = False
        self.audio = Audio()
        self.last_order = []


class Device:
    def __init__(self) -> None:
        self.reset_cause = _reset_cause()
        self.watchdog = machine.WDT(timeout=WATCHDOG_MS)  # runs since main.py
        if machine.freq() != CLOCK_HZ:  # other MicroPython versions start at another speed
            machine.freq(CLOCK_HZ)
        self.motor = Stepper(pins.STEP, pins.DIR, pins.ENABLE_N)
        self.rotor = EdgeCounter(2, Pin(pins.ROTOR, Pin.IN, Pin.PULL_DOWN))
        self.alive = Pin(pins.ALIVE, Pin.OUT)
        self.console = Console()
        self.clock = PumpClock()
        self.sensed = Sensed()
        self.controller = Controller()
        self.commands = _Unasked()
        self.senses = None
        self.reader = frames.LineReader()
        self._refused = ticks_ms()  # a line, last
        self.flash = Flash(journal.SECTORS, self.watchdog.feed)
        self.journal = None if self.flash.fault else journal.Journal(self.flash)
        self._recorded = self._recorded_s = 0  # steps released and pump time at the last record
        self._noted = [0, 0]  # alarms and orders that are in the log, of those not told yet
        self._alarmed = False  # since the last record
        self._program = None  # the last one in the history
        self._kept_state = self.controller.state  # in the last record
        self._tubing = [0, 0]  # mL and nL that it has pumped, as in the last record
        self.resets = journal.Resets([])
        self._minute_at = ticks_ms()
        self._packets = 0
        self._collect_at = _COLLECT_EVERY
        self._signalled = ticks_ms()
        self.loop_ms_max = 0
        self.crash = last_crash()
        self.heap_free_min = 0
        self.boot_fault = self._boot_test()
        if self.boot_fault:
            self.controller.alarms.set(al.STOPPED, True)
        elif self.journal.saved:
            self._restore(self.journal.saved)
            self.journal.saved = None
        if self.journal:
            text = self.reset_cause
            if text == "watchdog" and self.crash:
                text += " " + self.crash
            self.journal.note(journal.RESET, self.clock.now_s, text)
        if not self.boot_fault and self.controller.state != RUNNING:
            self.boot_fault = self._prove_watchdog()
        self._open_rest()

    # -- what Commands asks of its rig ---------------------------------------------------------
    def counted(self) -> int:
        return self.motor.counted()

    def prepare(self, program: Program, scale: int) -> None:
        self._set_scale(program.fastest_nl_h, program.nl_per_1000_steps, scale)
        self.resets = journal.Resets([])  # somebody is there
        self._minute_at = ticks_ms()
        self.clock.set(-scale)  # one second of wall time to get ready in

    @property
    def sensing(self):
        return self.senses.sensing

    @property
    def readings(self):
        return self.senses.readings

    def keep_calibration(self, calibration: dict) -> bool:
        return self.journal is not None and self.journal.keep_calibration(calibration)

    def keep_keys(self, keys: dict) -> bool:
        return self.journal is not None and self.journal.keep_keys(keys)

    def ring(self, name: str):
        return getattr(self.journal, name) if self.journal else None

    def facts(self) -> dict:
        return {
            "board": os.uname().machine,
            "micropython": os.uname().release,
            "reset": self.reset_cause,
            "self_test": self.sensing.self_test.result or "under way",
            "crash": self.crash,
            "journal": self.journal.trouble() if self.journal else self.flash.fault,
            "parts": ",".join(pins.PARTS),
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
        self.motor.prepare(fastest_nl_h, nl_per_1000_steps, scale)

    def _boot_test(self) -> str:
        """What must be right before anything else is done, or one line on what is not."""
        if machine.freq() != CLOCK_HZ:
            return "clock: runs at " + str(machine.freq()) + " Hz, not " + str(CLOCK_HZ)
        gc.collect()  # loading has left the heap full of litter
        if self.motor.counted() or not self.motor.is_idle():
            return "motor: steps before any was released"
        if frames.decode(frames.encode({"a": 1})) != {"a": 1}:
            return "link: a frame does not survive"
        return self.flash.fault

    def _prove_watchdog(self) -> str:
        """Once in a board's life, and never while it delivers: nobody feeds the watchdog, and the
        boot that follows says why it came. One line if it does not come."""
        proof = watchdog_proof()
        if proof == "ok":
            return ""
        if proof == "asked" and self.reset_cause == "watchdog":
            keep_watchdog_proof("ok")
            return ""
        keep_watchdog_proof("asked")
        begun = ticks_ms()
        while ticks_diff(ticks_ms(), begun) < 2 * WATCHDOG_MS:
            pass
        return "watchdog: left alone, it does not reset"

    def memory_fault(self) -> str:
        """For the self-test."""
        gc.collect()
        if gc.mem_free() < HEAP_FREE_MIN:
            return "heap: less than " + str(HEAP_FREE_MIN) + " bytes free"
        try:
            bytearray(BLOCK_FREE_MIN)
        except MemoryError:
            return "heap: in pieces, none of " + str(BLOCK_FREE_MIN) + " bytes"
        p = self.controller.program
        if p is not None and not p.is_whole():
            return "program: its checksum is wrong"
        if self.journal is None:
            return ""
        self.journal.check_histories()
        self._tell_damage()
        return self.journal.damage()

    def start_ticks(self) -> None:
        self._ticks.start()

    def ticks_off_ms(self) -> int:
        return self._ticks.off_ms()

    def _restore(self, state: dict) -> None:
        saved = state["controller"]
        self.commands.audio.style = state["style"]
        self._tubing, self.commands.last_order = state["tubing"], state["order"]
        if saved["state"] == EMPTY:
            self.controller.restore(saved, 0, al.RESET_POWER)
            return
        c, scale = self.controller, state["scale"]
        c.set_pace(WINDOW_WALL_S * scale, margin_s(scale), late_s(scale))
        condition = al.RESET_WATCHDOG if self.reset_cause == "watchdog" else al.RESET_POWER
        # What is newer and damaged may have covered as much again, each.
        running = saved["state"] == RUNNING  # nothing is released past a record that says stopped
        lost = self.journal.state.missed
        c.restore(saved, (running + lost) * journal.BOUND_NL, condition)
        self._set_scale(fastest_nl_h(c), c.program.nl_per_1000_steps, scale)
        self.resets = journal.Resets(state["resets"])
        self.resets.add()
        if self.resets.are_many():
            c.hold_after_resets()
        self._program = c.next_program or c.program  # it is in the history
        self.clock.set(saved["now_s"])
        self._tell_damage()  # the record hides it from the next start
        self._record(False)
        if running:
            lead_ms = _READY_MS * scale  # the plan leaves more, and no more is needed
            self.clock.set(c.front_s - 1 - lead_ms // 1000, 999 - lead_ms % 1000)
            self._feed()

    def _feed(self) -> None:
        """Packets for the motor, as far as they are due and there is room."""
        for _ in range(_FIRST_PACKETS):
            if self._control() > 1:
                return

    def _open_rest(self) -> None:
        """All that talks and senses, now that the motor has its first packets. Loading leaves
        litter between what stays: collected at once, or no large block is left."""
        from drivers.signals import Signals
        from link.abuse import Abuse
        from link.audio import turn_audio
        from pump import patterns

        self.signals = Signals(pins.SOUNDER, pins.LAMP_RED, pins.LAMP_YELLOW, pins.LAMP_CYAN)
        self._patterns = patterns
        self.abuse = Abuse()
        self._turn_audio = turn_audio
        audio = self.commands.audio
        gc.collect()
        self._feed()
        from link.commands import Commands

        gc.collect()
        self._feed()
        from link.telemetry import Telemetry

        self.telemetry = Telemetry(self.controller)
        before = self.commands
        keys = self.journal.keys() if self.journal else {}
        self.commands = Commands(self.controller, self, keys)
        self.commands.audio, self.commands.changed = audio, before.changed
        self.commands.remember(before.last_order)
        gc.collect()
        self._feed()
        from senses import Senses

        from drivers.ticks import PioTicks

        gc.collect()
        self._ticks = PioTicks()
        self.senses = Senses(self.commands, self.rotor, self, self._calibration())
        sensing = self.senses.sensing
        sensing.self_test.boot = self.boot_fault
        sensing.tubing_ml, sensing.tubing_nl = self._tubing
        if self.journal:
            self._feed()
            self.journal.count_gaps()
        self._tell_damage()
        gc.collect()
        self.heap_free_min = gc.mem_free()  # the self-test wants HEAP_FREE_MIN of it

    def _tell_damage(self) -> None:
        alarms = self.controller.alarms
        if self.journal and self.journal.trouble() and not alarms.active >> al.MEMORY_FAULT & 1:
            alarms.set(al.MEMORY_FAULT, True)
            self.commands.changed = True  # kept at once: the next start may not see it

    def _calibration(self) -> dict:
        from pump.calibration import AS_LISTED

        kept = self.journal.calibration() if self.journal else None
        return kept or AS_LISTED

    # -- the loop --------------------------------------------------------------------------------
    def run(self) -> None:
        started()
        while True:
            start = ticks_ms()
            self.watchdog.feed()
            self.alive.toggle()
            if not self._tests_first():
                self._serve()
            self.senses.look(self.motor.counted(), self.clock.now_s)
            wait_ms = self._control()
            self._signal()  # before what takes its time
            self._keep()
            self._tidy(wait_ms)
            self.senses.show(self.clock.now_s, self.clock.scale, wait_ms)
            self._send()
            if self.commands.service_wanted or self.commands.reset_wanted:
                self._leave()
            passed = ticks_diff(ticks_ms(), start)
            if passed > self.loop_ms_max:
                self.loop_ms_max = passed
            self.console.wait(max(0, wait_ms - passed))

    def _tests_first(self) -> bool:
        """Whether a pump that delivers nothing still has its first self-test under way: two
        seconds, in which nothing is obeyed."""
        return self.controller.state != RUNNING and self.sensing.self_test.is_first()

    def _serve(self) -> None:
        """Take what the host sent, one request at most, and answer it. A flood is taken in parts:
        the motor is fed in between."""
        for _ in range(_BYTES_A_PASS):
            byte = self.console.byte()
            if byte < 0:
                return
            line = self.reader.feed(byte)
            if line is not None:
                request = frames.decode(line)
                if request is None:
                    now = ticks_ms()
                    since_ms, self._refused = ticks_diff(now, self._refused), now
                    self.abuse.refused(self.controller.alarms, since_ms)
                else:
                    self.clock.read()
                    before = self.commands.last_order
                    reply = self.commands.answer(request)
                    ordered = self.commands.last_order is not before
                    self._control()  # a stop cuts before it is recorded,
                    self._signal()
                    if not self._keep() and ordered:  # and is recorded before it is acknowledged
                        q = reply["q"]
                        reply.clear()  # it is what is remembered as well
                        reply["err"], reply["q"] = "flash: obeyed, but it could not be kept", q
                    self.console.write(frames.encode(reply))
                    return

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
            self._foresee()
            start_s = controller.front_s - actions.seconds
            self.motor.load(actions, clock.us_until(start_s))
            self._packets += 1
            if self.commands.watching and self._packets % self.commands.watching == 0:
                self.telemetry.sample(now_s, now_ms, sensed.counted)
        if controller.state != RUNNING:
            return HEARTBEAT_MS
        return min(HEARTBEAT_MS, max(0, clock.us_until(actions.wake_s) // 1000 + 1))

    def _foresee(self) -> None:
        """What a packet may bring must be in flash before the motor gets it."""
        c = self.controller
        if self.journal and journal.due(
            c.authorised - self._recorded, c.program.nl_per_1000_steps
        ):
            self._record(False)

    def _signal(self) -> None:
        """What is to be heard and seen; it plays on without the CPU."""
        now = ticks_ms()
        passed_ms = ticks_diff(now, self._signalled)
        self._turn_audio(self.commands, self.clock.now_s, passed_ms)
        self.commands.authority.turn(passed_ms)
        self._signalled = now
        audio, alarms = self.commands.audio, self.controller.alarms
        silenced = audio.off or audio.left_ms > 0
        told, lamps = self._patterns, 0
        if alarms.active or silenced:
            lamps = told.lamp_word(alarms.priorities(), silenced)
        if audio.test_ms:
            lamps = told.ALL_LAMPS
        self.signals.show(told.sound_words(audio.style, audio.sounding), audio.rings, lamps)

    def _keep(self) -> bool:
        """What must be in flash before anybody is told, and what is due there. False: some of it
        did not get there."""
        if self.journal is None:
            return True
        controller = self.controller
        kept = self._note()
        # A stop that came by itself must not be undone by a reset.
        if self.commands.changed or controller.state != self._kept_state:
            self.commands.changed = False
            kept = self._record(True) and kept
            committed = controller.next_program or controller.program
            if committed is not self._program:
                self._program = committed
                record = {"now_s": self.clock.now_s, "program": committed.fields}
                self.journal.keep_program(record)
        elif controller.program and (
            self._is_minute()
            or journal.clock_due(
                self.clock.now_s - self._recorded_s, self.clock.scale * HEARTBEAT_MS // 800
            )
        ):
            kept = self._record(False) and kept
        if not kept:
            self._tell_damage()
        return kept

    def _is_minute(self) -> bool:
        """Whether another minute is over, and a reset is still counted or an alarm is new: one
        that flickers must not wear the flash out."""
        if ticks_diff(ticks_ms(), self._minute_at) < MINUTE_MS:
            return False
        self._minute_at = ticks_add(self._minute_at, MINUTE_MS)
        return self.resets.minute() or self._alarmed

    def _note(self) -> bool:
        """Alarms and orders, into the log; whether all are there. Telemetry takes them from their
        lists later."""
        now_s, noted, kept = self.clock.now_s, self._noted, True
        changed, log = self.controller.alarms.changed, self.commands.log
        while noted[0] < len(changed):
            condition, event = changed[noted[0]]
            noted[0] += 1
            name = journal.ALARM_SIGNS[event] + al.CONDITIONS[condition][0]
            kept = self.journal.note(journal.ALARM, now_s, name) and kept
            self._alarmed = True
        while noted[1] < len(log):
            t_s, name, text = log[noted[1]]
            noted[1] += 1
            kept = self.journal.note(journal.ORDER, t_s, (name + " " + text).strip()) and kept
        return kept

    def _tidy(self, wait_ms: int) -> None:
        """What takes its time, now that the generator is fed: the garbage, an erase ahead."""
        if self._packets >= self._collect_at:
            self._collect_at = self._packets + _COLLECT_EVERY
            gc.collect()
            self.heap_free_min = min(self.heap_free_min, gc.mem_free())
        elif self.journal and wait_ms >= _TEND_MS:
            self.journal.tend()

    def _record(self, order: bool) -> bool:
        c, now_s = self.controller, self.clock.now_s
        saved = c.snapshot(now_s)
        state = {"scale": self.clock.scale, "controller": saved, "resets": self.resets.ages}
        state["style"], state["order"] = self.commands.audio.style, self.commands.last_order
        if self.senses:
            sensing = self.senses.sensing
            self._tubing = [sensing.tubing_ml, sensing.tubing_nl]
        state["tubing"] = self._tubing
        self._kept_state, self._recorded_s, self._alarmed = c.state, now_s, False
        if not self.journal.keep(state, order):
            self._alarmed = True  # once more in a minute
            self._tell_damage()
            return False
        self._recorded = c.authorised
        return True

    def _leave(self) -> None:
        """A reset; for service to the prompt, where nothing runs, and the record says stopped."""
        if self.journal:
            self._record(True)
        if self.commands.service_wanted:
            ask_for_service()
        machine.reset()

    def _send(self) -> None:
        if self.journal:
            self._note()
            for t_s, rate_nl_h, basal_nl_h in self.controller.rates:
                if t_s <= self.clock.now_s:
                    text = str(rate_nl_h)
                    if basal_nl_h != rate_nl_h:
                        text += " " + str(basal_nl_h)
                    self.journal.note(journal.RATE, t_s, text)
        self._noted[0] = self._noted[1] = 0
        self.telemetry.gather(self.clock.now_s, self.commands.log)
        if self.commands.watching:
            message = self.telemetry.next()
            while message is not None:
                self.console.write(frames.encode(message))
                message = self.telemetry.next()

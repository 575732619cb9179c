"""The rig without a board: the same controller and commands in this process, time by jumps.

No pulses, no MicroPython: a packet is made the moment its time has come. For long programs and
quick answers; what needs pins or a chip has no meaning here and is None in reports.
"""

import math
from collections.abc import Callable

from link import frames
from link.audio import turn_audio
from link.commands import Commands
from link.telemetry import Telemetry
from pump.controller import RUNNING, Actions, Controller, Sensed, late_s, margin_s
from pump.program import Program
from pump.units import HOUR_S, NEVER_S
from pumprig.rig.link_client import LinkClient
from pumprig.rig.protocol import CannotHappen, Truth


class _Clock:
    """Pump time in whole milliseconds, and how wall time maps on to it."""

    def __init__(self) -> None:
        self.scale = 1
        self.at_ms = 0

    @property
    def now_s(self) -> int:
        return self.at_ms // 1000

    @property
    def now_ms(self) -> int:
        return self.at_ms % 1000

    def read(self) -> None:
        """Time stands still between jumps."""

    def set(self, now_s: int) -> None:
        self.at_ms = now_s * 1000


class _Motor:
    """Makes each step when its time comes, exactly; the count is a formula, not a loop."""

    def __init__(self) -> None:
        self._done = 0  # steps of packets that are over
        self._packets: list[tuple[int, int, int, int]] = []  # start_s, phase, rate, steps
        self.units_per_step = 1

    def load(self, start_s: int, actions: Actions, clock: _Clock) -> None:
        while len(self._packets) > 1 and self._packets[1][0] * 1000 <= clock.at_ms:
            self._done += self._packets.pop(0)[3]
        self._packets.append((start_s, actions.phase, actions.rate_nl_h, actions.steps))

    def counted(self, clock: _Clock) -> int:
        made = self._done
        for start_s, phase, rate, steps in self._packets:
            passed_ms = max(0, clock.at_ms - start_s * 1000)
            units = phase * 1000 + 5 * rate * passed_ms
            made += min(steps, units // (self.units_per_step * 1000))
        return made

    def cut(self, clock: _Clock) -> None:
        self._done = self.counted(clock)
        self._packets = []


class HostRig:
    name = "host"
    exact_time = True
    look_s = math.inf
    micropython_version: str | None = None
    image_sha256: str | None = None

    def __init__(self) -> None:
        self.link = LinkClient(self._receive, self._no_wait)

    # -- Rig -------------------------------------------------------------------------------------
    def open(self) -> None:
        self.clock = _Clock()
        self._motor = _Motor()
        self.controller = Controller()
        self._commands = Commands(self.controller, self)
        self._telemetry = Telemetry(self.controller)
        self._sensed = Sensed()
        self._wake_s = 0
        self._reader = frames.LineReader()
        self._reservoir_at_fill_nl = 0
        self._steps_at_fill = 0

    def close(self) -> None:
        """Nothing to let go of."""

    def advance(self, wall_s: float) -> None:
        end_ms = self.clock.at_ms + round(wall_s * self.clock.scale * 1000)
        while self._wake_s * 1000 <= end_ms and self.controller.state == RUNNING:
            self.clock.at_ms = max(self.clock.at_ms, self._wake_s * 1000)
            self._step()
        self.clock.at_ms = end_ms
        turn_audio(self._commands, self.clock.now_s, round(wall_s * 1000))

    def wall_s(self) -> float:
        return self.clock.at_ms / 1000 / self.clock.scale

    def happen(self, action: str, args: dict[str, int | str]) -> None:
        if action == "clock_jump":
            self.clock.at_ms += int(args["by_s"]) * 1000
            if self.controller.state == RUNNING:
                self._step()
            return
        if action != "refill":
            raise CannotHappen(f"{action}: the host rig has no board; use --rig emulator")
        self._reservoir_at_fill_nl = int(args["volume_nl"])
        self._steps_at_fill = self.counted()

    def truth(self) -> Truth | None:
        """The ideal head: every step made moves its nominal volume."""
        program = self.controller.program
        if program is None:
            return None
        steps, pl = self.counted(), program.nl_per_1000_steps
        used_nl = (steps - self._steps_at_fill) * pl // 1000
        return Truth(steps, steps * pl // 1000, self._reservoir_at_fill_nl - used_nl)

    # -- what Commands asks of its rig -------------------------------------------------------
    def counted(self) -> int:
        return self._motor.counted(self.clock)

    def prepare(self, program: Program, scale: int) -> None:
        self.clock.scale = scale
        self._motor.units_per_step = 18 * program.nl_per_1000_steps
        self._reservoir_at_fill_nl = program.volume_nl
        self._steps_at_fill = self.counted()
        margin = margin_s(scale)
        self.controller.set_pace(HOUR_S, margin, late_s(scale))
        self._wake_s = -margin
        self.clock.set(-margin)

    def facts(self) -> dict[str, object]:
        return {"board": "host", "reset": "power", "self_test": "ok"}

    # -- inside ----------------------------------------------------------------------------------
    def _step(self) -> None:
        sensed = self._sensed
        sensed.counted = self.counted()
        sensed.idle = False  # a count by formula cannot disagree with itself
        actions = self.controller.step(self.clock.now_s, sensed)
        if actions.clock_s != NEVER_S:
            self.clock.set(actions.clock_s)
        if actions.cut:
            self._motor.cut(self.clock)
            self.controller.settle(self.counted())
        if actions.packet:
            if self._commands.watching:
                self._telemetry.sample(self.clock.now_s, self.clock.now_ms, sensed.counted)
            start_s = self.controller.front_s - actions.seconds
            self._motor.load(start_s, actions, self.clock)
        self._wake_s = actions.wake_s
        self._tell()

    def _tell(self) -> None:
        turn_audio(self._commands, self.clock.now_s, 0)
        self._telemetry.gather(self.clock.now_s, self._commands.log)
        if self._commands.watching:
            while (message := self._telemetry.next()) is not None:
                self.link.receive(frames.encode(message))

    def _receive(self, data: bytes) -> None:
        for byte in data:
            line = self._reader.feed(byte)
            request = frames.decode(line) if line is not None else None
            if request is not None:
                self.link.receive(frames.encode(self._commands.answer(request)))
                if self.controller.state == RUNNING or self._commands.changed:
                    self._step()
                self._tell()

    @staticmethod
    def _no_wait(done: Callable[[], bool], _limit_s: float) -> bool:
        return done()

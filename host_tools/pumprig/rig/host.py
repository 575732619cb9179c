"""The rig without a board: the same controller and commands in this process, time by jumps.

No pulses, no MicroPython: a packet is made the moment its time has come, and the virtual bench
hands over its raw values without pins. For long programs and quick answers; what needs a chip
has no meaning here and is None in reports.
"""

import math
from collections.abc import Callable

from link import frames
from link.abuse import Abuse
from link.audio import turn_audio
from link.commands import Commands
from link.keys import heed
from link.telemetry import Telemetry
from pump.calibration import AS_LISTED
from pump.controller import RUNNING, Actions, Controller, Sensed, late_s, margin_s
from pump.program import Program
from pump.readings import PARTS, Readings
from pump.sensing import CLOCK_LOOK_MS, Sensing
from pump.units import HOUR_S, NEVER_S
from pumprig.bench.sensed import Bench
from pumprig.rig.bench_acts import NEW_BAG_NL, act
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

    def shift(self, by_s: int) -> None:
        """The clock that names the times is set on by `by_s`; the motor itself goes on."""
        self._packets = [(start_s + by_s, *rest) for start_s, *rest in self._packets]  # type: ignore[misc]

    def cut(self, clock: _Clock) -> None:
        self._done = self.counted(clock)
        self._packets = []


class HostRig:
    """`sense_ms`: how often the sensors are looked at, in wall time, besides at every control
    step; 0: only then, which is enough while nothing is wrong. A fault sets it to LOOK_MS.
    `parts`: those that are wired. `seed` decides the noise."""

    LOOK_MS = 500
    name = "host"
    exact_time = True
    look_s = math.inf
    micropython_version: str | None = None
    image_sha256: str | None = None

    def __init__(self, sense_ms: int = 0, parts: tuple[str, ...] = PARTS, seed: int = 1) -> None:
        self.link = LinkClient(self._receive, self._no_wait)
        self.sense_ms = sense_ms
        self._parts = parts
        self._seed = seed

    # -- Rig -------------------------------------------------------------------------------------
    def open(self) -> None:
        self.clock = _Clock()
        self._motor = _Motor()
        self.controller = Controller()
        self._commands = Commands(self.controller, self, {})
        self._telemetry = Telemetry(self.controller)
        self._sensed = Sensed()
        self._wake_s = 0
        self._reader = frames.LineReader()
        self._abuse, self._refused_ms = Abuse(), 0.0
        self.bench = Bench(NEW_BAG_NL, seed=self._seed)
        self.readings = Readings()
        self.sensing = Sensing(self.controller, self._parts, AS_LISTED, self)
        self._passed_ms = 0.0  # wall time since the first look, and at the last one
        self._looked_ms = 0
        self._looked_clock_ms = -CLOCK_LOOK_MS  # at once, to have something to compare with
        self._look_at_ms = 0
        self._moved_ms = 0  # pump time up to which the bench has moved, and its steps
        self._moved_steps = 0
        while self.sensing.self_test.is_first():
            self._sense(0)
            self._passed_ms += self.LOOK_MS

    def close(self) -> None:
        """Nothing to let go of."""

    def pace(self, time_scale: int, nl_per_1000_steps: int) -> None:
        """The bench's time is the pump's already."""

    def advance(self, wall_s: float) -> None:
        end_ms = self.clock.at_ms + round(wall_s * self.clock.scale * 1000)
        while self._next_ms() <= end_ms:
            self._pass_to(max(self.clock.at_ms, self._next_ms()))
            self._step()
        self._pass_to(end_ms)
        turn_audio(self._commands, self.clock.now_s, round(wall_s * 1000))
        self._commands.authority.turn(round(wall_s * 1000))

    def _next_ms(self) -> int:
        """When there is something to do, in pump time."""
        wake_ms = self._wake_s * 1000
        return min(wake_ms, self._look_at_ms) if self.sense_ms else wake_ms

    def _pass_to(self, pump_ms: int) -> None:
        """Pump time goes on, and wall time with it."""
        self._passed_ms += max(0, pump_ms - self.clock.at_ms) / self.clock.scale
        self.clock.at_ms = pump_ms

    def wall_s(self) -> float:
        return self.clock.at_ms / 1000 / self.clock.scale

    def happen(self, action: str, args: dict[str, int | str]) -> None:
        if action == "clock_jump":
            self._set_clock(self.clock.now_s + int(args["by_s"]))
            if self.controller.state == RUNNING:
                self._step()
        elif action == "refill":
            self._move()
            self.bench.fluid.refill(int(args["volume_nl"]))
        elif act(self.bench, action, args):
            self.sense_ms = self.sense_ms or self.LOOK_MS
            self._look_at_ms = self.clock.at_ms
        else:
            raise CannotHappen(f"{action}: the host rig has no board; use --rig emulator")

    def truth(self) -> Truth | None:
        """What the bench's liquid did."""
        if self.controller.program is None:
            return None
        self._move()
        fluid = self.bench.fluid
        return Truth(self.counted(), fluid.delivered_pl // 1000, fluid.reservoir_pl // 1000)

    def sounding(self) -> int:
        """The priority that the sounder would play now, 0 for silence."""
        return self._commands.audio.sounding

    # -- what Commands asks of its rig -------------------------------------------------------
    def counted(self) -> int:
        return self._motor.counted(self.clock)

    def prepare(self, program: Program, scale: int) -> None:
        self.clock.scale = scale
        self._motor.units_per_step = 18 * program.nl_per_1000_steps
        self._move()
        self.bench.fluid.pl_per_step = program.nl_per_1000_steps
        margin = margin_s(scale)
        self.controller.set_pace(HOUR_S, margin, late_s(scale))
        self._wake_s = -margin
        self.clock.set(-margin)
        self._moved_ms = self._look_at_ms = self.clock.at_ms

    def keep_calibration(self, _calibration: dict[str, dict[str, int]]) -> bool:
        """There is no flash, and no reset either."""
        return True

    def keep_keys(self, _keys: dict[str, str]) -> bool:
        return True

    def ring(self, _name: str) -> None:
        """There is no flash to keep a log in."""

    def facts(self) -> dict[str, object]:
        return {"board": "host", "reset": "power", "self_test": self.sensing.self_test.result}

    # -- what the self-test asks: there is no PIO, no flash and no heap to look at --------------
    def memory_fault(self) -> str:
        p = self.controller.program
        return "program: its checksum is wrong" if p and not p.is_whole() else ""

    def start_ticks(self) -> None:
        pass

    def ticks_off_ms(self) -> int:
        return 0

    # -- inside ----------------------------------------------------------------------------------
    def _step(self) -> None:
        sensed = self._sensed
        sensed.counted = self.counted()
        self._sense(sensed.counted)
        self._look_at_ms = self.clock.at_ms + self.sense_ms * self.clock.scale
        sensed.idle = False  # a count by formula cannot disagree with itself
        actions = self.controller.step(self.clock.now_s, sensed)
        if actions.clock_s != NEVER_S:
            self._set_clock(actions.clock_s)
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

    def _set_clock(self, now_s: int) -> None:
        """The clock is set; nothing else knows of it."""
        self._move()
        by_s = now_s - self.clock.now_s
        self._motor.shift(by_s)
        self.clock.at_ms += by_s * 1000
        self._moved_ms = self._look_at_ms = self.clock.at_ms

    def _move(self) -> None:
        """The bench does what the motor did, and gets the time that has passed."""
        steps = self.counted()
        self.bench.fluid.turn(steps - self._moved_steps)
        self.bench.advance(max(0, self.clock.at_ms - self._moved_ms))
        self._moved_steps, self._moved_ms = steps, self.clock.at_ms

    def _sense(self, counted: int) -> None:
        self._move()
        wall_ms = int(self._passed_ms)
        self.bench.read(self.readings, wall_ms)
        self.sensing.look(self.readings, counted, wall_ms - self._looked_ms)
        self._looked_ms = wall_ms
        heed(self._commands, self.sensing, self.clock.now_s)
        passed_ms = wall_ms - self._looked_clock_ms
        if passed_ms >= CLOCK_LOOK_MS:
            self.bench.read_clock(self.readings, wall_ms)
            self.sensing.look_at_clock(self.readings.clock_chip_s, passed_ms)
            self._looked_clock_ms = wall_ms

    def _tell(self) -> None:
        turn_audio(self._commands, self.clock.now_s, 0)
        self._telemetry.gather(self.clock.now_s, self._commands.log)
        if self._commands.watching:
            while (message := self._telemetry.next()) is not None:
                self.link.receive(frames.encode(message))

    def _receive(self, data: bytes) -> None:
        for byte in data:
            line = self._reader.feed(byte)
            if line is None:
                continue
            request = frames.decode(line)
            if request is None:
                since_ms = int(self._passed_ms - self._refused_ms)
                self._refused_ms = self._passed_ms
                self._abuse.refused(self.controller.alarms, since_ms)
                self._tell()
            else:
                self.link.receive(frames.encode(self._commands.answer(request)))
                if self.controller.state == RUNNING or self._commands.changed:
                    self._step()
                self._tell()

    @staticmethod
    def _no_wait(done: Callable[[], bool], _limit_s: float) -> bool:
        return done()

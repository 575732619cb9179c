"""A controller under way: an exact motor, and a clock that stands still between calls.

`call` decides when and how often the controller is asked; the default asks once, when it said.
"""

from collections import deque
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

from pump import conditions as al
from pump.controller import RUNNING, Actions, Controller, Sensed
from pump.program import Program
from pump.units import NEVER_S

Time = int | Fraction


class ExactMotor:
    """Makes each step of a packet in the instant it falls due, by formula."""

    def __init__(self, nl_per_1000_steps: int) -> None:
        self._units = 18 * nl_per_1000_steps
        self._done = 0
        self._packets: deque[tuple[int, int, int, int, int]] = deque()

    def load(self, start_s: int, a: Actions) -> None:
        self._packets.append((start_s, start_s + a.seconds, a.phase, a.rate_nl_h, a.steps))

    def counted(self, t_s: Time) -> int:
        while self._packets and self._packets[0][1] <= t_s:
            self._done += self._packets.popleft()[4]
        made = self._done
        for start_s, _, phase, rate, steps in self._packets:
            if t_s > start_s:
                made += min(steps, int((phase + 5 * rate * (t_s - start_s)) // self._units))
        return made

    def under_way(self, t_s: Time) -> int:
        """Packets not finished at `t_s`."""
        self.counted(t_s)
        return len(self._packets)

    def shift(self, by_s: int) -> None:
        """The clock that names the times is set on by `by_s`; the motor itself goes on."""
        self._packets = deque([(a + by_s, b + by_s, c, d, e) for a, b, c, d, e in self._packets])

    def cut(self, t_s: Time) -> None:
        self._done = self.counted(t_s)
        self._packets.clear()


class Driven:
    """`pump.controller` with `pump.motor` on it, started at pump time 0."""

    def __init__(
        self,
        fields: dict,
        window_s: int = 3600,
        margin_s: int = 0,
        delay: Callable[[int], int] = lambda margin_s: 0,
    ) -> None:
        self.controller = Controller(window_s, margin_s)
        self.motor = ExactMotor(fields["nl_per_1000_steps"])
        self.sensed = Sensed()
        self.packets: list[tuple[int, int, int, int]] = []  # start_s, seconds, rate, steps
        self.watch: Callable[[Driven, Actions], None] = lambda driven, actions: None
        self._delay = delay
        assert self.controller.load(Program(fields)) is None
        assert self.controller.start(0, 0) is None
        self.now_s = self._wake_s = -margin_s

    def call(self) -> Actions:
        """The controller is asked now, once, and obeyed."""
        c, sensed, motor = self.controller, self.sensed, self.motor
        sensed.counted = motor.counted(self.now_s)
        queued = motor.under_way(self.now_s)
        sensed.idle, sensed.room = not queued, queued < 3
        actions = c.step(self.now_s, sensed)
        if actions.clock_s != NEVER_S:
            self.now_s = actions.clock_s
        if actions.cut:
            motor.cut(self.now_s)
            c.settle(motor.counted(self.now_s))
        if actions.packet:
            start_s = c.front_s - actions.seconds
            self.packets.append((start_s, actions.seconds, actions.rate_nl_h, actions.steps))
            motor.load(start_s, actions)
        self.watch(self, actions)
        return actions

    def run_to(self, t_s: int) -> None:
        """Time passes until `t_s`, which is served as well."""
        while self._wake_s <= t_s:
            self.now_s = max(self.now_s, self._wake_s)
            actions = self.call()
            self._wake_s = actions.wake_s
            if actions.packet and actions.wake_s > self.now_s:
                self._wake_s += self._delay(self.controller.margin_s)
        self.now_s = t_s

    def order(self, name: str, *args: Any, **more: Any) -> "str | None":
        """Give an order now, then let the controller act on it."""
        if name == "refill":
            args = (*args, self.made)
        refused: str | None = getattr(self.controller, name)(self.now_s, *args, **more)
        self._wake_s = self.now_s
        self.run_to(self.now_s)
        return refused

    @property
    def made(self) -> int:
        """Steps made so far."""
        return self.motor.counted(self.now_s)

    @property
    def rates(self) -> list[tuple[int, int]]:
        """(t_s, rate) of every change of the whole rate so far planned."""
        changes: list[tuple[int, int]] = []
        for t_s, rate, _ in self.controller.rates:
            if not changes or changes[-1][1] != rate:
                changes.append((t_s, rate))
        return changes

    @property
    def active(self) -> set[str]:
        """The names of the active alarms."""
        mask = self.controller.alarms.active
        return {str(row[0]) for i, row in enumerate(al.CONDITIONS) if mask >> i & 1}

    @property
    def running(self) -> bool:
        return self.controller.state == RUNNING


def jitter(seed: int) -> Callable[[int], int]:
    """Calls that come as late as the margin allows, at random."""
    draw = Random(seed)
    return lambda margin_s: draw.randint(0, margin_s)

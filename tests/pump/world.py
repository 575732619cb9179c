"""A pump in a world that knows better: true time, true volume, power that fails, clocks that lie.

The controller sees its own clock and its own count; the world keeps what really happened, and
checks the laws that always hold (docs/architecture.md) at every call. No hardware: the motor makes
each step in the instant it falls due.
"""

import json
from fractions import Fraction
from typing import Any

from driven import ExactMotor

from pump import bolus as bo
from pump import conditions as al
from pump.controller import EMPTY, RUNNING, Actions, Controller, Sensed
from pump.journal import BOUND_NL, due
from pump.program import Program
from pump.units import DAY_S, HOUR_S, NEVER_S

# Delivery below the program is said by one of these.
SAYS_WHY = sum(
    1 << bit
    for bit in (
        al.TAPER_GUARD,
        al.RESERVOIR_EMPTY,
        al.STOPPED,
        al.RESUME_CAP,
        al.STOPPING,
        al.STEP_FAULT,
        al.LATE,
        al.DOSE_LIMIT,
        al.CLOCK_FAULT,
        al.PROGRAM_INTERRUPTED,
        al.SELF_TEST_FAILED,
    )
)


class World:
    """`t` is true time, s; the device's clock shows `t + skew_s`."""

    def __init__(self, fields: dict[str, Any], window_s: int = 600, margin_s: int = 60) -> None:
        self.window_s, self.margin_s = window_s, margin_s
        self.t = -margin_s
        self.skew_s = 0
        self.program = Program(fields)
        self.controller = Controller(window_s, margin_s, HOUR_S)
        self._power_up()
        assert self.controller.load(self.program) is None
        assert self.controller.start(0, 0) is None
        self.wake_s = self.t
        self.filled_nl = self.program.volume_nl
        self.made_at_fill = 0
        self.made_before = 0  # by motors of earlier power-ups
        self.lost_nl = 0  # what power cuts since the last filling may have cost the ledger
        self.given: list[tuple[int, int, int]] = []  # true start, true end, nL/h
        self.beside: list[tuple[int, int]] = []  # when, and 1/3600 nL; see jump_clock
        self.record()
        self.pass_s(0)

    def _power_up(self) -> None:
        self.motor = ExactMotor(self.program.nl_per_1000_steps)
        self.sensed = Sensed()

    # -- time ------------------------------------------------------------------------------------
    @property
    def now_s(self) -> int:
        return self.t + self.skew_s

    def pass_s(self, seconds: int) -> None:
        """True time passes; the controller is asked when it said."""
        end = self.t + seconds
        while self.wake_s <= end:
            self.t = max(self.t, self.wake_s)
            self.call()
        self.t = end

    def call(self) -> Actions:
        c, sensed = self.controller, self.sensed
        sensed.counted = self.motor.counted(self.t)
        queued = self.motor.under_way(self.t)
        sensed.idle, sensed.room = not queued, queued < 3
        actions = c.step(self.now_s, sensed)
        if actions.clock_s != NEVER_S:
            self.skew_s = actions.clock_s - self.t
        if actions.cut:
            self._cut_motor()
            c.settle(self.motor.counted(self.t))
            self.record()
        if actions.packet:
            self._load(actions)
        self.wake_s = NEVER_S if actions.wake_s == NEVER_S else actions.wake_s - self.skew_s
        self._keep()
        self._check()
        return actions

    def _load(self, actions: Actions) -> None:
        start_s = self.controller.front_s - actions.seconds - self.skew_s
        self._check_packet(actions)
        self.motor.load(start_s, actions)
        if actions.rate_nl_h and actions.seconds and self.controller.bolus.kind != bo.PRIME:
            self.given.append((start_s, start_s + actions.seconds, actions.rate_nl_h))
            self._check_day()

    def _cut_motor(self) -> None:
        self.motor.cut(self.t)
        while self.given and self.given[-1][1] > self.t:
            start, _, rate = self.given.pop()
            if start < self.t:
                self.given.append((start, self.t, rate))
                break

    # -- what happens ----------------------------------------------------------------------------
    def order(self, name: str, *args: Any, **more: Any) -> "str | None":
        """An order now. What is answered with None is kept."""
        refused: str | None = getattr(self.controller, name)(self.now_s, *args, **more)
        if not refused:
            self.call()
            self.record()
        self.wake_s = self.t
        self.pass_s(0)
        return refused

    def refill(self, volume_nl: int) -> "str | None":
        refused = self.controller.refill_refusal(volume_nl)
        if refused:
            return refused
        self.filled_nl, self.made_at_fill, self.lost_nl = volume_nl, self.made, 0
        return self.order("refill", volume_nl, self.motor.counted(self.t))

    def jump_clock(self, by_s: int) -> None:
        """Forward by less than a late call may explain is not seen: pump time gains it, and what
        was planned is made beside what is planned next."""
        if by_s > 0:
            ahead = [(max(start, self.t), stop, rate) for start, stop, rate in self.given]
            volume = sum(rate * (stop - start) for start, stop, rate in ahead if stop > start)
            self.beside.append((self.t, volume))
        self.skew_s += by_s
        self.wake_s = self.t

    def cut_power(self, off_s: int) -> None:
        """The supply fails; what was released and not made is lost. The record comes back."""
        self._cut_motor()
        c = self.controller
        unmade = c.authorised - c.emitted(self.motor.counted(self.t))
        self.lost_nl += BOUND_NL + unmade * self.program.nl_per_1000_steps // 1000
        self.made_before += self.motor.counted(self.t)
        self.t += off_s
        saved = json.loads(self.saved)
        self._power_up()
        self.controller = Controller(self.window_s, self.margin_s, HOUR_S)
        self.controller.restore(saved, BOUND_NL, al.RESET_POWER)
        assert self.controller.state == saved["state"] != EMPTY
        self.skew_s = saved["now_s"] - self.t
        self.record()
        self.wake_s = self.t
        self.pass_s(0)

    def tell_time(self) -> "str | None":
        """The host gives pump time back after a reset."""
        ahead_s = self.controller.ahead_s(self.now_s)
        refused = self.controller.set_clock(self.t, ahead_s)
        if not refused:
            self.skew_s = 0
            self.record()
            self.wake_s = self.t
        return refused

    # -- what is kept ----------------------------------------------------------------------------
    def record(self) -> None:
        self.recorded = self.controller.authorised
        self.saved = json.dumps(self.controller.snapshot(self.now_s))

    def _keep(self) -> None:
        p = self.controller.program
        assert p is not None
        if due(self.controller.authorised - self.recorded, p.nl_per_1000_steps):
            self.record()

    # -- what always holds -----------------------------------------------------------------------
    @property
    def made(self) -> int:
        return self.made_before + self.motor.counted(self.t)

    def usable_nl(self) -> Fraction:
        """What is really left above the residual."""
        used = (self.made - self.made_at_fill) * Fraction(self.program.nl_per_1000_steps, 1000)
        return self.filled_nl - self.program.residual_nl - used

    def _check(self) -> None:
        c = self.controller
        counted = c.emitted(self.motor.counted(self.t))
        assert counted <= c.authorised + 1, "1: more made than authorised"
        left = self.usable_nl()
        assert c.reservoir.usable_nl <= left + 1, "6: the ledger has more than the vessel"
        in_flight = (c.authorised - counted) * Fraction(self.program.nl_per_1000_steps, 1000)
        if not c.needs_program:
            least = left - in_flight - self.lost_nl - 1
            assert c.reservoir.usable_nl >= least, "6: the ledger lost more than it may"
        if c.state != RUNNING:
            assert c.alarms.active & SAYS_WHY, "4: stopped in silence"

    def _check_packet(self, actions: Actions) -> None:
        c = self.controller
        p = c.program
        assert p is not None
        fields = p.fields
        most = fields["max_flow_nl_h"]
        if c.bolus.kind != bo.NONE:
            most = max(most, fields["max_bolus_flow_nl_h"])
        assert actions.rate_nl_h <= most, "3: above the hard rate limit"
        start_s = c.front_s - actions.seconds
        wanted = p.schedule.rate_nl_h(start_s + c.offset_s)
        replaced = c.bolus.kind != bo.NONE and not c.bolus.adds
        if c.basal_nl_h != wanted and not replaced:
            assert c.alarms.active & SAYS_WHY, "4: not as programmed, and silent"

    def _check_day(self) -> None:
        """Exact: the volume given in the 24 h up to the end of the newest packet."""
        end = self.given[-1][1]
        begin = end - DAY_S
        while self.given[0][1] <= begin:
            self.given.pop(0)
        volume = sum(rate * (stop - max(start, begin)) for start, stop, rate in self.given)
        limit = self.controller.window.limit_nl
        beside = sum(volume for t, volume in self.beside if t > begin - HOUR_S)
        assert volume <= limit * HOUR_S + beside, f"3: {volume / HOUR_S} nL in 24 h, limit {limit}"

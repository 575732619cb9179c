"""Random weeks: boluses, refills, changes, stops, clocks that lie and power that fails.

The laws of docs/architecture.md hold at every call (world.py).
"""

from typing import Any

from device_program import DAY, HOUR, programs, scaled
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from world import World

from pump import conditions as al
from pump import limits, rules
from pump.controller import RUNNING, STOPPED
from pump.program import Program


@st.composite
def lively(draw: st.DrawFn) -> dict[str, Any]:
    """A program with enough in the reservoir to live a while, and room for boluses."""
    fields = draw(programs())
    program = Program(fields)
    wanted = program.guard_nl * draw(st.integers(5, 40)) // 10
    fields["capacity_nl"] = 50_000_000
    fields["volume_nl"] = program.residual_nl + max(1, min(48_000_000, wanted))
    if fields["profile"] == "pca" or draw(st.booleans()):
        day_nl = program.daily_nl
        most = max([day_nl // 10, *(volume for _, volume, _ in fields["periodic"])])
        fields["bolus_max_nl"] = max(1, min(5_000_000, most))
        fields["bolus_day_max"] = draw(st.integers(1, 6))
        fields["bolus_min_s"] = 1
        fields["max_bolus_flow_nl_h"] = max(fields["max_bolus_flow_nl_h"], 20_000_000)
        fields["max_step_hz"] = 15_000
    assume(limits.refusal(fields) is None and rules.refusal(Program(fields)) is None)
    return fields


class Weeks(RuleBasedStateMachine):
    @initialize(fields=lively(), pace=st.sampled_from([(600, 60), (3600, 0), (3000, 600)]))
    def begin(self, fields: dict[str, Any], pace: tuple[int, int]) -> None:
        self.fields = fields
        self.world = World(fields, *pace)

    @property
    def running(self) -> bool:
        return self.world.controller.state == RUNNING

    @rule(seconds=st.one_of(st.integers(1, 2 * HOUR), st.integers(HOUR, 4 * DAY)))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_s(seconds)

    @rule(percent=st.integers(0, 100), less_nl=st.integers(0, 50_000))
    def it_is_refilled(self, percent: int, less_nl: int) -> None:
        self.world.refill(max(0, self.fields["capacity_nl"] * percent // 100 - less_nl))

    @rule(permille=st.integers(1, 1_010), seconds=st.integers(1, 7 * HOUR))
    def a_bolus_is_asked_for(self, permille: int, seconds: int) -> None:
        c = self.world.controller
        left = c.reservoir.usable_nl
        volume_nl = max(1, self.fields["bolus_max_nl"] * permille // 1000)
        refused = self.world.order("give_bolus", volume_nl, seconds)
        if refused is None:
            assert left >= volume_nl

    @rule()
    def the_bolus_on_demand_is_asked_for(self) -> None:
        self.world.order("give_bolus", 0, 0)

    @rule()
    def the_bolus_is_stopped(self) -> None:
        self.world.controller.stop_bolus()
        self.world.call()
        self.world.record()

    @rule()
    def a_refill_is_opened(self) -> None:
        self.world.controller.open_refill()

    @rule(volume_nl=st.integers(0, 50_000_000))
    def something_is_withdrawn(self, volume_nl: int) -> None:
        self.world.order("withdraw", volume_nl, self.world.motor.counted(self.world.t), True)

    @rule()
    def the_refill_is_cancelled(self) -> None:
        self.world.order("cancel_refill")

    @rule(permille=st.integers(500, 1500), override=st.sampled_from(["", "a reason"]))
    def the_program_is_changed(self, permille: int, override: str) -> None:
        fields = scaled(self.fields, permille)
        if limits.refusal(fields) or limits.change_refusal(fields, self.fields, 1, 10**6):
            return
        program = Program(fields)
        if rules.refusal(program) is None and not self.world.order("change", program, override):
            self.fields = fields

    @rule(tod_s=st.integers(0, DAY - 1), weekday=st.integers(0, 6))
    def the_time_is_set(self, tod_s: int, weekday: int) -> None:
        self.world.order("set_time", tod_s, weekday)

    @rule(stays=st.booleans(), kind=st.sampled_from(["", "holiday", "never", "never"]))
    def a_stop_is_planned(self, stays: bool, kind: str) -> None:
        self.world.order("stop_planned", [[3, 990], [40, 900]], stays, kind)

    @rule(sure=st.integers(0, 3))
    def it_is_stopped_at_once(self, sure: int) -> None:
        if sure == 3:
            self.world.order("stop_now")

    @precondition(lambda self: not self.running)
    @rule(percent=st.integers(1, 100))
    def it_is_filled_and_started_again(self, percent: int) -> None:
        self.world.refill(self.fields["capacity_nl"] * percent // 100)
        fields = scaled(self.fields, 950)
        if limits.refusal(fields) is None and rules.refusal(Program(fields)) is None:
            self.world.order("change", Program(fields), "test")
        self.world.order("restart")

    @rule()
    def it_is_restarted(self) -> None:
        self.world.order("restart")

    @rule()
    def the_climb_is_passed_over(self) -> None:
        self.world.order("resume_direct")

    @rule()
    def all_is_acknowledged(self) -> None:
        self.world.controller.alarms.acknowledge(-1)

    @rule(by_s=st.integers(-3 * DAY, 3 * DAY))
    def the_clock_jumps(self, by_s: int) -> None:
        before = self.world.skew_s
        self.world.jump_clock(by_s)
        self.world.call()
        c = self.world.controller
        if self.running and by_s < -self.world.window_s - self.world.margin_s:
            assert c.alarms.active >> al.CLOCK_FAULT & 1
            assert abs(self.world.skew_s - before) <= self.world.window_s + self.world.margin_s
        elif not self.running:
            self.world.skew_s = before

    @rule(off_s=st.integers(0, DAY), told=st.booleans())
    def the_power_fails(self, off_s: int, told: bool) -> None:
        self.world.cut_power(off_s)
        if told:
            self.world.tell_time()

    @precondition(lambda self: self.world.controller.state == STOPPED)
    @rule()
    def the_reservoir_is_emptied(self) -> None:
        self.world.order("empty")


TestWeeks = Weeks.TestCase
TestWeeks.settings = settings(stateful_step_count=30)

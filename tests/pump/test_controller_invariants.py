"""What must hold at every call, whatever is ordered and whenever the controller is called."""

from fractions import Fraction
from typing import Any

from device_program import DAY, programs
from driven import Driven, jitter
from hypothesis import given, settings
from hypothesis import strategies as st
from traceability.mark import requirement

from pump import conditions as al
from pump.controller import RUNNING, STOPPED, Actions
from pump.delivery import PACKET_STEPS_MAX
from pumprig.analysis.laws import broken_laws
from pumprig.rig.record import Event

DAYS = 8
_N = settings().max_examples
MORE = settings(max_examples=min(3 * _N, max(_N, 300)))
SAYS_WHY = sum(
    1 << bit
    for bit in (
        al.TAPER_GUARD,
        al.RESERVOIR_EMPTY,
        al.STOPPED,
        al.RESUME_CAP,
        al.STOPPING,
        al.STEP_FAULT,
        al.DOSE_LIMIT,
    )
)
EVENTS = ["refill", "stop_planned", "resume_direct", "stop_now", "restart", "late", "extra calls"]
_PACES = [(3600, 0), (2880, 720), (240, 30), (700, 200)]


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, str, int]]:
    """(t_s, event, share of what the vessel can hold beyond its contents, in 1/1000)."""
    times = draw(st.lists(st.integers(0, DAYS * DAY), max_size=14).map(sorted))
    shares = st.integers(1, 1000)
    return [(t_s, draw(st.sampled_from(EVENTS)), draw(shares)) for t_s in times]


class Watched(Driven):
    """Checks every call, and keeps what the checks at the end need."""

    def __init__(self, fields: dict[str, Any], pace: tuple[int, int], seed: int) -> None:
        self.filled_nl = fields["volume_nl"] - fields["residual_nl"]
        self.steps_at_fill = 0
        self.hard_s: list[int] = []
        self.lost: list[tuple[int, int]] = []  # nothing was delivered, whatever was planned
        self.at_limit: list[tuple[int, int]] = []  # held to the limit of 24 h
        super().__init__(fields, *pace, delay=jitter(seed))
        self.watch = self.check

    def check(self, _driven: Driven, a: Actions) -> None:
        c = self.controller
        p = c.program
        assert p is not None
        made = self.motor.counted(self.now_s)
        assert c.reservoir.usable_nl >= 0
        assert 0 <= c.authorised - made <= 4 * PACKET_STEPS_MAX
        self.check_books(made)
        if a.packet:
            start_s = c.front_s - a.seconds
            if c.alarms.active >> al.DOSE_LIMIT & 1:
                self.at_limit.append((start_s, c.front_s))
            programmed = p.schedule.rate_nl_h(start_s)
            assert 0 <= c.basal_nl_h <= programmed
            assert 0 <= a.steps <= PACKET_STEPS_MAX
            assert start_s >= self.now_s
            if c.basal_nl_h < programmed:
                assert c.alarms.active & SAYS_WHY
        if c.state == STOPPED:
            assert c.alarms.active & (
                1 << al.STOPPED | 1 << al.RESERVOIR_EMPTY | 1 << al.STEP_FAULT
            )

    def check_books(self, made: int) -> None:
        """Never more in the books than in the vessel, and less only by what is in flight."""
        c = self.controller
        pl = c.reservoir.nl_per_1000_steps
        vessel = self.filled_nl - Fraction((made - self.steps_at_fill) * pl, 1000)
        in_flight = Fraction((c.authorised - made) * pl, 1000)
        assert -1 < vessel - in_flight - c.reservoir.usable_nl < 1

    def happen(self, event: str, share: int) -> None:
        c = self.controller
        p = c.program
        assert p is not None
        if event == "late":
            if c.state == RUNNING:
                lost_from = max(self.now_s, c.front_s)
                self.now_s = lost_from + share
                self.lost.append((lost_from, self.now_s))
                self.call()
                assert c.alarms.active >> al.LATE & 1
                self._wake_s = self.now_s
        elif event == "extra calls":
            for _ in range(share % 5):
                self.call()
        elif event == "refill":
            # At least a tenth more: the guard follows a filling that is less, or hardly more.
            volume = p.residual_nl + 1 + c.reservoir.usable_nl * 11 // 10
            volume = min(p.capacity_nl, volume + (p.capacity_nl - volume) * share // 1000)
            self.filled_nl, self.steps_at_fill = volume - p.residual_nl, self.made
            assert self.order("refill", volume) is None
        else:
            self.order(event)
            if event == "stop_now":
                self.hard_s.append(self.now_s)


def assert_law(driven: Watched) -> None:
    """The basal rate never falls by more than d in 24 hours, but for hard stops and the end of the
    minimum rate; nothing is above the limits of rate and of 24 hours."""
    p = driven.controller.program
    assert p is not None
    changes = list({change[0]: change for change in driven.controller.rates}.values())
    stops = [Event(t_s, "command", "estop", "", "", "") for t_s in driven.hard_s]
    excused = [*driven.lost, *driven.at_limit]
    end_s = int(driven.now_s)
    assert broken_laws(p.fields, changes, stops, end_s, excused=excused, rounding_nl_h=1) == []


@requirement("R5.3.0(2)", "R6.2.0(3)", "I1", "I2", "I3", "I4")
@MORE
@given(programs(), histories(), st.sampled_from(_PACES), st.integers(0, 2**32))
def test_the_laws_hold_at_every_call_whatever_happens(
    fields: dict[str, Any], history: list[tuple[int, str, int]], pace: tuple[int, int], seed: int
) -> None:
    driven = Watched(fields, pace, seed)
    for t_s, event, share in history:
        driven.run_to(max(t_s, driven.now_s))
        driven.happen(event, share)
    driven.run_to(max(driven.now_s, DAYS * DAY))
    assert_law(driven)


@requirement("I2")
@MORE
@given(programs(), st.integers(2, 30), st.integers(0, 2**32))
def test_a_program_left_alone_runs_down_lawfully_to_the_last_step(
    fields: dict[str, Any], days: int, seed: int
) -> None:
    driven = Watched(fields, (3600, 0), seed)
    driven.run_to(days * DAY)
    assert_law(driven)
    c = driven.controller
    if c.state == STOPPED:
        assert c.alarms.active >> al.RESERVOIR_EMPTY & 1
        assert c.reservoir.affordable_steps(1) == 0
        assert driven.made == c.authorised or driven.now_s < c.front_s

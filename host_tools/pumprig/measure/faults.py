"""The fault matrix: every fault of the bench in every state of the pump. Is it noticed, how soon,
and what does delivery do?

Latency runs from the cause being measurable to the sounder: to the look at which it would ring on
the host rig, to the first edge on its pin on the emulator. Measurable is decided here, from the
bench's own truth without its noise: pressure or voltage past the limit, so many steps without an
edge, a weight that is off by the limit and the 16 conversions that hold a whole block of it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from pump import conditions as al
from pump.alarms import Alarms
from pump.keys import STUCK_MS
from pump.pressing import DOWN_PA, UP_PA
from pump.sensing import CLOCK_LOOK_MS, CLOCK_OFF_S
from pump.turning import STALL_STEPS
from pump.weighing import BLOCK, ERROR_NL
from pumprig.bench.chip import TICKS_PER_S
from pumprig.bench.fault_table import FAULTS
from pumprig.bench.sensed import Bench
from pumprig.measure.fault_cells import CELLS, STATES, Cells
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.host import HostRig
from pumprig.rig.staging import stage_or_fail
from pumprig.therapy import load_program_text

LIMIT_MS = 1000
SLICE_S = 0.1
LOOK_MS = 400
LOOK_S = LOOK_MS / 1000  # between two looks of a board, and a conversion in each
_GIVE_UP_S = 900.0  # of wall time
_NONE_S = 120.0  # so long nothing may be raised where nothing is expected
_SCALE = 60
_SCALE_SLOW = 1440  # at the minimum rate a slot of the rotor takes an hour of pump time

# 0.9 mL/h, so that what is wrong shows within minutes of pump time.
_PROGRAM = """
[therapy]
name = "{state}"
profile = "itb"
indication = "spinal"
[[drug]]
name = "baclofen"
concentration = "80 ug/mL"
[reservoir]
capacity = "50 mL"
volume = "50 mL"
residual = "0.5 mL"
low_alarm = "2 mL"
tolerance = "0.5 mL"
[basal]
mode = "{mode}"
{dose}
[taper]
max_daily_reduction = "50 %"
minimum_rate = "0.096 mL/day"
{bolus}
[pump]
step_volume = "31.25 nL"
max_step_rate = "15000 Hz"
max_bolus_flow = "2 mL/h"
"""
_BOLUS = """
[bolus]
adds = true
max = "2 mL"
shortest = "1 min"
gap = "1 min"
per_day = 4
"""

Row = dict[str, Any]


def rows(
    rig_name: str,
    make: Callable[[], HostRig | EmulatedRig],
    cells: list[tuple[str, str]],
    tell: Callable[[str], None],
) -> Iterator[Row]:
    """One for each (fault, state) of `cells`."""
    for fault, state in cells:
        tell(f"{rig_name}: {fault}, {state}")
        yield _Cell(rig_name, make(), fault, state).row()


def every_cell() -> list[tuple[str, str]]:
    assert set(CELLS) == set(FAULTS), "a fault without its row"
    return [(fault, state) for fault in CELLS for state in STATES]


# One fault for each condition that the sensors can raise.
ON_THE_PINS = [
    ("scale.disconnected", "basal"),
    ("rotor.stall", "basal"),
    ("rotor.missed_edges", "basal"),
    ("pressure_down.disconnected", "stopped"),
    ("line.occlusion_down", "basal"),
    ("line.occlusion_up", "basal"),
    ("line.leak", "basal"),
    ("air.bubble", "basal"),
    ("supply.sag", "stopped"),
    ("supply.over_voltage", "basal"),
    ("temperature.over", "basal"),
    ("keys.stuck", "stopped"),
    ("clock_chip.lost", "basal"),
    ("head.leak", "stopped"),
    ("head.leak", "basal"),
]


class _Cell:
    """One rig, one state, one fault."""

    def __init__(self, rig_name: str, rig: HostRig | EmulatedRig, fault: str, state: str) -> None:
        self.rig_name, self.rig, self.fault, self.state = rig_name, rig, fault, state
        self.cells: Cells = CELLS[fault]
        rig.open()
        self.scale = _SCALE_SLOW if state == "minimum" else _SCALE
        self._bring()

    # -- into the state --------------------------------------------------------------------------
    def _bring(self) -> None:
        link, state = self.rig.link, self.state
        therapy = load_program_text(_program(state))
        self.rig.happen("refill", {"volume_nl": therapy.volume_nl})
        stage_or_fail(link, therapy.device_program())
        link.order("start", scale=self.scale, confirm="fault matrix")
        self.rig.pace(self.scale)
        self.rig.advance(10)
        if state == "taper":
            link.order("stop")
            self.rig.advance(125)  # an order acts at a full hour, at least an hour later
        elif state == "bolus":
            link.order("bolus", volume_nl=1_500_000, seconds=18_000, reason="fault matrix")
        elif state == "stopped":
            link.order("estop", confirm=True, reason="fault matrix")
        elif state == "refill":
            link.order("refill_open")
        link.request("ack")
        self.rig.advance(5)

    # -- the fault -------------------------------------------------------------------------------
    def row(self) -> Row:
        expected, why = self.cells.cell(self.state)
        before = self._active()
        self._truth = _Truth(self.bench, self._ledger)
        self._injected_s = self.rig.wall_s()
        tones = self._tones()
        slowly = self.state == "minimum" and self.cells.slowly
        self.rig.happen("fault", {"fault": self.fault, **(slowly or self.cells.with_)})
        bit = 1 << al.index(expected) if expected else 0
        measurable_s = heard_s = None
        give_up_s = self._injected_s + (_GIVE_UP_S if expected else _NONE_S)
        while self.rig.wall_s() < give_up_s:
            self.rig.advance(SLICE_S)
            if measurable_s is None and expected and self._is_measurable(expected):
                measurable_s = self.rig.wall_s()
            if expected and self._active() & bit:
                heard_s = self._heard(tones)
                break
        found = self._active() & ~before
        self.rig.advance(1)
        state = str(self.rig.link.order("status")["state"])
        self.rig.close()
        latency_ms = None
        if heard_s is not None:
            # Raised before the cause is past its limit for sure: by the noise on top of it.
            since_s = heard_s if measurable_s is None else min(heard_s, measurable_s)
            latency_ms = round((heard_s - since_s) * 1000)
        return self._told(expected, why, found, state, latency_ms)

    def _told(
        self, expected: str, why: str, found: int, state: str, latency_ms: int | None
    ) -> Row:
        alarms = Alarms("itb")
        condition = al.index(expected) if expected else -1
        stops = bool(expected) and alarms.safe_state(condition) >= al.FINISH
        right = bool(found >> condition & 1) if expected else not found
        if expected:
            right = right and latency_ms is not None and latency_ms <= LIMIT_MS
            right = right and (state == "stopped") == (stops or self.state == "stopped")
        names = [str(row[al.NAME]) for i, row in enumerate(al.CONDITIONS) if found >> i & 1]
        priority = al.PRIORITY_NAMES[alarms.priority(condition)] if expected else "none"
        safe = al.SAFE_STATE_NAMES[alarms.safe_state(condition)] if expected else "keep"
        return {
            "fault": self.fault,
            "state": self.state,
            "rig": self.rig_name,
            "condition": expected or f"none: {why}",
            "priority": priority,
            "safe_state": safe,
            "latency_ms": latency_ms if expected else 0,
            "raised": names,
            "verdict": "ok" if right else "wrong",
        }

    # -- what is seen ----------------------------------------------------------------------------
    @property
    def bench(self) -> Bench:
        return self.rig.bench

    def _ledger(self) -> tuple[int, int]:
        """(steps made, what the reservoir should hold in nL)."""
        if isinstance(self.rig, HostRig):
            steps = self.rig.counted()
            return steps, self.rig.controller.expected_nl(steps)
        steps = self.rig.head.steps_seen
        return steps, 50_000_000 - steps * self.bench.fluid.pl_per_step // 1000

    def _active(self) -> int:
        if isinstance(self.rig, HostRig):
            return self.rig.controller.alarms.active
        status = self.rig.link.order("status")
        assert isinstance(status["alarms"], int)
        return status["alarms"]

    def _tones(self) -> int:
        return 0 if isinstance(self.rig, HostRig) else len(self.rig.signals.tones)

    def _heard(self, tones: int) -> float | None:
        """When the sounder began, on the emulator to the edge."""
        if isinstance(self.rig, HostRig):
            return self.rig.wall_s()
        if len(self.rig.signals.tones) == tones:
            self.rig.advance(LIMIT_MS / 1000)
        found = self.rig.signals.tones[tones:]
        return found[0][0] / TICKS_PER_S if found else None

    def _is_measurable(self, condition: str) -> bool:
        passed_s = self.rig.wall_s() - self._injected_s
        return self._truth.is_past(condition, self.fault, passed_s)


class _Truth:
    """The bench without its noise, followed from the moment of the fault."""

    def __init__(self, bench: Bench, ledger: Callable[[], tuple[int, int]]) -> None:
        self._bench, self._ledger = bench, ledger
        self._edges = bench.fluid.rotor_edges if not bench.rotor.dead else 0
        self._edge_steps, booked_nl = ledger()
        self._off_nl = self._weight_nl() - booked_nl
        self._booked_nl = booked_nl
        self._over_nl = self._under_nl = 0
        self._past_s: float | None = None

    def is_past(self, condition: str, fault: str, passed_s: float) -> bool:
        """Whether what the condition is raised for can be measured now."""
        bench = self._bench
        if condition in ("OVER_DELIVERY", "UNDER_DELIVERY", "FREE_FLOW") and fault != "line.leak":
            return self._weight_is_past(passed_s)
        if condition == "SCALE_FAULT":  # stuck: 30 conversions; silent: 2 s; else some blocks
            conversions = {"scale.stuck": 31, "scale.saturated": 3, "scale.disconnected": 4}
            return passed_s >= conversions.get(fault, 4 * BLOCK) * LOOK_S
        if condition in ("MOTOR_STALL", "ROTOR_FAULT"):
            return self._rotor_is_past(condition)
        if condition == "OCCLUSION_DOWN":
            return bench.fluid.outlet_pa >= DOWN_PA
        if condition == "OCCLUSION_UP":
            return bench.fluid.inlet_pa <= UP_PA
        if condition == "PRESSURE_FAULT":
            return passed_s >= (60 * LOOK_S if fault.endswith("stuck") else 0)
        if condition == "UNDER_DELIVERY":  # a hole: four looks
            return passed_s >= 4 * LOOK_S
        if condition == "AIR":
            return bench.air.raw() == 1
        if condition == "KEY_STUCK":
            return passed_s >= STUCK_MS / 1000
        if condition == "CLOCK_FAULT":
            looks_s = CLOCK_LOOK_MS / 1000
            slow_s = (CLOCK_OFF_S + 1) * 100 if fault == "clock_chip.slow" else 0
            return passed_s >= slow_s + looks_s
        return True  # voltage and temperature are there at once

    def _weight_nl(self) -> int:
        scale = self._bench.scale
        drift = scale._drift_ug_h * (self._bench.fluid.now_ms - scale._drift_from_ms) // 3_600_000
        return self._bench.fluid.reservoir_pl // 1000 + drift

    def _weight_is_past(self, passed_s: float) -> bool:
        _, booked_nl = self._ledger()
        off_nl = self._weight_nl() - booked_nl
        rise, moved = off_nl - self._off_nl, max(0, self._booked_nl - booked_nl)
        self._over_nl = max(0, self._over_nl - rise - moved // 20)
        self._under_nl = max(0, self._under_nl + rise - moved // 20)
        self._off_nl, self._booked_nl = off_nl, booked_nl
        if self._past_s is None and max(self._over_nl, self._under_nl) > ERROR_NL:
            self._past_s = passed_s
        return self._past_s is not None and passed_s >= self._past_s + 2 * BLOCK * LOOK_S

    def _rotor_is_past(self, condition: str) -> bool:
        steps, _ = self._ledger()
        seen = self._bench.rotor.seen
        if seen != self._edges:
            self._edges = seen
            if condition == "MOTOR_STALL":
                self._edge_steps = steps
        limit = STALL_STEPS if condition == "MOTOR_STALL" else 2048
        return steps - self._edge_steps >= limit


def _program(state: str) -> str:
    dose = "" if state == "minimum" else 'dose = "72 ug/h"'
    mode = "minimum" if state == "minimum" else "continuous"
    return _PROGRAM.format(
        state=state, mode=mode, dose=dose, bolus=_BOLUS if state == "bolus" else ""
    )

"""The self-test: before the first step, and every 24 pump hours (R7.4.0). What fails names itself
and holds: no start, and delivery at the safe state of SELF_TEST_FAILED.

    boot      clock frequency, motor, link, flash, watchdog: the rig's own, given as `boot`
    memory    program against its checksum, journal, free heap
    clock     the processor's time against the PIO's
    scale     gives readings
    rotor     rests while the motor does, and turned since the last test if the motor did
    keys      are let go
    signals   an operator said that they are not heard, or not seen

Scale, rotor and keys have conditions of their own, which watch them all the time. Once the pump
runs they are named here and nothing more: those conditions have their safe states by profile, and
baclofen must not be cut back because a scale is dead.
"""

from pump.readings import Readings
from pump.turning import STALL_STEPS
from pump.units import DAY_S, NEVER_S, const

FIRST_MS = const(
    2_000
)  # the scale's amplifier settles in 400 ms, and then reads ten times a second
LATER_MS = const(10_000)  # while the pump runs somebody may be at the keys
TICK_MS = const(1_000)
TICK_OFF_MS = const(20)  # in that time; both come from one crystal, so what is wrong is far off
AGAIN_MS = const(60_000)  # a test that failed is repeated: somebody may have mended it
_REST_EDGES = const(2)  # one may be on the brink, and go to and fro

OK = "ok"


class SelfTest:
    """`rig` is asked for memory_fault() -> "" or one line; start_ticks(), and ticks_off_ms(): how
    far the processor's time and the PIO's have gone apart since.

    `result`: of the last test that ended, OK or what failed, one line. `news`: it has just ended,
    true for one look. `failed`: it holds. `count`: of those that ended.
    `boot`, `signals`: what failed elsewhere, "" if nothing did.
    """

    def __init__(self, rig, scale: bool, rotor: bool, keys: bool) -> None:
        self._rig = rig
        self._scale, self._rotor, self._keys = scale, rotor, keys
        self.boot = self.signals = self.result = ""
        self.running = self.news = self.failed = False
        self.count = 0
        self._asked = True  # for a test, at the next look
        self._due_s = NEVER_S
        self._passed_ms = 0  # since the test began, or ended
        self._off_ms = -1  # the processor's time against the PIO's; -1: not looked at yet
        self._memory = ""
        self._released = False
        self._readings = self._edges = self._steps = 0  # when the test began
        self._first_edges = self._first_steps = 0  # when the one before began

    def ask(self) -> None:
        """For a test now."""
        self._asked = True

    def is_first(self) -> bool:
        """Whether nothing may be obeyed yet: the one after power-up is under way."""
        return self.count == 0

    def look(self, r: Readings, counted: int, pump_s: int, moves: bool, passed_ms: int) -> None:
        """At every pass. `counted`: steps since power-up; `moves`: the pump runs; `passed_ms` of
        wall time since the last look."""
        self.news = False
        self._passed_ms += passed_ms
        if self.running:
            self._go_on(r, counted, moves)
        elif self._is_due(pump_s):
            self._begin(r, counted, pump_s)

    def _is_due(self, pump_s: int) -> bool:
        if pump_s < self._due_s - DAY_S:  # another start: its time begins anew
            self._due_s = pump_s + DAY_S
        again = self.failed and self._passed_ms >= AGAIN_MS
        return self._asked or again or pump_s >= self._due_s

    def _begin(self, r: Readings, counted: int, pump_s: int) -> None:
        self.running, self._asked = True, False
        self._due_s = pump_s + DAY_S
        self._passed_ms, self._off_ms = 0, -1
        self._first_edges, self._first_steps = self._edges, self._steps
        self._readings, self._edges, self._steps = r.scale_readings, r.rotor, counted
        self._released = False
        self._memory = self._rig.memory_fault()
        self._rig.start_ticks()

    def _go_on(self, r: Readings, counted: int, moves: bool) -> None:
        self._released = self._released or r.keys == 0
        if self._passed_ms < TICK_MS:
            return
        if self._off_ms < 0:
            self._off_ms = abs(self._rig.ticks_off_ms())
        reads = not self._scale or r.scale_readings != self._readings
        there = reads and (self._released or not self._keys)
        if there or self._passed_ms >= (LATER_MS if moves else FIRST_MS):
            self._end(r, counted, moves, reads)

    def _end(self, r: Readings, counted: int, moves: bool, reads: bool) -> None:
        self.running, self.news = False, True
        self._passed_ms = 0
        self.count += 1
        failed = self.boot or self._memory or self.signals
        if not failed and self._off_ms > TICK_OFF_MS:
            failed = "clock: off by " + str(self._off_ms) + " ms against the PIO"
        watched = ""
        if not reads:
            watched = "scale: no reading"
        elif self._keys and not self._released:
            watched = "keys: one is held down"
        elif self._rotor:
            watched = self._turned(r, counted)
        self.failed = failed != "" or (watched != "" and not moves)
        self.result = failed or watched or OK

    def _turned(self, r: Readings, counted: int) -> str:
        steps, edges = counted - self._first_steps, r.rotor - self._first_edges
        if steps >= STALL_STEPS and edges == 0:
            return "rotor: no edge in " + str(steps) + " steps"
        edges = r.rotor - self._edges
        if counted == self._steps and edges > _REST_EDGES:
            return "rotor: " + str(edges) + " edges while the motor rests"
        return ""

    def refusal(self, order: str) -> "str | None":
        """Why not to begin a therapy, or None."""
        if self.failed:
            return order + ": self-test failed, " + self.result
        return None

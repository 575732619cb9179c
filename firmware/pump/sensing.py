"""What the readings mean: which conditions are there. `look()` at every pass, before the planner.

It raises and clears the conditions of the sensors, and nothing else; what they ask of delivery
stands in the alarm table, and the planner heeds it. Thresholds are in docs/sensing.md.
"""

from pump import conditions as al
from pump import refilling as rf
from pump.controller import RUNNING, Controller
from pump.keys import Keys
from pump.pressing import DOWN_PA, UP_PA, Pressing
from pump.readings import PARTS, Readings
from pump.selftest import SelfTest
from pump.turning import Turning
from pump.units import DAY_S, const
from pump.weighing import ERROR_NL, LOW_MARGIN_NL, MISMATCH_NL, Weighing

SUPPLY_LOW_MV = const(4_400)  # USB's 5 V less a Schottky diode is 4.7 V
SUPPLY_MIN_MV = const(3_500)
SUPPLY_MAX_MV = const(5_500)  # the most that a Pico takes (its data sheet, VSYS)
_SUPPLY_BACK_MV = const(100)  # beyond the limit before it counts as back
OVERHEAT_CC = const(5_500)  # R6.4.0(8)
_COOL_CC = const(5_000)
_AGAIN = const(2)  # looks in a row, so that a single one is no alarm
CLOCK_LOOK_MS = const(60_000)  # of wall time between two looks at the clock chip
CLOCK_OFF_S = const(5)  # of the clock chip against the processor's own time, within a day
_MISMATCH_BLOCKS = const(3)
_DEAD_ROTOR_NL = const(100_000)  # booked since the rotor fell silent
_ML_NL = const(1_000_000)


class Sensing:
    """One rig's sensors. `parts`: names of PARTS that are wired. `calibration`: as
    pump.calibration has it.

    `tubing_nl` of `tubing_ml`: what the tubing has pumped since it was changed; keep both over
    a reset. `rig`: as pump.selftest asks it.
    """

    def __init__(
        self, controller: Controller, parts: "tuple[str, ...]", calibration: dict, rig
    ) -> None:
        self._c = controller
        self._has = [part in parts for part in PARTS]
        self.weighing = Weighing(calibration["scale"])
        self.turning = Turning()
        self.down = Pressing(DOWN_PA, calibration["pressure_down"])
        self.up = Pressing(UP_PA, calibration["pressure_up"])
        self.keys = Keys()
        has = self._has
        self.self_test = SelfTest(rig, has[0], has[1], has[8])
        self.calibration = calibration
        self.tubing_life_ml: int = calibration["tubing"]["life_ml"]
        self.tubing_ml = self.tubing_nl = self._worn_pl = 0
        self._alarms = controller.alarms
        self._told = 0  # causes that are there, as told to _alarms
        self._counted = 0
        self._was_running = False
        self._filled = (-1, -1)
        self._supply_low = self._supply_out = self._hot = 0  # looks in a row
        self._mismatches = 0
        self._accepted_nl = 0  # a deviation that an operator has seen
        self._events = 0  # WHEN_SEEN conditions that were raised, and not yet seen
        self._stall_weighed_nl = self._stall_booked_nl = -1
        self._leak_told = -1  # steps when the hole was told of; -1: there is none
        self._chip_off_s: int | None = None  # its seconds less ours; None: not known yet
        self._chip_from_s = 0  # since when they are compared
        self._chip_lost = False
        self._wall_ms = self._wall_s = 0

    def look(self, r: Readings, counted: int, passed_ms: int) -> None:
        """`counted`: steps since power-up. `passed_ms`: wall time since the last look."""
        c = self._c
        if c.alarms is not self._alarms:  # another program: it has to be told all that is there
            self._alarms, self._told, self._events = c.alarms, 0, 0
            self.weighing.begin()  # and the books are new
            self._leak_told = -1
        self._wear(counted)
        running = c.state == RUNNING
        causes = 0
        if self._has[0]:
            causes |= self._weigh(r, counted, running, passed_ms)
        if self._has[1]:
            causes |= self._turn(r, counted, running)
        if self._has[2]:
            self.down.look(r.pressure_down_raw)
            causes |= self._press(self.down, al.OCCLUSION_DOWN)
            self._leak(running, counted)
        if self._has[3]:
            self.up.look(r.pressure_up_raw)
            causes |= self._press(self.up, al.OCCLUSION_UP)
        if self._has[4] and r.air:
            causes |= 1 << al.AIR
        if self._has[5]:
            causes |= self._supply(r.supply_mv)
        if self._has[6]:
            causes |= self._temperature(r.temperature_cc)
        self._was_running = running
        self._tell(causes)
        if self._has[8]:
            self._press_keys(r.keys, passed_ms)
        self.self_test.look(r, counted, c.front_s, running, passed_ms)
        self._rare(al.SELF_TEST_FAILED, self.self_test.failed)

    # -- each part -------------------------------------------------------------------------------
    def _weigh(self, r: Readings, counted: int, running: bool, passed_ms: int) -> int:
        c, w = self._c, self.weighing
        p = c.program
        filled = (c.refilling.filled_s, c.refilling.filled_steps)
        handled = c.refilling.state not in (rf.CLOSED, rf.INTERRUPTED) or c.needs_program
        if p is None or handled or filled != self._filled:
            w.begin()
            self._filled = filled
            self._accepted_nl = self._mismatches = 0
        booked_nl = c.expected_nl(counted)
        judged = w.look(r.scale_raw, r.scale_readings, r.temperature_cc, booked_nl, passed_ms)
        if judged and p is not None and not handled:
            if self._is_over(al.OVER_DELIVERY) or self._is_over(al.FREE_FLOW):
                w.over_nl = 0
            if self._is_over(al.UNDER_DELIVERY):
                w.under_nl = 0
            if w.over_nl > ERROR_NL:
                self._raise(al.OVER_DELIVERY if running else al.FREE_FLOW)
            if w.under_nl > ERROR_NL:
                self._raise(al.UNDER_DELIVERY)
            self._compare(p.fields["tolerance_nl"] or MISMATCH_NL, p.low_nl + p.residual_nl)
        # On a stopped pump somebody may be at work: what jumps there is told only if it stays off.
        return 1 << al.SCALE_FAULT if w.fault or (w.jumped and running) else 0

    def _compare(self, tolerance_nl: int, low_nl: int) -> None:
        """Books and weight, as they stand."""
        w = self.weighing
        if self._is_over(al.VOLUME_MISMATCH):
            self._accepted_nl = w.deviation_nl
        off_nl = abs(w.deviation_nl - self._accepted_nl)
        self._mismatches = self._mismatches + 1 if off_nl > tolerance_nl else 0
        if self._mismatches >= _MISMATCH_BLOCKS:
            self._raise(al.VOLUME_MISMATCH)
        if w.weighed_nl < low_nl - LOW_MARGIN_NL:
            self._alarms.set(al.LOW_RESERVOIR, True)

    def _turn(self, r: Readings, counted: int, running: bool) -> int:
        t, w = self.turning, self.weighing
        if running and not self._was_running:
            t.begin(r.rotor, counted)
        t.look(r.rotor, counted)
        if not running:  # what stands still cannot stall
            t.stalled = False
        if not t.stalled:
            self._stall_weighed_nl = -1
            return 1 << al.ROTOR_FAULT if t.off else 0
        if not self._has[0] or w.fault or w.weighed_nl < 0:
            return 1 << al.MOTOR_STALL
        booked_nl = self._c.expected_nl(counted)
        if self._stall_weighed_nl < 0:
            self._stall_weighed_nl, self._stall_booked_nl = w.weighed_nl, booked_nl
        gone_nl = self._stall_booked_nl - booked_nl
        if gone_nl >= _DEAD_ROTOR_NL and (
            self._stall_weighed_nl - w.weighed_nl >= gone_nl - gone_nl // 3
        ):
            return 1 << al.ROTOR_FAULT  # what was to leave has left: it turns, unseen
        return 1 << al.MOTOR_STALL

    def _press(self, sensor: Pressing, blocked: int) -> int:
        causes = 1 << blocked if sensor.blocked else 0
        if sensor.fault:
            causes |= 1 << al.PRESSURE_FAULT
        return causes

    def _leak(self, running: bool, counted: int) -> None:
        """A hole between head and tip is told when it is found, and again for each ERROR_NL that
        was pumped into it since: whoever has seen it is not called back at once."""
        p = self._c.program
        if not self.down.low or not running or p is None:
            self._leak_told = -1
        elif self._leak_told < 0 or (
            (counted - self._leak_told) * p.nl_per_1000_steps // 1000 >= ERROR_NL
        ):
            self._leak_told = counted
            self._alarms.set(al.UNDER_DELIVERY, True)

    def _supply(self, mv: int) -> int:
        told = self._told
        low_mv, most_mv = SUPPLY_LOW_MV, SUPPLY_MAX_MV
        least_mv = SUPPLY_MIN_MV
        if told & 1 << al.SUPPLY_LOW:
            low_mv += _SUPPLY_BACK_MV
        if told & 1 << al.SUPPLY_OUT_OF_RANGE:
            least_mv, most_mv = least_mv + _SUPPLY_BACK_MV, most_mv - _SUPPLY_BACK_MV
        self._supply_low = self._supply_low + 1 if mv < low_mv else 0
        out = mv < least_mv or mv > most_mv
        self._supply_out = self._supply_out + 1 if out else 0
        causes = 1 << al.SUPPLY_LOW if self._supply_low >= _AGAIN else 0
        if self._supply_out >= _AGAIN:
            causes |= 1 << al.SUPPLY_OUT_OF_RANGE
        return causes

    def _temperature(self, cc: int) -> int:
        limit_cc = _COOL_CC if self._told & 1 << al.OVERHEAT else OVERHEAT_CC
        self._hot = self._hot + 1 if cc > limit_cc else 0
        return 1 << al.OVERHEAT if self._hot >= _AGAIN else 0

    def _press_keys(self, pressed: int, passed_ms: int) -> None:
        self.keys.look(pressed, passed_ms)
        self._rare(al.KEY_STUCK, self.keys.stuck)

    def _wear(self, counted: int) -> None:
        """What the tubing has pumped, in whole mL and the rest."""
        p = self._c.program
        if p is not None and counted != self._counted:
            pl = (counted - self._counted) * p.nl_per_1000_steps + self._worn_pl
            self.tubing_nl += pl // 1000
            self._worn_pl = pl % 1000
            while self.tubing_nl >= _ML_NL:
                self.tubing_nl -= _ML_NL
                self.tubing_ml += 1
            if self.tubing_ml >= self.tubing_life_ml:
                self._alarms.set(al.TUBING_LIFE, True)
        self._counted = counted

    def calibrate(self, calibration: dict) -> None:
        """From now on the numbers stand for something else; what was summed up is forgotten."""
        self.calibration = calibration
        self.weighing.calibrate(calibration["scale"])
        self.weighing.begin()
        self.down.calibrate(calibration["pressure_down"])
        self.up.calibrate(calibration["pressure_up"])
        self.tubing_life_ml = calibration["tubing"]["life_ml"]

    def change_tubing(self) -> None:
        """An operator has put in a new one."""
        self.tubing_ml = self.tubing_nl = 0
        self._c.alarms.set(al.TUBING_LIFE, False)

    # -- the clock chip --------------------------------------------------------------------------
    def look_at_clock(self, chip_s: int, passed_ms: int) -> None:
        """Some times an hour: `chip_s` as readings.clock_chip_s; `passed_ms` of the processor's
        own time since the last call. Two clocks that disagree are both not to be trusted."""
        self._wall_ms += passed_ms
        self._wall_s += self._wall_ms // 1000
        self._wall_ms %= 1000
        if not self._has[7]:
            return
        if chip_s < 0:
            wrong, self._chip_off_s = not self._chip_lost, None
        else:
            off_s = chip_s - self._wall_s
            known_s = off_s if self._chip_off_s is None else self._chip_off_s
            wrong = abs(off_s - known_s) > CLOCK_OFF_S
            # Watched anew once it was wrong, and every day: crystals are off by seconds a day.
            anew = wrong or self._wall_s - self._chip_from_s >= DAY_S
            self._chip_off_s = off_s if anew else known_s
            if anew:
                self._chip_from_s = self._wall_s
        self._chip_lost = chip_s < 0
        if wrong and self._c.state == RUNNING:
            self._c.lose_clock()

    # -- telling ---------------------------------------------------------------------------------
    def _tell(self, causes: int) -> None:
        """What has come and what has gone since the last look."""
        changed, i = causes ^ self._told, 0
        if not changed:
            return
        self._told = causes
        while changed:
            if changed & 1:
                self._alarms.set(i, causes >> i & 1 == 1)
            changed >>= 1
            i += 1

    def _rare(self, condition: int, on: bool) -> None:
        """One of those whose bits are no small integers: looked at only if there are any."""
        alarms = self._alarms
        if on or alarms.active >> al.FIRST_RARE:
            alarms.set(condition, on)

    def _raise(self, event: int) -> None:
        """A condition that ends when it is seen."""
        if not self._events >> event & 1:
            self._events |= 1 << event
            self._alarms.set(event, True)

    def _is_over(self, event: int) -> bool:
        """Whether somebody has seen it: then it is looked for anew."""
        if not self._events >> event & 1 or self._alarms.active >> event & 1:
            return False
        self._events &= ~(1 << event)
        return True

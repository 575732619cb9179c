"""From readings to conditions: each part alone, at its limits, for either profile."""

import pytest
from device_program import HOUR, program, with_boluses
from driven import Driven
from traceability.mark import requirement

from pump import conditions as al
from pump.calibration import AS_LISTED, changed
from pump.controller import Controller
from pump.planner import EMPTY
from pump.program import Program
from pump.readings import PARTS, Readings
from pump.sensing import (
    CLOCK_LOOK_MS,
    CLOCK_OFF_S,
    OVERHEAT_CC,
    SUPPLY_LOW_MV,
    SUPPLY_MAX_MV,
    SUPPLY_MIN_MV,
    Sensing,
)
from pump.turning import STALL_STEPS, STEPS_PER_EDGE
from pump.weighing import BLOCK, ERROR_NL, LOW_MARGIN_NL, MISMATCH_NL

LOOK_MS = 400
COUNT_NL = 24
PROFILES = pytest.mark.parametrize("profile", ["itb", "pca"])


class Rig:
    """A pump under way with parts that say what is so, but for what a test does to them.

    `off_nl`: the reservoir holds so much more than the books say; `lost_edges`: the rotor has
    given so many too few.
    """

    def __init__(self, profile: str, parts: tuple[str, ...] = PARTS, **fields: object) -> None:
        self.driven = Driven(program(profile=profile, **fields), window_s=4, margin_s=1)
        self.driven.run_to(12 * HOUR)
        self.controller = self.driven.controller
        self.sensing = Sensing(self.controller, parts, AS_LISTED, self)
        self.off_nl = self.lost_edges = 0
        self.r = r = Readings()
        r.supply_mv = 4_700
        r.temperature_cc = AS_LISTED["scale"]["temperature_cc"]
        r.pressure_down_raw, r.pressure_up_raw = 1_909, 1_800
        self.look(2 * BLOCK)

    def memory_fault(self) -> str:
        return ""

    def start_ticks(self) -> None:
        pass

    def ticks_off_ms(self) -> int:
        return 0

    def look(self, times: int = 1) -> None:
        c, r = self.controller, self.r
        for _ in range(times):
            counted = self.driven.made
            r.scale_readings += 1
            there_nl = c.expected_nl(counted) + self.off_nl
            flicker = r.scale_readings % 2
            r.scale_raw = AS_LISTED["scale"]["tare_raw"] + there_nl // COUNT_NL + flicker
            r.rotor = counted // STEPS_PER_EDGE - self.lost_edges
            r.pressure_down_raw ^= 1
            r.pressure_up_raw ^= 1
            self.sensing.look(r, counted, LOOK_MS)

    def go(self, seconds: int) -> None:
        """Pump time, looked at every ten seconds of it."""
        for _ in range(0, seconds, 10):
            self.driven.run_to(self.driven.now_s + 10)
            self.look()

    def obey(self) -> bool:
        """The planner heeds what was found. Whether it still runs."""
        self.driven.call()
        return self.driven.running

    def is_active(self, condition: int) -> bool:
        return bool(self.controller.alarms.active >> condition & 1)

    def is_latched(self, condition: int) -> bool:
        return bool(self.controller.alarms.latched >> condition & 1)


@PROFILES
def test_six_hours_without_a_fault_raise_nothing(profile: str) -> None:
    rig = Rig(profile)
    rig.go(6 * HOUR)
    assert rig.driven.active == set()
    assert rig.driven.running


def test_its_limits_are_these() -> None:
    assert (SUPPLY_LOW_MV, SUPPLY_MIN_MV, SUPPLY_MAX_MV) == (4_400, 3_500, 5_500)
    assert (OVERHEAT_CC, CLOCK_OFF_S, CLOCK_LOOK_MS) == (5_500, 5, 60_000)


# -- supply and temperature -----------------------------------------------------------------------


@requirement("R7.3.0(1)", "R7.3.0(2)")
@PROFILES
@pytest.mark.parametrize(
    ("mv", "low", "out"),
    [
        (SUPPLY_LOW_MV + 1, False, False),
        (SUPPLY_LOW_MV, False, False),
        (SUPPLY_LOW_MV - 1, True, False),
        (SUPPLY_MIN_MV + 1, True, False),
        (SUPPLY_MIN_MV, True, False),
        (SUPPLY_MIN_MV - 1, True, True),
        (SUPPLY_MAX_MV - 1, False, False),
        (SUPPLY_MAX_MV, False, False),
        (SUPPLY_MAX_MV + 1, False, True),
    ],
)
def test_a_supply_beyond_its_limits_twice_is_told_and_stops_an_opioid_only(
    profile: str, mv: int, low: bool, out: bool
) -> None:
    rig = Rig(profile)
    rig.r.supply_mv = mv
    rig.look()
    assert rig.driven.active == set(), "once is no alarm"
    rig.look()
    assert rig.is_active(al.SUPPLY_LOW) == low
    assert rig.is_active(al.SUPPLY_OUT_OF_RANGE) == out
    assert rig.obey() == (profile == "itb" or not out)


@pytest.mark.parametrize(
    ("wrong_mv", "back_mv", "condition", "over"),
    [
        (4_000, SUPPLY_LOW_MV + 99, al.SUPPLY_LOW, False),
        (4_000, SUPPLY_LOW_MV + 100, al.SUPPLY_LOW, True),
        (3_000, SUPPLY_MIN_MV + 99, al.SUPPLY_OUT_OF_RANGE, False),
        (3_000, SUPPLY_MIN_MV + 100, al.SUPPLY_OUT_OF_RANGE, True),
        (6_000, SUPPLY_MAX_MV - 99, al.SUPPLY_OUT_OF_RANGE, False),
        (6_000, SUPPLY_MAX_MV - 100, al.SUPPLY_OUT_OF_RANGE, True),
    ],
)
def test_a_supply_is_back_a_tenth_of_a_volt_inside_its_limit(
    wrong_mv: int, back_mv: int, condition: int, over: bool
) -> None:
    rig = Rig("itb")
    rig.r.supply_mv = wrong_mv
    rig.look(2)
    rig.r.supply_mv = back_mv
    rig.look(2)
    assert rig.is_active(condition) == (not over)


@requirement("R6.4.0(8)")
@PROFILES
@pytest.mark.parametrize("over_cc", [-1, 0, 1])
def test_above_55_degrees_twice_is_told_and_stops_an_opioid_only(
    profile: str, over_cc: int
) -> None:
    rig = Rig(profile)
    rig.r.temperature_cc = OVERHEAT_CC + over_cc
    rig.look()
    assert not rig.is_active(al.OVERHEAT)
    rig.look()
    assert rig.is_active(al.OVERHEAT) == (over_cc > 0)
    assert rig.obey() == (profile == "itb" or over_cc <= 0)


@pytest.mark.parametrize(("cc", "over"), [(5_001, False), (5_000, True), (4_999, True)])
def test_it_is_cool_again_at_50_degrees(cc: int, over: bool) -> None:
    rig = Rig("itb")
    rig.r.temperature_cc = OVERHEAT_CC + 1
    rig.look(2)
    rig.r.temperature_cc = cc
    rig.look()
    assert rig.is_active(al.OVERHEAT) == (not over)


def test_once_is_no_alarm_at_the_first_look_of_all_either() -> None:
    rig = Rig("itb", ())
    rig.sensing = Sensing(rig.controller, ("supply", "temperature"), AS_LISTED, rig)
    rig.r.supply_mv, rig.r.temperature_cc = 3_000, 6_000
    rig.look()
    assert rig.driven.active == set()
    rig.look()
    assert rig.driven.active == {"SUPPLY_LOW", "SUPPLY_OUT_OF_RANGE", "OVERHEAT"}


# -- line -----------------------------------------------------------------------------------------


@requirement("R7.2.0(4)", "R7.2.0(5)", "R7.2.0(6)")
@PROFILES
@pytest.mark.parametrize(
    ("attribute", "raw", "condition"),
    [
        ("pressure_down_raw", 2_900, al.OCCLUSION_DOWN),
        ("pressure_up_raw", 1_600, al.OCCLUSION_UP),
    ],
)
def test_an_occlusion_stops_both_and_latches(
    profile: str, attribute: str, raw: int, condition: int
) -> None:
    rig = Rig(profile)
    rest = getattr(rig.r, attribute)
    setattr(rig.r, attribute, raw)
    rig.look()
    assert rig.is_active(condition)
    assert not rig.obey()
    setattr(rig.r, attribute, rest)
    rig.look()
    assert rig.is_active(condition) and rig.is_latched(condition)


@PROFILES
@pytest.mark.parametrize("parts", [PARTS, ("pressure_down",)], ids=["all", "no scale"])
def test_a_hole_that_was_seen_is_told_again_when_60_ul_more_went_into_it(
    profile: str, parts: tuple[str, ...]
) -> None:
    rig = Rig(profile, parts)
    more = ERROR_NL * 1000 // 31_250
    rig.r.pressure_down_raw = 1_880
    rig.look(4)
    assert rig.is_active(al.UNDER_DELIVERY)
    for steps, told in ((more - 1, False), (more, True)):
        rig.controller.alarms.acknowledge(-1)
        rig.r.rotor = (rig.driven.made + steps) // STEPS_PER_EDGE
        rig.sensing.look(rig.r, rig.driven.made + steps, LOOK_MS)
        assert rig.is_active(al.UNDER_DELIVERY) == told


def test_a_hole_is_told_to_another_program_as_well() -> None:
    rig = Rig("itb", ())
    rig.sensing = Sensing(rig.controller, ("pressure_down",), AS_LISTED, rig)
    for _ in range(2):
        for raw in (1_880, 1_881, 1_880, 1_881):
            rig.r.pressure_down_raw = raw
            rig.sensing.look(rig.r, 100, LOOK_MS)
        assert rig.is_active(al.UNDER_DELIVERY)
        with_another_program(rig)
        assert not rig.is_active(al.UNDER_DELIVERY)
        assert rig.controller.start(0, 0) is None


@pytest.mark.parametrize("more", [0, 1])
def test_a_hole_that_was_there_before_the_first_step_is_told_once(more: int) -> None:
    rig = Rig("itb", ())
    rig.sensing = Sensing(rig.controller, ("pressure_down",), AS_LISTED, rig)
    for raw in (1_880, 1_881, 1_880, 1_881):
        rig.r.pressure_down_raw = raw
        rig.sensing.look(rig.r, 0, LOOK_MS)
    assert rig.is_active(al.UNDER_DELIVERY)
    rig.controller.alarms.acknowledge(-1)
    rig.sensing.look(rig.r, more, LOOK_MS)
    assert not rig.is_active(al.UNDER_DELIVERY)


@PROFILES
def test_a_hole_that_comes_again_is_told_again(profile: str) -> None:
    rig = Rig(profile)
    for _ in range(2):
        rig.r.pressure_down_raw = 1_880
        rig.look(4)
        assert rig.is_active(al.UNDER_DELIVERY)
        rig.controller.alarms.acknowledge(-1)
        rig.look(4 * BLOCK)
        assert not rig.is_active(al.UNDER_DELIVERY)
        rig.r.pressure_down_raw = 1_909
        rig.look()


def test_a_line_that_is_open_while_nothing_flows_is_told_when_it_flows() -> None:
    rig = Rig("itb")
    rig.driven.order("stop_now")
    rig.r.pressure_down_raw = 1_880
    rig.look(10)
    assert not rig.is_active(al.UNDER_DELIVERY)
    assert rig.driven.order("restart") is None
    rig.look()
    assert rig.is_active(al.UNDER_DELIVERY)


@PROFILES
@pytest.mark.parametrize("attribute", ["pressure_down_raw", "pressure_up_raw"])
def test_a_pressure_that_is_not_to_be_believed_stops_an_opioid_only(
    profile: str, attribute: str
) -> None:
    rig = Rig(profile)
    setattr(rig.r, attribute, 0)
    rig.look()
    assert not rig.is_active(al.PRESSURE_FAULT)
    rig.look()
    assert rig.is_active(al.PRESSURE_FAULT)
    assert rig.obey() == (profile == "itb")


@requirement("R7.2.0(3)")
@PROFILES
def test_air_stops_an_opioid_and_leaves_baclofen_going(profile: str) -> None:
    rig = Rig(profile)
    rig.r.air = 1
    rig.look()
    assert rig.is_active(al.AIR)
    assert rig.obey() == (profile == "itb")
    rig.r.air = 0
    rig.look()
    assert rig.is_latched(al.AIR)


# -- weight ---------------------------------------------------------------------------------------


@requirement("R6.4.0(2)", "R6.4.0(3)")
@PROFILES
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("beyond_nl", [-2 * COUNT_NL, 2 * COUNT_NL])
def test_sixty_microlitres_too_much_or_too_little_are_told(
    profile: str, sign: int, beyond_nl: int
) -> None:
    rig = Rig(profile)
    rig.off_nl = sign * (ERROR_NL + beyond_nl)
    rig.look(BLOCK)
    assert rig.is_active(al.OVER_DELIVERY) == (sign < 0 < beyond_nl)
    assert rig.is_active(al.UNDER_DELIVERY) == (sign > 0 and beyond_nl > 0)
    assert rig.obey() == (profile == "itb" or not rig.is_active(al.OVER_DELIVERY))


@requirement("R6.4.0(4)", "R6.4.0(5)", "R6.4.0(6)", "R6.4.0(7)")
@PROFILES
@pytest.mark.parametrize("figures", [(0, 0), (300_000, 600)], ids=["patient", "clinician"])
@pytest.mark.parametrize(
    ("percent", "raised"),
    [(50, {"UNDER_DELIVERY"}), (95, set()), (105, set()), (150, {"OVER_DELIVERY"})],
)
def test_a_bolus_of_too_much_or_too_little_is_told_while_it_is_given(
    profile: str, figures: tuple[int, ...], percent: int, raised: set[str]
) -> None:
    fields = with_boluses(bolus_max_nl=300_000, demand=[300_000, 600])
    rig = Rig(**{**fields, "profile": profile})
    assert rig.driven.order("give_bolus", *figures) is None
    before_nl = rig.controller.expected_nl(rig.driven.made)
    for _ in range(590 // 10):
        booked_nl = before_nl - rig.controller.expected_nl(rig.driven.made)
        rig.off_nl = booked_nl * (100 - percent) // 100
        rig.go(10)
        if rig.driven.active:
            break
    assert rig.driven.active == raised
    assert rig.controller.bolus.end_s > rig.driven.now_s


@requirement("R6.4.0(2)")
@PROFILES
def test_what_leaves_while_the_pump_is_stopped_is_free_flow(profile: str) -> None:
    rig = Rig(profile)
    rig.driven.order("stop_now")
    rig.look(BLOCK)
    rig.off_nl = -ERROR_NL - 1_000
    rig.look(BLOCK)
    assert rig.is_active(al.FREE_FLOW) and not rig.is_active(al.OVER_DELIVERY)


@pytest.mark.parametrize("more_nl", [-2_000, 2_000])
def test_once_seen_an_error_is_counted_anew(more_nl: int) -> None:
    rig = Rig("itb")
    rig.off_nl = -ERROR_NL - 2_000
    rig.look(BLOCK)
    rig.controller.alarms.acknowledge(-1)
    rig.look(2 * BLOCK)
    assert not rig.is_active(al.OVER_DELIVERY)
    rig.off_nl -= ERROR_NL + more_nl
    rig.look(BLOCK)
    assert rig.is_active(al.OVER_DELIVERY) == (more_nl > 0)


@requirement("R6.8.0(3)")
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("tolerance_nl", "limit_nl"), [(0, MISMATCH_NL), (300_000, 300_000)])
@pytest.mark.parametrize("beyond_nl", [-2 * COUNT_NL, 2 * COUNT_NL])
def test_three_blocks_beyond_the_tolerance_are_a_mismatch_until_seen(
    sign: int, tolerance_nl: int, limit_nl: int, beyond_nl: int
) -> None:
    rig = Rig("itb", tolerance_nl=tolerance_nl, low_alarm_nl=1_000_000)
    rig.off_nl = sign * (limit_nl + beyond_nl)
    rig.look(2 * BLOCK)
    assert not rig.is_active(al.VOLUME_MISMATCH)
    rig.look(BLOCK)
    assert rig.is_active(al.VOLUME_MISMATCH) == (beyond_nl > 0)
    rig.controller.alarms.acknowledge(-1)
    rig.look(6 * BLOCK)
    assert not rig.is_active(al.VOLUME_MISMATCH), "a difference that is known"


@requirement("R6.8.0(9)")
@pytest.mark.parametrize("beyond_nl", [-2 * COUNT_NL, 2 * COUNT_NL])
def test_by_weight_alone_the_reservoir_is_low_a_tenth_of_a_ml_later(beyond_nl: int) -> None:
    rig = Rig("itb")
    p = rig.controller.program
    assert p is not None
    low_nl = p.low_nl + p.residual_nl - LOW_MARGIN_NL
    rig.off_nl = low_nl - rig.controller.expected_nl(rig.driven.made) - beyond_nl
    rig.look(BLOCK)
    assert rig.is_active(al.LOW_RESERVOIR) == (beyond_nl > 0)


@pytest.mark.parametrize("sum_nl", [60_000, 60_001])
def test_the_sums_tell_above_60_ul_to_the_nl(sum_nl: int) -> None:
    rig = Rig("itb")
    w = rig.sensing.weighing
    w.over_nl, w.under_nl = sum_nl, 0
    rig.look(BLOCK)
    assert w.over_nl == sum_nl
    assert rig.is_active(al.OVER_DELIVERY) == (sum_nl > 60_000)
    w.over_nl, w.under_nl = 0, sum_nl
    rig.look(BLOCK)
    assert w.under_nl == sum_nl
    assert rig.is_active(al.UNDER_DELIVERY) == (sum_nl > 60_000)
    rig.controller.alarms.acknowledge(-1)
    for _ in range(BLOCK):
        rig.look()
        assert rig.driven.active == set()
    assert (w.over_nl, w.under_nl) == (0, 0 if sum_nl > 60_000 else sum_nl)


def test_too_little_that_nobody_has_seen_hides_no_too_much() -> None:
    rig = Rig("itb")
    w = rig.sensing.weighing
    w.under_nl = ERROR_NL + 1
    rig.look(BLOCK)
    assert rig.driven.active == {"UNDER_DELIVERY"}
    w.over_nl, w.under_nl = ERROR_NL + 1, 0
    rig.look(BLOCK)
    assert rig.driven.active == {"UNDER_DELIVERY", "OVER_DELIVERY"}


def test_until_it_is_seen_what_was_told_is_not_counted_anew() -> None:
    rig = Rig("itb")
    w = rig.sensing.weighing
    w.over_nl = ERROR_NL + 1
    for _ in range(3):
        rig.look(BLOCK)
        assert (rig.is_active(al.OVER_DELIVERY), w.over_nl) == (True, ERROR_NL + 1)
    rig.controller.alarms.acknowledge(-1)
    rig.look(BLOCK)
    assert (rig.is_active(al.OVER_DELIVERY), w.over_nl) == (False, 0)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("more_nl", [-1, 0, 1])
def test_a_mismatch_is_more_than_the_tolerance_to_the_nl(sign: int, more_nl: int) -> None:
    rig = Rig("itb")
    p, w = rig.controller.program, rig.sensing.weighing
    assert p is not None
    rig.off_nl = sign * 150_000
    rig.look(BLOCK)
    p.fields["tolerance_nl"] = abs(w.deviation_nl) - more_nl
    rig.look(3 * BLOCK)
    assert rig.is_active(al.VOLUME_MISMATCH) == (more_nl > 0)


@pytest.mark.parametrize("more_nl", [0, 1])
def test_by_weight_it_is_low_below_a_tenth_of_a_ml_less_to_the_nl(more_nl: int) -> None:
    rig = Rig("itb")
    p, w = rig.controller.program, rig.sensing.weighing
    assert p is not None
    p.low_nl = w.weighed_nl - p.residual_nl + 100_000 + more_nl
    rig.look(BLOCK)
    assert rig.is_active(al.LOW_RESERVOIR) == (more_nl > 0)


def test_a_jump_is_a_fault_of_the_scale_while_the_pump_runs() -> None:
    rig = Rig("itb")
    rig.off_nl = -250_000
    rig.look(BLOCK)
    assert rig.driven.active == {"SCALE_FAULT"}
    rig = Rig("itb")
    rig.driven.order("stop_now")
    rig.look(BLOCK)
    before = rig.driven.active
    rig.off_nl = -250_000
    for _ in range(2 * BLOCK):
        rig.look()
        assert rig.driven.active == before, "somebody may be at work"


def test_other_numbers_of_a_calibration_count_from_now_on() -> None:
    rig = Rig("itb")
    s = rig.sensing
    assert s.calibration is AS_LISTED
    s.weighing.over_nl = 50_000
    calibration = AS_LISTED
    for request in (
        {"part": "scale", "tare_raw": 7},
        {"part": "pressure_down", "zero_raw": 1_801},
        {"part": "pressure_up", "zero_raw": 1_802},
        {"part": "tubing", "life_ml": 3},
    ):
        new = changed(calibration, request)
        assert isinstance(new, dict)
        calibration = new
    s.calibrate(calibration)
    assert s.calibration == calibration
    assert (s.weighing.tare_raw, s.down.zero_raw, s.up.zero_raw) == (7, 1_801, 1_802)
    assert (s.tubing_life_ml, s.weighing.over_nl) == (3, 0)


def test_nothing_is_judged_while_somebody_is_at_the_reservoir() -> None:
    rig = Rig("itb")
    assert rig.controller.open_refill() is None
    rig.off_nl = -5_000_000
    rig.look(4 * BLOCK)
    assert rig.driven.active <= {"SCALE_FAULT"}


def test_while_somebody_is_at_the_reservoir_no_sum_is_kept() -> None:
    rig = Rig("itb")
    w = rig.sensing.weighing
    w.over_nl = w.under_nl = 50_000
    rig.look(BLOCK)
    assert (w.over_nl, w.under_nl) == (50_000, 50_000)
    assert rig.controller.open_refill() is None
    rig.look()
    assert (w.over_nl, w.under_nl) == (0, 0)


def test_with_another_filling_the_sums_and_what_was_seen_begin_anew() -> None:
    rig = Rig("itb")
    w = rig.sensing.weighing
    rig.off_nl = MISMATCH_NL + 1_000
    rig.look(3 * BLOCK)
    assert rig.is_active(al.VOLUME_MISMATCH)
    rig.controller.alarms.acknowledge(-1)
    rig.look(3 * BLOCK)
    w.over_nl = w.under_nl = 50_000
    assert not rig.is_active(al.VOLUME_MISMATCH), "it is known"
    assert rig.driven.order("refill", 20_000_000) is None
    rig.look()
    assert (w.over_nl, w.under_nl) == (0, 0)
    rig.look(3 * BLOCK)
    assert rig.is_active(al.VOLUME_MISMATCH), "of this filling it is not"


@pytest.mark.parametrize("refilled", [False, True])
def test_blocks_beyond_the_tolerance_are_those_of_one_filling(refilled: bool) -> None:
    rig = Rig("itb")
    rig.off_nl = MISMATCH_NL + 1_000
    rig.look(2 * BLOCK)
    if refilled:
        assert rig.driven.order("refill", 20_000_000) is None
    rig.look(BLOCK)
    assert rig.is_active(al.VOLUME_MISMATCH) == (not refilled)


# -- rotor ----------------------------------------------------------------------------------------


@requirement("R6.4.0(3)")
@PROFILES
def test_a_rotor_that_stands_is_a_stall_that_lets_an_opioid_finish(profile: str) -> None:
    rig = Rig(profile, ("rotor",))
    stands, counted = rig.r.rotor, rig.driven.made
    for steps, stalls in ((STALL_STEPS - 1, False), (STALL_STEPS, True)):
        rig.r.rotor = stands
        rig.sensing.look(rig.r, counted + steps, LOOK_MS)
        assert rig.is_active(al.MOTOR_STALL) == stalls
    assert rig.obey() == (profile == "itb")


def test_what_is_stopped_does_not_stall() -> None:
    rig = Rig("itb", ("rotor",))
    counted = rig.driven.made
    rig.sensing.look(rig.r, counted + STALL_STEPS, LOOK_MS)
    rig.driven.order("stop_now")
    rig.sensing.look(rig.r, counted + 2 * STALL_STEPS, LOOK_MS)
    assert rig.is_latched(al.MOTOR_STALL)


def test_a_rotor_that_is_silent_while_all_leaves_as_booked_is_a_dead_sensor() -> None:
    rig = Rig("itb", ("scale", "rotor"))
    made = rig.driven.made
    while rig.driven.made - made < 100_000 * 1000 // 31_250 + STALL_STEPS:
        rig.driven.run_to(rig.driven.now_s + 60)
        rig.lost_edges = rig.driven.made // STEPS_PER_EDGE - made // STEPS_PER_EDGE
        rig.look(BLOCK)
        if rig.driven.made - made in range(2 * STALL_STEPS, 20 * STALL_STEPS):
            assert rig.is_active(al.MOTOR_STALL) and not rig.is_active(al.ROTOR_FAULT)
    rig.look(BLOCK)
    assert rig.is_active(al.ROTOR_FAULT) and rig.is_latched(al.MOTOR_STALL)


@pytest.mark.parametrize(("percent", "turns"), [(0, False), (60, False), (73, True), (110, True)])
def test_a_silent_rotor_turns_if_two_thirds_of_what_was_booked_have_left(
    percent: int, turns: bool
) -> None:
    rig = Rig("itb", ("scale", "rotor"))
    stands, made = rig.r.rotor, rig.driven.made
    start_nl = rig.controller.expected_nl(made)
    while start_nl - rig.controller.expected_nl(rig.driven.made) < 140_000:
        rig.driven.run_to(rig.driven.now_s + 60)
        booked_nl = start_nl - rig.controller.expected_nl(rig.driven.made)
        rig.off_nl = booked_nl * (100 - percent) // 100
        rig.lost_edges = rig.driven.made // STEPS_PER_EDGE - stands
        rig.look(BLOCK)
        if booked_nl < 100_000:
            assert not rig.is_active(al.ROTOR_FAULT)
    assert rig.is_active(al.ROTOR_FAULT) == turns
    assert rig.is_active(al.MOTOR_STALL)


@pytest.mark.parametrize(
    ("nl_per_1000_steps", "steps", "turns"),
    [(31_250, 3_199, False), (31_250, 3_200, True), (33_333, 3_000, False), (33_333, 3_001, True)],
)
def test_a_tenth_of_a_ml_has_to_be_booked_before_a_rotor_is_taken_for_dead(
    nl_per_1000_steps: int, steps: int, turns: bool
) -> None:
    """3,200 steps of 31.25 nL are that; 3,000 steps of 33.333 nL are one nL less."""
    rig = Rig("itb", ("scale", "rotor"), nl_per_1000_steps=nl_per_1000_steps)
    stalled = rig.driven.made + 96
    for counted in (stalled, *[stalled + steps] * BLOCK * 2):
        rig.r.scale_readings += 1
        there_nl = rig.controller.expected_nl(counted)
        flicker = rig.r.scale_readings % 2
        rig.r.scale_raw = AS_LISTED["scale"]["tare_raw"] + there_nl // COUNT_NL + flicker
        rig.sensing.look(rig.r, counted, LOOK_MS)
    assert rig.is_active(al.MOTOR_STALL)
    assert rig.is_active(al.ROTOR_FAULT) == turns


@pytest.mark.parametrize(
    ("weighed_nl", "left_nl", "turns"),
    [
        ([500_000], 79_999, False),
        ([500_000], 80_000, True),
        ([500_000], 80_001, True),
        ([80_000], 80_000, True),  # and nothing is left
        ([80_000], 80_001, False),  # less than nothing is no weight
        ([0, 80_000], 80_000, False),  # what was there when it fell silent counts
    ],
)
def test_two_thirds_of_what_was_booked_have_to_leave_from_the_weight_at_its_last_turn(
    weighed_nl: list[int], left_nl: int, turns: bool
) -> None:
    """3,840 steps of 31.25 nL are 120 uL."""
    rig = Rig("itb", ("scale", "rotor"))
    w, stalled = rig.sensing.weighing, rig.driven.made + STALL_STEPS
    for w.weighed_nl in weighed_nl:
        rig.sensing.look(rig.r, stalled, 0)
        assert rig.driven.active == {"MOTOR_STALL"}
    w.weighed_nl = weighed_nl[-1] - left_nl
    rig.sensing.look(rig.r, stalled + 3_840, 0)
    assert rig.is_active(al.ROTOR_FAULT) == turns
    assert rig.is_latched(al.MOTOR_STALL) == turns


def test_a_rotor_that_turned_meanwhile_falls_silent_anew() -> None:
    rig = Rig("itb", ("scale", "rotor"))
    w, steps = rig.sensing.weighing, rig.driven.made
    for turned in (0, 1, 0):
        steps += 4_000
        w.weighed_nl -= 125_000
        rig.r.rotor += turned * 4_000 // STEPS_PER_EDGE
        rig.sensing.look(rig.r, steps, 0)
        assert rig.is_latched(al.MOTOR_STALL) == bool(turned)
        assert not rig.is_active(al.ROTOR_FAULT)


def test_a_scale_that_is_no_longer_believed_tells_of_no_rotor() -> None:
    rig = Rig("itb", ("scale", "rotor"))
    w, stalled = rig.sensing.weighing, rig.driven.made + STALL_STEPS
    rig.sensing.look(rig.r, stalled, 0)
    w.weighed_nl -= 120_000
    for passed_ms, believed in ((0, True), (1_999, True), (1, False)):
        rig.sensing.look(rig.r, stalled + 3_840, passed_ms)
        assert rig.is_active(al.SCALE_FAULT) == (not believed)
        assert rig.is_latched(al.MOTOR_STALL) == believed
        assert rig.is_latched(al.ROTOR_FAULT) == (not believed)


def test_a_rotor_is_counted_from_the_first_look_at_a_pump_that_runs() -> None:
    rig = Rig("itb", ())
    rig.sensing = Sensing(rig.controller, ("rotor",), AS_LISTED, rig)
    for look in range(100):
        rig.r.rotor = 5 + look
        rig.sensing.look(rig.r, 10_000 + 32 * look, LOOK_MS)
        assert rig.driven.active == set()


# -- clock, keys, tubing --------------------------------------------------------------------------


@PROFILES
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("off_s", [CLOCK_OFF_S - 1, CLOCK_OFF_S, CLOCK_OFF_S + 1])
def test_two_clocks_that_differ_by_more_than_five_seconds_are_not_trusted(
    profile: str, sign: int, off_s: int
) -> None:
    rig = Rig(profile)
    rig.sensing.look_at_clock(1_000, 60_000)
    rig.sensing.look_at_clock(1_060, 60_000)
    assert rig.driven.active == set()
    rig.sensing.look_at_clock(1_120 + sign * off_s, 60_000)
    assert rig.is_active(al.CLOCK_FAULT) == (off_s > CLOCK_OFF_S)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("ppm", "told"), [(50, False), (75, True)])
def test_a_crystal_may_be_off_by_as_much_as_crystals_are(sign: int, ppm: int, told: bool) -> None:
    """58 ppm are five seconds a day."""
    rig = Rig("itb", ("clock_chip",))
    for minute in range(30 * 24 * 60):
        seconds = minute * 60
        rig.sensing.look_at_clock(1_000_000 + seconds + sign * seconds * ppm // 1_000_000, 60_000)
        if rig.is_active(al.CLOCK_FAULT):
            break
    assert rig.is_active(al.CLOCK_FAULT) == told


def test_clocks_are_compared_by_the_millisecond() -> None:
    rig = Rig("itb")
    for half_s in range(16_000):
        rig.sensing.look_at_clock(1_000 + half_s * 4 // 10, 399 if half_s % 2 else 401)
    assert rig.driven.active == set()


@pytest.mark.parametrize(("wall_s", "told"), [(86_399, True), (86_400, False)])
def test_what_the_clocks_are_off_is_forgotten_after_a_day(wall_s: int, told: bool) -> None:
    rig = Rig("itb")
    rig.sensing.look_at_clock(1_000, 0)
    rig.sensing.look_at_clock(1_000 + wall_s + 5, wall_s * 1_000)
    assert rig.driven.active == set()
    rig.sensing.look_at_clock(1_000 + wall_s + 10 + 10, 10_000)
    assert rig.is_active(al.CLOCK_FAULT) == told


def test_after_a_day_another_day_is_counted() -> None:
    rig = Rig("itb")
    rig.sensing.look_at_clock(1_000, 0)
    rig.sensing.look_at_clock(1_000 + 86_400 + 5, 86_400_000)
    rig.sensing.look_at_clock(1_000 + 2 * 86_400 - 1 + 10, 86_399_000)
    assert rig.driven.active == set()
    rig.sensing.look_at_clock(1_000 + 2 * 86_400 + 11, 1_000)
    assert rig.is_active(al.CLOCK_FAULT)


def test_after_they_differed_the_clocks_are_compared_anew() -> None:
    rig = Rig("itb")
    rig.sensing.look_at_clock(1_000, 0)
    rig.sensing.look_at_clock(1_016, 10_000)
    assert rig.is_active(al.CLOCK_FAULT)
    rig.controller.alarms.set(al.CLOCK_FAULT, False)
    rig.sensing.look_at_clock(1_031, 10_000)
    assert rig.driven.active == set()
    rig.sensing.look_at_clock(1_042, 10_000)
    assert rig.is_active(al.CLOCK_FAULT)


def test_clocks_of_a_pump_that_is_stopped_are_nobodys_fault() -> None:
    rig = Rig("itb")
    rig.driven.order("stop_now")
    before = rig.driven.active
    rig.sensing.look_at_clock(1_000, 0)
    rig.sensing.look_at_clock(9_000, 0)
    rig.sensing.look_at_clock(-1, 0)
    assert rig.driven.active == before


def test_a_chip_without_a_time_at_the_first_look_is_told() -> None:
    rig = Rig("itb")
    rig.sensing.look_at_clock(-1, 60_000)
    assert rig.is_active(al.CLOCK_FAULT)


@pytest.mark.parametrize(("chip_s", "told"), [(0, False), (-1, True)])
def test_midnight_of_the_year_2000_is_a_time(chip_s: int, told: bool) -> None:
    rig = Rig("itb")
    rig.sensing.look_at_clock(chip_s, 0)
    assert rig.is_active(al.CLOCK_FAULT) == told
    rig.controller.alarms.set(al.CLOCK_FAULT, False)
    rig.sensing.look_at_clock(-1, 0)
    assert rig.is_active(al.CLOCK_FAULT) == (not told), "it is lost once"


def test_a_clock_chip_that_lost_its_time_is_told_once() -> None:
    rig = Rig("itb")
    rig.sensing.look_at_clock(1_000, 60_000)
    rig.sensing.look_at_clock(-1, 60_000)
    assert rig.is_active(al.CLOCK_FAULT)
    rig.controller.alarms.set(al.CLOCK_FAULT, False)
    rig.sensing.look_at_clock(-1, 60_000)
    rig.sensing.look_at_clock(5_000, 60_000)  # set by somebody: watched anew
    rig.sensing.look_at_clock(5_060, 60_000)
    assert rig.driven.active == set()


@pytest.mark.parametrize(("ms", "stuck"), [(9_999, False), (10_000, True)])
def test_a_key_that_is_held_for_ten_seconds_is_told_until_it_is_let_go(
    ms: int, stuck: bool
) -> None:
    rig = Rig("itb", ("keys",))
    rig.r.keys = 2
    rig.sensing.look(rig.r, rig.driven.made, LOOK_MS)
    rig.sensing.look(rig.r, rig.driven.made, ms)
    assert rig.is_active(al.KEY_STUCK) == stuck
    rig.r.keys = 0
    rig.look()
    assert not rig.is_active(al.KEY_STUCK)


def test_tubing_is_worn_after_its_life_and_new_when_it_was_changed() -> None:
    rig = Rig("itb")
    s = rig.sensing
    s.tubing_ml, s.tubing_nl = s.tubing_life_ml - 1, 1_000_000 - 32
    s.look(rig.r, rig.driven.made + 1, LOOK_MS)  # 31.25 nL
    assert not rig.is_active(al.TUBING_LIFE)
    s.look(rig.r, rig.driven.made + 2, LOOK_MS)
    assert rig.is_active(al.TUBING_LIFE)
    s.change_tubing()
    s.look(rig.r, rig.driven.made + 3, LOOK_MS)
    assert not rig.is_active(al.TUBING_LIFE)
    assert (s.tubing_ml, s.tubing_nl) == (0, 31)


@pytest.mark.parametrize(
    ("nl_per_1000_steps", "counted", "nl"),
    [(30_999, 1, 30), (31_000, 1, 31), (31_250, 3, 93), (31_250, 4, 125), (31_250, 31, 968)],
)
def test_each_step_since_power_up_wears_the_tubing(
    nl_per_1000_steps: int, counted: int, nl: int
) -> None:
    rig = Rig("itb", (), nl_per_1000_steps=nl_per_1000_steps)
    rig.sensing = s = Sensing(rig.controller, (), AS_LISTED, rig)
    for steps in range(counted + 1):
        s.look(rig.r, steps, LOOK_MS)
    assert (s.tubing_ml, s.tubing_nl) == (0, nl)


def test_a_million_nl_are_a_ml_of_wear() -> None:
    rig = Rig("itb", ())
    s, made = rig.sensing, rig.driven.made
    s.tubing_ml, s.tubing_nl = 7, 1_000_000 - 125 * 8
    s.look(rig.r, made + 32, LOOK_MS)
    assert (s.tubing_ml, s.tubing_nl) == (8, 0)
    s.look(rig.r, made + 32 + 3 * 32_000 + 32, LOOK_MS)
    assert (s.tubing_ml, s.tubing_nl) == (11, 1_000)


def test_steps_without_a_program_wear_nothing_and_are_not_made_up_for() -> None:
    rig = Rig("itb", ())
    c = Controller(4, 1)
    s = Sensing(c, (), AS_LISTED, rig)
    s.look(rig.r, 1_000, LOOK_MS)
    assert c.load(Program(program())) is None
    for counted, nl in ((1_000, 0), (1_032, 1_000)):
        s.look(rig.r, counted, LOOK_MS)
        assert (s.tubing_ml, s.tubing_nl) == (0, nl)


# -- parts and programs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "raised", "failed"),
    [
        ("scale", {"SCALE_FAULT"}, "scale: no reading"),
        ("rotor", {"ROTOR_FAULT"}, "rotor: 3 edges while the motor rests"),
        ("pressure_down", {"OCCLUSION_DOWN"}, "ok"),
        ("pressure_up", {"OCCLUSION_UP"}, "ok"),
        ("air", {"AIR"}, "ok"),
        ("supply", {"SUPPLY_LOW"}, "ok"),
        ("temperature", {"OVERHEAT"}, "ok"),
        ("clock_chip", set(), "ok"),
        ("keys", {"KEY_STUCK"}, "keys: one is held down"),
        ("display", set(), "ok"),
    ],
)
def test_each_part_alone_tells_of_itself_whatever_the_others_would_say(
    part: str, raised: set[str], failed: str
) -> None:
    rig = Rig("itb", ())
    r, rig.sensing = rig.r, Sensing(rig.controller, (part,), AS_LISTED, rig)
    r.supply_mv, r.temperature_cc, r.air, r.keys = 4_000, 6_000, 1, 7
    r.pressure_down_raw, r.pressure_up_raw = 2_900, 1_600
    for look in range(4):
        r.rotor += 3 if look == 1 else 0
        rig.sensing.look(r, rig.driven.made, 5_000)
    assert rig.driven.active == raised
    assert rig.sensing.self_test.result == failed


def test_a_self_test_that_fails_is_told_until_one_passes() -> None:
    rig = Rig("itb")
    test = rig.sensing.self_test
    for boot in ("motor: does not step", ""):
        test.boot = boot
        test.ask()
        rig.look(4)  # 1.2 s after it began
        assert test.result == (boot or "ok")
        assert rig.is_active(al.SELF_TEST_FAILED) == bool(boot)


def test_a_rig_without_parts_finds_nothing_whatever_they_would_say() -> None:
    rig = Rig("pca", ())
    r = rig.r
    r.supply_mv, r.temperature_cc, r.air, r.keys = 9_000, 9_000, 1, 7
    r.pressure_down_raw = r.pressure_up_raw = 0
    rig.off_nl, rig.lost_edges = -3_000_000, 1_000
    rig.look(100)
    rig.sensing.look_at_clock(-1, 60_000)
    assert rig.driven.active == set()


def test_another_program_is_told_what_is_there() -> None:
    rig = Rig("itb")
    rig.r.supply_mv = 4_000
    rig.look(2)
    rig.driven.order("stop_now")
    c = rig.controller
    assert c.load(Program(program())) is None
    assert c.state != EMPTY and not rig.is_active(al.SUPPLY_LOW)
    rig.look()
    assert rig.is_active(al.SUPPLY_LOW)


def with_another_program(rig: Rig) -> None:
    """A stopped pump, and one that nobody has looked at since."""
    rig.driven.order("stop_now")
    assert rig.controller.load(Program(program())) is None


def test_what_another_raised_is_left_alone() -> None:
    rig = Rig("itb", ())
    rig.controller.alarms.set(al.LOW_RESERVOIR, True)
    rig.sensing = Sensing(rig.controller, ("supply", "air"), AS_LISTED, rig)
    rig.look()
    assert rig.driven.active == {"LOW_RESERVOIR"}
    with_another_program(rig)
    rig.controller.alarms.set(al.LOW_RESERVOIR, True)
    rig.look()
    assert rig.is_active(al.LOW_RESERVOIR)


def test_with_another_program_errors_are_counted_anew() -> None:
    rig = Rig("itb")
    rig.off_nl = -50_000
    rig.look(BLOCK)
    with_another_program(rig)
    rig.off_nl = -100_000
    rig.look(2 * BLOCK)
    assert not rig.is_active(al.FREE_FLOW), "50 uL before and 50 after"
    rig.off_nl = -162_000
    rig.look(BLOCK)
    assert rig.is_active(al.FREE_FLOW)
    with_another_program(rig)
    rig.look(BLOCK)
    assert not rig.is_active(al.FREE_FLOW)
    rig.off_nl -= 62_000
    rig.look(BLOCK)
    assert rig.is_active(al.FREE_FLOW)

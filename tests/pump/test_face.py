"""The display's eight lines."""

from device_program import program
from driven import Driven

from pump import conditions as al
from pump import face
from pump.controller import Controller


def test_without_a_program_it_says_so() -> None:
    shown = face.lines(Controller(), 0, 1)
    assert shown == ["NOT FOR PATIENTS", "no program", "", "", ""]


def test_a_pump_under_way_shows_time_flow_and_volume() -> None:
    driven = Driven(program())
    driven.run_to(86_400 + 13 * 3600 + 5 * 60)
    shown = face.lines(driven.controller, driven.now_s, 1440)
    usable_ml = driven.controller.reservoir.usable_nl // 1000
    assert shown[:4] == ["NOT FOR PATIENTS", "running x1440", "day 1 13:05", "7.500 uL/h"]
    assert shown[4] == f"{usable_ml // 1000}.{usable_ml % 1000:03d} mL left"


def test_the_gravest_alarms_come_first_and_the_rest_are_counted() -> None:
    driven = Driven(program())
    alarms = driven.controller.alarms
    for condition in (al.REFILL_DUE, al.LATE, al.STEP_FAULT):
        alarms.set(condition, True)
    assert face.lines(driven.controller, 0, 1)[5:] == ["!STEP_FAULT", "?LOOP_LATE", "-REFILL_DUE"]
    alarms.set(al.SUPPLY_OUT_OF_RANGE, True)
    assert face.lines(driven.controller, 0, 1)[5:] == [
        "!STEP_FAULT",
        "!SUPPLY_OUT_OF_R",
        "+ 2 more",
    ]


def test_no_line_is_longer_than_the_display() -> None:
    driven = Driven(program())
    for condition in range(len(al.CONDITIONS)):
        driven.controller.alarms.set(condition, True)
    for profile_scale in (1, 1440):
        shown = face.lines(driven.controller, 0x3FFFFFFF, profile_scale)
        assert len(shown) == face.LINES == 8
        assert max(len(line) for line in shown) == face.WIDTH == 16


def test_before_anything_flows_nothing_is_below_nothing() -> None:
    driven = Driven(program())
    c = driven.controller
    c.rate_nl_h, c.reservoir.usable_nl = -1, -1
    shown = face.lines(c, -60, 2)
    assert shown[1] == "running x2"
    assert shown[2:5] == ["day 0 23:59", "0.000 uL/h", "0.000 mL left"]
    c.rate_nl_h, c.reservoir.usable_nl = 1, 1_999
    assert face.lines(c, 0, 1)[2:5] == ["day 0 00:00", "0.001 uL/h", "0.001 mL left"]
    for rate_nl_h, shown_rate in ((1_998, "1.998 uL/h"), (2_000, "2.000 uL/h")):
        c.rate_nl_h = rate_nl_h
        assert face.lines(c, 0, 1)[3] == shown_rate
    assert face.lines(c, 86_399, 1)[2] == "day 0 23:59"
    assert face.lines(c, 86_400, 1)[2] == "day 1 00:00"
    c.offset_s = 3_660
    assert face.lines(c, 86_399, 1)[2] == "day 0 01:00", "days from the start, and civil time"


def test_a_notice_goes_before_the_alarms_as_far_as_it_fits() -> None:
    driven = Driven(program())
    alarms = driven.controller.alarms
    notice = "17 characters it has"
    first, second, third = "!STEP_FAULT", "?LOOP_LATE", "-REFILL_DUE"
    assert face.lines(driven.controller, 0, 1, notice)[5:] == ["17 characters it"]
    for condition, shown in (
        (al.STEP_FAULT, [first]),
        (al.LATE, [first, second]),
        (al.REFILL_DUE, [first, "+ 2 more"]),
    ):
        alarms.set(condition, True)
        assert face.lines(driven.controller, 0, 1, notice)[5:] == ["17 characters it", *shown]
    assert face.lines(driven.controller, 0, 1)[5:] == [first, second, third]

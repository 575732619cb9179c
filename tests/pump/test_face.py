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
        assert len(shown) == face.LINES
        assert max(len(line) for line in shown) <= face.WIDTH

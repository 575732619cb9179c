"""The device's own ranges: each field at its limits and one past them, in the device's words."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, least_tau_dh, program, programs
from hypothesis import given

from pump.limits import CHOICES, NAME_CHARS_MAX, RANGES, SCALE_MAX, largest_scale, scale_refusal
from pump.limits import refusal as refusal_of

# What must hold beside a field for its whole range to be allowed.
_WIDE: dict[str, dict[str, Any]] = {
    "conc_ug_ml": {"drug": "other"},
    "capacity_nl": {"residual_nl": 1, "volume_nl": 1, "low_alarm_nl": 1},
    "volume_nl": {"capacity_nl": 50_000_000, "residual_nl": 1},
    "residual_nl": {
        "capacity_nl": 50_000_000,
        "volume_nl": 50_000_000,
        "low_alarm_nl": 50_000_000,
    },
    "low_alarm_nl": {"capacity_nl": 50_000_000, "residual_nl": 1},
    "min_flow_nl_h": {"steps": [[0, 1_000_000]]},
    "max_flow_nl_h": {"min_flow_nl_h": 1, "steps": [[0, 1]]},
    "max_drop_permille": {"tau_dh": 30_000},
    "tau_dh": {"max_drop_permille": 500},
    "nl_per_1000_steps": {"min_flow_nl_h": 1, "steps": [[0, 1]]},
    "max_step_hz": {"min_flow_nl_h": 1, "steps": [[0, 1]]},
}
# Allowed by the field's own range, never by the rule that ties it to another.
_TIED = {
    ("volume_nl", 0): "volume_nl: 0 not in 1..50000000",
    ("low_alarm_nl", 0): "low_alarm_nl: 0 not in 1..50000000",
    ("tau_dh", 100): "tau_dh: 100 falls faster than max_drop_permille allows",
}


@pytest.mark.parametrize(("field", "low", "high"), RANGES)
def test_a_number_is_taken_at_its_limits_and_refused_one_past_them(
    field: str, low: int, high: int
) -> None:
    def refusal(value: object) -> "str | None":
        return refusal_of(program(**{**_WIDE.get(field, {}), field: value}))

    for allowed in (low, high):
        assert refusal(allowed) == _TIED.get((field, allowed))
    for refused in (low - 1, high + 1, -(10**12), 10**12):
        assert refusal(refused) == f"{field}: {refused} not in {low}..{high}"


@pytest.mark.parametrize("field", [field for field, _, _ in RANGES])
@pytest.mark.parametrize("value", [None, True, 1.0, "1", [1], {}])
def test_what_is_no_whole_number_is_refused(field: str, value: object) -> None:
    refused = refusal_of(program(**{field: value}))
    assert refused == f"{field}: missing or not a whole number"


@pytest.mark.parametrize("field", [field for field, _, _ in RANGES])
def test_a_missing_number_is_refused(field: str) -> None:
    fields = program()
    del fields[field]
    assert refusal_of(fields) == f"{field}: missing or not a whole number"


@pytest.mark.parametrize(("key", "said"), [("doses", "doses"), ("x" * 900, "x" * 24), (1, "1")])
def test_a_field_that_is_not_known_is_refused(key: Any, said: str) -> None:
    assert refusal_of({**program(), key: 1}) == f"{said}: not a field of a program"


@pytest.mark.parametrize(("field", "choices"), CHOICES)
def test_a_choice_is_one_of_its_words(field: str, choices: tuple[str, ...]) -> None:
    for choice in choices:
        refused = refusal_of(program(**{field: choice}))
        assert refused is None or not refused.startswith(field)
    for wrong in ("", choices[0].upper(), None, 1, [choices[0]]):
        assert refusal_of(program(**{field: wrong})) == (
            f"{field}: {wrong} not one of {' '.join(choices)}"
        )


def test_a_refusal_is_short_however_long_the_value() -> None:
    refused = refusal_of(program(profile="x" * 900))
    assert refused is not None
    assert len(refused) < 100
    refused = refusal_of(program(volume_nl=10**600))
    assert refused is not None
    assert len(refused) < 100


@pytest.mark.parametrize("field", ["name", "drug"])
def test_a_name_has_1_to_32_characters(field: str) -> None:
    for good in ("x", "x" * NAME_CHARS_MAX):
        assert refusal_of(program(**{field: good})) is None
    for bad in ("", "x" * (NAME_CHARS_MAX + 1), None, 7, ["x"]):
        assert refusal_of(program(**{field: bad})) == f"{field}: not 1..32 characters"


def test_baclofen_has_its_own_concentrations() -> None:
    for good in (50, 2000):
        assert refusal_of(program(conc_ug_ml=good)) is None
    for bad in (49, 2001):
        assert refusal_of(program(conc_ug_ml=bad)) == (
            f"conc_ug_ml: {bad} not in 50..2000 for baclofen"
        )
    assert refusal_of(program(conc_ug_ml=2001, drug="morphine")) is None


@pytest.mark.parametrize("field", ["volume_nl", "low_alarm_nl"])
def test_a_volume_lies_between_residual_and_capacity(field: str) -> None:
    for good in (500_000, 20_000_000):
        assert refusal_of(program(**{field: good})) is None
    for bad in (499_999, 20_000_001):
        assert refusal_of(program(**{field: bad})) == f"{field}: {bad} not in 500000..20000000"


def test_a_rate_lies_between_the_flows_of_the_pump() -> None:
    pump = {"min_flow_nl_h": 5_000, "max_flow_nl_h": 9_000}
    for good in (5_000, 9_000):
        assert refusal_of(program(steps=[[0, 7_000], [HOUR, good]], **pump)) is None
    for bad in (4_999, 9_001):
        assert refusal_of(program(steps=[[0, 7_000], [HOUR, bad]], **pump)) == (
            f"steps[1]: {bad} nL/h not in 5000..9000"
        )


def test_the_smallest_flow_is_not_above_the_largest() -> None:
    assert refusal_of(program(min_flow_nl_h=16_000, max_flow_nl_h=15_999)) == (
        "min_flow_nl_h: 16000 above max_flow_nl_h 15999"
    )
    one_flow = {"min_flow_nl_h": 16_000, "max_flow_nl_h": 16_000}
    assert refusal_of(program(steps=[[0, 16_000]], **one_flow)) is None


def test_a_day_has_1_to_24_steps() -> None:
    day = [[hour * HOUR, 5_000] for hour in range(24)]
    assert refusal_of(program(steps=day)) is None
    for bad in ([], [*day, [DAY - 1, 5_000]], None, {}, "0"):
        assert refusal_of(program(steps=bad)) == "steps: not 1..24 entries"


@pytest.mark.parametrize("mode", ["flex", "continuous", "minimum", "stopped"])
@pytest.mark.parametrize(
    "entry", [5, None, "0", {}, [], [0], [0, 5_000, 1], [0, None], [0.0, 5_000], [False, 5_000]]
)
def test_a_step_that_is_no_pair_of_numbers_is_refused_in_every_mode(
    mode: str, entry: object
) -> None:
    assert refusal_of(program(mode=mode, steps=[entry])) == "steps[0]: not [at_s, rate_nl_h]"


def test_steps_are_in_order_within_the_day() -> None:
    assert refusal_of(program(steps=[[0, 5_000], [DAY - 1, 5_000]])) is None
    assert refusal_of(program(steps=[[-1, 5_000]])) == "steps[0]: -1 not in 0..86399"
    assert refusal_of(program(steps=[[DAY, 5_000]])) == "steps[0]: 86400 not in 0..86399"
    assert refusal_of(program(steps=[[7, 5_000], [7, 5_000]])) == "steps[1]: 7 not in 8..86399"
    assert refusal_of(program(steps=[[7, 5_000], [6, 5_000]])) == "steps[1]: 6 not in 8..86399"


@pytest.mark.parametrize(
    ("mode", "rate"), [("continuous", 5_000), ("minimum", 250), ("stopped", 0)]
)
def test_other_modes_have_one_step_at_midnight(mode: str, rate: int) -> None:
    assert refusal_of(program(mode=mode, steps=[[0, rate]])) is None
    for bad in ([[1, rate]], [[0, rate], [1, rate]]):
        assert refusal_of(program(mode=mode, steps=bad)) == f"steps: {mode} takes one entry, at 0"


@pytest.mark.parametrize(("mode", "only"), [("minimum", 250), ("stopped", 0)])
def test_minimum_and_stopped_have_one_rate(mode: str, only: int) -> None:
    for bad in (only - 1, only + 1):
        assert refusal_of(program(mode=mode, steps=[[0, bad]])) == (
            f"steps[0]: {bad} nL/h not in {only}..{only}"
        )


@pytest.mark.parametrize("drop", [10, 150, 200, 500])
def test_tau_keeps_the_daily_law_on_the_hourly_grid(drop: int) -> None:
    least = least_tau_dh(drop)
    assert (1 - 10 / least) ** 24 >= 1 - drop / 1000 > (1 - 10 / (least - 1)) ** 24
    assert refusal_of(program(max_drop_permille=drop, tau_dh=least)) is None
    assert refusal_of(program(max_drop_permille=drop, tau_dh=least - 1)) == (
        f"tau_dh: {least - 1} falls faster than max_drop_permille allows"
    )


@pytest.mark.parametrize(("drop", "least"), [(10, 100), (15, 67), (24, 42)])
def test_one_nl_h_is_no_more_than_d_of_the_minimum_rate(drop: int, least: int) -> None:
    # Else a planned stop could not come down to it: 0.99 * 99 nL/h, rounded up, is 99 nL/h.
    fields = {"max_drop_permille": drop, "tau_dh": 30_000}
    assert refusal_of(program(minimum_nl_h=least, **fields)) is None
    if least > 42:
        assert refusal_of(program(minimum_nl_h=least - 1, **fields)) == (
            f"minimum_nl_h: {least - 1} is too low for steps of max_drop_permille {drop}"
        )


def test_the_motor_must_follow_the_fastest_rate_at_scale_1() -> None:
    # 36,000 nL/h in steps of 10 nL are one step a second.
    assert refusal_of(continuous(36_000, nl_per_1000_steps=10_000, max_step_hz=1)) is None
    assert refusal_of(continuous(36_001, nl_per_1000_steps=10_000, max_step_hz=1)) == (
        "steps[0]: 36001 nL/h is more than max_step_hz 1 can make"
    )


def test_a_second_never_holds_more_steps_than_a_packet() -> None:
    # 256 steps a second of 1.085 nL are 999,936 nL/h: the motor could, the packet could not.
    fast = {"nl_per_1000_steps": 1_085, "max_step_hz": 15_000}
    assert refusal_of(continuous(999_936, **fast)) is None
    assert refusal_of(continuous(999_937, **fast)) == (
        "steps[0]: 999937 nL/h is more than 256 steps a second"
    )


def test_the_time_scale_is_what_the_motor_can_follow_and_at_most_1440() -> None:
    # 36,000 nL/h in steps of 10 nL: one step a second at scale 1.
    for hz, largest in ((1, 1), (2, 2), (999, 999), (SCALE_MAX - 1, SCALE_MAX - 1)):
        fields = continuous(36_000, nl_per_1000_steps=10_000, max_step_hz=hz)
        assert largest_scale(fields) == largest
        assert scale_refusal(fields, largest) is None
        over = largest + 1
        assert scale_refusal(fields, over) == f"time_scale: {over} not in 1..{largest}"
    assert largest_scale(continuous(36_000, nl_per_1000_steps=10_000, max_step_hz=15_000)) == 1440
    assert largest_scale(program(mode="stopped", steps=[[0, 0]])) == 1440


def test_the_scale_follows_the_fastest_of_all_steps() -> None:
    steps = [[0, 2_000], [HOUR, 36_000], [2 * HOUR, 2_000]]
    assert largest_scale(program(steps=steps, nl_per_1000_steps=10_000, max_step_hz=7)) == 7


@pytest.mark.parametrize("scale", [0, -1, 1.0, "1", None, True])
def test_a_time_scale_is_a_whole_number_from_1(scale: object) -> None:
    assert scale_refusal(program(), scale) == f"time_scale: {scale} not in 1..1440"


@given(programs())
def test_the_programs_of_these_tests_are_allowed(fields: dict[str, Any]) -> None:
    assert refusal_of(fields) is None

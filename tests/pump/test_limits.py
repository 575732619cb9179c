"""The device's own ranges: each field at its limits and one past them, in the device's words."""

import copy
from typing import Any

import pytest
from device_program import (
    DAY,
    HOUR,
    WATER,
    continuous,
    least_tau_dh,
    program,
    programs,
    screening,
    with_boluses,
)
from hypothesis import given
from hypothesis import strategies as st
from traceability.mark import requirement

from pump.limits import (
    CHOICES,
    LISTS,
    NAME_CHARS_MAX,
    RANGES,
    SCALE_MAX,
    bolus_refusal,
    change_refusal,
    fastest_nl_h,
    highest_nl_h,
    largest_scale,
    outside,
    plan_refusal,
    scale_refusal,
)
from pump.limits import refusal as refusal_of
from pump.pulses import headroom_nl_h

# The table of docs/device-program.md: what the fields may be, written down a second time.
DOCUMENTED = {
    "v": (2, 2),
    "rise_permille": (10, 1000),
    "refill_rise_permille": (10, 1000),
    "under_12": (0, 1),
    "capacity_nl": (1_000_000, 50_000_000),
    "volume_nl": (0, 50_000_000),
    "residual_nl": (1, 50_000_000),
    "low_alarm_nl": (0, 50_000_000),
    "tolerance_nl": (0, 5_000_000),
    "refill_after_s": (0, 31_536_000),
    "lead_s": (0, 43_200),
    "min_flow_nl_h": (1, 1_000_000),
    "max_flow_nl_h": (1, 1_000_000),
    "max_bolus_flow_nl_h": (1, 144_000_000),
    "minimum_nl_h": (42, 4_167),
    "max_drop_permille": (10, 500),
    "tau_dh": (100, 30_000),
    "bolus_adds": (0, 1),
    "bolus_max_nl": (0, 5_000_000),
    "bolus_min_s": (1, 21_600),
    "bolus_gap_s": (0, 86_400),
    "bolus_day_max": (0, 24),
    "tubing_nl": (0, 2_000_000),
    "catheter_nl": (0, 2_000_000),
    "nl_per_1000_steps": (1_000, 200_000),
    "max_step_hz": (1, 15_000),
}
SLOW = {"min_flow_nl_h": 1, "steps": [[0, 1]]}
# What must hold beside a field for its whole range to be allowed.
WIDE: dict[str, dict[str, Any]] = {
    "capacity_nl": {"residual_nl": 1, "volume_nl": 1, "low_alarm_nl": 1},
    "volume_nl": {"capacity_nl": 50_000_000, "residual_nl": 1},
    "residual_nl": {
        "capacity_nl": 50_000_000,
        "volume_nl": 50_000_000,
        "low_alarm_nl": 50_000_000,
    },
    "low_alarm_nl": {"capacity_nl": 50_000_000, "residual_nl": 1},
    "tolerance_nl": {"residual_nl": 5_000_000, "low_alarm_nl": 10_000_000},
    "min_flow_nl_h": {"steps": [[0, 1_000_000]]},
    "max_flow_nl_h": SLOW,
    "max_bolus_flow_nl_h": {**SLOW, "max_flow_nl_h": 1},
    "max_drop_permille": {"tau_dh": 30_000},
    "tau_dh": {"max_drop_permille": 500},
    "nl_per_1000_steps": SLOW,
    "max_step_hz": SLOW,
}
# Allowed by the field's own range, never by the rule that ties it to another.
TIED = {
    ("volume_nl", 0): "volume_nl: 0 not in 1..50000000",
    ("low_alarm_nl", 0): "low_alarm_nl: 0 not in 1.. : low could come after empty",
    ("tau_dh", 100): "tau_dh: 100 falls faster than max_drop_permille allows",
}
NO_NUMBERS = [None, True, False, 1.0, "1", [1], {}]


def test_the_ranges_are_the_documented_ones() -> None:
    assert {field: (low, high) for field, low, high in RANGES} == DOCUMENTED


@pytest.mark.parametrize("field", DOCUMENTED)
def test_a_number_is_taken_at_its_limits_and_refused_one_past_them(field: str) -> None:
    low, high = DOCUMENTED[field]

    def refusal(value: object) -> "str | None":
        return refusal_of(program(**{**WIDE.get(field, {}), field: value}))

    for allowed in {low, min(low + 1, high), max(high - 1, low), high}:
        if not (field == "tau_dh" and allowed == low + 1):
            assert refusal(allowed) == TIED.get((field, allowed))
    for refused in (low - 1, high + 1, -(10**12), 10**12):
        assert refusal(refused) == f"{field}: {refused} not in {low}..{high}"


@pytest.mark.parametrize("field", DOCUMENTED)
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_whole_number_is_refused(field: str, value: object) -> None:
    refused = refusal_of(program(**{field: value}))
    assert refused == f"{field}: missing or not a whole number"


@pytest.mark.parametrize("field", DOCUMENTED)
def test_a_missing_number_is_refused(field: str) -> None:
    fields = program()
    del fields[field]
    assert refusal_of(fields) == f"{field}: missing or not a whole number"


@pytest.mark.parametrize(
    "field", ["drugs", "notices_s", "steps", "variants", "demand", "periodic"]
)
def test_a_missing_list_is_refused(field: str) -> None:
    fields = program()
    del fields[field]
    fewest, most = next((row[1], row[2]) for row in LISTS if row[0] == field)
    assert refusal_of(fields) == f"{field}: not {fewest}..{most} entries"


@pytest.mark.parametrize(
    ("key", "said"), [("doses", "doses"), ("drug", "drug"), ("x" * 900, "x" * 24), (1, "1")]
)
def test_a_field_that_is_not_known_is_refused(key: Any, said: str) -> None:
    assert refusal_of({**program(), key: 1}) == f"{said}: not a field of a program"


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("profile", ("itb", "pca")),
        ("indication", ("spinal", "cerebral", "other")),
        ("mode", ("continuous", "flex", "minimum", "stopped", "screening")),
    ],
)
def test_a_choice_is_one_of_its_words(field: str, choices: tuple[str, ...]) -> None:
    assert (field, choices) in CHOICES
    for choice in choices:
        refused = refusal_of(program(**{field: choice}))
        assert refused is None or not refused.startswith(field)
    for wrong in ("", choices[0].upper(), None, 1, [choices[0]]):
        assert refusal_of(program(**{field: wrong})) == (
            f"{field}: {wrong} not one of {' '.join(choices)}"
        )


def test_a_refusal_is_short_however_long_the_value() -> None:
    for fields in (
        program(profile="x" * 900),
        program(volume_nl=10**600),
        program(steps=[[0, 10**600]]),
        program(drugs=[["x" * 32, 1, 0, 1, 0]] * 2),
    ):
        refused = refusal_of(fields)
        assert refused is not None
        assert len(refused) < 110
    assert refusal_of(program(mode="x" * 900)) == (
        f"mode: {'x' * 24} not one of continuous flex minimum stopped screening"
    )
    assert refusal_of(program(lead_s=10**600)) == f"lead_s: 1{'0' * 23} not in 0..43200"
    assert scale_refusal(program(), "x" * 900) == f"time_scale: {'x' * 24} not in 1..1440"
    assert scale_refusal(program(), 10**600) == f"time_scale: 1{'0' * 23} not in 1..1440"


@pytest.mark.parametrize("bad", ["", "x" * (NAME_CHARS_MAX + 1), None, 7, ["x"]])
def test_a_name_has_1_to_32_characters(bad: object) -> None:
    for good in ("x", "x" * 32):
        assert refusal_of(program(name=good)) is None
        assert refusal_of(program(drugs=[[good, 2000, 12, 2003, 0]])) is None
    assert refusal_of(program(name=bad)) == "name: not 1..32 characters"
    assert refusal_of(program(drugs=[[bad, 2000, 12, 2003, 0]])) == (
        "drugs[0]: name not 1..32 characters"
    )


def test_a_program_without_a_name_is_refused() -> None:
    fields = program()
    del fields["name"]
    assert refusal_of(fields) == "name: not 1..32 characters"


# -- lists ----------------------------------------------------------------------------------------


def drugs(count: int) -> list[list[Any]]:
    return [[f"drug {i}", 2000, 0, 2003, 0] for i in range(count)]


def hourly(count: int) -> list[list[int]]:
    return [[i * HOUR, 5_000] for i in range(min(count, 24))] + [[DAY - 1, 5_000]] * (count - 24)


def boluses(count: int) -> list[list[int]]:
    return [[i * HOUR, 10, 60] for i in range(min(count, 24))] + [[DAY - 1, 1, 1]] * (count - 24)


def days(count: int) -> list[list[Any]]:
    return [[1 << i, [[0, 5_000]]] for i in range(count)]


@pytest.mark.parametrize(
    ("field", "fewest", "most", "rows"),
    [
        ("drugs", 1, 4, drugs),
        ("notices_s", 1, 4, lambda count: list(range(count, 0, -1))),
        ("steps", 1, 24, hourly),
        ("variants", 0, 6, days),
        ("periodic", 0, 24, boluses),
    ],
)
def test_a_list_has_its_number_of_entries(field: str, fewest: int, most: int, rows: Any) -> None:
    def refusal(value: object) -> "str | None":
        return refusal_of(program(**{"bolus_max_nl": 5_000, field: value}))

    for count in {fewest, fewest + 1, most - 1, most}:
        assert refusal(rows(count)) is None
    wrong = [rows(most + 1), None, {}, "0", 0, tuple(rows(most))]
    for bad in wrong + ([[]] if fewest else []):
        assert refusal(bad) == f"{field}: not {fewest}..{most} entries"


def test_the_demand_has_no_entry_or_two() -> None:
    assert refusal_of(with_boluses(demand=[])) is None
    assert refusal_of(with_boluses(demand=[1_000, 60])) is None
    assert refusal_of(with_boluses(demand=[1_000])) == (
        "demand: takes volume and seconds, and bolus_day_max above 0"
    )
    for bad in ([1_000, 60, 60], None, {}, "0"):
        assert refusal_of(with_boluses(demand=bad)) == "demand: not 0..2 entries"


@pytest.mark.parametrize("field", ["drugs", "steps", "variants", "periodic"])
@pytest.mark.parametrize("entry", [5, None, "0", {}, [], [0], [0] * 6, (0, 1)])
@pytest.mark.parametrize("mode", ["flex", "continuous", "minimum", "stopped", "screening"])
def test_an_entry_of_another_length_is_refused_in_every_mode(
    field: str, entry: object, mode: str
) -> None:
    width = {"drugs": 5, "steps": 2, "variants": 2, "periodic": 3}[field]
    assert refusal_of(program(**{"mode": mode, field: [entry]})) == (
        f"{field}[0]: not a list of {width}"
    )


# field, entry that is allowed, place in it, its range, what must hold beside it
ENTRIES: list[tuple[str, list[Any], int, int, int]] = [
    ("drugs", ["water", 1, 0, 1_000_000, 0], 1, 1, 100_000),
    ("drugs", ["water", 1, 0, 1_000_000, 0], 2, 0, 1_000_000),
    ("drugs", ["water", 1, 0, 1_000_000, 0], 3, 1, 1_000_000),
    ("drugs", ["water", 1, 0, 1_000_000, 0], 4, 0, 3650),
    ("steps", [0, 5_000], 0, 0, DAY - 1),
    ("steps", [0, 5_000], 1, 0, 1_000_000),
    ("variants", [1, [[0, 5_000]]], 0, 1, 127),
    ("periodic", [0, 5_000, 600], 0, 0, DAY - 1),
    ("periodic", [0, 5_000, 600], 1, 1, 5_000_000),
    ("periodic", [0, 5_000, 600], 2, 1, 21_600),
]
LOOSE = {
    "min_flow_nl_h": 1,
    "bolus_min_s": 1,
    "bolus_max_nl": 5_000_000,
    "max_bolus_flow_nl_h": 100_000_000,
    "nl_per_1000_steps": 200_000,
    "max_step_hz": 15_000,
}


@pytest.mark.parametrize(("field", "entry", "place", "low", "high"), ENTRIES)
def test_a_number_in_an_entry_has_its_range(
    field: str, entry: list[Any], place: int, low: int, high: int
) -> None:
    def refusal(value: object) -> "str | None":
        changed = [*entry[:place], value, *entry[place + 1 :]]
        return refusal_of(program(**{**LOOSE, field: [changed]}))

    where = f"{field}[0][{place}]"
    for allowed in (low, high):
        if (field, place, allowed) != ("steps", 1, 0):
            assert refusal(allowed) is None
    for refused in (low - 1, high + 1, -(10**12), 10**12):
        assert refusal(refused) == f"{where}: {refused} not in {low}..{high}"
    for refused in NO_NUMBERS:  # type: ignore[assignment]
        assert refusal(refused) == f"{where}: missing or not a whole number"


def test_the_place_of_a_wrong_number_is_told() -> None:
    assert refusal_of(program(steps=[[0, 5_000], [HOUR, -1]])) == (
        "steps[1][1]: -1 not in 0..1000000"
    )
    assert refusal_of(program(notices_s=[2, -1])) == "notices_s[1]: -1 not in 0..5184000"
    assert refusal_of(program(variants=[[1, [[0, 5_000], [1, True]]]])) == (
        "variants[0][1][1]: missing or not a whole number"
    )


@pytest.mark.parametrize("bad", [*NO_NUMBERS, 60 * DAY + 1, -1])
def test_a_notice_is_at_most_60_days_ahead(bad: object) -> None:
    for good in (0, 60 * DAY):
        assert refusal_of(program(notices_s=[good])) is None
    refused = refusal_of(program(notices_s=[bad]))
    assert refused is not None
    assert refused.startswith("notices_s[0]: ")


@pytest.mark.parametrize("place", [0, 1])
def test_a_demand_is_two_numbers(place: int) -> None:
    for bad in (0, 5_000_001, *NO_NUMBERS):
        demand: list[Any] = [20_000, 600]
        demand[place] = bad
        refused = refusal_of(with_boluses(demand=demand))
        assert refused is not None
        assert refused.startswith(f"demand[{place}]: ")
    largest = {**LOOSE, "max_bolus_flow_nl_h": 144_000_000}
    assert refusal_of(with_boluses(**largest, demand=[5_000_000, 21_600])) is None


# -- drugs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", ["a", "A", " a", "a "])
def test_a_drug_is_named_once_however_it_is_written(again: str) -> None:
    both = [["a", 2000, 0, 1, 0], [again, 1, 0, 1, 0]]
    assert refusal_of(program(drugs=both)) == f"drugs[1]: {again} again"
    three = [["b", 1, 0, 1, 0], *both]
    assert refusal_of(program(drugs=three)) == f"drugs[2]: {again} again"


def test_a_band_is_not_upside_down() -> None:
    for low, high in ((0, 1), (7, 7), (7, 8)):
        assert refusal_of(program(drugs=[["a", 2000, low, high, 0]])) is None
    assert refusal_of(program(drugs=[["a", 2000, 0, 1, 0], ["b", 1, 8, 7, 0]])) == (
        "drugs[1]: low_ug_day 8 above high_ug_day 7"
    )


# -- volumes --------------------------------------------------------------------------------------


def test_the_volume_lies_between_residual_and_capacity() -> None:
    for good in (500_000, 500_001, 19_999_999, 20_000_000):
        assert refusal_of(program(volume_nl=good)) is None
    for bad in (499_999, 20_000_001):
        assert refusal_of(program(volume_nl=bad)) == f"volume_nl: {bad} not in 500000..20000000"


@requirement("R6.8.0(10)")
def test_the_residual_is_not_below_the_tolerance() -> None:
    for good in (300_000, 300_001):
        assert refusal_of(program(residual_nl=good, tolerance_nl=300_000)) is None
    assert refusal_of(program(residual_nl=299_999, tolerance_nl=300_000)) == (
        "residual_nl: 299999 below tolerance_nl 300000: empty could come too late"
    )


@requirement("R6.8.0(9)")
def test_the_low_alarm_comes_before_empty_whatever_the_tolerance() -> None:
    for good in (800_000, 800_001, 19_999_999, 20_000_000):
        assert refusal_of(program(low_alarm_nl=good, tolerance_nl=300_000)) is None
    assert refusal_of(program(low_alarm_nl=799_999, tolerance_nl=300_000)) == (
        "low_alarm_nl: 799999 not in 800000.. : low could come after empty"
    )
    assert refusal_of(program(low_alarm_nl=20_000_001)) == (
        "low_alarm_nl: 20000001 above capacity_nl 20000000"
    )


def test_notices_descend() -> None:
    assert refusal_of(program(notices_s=[3, 2, 1, 0])) is None
    for bad, said in (([2, 2], 2), ([2, 3], 3), ([9, 5, 6], 6), ([9, 5, 5], 5)):
        assert refusal_of(program(notices_s=bad)) == (
            f"notices_s: {said} is not shorter than the one before"
        )


# -- flows ----------------------------------------------------------------------------------------


@requirement("R5.3.0(2)", "R6.5.0(10)")
def test_a_rate_lies_between_the_flows_of_the_pump() -> None:
    pump = {"min_flow_nl_h": 5_000, "max_flow_nl_h": 9_000}
    for good in (5_000, 5_001, 8_999, 9_000):
        assert refusal_of(program(steps=[[0, 7_000], [HOUR, good]], **pump)) is None
    for bad in (4_999, 9_001):
        assert refusal_of(program(steps=[[0, 7_000], [HOUR, bad]], **pump)) == (
            f"steps[1]: {bad} not in 5000..9000"
        )
        variants = [[1, [[0, 7_000]]], [2, [[0, 7_000], [HOUR, bad]]]]
        steps = [[0, 7_000]]
        assert refusal_of(program(steps=steps, variants=variants, **pump)) == (
            f"variants[1][1]: {bad} not in 5000..9000"
        )


def test_the_smallest_flow_is_not_above_the_largest() -> None:
    steps = [[0, 16_000]]
    assert refusal_of(program(steps=steps, min_flow_nl_h=16_000, max_flow_nl_h=15_999)) == (
        "min_flow_nl_h: 16000 above max_flow_nl_h 15999"
    )
    assert refusal_of(program(steps=steps, min_flow_nl_h=16_000, max_flow_nl_h=16_000)) is None


def test_the_flow_of_boluses_is_not_below_that_of_basal() -> None:
    for good in (16_000, 16_001):
        assert refusal_of(program(max_flow_nl_h=16_000, max_bolus_flow_nl_h=good)) is None
    assert refusal_of(program(max_flow_nl_h=16_000, max_bolus_flow_nl_h=15_999)) == (
        "max_bolus_flow_nl_h: 15999 below max_flow_nl_h"
    )


def test_steps_are_in_order_within_the_day() -> None:
    assert refusal_of(program(steps=[[0, 5_000], [DAY - 1, 5_000]])) is None
    assert refusal_of(program(steps=[[7, 5_000], [8, 5_000]])) is None
    assert refusal_of(program(steps=[[7, 5_000], [7, 5_000]])) == "steps[1]: 7 not in 8..86399"
    assert refusal_of(program(steps=[[7, 5_000], [6, 5_000]])) == "steps[1]: 6 not in 8..86399"


@pytest.mark.parametrize(
    ("mode", "rate"), [("continuous", 5_000), ("minimum", 250), ("stopped", 0), ("screening", 0)]
)
def test_other_modes_have_one_step_at_midnight(mode: str, rate: int) -> None:
    assert refusal_of(program(mode=mode, steps=[[0, rate]])) is None
    for bad in ([[1, rate]], [[0, rate], [1, rate]], [[2, rate], [3, rate]]):
        assert refusal_of(program(mode=mode, steps=bad)) == f"steps: {mode} takes one entry, at 0"
    assert refusal_of(program(mode="flex", steps=[[1, 5_000]])) is None


@pytest.mark.parametrize(("mode", "only"), [("minimum", 250), ("stopped", 0), ("screening", 0)])
def test_minimum_stopped_and_screening_have_one_rate(mode: str, only: int) -> None:
    for bad in (only - 1, only + 1):
        refused = refusal_of(program(mode=mode, steps=[[0, bad]]))
        if bad < 0:
            assert refused == "steps[0][1]: -1 not in 0..1000000"
        else:
            assert refused == f"steps[0]: {bad} not in {only}..{only}"


def test_a_flow_of_zero_is_no_flow_of_a_pump() -> None:
    for mode in ("flex", "continuous"):
        assert refusal_of(program(mode=mode, min_flow_nl_h=1, steps=[[0, 0]])) == (
            "steps[0]: 0 not in 1..1000000"
        )


def test_variants_come_with_mode_flex_only() -> None:
    variants = [[1, [[0, 5_000]]]]
    assert refusal_of(program(variants=variants)) is None
    for mode, rate in (("continuous", 5_000), ("minimum", 250), ("stopped", 0), ("screening", 0)):
        assert refusal_of(program(mode=mode, steps=[[0, rate]], variants=variants)) == (
            "variants: only with mode flex"
        )


def test_the_steps_of_a_variant_are_checked_like_those_of_every_day() -> None:
    def refusal(steps: object) -> "str | None":
        return refusal_of(program(variants=[[1, [[0, 5_000]]], [2, steps]]))

    assert refusal(hourly(24)) is None
    for bad in ([], hourly(25), None, {}, 7, "x"):
        assert refusal(bad) == "variants[1]: not 1..24 entries"
    assert refusal([[0]]) == "variants[1][0]: not a list of 2"
    assert refusal([[DAY, 5_000]]) == "variants[1][0][0]: 86400 not in 0..86399"
    assert refusal([[5, 5_000], [5, 5_000]]) == "variants[1][1]: 5 not in 6..86399"


def test_a_day_of_the_week_has_one_variant() -> None:
    steps = [[0, 5_000]]
    assert refusal_of(program(variants=[[1, steps], [2, steps], [124, steps]])) is None
    for first, second in ((1, 1), (3, 2), (64, 127)):
        assert refusal_of(program(variants=[[first, steps], [second, steps]])) == (
            "variants[1]: a day of the week twice"
        )
    assert refusal_of(program(variants=[[1, steps], [2, steps], [1, steps]])) == (
        "variants[2]: a day of the week twice"
    )


# -- motor ----------------------------------------------------------------------------------------


def test_the_motor_must_follow_the_fastest_rate_at_scale_1() -> None:
    # 36,000 nL/h in steps of 10 nL are one step a second.
    assert refusal_of(continuous(36_000, nl_per_1000_steps=10_000, max_step_hz=1)) is None
    assert refusal_of(continuous(36_001, nl_per_1000_steps=10_000, max_step_hz=1)) == (
        "flow: 36001 nL/h is more than max_step_hz 1 can make"
    )


def test_a_second_never_holds_more_steps_than_a_packet() -> None:
    # 1024 steps a second of 1 nL are 3,686,400 nL/h: the motor could, the packet could not.
    fast = {"nl_per_1000_steps": 1_000, "max_step_hz": 15_000, "bolus_gap_s": 0}
    for flow, refused in (
        (3_686_400, None),
        (3_686_401, "flow: 3686401 nL/h is more than 1024 steps a second"),
    ):
        assert refusal_of(with_boluses(max_bolus_flow_nl_h=flow, **fast)) == refused


def test_the_fastest_flow_is_that_of_basal_where_no_bolus_is_allowed() -> None:
    steps = [[0, 5_000], [HOUR, 9_000], [2 * HOUR, 7_000]]
    variants = [[1, [[0, 11_000], [HOUR, 6_000]]], [2, [[0, 4_000]]]]
    assert highest_nl_h(program(steps=steps)) == 9_000
    assert fastest_nl_h(program(steps=steps)) == 9_000
    assert highest_nl_h(program(steps=steps, variants=variants)) == 11_000
    assert fastest_nl_h(program(steps=steps, variants=variants)) == 11_000
    assert fastest_nl_h(program(mode="stopped", steps=[[0, 0]])) == 0


@pytest.mark.parametrize(
    ("bolus_max_nl", "bolus_day_max", "fastest"),
    [(0, 0, 10_000), (1, 0, 10_000), (0, 1, 10_000), (1, 1, 77_000)],
)
def test_operators_may_order_the_largest_flow_where_boluses_are_allowed(
    bolus_max_nl: int, bolus_day_max: int, fastest: int
) -> None:
    allowed = {"bolus_max_nl": bolus_max_nl, "bolus_day_max": bolus_day_max}
    assert fastest_nl_h(continuous(10_000, max_bolus_flow_nl_h=77_000, **allowed)) == fastest


def test_a_screening_program_may_use_its_largest_flow() -> None:
    fields = screening(bolus_day_max=0, max_bolus_flow_nl_h=1_234_567)
    assert fastest_nl_h(fields) == 1_234_567


@pytest.mark.parametrize(("adds", "fastest"), [(1, 13_001), (0, 10_000)])
def test_a_periodic_bolus_counts_with_its_first_seconds(adds: int, fastest: int) -> None:
    # 6 nL over 7 s: 3085.7 nL/h, and 3086 in its first seconds. 5 over 6 is less.
    fields = {"bolus_adds": adds, "bolus_max_nl": 9, "bolus_min_s": 1}
    three = [[0, 5, 6], [HOUR, 6, 7], [2 * HOUR, 5, 6]]
    assert fastest_nl_h(continuous(10_000, periodic=three, **fields)) == fastest + 85 * adds
    assert fastest_nl_h(continuous(10, periodic=three, **fields)) == 3086 + 10 * adds


@pytest.mark.parametrize(("seconds", "rate"), [(3_599, 2), (3_600, 1), (3_601, 1)])
def test_the_rate_of_a_periodic_bolus_is_rounded_up(seconds: int, rate: int) -> None:
    fields = continuous(1, bolus_adds=1, bolus_max_nl=9, periodic=[[0, 1, seconds]])
    assert fastest_nl_h(fields) == 1 + rate


def test_a_scale_is_what_the_motor_can_follow_and_at_most_1440() -> None:
    # 36,000 nL/h in steps of 10 nL: one step a second at scale 1.
    assert SCALE_MAX == 1440
    for hz in (1, 2, 999, 1439, 1440):
        fields = continuous(36_000, nl_per_1000_steps=10_000, max_step_hz=hz)
        assert largest_scale(fields) == hz
        for scale in (1, hz):
            assert scale_refusal(fields, scale) is None
        assert scale_refusal(fields, hz + 1) == f"time_scale: {hz + 1} not in 1..{hz}"
    for hz in (1441, 15_000):
        fields = continuous(36_000, nl_per_1000_steps=10_000, max_step_hz=hz)
        assert largest_scale(fields) == 1440
    assert largest_scale(program(mode="stopped", steps=[[0, 0]])) == 1440


def test_the_scale_is_rounded_down_and_never_below_1() -> None:
    for rate, scale in ((35_999, 2), (36_000, 2), (36_001, 1), (72_001, 1), (1_000_000, 1)):
        assert largest_scale(continuous(rate, nl_per_1000_steps=10_000, max_step_hz=2)) == scale


def test_the_scale_follows_the_fastest_of_all_steps_and_boluses() -> None:
    steps = [[0, 2_000], [HOUR, 36_000], [2 * HOUR, 2_000]]
    assert largest_scale(program(steps=steps, nl_per_1000_steps=10_000, max_step_hz=7)) == 7
    motor = {"nl_per_1000_steps": 10_000, "max_step_hz": 100}
    assert largest_scale(with_boluses(max_bolus_flow_nl_h=1_200_000, **motor)) == 3


@pytest.mark.parametrize("scale", [0, -1, 1.0, "1", None, True])
def test_a_time_scale_is_a_whole_number_from_1(scale: object) -> None:
    assert scale_refusal(program(), scale) == f"time_scale: {scale} not in 1..1440"


# -- boluses --------------------------------------------------------------------------------------


def test_the_largest_bolus_may_be_a_single_nl() -> None:
    for most in (0, 1, 1_999, 2_000):
        assert refusal_of(program(min_flow_nl_h=2_000, bolus_max_nl=most)) is None


def test_the_demand_needs_a_number_of_boluses_a_day() -> None:
    assert refusal_of(with_boluses(bolus_day_max=1)) is None
    assert refusal_of(with_boluses(bolus_day_max=0)) == (
        "demand: takes volume and seconds, and bolus_day_max above 0"
    )
    assert refusal_of(with_boluses(bolus_day_max=0, demand=[])) is None


# where it stands in the program, and what its refusal begins with
BOLUSES = [("demand", [], "demand"), ("periodic", [7], "periodic[0]")]


@requirement("R5.2.0(4)")
@pytest.mark.parametrize(("field", "at_s", "where"), BOLUSES)
def test_a_bolus_is_within_the_programs_bounds(field: str, at_s: list[int], where: str) -> None:
    def refusal(volume_nl: int, seconds: int, **changes: int) -> "str | None":
        bolus = [*at_s, volume_nl, seconds]
        value = [bolus] if at_s else bolus
        return refusal_of(with_boluses(**{"demand": [], **changes, field: value}))

    for volume_nl in (1, 2, 99_999, 100_000):
        assert refusal(volume_nl, 600) is None
    assert refusal(100_001, 600) == f"{where} volume_nl: 100001 not in 1..100000"
    assert refusal(7, 600, bolus_max_nl=0) == f"{where} volume_nl: 7 not in 1..0"
    for seconds in (60, 61, 21_599, 21_600):
        assert refusal(1_000, seconds) is None
    assert refusal(1_000, 59) == f"{where} seconds: 59 not in 60..21600"
    # 100 uL in an hour with 10 uL/h of basal are 110,000 nL/h.
    flow = {"max_flow_nl_h": 10_000}
    assert refusal(100_000, HOUR, max_bolus_flow_nl_h=110_000, **flow) is None
    assert refusal(100_000, HOUR, max_bolus_flow_nl_h=109_999, **flow) == (
        f"{where}: 110000 nL/h with basal is more than max_bolus_flow_nl_h 109999"
    )
    in_place = {"bolus_adds": 0, **flow}
    assert refusal(100_000, HOUR, max_bolus_flow_nl_h=100_000, **in_place) is None
    assert refusal(100_000, HOUR, max_bolus_flow_nl_h=99_999, **in_place) == (
        f"{where}: 100000 nL/h with basal is more than max_bolus_flow_nl_h 99999"
    )


@requirement("R5.3.0(5)")
def test_a_demand_is_never_longer_than_6_hours() -> None:
    assert refusal_of(with_boluses(demand=[100_000, 21_601])) == (
        "demand seconds: 21601 not in 60..21600"
    )


def test_the_first_seconds_of_a_bolus_count_with_their_rate_rounded_up() -> None:
    # 1000 nL over 3599 s are 1000.28 nL/h.
    fields = continuous(10, bolus_max_nl=1_000, max_flow_nl_h=10)
    for most, refused in (
        (1_011, None),
        (1_010, "bolus: 1011 nL/h with basal is more than max_bolus_flow_nl_h 1010"),
    ):
        p = {**fields, "max_bolus_flow_nl_h": most}
        assert bolus_refusal(p, "bolus", 1_000, 3_599) == refused
    p = {**fields, "max_bolus_flow_nl_h": 12}
    assert bolus_refusal(p, "bolus", 1, 3_599) is None  # 1.0003 nL/h, and 2 in its first second
    p["max_bolus_flow_nl_h"] = 11
    assert bolus_refusal(p, "bolus", 1, 3_599) is not None
    assert bolus_refusal(p, "bolus", 1, 3_600) is None


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_an_ordered_bolus_is_made_of_whole_numbers(value: Any) -> None:
    fields = with_boluses()
    for volume_nl, seconds, field in ((value, 600, "volume_nl"), (1_000, value, "seconds")):
        assert bolus_refusal(fields, "bolus", volume_nl, seconds) == (
            f"bolus {field}: missing or not a whole number"
        )


@pytest.mark.parametrize("gap_s", [0, 1, 600, DAY - 600 - 60])
def test_periodic_boluses_are_a_gap_apart(gap_s: int) -> None:
    def refusal(at_s: int) -> "str | None":
        two = [[0, 5_000, 600], [at_s, 5_000, 60]]
        return refusal_of(with_boluses(periodic=two, bolus_gap_s=gap_s))

    if gap_s <= 600:
        assert refusal(600 + gap_s) is None
        assert refusal(601 + gap_s) is None
    assert refusal(599 + gap_s) == f"periodic[1]: less than bolus_gap_s {gap_s} after the last"


def test_periodic_boluses_ascend() -> None:
    for second in (0, 3_599, 3_600):
        periodic = [[3_600, 5_000, 60], [second, 5_000, 60]]
        assert refusal_of(with_boluses(periodic=periodic, bolus_gap_s=0)) == (
            "periodic[1]: less than bolus_gap_s 0 after the last"
        )


@pytest.mark.parametrize("gap_s", [0, 1, 600])
def test_the_gap_holds_over_midnight_too(gap_s: int) -> None:
    # From the end of the last to the first of the next day.
    for seconds, refused in (
        (1_000 - gap_s, None),
        (1_001 - gap_s, "periodic[0]: less than bolus_gap_s after the last of the day before"),
    ):
        periodic = [[100, 5_000, 60], [DAY - 900, 5_000, seconds]]
        assert refusal_of(with_boluses(periodic=periodic, bolus_gap_s=gap_s)) == refused


@pytest.mark.parametrize(
    ("gap_s", "allowed"), [(DAY - 61, True), (DAY - 60, True), (DAY - 59, False), (DAY, False)]
)
def test_one_bolus_a_day_keeps_the_gap_to_itself(gap_s: int, allowed: bool) -> None:
    refused = refusal_of(with_boluses(periodic=[[5, 5_000, 60]], bolus_gap_s=gap_s))
    assert refused == (
        None if allowed else "periodic[0]: less than bolus_gap_s after the last of the day before"
    )


def test_basal_and_boluses_are_at_most_1_ml_an_hour_on_average() -> None:
    # 24 nL a day are one nL/h, and so is each nL that is left over.
    fields = {**LOOSE, "bolus_adds": 0, "max_bolus_flow_nl_h": 1_000_000}
    for rate, volume, allowed in (
        (999_999, 23, True),
        (999_999, 24, True),
        (999_999, 25, False),
        (1_000_000, 1, False),
    ):
        refused = refusal_of(continuous(rate, periodic=[[0, volume, 60]], **fields))
        assert refused == (
            None if allowed else "periodic: with basal more than 1000000 nL/h on average"
        )


def test_all_boluses_of_a_day_count_on_average() -> None:
    fields = {**LOOSE, "bolus_adds": 0, "max_bolus_flow_nl_h": 1_000_000}
    two = [[0, 12, 60], [HOUR, 12, 60]]
    assert refusal_of(continuous(999_999, periodic=two, **fields)) is None
    assert refusal_of(continuous(1_000_000, periodic=two, **fields)) is not None


# -- the taper law --------------------------------------------------------------------------------


@pytest.mark.parametrize("drop", [10, 150, 200, 500])
def test_tau_keeps_the_daily_law_on_the_hourly_grid(drop: int) -> None:
    least = least_tau_dh(drop)
    assert (1 - 10 / least) ** 24 >= 1 - drop / 1000 > (1 - 10 / (least - 1)) ** 24
    for good in (least, least + 1):
        assert refusal_of(program(max_drop_permille=drop, tau_dh=good)) is None
    assert refusal_of(program(max_drop_permille=drop, tau_dh=least - 1)) == (
        f"tau_dh: {least - 1} falls faster than max_drop_permille allows"
    )


@pytest.mark.parametrize(("drop", "least"), [(10, 24_000), (499, 481), (500, 480)])
def test_with_periodic_boluses_a_day_at_one_cap_keeps_the_daily_law(drop: int, least: int) -> None:
    fields = {"max_drop_permille": drop, "volume_nl": 30_000_000}
    bolus = [[0, 5_000, 600]]
    for good in (least, least + 1):
        assert refusal_of(with_boluses(periodic=bolus, tau_dh=good, **fields)) is None
    assert refusal_of(with_boluses(periodic=[], tau_dh=least - 1, **fields)) is None
    assert refusal_of(with_boluses(periodic=bolus, tau_dh=least - 1, **fields)) == (
        f"tau_dh: {least - 1} (periodic) falls faster than max_drop_permille allows"
    )


@pytest.mark.parametrize(("drop", "least"), [(10, 100), (15, 67), (20, 50), (24, 42)])
def test_one_nl_h_is_no_more_than_d_of_the_minimum_rate(drop: int, least: int) -> None:
    # Else a planned stop could not come down to it: 0.99 * 99 nL/h, rounded up, is 99 nL/h.
    fields = {"max_drop_permille": drop, "tau_dh": 30_000}
    assert refusal_of(program(minimum_nl_h=least, **fields)) is None
    if least > 42:
        assert refusal_of(program(minimum_nl_h=least - 1, **fields)) == (
            f"minimum_nl_h: {least - 1} is too low for steps of max_drop_permille {drop}"
        )


# -- the plan of a stop ---------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [None, {}, "", 0, ((0, 900),), [[0, 900]] * 41])
def test_a_plan_has_at_most_40_entries(bad: object) -> None:
    for count in (0, 1, 39, 40):
        plan = [[24 * hour, 1000 - hour] for hour in range(count)]
        assert plan_refusal(plan, 200) is None
    assert plan_refusal(bad, 200) == "plan: not 0..40 entries"


@pytest.mark.parametrize("entry", [None, 7, [], [1], [1, 900, 1], "ab", (1, 900)])
def test_an_entry_of_a_plan_is_a_pair(entry: object) -> None:
    assert plan_refusal([[0, 1000], entry], 200) == "plan[1]: not a list of 2"


@pytest.mark.parametrize(("place", "low", "high"), [(0, 0, 1440), (1, 1, 1000)])
def test_the_numbers_of_a_plan_have_their_ranges(place: int, low: int, high: int) -> None:
    def refusal(value: Any) -> "str | None":
        entry = [0, 1000]
        entry[place] = value
        return plan_refusal([entry], 999)

    for allowed in (low, high):
        assert refusal(allowed) is None
    for bad in (low - 1, high + 1):
        assert refusal(bad) == f"plan[0][{place}]: {bad} not in {low}..{high}"
    for no_number in NO_NUMBERS:
        assert refusal(no_number) == f"plan[0][{place}]: missing or not a whole number"


def test_the_hours_of_a_plan_ascend_and_its_shares_descend() -> None:
    assert plan_refusal([[0, 900], [1, 900], [2, 899]], 200) is None
    for second in ([0, 900], [1, 950], [1, 901]):
        assert plan_refusal([[0, 900], second], 200) == (
            "plan[1]: hours must ascend and permille descend"
        )
    assert plan_refusal([[5, 900], [9, 900], [8, 900]], 200) == (
        "plan[2]: hours must ascend and permille descend"
    )


@pytest.mark.parametrize("drop", [10, 200, 500])
def test_a_plan_falls_by_d_in_24_hours_and_no_more(drop: int) -> None:
    keep = 1000 - drop
    for at_h in (0, 1, 500):
        assert plan_refusal([[at_h, keep]], drop) is None
        assert plan_refusal([[at_h, keep - 1]], drop) == (
            f"plan[0]: {keep - 1} is more than {drop} permille below 1000 of 24 hours before"
        )


def test_a_fall_of_a_share_is_exact() -> None:
    # 99 % of 999 are 989.01.
    assert plan_refusal([[0, 999], [24, 990]], 10) is None
    assert plan_refusal([[0, 999], [24, 989]], 10) is not None


def test_a_second_fall_waits_24_hours() -> None:
    first = [[10, 900], [12, 800]]
    assert plan_refusal([*first, [34, 720]], 200) is None  # 900 until hour 12
    assert plan_refusal([*first, [34, 719]], 200) == (
        "plan[2]: 719 is more than 200 permille below 900 of 24 hours before"
    )
    assert plan_refusal([*first, [33, 799]], 200) == (
        "plan[2]: 799 is more than 200 permille below 1000 of 24 hours before"
    )
    assert plan_refusal([*first, [35, 719]], 200) is not None
    assert plan_refusal([*first, [36, 640]], 200) is None
    assert plan_refusal([*first, [36, 639]], 200) == (
        "plan[2]: 639 is more than 200 permille below 800 of 24 hours before"
    )
    assert plan_refusal([*first, [100, 640]], 200) is None


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 250)), max_size=12),
    st.sampled_from([10, 200, 500]),
)
def test_an_allowed_plan_keeps_the_law_in_every_24_hours(
    moves: list[tuple[int, int]], drop: int
) -> None:
    plan, hour, share = [], 0, 1000
    for wait, fall in moves:
        hour, share = hour + wait, max(1, share - fall)
        plan.append([hour, share])
    hourly_shares = [1000] * 24
    for i in range(hour + 1):
        changed = [share for at, share in plan if at == i]
        hourly_shares.append(changed[0] if changed else hourly_shares[-1])
    keeps = all(
        now * 1000 >= before * (1000 - drop)
        for before, now in zip(hourly_shares, hourly_shares[24:], strict=False)
    )
    assert (plan_refusal(plan, drop) is None) == keeps


# -- a change of program --------------------------------------------------------------------------

FAST = 1_000_000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nl_per_1000_steps", 31_251),
        ("max_step_hz", 2_001),
        ("capacity_nl", 20_000_001),
        ("profile", "pca"),
        ("residual_nl", 500_001),
    ],
)
def test_another_pump_or_profile_needs_a_stop(field: str, value: object) -> None:
    for p, running in (
        (program(**{field: value}), program()),
        (program(), program(**{field: value})),
    ):
        assert change_refusal(p, running, 1, FAST) == (
            f"{field}: another pump or profile; stop, then start the program"
        )


def test_what_a_change_may_change() -> None:
    for changes in ({"steps": [[0, 5_000]]}, {"volume_nl": 7_000_000}, {"lead_s": 0}):
        assert change_refusal(program(**changes), program(), 1, FAST) is None


def test_a_change_must_be_able_to_follow_the_scale() -> None:
    # A step a second per 36,000 nL/h, 100 steps a second at most.
    motor = {"nl_per_1000_steps": 10_000, "max_step_hz": 100}
    p, running = continuous(72_000, **motor), continuous(36_000, **motor)
    for scale in (1, 50):
        assert change_refusal(p, running, scale, FAST) is None
    assert change_refusal(p, running, 51, FAST) == (
        "time_scale: 51 is more than it can follow, 50"
    )


@pytest.mark.parametrize("scale", [1, 7])
def test_a_change_stays_within_what_the_running_pulses_can_make(scale: int) -> None:
    most = headroom_nl_h(16_000, 31_250, scale)
    assert most > 16 * 16_000
    for rate in (most - 1, most):
        assert change_refusal(continuous(rate), continuous(16_000), scale, 16_000) is None
    refused = change_refusal(continuous(most + 1), continuous(16_000), scale, 16_000)
    assert refused == (
        f"flow: {most + 1} nL/h is more than {most} that the running pulses can follow; "
        "stop, then start the program"
    )


# -- whatever comes in ----------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**30, 2**31, 2**63, DAY, 1_000_000]),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(["baclofen", "itb", "flex", "spinal", "continuous", "screening", "stopped"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)
ANYTHING = st.one_of(JSON, st.lists(st.lists(SCALARS, min_size=2, max_size=5), max_size=4))
FIELDS = sorted(program())


def spoil(value: Any, place: list[int], by: Any) -> Any:
    """`value` with `by` somewhere inside it."""
    if not place or not isinstance(value, list) or not value:
        return by
    i = place[0] % len(value)
    return [*value[:i], spoil(value[i], place[1:], by), *value[i + 1 :]]


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4), st.booleans())
def test_any_json_in_any_field_is_one_line_or_none(changes: dict[str, Any], bare: bool) -> None:
    fields = dict(changes) if bare else {**program(), **changes}
    before = copy.deepcopy(fields)
    refused = refusal_of(fields)
    assert refused is None or (isinstance(refused, str) and 0 < len(refused) < 160)
    assert repr(fields) == repr(before)


@given(programs(), st.sampled_from(FIELDS), st.lists(st.integers(0, 30), max_size=4), SCALARS)
def test_anything_deep_in_a_valid_program_is_one_line_or_none(
    fields: dict[str, Any], field: str, place: list[int], by: Any
) -> None:
    spoilt = {**fields, field: spoil(fields[field], place, by)}
    before = copy.deepcopy(spoilt)
    refused = refusal_of(spoilt)
    assert refused is None or 0 < len(refused) < 160
    assert repr(spoilt) == repr(before)


@given(JSON)
def test_any_json_as_a_plan_or_a_scale_is_one_line_or_none(value: Any) -> None:
    before = copy.deepcopy(value)
    for refused in (plan_refusal(value, 200), scale_refusal(program(), value)):
        assert refused is None or 0 < len(refused) < 160
    assert repr(value) == repr(before)


@given(programs())
def test_the_programs_of_these_tests_are_allowed(fields: dict[str, Any]) -> None:
    if fields["demand"]:
        fields = {**fields, "bolus_day_max": max(1, fields["bolus_day_max"])}
    daily_nl = sum(volume for _, volume, _ in fields["periodic"])
    if highest_nl_h(fields) + -(-daily_nl // 24) <= 1_000_000:
        assert refusal_of(fields) is None
    else:
        assert refusal_of(fields) == "periodic: with basal more than 1000000 nL/h on average"


def test_the_other_programs_of_these_tests_are_allowed() -> None:
    for fields in (program(), continuous(16_000), with_boluses(), screening()):
        assert refusal_of(fields) is None
    assert WATER[0][0] == "water"


def test_outside_tells_the_value_and_the_range() -> None:
    for value in (3, 4, 5):
        assert outside("x", value, 3, 5) is None
    assert outside("x", 2, 3, 5) == "x: 2 not in 3..5"
    assert outside("x", 6, 3, 5) == "x: 6 not in 3..5"

"""What a rig's sensors stand for: where it begins, what may be changed, what is refused."""

from copy import deepcopy
from typing import Any

import pytest

from pump.calibration import AS_LISTED, RANGES, changed

_PRESSURE = {"zero_raw": (200, 3_800), "pa_per_1000": (1_000, 200_000), "valve_pa": (0, 30_000)}
DOCUMENTED = {
    "scale": {
        "tare_raw": (-8_000_000, 8_000_000),
        "nl_per_1024": (1_000, 100_000),
        "drift_nl_degree": (-20_000, 20_000),
        "temperature_cc": (0, 5_000),
    },
    "pressure_down": _PRESSURE,
    "pressure_up": _PRESSURE,
    "tubing": {"life_ml": (1, 1_000_000)},
}
FIELDS = [(part, field) for part in DOCUMENTED for field in DOCUMENTED[part]]


def test_a_rig_that_was_never_calibrated_begins_as_its_parts_are_listed() -> None:
    assert AS_LISTED["scale"] == {
        "tare_raw": 1_334_000,
        "nl_per_1024": 24_576,
        "drift_nl_degree": 3_000,
        "temperature_cc": 2_700,
    }
    pressure = {"zero_raw": 1_800, "pa_per_1000": 64_453}
    assert AS_LISTED["pressure_down"] == {**pressure, "valve_pa": 7_000}
    assert AS_LISTED["pressure_up"] == {**pressure, "valve_pa": 0}
    assert AS_LISTED["tubing"] == {"life_ml": 2_000}
    assert set(AS_LISTED) == set(DOCUMENTED)


def test_its_ranges_are_documented() -> None:
    assert RANGES == DOCUMENTED
    assert list(RANGES) == list(AS_LISTED)


@pytest.mark.parametrize(("part", "field"), FIELDS)
def test_each_field_is_taken_within_its_range_and_refused_beyond(part: str, field: str) -> None:
    before = deepcopy(AS_LISTED)
    low, high = DOCUMENTED[part][field]
    for value in (low, high):
        new = changed(AS_LISTED, {"part": part, field: value})
        assert new == {**before, part: {**before[part], field: value}}
    for value in (low - 1, high + 1):
        refused = f"{field}: {value} not in {low}..{high}"
        assert changed(AS_LISTED, {"part": part, field: value}) == refused
    assert before == AS_LISTED, "the one that was given stays as it is"


def test_several_fields_are_taken_at_once_or_none() -> None:
    request: dict[str, Any] = {"part": "pressure_up", "zero_raw": 1_801, "valve_pa": 1}
    new = changed(AS_LISTED, request)
    assert isinstance(new, dict)
    assert new["pressure_up"] == {"zero_raw": 1_801, "pa_per_1000": 64_453, "valve_pa": 1}
    assert new["pressure_down"] is AS_LISTED["pressure_down"]
    request["valve_pa"] = -1
    assert changed(AS_LISTED, request) == "valve_pa: -1 not in 0..30000"


@pytest.mark.parametrize("part", [None, 3, "motor", "", ["scale"]])
def test_a_part_that_has_no_calibration_is_refused(part: object) -> None:
    refused = "part: one of scale, pressure_down, pressure_up, tubing"
    assert changed(AS_LISTED, {"part": part, "zero_raw": 1_800}) == refused
    assert changed(AS_LISTED, {"zero_raw": 1_800}) == refused


def test_a_part_without_one_of_its_fields_is_refused() -> None:
    refused = "tubing: give life_ml"
    assert changed(AS_LISTED, {"part": "tubing"}) == refused
    assert changed(AS_LISTED, {"part": "tubing", "zero_raw": 1_800}) == refused
    refused = "pressure_up: give zero_raw, pa_per_1000, valve_pa"
    assert changed(AS_LISTED, {"part": "pressure_up"}) == refused

"""What a part's absence costs: what the others still find, and what nobody does."""

import pytest

from pump import conditions as al
from pump.readings import PARTS
from pumprig.measure.sensitivity import started

RATE_NL_H = 900_000
SCALE = 60
LOOKED_S = 100  # of wall time: 1.5 mL

# fault, arguments, the part that finds it first, and what is found without that one
LESS = [
    ("rotor.stall", {}, "rotor", {"UNDER_DELIVERY", "VOLUME_MISMATCH"}),
    ("rotor.slip", {}, "rotor", {"UNDER_DELIVERY"}),
    ("line.occlusion_down", {}, "pressure_down", {"UNDER_DELIVERY", "VOLUME_MISMATCH"}),
    ("line.occlusion_up", {}, "pressure_up", {"UNDER_DELIVERY", "VOLUME_MISMATCH"}),
    ("line.leak", {}, "pressure_down", set()),
    ("head.stroke", {"ppm": 200_000}, "scale", set()),
    ("head.free_flow", {"nl_h": 1_000_000}, "scale", set()),
    ("head.leak", {"nl_h": 1_000_000}, "scale", set()),
    ("air.bubble", {}, "air", set()),
    ("supply.over_voltage", {}, "supply", set()),
    ("temperature.over", {}, "temperature", set()),
    ("clock_chip.lost", {}, "clock_chip", set()),
    ("keys.stuck", {}, "keys", set()),
]


def found(fault: str, arguments: dict[str, int], parts: tuple[str, ...]) -> set[str]:
    rig = started(RATE_NL_H, SCALE, 1, parts)
    before = rig.controller.alarms.active
    rig.happen("fault", {"fault": fault, **arguments})
    rig.advance(LOOKED_S)
    new = rig.controller.alarms.active & ~before
    return {str(row[al.NAME]) for i, row in enumerate(al.CONDITIONS) if new >> i & 1}


@pytest.mark.parametrize(("fault", "arguments", "part", "without"), LESS)
def test_without_the_part_that_finds_it_first(
    fault: str, arguments: dict[str, int], part: str, without: set[str]
) -> None:
    assert found(fault, arguments, PARTS), "with all parts it is found"
    rest = tuple(name for name in PARTS if name != part)
    assert found(fault, arguments, rest) == without


@pytest.mark.parametrize("part", PARTS)
def test_one_part_less_raises_nothing_of_itself(part: str) -> None:
    rest = tuple(name for name in PARTS if name != part)
    assert found("keys.bouncing", {}, rest) == set()

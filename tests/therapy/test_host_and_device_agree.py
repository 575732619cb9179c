"""What the host accepts the device accepts; both warn of the same and reckon the same figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pump import limits, rules, screening
from pump.program import Program
from pumprig.therapy import Therapy, load_program, load_program_text
from pumprig.therapy.screening import BOLUSES_UG, LARGEST_NL, LEAST_S
from pumprig.therapy.soft import soft_rules
from pumprig.therapy.tapers import LAST_H, MAX_ENTRIES, PRESETS, plan_faults, preset

Edit = Callable[..., str]
EXAMPLES = Path(__file__).parents[2] / "examples"
# One tells what replays must show, one is a program that must be refused.
NO_PROGRAMS = ("incidents.toml", "interval-periodic.toml")
PROGRAMS = sorted(
    path
    for path in EXAMPLES.rglob("*.toml")
    if "scenario" not in path.name and path.name not in NO_PROGRAMS
)


def on_the_device(therapy: Therapy) -> Program:
    fields: dict[str, Any] = therapy.device_program()
    assert limits.refusal(fields) is None
    program = Program(fields)
    assert rules.refusal(program) is None
    return program


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_every_example_is_the_same_on_both_sides(path: Path) -> None:
    therapy = load_program(path)
    program = on_the_device(therapy)
    assert program.reference_nl_h == therapy.reference_nl_h
    assert program.limit_24h_nl == therapy.limit_24h_nl
    assert program.average_nl_h == therapy.average_nl_h
    assert program.guard_nl == therapy.guard_nl
    # Days that differ are counted from midnight here, there from first step to first step.
    if not therapy.variants:
        assert rules.soft(program, None) == [rule.name for rule in soft_rules(therapy)]
        assert (program.daily_nl, program.low_nl) == (therapy.daily_nl, therapy.low_nl)


@pytest.mark.parametrize(
    "changes",
    [
        ('"32 ug/h"', '"70.1 ug/h"'),  # ABOVE_MOST
        ('"32 ug/h"', '"96 ug/h"'),  # ABOVE_1000 too
        ('"spinal"', '"cerebral"', '"32 ug/h"', '"60 ug/h"'),
        ('indication = "spinal"', 'indication = "spinal"\nunder_12 = true'),
        ('"2000 ug/mL"', '"50 ug/mL"', '"6.5 mL"', '"20 mL"'),  # SCREENING_CONC
        ('"31.25 nL"', '"75.001 nL"'),  # COARSE_STEP
        ('"31.25 nL"', '"75 nL"'),
    ],
)
def test_soft_rules_have_the_same_edges(demo: Edit, changes: tuple[str, ...]) -> None:
    therapy = load_program_text(demo(*changes))
    names = rules.soft(on_the_device(therapy), None)
    assert names == [rule.name for rule in soft_rules(therapy)]


@pytest.mark.parametrize("drop", [100, 200, 500])
@pytest.mark.parametrize(
    "plan",
    [
        [(0, 800)],
        [(0, 799)],
        [(0, 800), (24, 640)],
        [(0, 800), (23, 640)],
        [(0, 800), (30, 640), (36, 512)],
        [(0, 500), (24, 250)],
        [(0, 1000), (0, 900)],
        [(0, 900), (24, 901)],
        [(0, 0)],
        [(LAST_H, 900)],
        [(LAST_H + 1, 900)],
        [(hour, 900) for hour in range(MAX_ENTRIES)],
        [(hour, 900) for hour in range(MAX_ENTRIES + 1)],
    ],
)
def test_a_plan_is_refused_on_both_sides_or_on_none(
    plan: list[tuple[int, int]], drop: int
) -> None:
    on_device = limits.plan_refusal([list(entry) for entry in plan], drop)
    assert (on_device is None) is (plan_faults(plan, drop) == [])


@pytest.mark.parametrize("name", PRESETS)
def test_the_device_takes_every_preset(demo: Edit, name: str) -> None:
    therapy = load_program_text(demo())
    taper = preset(name, therapy)
    drop = 500 if taper.kind == "supervised" else therapy.max_drop_permille
    assert limits.plan_refusal([list(entry) for entry in taper.plan], drop) is None


def test_the_screening_sequence_is_the_same() -> None:
    assert tuple(ug for ug, _ in screening.STAGES) == BOLUSES_UG
    assert (screening.STAGES[-1][1], screening.SHORTEST_S) == (LARGEST_NL, LEAST_S)

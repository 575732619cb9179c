"""The five published courses: every program accepted, every order as the rules want it."""

from functools import cache
from pathlib import Path

import pytest

from pumprig.therapy import ScenarioEvent, Therapy, load_program, load_scenario, max_time_scale
from pumprig.therapy.bridge import solution
from pumprig.therapy.flow import DAY_S
from pumprig.therapy.rules_change import Change, change
from pumprig.therapy.scenario import load_scenario_text
from pumprig.therapy.soft import soft_rules

CASES = Path(__file__).parents[2] / "examples" / "cases"
load = cache(load_program)  # each file is needed by many tests
PROGRAMS = sorted(path for path in CASES.glob("*.toml") if "scenario" not in path.name)
DAYS = {1: 340, 2: 310, 3: 215, 4: 260, 5: 600}


def start(case: int) -> Therapy:
    return load(CASES / f"case{case}.toml")


@cache
def events(case: int) -> list[ScenarioEvent]:
    return load_scenario(CASES / f"case{case}-scenario.toml", start(case))


@cache
def courses(case: int) -> list[tuple[int, ScenarioEvent, Therapy, Therapy]]:
    """(day, event, program before, program it brings) of every order with a program."""
    by_device_program = {str(load(path).device_program()): load(path) for path in PROGRAMS}
    running, found = start(case), []
    for event in events(case):
        if "program" in event.args:
            new = by_device_program[str(event.args["program"])]
            found.append((event.at_s // DAY_S, event, running, new))
            if not event.expect:
                running = new
    return found


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_every_program_is_accepted_without_a_reason(path: Path) -> None:
    assert soft_rules(load(path)) == []
    assert path.stem.split("-")[0] in {f"case{case}" for case in DAYS}


@pytest.mark.parametrize("case", DAYS)
def test_every_program_of_a_case_runs_on_the_same_pump(case: int) -> None:
    fields = ("profile", "indication", "tubing_nl", "catheter_nl", "nl_per_1000_steps")
    pumps = {
        tuple(load(path).device_program()[field] for field in fields)
        for path in PROGRAMS
        if path.stem.startswith(f"case{case}")
    }
    assert len(pumps) == 1
    assert max_time_scale(start(case).device_program()) >= 60


@pytest.mark.parametrize("case", DAYS)
def test_every_program_of_a_case_is_used_and_its_scenario_ends_in_time(case: int) -> None:
    used = {new.name for _, _, _, new in courses(case)} | {start(case).name}
    assert used == {load(path).name for path in PROGRAMS if path.stem.startswith(f"case{case}")}
    last = events(case)[-1].at_s // DAY_S
    assert DAYS[case] - 61 < last < DAYS[case]


@pytest.mark.parametrize("case", DAYS)
def test_a_solution_changes_with_a_refill_and_a_bridge_where_there_is_flow(case: int) -> None:
    for _, event, before, new in courses(case):
        if solution(before) != solution(new):
            assert event.action == "refill"
            assert event.args["bridge"] is (before.average_nl_h > 0)


@pytest.mark.parametrize("case", DAYS)
def test_an_order_is_refused_only_where_a_rule_is_broken(case: int) -> None:
    overridden = []
    for day, event, before, new in courses(case):
        found: Change = change(before, new, at_refill=event.action == "refill")
        assert found.never == []
        assert found.soft == []
        stands = event.expect == "refused" or "override" in event.args
        assert bool(found.overridable) is stands
        if stands and not event.expect:
            overridden.append((day, [fault.source for fault in found.overridable]))
    assert overridden == ([(78, ["USP DI monograph"])] if case == 4 else [])


def test_case_5_leaves_out_the_bolus_of_75_ug_by_an_override() -> None:
    boluses = [event for event in events(5) if event.args.get("stage") == 3]
    assert [(event.expect, "override" in event.args) for event in boluses] == [
        ("refused", False),
        ("", True),
    ]
    first = next(event for event in events(5) if event.action == "screen")
    assert first.args == {}  # the first of the sequence, 50 ug


# (case, published day, ug/day of each drug): docs/sources.md, Z. A month is 30.4 days.
PUBLISHED = [
    (1, 0, {"morphine": 11_000, "bupivacaine": 3300}),
    (1, 15, {"baclofen": 50, "morphine": 11_000}),
    (1, 14 + 310, {"baclofen": 460}),
    (2, 0, {"morphine": 6600, "bupivacaine": 650}),
    (2, 29, {"baclofen": 50}),
    (2, 28 + 245, {"baclofen": 210, "morphine": 2100}),
    (3, 213, {"baclofen": 105}),
    (4, 0, {"morphine": 300}),
    (4, 74, {"morphine": 800}),
    (4, 75, {"baclofen": 50}),
    (4, 79, {"baclofen": 75}),
    (4, 75 + 180, {"baclofen": 100}),
    (5, 3, {"baclofen": 100}),
    (5, 600, {"baclofen": 250}),
]


@pytest.mark.parametrize(("case", "day", "doses"), PUBLISHED)
def test_the_published_doses_run_at_their_time(case: int, day: int, doses: dict[str, int]) -> None:
    running = start(case)
    for at, event, _, new in courses(case):
        if at <= day and not event.expect:
            running = new
    given = {drug.name: float(drug.ug(running.largest_day_nl)) for drug in running.drugs}
    assert given == pytest.approx(doses, rel=1e-3)


@pytest.mark.parametrize("case", DAYS)
def test_no_refill_comes_so_late_that_the_taper_begins(case: int) -> None:
    """Nor LOW_RESERVOIR, nor a solution past its days; and nothing overflows."""
    running = start(case)
    by_name = {new.name: new for _, _, _, new in courses(case)}
    usable, since, filled = running.usable_nl, 0, 0
    for event in [*events(case), ScenarioEvent(DAYS[case] * DAY_S, "end")]:
        usable -= round(running.week().until(event.at_s) - running.week().until(since))
        since = event.at_s
        assert usable > running.low_nl or running.highest_nl_h == 0
        assert not running.stable_days or event.at_s - filled <= running.stable_days * DAY_S
        if event.expect:
            continue
        if event.action == "withdrawn":
            assert abs(usable + running.residual_nl - event.args["volume_nl"]) < 200_000
        if "program" in event.args:
            running = by_name[str(event.args["program"]["name"])]
        if event.action == "refill":
            assert event.args["volume_nl"] <= running.capacity_nl
            usable, filled = event.args["volume_nl"] - running.residual_nl, event.at_s


def test_the_demo_s_scenario_still_loads(examples: Path) -> None:
    text = (examples / "demo-scenario.toml").read_text(encoding="utf-8")
    assert [event.action for event in load_scenario_text(text)] == ["refill"]

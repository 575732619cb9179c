"""Plug flow in the line, and a bridge that keeps the dose at the tip between old and new."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumprig.therapy import Therapy, load_program_text
from pumprig.therapy.bridge import Bridge, bridge, solution
from pumprig.therapy.flow import HOUR_S
from pumprig.therapy.line import Line, Segment

Edit = Callable[..., str]


def test_what_goes_in_first_comes_out_first_and_nothing_mixes() -> None:
    line = Line(100, "old")
    assert line.push(30, "new") == [Segment("old", Fraction(30))]
    assert line.segments == (Segment("new", Fraction(30)), Segment("old", Fraction(70)))
    assert line.push(100, "third") == [
        Segment("old", Fraction(70)),
        Segment("new", Fraction(30)),
    ]
    assert line.segments == (Segment("third", Fraction(100)),)


def test_more_than_the_line_holds_runs_straight_through() -> None:
    assert Line(100, "old").push(250, "new") == [
        Segment("old", Fraction(100)),
        Segment("new", Fraction(150)),
    ]
    assert Line(0, "old").push(5, "new") == [Segment("new", Fraction(5))]


def test_how_far_a_solution_is_from_leaving() -> None:
    line = Line(100, "old")
    line.push(30, "new")
    assert (line.until_tip("old"), line.until_tip("new"), line.until_tip("none")) == (70, 100, 0)


def test_nothing_flows_back() -> None:
    with pytest.raises(ValueError, match="nothing flows back"):
        Line(100, "old").push(-1, "new")
    with pytest.raises(ValueError, match="0 nL or more"):
        Line(-1, "old")


@given(
    volume=st.integers(0, 1000),
    pushes=st.lists(
        st.tuples(st.fractions(0, 2000, max_denominator=7), st.sampled_from("abc")), max_size=12
    ),
)
def test_what_is_pushed_in_comes_out_in_order_to_the_last_part(
    volume: int, pushes: list[tuple[Fraction, str]]
) -> None:
    line = Line(volume, "a")
    out = [segment for push in pushes for segment in line.push(*push)]
    queue = [Segment("a", Fraction(volume)), *(Segment(s, v) for v, s in pushes)]
    left = [*out, *reversed(line.segments)]

    def by_solution(segments: list[Segment[str]]) -> list[tuple[str, Fraction]]:
        joined: list[tuple[str, Fraction]] = []
        for segment in segments:
            if segment.volume_nl and joined and joined[-1][0] == segment.solution:
                joined[-1] = (segment.solution, joined[-1][1] + segment.volume_nl)
            elif segment.volume_nl:
                joined.append((segment.solution, segment.volume_nl))
        return joined

    assert by_solution(queue) == by_solution(left)
    assert line.volume_nl == volume


_PROGRAM = """
[therapy]
name = "bridged"
profile = "itb"
indication = "spinal"
{drugs}
[reservoir]
capacity = "50 mL"
volume = "50 mL"
residual = "1 mL"
low_alarm = "4 mL"
tolerance = "1 mL"
[basal]
{basal}
[taper]
max_daily_reduction = "20 %"
minimum_rate = "0.001 mL/day"
[line]
tubing = "{tubing} nL"
catheter = "{catheter} nL"
[pump]
step_volume = "1 nL"
min_flow = "1 nL/h"
"""


def make(
    concs: dict[str, int], flow: int, tubing: int = 140_000, catheter: int = 60_000
) -> Therapy:
    drugs = "\n".join(
        f'[[drug]]\nname = "{name}"\nconcentration = "{conc} ug/mL"\n'
        + ("" if name == "baclofen" else 'daily_max = "1000000 ug/day"')
        for name, conc in concs.items()
    )
    basal = f'mode = "continuous"\ndose = "{flow} nL/h"'
    return load_program_text(
        _PROGRAM.format(drugs=drugs, basal=basal, tubing=tubing, catheter=catheter)
    )


def test_the_plan_is_the_line_at_the_old_program_s_average() -> None:
    old, new = make({"morphine": 13_200}, 20_000), make({"clonidine": 500}, 4000)
    plan = bridge(old, new)
    assert (plan.volume_nl, plan.flow_nl_h, plan.seconds) == (200_000, 20_000, 10 * HOUR_S)
    assert bridge(old, new, delivered_nl=50_000).volume_nl == 150_000
    assert bridge(old, new, delivered_nl=200_000).volume_nl == 0
    assert list(plan.words()) == [
        "Bridge: 0.2 mL of the old solution is in the line; it is given at 0.02 mL/h for 10 h, "
        "then the new program begins.",
        "At the tip before: 6336 ug/day of morphine.",
        "At the tip during: 6336 ug/day of morphine.",
        "At the tip after: 48 ug/day of clonidine.",
        "Without a bridge it would give 1267.2 ug/day of morphine until then.",
    ]


def test_the_same_solution_needs_no_bridge() -> None:
    old, new = make({"morphine": 2000}, 20_000), make({"morphine": 2000}, 24_000)
    assert list(bridge(old, new).words()) == ["Bridge: none needed, the solution stays the same."]
    mixed = make({"clonidine": 5, "morphine": 7}, 1000), make({"morphine": 7, "clonidine": 5}, 90)
    assert solution(mixed[0]) == solution(mixed[1])


def test_a_pump_that_stood_still_has_no_flow_to_bridge_with(examples: Path) -> None:
    text = (examples / "cases" / "case3.toml").read_text(encoding="utf-8")
    plan = bridge(load_program_text(text), make({"baclofen": 500}, 4000))
    assert (plan.flow_nl_h, plan.seconds) == (0, 0)
    assert "Bridge: not possible, the old program has no flow." in next(iter(plan.words()))


def at_the_tip(plan: Bridge, days: int) -> list[tuple[Fraction, Fraction, Therapy]]:
    """(seconds, nL/h, whose solution) at the tip: a day of old, the bridge, then the new program.

    Before the change acts the old program pushes the new solution into the head; the bridge is
    what is left of the old one.
    """
    old, new = plan.old, plan.new
    line = Line(old.dead_nl, old)
    line.push(old.dead_nl - plan.volume_nl, new)
    courses = [(Fraction(days * 86_400), old.highest_nl_h, old)]
    for flow, volume in (
        (plan.flow_nl_h, plan.volume_nl),
        (new.highest_nl_h, new.highest_nl_h * 24 * days),
    ):
        for segment in line.push(volume, new):
            seconds = segment.volume_nl * HOUR_S / flow
            courses.append((seconds, flow, segment.solution))
    return [(seconds, Fraction(flow), whose) for seconds, flow, whose in courses]


concentrations = st.dictionaries(
    st.sampled_from(["bupivacaine", "morphine", "clonidine"]),
    st.integers(50, 2000),
    min_size=1,
    max_size=3,
)


@settings(deadline=None)  # a busy machine is no fault
@given(
    old=concentrations,
    new=concentrations,
    flows=st.tuples(st.integers(500, 40_000), st.integers(500, 40_000)),
    tubing=st.integers(0, 300_000),
    delivered=st.integers(0, 300_000),
)
def test_the_tip_never_gets_more_than_the_larger_of_both_programs(
    old: dict[str, int],
    new: dict[str, int],
    flows: tuple[int, int],
    tubing: int,
    delivered: int,
) -> None:
    before, after = make(old, flows[0], tubing), make(new, flows[1], tubing)
    if solution(before) == solution(after):
        return
    course = at_the_tip(bridge(before, after, delivered), days=2)
    for name in {*old, *new}:
        doses: list[tuple[Fraction, Fraction]] = []  # (seconds, ug/h)
        for seconds, flow, whose in course:
            drug = whose.drug(name)
            doses.append((seconds, drug.ug(flow) if drug is not None else Fraction(0)))
        both = [before.drug(name), after.drug(name)]
        hourly = [
            drug.ug(therapy.highest_nl_h)
            for drug, therapy in zip(both, (before, after), strict=True)
            if drug is not None
        ]
        assert max(dose for _, dose in doses) <= max(hourly)
        # Hence no 24 h hold more than the larger daily dose: shown, not only inferred.
        edges = [Fraction(0)]
        for seconds, _ in doses:
            edges.append(edges[-1] + seconds)

        def given_until(t: Fraction, doses: Any = doses, edges: Any = edges) -> Fraction:
            return sum(
                (
                    dose * max(Fraction(0), min(t, end) - start) / HOUR_S
                    for (_, dose), start, end in zip(doses, edges, edges[1:], strict=False)
                ),
                Fraction(0),
            )

        for end in [*edges, *(edge + 86_400 for edge in edges)]:
            assert given_until(end) - given_until(end - 86_400) <= max(hourly) * 24


def test_a_bridge_from_a_flex_program_never_runs_above_its_highest_rate(demo: Edit) -> None:
    old = load_program_text(demo("[pump]", '[line]\ntubing = "0.2 mL"\n[pump]'))
    plan = bridge(old, make({"baclofen": 500}, 20_000))
    assert plan.flow_nl_h == 10_333 < old.highest_nl_h

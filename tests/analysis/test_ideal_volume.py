"""The oracle's volume is the exact integral of its rates and keeps the laws, whatever happens."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

from device_program import WATER, programs
from hypothesis import given
from hypothesis import strategies as st
from synthetic import DAY, DEMO, HOUR, continuous, demo_ideal, demo_run

from pumprig.analysis import Ideal, volume_error_steps_max
from pumprig.analysis.ideal import Action
from pumprig.analysis.laws import broken_laws
from pumprig.analysis.programmed import Programmed

DAYS = 6
END = DAYS * DAY
FULL_NL = 50_000_000  # of the programs below

seconds = st.integers(0, END)
instants = st.fractions(0, END, max_denominator=1000)


@st.composite
def boluses(draw: st.DrawFn, fields: dict[str, Any]) -> Action:
    """An operator's bolus that the program's flows allow."""
    p = Programmed.of(fields)
    over_s = draw(st.integers(fields["bolus_min_s"], 21_600))
    most_nl_h = p.max_bolus_flow_nl_h - p.bolus_adds * p.highest_nl_h
    largest_nl = min(fields["bolus_max_nl"], (most_nl_h - 1) * over_s // HOUR)
    t_s = draw(seconds)
    volume_nl = draw(st.integers(0, max(0, largest_nl)))
    return (t_s, "bolus", volume_nl, over_s, t_s + draw(st.integers(0, HOUR)))


@st.composite
def plans(draw: st.DrawFn, keep_permille: int) -> list[tuple[int, int]]:
    """A taper that keeps the largest reduction: a day at least between two of its steps."""
    hour, permille, plan = 0, 1_000, []
    for _ in range(draw(st.integers(0, 3))):
        hour += draw(st.integers(24, 60))
        permille = draw(st.integers(-(-keep_permille * permille // 1_000), permille))
        plan.append((hour, permille))
    return plan


@st.composite
def tapers(draw: st.DrawFn, fields: dict[str, Any]) -> list[Action]:
    """Orders that the law on the fall of the rate lets an operator give, and boluses."""
    keep = 1_000 - fields["max_drop_permille"]
    ends = st.sampled_from(["stopped", "minimum"])
    actions: list[Action] = draw(
        st.lists(
            st.one_of(
                st.tuples(seconds, st.just("refill"), st.just(FULL_NL)),
                st.tuples(seconds, st.just("stop"), plans(keep), ends),
                st.tuples(seconds, st.just("resume_direct")),
                boluses(fields),
                st.tuples(seconds, st.just("bolus_stop"), st.integers(END, END)),
            ),
            max_size=6,
        )
    )
    return sorted(actions, key=lambda action: action[0])


@st.composite
def timelines(draw: st.DrawFn, fields: dict[str, Any], changes: bool = True) -> list[Action]:
    """Anything that can happen; with `changes`, also to the program."""
    ahead = st.integers(0, HOUR)
    actions: list[Action] = draw(tapers(fields))
    for _ in range(draw(st.integers(0, 5))):
        t_s = draw(seconds)
        later_s = t_s + draw(ahead)
        kinds: list[Action] = [
            (t_s, "time", draw(st.integers(0, 6)), draw(st.integers(0, DAY - 1))),
            (t_s, "clock_lost", later_s),
            (t_s, "hold", later_s),
            (t_s, "release", later_s),
            (t_s, "emergency_stop"),
            (t_s, "restart"),
            (t_s, "refill_cancel"),
            (t_s, "stop", [], "minimum", "holiday"),
            (t_s, "bolus_stop", later_s),
            (t_s, "prime", draw(st.integers(1, 50_000)), 300, later_s),
        ]
        if changes:
            other = draw(programs()) | {"nl_per_1000_steps": fields["nl_per_1000_steps"]}
            kinds += [(t_s, "change", other), (t_s, "refill", FULL_NL, other, draw(st.booleans()))]
        actions.append(draw(st.sampled_from(kinds)))
    return sorted(actions, key=lambda action: action[0])


@given(programs(), st.data(), instants, instants)
def test_volume_never_falls_and_is_the_sum_over_its_pieces(
    fields: dict[str, Any], data: st.DataObject, a: Fraction, b: Fraction
) -> None:
    ideal = Ideal(fields, data.draw(timelines(fields)), END)
    start, end = sorted((a, b))
    marks = [start, *(t for t, _ in ideal.rates if start < t < end), end]
    pieces = [Fraction(ideal.rate_nl_h(x)) * (y - x) / HOUR for x, y in pairwise(marks)]
    assert ideal.volume_nl(end) - ideal.volume_nl(start) == sum(pieces)
    assert ideal.volume_nl(0) == 0 <= ideal.volume_nl(start) <= ideal.volume_nl(end)


@given(programs(), st.data(), st.integers(1, END))
def test_what_comes_later_changes_nothing_before(
    fields: dict[str, Any], data: st.DataObject, end_s: int
) -> None:
    actions = data.draw(timelines(fields))
    whole = Ideal(fields, actions, END)
    part = Ideal(fields, [a for a in actions if a[0] < end_s], end_s)
    assert part.volume_nl(end_s) == whole.volume_nl(end_s)
    assert part.changes == [change for change in whole.changes if change[0] < end_s]


@given(programs(), st.data())
def test_basal_never_falls_faster_than_the_program_allows(
    fields: dict[str, Any], data: st.DataObject
) -> None:
    fields |= {"drugs": WATER}  # the limit of 24 h may cut basal to nothing
    # An operator's bolus may take what the guard had counted on, and end delivery above its rate.
    actions = [action for action in data.draw(tapers(fields)) if action[1] != "bolus"]
    ideal = Ideal(fields, actions, END)
    assert broken_laws(fields, ideal.changes, [], END, rounding_nl_h=1) == []


@given(programs(), st.data(), st.integers(0, 6), st.integers(0, DAY - 1))
def test_no_24_hours_hold_more_than_the_limit(
    fields: dict[str, Any], data: st.DataObject, weekday: int, tod_s: int
) -> None:
    actions = data.draw(timelines(fields, changes=False))
    ideal = Ideal(fields, actions, END, weekday=weekday, tod_s=tod_s)
    limit_nl = Programmed.of(fields).limit_24h_nl
    marks = {t for t, _ in ideal.rates}
    for t_s in marks | {t + DAY for t in marks} | {END}:
        assert t_s > END or ideal.window_nl(t_s) <= limit_nl


@given(programs(lasting=True), st.integers(0, 6), st.integers(0, DAY - 1))
def test_a_full_pump_left_alone_gives_what_the_program_says_of_every_day(
    fields: dict[str, Any], weekday: int, tod_s: int
) -> None:
    fields |= {"bolus_adds": 1, "volume_nl": 10**12}
    p = Programmed.of(fields)
    ideal = Ideal(fields, [], END, weekday=weekday, tod_s=tod_s)
    basal = p.over(END, weekday * DAY + tod_s)
    periodic_nl = sum(volume_nl for _, volume_nl, _ in p.periodic)
    begun = [(at_s - tod_s) % DAY + over_s <= DAY for at_s, _, over_s in p.periodic]
    if all(begun):  # none is under way at the end of the day
        assert ideal.volume_nl(DAY) == Fraction(basal.area(DAY)) / HOUR + periodic_nl
    last_nl = ideal.volume_nl(END) - ideal.volume_nl(END - DAY)
    assert last_nl == basal.mean(END - DAY, END) * 24 + periodic_nl


@given(programs(), st.data(), seconds)
def test_the_ledger_never_goes_below_zero(
    fields: dict[str, Any], data: st.DataObject, t_s: int
) -> None:
    assert Ideal(fields, data.draw(timelines(fields)), END).usable_nl(t_s) >= 0


@given(programs(), st.data())
def test_the_total_is_basal_with_or_without_a_bolus(
    fields: dict[str, Any], data: st.DataObject
) -> None:
    ideal = Ideal(fields, data.draw(tapers(fields)), END)
    boluses_end = END if fields["bolus_max_nl"] else 0
    for t_s, rate, basal in ideal.changes:
        assert rate >= basal or not fields["bolus_adds"]
        assert rate == basal or t_s <= boluses_end


def test_a_day_of_the_demo_is_its_dose_to_the_nanolitre() -> None:
    ideal = demo_ideal()
    assert ideal.volume_nl(DAY) == 16 * 7_500 + 8 * 16_000
    assert ideal.steps(DAY) == Fraction(248_000_000, 31_250)


def test_a_perfect_motor_is_at_most_half_a_step_from_the_ideal() -> None:
    assert volume_error_steps_max(demo_run().samples, demo_ideal()) <= 0.5


def test_the_volume_error_is_the_largest_in_either_direction() -> None:
    ideal = Ideal(continuous(9_000), [], DAY)  # 288 steps an hour
    samples = demo_run().samples
    early, late = samples[4], samples[8]  # one hour, two hours into the demo: 512, 1024 steps
    assert (early.now_ms, late.now_ms) == (3_600_000, 7_200_000)
    assert volume_error_steps_max([early], ideal) == 512 - 288
    assert volume_error_steps_max([early, late], ideal) == 1024 - 576
    faster = Ideal(continuous(18_000), [], DAY)
    assert volume_error_steps_max([early], faster) == 576 - 512


def test_times_between_seconds_are_exact() -> None:
    ideal = Ideal(DEMO, [], DAY)
    assert ideal.volume_nl(Fraction(1, 1000)) == Fraction(16_000, 3_600_000)

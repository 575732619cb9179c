"""The oracle's volume is the exact integral of its rates, whatever the program."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import DAY, DEMO, HOUR, continuous, demo_ideal, demo_run, program

from pumprig.analysis import Ideal, volume_error_steps_max
from pumprig.analysis.ideal import Action
from pumprig.analysis.rate_drop import rate_drop_max_per_day
from pumprig.rig.record import RateChange

DAYS = 8
END = DAYS * DAY


def smallest_tau_dh(max_drop_permille: int) -> int:
    """The smallest tau that the firmware accepts for this daily reduction."""
    keep = 1000 - max_drop_permille
    tau = 100
    while 1000 * (tau - 10) ** 24 < keep * tau**24:
        tau += 1
    return tau


@st.composite
def programs(draw: st.DrawFn) -> dict[str, object]:
    times = draw(st.lists(st.integers(0, DAY - 1), min_size=1, max_size=6, unique=True))
    rates = st.integers(250, 60_000)
    drop = draw(st.sampled_from([50, 100, 200, 333, 500]))
    return program(
        steps=[[at_s, draw(rates)] for at_s in sorted(times)],
        lead_s=draw(st.integers(0, 12 * HOUR)),
        volume_nl=draw(st.integers(500_000, 20_000_000)),
        max_drop_permille=drop,
        tau_dh=smallest_tau_dh(drop),
        nl_per_1000_steps=draw(st.integers(1_000, 200_000)),
        indication=draw(st.sampled_from(["spinal", "cerebral"])),
    )


@st.composite
def timelines(draw: st.DrawFn) -> list[Action]:
    """Orders that the taper law lets an operator give: no hard stop, no withdrawal."""
    refill = st.tuples(st.integers(0, END), st.just("refill"), st.just(20_000_000))
    others = st.tuples(st.integers(0, END), st.sampled_from(["stop", "resume_direct"]))
    actions: list[Action] = draw(st.lists(st.one_of(refill, others), max_size=4))
    return sorted(actions, key=lambda action: action[0])


instants = st.fractions(0, END, max_denominator=1000)


@settings(max_examples=60, deadline=None)
@given(programs(), timelines(), instants, instants)
def test_volume_never_falls_and_is_the_sum_over_its_pieces(
    device_program: dict[str, object], actions: list[Action], a: Fraction, b: Fraction
) -> None:
    ideal = Ideal(device_program, actions, END)
    start, end = sorted((a, b))
    marks = [start, *(t for t, _ in ideal.rates if start < t < end), end]
    pieces = [Fraction(ideal.rate_nl_h(x)) * (y - x) / HOUR for x, y in pairwise(marks)]
    assert ideal.volume_nl(end) - ideal.volume_nl(start) == sum(pieces)
    assert ideal.volume_nl(0) == 0 <= ideal.volume_nl(start) <= ideal.volume_nl(end)


@settings(max_examples=60, deadline=None)
@given(programs(), timelines(), st.integers(1, END))
def test_what_comes_later_changes_nothing_before(
    device_program: dict[str, object], actions: list[Action], end_s: int
) -> None:
    whole = Ideal(device_program, actions, END)
    part = Ideal(device_program, [a for a in actions if a[0] < end_s], end_s)
    assert part.volume_nl(end_s) == whole.volume_nl(end_s)


@settings(max_examples=60, deadline=None)
@given(programs(), timelines())
def test_the_rate_never_falls_faster_than_the_program_allows(
    device_program: dict[str, object], actions: list[Action]
) -> None:
    ideal = Ideal(device_program, actions, END)
    rates = [RateChange(int(t), rate, basal) for t, rate, basal in ideal.changes]
    drop = rate_drop_max_per_day(rates, [], 250, END)
    allowed = device_program["max_drop_permille"]
    assert isinstance(allowed, int)
    assert drop is None or drop <= allowed / 1000


@settings(max_examples=60, deadline=None)
@given(programs(), timelines(), st.integers(0, END))
def test_the_ledger_never_goes_below_zero(
    device_program: dict[str, object], actions: list[Action], t_s: int
) -> None:
    assert Ideal(device_program, actions, END).usable_nl(t_s) >= 0


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

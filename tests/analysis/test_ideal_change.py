"""The oracle on another program: when it holds, what is kept, and the bridge to it."""

from fractions import Fraction

import pytest
from device_program import DAY, HOUR, continuous, program, with_boluses
from hypothesis import given
from hypothesis import strategies as st

from pumprig.analysis import Ideal
from pumprig.analysis.ideal import Action

STRONG = [["drug", 2_000, 0, 100_000, 0]]
WEAK = [["drug", 500, 0, 100_000, 0]]
LINE_NL = 30_000


@pytest.mark.parametrize(("second", "effect_hour"), [(0, 1), (1, 2), (HOUR - 1, 2), (HOUR, 2)])
def test_a_change_holds_from_the_first_full_hour_an_hour_away(
    second: int, effect_hour: int
) -> None:
    other = continuous(8_000)
    ideal = Ideal(continuous(10_000), [(DAY + second, "change", other)], 2 * DAY)
    assert ideal.rates == [(0, 10_000), (DAY + effect_hour * HOUR, 8_000)]


def test_a_later_change_takes_the_place_of_one_that_waits() -> None:
    actions: list[Action] = [
        (DAY, "change", continuous(8_000)),
        (DAY + 1, "change", continuous(9_000)),
    ]
    assert Ideal(continuous(10_000), actions, 2 * DAY).rates == [
        (0, 10_000),
        (DAY + 2 * HOUR, 9_000),
    ]


def test_a_change_while_the_pump_is_stopped_holds_when_it_begins_again() -> None:
    actions: list[Action] = [
        (DAY, "emergency_stop"),
        (DAY + 1, "change", continuous(8_000)),
        (DAY + 3 * HOUR + 7, "restart"),
    ]
    assert Ideal(continuous(10_000), actions, 2 * DAY).rates[-1] == (DAY + 3 * HOUR + 7, 8_000)


def test_a_restart_in_the_hour_of_the_change_takes_it_up_as_well() -> None:
    actions: list[Action] = [
        (DAY, "emergency_stop"),
        (DAY + 1, "change", continuous(8_000)),
        (DAY + 7, "restart"),
    ]
    assert Ideal(continuous(10_000), actions, 2 * DAY).rates[-1] == (DAY + 7, 8_000)


@pytest.mark.parametrize("with_refill", [False, True])
def test_the_guard_keeps_the_caps_of_the_day_before_but_not_over_a_refill(
    with_refill: bool,
) -> None:
    fields = continuous(16_000, volume_nl=1_500_000)
    slower = fields | {"tau_dh": 2_000}  # at once a cap of nearly half
    order: Action = (DAY, "refill", 1_300_000, slower) if with_refill else (DAY, "change", slower)
    ideal = Ideal(fields, [order], 2 * DAY)
    acts_s = DAY + HOUR
    by_volume = ideal.usable_nl(acts_s) * 10 // 2_000
    kept = -(-800 * ideal.rate_nl_h(HOUR) // 1_000)
    assert by_volume < kept
    assert ideal.rate_nl_h(acts_s) == (by_volume if with_refill else kept)


def test_a_refill_with_a_change_counts_at_once_and_acts_with_it() -> None:
    order: Action = (DAY + 5, "refill", 20_000_000, continuous(8_000))
    ideal = Ideal(continuous(10_000), [order], 2 * DAY)
    assert ideal.usable_nl(DAY + 5) == 19_500_000
    assert ideal.rates == [(0, 10_000), (DAY + 2 * HOUR, 8_000)]


def test_a_change_cannot_alter_the_motor() -> None:
    other = continuous(10_000, nl_per_1000_steps=1_000)
    with pytest.raises(ValueError, match="volume of a step"):
        Ideal(continuous(10_000), [(0, "change", other)], DAY)


# -- the bridge ----------------------------------------------------------------------------------
def bridged(
    old_rate: int, new_rate: int, *more: Action, bridge: bool = True, line_nl: int = LINE_NL
) -> Ideal:
    """The reservoir is filled with the other solution at one day, which acts one hour later."""
    old = with_boluses(old_rate, drugs=STRONG, tubing_nl=line_nl - 10_000, catheter_nl=10_000)
    new = with_boluses(new_rate, drugs=WEAK, tubing_nl=line_nl - 10_000, catheter_nl=10_000)
    order: Action = (DAY, "refill", 20_000_000, new, bridge)
    return Ideal(old, [order, *more], 3 * DAY)


def test_the_bridge_gives_what_is_left_in_the_line_at_the_old_average() -> None:
    ideal = bridged(10_000, 40_000)
    # 10 of 30 uL are given in the hour of waiting: 320 steps, 10000 nL
    assert ideal.rates == [(0, 10_000), (DAY + 3 * HOUR, 40_000)]
    assert ideal.volume_nl(DAY + 3 * HOUR) - ideal.volume_nl(DAY) == LINE_NL


def test_without_a_bridge_or_with_the_same_solution_the_new_program_holds_at_once() -> None:
    assert bridged(10_000, 40_000, bridge=False).rates[-1] == (DAY + HOUR, 40_000)
    same = with_boluses(40_000, drugs=STRONG)
    old = with_boluses(10_000, drugs=STRONG, tubing_nl=LINE_NL)
    ideal = Ideal(old, [(DAY, "refill", 20_000_000, same, True)], 2 * DAY)
    assert ideal.rates[-1] == (DAY + HOUR, 40_000)


@pytest.mark.parametrize(
    ("line_nl", "ends_s"), [(10_000, 3_600), (10_001, 3_601), (10_002, 3_601)]
)
def test_a_bridge_lasts_whole_seconds(line_nl: int, ends_s: int) -> None:
    ideal = bridged(10_000, 40_000, line_nl=line_nl)
    assert ideal.rates == [(0, 10_000), (DAY + ends_s, 40_000)]


def test_a_bridge_that_ends_on_a_full_hour_is_not_reckoned_again() -> None:
    # 333 1/3 steps an hour: 1000 are made by the end, 30000 nL, and the books miss the last 10.
    old = with_boluses(10_000, drugs=STRONG, tubing_nl=30_010, nl_per_1000_steps=30_000)
    new = old | {"steps": [[0, 40_000]], "drugs": WEAK}
    ideal = Ideal(old, [(DAY, "refill", 20_000_000, new, True)], 2 * DAY)
    assert ideal.rates == [(0, 10_000), (DAY + 3 * HOUR, 40_000)]


def test_a_stop_only_delays_the_bridge() -> None:
    stop_s = DAY + 2 * HOUR
    ideal = bridged(10_000, 40_000, (stop_s, "emergency_stop"), (stop_s + 900, "restart"))
    assert ideal.rates[-1] == (stop_s + 900 + HOUR, 40_000)


def test_a_bolus_shortens_the_bridge_at_the_next_full_hour() -> None:
    bolus: Action = (DAY + HOUR, "bolus", 5_000, 600, DAY + HOUR)
    ideal = bridged(10_000, 40_000, bolus)
    assert ideal.rates[-1] == (DAY + 2 * HOUR + 1_800, 40_000)


def test_a_bridge_stays_under_a_hold_and_is_reckoned_again() -> None:
    ideal = bridged(10_000, 40_000, (DAY + 2 * HOUR, "hold", DAY + 2 * HOUR))
    assert ideal.rate_nl_h(DAY + 2 * HOUR) == 250
    assert ideal.rate_nl_h(DAY + 6 * HOUR) == 250


def test_a_bridge_of_a_pump_that_was_limited_climbs_like_any_refill() -> None:
    old = program(
        mode="continuous", steps=[[0, 16_000]], volume_nl=1_000_000, tubing_nl=90_000, drugs=STRONG
    )
    new = old | {"drugs": WEAK, "volume_nl": 20_000_000}
    ideal = Ideal(old, [(2 * DAY, "refill", 20_000_000, new, True)], 4 * DAY)
    acts_s = 2 * DAY + HOUR
    assert ideal.rate_nl_h(acts_s) == ideal.rate_nl_h(acts_s - DAY) < 16_000


def test_no_periodic_bolus_begins_while_the_line_holds_the_old_solution() -> None:
    old = with_boluses(10_000, drugs=STRONG, tubing_nl=LINE_NL)
    new = with_boluses(10_000, drugs=WEAK, periodic=[[7_200, 5_000, 600], [10_800, 5_000, 600]])
    ideal = Ideal(old, [(DAY, "refill", 20_000_000, new, True)], 2 * DAY)
    starts = [t for t, rate, basal in ideal.changes if rate > basal]
    assert starts == [DAY + 3 * HOUR]  # the bridge ends in that second


@given(st.integers(100, 60_000), st.integers(100, 60_000), st.integers(10_000, 60_000))
def test_a_bridge_never_lets_the_dose_at_the_tip_exceed_the_larger_of_old_and_new(
    old_rate: int, new_rate: int, line_nl: int
) -> None:
    ideal = bridged(old_rate, new_rate, line_nl=line_nl)
    largest = max(old_rate * 2_000, new_rate * 500)
    # When the tip sees the new solution; the books round to a step and a second at most.
    slack_nl = Fraction(31_250, 1_000) + 2 + Fraction(max(old_rate, new_rate), HOUR)
    times = [t for t, _ in ideal.rates if t > DAY]
    for t_s in [DAY, *times]:
        for at_s in (t_s, t_s + 60):
            passed = ideal.volume_nl(min(at_s, 3 * DAY)) - ideal.volume_nl(DAY)
            if abs(passed - line_nl) <= slack_nl:
                continue
            conc = 2_000 if passed < line_nl else 500
            assert ideal.rate_nl_h(min(at_s, 3 * DAY)) * conc <= largest

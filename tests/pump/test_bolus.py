"""One bolus: exact to the nL for any volume and time, and accounted where it was cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.bolus import (
    BRIDGE,
    DEMAND,
    KINDS,
    NONE,
    PERIODIC,
    PRIME,
    SCREENING,
    SINGLE,
    Bolus,
    shortest_s,
    split_rate_nl_h,
)
from pump.units import NEVER_S

volumes_nl = st.one_of(st.integers(1, 100), st.integers(1, 5_000_000))
durations_s = st.one_of(st.integers(1, 100), st.integers(1, 21_600))
starts_s = st.sampled_from([0, 1, 3_599, 86_400, 10**8])


def begun(volume_nl: int, seconds: int, start_s: int = 0, kind: int = SINGLE) -> Bolus:
    bolus = Bolus()
    bolus.begin(kind, start_s, volume_nl, seconds, True)
    return bolus


def run(bolus: Bolus, until_s: int, longest_s: int = 10**6) -> list[tuple[int, int]]:
    """Give it as a planner does, in pieces of one rate; (rate, seconds) of each."""
    t_s, pieces = bolus.start_s, []
    while t_s < until_s:
        seconds = min(until_s - t_s, bolus.left_s(t_s), longest_s)
        assert seconds > 0
        rate = bolus.rate_nl_h(t_s)
        bolus.give(rate, seconds)
        pieces.append((rate, seconds))
        t_s += seconds
    return pieces


@given(volumes_nl, durations_s, starts_s, st.sampled_from([1, 7, 100_000]))
def test_any_volume_over_any_time_is_given_exactly(
    volume_nl: int, seconds: int, start_s: int, packet_s: int
) -> None:
    bolus = begun(volume_nl, seconds, start_s)
    pieces = run(bolus, start_s + seconds, max(packet_s, seconds // 50))
    assert bolus.given_nl == volume_nl
    assert sum(rate * span for rate, span in pieces) == 3600 * volume_nl
    assert sum(span for _, span in pieces) == seconds
    assert bolus.end(start_s + seconds) is True


@given(volumes_nl, durations_s, starts_s)
def test_it_runs_1_nl_h_faster_for_its_first_seconds(
    volume_nl: int, seconds: int, start_s: int
) -> None:
    bolus = begun(volume_nl, seconds, start_s)
    base, longer_s = divmod(3600 * volume_nl, seconds)
    expected = [(base + 1, longer_s), (base, seconds - longer_s)]
    assert run(bolus, start_s + seconds) == [piece for piece in expected if piece[1]]
    assert split_rate_nl_h(volume_nl, seconds) == base + (1 if longer_s else 0)


def test_its_rate_changes_to_the_second() -> None:
    bolus = begun(5, 7, start_s=100)  # 18,000 over 7 s: 2571 and 3 s longer
    assert [bolus.rate_nl_h(t) for t in (100, 102, 103, 106)] == [2_572, 2_572, 2_571, 2_571]
    assert [bolus.left_s(t) for t in (100, 101, 102, 103, 104, 106)] == [3, 2, 1, 4, 3, 1]


def test_a_bolus_says_what_it_is() -> None:
    bolus = Bolus()
    assert (bolus.kind, bolus.start_s, bolus.end_s) == (NONE, NEVER_S, NEVER_S)
    assert (bolus.volume_nl, bolus.given_nl, bolus.adds) == (0, 0, True)
    assert bolus.left_s(5) == NEVER_S
    bolus.begin(DEMAND, 50, 1_000, 60, False)
    assert (bolus.kind, bolus.start_s, bolus.end_s) == (DEMAND, 50, 110)
    assert (bolus.volume_nl, bolus.given_nl, bolus.adds) == (1_000, 0, False)
    bolus.end(110)
    assert (bolus.kind, bolus.start_s, bolus.end_s) == (NONE, NEVER_S, NEVER_S)
    assert (bolus.volume_nl, bolus.given_nl, bolus.adds) == (0, 0, True)
    assert bolus.left_s(5) == NEVER_S


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (SINGLE, "single"),
        (DEMAND, "on demand"),
        (PERIODIC, "periodic"),
        (PRIME, "prime"),
        (BRIDGE, "bridge"),
        (SCREENING, "screening"),
    ],
)
def test_the_log_says_when_what_and_how_much(kind: int, name: str) -> None:
    bolus = begun(1_000, 60, start_s=50, kind=kind)
    run(bolus, 110)
    bolus.end(110)
    assert bolus.log == [(50, name, "begun", 1_000, 60), (110, name, "given", 1_000, 60)]


def test_kinds_are_numbered_in_the_order_of_their_names() -> None:
    assert [KINDS[kind] for kind in range(7)] == list(KINDS)
    assert KINDS[NONE] == "none"


@given(volumes_nl, durations_s, st.data())
def test_an_interrupted_bolus_is_accounted_for_what_was_given(
    volume_nl: int, seconds: int, data: st.DataObject
) -> None:
    cut_s = data.draw(st.integers(0, seconds - 1))
    bolus = begun(volume_nl, seconds, 7)
    given = sum(rate * span for rate, span in run(bolus, 7 + cut_s)) // 3600
    assert bolus.given_nl == given
    assert bolus.end(7 + cut_s) is (given == volume_nl)
    event = "given" if given == volume_nl else "interrupted"
    assert bolus.log[-1] == (7 + cut_s, "single", event, given, cut_s)


def test_one_nl_too_little_is_no_whole_bolus() -> None:
    bolus = begun(1_000, 3_600)
    run(bolus, 3_600 - 1)
    assert bolus.given_nl == 999
    assert bolus.end(3_600) is False
    assert bolus.log[-1][2:] == ("interrupted", 999, 3_600)


@pytest.mark.parametrize("front_s", [1_000, 1_055, 1_056, 20_000, 20_011])
@pytest.mark.parametrize("cut_s", [0, 100, 1_054, 1_055, 1_056, 19_999])
def test_a_cut_takes_back_both_rates_of_a_bolus(front_s: int, cut_s: int) -> None:
    bolus, short = begun(50_000, 20_011), begun(50_000, 20_011)  # 1055 s at the higher rate
    run(bolus, front_s)
    bolus.take_back(cut_s, front_s)
    run(short, min(cut_s, front_s))
    assert bolus.given_nl == short.given_nl


@given(volumes_nl, durations_s, st.integers(0, 1_000), st.integers(0, 1_000))
def test_a_cut_takes_back_exactly_what_was_planned_and_not_made(
    volume_nl: int, seconds: int, front_permille: int, cut_permille: int
) -> None:
    front_s, cut_s = seconds * front_permille // 1000, seconds * cut_permille // 1000
    start_s = 1_000
    bolus, short = begun(volume_nl, seconds, start_s), begun(volume_nl, seconds, start_s)
    run(bolus, start_s + front_s)
    bolus.take_back(start_s + cut_s, start_s + front_s)
    run(short, start_s + min(cut_s, front_s))
    assert bolus.given_nl == short.given_nl
    bolus.give(1, 1800)
    short.give(1, 1800)  # and the parts of a nL too
    bolus.give(1, 1799)
    short.give(1, 1799)
    assert bolus.given_nl == short.given_nl


def test_a_bolus_that_was_cut_before_it_began_gave_nothing() -> None:
    bolus = begun(1_000, 60, start_s=500)
    run(bolus, 530)
    bolus.take_back(499, 530)
    assert bolus.given_nl == 0
    bolus = begun(1_000, 60, start_s=500)
    bolus.take_back(400, 500)
    assert bolus.given_nl == 0
    bolus.take_back(400, 499)
    assert bolus.given_nl == 0


def test_a_cut_never_takes_back_more_than_was_given() -> None:
    bolus = begun(1_000, 60)
    bolus.give(100, 60)  # held to less than its rate
    bolus.take_back(0, 60)
    assert bolus.given_nl == 0


def test_a_plan_that_reaches_beyond_the_bolus_takes_back_no_more_than_it() -> None:
    bolus = begun(1_000, 60)
    run(bolus, 60)
    bolus.take_back(30, 500)
    assert bolus.given_nl == 500


def test_a_second_bolus_starts_its_account_anew() -> None:
    bolus = begun(5, 7)
    bolus.give(3_000, 1)
    bolus.begin(PERIODIC, 100, 10, 36, True)
    assert (bolus.given_nl, bolus.volume_nl) == (0, 10)
    bolus.give(3_000, 1)
    assert bolus.given_nl == 0  # nothing carried over
    bolus.give(600, 1)
    assert bolus.given_nl == 1


@given(volumes_nl, st.integers(1, 144_000_000))
def test_the_shortest_time_keeps_the_flow_and_a_second_less_does_not(
    volume_nl: int, flow_nl_h: int
) -> None:
    seconds = shortest_s(volume_nl, flow_nl_h)
    assert split_rate_nl_h(volume_nl, seconds) <= flow_nl_h
    if seconds > 1:
        assert split_rate_nl_h(volume_nl, seconds - 1) > flow_nl_h


@pytest.mark.parametrize(
    ("volume_nl", "seconds", "rate"), [(1, 3_600, 1), (1, 3_599, 2), (1, 3_601, 1), (2, 7_199, 2)]
)
def test_the_highest_rate_is_rounded_up(volume_nl: int, seconds: int, rate: int) -> None:
    assert split_rate_nl_h(volume_nl, seconds) == rate

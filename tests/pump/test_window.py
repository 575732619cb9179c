"""The last 24 hours, against fractions: no window of a day ever holds more than the limit."""

from fractions import Fraction

import pytest
from device_program import DAY, HOUR
from hypothesis import given
from hypothesis import strategies as st
from traceability.mark import requirement

from pump.window import CHANGES_MAX, Window

Pieces = list[tuple[int, int, int]]  # start, end, rate

rates = st.one_of(
    st.sampled_from([0, 1, 3_599, 3_600, 7_200, 16_000, 144_000_000]),
    st.integers(0, 60_000),
)
spans_s = st.one_of(
    st.sampled_from([1, 2, 60, HOUR, DAY - 1, DAY, DAY + 1, 2 * DAY]), st.integers(1, 20_000)
)


def volume_nl(pieces: Pieces, begin_s: int, end_s: int) -> Fraction:
    """What `pieces` hold between two times."""
    inside = [(max(a, begin_s), min(b, end_s), rate) for a, b, rate in pieces]
    return Fraction(sum(rate * (b - a) for a, b, rate in inside if b > a), HOUR)


def fullest_nl(pieces: Pieces) -> Fraction:
    """The most in any window of a day: one of them begins or ends where a piece does."""
    edges = {t for a, b, _ in pieces for t in (a, b)}
    ends = edges | {t + DAY for t in edges}
    return max((volume_nl(pieces, t - DAY, t) for t in ends), default=Fraction(0))


def obey(window: Window, wanted: list[tuple[int, int]]) -> Pieces:
    """Give what is wanted as far as it is allowed, and else what leaves, as the planner does."""
    given_so_far: Pieces = []
    for rate, seconds in wanted:
        left_s = seconds
        while left_s:
            start_s = window.end_s
            allowed_s, used = window.allowed_s(rate, left_s), rate
            if allowed_s == 0:
                allowed_s, used = min(left_s, window.leaving_s()), window.leaving_nl_h()
            assert 1 <= allowed_s <= left_s
            window.give(used, allowed_s)
            given_so_far.append((start_s, start_s + allowed_s, used))
            left_s -= allowed_s
    return given_so_far


def of(*wanted: tuple[int, int], limit_nl: int = 10**9) -> Window:
    """A window that was given these."""
    window = Window(limit_nl)
    for rate, seconds in wanted:
        window.give(rate, seconds)
    return window


@requirement("I3")
@given(st.integers(0, 3_000_000), st.lists(st.tuples(rates, spans_s), max_size=25))
def test_no_window_of_a_day_holds_more_than_the_limit(
    limit_nl: int, wanted: list[tuple[int, int]]
) -> None:
    window = Window(limit_nl)
    pieces = obey(window, wanted)
    assert fullest_nl(pieces) <= limit_nl


@given(st.lists(st.tuples(rates, spans_s), max_size=30))
def test_what_is_counted_is_exact(wanted: list[tuple[int, int]]) -> None:
    window, pieces = Window(0), []
    for rate, seconds in wanted:
        pieces.append((window.end_s, window.end_s + seconds, rate))
        window.give(rate, seconds)
        held = volume_nl(pieces, window.end_s - DAY, window.end_s)
        assert window.given_nl == held // 1
    assert window.end_s == sum(seconds for _, seconds in wanted)


@given(
    st.integers(0, 2_000_000),
    st.lists(st.tuples(rates, spans_s), max_size=12),
    rates,
    spans_s,
)
def test_what_is_allowed_is_all_that_fits_until_the_rate_that_leaves_changes(
    limit_nl: int, wanted: list[tuple[int, int]], rate: int, seconds: int
) -> None:
    window = Window(limit_nl)
    pieces = obey(window, wanted)
    end_s = window.end_s
    allowed_s = window.allowed_s(rate, seconds)
    assert 0 <= allowed_s <= seconds
    assert fullest_nl([*pieces, (end_s, end_s + allowed_s, rate)]) <= limit_nl
    if allowed_s < min(seconds, window.leaving_s()):
        over = [*pieces, (end_s, end_s + allowed_s + 1, rate)]
        assert fullest_nl(over) > limit_nl


@given(st.integers(1, 1_000_000), st.integers(1, 100_000))
def test_a_steady_program_at_the_limit_is_not_lowered(rate: int, packet_s: int) -> None:
    window = Window(24 * rate)
    for _ in range(3 * DAY // packet_s % 200 + 3):
        left_s = packet_s
        while left_s:
            allowed_s = window.allowed_s(rate, left_s)
            assert allowed_s > 0
            window.give(rate, allowed_s)
            left_s -= allowed_s
    assert window.given_nl <= 24 * rate


def test_a_day_of_steps_and_boluses_at_the_limit_is_not_lowered() -> None:
    day = [(5_000, 6 * HOUR), (40_000, 600), (9_000, 10 * HOUR - 600), (1, 8 * HOUR)]
    held = volume_nl([(0, seconds, rate) for rate, seconds in day], 0, DAY)
    window = Window(-(-held // 1))
    for rate, seconds in day * 4:
        left_s = seconds
        while left_s:
            allowed_s = window.allowed_s(rate, left_s)
            assert allowed_s > 0
            window.give(rate, allowed_s)
            left_s -= allowed_s


def test_one_nl_below_the_limit_of_a_day_its_last_second_is_held() -> None:
    for limit_nl, allowed_s in ((24, DAY), (23, DAY - HOUR), (1, HOUR), (0, 0)):
        assert Window(limit_nl).allowed_s(1, DAY) == allowed_s


@pytest.mark.parametrize("rate", [1, 3_599, 3_600, 3_601, 10_000, 144_000_000])
def test_a_long_piece_is_cut_where_it_fills_the_window_however_much_room_there_is(
    rate: int,
) -> None:
    for limit_nl in (50_000, 50_001, 60_000, 5_000_000):
        fits_s = limit_nl * HOUR // rate
        window = Window(limit_nl)
        allowed_s = window.allowed_s(rate, 2 * DAY)
        assert allowed_s <= fits_s or fits_s >= DAY
        for wanted_s in (fits_s - 1, fits_s, fits_s + 1):
            if 0 < wanted_s <= DAY:
                assert window.allowed_s(rate, wanted_s) == min(wanted_s, fits_s)


def test_the_rest_of_a_nl_takes_room_as_well() -> None:
    for rest, allowed_s in ((1, 1), (2, 0)):
        window = of((rest, 1), limit_nl=1)
        assert window.given_nl == 0
        assert window.allowed_s(3_599, 1) == allowed_s


def test_what_fits_at_whatever_rate_it_leaves_is_allowed_at_once() -> None:
    window = of((100, 1), (200, DAY - 1), limit_nl=10_000)
    assert window.leaving_s() == 1
    room_nl = 10_000 - window.given_nl
    assert window.allowed_s(3_599, room_nl - 1) == room_nl - 1
    assert window.allowed_s(3_599, room_nl + 1) == 1


@pytest.mark.parametrize("room_nl", [0, 1, 2, 23])
def test_what_leaves_meanwhile_makes_room(room_nl: int) -> None:
    window = of((100, DAY), limit_nl=2_400 + room_nl)
    assert window.allowed_s(200, DAY) == room_nl * 36
    assert window.allowed_s(101, DAY) == room_nl * HOUR
    assert window.allowed_s(100, DAY) == DAY


def test_nothing_is_always_allowed() -> None:
    window = of((3_600, DAY), limit_nl=1)  # far above its limit
    assert window.allowed_s(0, 5 * DAY) == 5 * DAY
    assert window.allowed_s(3_600, 5 * DAY) == DAY  # what leaves may be replaced
    assert window.allowed_s(3_601, 1) == 0


def test_the_rate_of_24_hours_before_leaves_until_it_changed() -> None:
    window = of((100, 5), (200, 7))
    assert (window.leaving_nl_h(), window.leaving_s()) == (0, DAY - 12)
    window.give(300, DAY - 12)
    assert (window.leaving_nl_h(), window.leaving_s()) == (100, 5)
    window.give(300, 4)
    assert (window.leaving_nl_h(), window.leaving_s()) == (100, 1)
    window.give(300, 1)
    assert (window.leaving_nl_h(), window.leaving_s()) == (200, 7)
    window.give(300, 7)
    assert (window.leaving_nl_h(), window.leaving_s()) == (300, DAY)


def test_a_piece_longer_than_a_day_is_all_that_is_left_of_it() -> None:
    window = of((100, HOUR), (7, 3 * DAY))
    assert window.given_nl == 7 * 24
    assert window.end_s == 3 * DAY + HOUR
    assert window.snapshot()[3:] == [HOUR, 7]


def test_nothing_was_given_until_a_time_that_was_reached() -> None:
    window = of((3_600, 100))
    window.reach(100)
    window.reach(99)
    assert (window.end_s, window.given_nl) == (100, 100)
    window.reach(101)
    assert (window.end_s, window.given_nl) == (101, 100)
    window.reach(DAY + 50)
    assert (window.end_s, window.given_nl) == (DAY + 50, 50)
    window.reach(DAY + 100)
    assert window.given_nl == 0


def test_no_seconds_leave_no_trace() -> None:
    # A packet of no length would be a piece of no length that leaves a day later: for ever.
    window = of((5, 10))
    window.give(7, 0)
    assert window.snapshot() == of((5, 10)).snapshot()
    window.give(0, DAY - 10)
    window.limit_nl = window.given_nl
    assert window.allowed_s(5, 10) == 10


def test_the_same_rate_is_one_piece() -> None:
    window = of((5, 10), (5, 20), (6, 1), (5, 1))
    assert window.snapshot()[3:] == [0, 0, 0, 5, 30, 6, 31, 5]


# -- more changes than room ----------------------------------------------------------------------


def changing(count: int, seconds: int = 60) -> list[tuple[int, int]]:
    """That many changes of rate, up and down, no two neighbours alike."""
    return [(1_000 + 4_000 * (i % 2) + i, seconds) for i in range(count)]


@pytest.mark.parametrize(("changes", "exact"), [(94, True), (95, False), (130, False)])
def test_as_many_changes_as_fit_are_exact_and_more_stay_counted_longer(
    changes: int, exact: bool
) -> None:
    assert CHANGES_MAX == 96
    window, pieces = Window(10**9), []
    for rate, seconds in changing(changes):
        pieces.append((window.end_s, window.end_s + seconds, rate))
        window.give(rate, seconds)
    window.give(0, DAY - window.end_s)
    more = []
    for _ in range(2 * changes + 1):
        held = volume_nl(pieces, window.end_s - DAY, window.end_s)
        more.append(window.given_nl - held // 1)
        window.give(0, 30)
    assert min(more) == more[0] == more[-1] == 0
    assert (max(more) == 0) == exact


@given(
    st.lists(st.tuples(st.integers(0, 50_000), st.integers(1, 900)), min_size=97, max_size=150),
    st.integers(1, 400_000),
)
def test_taken_together_they_never_count_less_and_the_limit_still_holds(
    wanted: list[tuple[int, int]], limit_nl: int
) -> None:
    window, pieces = Window(limit_nl), []
    for i, (rate, seconds) in enumerate(wanted):
        pieces += obey(window, [(rate, seconds)])
        if i % 8:
            continue
        held = volume_nl(pieces, window.end_s - DAY, window.end_s)
        assert window.given_nl >= held // 1
        assert window.leaving_nl_h() >= 0
    assert fullest_nl(pieces) <= limit_nl


def test_what_was_taken_together_is_forgotten_a_day_later() -> None:
    window = of(*changing(130))
    window.give(0, DAY - 94 * 60)
    window.give(3_600, 94 * 60)
    assert window.given_nl == 94 * 60
    assert window.leaving_nl_h() == 0
    assert window.snapshot()[2] == 0


@pytest.mark.parametrize("oldest", [(9_000, 2_000), (2_000, 9_000)])
def test_the_two_oldest_are_one_at_the_lower_rate_and_the_rest_leaves_after_them(
    oldest: tuple[int, int],
) -> None:
    window = Window(10**9)
    window.give(oldest[0], DAY)  # the window is full of it
    window.give(oldest[1], 100)
    for i in range(CHANGES_MAX - 2):
        window.give(100 + i % 2, 10)
    pieces = [(0, DAY, oldest[0]), (DAY, DAY + 100, oldest[1])]
    end_s = DAY + 100 + 10 * (CHANGES_MAX - 2)
    assert window.end_s == end_s
    window.give(50, 1)
    held = volume_nl(pieces, end_s - DAY, end_s)
    held += Fraction(100 * 47 * 10 + 101 * 47 * 10 + 50 - 2_000, HOUR)
    assert window.given_nl == held // 1 == window.copy().given_nl
    assert window.leaving_nl_h() == 2_000
    assert window.leaving_s() == 2 * DAY + 100 - window.end_s
    state = window.snapshot()
    assert len(state) == 3 + 2 * CHANGES_MAX
    # All but the last second of both has left at the lower rate: what is more is still counted.
    window.give(50, 2 * DAY + 99 - window.end_s)
    lower_s = 100 if oldest[0] > oldest[1] else DAY - (end_s - DAY)
    higher_s = DAY + 100 - (end_s - DAY) - lower_s
    late = Fraction(7_000 * higher_s + 2_000, HOUR)
    rest = Fraction(201 * 47 * 10 + 50 * (2 * DAY + 99 - end_s), HOUR)
    assert window.given_nl == (late + rest) // 1
    assert window.leaving_nl_h() == 2_000
    window.give(50, 1)
    assert window.given_nl == (rest + Fraction(50, HOUR)) // 1
    assert window.leaving_nl_h() == 100


def test_what_stays_counted_outlives_a_reset_and_is_a_share_of_a_new_limit() -> None:
    window = of(*changing(96), limit_nl=1_000)
    late = window.snapshot()[2]
    assert late == 60 * 1_000
    other = Window(1)
    other.restore(window.snapshot())
    assert other.given_nl == window.given_nl
    other.rescale(3_000)
    assert other.snapshot()[2] == 3 * late
    other.rescale(7_001)
    assert other.snapshot()[2] == -(-late * 7_001 // 1_000)


# -- another solution, and a reset ---------------------------------------------------------------


def test_a_share_is_rounded_up_however_little_is_over() -> None:
    window = of((1, DAY), limit_nl=3)
    window.rescale(4)  # 1 1/3 nL/h
    assert window.leaving_nl_h() == 2
    window = of(*changing(96), limit_nl=7)
    assert window.snapshot()[2] == 60_000
    window.rescale(5)
    assert window.snapshot()[2] == 42_858  # and 1/7 less


def test_the_same_limit_is_no_new_one_even_if_it_is_nothing() -> None:
    window = of((3_600, 1_000), limit_nl=0)
    before = window.snapshot()
    window.rescale(0)
    assert (window.snapshot(), window.given_nl) == (before, 1_000)


def test_what_was_given_is_the_same_share_of_a_new_limit() -> None:
    window = of((3_600, 1_000), limit_nl=4_000)
    window.rescale(8_000)
    assert (window.limit_nl, window.given_nl) == (8_000, 2_000)
    window.rescale(2_000)
    assert (window.limit_nl, window.given_nl) == (2_000, 500)
    window.rescale(2_000)
    assert (window.limit_nl, window.given_nl) == (2_000, 500)


@given(
    st.lists(st.tuples(st.integers(0, 60_000), spans_s), max_size=12),
    st.integers(10, 10**6),
    st.integers(10, 10**6),
)
def test_a_share_is_rounded_to_the_safe_side_by_less_than_a_nl_h(
    wanted: list[tuple[int, int]], old_nl: int, new_nl: int
) -> None:
    window = of(*wanted, limit_nl=old_nl)
    exact = volume_nl(
        [
            (end - seconds, end, rate)
            for (rate, seconds), end in zip(
                wanted,
                [sum(s for _, s in wanted[: i + 1]) for i in range(len(wanted))],
                strict=True,
            )
        ],
        window.end_s - DAY,
        window.end_s,
    )
    window.rescale(new_nl)
    share = exact * new_nl / old_nl
    if old_nl == new_nl:
        assert window.given_nl == exact // 1
    else:
        assert share - 1 < window.given_nl < share + 24
    leaving = window.copy()
    leaving.give(0, DAY)
    assert leaving.given_nl == 0


def test_a_charge_counts_for_a_day_from_now_and_takes_no_time() -> None:
    for before in ([], [(3_600, 100)], [(3_600, 100), (7_200, 1)]):
        window = of(*before)
        end_s, given_nl = window.end_s, window.given_nl
        window.charge(50_000)
        assert (window.end_s, window.given_nl) == (end_s, given_nl + 50_000)
        window.give(0, DAY - 1)
        assert window.given_nl >= 50_000
        window.give(0, 1)
        assert window.given_nl == 0


@pytest.mark.parametrize("seconds", [1, 2, 3])
def test_a_charge_falls_into_the_last_second(seconds: int) -> None:
    window = of((3_600, 100), (7_200, seconds))
    window.charge(50_000)
    assert window.copy().given_nl == window.given_nl == 100 + 2 * seconds + 50_000
    assert window.snapshot()[-2:] == [99 + seconds, 7_200 + 50_000 * HOUR]


def test_two_charges_count_both() -> None:
    window = of((3_600, 100))
    window.charge(50_000)
    window.charge(50_000)
    assert window.given_nl == 100_100
    again = window.copy()
    assert again.given_nl == 100_100
    assert window.snapshot()[3:] == [0, 0, 0, 3_600, 99, 3_600 + 2 * 50_000 * HOUR]


def test_a_charge_finds_room_among_as_many_changes_as_fit() -> None:
    window = of(*changing(95))
    assert len(window.snapshot()) == 3 + 2 * CHANGES_MAX
    given_nl = window.given_nl
    window.charge(50_000)
    assert len(window.snapshot()) == 3 + 2 * CHANGES_MAX
    assert window.given_nl == window.copy().given_nl == given_nl + 50_000
    window.give(0, DAY)
    assert window.given_nl == 0


@given(
    st.integers(0, 200_000),
    st.lists(st.tuples(rates, st.integers(1, 20_000)), max_size=10),
    st.lists(st.tuples(rates, st.integers(1, 20_000)), max_size=10),
)
def test_a_charge_moves_nothing_else(
    limit_nl: int, before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    window = Window(limit_nl)
    pieces = obey(window, before)
    window.charge(50_000)
    pieces += obey(window, after)
    assert fullest_nl(pieces) <= limit_nl


@given(st.lists(st.tuples(rates, spans_s), max_size=120), st.lists(st.tuples(rates, spans_s)))
def test_a_copy_goes_its_own_way_and_a_snapshot_takes_up_where_it_was(
    wanted: list[tuple[int, int]], later: list[tuple[int, int]]
) -> None:
    window = of(*wanted, limit_nl=77_777)
    state = window.snapshot()
    other, restored = window.copy(), Window(1)
    restored.give(5, 5)
    restored.restore(list(state))
    assert other.snapshot() == restored.snapshot() == state
    for rate, seconds in later:
        other.give(rate, seconds)
    assert window.snapshot() == state
    for rate, seconds in later:
        for each in (window, restored):
            each.give(rate, seconds)
        assert window.given_nl == restored.given_nl
        assert window.allowed_s(16_000, HOUR) == restored.allowed_s(16_000, HOUR)
    assert window.snapshot() == restored.snapshot() == other.snapshot()


def test_a_snapshot_is_plain_numbers() -> None:
    window = of((100, 5), (200, 7), limit_nl=9)
    assert window.snapshot() == [9, 12, 0, 0, 0, 0, 100, 5, 200]
    fresh = Window(7)
    assert fresh.snapshot() == [7, 0, 0, 0, 0]
    assert (fresh.given_nl, fresh.leaving_nl_h(), fresh.leaving_s()) == (0, 0, DAY)

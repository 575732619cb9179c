"""The rows of flow.csv: one per pump hour, means over it, volumes at its beginning."""

import pytest
from synthetic import DAY, DEMO, HOUR, REFILL_S, demo_run, program, run_of

from pumprig.analysis import Ideal
from pumprig.analysis.flow import VolumeLine, flow_hours


def test_one_row_per_pump_hour() -> None:
    rows = flow_hours(demo_run())
    assert [row.t_s for row in rows] == list(range(0, 30 * DAY, HOUR))


def test_a_change_within_the_hour_gives_its_mean() -> None:
    half_past = program(steps=[[6 * HOUR + 1800, 8_000], [22 * HOUR, 16_000]])
    row = flow_hours(run_of(Ideal(half_past, [], DAY), half_past))[4]
    assert row.programmed_nl_h == row.rate_nl_h == 12_000
    assert row.delivered_nl_h == pytest.approx(12_000, abs=32)  # a step either way


def test_programmed_is_the_program_even_while_the_pump_gives_less() -> None:
    row = flow_hours(demo_run())[27 * 24 + 2]
    assert row.programmed_nl_h == 16_000
    assert row.rate_nl_h < 2_500
    assert row.delivered_nl_h == pytest.approx(row.rate_nl_h, abs=32)


def test_volumes_are_the_last_known_at_the_beginning_of_the_hour() -> None:
    rows = flow_hours(demo_run())
    assert (rows[0].usable_nl, rows[0].reservoir_nl) == (6_000_000, 6_500_000)
    before, after = rows[REFILL_S // HOUR], rows[REFILL_S // HOUR + 1]
    assert before.reservoir_nl is not None and after.reservoir_nl is not None
    assert before.reservoir_nl < 1_000_000
    assert after.reservoir_nl > 17_900_000


def test_without_a_bench_the_device_s_own_count_is_the_delivery() -> None:
    run = demo_run()
    with_truth = flow_hours(run)
    run.truth = []
    without = flow_hours(run)
    assert all(row.reservoir_nl is None for row in without)
    for a, b in zip(with_truth, without, strict=True):
        assert a.delivered_nl_h == pytest.approx(b.delivered_nl_h, abs=2)  # whole nL in the truth


def test_an_hour_begun_gets_a_row_of_what_it_had() -> None:
    run = run_of(Ideal(DEMO, [], 5400), DEMO)
    rows = flow_hours(run)
    assert [row.t_s for row in rows] == [0, HOUR]
    assert rows[1].delivered_nl_h == pytest.approx(16_000, abs=64)


def test_a_run_without_records_delivers_nothing_and_knows_nothing() -> None:
    run = run_of(Ideal(DEMO, [], HOUR), DEMO)
    run.samples, run.truth, run.rates = [], [], []
    (row,) = flow_hours(run)
    assert (row.rate_nl_h, row.delivered_nl_h) == (0, 0)
    assert (row.usable_nl, row.reservoir_nl) == (None, None)


def test_volume_is_straight_between_counts_and_level_after_the_last() -> None:
    line = VolumeLine([(0.0, 0.0), (10.0, 100.0), (20.0, 100.0)])
    assert [line.at(t) for t in (0, 5, 10, 15, 99)] == [0, 50, 100, 100, 100]
    assert line.rates(0, 15) == [(0.0, 10.0, 36_000.0)]

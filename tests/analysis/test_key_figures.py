"""The figures of summary.json, and null where a figure has no meaning."""

from dataclasses import replace

from synthetic import DAY, DEMO, DEMO_EVENTS, demo_run, run_of

from pumprig.analysis import Ideal, figures
from pumprig.analysis.programmed import Programmed
from pumprig.analysis.table import MEASURED_NOT, Row, figure_rows
from pumprig.rig.record import Run

ISSUE_FIGURES = {
    "rig",
    "micropython_version",
    "image_sha256",
    "time_scale",
    "pump_days",
    "wall_s",
    "steps_authorised",
    "steps_emitted",
    "steps_seen",
    "volume_error_steps_max",
    "rate_drop_max_per_day",
    "reservoir_min_nl",
    "alarms",
    "heap_free_min_bytes",
    "loop_ms_max",
}
NOT_ON_HOST = ("micropython_version", "image_sha256", "steps_seen", "heap_free_min_bytes")


def host_run() -> Run:
    run = demo_run(DEMO_EVENTS)
    run.rig = "host"
    run.truth = []
    for name in NOT_ON_HOST:
        setattr(run, name, None)
    return run


def test_every_figure_the_summary_must_hold_is_there() -> None:
    assert set(figures(demo_run())) >= ISSUE_FIGURES


def test_the_order_of_the_figures_does_not_depend_on_the_run() -> None:
    assert list(figures(demo_run())) == list(figures(host_run()))


def test_the_host_has_null_where_a_figure_means_nothing_there() -> None:
    found = figures(host_run())
    assert [found[name] for name in NOT_ON_HOST] == [None] * len(NOT_ON_HOST)
    assert found["steps_emitted"] == 190_879


def test_alarms_are_listed_with_time_condition_priority_and_event() -> None:
    found = figures(demo_run(DEMO_EVENTS))["alarms"]
    assert isinstance(found, list)
    assert len(found) == len(DEMO_EVENTS) - 1  # the refill is an order, not an alarm
    assert found[0] == {
        "t_s": 15 * DAY + 20 * 3600,
        "condition": "LOW_RESERVOIR",
        "priority": "medium",
        "event": "raised",
    }


def test_the_least_volume_is_the_bench_s_and_else_the_ledger_s() -> None:
    run = demo_run()
    ledger = min(sample.usable_nl for sample in run.samples) + 500_000
    run.truth[5] = replace(run.truth[5], reservoir_nl=ledger - 1)
    assert figures(run)["reservoir_min_nl"] == ledger - 1
    run.truth = []
    assert figures(run)["reservoir_min_nl"] == ledger
    run.samples = []
    assert figures(run)["reservoir_min_nl"] is None


def test_delivered_volume_is_the_head_s_and_else_the_steps_worth() -> None:
    run = run_of(Ideal(DEMO, [], DAY), DEMO)
    assert figures(run)["delivered_nl"] == 248_000
    run.truth = []
    assert figures(run)["delivered_nl"] == 248_000


def test_speed_is_pump_time_per_wall_time() -> None:
    run = demo_run()
    assert figures(run)["pump_s_per_wall_s"] == 30 * DAY / 60
    run.wall_s = 0.0
    assert figures(run)["pump_s_per_wall_s"] is None


def rows_of(run: Run) -> dict[str, Row]:
    return {row.label: row for row in figure_rows(figures(run), Programmed.of(run.program))}


def test_the_table_says_which_limits_were_held() -> None:
    run = demo_run()
    assert [row.held for row in rows_of(run).values() if row.limit] == [True] * 4
    run.steps_seen = run.steps_emitted - 1
    run.volume_error_steps_max = 1.0
    rows = rows_of(run)
    assert rows["Steps seen on the STEP pin"].held is False
    assert rows["Largest error against the ideal volume"].held is False


def test_the_table_claims_nothing_that_was_not_measured() -> None:
    row = rows_of(host_run())["Steps seen on the STEP pin"]
    assert (row.value, row.held) == (MEASURED_NOT, None)

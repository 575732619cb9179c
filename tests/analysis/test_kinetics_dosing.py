"""The dose rate that the teaching model is given is what the run delivered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import DAY, DEMO, HOUR, MORPHINE, continuous, demo_run, program, run_of

from pumprig.analysis import Ideal
from pumprig.analysis.kinetics_dosing import Dosing, dosing_of, infusion
from pumprig.rig.record import Run, Sample, TruthPoint


def run(device_program: dict[str, object], end_s: int = DAY, every_s: int = 900) -> Run:
    return run_of(Ideal(device_program, [], end_s), device_program, every_s)


def dosing(of: Run) -> Dosing:
    made = dosing_of(of)
    assert made is not None
    return made


def test_the_dose_is_the_volume_times_the_concentration() -> None:
    made = dosing(run(continuous(10_000)))
    assert made.times_s[0] == 0
    assert made.times_s[-1] == DAY
    assert made.dose_ng == pytest.approx(240_000 * 2, abs=100)  # 240 uL at 2000 ug/mL, one step


def test_what_left_the_head_counts_and_not_what_the_device_believes() -> None:
    believes = run(continuous(10_000))
    believes.samples = [Sample(s.now_ms, 0, 0, 0, 0, 0, 0) for s in believes.samples]
    assert dosing(believes).dose_ng > 0


def test_without_a_bench_the_steps_made_count() -> None:
    seen = run(continuous(10_000))
    counted = run(continuous(10_000))
    counted.truth = []
    assert dosing(counted).rates_ng_h == pytest.approx(dosing(seen).rates_ng_h, rel=1e-4)


def test_counts_every_few_seconds_make_one_rate_in_ten_minutes() -> None:
    assert len(dosing(run(continuous(10_000), DAY, every_s=7)).rates_ng_h) == 24 * 6


def test_a_change_between_two_hours_is_seen_in_a_long_run() -> None:
    device_program = continuous(10_000)
    changed = run_of(Ideal(device_program, [], 10 * DAY), device_program, HOUR)
    off_s = 5 * DAY + 1200
    given_nl = off_s * 10_000 // HOUR
    changed.truth = [p for p in changed.truth if p.t_s <= off_s]
    changed.truth += [TruthPoint(t, 0, given_nl, 0) for t in (off_s, off_s + HOUR)]
    made = dosing(changed)
    i = made.times_s.index(off_s)
    assert made.rates_ng_h[i - 1] == pytest.approx(20_000, rel=1e-2)
    assert set(made.rates_ng_h[i:]) == {0.0}


def test_a_count_that_falls_back_after_a_reset_gives_no_dose_below_zero() -> None:
    reset = run(continuous(10_000))
    reset.truth = [TruthPoint(0, 0, 0, 0), TruthPoint(HOUR, 0, 500, 0), TruthPoint(DAY, 0, 0, 0)]
    assert min(dosing(reset).rates_ng_h) == 0
    assert dosing(reset).dose_ng == pytest.approx(1000)


def test_a_run_that_delivered_nothing_has_a_dose_of_nothing() -> None:
    silent = run(DEMO)
    silent.truth, silent.samples = [], []
    assert dosing(silent).dose_ng == 0


@pytest.mark.parametrize("change", [{"drugs": MORPHINE}, {"profile": "pca"}])
def test_another_drug_or_another_profile_has_no_model(change: dict[str, object]) -> None:
    assert dosing_of(run(program(**change))) is None


def test_a_run_of_no_length_has_no_model() -> None:
    empty = demo_run()
    empty.pump_days = 0
    assert dosing_of(empty) is None


@given(stop_s=st.integers(0, 4 * DAY))
def test_a_stop_keeps_what_was_given_and_ends_the_rest(stop_s: int) -> None:
    whole = infusion(500, 3)
    stopped = whole.stopped_at(stop_s)
    assert stopped.times_s[-1] == whole.times_s[-1]
    assert set(whole.times_s) <= set(stopped.times_s)
    assert stopped.dose_ng == pytest.approx(500_000 * min(stop_s, 3 * DAY) / DAY)


@pytest.mark.parametrize(
    ("times_s", "rates", "words"),
    [
        ((0, 1), (), "one instant more"),
        ((0, 1, 1), (1.0, 1.0), "not in order"),
        ((0, 1), (-1.0,), "below zero"),
    ],
)
def test_a_dosing_that_cannot_be_is_refused(
    times_s: tuple[int, ...], rates: tuple[float, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Dosing(times_s, rates)

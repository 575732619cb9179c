"""Nothing is raised in a month in which nothing is wrong; an error is found when it is large."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pumprig.cli import app
from pumprig.measure import sensitivity
from pumprig.measure.sensitivity import Point, curve, quiet, reckoned_ppm

DEMO_NL_H = 10_417  # 0.25 mL a day


@pytest.mark.parametrize("rate_nl_h", [DEMO_NL_H, 1_000_000])
def test_a_month_of_noise_drift_and_pulsation_raises_nothing(rate_nl_h: int) -> None:
    assert quiet(rate_nl_h, days=30, time_scale=1440)["raised"] == []


def test_nine_thousand_weights_of_a_day_raise_nothing() -> None:
    day = quiet(DEMO_NL_H, days=1, time_scale=3)
    assert day["raised"] == []
    assert day["weights"] == 9_000


def test_what_is_wrong_in_quiet_days_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pump.weighing.ERROR_NL", 3_000)
    monkeypatch.setattr("pump.sensing.ERROR_NL", 3_000)
    raised = quiet(DEMO_NL_H, days=2, time_scale=1440)["raised"]
    assert raised
    assert raised[0].split()[0] in ("OVER_DELIVERY", "UNDER_DELIVERY")


def test_the_curve_is_what_the_thresholds_say_and_a_little_for_the_noise() -> None:
    (point,) = curve((100_000,), seeds=1, time_scale=240)
    for found_ppm in (point.over_ppm, point.under_ppm):
        assert found_ppm is not None
        assert abs(found_ppm - reckoned_ppm(100_000)) < 15_000


def test_what_a_day_is_too_short_for_is_none() -> None:
    (point,) = curve((2_000,), seeds=1, time_scale=1440)
    assert (point.over_ppm, point.under_ppm) == (None, None)
    assert point.reckoned_ppm == 1_300_000


def test_the_command_writes_figures_and_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensitivity, "RATES_NL_H", (2_000, 250_000))
    monkeypatch.setattr(sensitivity, "FINEST_PPM", 100_000)
    given = ["sensitivity", "--out", str(tmp_path), "--seeds", "1", "--days", "1"]
    done = CliRunner().invoke(app, [*given, "--time-scale", "1440"])
    assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "sensitivity.json").read_text())
    assert set(figures["curve"][0]) == set(Point.__slots__)  # type: ignore[attr-defined]
    assert [week["raised"] for week in figures["quiet"]] == [[], []]
    assert (tmp_path / "sensitivity.png").read_bytes().startswith(b"\x89PNG")


def test_a_false_alarm_is_a_failed_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pump.pressing.DOWN_PA", 6_000)
    monkeypatch.setattr("pump.sensing.DOWN_PA", 6_000)
    monkeypatch.setattr(sensitivity, "RATES_NL_H", (2_000,))
    given = ["sensitivity", "--out", str(tmp_path), "--seeds", "1", "--days", "1"]
    done = CliRunner().invoke(app, [*given, "--time-scale", "1440"])
    assert done.exit_code == 1
    assert "OCCLUSION_DOWN" in done.output

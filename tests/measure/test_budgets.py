"""What the firmware may cost."""

import pytest

from pumprig.measure.budgets import AT_LEAST, AT_MOST, broken

KEPT = {**AT_MOST, **AT_LEAST, "frozen_cpu_steps": 104.0, "frozen_cpu_steps_bound": 104.0}


def test_figures_that_are_just_their_budgets_are_let_pass() -> None:
    assert broken(KEPT) == []


@pytest.mark.parametrize("name", AT_MOST)
def test_a_figure_above_its_budget_is_named(name: str) -> None:
    limit, value = AT_MOST[name], AT_MOST[name] * 1.5
    assert broken(KEPT | {name: value}) == [f"{name}: {value:g}, allowed at most {limit:g}"]


@pytest.mark.parametrize("name", AT_LEAST)
def test_a_figure_below_its_least_is_named(name: str) -> None:
    limit, value = AT_LEAST[name], AT_LEAST[name] - 1
    assert broken(KEPT | {name: value}) == [f"{name}: {value:g}, allowed at least {limit:g}"]


def test_a_frozen_cpu_makes_no_step_more_than_was_released() -> None:
    assert broken(KEPT | {"frozen_cpu_steps": 105}) == [
        "frozen_cpu_steps: 105, allowed at most 104"
    ]


def test_a_figure_that_was_not_measured_is_named() -> None:
    assert broken(
        {name: value for name, value in KEPT.items() if name != "pulse_error_us_max"}
    ) == ["pulse_error_us_max: not measured"]

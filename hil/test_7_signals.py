"""Sounder and lamps: an alarm is heard and seen within a second of its cause."""

import pytest
from programs import HIGH_NL_H, HOUR_S, guard_nl, low_nl, steady
from pump_under_test import PumpUnderTest, active

from pump.program import FAST_PERMILLE
from pumprig.bench.chip import TICKS_PER_S
from pumprig.rig.emulated import EmulatedRig

pytestmark = pytest.mark.needs("pins")


def _changes(pump: PumpUnderTest, since_ticks: int) -> list[tuple[float, str, bool]]:
    """(seconds after `since_ticks`, which, on)."""
    rig = pump.rig
    assert isinstance(rig, EmulatedRig)
    changes = rig.signals.changes
    return [
        ((t - since_ticks) / TICKS_PER_S, name, on) for t, name, on in changes if t > since_ticks
    ]


def _ticks(pump: PumpUnderTest) -> int:
    rig = pump.rig
    assert isinstance(rig, EmulatedRig)
    return rig.chip.ticks()


def _first(changes: list[tuple[float, str, bool]], name: str) -> float:
    return min(t_s for t_s, which, on in changes if which == name and on)


def test_it_is_silent_and_dark_while_all_is_well(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.let_pass(0.5)  # what was sounding before ends with the start
    begin = _ticks(pump)
    pump.let_pass(3)
    assert _changes(pump, begin) == []


def test_an_emergency_stop_sounds_and_flashes_red_within_a_second(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.run_until_s(600)
    begin = _ticks(pump)
    pump.emergency_stop()
    pump.let_pass(4)
    changes = _changes(pump, begin)
    assert _first(changes, "sounder") < 1
    assert _first(changes, "red") < 1
    flashes = [t_s for t_s, name, on in changes if name == "red" and on]
    period_s = (flashes[-1] - flashes[0]) / (len(flashes) - 1)
    assert 1.4 <= 1 / period_s <= 2.8, "Hz, high priority (IEC 60601-1-8)"
    assert not any(name == "yellow" and on for _, name, on in changes)


def test_acknowledged_it_is_silent_and_still_red(pump: PumpUnderTest) -> None:
    pump.start(steady())
    pump.emergency_stop()
    pump.order("ack")
    pump.let_pass(0.2)
    begin = _ticks(pump)
    pump.let_pass(8)
    names = {name for _, name, _ in _changes(pump, begin)}
    assert names == {"red"}


@pytest.mark.parametrize(
    ("name", "lamp", "usable_nl"),
    [
        ("LOW_RESERVOIR", "yellow", low_nl(24 * HIGH_NL_H) + 6_000),
        ("TAPER_GUARD", "red", guard_nl() + 6_000),
        ("REFILL_DUE", "cyan", low_nl(24 * HIGH_NL_H) + 24 * HIGH_NL_H * FAST_PERMILLE // 1000),
    ],
)
def test_each_priority_has_its_lamp_and_sounds(
    pump: PumpUnderTest, name: str, lamp: str, usable_nl: int
) -> None:
    """Usable volume so that the condition comes up while the pump runs, a quarter hour on."""
    notice_s = 24 * HOUR_S - 900 if name == "REFILL_DUE" else 0
    begin = _ticks(pump)
    pump.start(steady(usable_nl, notices_s=[notice_s]))
    pump.expect("LOW_RESERVOIR", "TAPER_GUARD", "REFILL_DUE")
    raised_after_s = None
    while raised_after_s is None:
        pump.let_pass(0.02)
        if name in active(pump.status()):
            raised_after_s = (_ticks(pump) - begin) / TICKS_PER_S
        assert pump.status()["now_s"] < 3 * HOUR_S
    pump.let_pass(1)
    changes = [change for change in _changes(pump, begin) if change[0] > raised_after_s - 0.1]
    assert _first(changes, lamp) < raised_after_s + 1
    if name != "LOW_RESERVOIR":  # REFILL_DUE, which comes with it here, is sounding already
        assert _first(changes, "sounder") < raised_after_s + 1

"""The rig without a board: time by jumps, the same commands, no pins."""

import pytest
from short_program import PROGRAM, SCALE

from pumprig.rig import CannotHappen, RigUnknown, rig_named
from pumprig.rig.host import HostRig
from pumprig.rig.protocol import Truth
from pumprig.therapy import load_program_text

HOUR_S = 3600


@pytest.fixture
def rig() -> HostRig:
    rig = HostRig()
    rig.open()
    return rig


def started(rig: HostRig, scale: int = SCALE) -> None:
    therapy = load_program_text(PROGRAM.format(volume="3 mL"))
    rig.happen("refill", {"volume_nl": therapy.volume_nl})
    rig.link.order("stage", program=therapy.device_program())
    rig.link.order("start", scale=scale)


def test_nothing_passes_but_what_it_is_told_to_let_pass(rig: HostRig) -> None:
    started(rig)
    before = rig.link.order("status")["now_s"]
    for _ in range(3):
        assert rig.link.order("status")["now_s"] == before


def test_a_second_of_wall_time_is_scale_seconds_of_pump_time(rig: HostRig) -> None:
    started(rig, scale=1000)
    before = rig.link.order("status")
    rig.advance(1.234)
    after = rig.link.order("status")
    passed_ms = (after["now_s"] - before["now_s"]) * 1000 + after["now_ms"] - before["now_ms"]  # type: ignore[operator]
    assert passed_ms == 1_234_000


def test_the_head_of_the_host_is_the_ideal_one(rig: HostRig) -> None:
    started(rig)
    rig.advance(2.5)
    status = rig.link.order("status")
    steps = status["emitted"]
    assert isinstance(steps, int)
    assert steps > 0
    delivered_nl = steps * 31_250 // 1000
    assert rig.truth() == Truth(steps, delivered_nl, (3_000_000_000 - steps * 31_250) // 1000)


def test_before_a_program_nobody_knows_a_volume(rig: HostRig) -> None:
    assert rig.truth() is None


@pytest.mark.parametrize("action", ["power_cut", "freeze_cpu"])
def test_what_takes_a_board_cannot_happen(rig: HostRig, action: str) -> None:
    with pytest.raises(CannotHappen, match=f"^{action}: the host rig has no board; use --rig em"):
        rig.happen(action, {})


@pytest.mark.parametrize("name", ["", "hosts", "serial", "serial:", "emulator:1"])
def test_an_unknown_rig_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(RigUnknown, match="one of host, emulator, serial:PORT"):
        rig_named(name)


@pytest.mark.parametrize("by_s", [-40_000, 40_000])
def test_a_clock_that_jumps_is_set_right_and_no_longer_trusted(rig: HostRig, by_s: int) -> None:
    started(rig)
    rig.advance(10)
    before = rig.link.order("status")
    rig.happen("clock_jump", {"by_s": by_s})
    after = rig.link.order("status")
    assert after["now_s"] == before["now_s"]
    assert after["emitted"] == before["emitted"]
    assert rig.link.order("therapy")["clock_lost"] == 1

"""The short form of `make explore`, and whether the search finds what is wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from explore import explore
from explored_pump import INPUTS, ROOTS, ExploredPump, check_state
from traceability.mark import requirement

from pump import conditions as al
from pump.alarms import Alarms
from pump.bolus import Bolus
from pump.controller import Controller
from pump.planner import STOP, Planner
from pump.reservoir import Reservoir
from pump.taper import Taper


@requirement("I1", "I4")
def test_no_rule_is_broken_in_any_state_near_the_roots() -> None:
    found = explore(3000)
    assert not found.broken, f"{found.broken} after: {', '.join(found.path)}"
    assert found.states >= 3000 and found.depth >= 3
    # All there is was met, but power's reset, which is the watchdog's with another name.
    conditions = {str(row[0]) for row in al.CONDITIONS[: al.OVER_DELIVERY]} - {"POWER_INTERRUPTED"}
    faults = {"SELF_TEST_FAILED", "OCCLUSION_DOWN"}  # one that holds, one that stops
    assert set(found.seen) == conditions | faults | {"running", "stopped"}


def test_a_search_is_the_same_every_time() -> None:
    assert explore(100) == explore(100)


def but_silent(old: Callable[..., None]) -> Callable[..., None]:
    def silent(alarms: Alarms, condition: int, on: bool) -> None:
        old(alarms, condition, on and condition != al.RESUME_CAP)

    return silent


def but_for_a_step(old: Callable[..., None]) -> Callable[..., None]:
    return lambda reservoir, steps: old(reservoir, max(0, steps - 1))


def but_half_obeyed(old: Callable[..., Any]) -> Callable[..., Any]:
    def restart(c: Controller, now_s: int) -> Any:
        c.due[STOP] = now_s
        return old(c, now_s)

    return restart


def but_forgetful(old: Callable[..., Any]) -> Callable[..., Any]:
    def restore(taper: Taper, state: list[int]) -> None:
        old(taper, state)
        taper.stop_hours = 0

    return restore


def but_trusting(old: Callable[..., int]) -> Callable[..., int]:
    def sane(planner: Planner, now_s: int) -> int:
        return now_s if now_s > planner.front_s else old(planner, now_s)

    return sane


def but_fast(old: Callable[..., int]) -> Callable[..., int]:
    return lambda bolus, t_s: 2 * old(bolus, t_s)


FAULTS = [
    (Alarms, "set", but_silent, "in silence", ["low", "refill full", "wait"]),
    (Reservoir, "charge", but_for_a_step, "books", ["full"]),
    (Controller, "restart", but_half_obeyed, "half obeyed: restart", ["full", "restart"]),
    (Planner, "_sane", but_trusting, "not set right", ["full", "clock jumps"]),
    (Bolus, "rate_nl_h", but_fast, "too fast", ["three days on"]),
    (Taper, "restore", but_forgetful, "a record does not hold it all", ["full", "stop", "wait"]),
]


@pytest.mark.parametrize(
    ("owner", "name", "fault", "says", "path"), FAULTS, ids=[fault[1] for fault in FAULTS]
)
def test_a_fault_is_found_by_a_shortest_sequence_which_shows_it_again(
    owner: type,
    name: str,
    fault: Callable[..., Any],
    says: str,
    path: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner, name, fault(getattr(owner, name)))
    found = explore(3000)
    assert says in found.broken
    assert found.path == path
    with pytest.raises(AssertionError) as again:
        pump = ExploredPump(*ROOTS[path[0]])
        check_state(pump)
        for happen in path[1:]:
            INPUTS[happen](pump)
            check_state(pump)
    assert says in str(again.value)

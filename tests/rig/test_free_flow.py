"""A line that runs free is told as such, from a drip to all that gravity gives."""

import pytest
from traceability.mark import requirement

from pump import conditions as al
from pumprig.measure.sensitivity import started

RATE_NL_H = 10_000
UL = 1_000
MOST_S = 60  # of wall time beyond what 60 uL take


@requirement("R6.4.0(2)")
@pytest.mark.parametrize("nl_h", [2_000_000, 20_000_000, 60_000_000, 200_000_000, 1_000_000_000])
@pytest.mark.parametrize("stopped", [False, True], ids=["running", "stopped"])
def test_free_flow_is_told_however_fast_it_is(nl_h: int, stopped: bool) -> None:
    rig = started(RATE_NL_H, 1, 1)
    if stopped:
        rig.link.order("estop", confirm=True, reason="test")
        rig.advance(10)
    wanted = al.FREE_FLOW if stopped else al.OVER_DELIVERY
    rig.happen("fault", {"fault": "head.free_flow", "nl_h": nl_h})
    rig.advance(MOST_S + 60 * UL * 3600 / nl_h)
    assert rig.controller.alarms.active >> wanted & 1

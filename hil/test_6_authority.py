"""Keys: who has none gives no order, and may stop the pump all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import steady
from pump_under_test import PumpUnderTest

from pumprig.image.keys import new_keys, write_keys

# Should the run be ended in between, the board's keys are here; PUMPRIG_KEYS takes them.
KEPT = Path("out/hil/keys.json")
OPEN = {"operator": "", "service": ""}
WHY = "hil"


@pytest.fixture
def keys(pump: PumpUnderTest) -> Iterator[dict[str, str]]:
    """The board has these, and the client none. Afterwards it has those from before, or none."""
    before, keys = pump.link.keys, new_keys()
    if KEPT.exists():
        pytest.fail(
            f"{KEPT}: left by a run that was ended. Set PUMPRIG_KEYS to it if the board refuses"
            " orders for want of a key, and commission it anew; then delete the file"
        )
    write_keys(KEPT, keys)
    reply = pump.link.request("commission", **keys, reason=WHY)
    if "err" in reply:  # the board has not taken them; without an answer it may have
        KEPT.unlink()
        pytest.fail(f"commission: {reply['err']}")
    pump.link.keys = {}
    yield keys
    pump.link.keys = keys
    pump.order("commission", **(before or OPEN), reason=WHY)
    pump.link.keys = before
    KEPT.unlink()


def test_a_stranger_gives_no_order_and_stops_the_pump(
    pump: PumpUnderTest, keys: dict[str, str]
) -> None:
    assert pump.hello()["authority"] == "keys"
    pump.link.keys = keys
    pump.start(steady())
    pump.order("logout")
    pump.link.keys = {}
    assert pump.refusal("refill", volume_nl=3_000_000) == "s: refill takes a session as operator"
    calibrate = pump.refusal("calibrate", part="tubing", life_ml=500, reason=WHY)
    assert calibrate == "s: calibrate takes a session as service"
    assert pump.status()["state"] == "running"
    pump.emergency_stop()
    assert pump.status()["state"] == "stopped"
    assert pump.refusal("restart", program="hil", reason=WHY).startswith("s: restart takes")

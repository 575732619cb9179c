"""Who is at the other end, and is it well?"""

import pytest
from pump_under_test import PumpUnderTest

import link
import pump as firmware
from pump.conditions import CONDITIONS


def test_it_says_who_it_is(pump: PumpUnderTest) -> None:
    hello = pump.hello()
    assert hello["protocol"] == link.PROTOCOL
    assert hello["firmware"] == firmware.VERSION
    assert hello["self_test"] == "ok"
    assert hello["reset"] in ("power", "watchdog", "restart")


def test_its_alarm_table_is_the_one_the_host_reads_with(pump: PumpUnderTest) -> None:
    told: list[str] = []
    while len(told) < pump.hello()["conditions"]:
        page = pump.order("conditions", **{"from": len(told)})
        told += [name for name, _ in page["conditions"]]
    assert told == [row[0] for row in CONDITIONS]


@pytest.mark.needs("board")
def test_it_is_a_board_with_memory_to_spare(pump: PumpUnderTest) -> None:
    hello = pump.hello()
    assert "RP2" in hello["board"]
    assert hello["heap_free_min"] >= 56_000
    assert hello["loop_ms_max"] < 500


def test_at_rest_it_makes_no_step(pump: PumpUnderTest) -> None:
    before = pump.status()
    pump.let_pass(0.5)
    assert pump.status()["emitted"] == before["emitted"]

"""Checks that run on any rig: `pytest hil --rig emulator|host|serial:PORT`, in run order.

The session brings the rig to a known state, each check starts with a pump at rest, and after each
one nothing may have happened that it did not provoke. What a rig cannot do is not run, and said:
in a section at the end and in the properties of the JUnit file.
"""

from collections.abc import Callable, Iterator

import pytest
from programs import HOUR_SCALE
from pump_under_test import BY_WEIGHT, NOT_LOOKED_AT, PumpUnderTest, active

import pump as firmware
from pumprig.image import ImageError
from pumprig.rig import LinkError, Rig, RigUnknown, rig_named

# What a check may need, and why a rig may lack it.
NEEDS = {
    "board": "there is no chip in it",
    "pins": "nothing on it records the edges on the board's pins",
    "power": "cutting its power takes a person, or a switch in its supply",
    "freeze": "its CPU cannot be frozen from outside",
    "days": f"a day of pump time takes a minute there, at time scale {HOUR_SCALE} "
    "(give it the time with --patient)",
}
HAS = {
    "host": {"days"},
    "emulator": {"board", "pins", "power", "freeze", "days"},
    "serial": {"board"},
}
# Two packets of 256 steps, of which the first may just have begun (docs/architecture.md).
IN_FLIGHT_MAX = 512
LOOP_MS_MAX = 500  # the margin of a packet
HEAP_FREE_MIN = 56_000  # the firmware's own self-test


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rig", default="emulator", help="emulator, host or serial:PORT")
    parser.addoption(
        "--patient", action="store_true", help="run what takes minutes on a rig in real time"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"needs(what): {', '.join(NEEDS)}; not run without it")


def pytest_report_header(config: pytest.Config) -> str:
    return f"rig: {config.getoption('--rig')}"


def _lacking(item: pytest.Item) -> list[str]:
    has = set(HAS.get(item.config.getoption("--rig").partition(":")[0], ()))
    if item.config.getoption("--patient"):
        has.add("days")
    needs = [what for mark in item.iter_markers("needs") for what in mark.args]
    return [what for what in needs if what not in has]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    lacking = _lacking(item)
    if lacking:
        reason = "; ".join(NEEDS[what] for what in lacking)
        item.user_properties.append(("not_run", reason))
        pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rig = terminalreporter.config.getoption("--rig")
    not_run: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = dict(report.user_properties).get("not_run")
        if reason:
            not_run.setdefault(reason, []).append(report.nodeid.rpartition("/")[2])
    terminalreporter.section(f"not run on {rig}" if not_run else f"everything was run on {rig}")
    for reason, checks in not_run.items():
        terminalreporter.write_line(f"because {reason}:")
        for check in checks:
            terminalreporter.write_line(f"    {check}")


@pytest.fixture(scope="session")
def rig(
    request: pytest.FixtureRequest, record_testsuite_property: Callable[[str, object], None]
) -> Iterator[Rig]:
    """The rig in a known state: open, self-test ok, this firmware's version, at rest, silent."""
    try:
        rig = rig_named(request.config.getoption("--rig"))
        rig.open()
    except (RigUnknown, ImageError, LinkError) as error:
        pytest.exit(str(error), returncode=3)
    hello = rig.link.order("hello")
    if hello["firmware"] != firmware.VERSION:
        pytest.exit(
            f"the board runs firmware {hello['firmware']}, the checks are for {firmware.VERSION}: "
            "run `pumprig deploy PORT`",
            returncode=3,
        )
    if hello["self_test"] != "ok":
        pytest.exit(f"the board failed its self-test: {hello['self_test']}", returncode=3)
    _bring_to_rest(rig)
    for _ in range(100):  # the signal test of a board that has just been switched on
        if not rig.link.order("status")["signals"]["sounding"]:  # type: ignore[index]
            break
        rig.advance(0.1)
    if rig.name.startswith("serial"):  # nobody fills that vessel as the checks have it
        NOT_LOOKED_AT.update(BY_WEIGHT)
    for name in ("name", "micropython_version", "image_sha256"):
        record_testsuite_property(f"rig_{name}", getattr(rig, name))
    record_testsuite_property("rig_firmware", hello["firmware"])
    yield rig
    _bring_to_rest(rig)
    rig.link.request("ack")  # a bench that is left alone does not sound; its red lamp stays
    rig.close()


def _bring_to_rest(rig: Rig) -> None:
    if rig.link.order("status")["state"] == "running":
        rig.link.order("estop", confirm=True, reason="hil")
    rig.link.order("watch", every=0)
    rig.link.request("audio_on")  # refused where it is on
    rig.link.take_frames()


@pytest.fixture
def pump(rig: Rig) -> Iterator[PumpUnderTest]:
    """The pump at rest. Afterwards: no alarm that was not provoked, healthy counters, and every
    step accounted for."""
    _bring_to_rest(rig)
    rig.link.noise.clear()
    before = rig.link.order("hello")
    seen_before = _seen(rig)
    pump = PumpUnderTest(rig)
    yield pump
    status = pump.status()
    pump.collect()
    _bring_to_rest(rig)
    unexpected = ({*pump.raised()} | active(status)) - pump.expected
    if pump.started:
        assert not unexpected, f"alarms that the check did not provoke: {sorted(unexpected)}"
    _check_health(before, rig.link.order("hello"), pump.was_reset)
    assert not rig.link.noise, f"the device said what is no frame: {rig.link.noise}"
    _check_steps(pump, seen_before)


def _seen(rig: Rig) -> int | None:
    """Edges on the STEP pin, where something counts them that is not the firmware."""
    truth = rig.truth() if "pins" in HAS[rig.name.partition(":")[0]] else None
    return truth.steps_seen if truth else None


def _check_health(before: dict[str, object], after: dict[str, object], was_reset: bool) -> None:
    if "loop_ms_max" not in after:
        return  # the host rig has neither loop nor heap
    assert after["self_test"] == "ok"
    assert after["crash"] == before["crash"]
    assert int(str(after["loop_ms_max"])) < LOOP_MS_MAX
    assert int(str(after["heap_free_min"])) >= HEAP_FREE_MIN
    if not was_reset:
        assert after["dropped"] == before["dropped"], "frames were lost"


def _check_steps(pump: PumpUnderTest, seen_before: int | None) -> None:
    in_flight = [sample.authorised - sample.emitted for sample in pump.told.samples]
    assert all(-1 <= steps <= IN_FLIGHT_MAX for steps in in_flight), (
        min(in_flight),
        max(in_flight),
    )
    if not pump.started or pump.was_reset:
        return  # after a reset, what was made past the last record is known to the bench only
    status = pump.status()
    assert status["emitted"] == status["authorised"], "a pump at rest owes nothing"
    seen = _seen(pump.rig)
    if seen is not None and seen_before is not None:
        assert seen - seen_before == status["emitted"]

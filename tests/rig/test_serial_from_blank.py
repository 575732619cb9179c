"""The path of a real board, on a pty: MicroPython only, deploy, the checks, a run of the demo.

One emulated board for all of it, in the order of this file.
"""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulated_port import emulated_port, mpremote, run_command

from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig import LinkError, rig_named

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def port(image: Image) -> Iterator[str]:
    """A board with MicroPython and nothing else."""
    with emulated_port("--blank") as port:
        yield port


def test_a_blank_board_answers_mpremote(port: str) -> None:
    assert mpremote(port, "exec", "print(6 * 7)").strip() == "42"
    assert mpremote(port, "fs", "ls").split() == ["ls", ":"]


def test_a_blank_board_is_no_rig_and_it_says_what_to_do(port: str) -> None:
    with pytest.raises(LinkError, match=r"no pump runs there.*run `pumprig deploy"):
        rig_named(f"serial:{port}").open()


def test_deploy_puts_the_firmware_on_it_and_it_answers(port: str) -> None:
    done = run_command("pumprig", "deploy", port)
    assert done.returncode == 0, done.stderr
    count = len(firmware_files())
    assert f"{count} files sent" in done.stdout
    assert "answers, state: no program" in done.stdout


def test_the_checks_pass_and_say_what_was_not_run(port: str, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    done = run_command("pytest", "hil", "--rig", f"serial:{port}", f"--junitxml={junit}")
    assert done.returncode == 0, done.stdout
    suite = ElementTree.parse(junit).getroot().find("testsuite")
    assert suite is not None
    properties = {p.get("name"): p.get("value") for p in suite.findall("properties/property")}
    assert properties["rig_name"] == f"serial:{port}"
    skipped = [case for case in suite.findall("testcase") if case.find("skipped") is not None]
    files = {str(case.get("classname")) for case in skipped}
    assert {"hil.test_7_signals", "hil.test_8_power", "hil.test_9_watchdog"} <= files
    for case in skipped:
        (reason,) = [p.get("value") for p in case.findall("properties/property")]
        assert f"because {reason}:" in done.stdout
        assert str(case.get("name")) in done.stdout
    assert int(str(suite.get("tests"))) - len(skipped) >= 40


# Nobody fills the vessel behind that port, and the scale says so.
BY_WEIGHT = ("VOLUME_MISMATCH", "OVER_DELIVERY", "UNDER_DELIVERY", "SCALE_FAULT")


def test_a_run_of_the_demo_gives_the_day_totals_of_the_host(port: str, tmp_path: Path) -> None:
    summaries = []
    for rig in (f"serial:{port}", "host"):
        out = tmp_path / rig.partition(":")[0]
        command = ["pumprig", "run", "examples/demo.toml", "--rig", rig, "--days", "1.02"]
        done = run_command(*command, "--time-scale", "1440", "--out", str(out))
        assert done.returncode == 0, done.stderr
        summaries.append(json.loads((out / "summary.json").read_text()))
    serial, host = summaries
    assert serial["rig"] == f"serial:{port}"
    assert serial["micropython_version"]
    assert serial["day_totals"] == host["day_totals"] == [0, 7936]
    # Asked at other instants, they raise it at others.
    alarms = [
        [(a["condition"], a["event"]) for a in run["alarms"] if a["condition"] not in BY_WEIGHT]
        for run in summaries
    ]
    assert alarms == [[("REFILL_DUE", "raised")]] * 2
    assert serial["volume_error_steps_max"] < 1
    assert serial["steps_seen"] is None

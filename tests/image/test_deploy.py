"""Our firmware on to a board, whatever runs there and whatever goes wrong on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from emulated_port import emulated_port, mpremote, opened, run_command
from mpremote.transport_serial import SerialTransport

from link import PROTOCOL
from pump.conditions import CLOCK_FAULT, STOPPED
from pumprig.image import Image, ImageError
from pumprig.image import deploy as deploy_module
from pumprig.image.deploy import deploy, leave_pump
from pumprig.image.firmware import firmware_files
from pumprig.rig.link_client import LinkError
from pumprig.rig.serial_port import SerialRig
from pumprig.therapy import load_program

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def port(image: Image) -> Iterator[str]:
    """A board that runs our firmware; its file system is fresh."""
    with emulated_port() as port:
        yield port


def listing(port: str) -> set[str]:
    return set(mpremote(port, "exec", "import os; print(*os.listdir())").split())


def updated() -> dict[str, bytes]:
    """Our firmware with three files that differ from what the board holds."""
    files = dict(firmware_files())
    for name in ("device.mpy", "link/frames.mpy", "pump/units.mpy"):
        files[name] += b"\0"
    return files


@pytest.mark.emulator
def test_a_board_that_is_still_starting_is_waited_for(image: Image) -> None:
    """Slow enough for its first start to take ten seconds, as one that reserves flash does."""
    with emulated_port("--speed", "0.5") as port:
        leave_pump(port)
        assert mpremote(port, "exec", "print(1)").strip() == "1"


@pytest.mark.emulator
def test_a_board_that_has_it_all_is_sent_nothing(port: str) -> None:
    done = deploy(port, firmware_files())
    assert done.sent == 0
    assert done.files == len(firmware_files())
    assert done.state == "no program"


@pytest.mark.emulator
def test_what_differs_is_sent_and_main_last(port: str) -> None:
    said: list[tuple[str, str]] = []
    done = deploy(port, updated(), lambda stage, detail: said.append((stage, detail)))
    assert done.sent == 4
    copied = [detail for stage, detail in said if stage == "copy"]
    assert copied == [
        "1 of 4: device.mpy",
        "2 of 4: link/frames.mpy",
        "3 of 4: pump/units.mpy",
        "4 of 4: main.py",
    ]


@pytest.mark.emulator
def test_a_running_pump_is_stopped_first_and_stays_stopped(port: str) -> None:
    rig = opened(port)
    program = load_program(PROJECT / "examples" / "demo.toml").device_program()
    rig.link.order("stage", program=program)
    rig.link.order("start", scale=1440)
    rig.close()
    done = deploy(port, firmware_files())
    assert done.state == "stopped"
    rig.open()
    status, hello = rig.link.order("status"), rig.link.order("hello")
    rig.close()
    assert status["alarms"] == 1 << STOPPED | 1 << CLOCK_FAULT, "and says so"
    assert (hello["program"], hello["reset"]) == ("demo", "restart")


@pytest.mark.emulator
def test_a_board_of_another_protocol_is_refused_until_it_is_deployed_to(port: str) -> None:
    other = {**firmware_files(), "link/__init__.py": b"PROTOCOL = 99\n"}
    del other["link/__init__.mpy"]
    deploy(port, other)
    with pytest.raises(LinkError) as refused:
        SerialRig(port).open()
    assert str(refused.value) == (
        f"{port}: the board speaks protocol 99, this host {PROTOCOL}; run `pumprig deploy {port}`"
    )
    done = run_command("pumprig", "log", port)
    assert (done.returncode, done.stderr) == (1, f"{refused.value}\n")
    deploy(port, firmware_files())
    opened(port).close()


@pytest.mark.emulator
def test_a_torn_deploy_leaves_a_board_at_its_prompt(port: str) -> None:
    class CableOut(Exception):
        """The client dies in the middle of it."""

    def tear(stage: str, detail: str) -> None:
        if detail.startswith("2 of"):
            raise CableOut

    with pytest.raises(CableOut):
        deploy(port, updated(), tear)
    mpremote(port, "reset")
    assert "main.py" not in listing(port)
    done = deploy(port, firmware_files())
    assert done.sent == 2, "the one that got through, and main.py"
    assert done.state == "no program"


@pytest.mark.emulator
def test_a_file_that_arrives_altered_is_reported_and_does_not_run(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = SerialTransport.fs_writefile

    def alter(board: SerialTransport, name: str, data: bytes) -> None:
        write(board, name, data[:-1] + b"?" if name == "pump/units.mpy" else data)

    monkeypatch.setattr(SerialTransport, "fs_writefile", alter)
    with pytest.raises(ImageError, match=r"these differ on the board: pump/units\.mpy$"):
        deploy(port, updated())
    assert "main.py" not in listing(port)


@pytest.mark.emulator
def test_code_in_the_way_of_ours_goes_and_other_files_stay(port: str, tmp_path: Path) -> None:
    stray = tmp_path / "stray"
    stray.write_text("raise SystemExit\n")
    leave_pump(port)
    for name in ("device.py", "pump/units.py", "drivers/old.mpy", "notes.txt", "lib.py"):
        mpremote(port, "fs", "cp", str(stray), f":{name}")
    done = deploy(port, firmware_files())
    assert done.sent == 1, "main.py, which was away while the others went"
    leave_pump(port)
    assert {"notes.txt", "lib.py"} <= listing(port)
    assert "device.py" not in listing(port)
    assert "units.py" not in mpremote(port, "fs", "ls", ":pump")
    assert "old.mpy" not in mpremote(port, "fs", "ls", ":drivers")


@pytest.mark.emulator
def test_after_service_the_prompt_stays_and_no_watchdog_bites(port: str) -> None:
    leave_pump(port)
    said = mpremote(port, "exec", "import time; time.sleep(10); print('still here')")
    assert said.strip() == "still here"
    assert "main.py" in listing(port)
    leave_pump(port)
    assert mpremote(port, "exec", "print(1)").strip() == "1", "at a prompt it does nothing"


@pytest.mark.emulator
def test_a_board_that_dies_as_it_starts_can_be_deployed_to(port: str, tmp_path: Path) -> None:
    """Its watchdog resets it every 3 s; the way in is between two resets."""
    main = tmp_path / "main.py"
    main.write_text("import machine\nmachine.WDT(timeout=3000)\nraise ValueError\n")
    leave_pump(port)
    mpremote(port, "fs", "cp", str(main), ":main.py")
    mpremote(port, "reset")
    assert deploy(port, firmware_files()).state == "no program"


@pytest.mark.emulator
def test_what_held_the_firmware_before_does_not_hold_the_new_one(port: str) -> None:
    """A board left at its prompt, by three failed starts and by a session that broke off."""
    leave_pump(port)
    flags = "open('/failed', 'w').write('xxx'); open('/service', 'w').close()"
    mpremote(port, "exec", flags)
    assert deploy(port, firmware_files()).state == "no program"


@pytest.mark.emulator
def test_a_firmware_that_does_not_start_is_told(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy_module, "_FIRST_START_S", 1.0)
    files = {**firmware_files(), "main.py": b"while True: pass\n"}
    with pytest.raises(ImageError, match="are on the board, but they did not start within 1 s"):
        deploy(port, files)


def test_a_port_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    done = run_command("pumprig", "deploy", str(tmp_path / "ttyNONE"))
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "cannot be used" in line]
    assert len(lines) == 1
    assert "Traceback" not in done.stderr

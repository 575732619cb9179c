"""`pumprig commission` against a board: from then on orders need its keys, stopping none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from emulated_port import emulated_port, opened, run_command

from pumprig.image import Image, ImageError
from pumprig.image.deploy import deploy
from pumprig.image.firmware import firmware_files
from pumprig.image.keys import new_keys, read_keys, write_keys
from pumprig.rig.link_client import LinkError
from pumprig.rig.serial_port import SerialRig
from pumprig.therapy import load_program

PROJECT = Path(__file__).resolve().parents[2]
DEMO = PROJECT / "examples" / "demo.toml"


@pytest.fixture
def port(image: Image) -> Iterator[str]:
    with emulated_port() as port:
        opened(port).close()
        yield port


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this host keeps its keys; nothing is there yet."""
    path = tmp_path / "keys.json"
    monkeypatch.setenv("PUMPRIG_KEYS", str(path))
    return path


def commission(*words: str) -> tuple[int, str]:
    done = run_command("pumprig", "commission", *words)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.emulator
def test_a_board_with_keys_takes_orders_from_who_holds_them(
    port: str, keys: Path, tmp_path: Path
) -> None:
    code, said = commission(port)
    assert (code, said) == (0, f"board    {port}: has its keys\nkeys     {keys}\n")
    ours = SerialRig(port)  # reads the file
    ours.open()
    ours.link.order("stage", program=load_program(DEMO).device_program())
    ours.link.order("start", scale=60)
    ours.close()
    stranger = SerialRig(port)
    stranger.link.keys = {}
    stranger.open()
    with pytest.raises(LinkError, match=r"s: bolus takes a session as operator$"):
        stranger.link.order("bolus")
    stranger.link.order("estop", confirm=True, reason="anybody may")
    assert stranger.link.order("status")["state"] == "stopped"
    stranger.close()
    out = tmp_path / "export.hex"
    log = run_command("pumprig", "log", port, "--out", str(out))
    assert log.returncode == 0, log.stderr
    told = [line.split(None, 5)[4:] for line in log.stdout.splitlines()[:-1]]
    assert ["order", "login operator"] in told and ["order", "estop anybody may"] in told
    head = log.stdout.split()[-1]
    again = run_command("pumprig", "log", str(out), "--head", head)
    assert (again.returncode, again.stdout) == (0, log.stdout)
    # A deploy takes the service's key, and no reset or deploy takes the keys away.
    here = keys.rename(tmp_path / "elsewhere.json")
    with pytest.raises(ImageError, match=r"asks for the service's key, and there is none here$"):
        deploy(port, firmware_files())
    write_keys(keys, new_keys())
    with pytest.raises(ImageError, match=r"login refused: proof: wrong$"):
        deploy(port, firmware_files())
    here.replace(keys)
    assert deploy(port, firmware_files()).state == "stopped"
    stranger.open()
    with pytest.raises(LinkError, match=r"s: restart takes a session as operator$"):
        stranger.link.order("restart", program="demo", reason="test")
    stranger.close()


@pytest.mark.emulator
def test_keys_are_changed_with_the_old_ones_and_taken_away(
    port: str, keys: Path, tmp_path: Path
) -> None:
    assert commission(port)[0] == 0
    other = tmp_path / "new.json"
    code, said = commission(port, "--keys", str(other))
    assert (code, said) == (1, "commission refused: s: commission takes a session as service\n")
    assert commission(port, "--keys", str(other), "--old-keys", str(keys))[0] == 0
    assert read_keys(other) != read_keys(keys)
    code, said = commission(port, "--keys", str(other), "--open")
    assert (code, said) == (0, f"board    {port}: open to anybody\n")


def test_a_file_without_the_service_s_key_is_refused_before_anything_is_done(
    keys: Path,
) -> None:
    write_keys(keys, {"operator": "1" * 64})
    assert commission("/dev/null") == (2, f"{keys}: has no service\n")


def test_keys_that_are_named_do_not_stumble_over_the_host_s_own(
    keys: Path, tmp_path: Path
) -> None:
    keys.write_text("{")
    named = tmp_path / "named.json"
    code, said = commission("/dev/null", "--keys", str(named))
    assert code == 1 and "Traceback" not in said and str(keys) not in said
    assert read_keys(named), "kept for the next try"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--head", "00"], "--head: has no meaning for /dev/null\n"),
        (["--out", "/dev/null/export"], "--out: /dev/null/export cannot be written ("),
    ],
)
def test_the_log_of_a_board_refuses_what_it_cannot_do(options: list[str], says: str) -> None:
    done = run_command("pumprig", "log", "/dev/null", *options)
    assert done.returncode == 2 and done.stderr.startswith(says)
    assert done.stderr.count("\n") == 1

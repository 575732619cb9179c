"""The command line against a board: `pumprig emulate` as a process of its own, and its clients."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pumprig.rig.link_client import LinkError
from pumprig.rig.serial_port import SerialRig

PROJECT = Path(__file__).resolve().parents[1]
SPEED = 8  # times real time; what the pump does does not depend on it
_SAFETY_S = 300  # no command of these tests takes so long, unless it hangs


@contextmanager
def emulated_port(*options: str) -> Iterator[str]:
    """`pumprig emulate` with `options`; the port a client opens."""
    process = subprocess.Popen(
        [_script("pumprig"), "emulate", "--speed", str(SPEED), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stderr
    safety = threading.Timer(_SAFETY_S, process.kill)
    safety.start()
    try:
        first = process.stdout.readline()
        safety.cancel()  # many commands may follow, and a busy machine takes its time
        assert first.startswith("port "), process.stderr.read()
        yield first.split()[1]
    finally:
        safety.cancel()
        process.terminate()
        process.communicate()


def opened(port: str) -> SerialRig:
    """A rig at `port`, once its board answers: a first boot proves the watchdog before that."""
    rig = SerialRig(port)
    for tries_left in reversed(range(20)):
        try:
            rig.open()
            break
        except LinkError:
            assert tries_left
    return rig


def run_command(*command: str) -> subprocess.CompletedProcess[str]:
    """`command` in the project's folder, to its end. Its first word is a script of this venv."""
    return subprocess.run(
        [_script(command[0]), *command[1:]],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=_SAFETY_S,
    )


def mpremote(port: str, *words: str) -> str:
    """What a person's mpremote prints; fails the test when it fails."""
    done = run_command("mpremote", "connect", port, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))

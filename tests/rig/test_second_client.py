"""docs/link.md is enough to write a client from: one that uses nothing of ours runs a pump."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from emulated_port import emulated_port, opened

from pumprig.analysis.journal_log import check_log
from pumprig.image import Image
from pumprig.image.keys import new_keys
from pumprig.therapy import load_program

HERE = Path(__file__)
CLIENT = HERE.with_name("second_client.py")
DEMO = HERE.parents[2] / "examples" / "demo.toml"


def test_it_has_a_hundred_lines_and_imports_nothing_of_ours() -> None:
    text = CLIENT.read_text()
    assert len(text.splitlines()) <= 100
    imported = {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert "from " not in {line[:5] for line in text.splitlines()}
    assert imported <= sys.stdlib_module_names


@pytest.mark.emulator
def test_it_logs_in_runs_a_program_and_reads_the_log(image: Image, tmp_path: Path) -> None:
    program = tmp_path / "program.json"
    program.write_text(json.dumps(load_program(DEMO).device_program()))
    keys = new_keys()
    with emulated_port() as port:
        rig = opened(port)
        rig.link.order("commission", reason="test", **keys)
        rig.close()
        done = subprocess.run(
            [sys.executable, "-I", str(CLIENT), port, str(program), keys["operator"]],
            capture_output=True,
            text=True,
            timeout=200,
        )
    assert done.returncode == 0, done.stderr
    *lines, log = done.stdout.splitlines()
    assert lines == [
        "protocol 3",
        "stranger s: stop takes a session as operator",
        "staged 1",
        "state running",
        "estop 1",
    ]
    check = check_log(bytes.fromhex(log.removeprefix("log ")))
    assert check.is_whole
    assert "estop second client" in [record.text for record in check.records]

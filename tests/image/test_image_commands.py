"""`pumprig image` and `pumprig flash`: what they print and how they exit."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from pumprig.cli.flash import flash
from pumprig.cli.image import image
from pumprig.image import show
from pumprig.image.show import StageDisplay

app = typer.Typer()
app.command()(image)
app.command()(flash)


@pytest.mark.usefixtures("boots")
def test_image_prints_path_version_hash_and_source(
    tmp_path: Path, image_bytes: Callable[..., bytes]
) -> None:
    path = tmp_path / "a.uf2"
    path.write_bytes(image_bytes())
    result = CliRunner().invoke(app, ["image", "--image", str(path)])
    assert result.exit_code == 0
    printed = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert printed["path"] == str(path)
    assert printed["version"] == "MicroPython 1.25.0"
    assert printed["source"] == "given"
    assert len(printed["sha256"]) == 64


@pytest.mark.parametrize("command", ["image", "flash"])
def test_a_failure_exits_1_with_its_text(tmp_path: Path, command: str) -> None:
    path = tmp_path / "a.uf2"
    path.write_bytes(b"no image")
    result = CliRunner().invoke(app, [command, "--image", str(path)])
    assert result.exit_code == 1
    assert "no whole UF2 file" in result.stderr
    assert "--image PATH" in result.stderr


@pytest.mark.parametrize("arguments", [["--board", "PYBOARD"], ["--image", "/absent.uf2"]])
@pytest.mark.parametrize("command", ["image", "flash"])
def test_wrong_arguments_exit_2(command: str, arguments: list[str]) -> None:
    assert CliRunner().invoke(app, [command, *arguments]).exit_code == 2


def test_without_a_terminal_each_stage_is_one_line_and_one_more_every_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, now_s = StringIO(), [5.0]
    monkeypatch.setattr(show.time, "monotonic", lambda: now_s[0])
    with StageDisplay(Console(file=out)) as progress:
        progress("compile", "RPI_PICO")
        for second, share in ((64.9, "50 %"), (65.0, "51 %"), (124.9, "99 %")):
            now_s[0] = second
            progress("compile", share)
        progress("verify", "[booting] it")
    assert [line.strip() for line in out.getvalue().splitlines()] == [
        "0.0 s  compile: RPI_PICO",
        "60.0 s  compile: 51 %",
        "119.9 s  verify: [booting] it",
    ]

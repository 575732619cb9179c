"""The firmware says the version of the project it belongs to."""

import tomllib
from pathlib import Path

import pump


def test_the_firmware_and_the_project_have_one_version() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["version"] == pump.VERSION

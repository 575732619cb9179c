"""The demo program as a text to change: each test says which line of it differs."""

from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
Edit = Callable[..., str]


@pytest.fixture(scope="session")
def examples() -> Path:
    return EXAMPLES


@pytest.fixture(scope="session")
def demo() -> Edit:
    """`demo("old", "new", ...)`: the demo's text with each old replaced by the new after it."""
    original = (EXAMPLES / "demo.toml").read_text(encoding="utf-8")

    def edit(*changes: str) -> str:
        text = original
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert text.count(old) == 1, f"{old!r} must stand once in the demo"
            text = text.replace(old, new)
        return text

    return edit

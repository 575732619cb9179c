"""What every room's tests share: the MicroPython image, and how hard hypothesis looks.

`HYPOTHESIS_PROFILE=long` looks fifty times as hard, with new examples at every run; `mutants`
looks little and the same at every run, and shrinks nothing: `make mutants` only asks whether a
test fails.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from pumprig.image import Image, ensure_image

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("usual", max_examples=100, derandomize=True, database=None, **_COMMON)
settings.register_profile("long", max_examples=10_000, print_blob=True, **_COMMON)
settings.register_profile(
    "mutants",
    max_examples=10,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    **_COMMON,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


os.environ["PUMPRIG_KEYS"] = os.devnull + "/none"  # of whoever runs the tests: not ours


@pytest.fixture(scope="session")
def image() -> Image:
    """The stock MicroPython image for the emulated Pico; made or fetched once, then cached."""
    return ensure_image()

"""The programs that are measured, as a user would write them."""

from pumprig.image.firmware import PROJECT_ROOT
from pumprig.therapy import Therapy, load_program, load_program_text

DEMO = PROJECT_ROOT / "examples" / "demo.toml"
DEMO_SCENARIO = PROJECT_ROOT / "examples" / "demo-scenario.toml"

# At 1 mL/h the taper guard needs 35 mL even with the largest daily reduction allowed.
_CONTINUOUS = """
[therapy]
name = "measured"
profile = "itb"
indication = "spinal"
[[drug]]
name = "baclofen"
concentration = "80 ug/mL"
[reservoir]
capacity = "50 mL"
volume = "50 mL"
residual = "0.5 mL"
low_alarm = "2 mL"
tolerance = "0.5 mL"
[basal]
mode = "continuous"
dose = "{flow}"
[taper]
max_daily_reduction = "50 %"
minimum_rate = "0.006 mL/day"
[pump]
step_volume = "{step}"
max_step_rate = "15000 Hz"
"""


def demo(volume: str = "6.5 mL") -> Therapy:
    """The demo's program, with another filling if need be."""
    if volume == "6.5 mL":
        return load_program(DEMO)
    text = DEMO.read_text(encoding="utf-8")
    return load_program_text(text.replace('"6.5 mL"', f'"{volume}"'))


def continuous(flow: str, step: str = "31.25 nL") -> Therapy:
    return load_program_text(_CONTINUOUS.format(flow=flow, step=step))

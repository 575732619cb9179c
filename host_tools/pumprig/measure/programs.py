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

_STEP = """
[[basal.{table}]]
at = "{hour:02}:00"
dose = "{dose} ug/h"
"""
_EVERYTHING = """
[therapy]
name = "everything"
profile = "itb"
indication = "spinal"
[[drug]]
name = "baclofen"
concentration = "2000 ug/mL"
[[drug]]
name = "morphine"
concentration = "1000 ug/mL"
daily_max = "15000 ug/day"
[reservoir]
capacity = "20 mL"
volume = "20 mL"
residual = "0.5 mL"
low_alarm = "2 mL"
tolerance = "0.5 mL"
[basal]
mode = "flex"
{steps}
[[basal.variant]]
days = ["tue", "sat", "sun"]
{variant}
[bolus]
adds = true
max = "50 ug"
shortest = "10 min"
gap = "30 min"
per_day = 3
[[bolus.periodic]]
dose = "4 ug"
over = "30 min"
every = "2 h"
[taper]
max_daily_reduction = "20 %"
minimum_rate = "0.006 mL/day"
[line]
tubing = "0.14 mL"
catheter = "0.17 mL"
[pump]
step_volume = "31.25 nL"
max_step_rate = "15000 Hz"
"""


def everything() -> Therapy:
    """Two drugs, a step every hour and other ones at the weekend, a bolus every two hours."""
    hours = [(hour, 12 + hour % 5) for hour in range(24)]
    steps = "".join(_STEP.format(table="step", hour=h, dose=d) for h, d in hours)
    other = "".join(_STEP.format(table="variant.step", hour=h, dose=d + 1) for h, d in hours)
    return load_program_text(_EVERYTHING.format(steps=steps, variant=other))


def demo(volume: str = "6.5 mL") -> Therapy:
    """The demo's program, with another filling if need be."""
    if volume == "6.5 mL":
        return load_program(DEMO)
    text = DEMO.read_text(encoding="utf-8")
    return load_program_text(text.replace('"6.5 mL"', f'"{volume}"'))


def continuous(flow: str, step: str = "31.25 nL") -> Therapy:
    return load_program_text(_CONTINUOUS.format(flow=flow, step=step))

"""A small program in the words of a program file, and what a run of it leaves behind."""

from pumprig.rig import Rig
from pumprig.rig.record import Run
from pumprig.rig.run import Plan, run_program
from pumprig.therapy import load_program_text, load_scenario_text

# The largest daily reduction there is, a halving, makes tau 35.2 h: so 3 days at 8 and 12 uL/h are
# enough for low alarm, guard and refill. 256 and 384 steps an hour keep the emulator quick.
PROGRAM = """
[therapy]
name = "short"
profile = "itb"
indication = "spinal"
[[drug]]
name = "baclofen"
concentration = "2000 ug/mL"
[reservoir]
capacity = "20 mL"
volume = "{volume}"
residual = "0.1 mL"
low_alarm = "0.2 mL"
tolerance = "0.1 mL"
refill_notice = "1 h"
[basal]
mode = "flex"
lead = "2 h"
[[basal.step]]
at = "01:30"
dose = "16 ug/h"
[[basal.step]]
at = "18:00:07"
dose = "24 ug/h"
[taper]
max_daily_reduction = "50 %"
minimum_rate = "0.024 mL/day"
[pump]
step_volume = "31.25 nL"
"""
SCALE = 1440


def execute(rig: Rig, days: float, scenario: str = "", volume: str = "0.85 mL") -> Run:
    """Run PROGRAM with `scenario` on a rig that is not open yet."""
    text = PROGRAM.format(volume=volume)
    plan = Plan(
        therapy=load_program_text(text),
        program_text=text,
        days=days,
        time_scale=SCALE,
        events=load_scenario_text(scenario) if scenario else [],
        scenario_text=scenario,
    )
    rig.open()
    try:
        return run_program(rig, plan, lambda _progress: None)
    finally:
        rig.close()


def alarms(run: Run) -> list[tuple[str, str]]:
    """(condition, event) in the order in which they came."""
    return [(event.name, event.event) for event in run.events if event.kind == "alarm"]


def notes(run: Run) -> list[str]:
    return [event.text for event in run.events if event.kind == "note"]

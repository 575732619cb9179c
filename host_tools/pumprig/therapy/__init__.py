"""Program and scenario files: text with units in, integers for the device out, or every fault."""

from pumprig.therapy.program import load_program, load_program_text
from pumprig.therapy.refusals import ProgramRefused
from pumprig.therapy.scenario import ScenarioEvent, load_scenario, load_scenario_text
from pumprig.therapy.therapy import Therapy
from pumprig.therapy.time_scale import max_time_scale, refuse_time_scale

__all__ = [
    "ProgramRefused",
    "ScenarioEvent",
    "Therapy",
    "load_program",
    "load_program_text",
    "load_scenario",
    "load_scenario_text",
    "max_time_scale",
    "refuse_time_scale",
]

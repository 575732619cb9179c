"""What must hold between and for the keys of a program file before it may run.

Every comparison is made on whole device units, the numbers that the firmware gets and checks
again. A key that is None (absent or already at fault) takes part in no rule. The dose of a day and
of 24 h needs a file without faults and comes after these: rules_dose.py.
"""

from collections.abc import Iterator

from pumprig.therapy import rules_basal, rules_bolus, rules_drug, rules_pump, rules_reservoir
from pumprig.therapy.profile import Profile, packaged
from pumprig.therapy.program_file import ProgramFile
from pumprig.therapy.refusals import Fault


def faults_of(file: ProgramFile, profile: Profile | None = None) -> Iterator[Fault]:
    """Every fault, in the order of the file. Without a profile: what is published all the same."""
    yield from rules_drug.faults(file, profile or packaged("itb"))
    yield from rules_reservoir.faults(file)
    yield from rules_basal.faults(file)
    yield from rules_bolus.faults(file)
    yield from rules_pump.faults(file)

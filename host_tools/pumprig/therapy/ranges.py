"""Which values each key may take, and why these: one closed range per key.

The firmware checks the same ranges again, in device units and in its own words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from pumprig.therapy import units
from pumprig.therapy.refusals import Fault, quoted
from pumprig.therapy.units import Kind, Quantity, in_unit, quantity

MAX_DRUGS = 4  # a mixture of more is no longer one that anybody has tested
MAX_VARIANTS = 6  # one for each day but one
MAX_NOTICES = 4
MAX_STEPS = 24  # implants take 13 steps a day (docs/sources.md, S); one an hour is enough


@dataclass(frozen=True, slots=True)
class Range:
    """A closed range as people write it, and in whole device units."""

    low_text: str
    high_text: str
    unit: str
    kind: Kind
    remedy: str
    source: str = ""

    def __str__(self) -> str:
        return f"allowed {self.low_text} to {self.high_text} {self.unit}"

    @property
    def low(self) -> int:
        low = f"{self.low_text} {self.unit}"
        return quantity(low, self.kind, zero_allowed=True, signed=True).whole

    @property
    def high(self) -> int:
        return quantity(f"{self.high_text} {self.unit}", self.kind).whole


# Implants hold 20 or 40 mL (docs/sources.md, S); the rig takes a 50 mL syringe as well.
CAPACITY = Range("1", "50", "mL", units.VOLUME, "use a reservoir of such a size")
REFILL_NOTICE = Range("0", "60", "day", units.DURATION, "ask for notice within this range")
# A year is longer than any filling keeps.
REFILL_AFTER = Range("0", "365", "day", units.DURATION, "plan the refill within a year")
# The largest ledger error that a reservoir of 20 mL can bear and still be told from empty.
TOLERANCE = Range("0", "5", "mL", units.VOLUME, "use a pump that knows better")
STABLE = Range("1", "365", "day", units.DAYS, "state what was shown")
# The largest daily dose of the densest solution at the largest flow would be more; no drug is.
DAILY_DOSE = Range("1", "1000000", "ug/day", units.DAILY_DOSE, "check the unit")
OTHER_DRUG = Range("1", "100000", "ug/mL", units.CONCENTRATION, "check the label")
# The longest lead that cannot be mistaken for the other end of the day.
LEAD = Range("0", "12", "h", units.DURATION, "shorten the lead")
# Below 1 % a day the guard would need months of supply; above 50 % it is no taper any more
# (the fastest supervised taper published is 20 to 50 % a day: docs/sources.md, T).
REDUCTION = Range("1", "50", "%", units.SHARE, "choose a reduction that is still a taper")
# Implants idle at 0.006 mL/day (docs/sources.md, S). Above 0.1 mL/day it would be therapy, below
# 0.001 mL/day the device's whole nL/h become too coarse.
MINIMUM_RATE = Range("0.001", "0.1", "mL/day", units.FLOW, "use about 0.006 mL/day")
# 1 nL/h is the finest flow the device counts; implants give 1 mL/h (docs/sources.md, S).
PUMP_FLOW = Range("0.000001", "1", "mL/h", units.FLOW, "declare what the pump can do")
# One second of the plan holds 40 uL at most, the device's largest packet.
BOLUS_FLOW = Range("0.000001", "144", "mL/h", units.FLOW, "declare what the pump can do")
# The largest screening bolus is 2 mL (docs/sources.md, U); a line holds at most as much.
BOLUS_VOLUME = Range("0", "5", "mL", units.VOLUME, "give less at once")
LINE_VOLUME = Range("0", "2", "mL", units.VOLUME, "measure the line")
# 6 h: Open PCA requirement R5.3.0(5).
BOLUS_DURATION = Range(
    "1", "21600", "s", units.DURATION, "give it within 6 h", "Open PCA R5.3.0(5)"
)
BOLUS_GAP = Range("0", "24", "h", units.DURATION, "shorten the gap")
BOLUSES_A_DAY = (0, 24)
STEP_VOLUME = Range("1", "200", "nL", units.STEP_VOLUME, "check gearing and tubing")
STEP_RATE = Range("1", "15000", "Hz", units.FREQUENCY, "declare what the motor can do")


# Profiles. Less than the device's finest step is no limit, more than doubling is no titration.
PROFILE_RISE = Range("1", "100", "%", units.SHARE, "state a daily step")

# Scenarios. Ten years outlast any run, and their seconds still fit the device's integers.
MOMENT = Range("0", "3650", "day", units.MOMENT, "let it happen earlier")
REFILL = Range("0.000001", "50", "mL", units.VOLUME, "refill with what a reservoir can hold")
WITHDRAWN = Range("0", "50", "mL", units.VOLUME, "say what came out")
# As long as the device watches after a screening bolus.
HELD = Range("0", "72", "h", units.HOURS, "say how long the effect held")
# Further than any clock drifts, near enough for the device's integers.
CLOCK_JUMP = Range("-366", "366", "day", units.DURATION, "let the clock jump less far")
POWER_CUT = Range("0.001", "3600", "s", units.WALL_TIME, "cut the power for a time in this range")


def within(path: str, given: Quantity | None, allowed: Range) -> Iterator[Fault]:
    """A fault when a given value, in whole device units, is outside its range."""
    if given is not None and not allowed.low <= given.whole <= allowed.high:
        found = told(given, given.exact, allowed.unit)
        yield Fault(path, found, str(allowed), allowed.remedy, allowed.source)


def told(given: Quantity, value: Fraction, unit: str) -> str:
    """What was written and, when that was in another unit, what it is in this one.

    `value` is in the device's unit; for a dose it is the flow in nL/h that the dose needs.
    """
    if given.text.lstrip("+-.0123456789 ") == unit:
        return quoted(given.text)
    is_dose = given.kind is units.DOSE_RATE
    device_unit = units.FLOW.device_unit if is_dose else given.kind.device_unit
    return f"{quoted(given.text)} is {in_unit(value, device_unit, unit)}"

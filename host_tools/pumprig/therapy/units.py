"""What does "500 ug/day" mean? Text with a unit in, an exact number in the device's unit out.

No float is involved: numbers are read into fractions, and the unit factors are exact ratios.
The registry holds the units below and no others, so that "20 pt" or "3 fortnight" is refused
instead of guessed, and so that starting is quick.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from pint import DimensionalityError, UndefinedUnitError, UnitRegistry
from pydantic import PlainValidator

from pumprig.therapy.refusals import quoted, refusal

_UNITS = """
pico- = 1e-12 = p-
nano- = 1e-9 = n-
micro- = 1e-6 = u- = µ- = \u03bc- = mc-
milli- = 1e-3 = m-
kilo- = 1e3 = k-
gram = [mass] = g
liter = [volume] = L = l
second = [time] = s
minute = 60 * second = min
hour = 60 * minute = h
day = 24 * hour = d
hertz = 1 / second = Hz
percent = [share]
permille = 0.1 * percent
"""
_registry: UnitRegistry[Fraction] = UnitRegistry(None, non_int_type=Fraction)
_registry.load_definitions(_UNITS.strip().splitlines())

# At most 12 digits either side of the point: far beyond any pump, short of a number that takes
# a computer minutes to convert.
_WRITTEN = re.compile(
    r"\s*([+-]?[0-9]{1,12}(?:\.[0-9]{1,12})?)\s*"
    r"([A-Za-z\u00b5\u03bc%]+(?:\s*/\s*[A-Za-z]+)?)?\s*"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key measures, in which unit the device counts it, and how people write it."""

    noun: str
    device_unit: str
    example: str
    rounds: bool = False  # True: to the nearest whole device unit; False: must be whole

    @property
    def wanted(self) -> str:
        return f'{self.noun} such as "{self.example}"'


VOLUME = Kind("a volume", "nL", "20 mL", rounds=True)
FLOW = Kind("a flow", "nL/h", "0.25 mL/h", rounds=True)
DOSE_RATE = Kind("a dose per time", "ng/h", "500 ug/day", rounds=True)
# A limit is never rounded: whole ug a day and whole days, or refused.
DAILY_DOSE = Kind("a daily dose", "ug/day", "400 ug/day")
DOSE = Kind("a dose", "ng", "50 ug", rounds=True)
CONCENTRATION = Kind("a concentration", "ug/mL", "2000 ug/mL")
DURATION = Kind("a duration", "s", "2 h")
DAYS = Kind("a duration", "day", "30 day")
HOURS = Kind("a duration", "hour", "8 h")
MOMENT = Kind('a moment such as "day 27 12:10" or a duration', "s", "26.5 h")
WALL_TIME = Kind("a duration", "ms", "10 s")
SHARE = Kind("a percentage", "permille", "20 %")
FREQUENCY = Kind("a frequency", "Hz", "2000 Hz")
STEP_VOLUME = Kind("a volume", "pL", "31.25 nL")  # pL per step = nL per 1000 steps


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value as it was written and as it is exactly, in `kind.device_unit`."""

    text: str
    exact: Fraction
    kind: Kind

    @property
    def whole(self) -> int:
        """To the nearest whole device unit, a half to the even one."""
        return round(self.exact)


def in_unit(value: Fraction | int, device_unit: str, unit: str) -> str:
    """A device value for people: `in_unit(250_000, "nL", "mL")` -> "0.25 mL"."""
    return f"{plain(value * _factor(device_unit, unit))} {unit}"


def plain(value: Fraction | int, places: int = 6) -> str:
    """A decimal without exponent or trailing zeros, rounded half-even to `places`."""
    scaled = round(Fraction(value) * 10**places)
    whole, rest = divmod(abs(scaled), 10**places)
    digits = f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
    return f"-{digits}" if scaled < 0 else digits


def quantity(
    text: object, *kinds: Kind, zero_allowed: bool = False, signed: bool = False
) -> Quantity:
    """Read a number with a unit as the first of `kinds` that it fits.

    Refused, as a pydantic error that carries the three parts of a fault: no number, no unit, a
    unit of another kind, a negative value unless `signed`, zero unless allowed, and for kinds that
    are never rounded a value that is not a whole number of device units.
    """
    wanted = " or ".join(kind.wanted for kind in kinds)
    number, unit = _split(text, wanted, kinds[0])
    for kind in kinds:
        try:
            exact = number * _factor(unit, kind.device_unit)
        except DimensionalityError:
            continue
        except UndefinedUnitError:
            raise refusal(
                f"{quoted(text)} has an unknown unit", wanted, "use a unit as in the example"
            ) from None
        if (exact < 0 and not signed) or (exact == 0 and not zero_allowed):
            least = "zero or more" if zero_allowed else "above zero"
            least = "other than zero" if signed else least
            raise refusal(f"{quoted(text)}", f"allowed {least}", f"write {kind.wanted}")
        if not kind.rounds and exact.denominator != 1:
            meant = f"{plain(exact)} {kind.device_unit}"
            raise refusal(
                quoted(text) if text == meant else f"{quoted(text)} is {meant}",
                f"allowed whole {kind.device_unit} only",
                "write a value that needs no rounding",
            )
        return Quantity(str(text), exact, kind)
    raise refusal(f"{quoted(text)} has the wrong unit", wanted, "use a unit as in the example")


def measured(*kinds: Kind, zero_allowed: bool = False, signed: bool = False) -> PlainValidator:
    """The validator of a key that `quantity` reads; the None of `read_sections` may pass."""

    def read(value: object) -> Quantity | None:
        if value is None:
            return None
        return quantity(value, *kinds, zero_allowed=zero_allowed, signed=signed)

    return PlainValidator(read)


def _split(text: object, wanted: str, kind: Kind) -> tuple[Fraction, str]:
    match = _WRITTEN.fullmatch(text if isinstance(text, str) else str(text))
    if match is None or isinstance(text, bool):
        raise refusal(
            f"{quoted(text)} is not a number with a unit", wanted, "write a number and a unit"
        )
    if match[2] is None:
        raise refusal(f"{quoted(text)} has no unit", wanted, f'write it as in "{kind.example}"')
    return Fraction(match[1]), match[2]


def _factor(source: str, target: str) -> Fraction:
    units = _registry.parse_units(source), _registry.parse_units(target)
    return Fraction(_registry.Quantity(Fraction(1), units[0]).to(units[1]).magnitude)

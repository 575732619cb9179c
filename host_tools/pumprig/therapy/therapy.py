"""A program that passed every check, in the device's own numbers, and what follows from them.

docs/device-program.md says what each number means; the derived ones have the names used there.
"""

from dataclasses import dataclass
from fractions import Fraction

from pumprig.therapy.flow import Flow, Steps, steps_volume_nl, week_flow
from pumprig.therapy.profile import Profile, same
from pumprig.therapy.values import DAYS

VERSION = 2  # of the device program's layout
_EVERY_DAY = 0b111_1111


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug of the solution. `source` says where its band is from."""

    name: str
    conc_ug_ml: int
    low_ug_day: int
    high_ug_day: int
    stable_days: int
    source: str

    def ug(self, volume_nl: Fraction | int) -> Fraction:
        """How much of it a volume holds."""
        return Fraction(volume_nl) * self.conc_ug_ml / 1_000_000


@dataclass(frozen=True, slots=True)
class Therapy:
    """The fields are the device program's, unit in the name; the last two stay on the host.

    `steps` and those of `variants` hold stated seconds of the day, lead not applied, and rates in
    nL/h. `roundings` says, one line each, what is not delivered exactly as written.
    """

    name: str
    profile: str
    indication: str
    drugs: tuple[Drug, ...]
    rise_permille: int
    refill_rise_permille: int
    under_12: int
    capacity_nl: int
    volume_nl: int
    residual_nl: int
    low_alarm_nl: int
    tolerance_nl: int
    notices_s: tuple[int, ...]
    refill_after_s: int
    mode: str
    lead_s: int
    steps: tuple[tuple[int, int], ...]
    variants: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]
    min_flow_nl_h: int
    max_flow_nl_h: int
    max_bolus_flow_nl_h: int
    minimum_nl_h: int
    max_drop_permille: int
    tau_dh: int
    bolus_adds: int
    bolus_max_nl: int
    bolus_min_s: int
    bolus_gap_s: int
    bolus_day_max: int
    demand: tuple[int, ...]
    periodic: tuple[tuple[int, int, int], ...]
    tubing_nl: int
    catheter_nl: int
    nl_per_1000_steps: int
    max_step_hz: int
    figures: Profile
    roundings: tuple[str, ...]

    def device_program(self) -> dict[str, object]:
        """The program for the wire: whole numbers, strings and lists of them."""
        program: dict[str, object] = {"v": VERSION}
        for field in self.__slots__:
            if field not in ("figures", "roundings"):
                program[field] = _plain(getattr(self, field))
        program["drugs"] = [
            [drug.name, drug.conc_ug_ml, drug.low_ug_day, drug.high_ug_day, drug.stable_days]
            for drug in self.drugs
        ]
        return program

    def drug(self, name: str) -> Drug | None:
        return next((drug for drug in self.drugs if same(drug.name) == same(name)), None)

    @property
    def delivers_therapy(self) -> bool:
        """Whether daily doses are held to bands: the other modes give none by themselves."""
        return self.mode in ("continuous", "flex")

    @property
    def usable_nl(self) -> int:
        return self.volume_nl - self.residual_nl

    @property
    def dead_nl(self) -> int:
        """Volume from the head to the tip of the catheter."""
        return self.tubing_nl + self.catheter_nl

    @property
    def highest_nl_h(self) -> int:
        """Highest basal rate of any day."""
        return max(rate for _, steps in self.kinds_of_day() for _, rate in steps)

    def kinds_of_day(self) -> list[tuple[int, Steps]]:
        """(weekday mask, steps) of the days without a variant, if any are left, and of each."""
        rest = _EVERY_DAY
        for mask, _ in self.variants:
            rest &= ~mask
        every: list[tuple[int, Steps]] = [(rest, self.steps)] if rest else []
        return [*every, *self.variants]

    def steps_of(self, day: int) -> Steps:
        """The steps of a weekday, 0 Monday."""
        return next(steps for mask, steps in self.kinds_of_day() if mask >> day & 1)

    def week(self) -> Flow:
        """The week as it runs, from Monday 00:00 civil time."""
        days = [self.steps_of(day) for day in range(7)]
        return week_flow(days, self.lead_s, self.periodic, bool(self.bolus_adds))

    def day_nl(self, day: int) -> Fraction:
        """Exact volume of a day by stated times, midnight to midnight; boluses by time of day
        count as if they added to basal."""
        before = self.steps_of((day - 1) % 7)[-1][1]
        return steps_volume_nl(self.steps_of(day), before) + self.periodic_day_nl

    @property
    def largest_day_nl(self) -> Fraction:
        """Exact volume of the day that holds most."""
        return max(self.day_nl(day) for day in range(7))

    @property
    def daily_nl(self) -> int:
        return self.largest_day_nl // 1

    @property
    def average_nl_h(self) -> int:
        return sum(self.day_nl(day) for day in range(7)) // (7 * 24)

    @property
    def periodic_day_nl(self) -> int:
        return sum(volume for _, volume, _ in self.periodic)

    @property
    def reference_nl_h(self) -> int:
        """R: what the taper's caps are measured against."""
        return self.highest_nl_h - (-self.periodic_day_nl // 24)

    @property
    def limit_24h_nl(self) -> int:
        """L: the most that any 24 h may hold, in the drug that allows least."""
        return min(drug.high_ug_day * 1_000_000 // drug.conc_ug_ml for drug in self.drugs)

    @property
    def guard_nl(self) -> int:
        """Usable volume at which the taper's guard meets R."""
        return self.reference_nl_h * self.tau_dh // 10

    @property
    def low_nl(self) -> int:
        """Usable volume of LOW_RESERVOIR: its own level, or a day of delivery above the guard."""
        return max(self.low_alarm_nl - self.residual_nl, self.guard_nl + self.daily_nl)

    @property
    def stable_days(self) -> int:
        """Days until the first of the drugs expires; 0: not stated."""
        return min((drug.stable_days for drug in self.drugs if drug.stable_days), default=0)


def days_of(mask: int) -> list[int]:
    """Weekdays of a mask, 0 Monday."""
    return [day for day in range(7) if mask >> day & 1]


def day_names(mask: int) -> str:
    """`0b1100000` -> "sat, sun"; all seven -> "every day"."""
    if mask == _EVERY_DAY:
        return "every day"
    return ", ".join(name for bit, name in enumerate(DAYS) if mask >> bit & 1)


def _plain(value: object) -> object:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value

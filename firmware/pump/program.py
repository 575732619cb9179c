"""A program as the device runs it: checked fields and what follows from them. From the link's
dict."""

import binascii
import json

from pump.limits import fastest_nl_h
from pump.schedule import Periodic, Schedule
from pump.taper import Taper
from pump.units import DAY_S, HOUR_S, HOURS_PER_DAY, NEVER_S

FAST_PERMILLE = 1145  # implants are accurate to +-14.5 % of what is programmed (makers' manuals)
_PL_PER_UG = 1_000_000  # 1 nL of 1 ug/mL is 1 pg; so dose in pg = nL x ug/mL


class Program:
    """Take limits.refusal and rules.refusal first: a Program is only made of fields that
    passed."""

    def __init__(self, fields: dict) -> None:
        self.fields = fields
        self._sum = _crc(fields)
        self.name: str = fields["name"]
        self.profile: str = fields["profile"]
        self.indication: str = fields["indication"]
        self.mode: str = fields["mode"]
        self.drugs: list = fields["drugs"]
        self.volume_nl: int = fields["volume_nl"]
        self.residual_nl: int = fields["residual_nl"]
        self.capacity_nl: int = fields["capacity_nl"]
        self.nl_per_1000_steps: int = fields["nl_per_1000_steps"]
        self.minimum_nl_h: int = fields["minimum_nl_h"]
        self.tau_dh: int = fields["tau_dh"]
        self.max_drop_permille: int = fields["max_drop_permille"]
        self.rise_permille: int = fields["rise_permille"]
        self.bolus_adds: bool = fields["bolus_adds"] == 1
        self.notices_s: list[int] = fields["notices_s"]
        self.line_nl: int = fields["tubing_nl"] + fields["catheter_nl"]
        self.fastest_nl_h = fastest_nl_h(fields)
        self.schedule = Schedule(fields["steps"], fields["variants"], fields["lead_s"])
        self.periodic = Periodic(fields["periodic"])
        self.highest_nl_h: int = self.schedule.highest_nl_h
        day_3600 = [v + self.periodic.daily_nl * HOUR_S for v in self.schedule.day_volumes()]
        self.days_3600 = day_3600  # volume of each day, in 1/3600 nL
        self.daily_nl: int = max(day_3600) // HOUR_S
        # Boluses at the limit of the day on top of a basal rate at the limit of the hour: no more
        # than the latter may flow.
        average_nl_h = sum(day_3600) // (len(day_3600) * DAY_S)
        self.average_nl_h: int = min(average_nl_h, fields["max_flow_nl_h"])
        mean_nl_h = (self.periodic.daily_nl + HOURS_PER_DAY - 1) // HOURS_PER_DAY
        self.reference_nl_h: int = self.highest_nl_h + mean_nl_h
        self.limit_24h_nl: int = min(
            [high_ug * _PL_PER_UG // conc for _, conc, _, high_ug, _ in self.drugs]
        )
        stable = [days for _, _, _, _, days in self.drugs if days]
        self.stable_s: int = min(stable) * DAY_S if stable else NEVER_S
        # The guard engages when usable / tau falls below the reference rate; the low alarm comes
        # at its own level or one day of delivery earlier, whichever is first.
        self.guard_nl = self.reference_nl_h * self.tau_dh // 10
        low_usable_nl = fields["low_alarm_nl"] - self.residual_nl
        self.low_nl = max(low_usable_nl, self.guard_nl + self.daily_nl)

    def is_whole(self) -> bool:
        """Whether the fields are still those that were accepted: for the self-test."""
        return _crc(self.fields) == self._sum

    def new_taper(self) -> Taper:
        return Taper(self.tau_dh, self.max_drop_permille, self.minimum_nl_h, self.rise_permille)

    def doses_pg(self) -> "list[list]":
        """[drug, dose of the largest day in pg] of each drug. Needs more than 30 bits."""
        return [[name, self.daily_nl * conc] for name, conc, _, _, _ in self.drugs]

    def solution(self) -> "list[list]":
        """[drug, conc_ug_ml] of each drug: what is in the reservoir."""
        return [[drug[0], drug[1]] for drug in self.drugs]

    def is_therapy(self) -> bool:
        """Whether it gives a therapeutic basal dose: not minimum, stopped or screening."""
        return self.mode in ("continuous", "flex")

    def refill_dates_s(self, now_s: int, usable_nl: int, filled_s: int) -> "list[int]":
        """When the low alarm or the end of stability is due: [as programmed, at +14.5 %, with
        every allotted bolus, expiry]. NEVER_S for never. Rare; needs more than 30 bits."""
        left = max(0, usable_nl - self.low_nl)
        allotted = self.daily_nl + self.fields["bolus_day_max"] * self.fields["bolus_max_nl"]
        expiry = filled_s + self.stable_s if self.stable_s != NEVER_S else NEVER_S
        dates = [
            _date_s(now_s, left * 1000, self.daily_nl * 1000),
            _date_s(now_s, left * 1000, self.daily_nl * FAST_PERMILLE),
            _date_s(now_s, left * 1000, allotted * 1000),
        ]
        return dates + [min(expiry, NEVER_S)]


def _date_s(now_s: int, left: int, daily: int) -> int:
    """Whole hours from `now_s` until `left` is used up at `daily` per day."""
    if daily == 0:
        return NEVER_S
    return min(NEVER_S, now_s + left * HOURS_PER_DAY // daily * HOUR_S)


def _crc(fields: dict) -> int:
    return binascii.crc32(json.dumps(fields).encode())

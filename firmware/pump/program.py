"""A program as the device runs it: checked fields, nothing else. Made from the link's dict."""

from pump.limits import refusal
from pump.schedule import Schedule


class Program:
    """Take `refusal(fields)` first: a Program is only ever made of fields that passed it."""

    def __init__(self, fields: dict) -> None:
        self.fields = fields
        self.name: str = fields["name"]
        self.profile: str = fields["profile"]
        self.indication: str = fields["indication"]
        self.volume_nl: int = fields["volume_nl"]
        self.residual_nl: int = fields["residual_nl"]
        self.capacity_nl: int = fields["capacity_nl"]
        self.nl_per_1000_steps: int = fields["nl_per_1000_steps"]
        self.minimum_nl_h: int = fields["minimum_nl_h"]
        self.tau_dh: int = fields["tau_dh"]
        self.max_drop_permille: int = fields["max_drop_permille"]
        self.refill_notice_s: int = fields["refill_notice_s"]
        self.schedule = Schedule(fields["steps"], fields["lead_s"])
        self.highest_nl_h: int = self.schedule.highest_nl_h
        self.daily_nl = self.schedule.daily_nl()
        # The guard engages when usable / tau falls below the highest programmed rate; the low
        # alarm comes at its own level or one day of delivery earlier, whichever is first.
        self.guard_nl = self.highest_nl_h * self.tau_dh // 10
        low_usable_nl = fields["low_alarm_nl"] - self.residual_nl
        self.low_nl = max(low_usable_nl, self.guard_nl + self.daily_nl)

    def refill_due_s(self, now_s: int, usable_nl: int) -> int:
        """When to warn: `refill_notice_s` before the low alarm is due at the program's pace."""
        if self.daily_nl == 0:
            return 0x3FFFFFFF
        hours = max(0, usable_nl - self.low_nl) * 24 // self.daily_nl  # 50 mL * 24 is 1.2e9: rare
        return now_s + hours * 3600 - self.refill_notice_s


__all__ = ("Program", "refusal")

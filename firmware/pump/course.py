"""How the dose came to be what it is, and how far it may go next: titration.

Rules: no rise in the first 24 h of therapy; one rise in 24 h, of at most the program's
rise_permille, or refill_rise_permille at a refill (USP DI monograph). These an operator may
override with a reason. A fall by more than the program's largest daily reduction, or a solution
without the baclofen that was in it, is an abrupt stop in part: that is what a planned taper is
for.
"""

from pump.program import Program
from pump.rules import BACLOFEN
from pump.units import DAY_S, NEVER_S

WEEK_S = 7 * DAY_S
_LOG_MAX = 12
_U = " - USP DI monograph; or override with a reason"


class Course:
    """Doses are [[drug, pg a day], ...]; times are pump seconds."""

    def __init__(self) -> None:
        self.started_s = NEVER_S  # of the first therapeutic program
        self.raised_s = -DAY_S
        self.initial: list = []  # the first therapeutic doses
        self.after_holiday = False
        self.log: list = []  # (t_s, doses), the newest last

    def begin(self, t_s: int, p: Program) -> None:
        """`p` holds from `t_s` on."""
        doses = p.doses_pg()
        if p.is_therapy():
            if self.started_s == NEVER_S:
                self.started_s = t_s
                self.initial = doses
            elif self._rises(doses):
                self.raised_s = t_s
            self.after_holiday = False
        self.log.append([t_s, doses])
        while len(self.log) > _LOG_MAX or (len(self.log) > 1 and self.log[1][0] <= t_s - WEEK_S):
            self.log.pop(0)

    def dose_pg(self, drug: str) -> int:
        """The dose a day that holds now; 0 where the drug is not given."""
        return _dose(self.log[-1][1], drug) if self.log else 0

    def dose_a_week_ago_pg(self, drug: str, t_s: int) -> int:
        """The dose a day that held seven days before `t_s`, or the oldest that is known."""
        doses = self.log[0][1] if self.log else []
        for since_s, later in self.log:
            if since_s <= t_s - WEEK_S:
                doses = later
        return _dose(doses, drug)

    def _rises(self, doses: list) -> bool:
        return any(0 < self.dose_pg(drug) < pg for drug, pg in doses)

    def rise_refusal(self, p: Program, t_s: int, at_refill: bool) -> "str | None":
        """Why the doses of `p` may not hold from `t_s` on, or None. To be overridden."""
        if self.after_holiday:
            for drug, pg in p.doses_pg():
                if pg > _dose(self.initial, drug):
                    return "dose: after a holiday at most the initial continuous dose" + _U
            return None
        if self.started_s == NEVER_S or not p.is_therapy():
            return None
        doses = p.doses_pg()
        if self._rises(doses):
            if t_s < self.started_s + DAY_S:
                return "dose: no rise in the first 24 h" + _U
            if t_s < self.raised_s + DAY_S:
                return "dose: one rise in 24 h" + _U
        field = "refill_rise_permille" if at_refill else "rise_permille"
        most = p.fields[field]
        for drug, pg in doses:
            old = self.dose_pg(drug)
            if old and pg * 1000 > old * (1000 + most):
                return "dose: " + drug + " rises by more than " + field + " " + str(most) + _U
        return None

    def fall_refusal(self, p: Program, cap_nl_h: int, running: Program) -> "str | None":
        """Why the doses of `p` would be too abrupt a fall from what runs now, or None. `cap_nl_h`
        is the cap under which `running` is delivered."""
        reference = max(1, running.reference_nl_h)
        share = min(cap_nl_h, reference)
        keep = 1000 - running.max_drop_permille
        new = p.doses_pg()
        still = [drug for drug, _ in new]
        for drug, old in running.doses_pg():
            if drug not in still and drug != BACLOFEN:
                continue
            pg = _dose(new, drug)
            if pg * 1000 * reference < old * keep * share:
                most = str(running.max_drop_permille)
                return "dose: " + drug + " falls by more than " + most + " permille; taper first"
        return None

    def snapshot(self) -> list:
        return [self.started_s, self.raised_s, self.initial, int(self.after_holiday), self.log]

    def restore(self, state: list) -> None:
        self.started_s, self.raised_s, self.initial = state[:3]
        self.after_holiday, self.log = bool(state[3]), state[4]


def _dose(doses: list, drug: str) -> int:
    for name, pg in doses:
        if name == drug:
            return pg  # type: ignore[no-any-return]
    return 0

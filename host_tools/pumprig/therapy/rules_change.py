"""May this program follow that one? Rises, falls and what a change should make people think of.

Host-side copy of the device's rules for a change of program, for those who plan one. Only drugs
in both programs are compared, but baclofen, which must not just be left out. A running program
without any dose (stopped, screening) is no base for a rise: its successor is a start
(start_dose.py).
"""

from dataclasses import dataclass, field
from fractions import Fraction

from pumprig.therapy.refusals import Fault
from pumprig.therapy.soft import SoftRule
from pumprig.therapy.therapy import Drug, Therapy
from pumprig.therapy.units import plain

_DAY_H = 24
_BACLOFEN = "baclofen"
_LARGE_PERMILLE, _LARGE_UG_DAY = 200, 1000
_ESCALATION = 2  # times the dose of seven days ago


@dataclass(frozen=True, slots=True)
class Change:
    """What stands against a change. An operator may override the first with a reason."""

    overridable: list[Fault] = field(default_factory=list)
    never: list[Fault] = field(default_factory=list)
    soft: list[SoftRule] = field(default_factory=list)


def change(
    running: Therapy,
    new: Therapy,
    *,
    at_refill: bool = False,
    since_start_h: int | None = None,
    since_rise_h: int | None = None,
    week_ago: Therapy | None = None,
) -> Change:
    """Hold `new` against `running`. Hours None: long ago. `week_ago`: what ran 7 days before."""
    found = Change()
    _same_pump(found, running, new)
    for before in running.drugs:
        old, drug = _dose(running, before), new.drug(before.name)
        if drug is None and before.name != _BACLOFEN:
            continue
        dose = Fraction(0) if drug is None else _dose(new, drug)
        if drug is not None and dose > old > 0:
            _early(found, drug, since_start_h, since_rise_h)
            _rise(found, new, drug, old, dose, at_refill)
        _fall(found, running, before, old, dose)
        _soft(found, before, old, dose, week_ago)
    return found


def _same_pump(found: Change, running: Therapy, new: Therapy) -> None:
    """What belongs to the pump and its profile cannot change while it runs."""
    for key, name in (
        ("pump.step_volume", "nl_per_1000_steps"),
        ("pump.max_step_rate", "max_step_hz"),
        ("reservoir.capacity", "capacity_nl"),
        ("reservoir.residual", "residual_nl"),
        ("therapy.profile", "profile"),
    ):
        old, now = (getattr(therapy, name) for therapy in (running, new))
        if old != now:
            allowed = f"the running program has {old}"
            remedy = "stop, then start the new program"
            found.never.append(Fault(key, f"runs as {now}", allowed, remedy))


def _dose(therapy: Therapy, drug: Drug) -> Fraction:
    return drug.ug(therapy.daily_nl)


def _told(drug: Drug, old: Fraction, dose: Fraction) -> str:
    share = plain((dose - old) * 100 / old, 2) if old else "?"
    sign = "+" if dose > old else ""
    return f"{plain(old, 3)} to {plain(dose, 3)} ug/day of {drug.name} ({sign}{share} %)"


def _early(found: Change, drug: Drug, since_start_h: int | None, since_rise_h: int | None) -> None:
    for hours, event in ((since_start_h, "the start"), (since_rise_h, "the last rise")):
        if hours is not None and hours < _DAY_H:
            found.overridable.append(
                Fault(
                    "change",
                    f"a rise of {drug.name} {hours} h after {event}",
                    f"allowed from {_DAY_H} h",
                    f"wait {_DAY_H - hours} h more",
                    "USP DI monograph",
                )
            )


def _rise(
    found: Change, new: Therapy, drug: Drug, old: Fraction, dose: Fraction, at_refill: bool
) -> None:
    most = new.refill_rise_permille if at_refill else new.rise_permille
    if dose * 1000 <= old * (1000 + most):
        return
    key = "refill_rise" if at_refill else "rise"
    figures = [new.figures.of_rows(each.name, new.indication, key) for each in new.drugs]
    figure = next((f for f in figures if f is not None and f.value is not None), None)
    other = getattr(new.figures.file.other, key)
    limit = Fraction(old * (1000 + most) // 1, 1000)  # in 0.001 ug, rounded down
    found.overridable.append(
        Fault(
            "change",
            _told(drug, old, dose),
            f"allowed up to +{plain(Fraction(most, 10))} %"
            + (" at a refill" if at_refill else " in 24 h"),
            f"go to {plain(limit, 3)} ug/day or less, or override it with a reason",
            (figure or other).source or "",
        )
    )


def _fall(found: Change, running: Therapy, drug: Drug, old: Fraction, dose: Fraction) -> None:
    most = running.max_drop_permille
    if dose * 1000 < old * (1000 - most):
        found.never.append(
            Fault(
                "change",
                _told(drug, old, dose),
                f"allowed down to -{plain(Fraction(most, 10))} %",
                "lower it day by day, or stop with a taper",
                "taper.max_daily_reduction",
            )
        )


def _soft(
    found: Change, drug: Drug, old: Fraction, dose: Fraction, week_ago: Therapy | None
) -> None:
    if drug.name != _BACLOFEN:
        return
    large = old > 0 and dose * 1000 > old * (1000 + _LARGE_PERMILLE)
    if large and max(old, dose) > _LARGE_UG_DAY:
        text = f"{_told(drug, old, dose)}: a large rise at a dose with little experience"
        found.soft.append(SoftRule("LARGE_RISE", text, "USP DI monograph"))
    then = None if week_ago is None else week_ago.drug(drug.name)
    if week_ago is None or then is None:
        return
    earlier = _dose(week_ago, then)
    if dose > _ESCALATION * earlier > 0:
        text = (
            f"{plain(dose, 3)} ug/day of {drug.name} is more than twice the "
            f"{plain(earlier, 3)} ug/day of seven days ago: may be a catheter complication"
        )
        found.soft.append(SoftRule("ESCALATION", text, "USP DI monograph"))

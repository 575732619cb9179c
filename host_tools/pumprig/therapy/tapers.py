"""Planned tapers: which plan does a preset make, and is a plan one that may run?

A plan is `((hour, permille), ...)`: from that hour after the order acts, the rate is held to so
many permille of the highest use of the day before it. Every preset is labelled with its source,
and none is taken silently.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pumprig.therapy.reading import nearest, one_of
from pumprig.therapy.refusals import Fault, quoted, refuse_if_any
from pumprig.therapy.therapy import Therapy

Plan = tuple[tuple[int, int], ...]
DAY_H: Final = 24
FULL: Final = 1000  # permille
LAST_H: Final = 1440  # 60 days: the longest holiday is four weeks
MAX_ENTRIES: Final = 40
# 20 to 50 % a day under supervision: docs/sources.md, T.
SUPERVISED_DROP: Final = 500
_SUPERVISED_LEAST: Final = 200
_FAST_DAYS: Final = 6  # the mean was 6.2 days


@dataclass(frozen=True, slots=True)
class Taper:
    """A planned stop as the device takes it, and where it comes from."""

    name: str
    plan: Plan
    ends: str  # "minimum": stays on the minimum rate; "stopped": a day there, then off
    kind: str  # "", "holiday" or "supervised"
    source: str


_HOLIDAY_DAYS = {"holiday-2w": 14, "holiday-3w": 21, "holiday-4w": 28}
PRESETS: Final = (*_HOLIDAY_DAYS, "supervised-explant", "supervised-fast")


def preset(name: str, therapy: Therapy, path: str = "taper") -> Taper:
    """The preset's plan for a program. Raises ProgramRefused for a name that is none."""
    if name in _HOLIDAY_DAYS:
        # Down to nothing but the rate that keeps the line open; then a restart at the initial
        # continuous dose, which is a program of its own.
        plan = _geometric(therapy, _HOLIDAY_DAYS[name], therapy.max_drop_permille)
        return Taper(name, plan, "minimum", "holiday", "USP DI monograph")
    if name == "supervised-explant":
        # -10 % three days and -20 % two days before; the last entry holds it until that day.
        explant = ((0, 900), (DAY_H, 800), (2 * DAY_H, 800))
        return Taper(name, explant, "stopped", "supervised", "PMC8477242")
    if name == "supervised-fast":
        plan = _geometric(therapy, _FAST_DAYS, SUPERVISED_DROP, _SUPERVISED_LEAST)
        return Taper(name, plan, "stopped", "supervised", "PubMed 30325089")
    allowed = f"{one_of(PRESETS)}, or a plan"
    refuse_if_any([Fault(path, quoted(name), allowed, nearest(name, PRESETS, "use one of these"))])
    raise AssertionError("refused above")


def custom(
    plan: Sequence[tuple[int, int]],
    therapy: Therapy,
    *,
    ends: str = "stopped",
    supervised: bool = False,
    path: str = "taper",
) -> Taper:
    """A plan of one's own. Raises ProgramRefused where `plan_faults` finds any."""
    most = SUPERVISED_DROP if supervised else therapy.max_drop_permille
    refuse_if_any(plan_faults(plan, most, path))
    kind = "supervised" if supervised else ""
    return Taper("custom", tuple(plan), ends, kind, "this scenario")


def plan_faults(
    plan: Sequence[tuple[int, int]], max_drop_permille: int, path: str = "taper"
) -> list[Fault]:
    """Why a plan may not run: its size, its order, or a fall too large for any 24 h."""
    if not 1 <= len(plan) <= MAX_ENTRIES:
        allowed = f"allowed 1 to {MAX_ENTRIES}"
        return [Fault(path, f"{len(plan)} entries", allowed, "merge entries")]
    found = []
    before_h, level = -1, FULL
    for i, (hour, permille) in enumerate(plan):
        place = f"{path}[{i}]"
        if not before_h < hour <= LAST_H:
            allowed = f"allowed {before_h + 1} to {LAST_H} h"
            found.append(Fault(place, f"{hour} h", allowed, "put the hours in order"))
        if not 1 <= permille <= level:
            allowed = f"allowed 1 to {level}"
            remedy = "a taper only falls: restart for more"
            found.append(Fault(place, f"{permille} permille", allowed, remedy))
        before_h, level = max(hour, before_h), min(permille, level)
    return found or _too_fast(plan, max_drop_permille, path)


def _too_fast(plan: Sequence[tuple[int, int]], most: int, path: str) -> list[Fault]:
    """Each entry against every level that was in force in the 24 h before it."""
    found = []
    levels = [FULL, *(permille for _, permille in plan)]
    for i, (hour, permille) in enumerate(plan):
        # levels[j] is in force until entry j begins.
        day = [levels[j] for j, (end_h, _) in enumerate(plan[: i + 1]) if end_h > hour - DAY_H]
        least = -(-max(day) * (FULL - most) // FULL)
        if permille < least:
            found.append(
                Fault(
                    f"{path}[{i}]",
                    f"{permille} permille at {hour} h, {max(day)} within 24 h before it",
                    f"allowed from {least}: at most -{most // 10}.{most % 10} % in any 24 h",
                    "lower it later or in smaller steps",
                )
            )
    return found


def _geometric(therapy: Therapy, days: int, most: int, least: int = 1) -> Plan:
    """Equal daily shares to the minimum rate within `days`, none larger than `most` permille.

    Where `most` is too little for that it takes more days; where `least` is too much, fewer.
    """
    highest = max(therapy.reference_nl_h, 1)
    bottom = Fraction(therapy.minimum_nl_h, highest)
    if bottom >= 1:
        return ((0, FULL),)
    drop = next((d for d in range(least, most) if _reaches(bottom, days, d)), most)
    last = max(1, int(bottom * FULL))  # the device itself stays at or above the minimum rate
    plan: list[tuple[int, int]] = []
    level = FULL
    while level > last and len(plan) < MAX_ENTRIES:
        shares = len(plan) + 1
        wanted = -(-FULL * (FULL - drop) ** shares // FULL**shares) if shares < days else last
        # Rounded up: whole permilles never fall faster than allowed.
        fallen = max(wanted, last, -(-level * (FULL - most) // FULL))
        if fallen == level:
            break  # so low that a share is less than a permille: the device goes on by itself
        plan.append((DAY_H * len(plan), fallen))
        level = fallen
    return tuple(plan)


def _reaches(bottom: Fraction, days: int, drop: int) -> bool:
    return Fraction(FULL - drop, FULL) ** days <= bottom

"""What the scale finds, and what it leaves alone: the smallest steady error that is noticed within
a day, and quiet weeks in which nothing may be.

The host rig, with the noise, drift and pulsation of the bench; nothing here needs a board.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast

from pump import conditions as al
from pump.weighing import BLOCK, ERROR_NL, TOLERATED
from pumprig.rig.host import HostRig
from pumprig.rig.staging import stage_or_fail
from pumprig.therapy import load_program_text

DAY_S = 86_400
LOOK_MS = 400  # as a board
BAG_NL = 50_000_000
RATES_NL_H = (2_000, 4_000, 10_417, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
FINEST_PPM = 1_000
MOST_PPM = 1_000_000  # twice as much, or nothing at all
SWING_CC = 1_000  # of the room, up and down once a day
_SLOWEST_NL_H = 250  # the minimum rate of the program below
# So much of every bag that no guard engages: 34.6 h are left, at 50 % a day.
_BAG_LASTS_NL = 8_000_000

# As little therapy as a program may have; the flow is filled in, and the drug is water.
_PROGRAM = """
[therapy]
name = "water"
profile = "itb"
indication = "spinal"
[[drug]]
name = "baclofen"
concentration = "2000 ug/mL"
[reservoir]
capacity = "50 mL"
volume = "50 mL"
residual = "0.5 mL"
low_alarm = "2 mL"
tolerance = "0.5 mL"
[basal]
mode = "continuous"
dose = "500 ug/day"
[taper]
max_daily_reduction = "50 %"
minimum_rate = "0.006 mL/day"
[pump]
step_volume = "31.25 nL"
max_step_rate = "15000 Hz"
"""


@dataclass(frozen=True, slots=True)
class Point:
    """The smallest steady error, in ppm of the flow, that was told within 24 pump hours: in every
    one of the runs. None: not even `MOST_PPM` was. `reckoned_ppm`: from the thresholds alone."""

    rate_nl_h: int
    over_ppm: int | None
    under_ppm: int | None
    reckoned_ppm: int


def curve(rates_nl_h: tuple[int, ...], seeds: int, time_scale: int) -> Iterator[Point]:
    """One point for each flow; the worst of `seeds` different noises."""
    for rate_nl_h in rates_nl_h:
        over, under = (
            _worst([_smallest(rate_nl_h, sign, seed, time_scale) for seed in range(1, seeds + 1)])
            for sign in (1, -1)
        )
        yield Point(rate_nl_h, over, under, reckoned_ppm(rate_nl_h))


def reckoned_ppm(rate_nl_h: int) -> int:
    """What the thresholds come to with no noise: ERROR_NL a day, and the share that is allowed."""
    return 1_000_000 // TOLERATED + ERROR_NL * 1_000_000 // (24 * rate_nl_h)


def quiet(rate_nl_h: int, days: float, time_scale: int, seed: int = 1) -> dict[str, Any]:
    """So many days with noise, a room that swings, and a head that pulsates; what was raised."""
    rig = _started(rate_nl_h, time_scale, seed)
    rig.bench.temperature.swing_cc = SWING_CC
    rig.happen("fault", {"fault": "head.pulsation"})
    program = rig.controller.program
    assert program is not None
    expected = {"REFILL_DUE"}  # a date, and no fault
    if program.low_nl > BAG_NL // 2:  # by the law a bag is never enough
        expected.add("LOW_RESERVOIR")
    raised: list[str] = []
    hours, left_nl = 0, BAG_NL
    while hours < days * 24:
        rig.advance(3600 / time_scale)
        hours += 1
        raised += _raised(rig, expected)
        left_nl -= rate_nl_h
        if left_nl - rate_nl_h < BAG_NL - _BAG_LASTS_NL:
            _refill(rig)
            left_nl = BAG_NL
    looks = round(days * DAY_S * 1000 / time_scale / LOOK_MS)
    return {
        "rate_nl_h": rate_nl_h,
        "days": days,
        "time_scale": time_scale,
        "weights": looks // BLOCK,
        "raised": raised,
    }


def as_figures(points: list[Point], weeks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"curve": [asdict(point) for point in points], "quiet": weeks}


def _worst(found: list[int | None]) -> int | None:
    numbers = [ppm for ppm in found if ppm is not None]
    return max(numbers) if len(numbers) == len(found) else None


def _smallest(rate_nl_h: int, sign: int, seed: int, time_scale: int) -> int | None:
    """By halves: an error that is found stays found when it is larger."""
    if not _is_found(rate_nl_h, sign * MOST_PPM, seed, time_scale):
        return None
    low, high = 0, MOST_PPM
    while high - low > FINEST_PPM:
        middle = (low + high) // 2
        if _is_found(rate_nl_h, sign * middle, seed, time_scale):
            high = middle
        else:
            low = middle
    return high


def _is_found(rate_nl_h: int, ppm: int, seed: int, time_scale: int) -> bool:
    """By its weight alone: other parts would find an error only when it is a stop."""
    rig = _started(rate_nl_h, time_scale, seed, ("scale", "temperature"))
    rig.happen("fault", {"fault": "head.stroke", "ppm": ppm})
    wanted = 1 << (al.OVER_DELIVERY if ppm > 0 else al.UNDER_DELIVERY)
    for _ in range(24):
        rig.advance(3600 / time_scale)
        if rig.controller.alarms.active & wanted:
            return True
    return False


def _started(
    rate_nl_h: int, time_scale: int, seed: int, parts: tuple[str, ...] | None = None
) -> HostRig:
    rig = HostRig(LOOK_MS, seed=seed) if parts is None else HostRig(LOOK_MS, parts, seed)
    rig.open()
    fields = load_program_text(_PROGRAM).device_program()
    fields["steps"] = [[0, rate_nl_h]]
    fields["drugs"] = [["water", 1, 0, 1_000, 0]]
    fields["min_flow_nl_h"] = 1
    fields["max_flow_nl_h"] = fields["max_bolus_flow_nl_h"] = 1_000_000
    fields["minimum_nl_h"] = _SLOWEST_NL_H
    rig.happen("refill", {"volume_nl": BAG_NL})
    stage_or_fail(rig.link, fields)
    rig.link.order("start", scale=time_scale, confirm="sensitivity")
    rig.advance(10)
    return rig


def _refill(rig: HostRig) -> None:
    """As an operator does it: says that somebody is there, hangs up a new bag, says so."""
    rig.link.order("refill_open")
    rig.advance(0.5)
    rig.happen("refill", {"volume_nl": BAG_NL})
    rig.advance(0.5)
    rig.link.order("refill", volume_nl=BAG_NL)
    # What flowed between the bag and the order is in the weight, and not in the books.


def _raised(rig: HostRig, expected: set[str]) -> list[str]:
    rig.link.order("watch", every=1)  # what was kept since the last time, and no samples
    rig.link.order("watch", every=0)
    found = []
    for frame in rig.link.take_frames():
        if "a" in frame:
            at_s, condition, event = cast(list[Any], frame["a"])
            name = str(al.CONDITIONS[condition][al.NAME])
            if event == "raised" and name not in expected:
                found.append(f"{name} at {at_s} s")
    return found

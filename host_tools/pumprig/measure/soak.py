"""A long run of one emulated board, with something every day: does anything creep?

A day/night program with boluses. Each day has one of: a bolus, the time set, REFILL_DUE
acknowledged, a refill (weekly); each month has a change of program. In the end the books are held
against the bench, and the journal, straight from the flash, against what was ordered.
"""

from collections import Counter
from collections.abc import Callable
from statistics import linear_regression
from typing import Any

from pump import journal
from pump.export import page
from pumprig.analysis.journal_log import LogRecord, check_log
from pumprig.bench.flash_image import ReservedSectors
from pumprig.image import Image
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.orders import command_of
from pumprig.rig.record import Run
from pumprig.rig.run import Plan, Progress, run_program
from pumprig.therapy import ScenarioEvent, load_program_text

_PROGRAM = """
[therapy]
name = "soak {name}"
profile = "itb"
indication = "spinal"
[[drug]]
name = "baclofen"
concentration = "2000 ug/mL"
[reservoir]
capacity = "20 mL"
volume = "5 mL"
residual = "0.5 mL"
low_alarm = "2 mL"
tolerance = "0.5 mL"
refill_notice = "3 day"
[basal]
mode = "flex"
lead = "2 h"
[[basal.step]]
at = "06:00"
dose = "{day} ug/h"
[[basal.step]]
at = "22:00"
dose = "32 ug/h"
[bolus]
adds = true
max = "50 ug"
shortest = "30 min"
gap = "2 h"
per_day = 2
[taper]
max_daily_reduction = "20 %"
minimum_rate = "0.006 mL/day"
[pump]
step_volume = "31.25 nL"
max_flow = "0.15 mL/h"
"""
SCALE = 1440
DAY_S, HOUR_S = 86_400, 3600
FULL_NL, STEP_PL = 5_000_000, 31_250  # a week and a day or two until LOW_RESERVOIR
_WEEK, _MONTH = 7, 28
_REFILL_STEPS = 2  # made after the bag was changed and before the board was told


def program_text(name: str) -> str:
    return _PROGRAM.format(name=name, day={"a": 15, "b": 16}[name])


def events(days: int) -> list[ScenarioEvent]:
    """One order or more on each of `days`, none of which the device may refuse."""
    found = []
    for day in range(1, days):
        at_s = day * DAY_S + 10 * HOUR_S
        if day % _WEEK == 0:
            found.append(ScenarioEvent(at_s, "refill", {"volume_nl": FULL_NL}))
        elif day % _WEEK == 6:  # REFILL_DUE, three days before
            found.append(ScenarioEvent(at_s, "acknowledge", {"condition": "REFILL_DUE"}))
        elif day % 2:
            bolus = {"volume_nl": 10_000, "seconds": 1_800, "reason": "soak"}
            found.append(ScenarioEvent(at_s, "bolus", bolus))
        else:
            tod = {"tod_s": 10 * HOUR_S, "weekday": day % 7}
            found.append(ScenarioEvent(at_s, "time", tod))
        if day % _MONTH == 10:
            another = load_program_text(program_text("ba"[day // _MONTH % 2]))
            change = {"program": another.device_program(), "confirm": "soak"}
            found.append(ScenarioEvent(at_s + 4 * HOUR_S, "change", change))
    return found


def soak(image: Image, days: int, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Run `days` pump days. `tell` hears the figures of each day. LinkError, NotRefused: as
    run_program. `what` of the answer has a line for each thing that was wrong."""
    rig = EmulatedRig(image)
    rig.open()
    therapy = load_program_text(program_text("a"))
    heap: list[int] = []

    def daily(progress: Progress) -> None:
        # Just before the day's order, after which the run asks for the time anyway.
        if progress.now_s % DAY_S == 10 * HOUR_S:
            hello = rig.link.order("hello")
            heap.append(int(str(hello["heap_free_min"])))
            tell(
                {"day": len(heap), "heap_free_min": heap[-1], "loop_ms_max": hello["loop_ms_max"]}
            )

    plan = Plan(therapy, program_text("a"), days, SCALE, events(days), confirm="soak")
    run = run_program(rig, plan, daily)
    kept = journal.Journal(ReservedSectors(rig.chip.mcu.flash, journal.SECTORS))
    return _figures(rig, run, plan, heap, kept)


def _figures(
    rig: EmulatedRig, run: Run, plan: Plan, heap: list[int], kept: journal.Journal
) -> dict[str, Any]:
    state = kept.saved
    assert state is not None
    # At rest, since the last refill, which makes the books true but for _REFILL_STEPS.
    ledger_nl = state["controller"]["usable_nl"] + run.program["residual_nl"]
    error_nl = rig.head.reservoir_nl - ledger_nl
    check = check_log(exported(kept), kept.events.head)
    missing = Counter(ordered(run, plan)) - Counter(logged(check.records))
    refused = [event.text for event in run.events if event.text.startswith("refused:")]
    slope = heap_slope(heap)
    what = [*check.findings, *refused]
    what += [f"not in the log: {name}, {count} times" for name, count in missing.items()]
    what += [f"journal: {kept.trouble()}"] if kept.trouble() else []
    if run.steps_seen != run.steps_emitted:
        what.append(f"{run.steps_seen} steps seen, {run.steps_emitted} emitted")
    if abs(error_nl) > _REFILL_STEPS * STEP_PL // 1000 + 1:
        what.append(f"the books are {error_nl} nL off")
    raised = Counter(e.name for e in run.events if e.kind == "alarm" and e.event == "raised")
    return {
        "days": plan.days,
        "wall_s": round(run.wall_s, 1),
        "heap_free_min_first": heap[0] if heap else None,
        "heap_free_min_last": heap[-1] if heap else None,
        "heap_slope_bytes_per_day": slope,
        "loop_ms_max": run.loop_ms_max,
        "steps_authorised": run.steps_authorised,
        "steps_emitted": run.steps_emitted,
        "steps_seen": run.steps_seen,
        "volume_error_steps_max": run.volume_error_steps_max,
        "ledger_error_nl": error_nl,
        "log_records": len(check.records),
        "log_first": check.records[0].sequence if check.records else None,
        "log_gaps": len(check.findings),
        "orders": len(ordered(run, plan)),
        "alarms": dict(sorted(raised.items())),
        "heap_free_min": heap,
        "what": what,
    }


def exported(kept: journal.Journal) -> bytes:
    """All of the events that are still there."""
    whole, following = b"", 1
    while True:
        data, following = page(kept.events, following, 4096)
        if not data:
            return whole
        whole += data


def ordered(run: Run, plan: Plan) -> list[str]:
    """Which orders the device must have in its log, by their names there."""
    return ["start", *(command_of(event) for event in plan.events), "estop"]


def logged(records: list[LogRecord]) -> list[str]:
    return [record.text.split()[0] for record in records if record.kind == "order"]


def heap_slope(heap: list[int]) -> float | None:
    """Bytes a day that the least free heap grows by; None from less than two days after the first,
    whose figure is the start's estimate of what all the firmware will leave. The least only ever
    falls: a slope that stays is a leak, a fall on the first days is none."""
    later = heap[1:]
    if len(later) < 2:
        return None
    return round(linear_regression(range(len(later)), later).slope, 2)

"""Runs made from the ideal itself: what a perfect pump would have left behind."""

from collections.abc import Sequence
from fractions import Fraction

from device_program import DAY, HOUR
from device_program import program as device_program

from pumprig.analysis.ideal import Action, Ideal
from pumprig.analysis.programmed import Programmed
from pumprig.rig.record import Event, RateChange, Run, Sample, TruthPoint

REFILL_S = 27 * DAY + 12 * HOUR + 10 * 60

DEMO: dict[str, object] = device_program()
MORPHINE = [["morphine", 20_000, 0, 10_000, 0]]
DEMO_ACTIONS: list[Action] = [(REFILL_S, "refill", 18_000_000)]


def program(**changes: object) -> dict[str, object]:
    """The demo's program with some keys changed."""
    return DEMO | changes


def continuous(rate_nl_h: int, **changes: object) -> dict[str, object]:
    return program(mode="continuous", steps=[[0, rate_nl_h]], lead_s=0, **changes)


def demo_ideal() -> Ideal:
    return Ideal(DEMO, DEMO_ACTIONS, 30 * DAY)


def run_of(ideal: Ideal, device_program: dict[str, object], every_s: int = 900) -> Run:
    """An emulator's run with samples and truth at every `every_s` seconds."""
    end_s = ideal.end_s
    programmed = Programmed.of(device_program)
    times = [*range(0, end_s, every_s), end_s]
    made = [int(ideal.steps(t) + Fraction(1, 2)) for t in times]
    usable = [ideal.usable_nl(t) for t in times]
    return Run(
        rig="emulator",
        program_name=str(device_program["name"]),
        program=device_program,
        program_text='[therapy]\nname = "demo"\n',
        scenario_text="",
        time_scale=1440,
        pump_days=end_s / DAY,
        wall_s=60.0,
        micropython_version="1.0.0",
        image_sha256="00" * 32,
        firmware_version="0.1.0",
        steps_authorised=made[-1] + 2,
        steps_emitted=made[-1],
        steps_seen=made[-1],
        steps_in_flight_max=9,
        volume_error_steps_max=0.5,
        heap_free_min_bytes=123_456,
        loop_ms_max=4,
        samples=[
            Sample(t * 1000, steps, steps, ideal.rate_nl_h(t), programmed.rate_nl_h(t), nl, 0)
            for t, steps, nl in zip(times, made, usable, strict=True)
        ],
        rates=[RateChange(int(t), rate, basal) for t, rate, basal in ideal.changes],
        truth=[
            TruthPoint(
                t,
                steps,
                steps * programmed.nl_per_1000_steps // 1000,
                nl + programmed.residual_nl,
            )
            for t, steps, nl in zip(times, made, usable, strict=True)
        ],
        day_totals=[int(ideal.steps(t) + Fraction(1, 2)) for t in range(DAY, end_s + 1, DAY)],
    )


def demo_run(events: Sequence[Event] = ()) -> Run:
    run = run_of(demo_ideal(), DEMO)
    run.events = list(events)
    return run


def alarm(t_s: int, name: str, priority: str, event: str) -> Event:
    return Event(t_s, "alarm", name, priority, event, f"{name} {event}")


DEMO_EVENTS = [
    alarm(15 * DAY + 20 * HOUR, "LOW_RESERVOIR", "medium", "raised"),
    alarm(15 * DAY + 21 * HOUR, "LOW_RESERVOIR", "medium", "acknowledged"),
    alarm(17 * DAY + 4 * HOUR, "TAPER_GUARD", "high", "raised"),
    Event(REFILL_S, "command", "refill", "", "18 mL", "reservoir filled to 18 mL"),
    alarm(REFILL_S, "LOW_RESERVOIR", "medium", "cleared"),
    alarm(27 * DAY + 14 * HOUR, "TAPER_GUARD", "high", "cleared"),
    alarm(27 * DAY + 14 * HOUR, "RESUME_CAP", "low", "raised"),
]

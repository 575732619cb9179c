"""Run a program on a rig, make the scenario happen, and keep everything that was seen."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from pump.conditions import CONDITIONS, PRIORITY_NAMES
from pump.controller import margin_s
from pumprig.analysis.ideal import Action, Ideal, volume_error_steps_max
from pumprig.rig import orders
from pumprig.rig.bench_acts import refuse_faults
from pumprig.rig.link_client import LinkError
from pumprig.rig.protocol import CannotHappen, Rig
from pumprig.rig.record import Event, RateChange, Run, Sample, TruthPoint
from pumprig.rig.staging import stage
from pumprig.therapy import ProgramRefused, ScenarioEvent, Therapy
from pumprig.therapy.scenario_file import HAPPENINGS

DAY_S = 86_400
HOUR_S = 3_600
_RESETS = ("power_cut", "freeze_cpu")
# After these nobody says how far the plan was, or what a fault asked of delivery.
_UNFORESEEN = ("clock_jump", "fault", "key_down")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: pump time, and the last sample there was."""

    now_s: int
    end_s: int
    sample: Sample | None
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: `days` of pump time at `time_scale`. The texts go into the report. `confirm` is
    the reason for what the device takes only when confirmed; `prime`: fill the line first.
    ProgramRefused where an event's fault is not in the bench's table."""

    therapy: Therapy
    program_text: str
    days: float
    time_scale: int
    events: Sequence[ScenarioEvent] = ()
    scenario_text: str = ""
    confirm: str = ""
    prime: bool = False

    def __post_init__(self) -> None:
        refuse_faults(self.events)


class NotRefused(Exception):
    """The device took an order of which the scenario says that it must be refused."""


def run_program(rig: Rig, plan: Plan, tell: Callable[[Progress], None]) -> Run:
    """Run `plan` on an open `rig`. LinkError when the device does not answer or refuses,
    ProgramRefused when it wants a reason, NotRefused when it took what it must refuse."""
    return _Running(rig, plan, tell).go()


class _Running:
    """One run under way. Pump time is the device's: asked for, or advanced exactly with it."""

    def __init__(self, rig: Rig, plan: Plan, tell: Callable[[Progress], None]) -> None:
        self.rig = rig
        self.plan = plan
        self.tell = tell
        self.program = plan.therapy.device_program()  # the one that was committed last
        self.end_s = round(plan.days * DAY_S)
        self.actions: list[Action] = []
        self.given: list[orders.Answer] = []  # obeyed, and not yet told of by the device
        self.knows_ideal = True
        self.held = False
        self.conditions = list(CONDITIONS)
        self.run = Run(
            rig=rig.name,
            program_name=plan.therapy.name,
            program=plan.therapy.device_program(),
            program_text=plan.program_text,
            scenario_text=plan.scenario_text,
            time_scale=plan.time_scale,
            pump_days=plan.days,
        )

    def go(self) -> Run:
        started = time.monotonic()
        self._start()
        events = [event for event in self.plan.events if event.at_s <= self.end_s]
        hours = range(HOUR_S, self.end_s, HOUR_S)
        for point_s in sorted({0, *hours, self.end_s, *(event.at_s for event in events)}):
            self._advance_to(point_s)
            while events and events[0].at_s <= point_s:
                self._happen(events.pop(0))
            self._take_truth(point_s)
        self._finish()
        self.run.wall_s = time.monotonic() - started
        return self.run

    def _start(self) -> None:
        link, run = self.rig.link, self.run
        hello = link.order("hello")
        run.micropython_version = self.rig.micropython_version
        run.image_sha256 = self.rig.image_sha256
        run.firmware_version = str(hello["firmware"])
        if hello["self_test"] != "ok":
            raise LinkError(f"the device failed its self-test: {hello['self_test']}")
        with suppress(CannotHappen):
            self.rig.happen("refill", {"volume_nl": self.plan.therapy.volume_nl})
        self._stage()
        link.order("watch", every=1)
        link.order("status")  # after what the device still had to tell of the time before
        link.take_frames()
        confirm = {"confirm": self.plan.confirm} if self.plan.confirm else {}
        self.rig.pace(self.plan.time_scale, _int(run.program["nl_per_1000_steps"]))
        reply = link.order("start", scale=self.plan.time_scale, prime=self.plan.prime, **confirm)
        if self.plan.prime:
            volume_nl = _int(run.program["tubing_nl"]) + _int(run.program["catheter_nl"])
            self.actions.append((0, "prime", volume_nl, _int(reply["end_s"]), 0))
        self.now_s = self._pump_s()

    def _stage(self) -> None:
        reply = stage(self.rig.link, self.run.program)
        if "err" in reply:
            raise LinkError(f"the device refuses the program: {reply['err']}")
        if reply["soft"] and not self.plan.confirm:
            names = " ".join(cast(list[str], reply["soft"]))
            raise ProgramRefused([f'{names} - confirm with a reason - --confirm "why"'])

    # -- time --------------------------------------------------------------------------------
    def _pump_s(self) -> float:
        status = self.rig.link.order("status")
        return _int(status["now_s"]) + _int(status["now_ms"]) / 1000

    def _advance_to(self, point_s: int) -> None:
        """Let the device run until its pump time is `point_s`, in slices that show progress."""
        while (left_s := point_s - self.now_s) > 1e-6:
            slice_s = min(max(left_s / self.plan.time_scale, 0.001), self.rig.look_s)
            self.rig.advance(slice_s)
            self._collect()
            if self.rig.exact_time:
                self.now_s += slice_s * self.plan.time_scale
            else:
                self.now_s = self._pump_s()
        self.tell(self._progress(point_s))

    def _progress(self, now_s: int) -> Progress:
        sample = self.run.samples[-1] if self.run.samples else None
        mask = sample.alarms if sample else 0
        names = (row[0] for i, row in enumerate(self.conditions) if mask >> i & 1)
        return Progress(now_s, self.end_s, sample, tuple(names))

    # -- what happens ------------------------------------------------------------------------
    def _happen(self, event: ScenarioEvent) -> None:
        if event.note:
            self._log(event.at_s, "note", event.action, event.note)
        began_s = self.rig.wall_s()
        try:
            if event.action in HAPPENINGS or event.action == "refill":
                seen: dict[str, int | str] = {
                    k: v
                    for k, v in event.args.items()
                    if isinstance(v, int) or event.action in HAPPENINGS
                }
                if "filled_nl" in seen:
                    seen = {"volume_nl": seen["filled_nl"]}
                if event.expect != "refused":
                    self.rig.happen(event.action, seen)
                    self._log(event.at_s, "bench", event.action, _words(seen))
        except CannotHappen as cannot:
            self._log(event.at_s, "note", event.action, str(cannot))
            if event.action in HAPPENINGS:
                return
        if event.action in _RESETS:
            lost_s = (self.rig.wall_s() - began_s) * self.plan.time_scale
            self._reconnect(event.at_s, event.at_s + math.ceil(lost_s))
        if event.action in _UNFORESEEN:
            self.knows_ideal = False
        elif event.action not in HAPPENINGS:
            self._order(event)
        self.now_s = self._pump_s()

    def _order(self, event: ScenarioEvent) -> None:
        answer = orders.give(self.rig.link, event, self.program)
        if answer.refused:
            expected = "refused, as it must be" if event.expect else "refused"
            self._log(event.at_s, "note", event.action, f"{expected}: {answer.refused}")
            return
        if event.expect == "refused":
            raise NotRefused(f"{event.action} at {event.at_s} s was to be refused, and was obeyed")
        self.given.append(answer)
        self.knows_ideal &= answer.known
        if answer.words:
            self._log(event.at_s, "note", event.action, answer.words)
        if "program" in event.args:
            self.program = event.args["program"]

    def _reconnect(self, at_s: int, now_s: int) -> None:
        """After a reset: say why it was, and give the pump its time back."""
        link = self.rig.link
        hello = link.order("hello")
        self._log(at_s, "reset", str(hello["reset"]), f"state: {hello['state']}")
        link.order("watch", every=1)
        reply = link.request("clock", now_s=now_s)
        if "err" in reply:
            self._log(at_s, "note", "clock", f"refused: {reply['err']}")

    # -- what is kept --------------------------------------------------------------------------
    def _log(self, t_s: int, kind: str, name: str, text: str) -> None:
        self.run.events.append(Event(t_s, kind, name, "", "", text))

    def _take_truth(self, t_s: int) -> None:
        self._collect()
        truth = self.rig.truth()
        if truth:
            self.run.truth.append(
                TruthPoint(t_s, truth.steps_seen, truth.delivered_nl, truth.reservoir_nl)
            )

    def _collect(self) -> None:
        run = self.run
        for frame in self.rig.link.take_frames():
            for kind, body in frame.items():
                row = cast(list[Any], body)
                if kind == "s":
                    run.samples.append(Sample(row[0] * 1000 + row[1], *row[2:]))
                elif kind == "r":
                    run.rates.append(RateChange(row[0], max(0, row[1]), max(0, row[2])))
                elif kind == "b":
                    run.events.append(_bolus(*row))
                elif kind == "d":
                    run.day_totals.append(row[1])
                elif kind == "a":
                    run.events.append(self._alarm(*row))
                    if run.events[-1].name == "PROGRAM_INTERRUPTED" and row[2] == "raised":
                        self._begin_hold(row[0])
                elif kind == "l":
                    run.events.append(Event(max(0, row[0]), "command", row[1], "", "", row[2]))
                    self._note_action(row[0], row[1])

    def _note_action(self, t_s: int, command: str) -> None:
        """What the ideal has to follow, at the device's own time."""
        for i, answer in enumerate(self.given):
            if answer.command == command:
                del self.given[: i + 1]
                acts_s = -(-(t_s + HOUR_S) // HOUR_S) * HOUR_S
                if answer.begins:
                    self._log(acts_s, "program", command, answer.begins)
                was_held, ends_hold = self.held, command in ("refill", "refill_cancel")
                if was_held and ends_hold:
                    self.held = False
                    self.actions.append((t_s, "release", acts_s))
                if answer.action and (was_held or command != "refill_cancel"):
                    self.actions.append(answer.action(max(0, t_s)))
                return

    def _begin_hold(self, t_s: int) -> None:
        """A refill became an interrupted one, at the hour that was planned at `t_s`."""
        self.held = True
        self.knows_ideal &= self.plan.therapy.profile == "itb"  # the other one stops
        self.actions.append((t_s, "hold", -(-t_s // HOUR_S) * HOUR_S))

    def _alarm(self, t_s: int, condition: int, event: str) -> Event:
        name, itb, pca, text = self.conditions[condition][:4]
        priority = pca if self.plan.therapy.profile == "pca" else itb
        return Event(t_s, "alarm", name, PRIORITY_NAMES[priority], event, text)

    def _finish(self) -> None:
        run = self.run
        status = self.rig.link.order("status")
        hello = self.rig.link.order("hello")
        self._collect()
        run.events.sort(key=lambda event: event.t_s)
        run.steps_authorised = _int(status["authorised"])
        # A rig is not left pumping; and only at rest do two counters show the same instant.
        self.rig.link.request("estop", confirm=True, reason="end of run")
        self.rig.link.request("ack")  # a rig that is left alone does not sound; its lamp stays
        self.rig.advance(0.1)
        run.steps_emitted = _int(self.rig.link.order("status")["emitted"])
        truth = self.rig.truth()
        run.steps_seen = truth.steps_seen if truth and run.micropython_version else None
        run.heap_free_min_bytes = _int_or_none(hello.get("heap_free_min"))
        run.loop_ms_max = _int_or_none(hello.get("loop_ms_max"))
        run.steps_in_flight_max = max((s.authorised - s.emitted for s in run.samples), default=0)
        resets = any(event.action in _RESETS for event in self.plan.events)
        if self.knows_ideal and not resets:  # over a reset the time lost is not known to the step
            self.actions.sort(key=lambda action: action[0])
            delay_s = margin_s(run.time_scale)
            ideal = Ideal(run.program, self.actions, self.end_s + DAY_S, delay_s)
            inside = [s for s in run.samples if 0 <= s.now_ms <= self.end_s * 1000]
            run.volume_error_steps_max = volume_error_steps_max(inside, ideal)


def _bolus(t_s: int, kind: str, event: str, volume_nl: int, seconds: int) -> Event:
    text = f"{volume_nl / 1000:g} uL" + (f" in {seconds} s" if seconds else "")
    return Event(max(0, t_s), "bolus", kind, "", event, text)


def _words(args: dict[str, int | str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in args.items())


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise LinkError(f"the device sent {value!r} where a number belongs")
    return value


def _int_or_none(value: object) -> int | None:
    return value if isinstance(value, int) else None

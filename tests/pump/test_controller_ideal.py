"""Arbitrary programs and orders against the ideal, which shares no line with the firmware."""

from fractions import Fraction
from random import Random
from typing import Any

from device_program import DAY, HOUR, programs, scaled
from driven import Driven, jitter
from hypothesis import given, note, settings
from hypothesis import strategies as st
from traceability.mark import requirement

from pump import conditions as al
from pump import limits, rules
from pump.controller import RUNNING, margin_s
from pump.limits import largest_scale
from pump.program import Program
from pumprig.analysis.ideal import Ideal

HALF = Fraction(1, 2)
_N = settings().max_examples
MORE = settings(max_examples=min(3 * _N, max(_N, 300)))


@st.composite
def paces(draw: st.DrawFn, fields: dict[str, Any]) -> tuple[int, int]:
    """Window and margin of some rig at some time scale that the program's motor can follow."""
    scale = draw(st.integers(min(60, largest_scale(fields)), largest_scale(fields)))
    return draw(st.sampled_from([3600, 4 * scale])), draw(st.sampled_from([0, margin_s(scale)]))


def whole(steps: Fraction) -> int:
    """Steps made when the ideal stands at `steps`: the next is made half a step on."""
    return int((steps + HALF) // 1)


def line(changes: list[tuple[Any, int, int]], end_s: int) -> list[tuple[Any, int, int]]:
    """The changes before `end_s` that last until another second, and change something."""
    assert changes == sorted(changes, key=lambda change: change[0])
    last = {t_s: (t_s, rate, basal) for t_s, rate, basal in changes if t_s < end_s}
    lasting = list(last.values())
    return [c for i, c in enumerate(lasting) if i == 0 or c[1:] != lasting[i - 1][1:]]


def assert_equal_to(ideal: Ideal, driven: Driven, days: int) -> None:
    assert driven.controller.days[:days] == [
        (day, whole(ideal.steps(day * DAY))) for day in range(days)
    ]


def check_every_call(ideal: Ideal) -> Any:
    """At every call what was made is the ideal, to the half step."""

    def watch(driven: Driven, _actions: object) -> None:
        t_s = max(0, driven.now_s)
        assert abs(driven.motor.counted(t_s) - ideal.steps(t_s)) <= HALF

    return watch


@requirement("R6.1.0(1)")
@MORE
@given(programs(), st.data(), st.integers(0, 2**32))
def test_any_program_gives_the_ideal_to_the_step_at_every_midnight_and_every_call(
    fields: dict[str, Any], data: st.DataObject, seed: int
) -> None:
    days, pace = 4, data.draw(paces(fields))
    ideal = Ideal(fields, [], days * DAY + HOUR)
    driven = Driven(fields, *pace, delay=jitter(seed))
    driven.watch = check_every_call(ideal)
    driven.run_to(days * DAY - 1)
    assert driven.made == whole(ideal.steps(days * DAY - 1))
    if driven.controller.state == RUNNING:
        assert_equal_to(ideal, driven, days)
        last_s = driven.controller.rates[-1][0]
        assert driven.controller.rates == [c for c in ideal.changes if c[0] <= last_s]


@MORE
@given(programs(), st.data(), st.integers(0, 2**32))
def test_the_totals_do_not_depend_on_when_the_controller_is_called(
    fields: dict[str, Any], data: st.DataObject, seed: int
) -> None:
    one, other = (data.draw(paces(fields)) for _ in range(2))
    pumps = [Driven(fields, *one, delay=jitter(seed)), Driven(fields, *other)]
    draw = Random(seed)
    for day in range(3):
        for driven in pumps:
            for _ in range(5):  # calls nobody asked for
                driven.run_to(max(driven.now_s, day * DAY + draw.randrange(DAY)))
                if driven.controller.front_s > driven.now_s + driven.controller.margin_s:
                    assert not driven.call().packet
            driven.run_to((day + 1) * DAY)
        assert pumps[0].made == pumps[1].made
        assert pumps[0].controller.days == pumps[1].controller.days


class Operated(Driven):
    """Driven, by orders that the ideal hears of as well."""

    def __init__(self, fields: dict[str, Any], window_s: int, margin_s: int) -> None:
        super().__init__(fields, window_s, margin_s)
        self.fields = fields
        self.margin_s = margin_s
        self.actions: list[tuple[Any, ...]] = []

    def operate(self, name: str, at_s: int, draw: st.DataObject) -> None:
        """One order of that name now, with drawn figures; refused ones leave no trace."""
        c = self.controller
        ran_empty = c.alarms.active >> al.RESERVOIR_EMPTY & 1
        begins = name in ("restart", "refill", "another_solution")
        if self.margin_s and begins and (ran_empty or not self.running):
            return  # begins a margin later than the ideal: the paces without one show it
        action = getattr(self, "_" + name)(draw)
        if action is not None:
            self.actions.append((at_s, *action))

    def _refill(self, draw: st.DataObject) -> "tuple[Any, ...] | None":
        volume_nl = draw.draw(st.integers(2_000_000, 50_000_000))
        return ("refill", volume_nl) if self.order("refill", volume_nl) is None else None

    def _stop(self, draw: st.DataObject) -> "tuple[Any, ...] | None":
        d = self.controller.program.max_drop_permille  # type: ignore[union-attr]
        keep = 1000 - d
        plans = [
            [],
            [[0, 1000 - d // 3]],
            [[5, keep + 5], [29, keep * keep // 1000 + 10], [60, 20]],
        ]
        plan = draw.draw(st.sampled_from(plans))
        stays = draw.draw(st.booleans())
        if self.order("stop_planned", [list(entry) for entry in plan], stays) is not None:
            return None
        return "stop", plan, "minimum" if stays else "stopped"

    def _resume_direct(self, _: st.DataObject) -> "tuple[Any, ...] | None":
        return ("resume_direct",) if self.order("resume_direct") is None else None

    def _emergency_stop(self, _: st.DataObject) -> "tuple[Any, ...] | None":
        return ("emergency_stop",) if self.order("stop_now") is None else None

    def _restart(self, _: st.DataObject) -> "tuple[Any, ...] | None":
        return ("restart",) if self.order("restart") is None else None

    def _bolus(self, draw: st.DataObject) -> "tuple[Any, ...] | None":
        most = max(1, self.fields["bolus_max_nl"])
        volume_nl, seconds = draw.draw(st.integers(1, most)), draw.draw(st.integers(1, 6 * HOUR))
        start_s = self.controller.front_s
        if self.order("give_bolus", volume_nl, seconds) is not None:
            return None
        return "bolus", volume_nl, seconds, start_s

    def _bolus_stop(self, _: st.DataObject) -> "tuple[Any, ...] | None":
        end_s = self.controller.front_s
        return ("bolus_stop", end_s) if self.controller.stop_bolus() is None else None

    def _time(self, draw: st.DataObject) -> "tuple[Any, ...] | None":
        weekday, tod_s = draw.draw(st.integers(0, 6)), draw.draw(st.integers(0, DAY - 1))
        if self.order("set_time", tod_s, weekday) is not None:
            return None
        return "time", weekday, tod_s

    def _another(self, draw: st.DataObject) -> "Program | None":
        fields = scaled(self.fields, draw.draw(st.integers(600, 1_400)))
        if draw.draw(st.booleans()):
            fields["periodic"] = []
        if limits.refusal(fields) or rules.refusal(Program(fields)):
            return None
        return Program(fields)

    def _change(self, draw: st.DataObject) -> "tuple[Any, ...] | None":
        program = self._another(draw)
        if program is None or self.order("change", program, "test") is not None:
            return None
        self.fields = program.fields
        return "change", program.fields

    def _another_solution(self, draw: st.DataObject) -> "tuple[Any, ...] | None":
        program = self._another(draw)
        if program is None or not self.running:
            return None
        fields = {**program.fields, "drugs": [list(drug) for drug in program.drugs]}
        for drug in fields["drugs"]:
            drug[1:4] = [drug[1] * 2, 0, drug[3] * 2]
        if limits.refusal(fields):
            return None
        program, bridge = Program(fields), draw.draw(st.booleans())
        volume_nl = draw.draw(st.integers(2_000_000, 50_000_000))
        made = self.made
        if self.order("refill_with", volume_nl, made, program, bridge, "test") is not None:
            return None
        self.fields = fields
        return "refill", volume_nl, fields, bridge

    def _lose_clock(self, draw: st.DataObject) -> "tuple[Any, ...] | None":
        by_s = draw.draw(st.sampled_from([-40 * DAY, 40 * DAY]))
        front_s = self.controller.front_s
        if not self.running:
            return None
        right_s = self.now_s
        self.now_s = right_s + by_s
        self.sensed.counted, self.sensed.idle = self.motor.counted(right_s), False
        self.sensed.room = False
        actions = self.controller.step(self.now_s, self.sensed)
        self.now_s = right_s
        assert actions.clock_s <= right_s and not actions.packet
        return "clock_lost", front_s


_NAMES = [name[1:] for name in vars(Operated) if name.startswith("_") and name[1] != "_"]
_NAMES.remove("another")


@st.composite
def timelines(draw: st.DrawFn, days: int, margin: int) -> list[tuple[int, str]]:
    """Orders at random times. None within the margin before an hour, which is decided by then."""
    hours = draw(st.lists(st.integers(0, days * 24 - 1), max_size=10).map(sorted))
    minutes = [draw(st.integers(0, HOUR - margin - 1)) for _ in hours]
    names = [draw(st.sampled_from(_NAMES)) for _ in hours]
    return sorted(
        zip([h * HOUR + m for h, m in zip(hours, minutes, strict=True)], names, strict=True)
    )


@MORE
@given(programs(), st.data())
def test_any_orders_give_the_ideal(fields: dict[str, Any], data: st.DataObject) -> None:
    days, pace = 6, data.draw(paces(fields))
    driven = Operated(fields, *pace)
    for at_s, name in data.draw(timelines(days, pace[1])):
        driven.run_to(at_s)
        driven.operate(name, at_s, data)
    driven.run_to(days * DAY)
    ideal = Ideal(fields, driven.actions, days * DAY + HOUR)
    note(driven.actions)
    raised = {condition for condition, _ in driven.controller.alarms.changed}
    if al.RESERVOIR_EMPTY not in raised:  # what is released already cannot end any sooner
        ends_s = days * DAY
        assert line(driven.controller.rates, ends_s) == line(ideal.changes, ends_s)
    assert abs(driven.made - ideal.steps(days * DAY)) <= 1

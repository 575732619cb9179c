"""Arbitrary programs and orders against the ideal, which shares no line with the firmware."""

from fractions import Fraction
from random import Random
from typing import Any

from device_program import DAY, HOUR, programs
from driven import Driven, jitter
from hypothesis import given, settings
from hypothesis import strategies as st

from pump import alarms as al
from pump.controller import RUNNING, margin_s
from pump.limits import largest_scale
from pumprig.analysis.ideal import Ideal

HALF = Fraction(1, 2)
MORE = settings(max_examples=3 * settings().max_examples)
_ORDERS = {
    "refill": "refill",
    "stop": "stop_planned",
    "resume_direct": "resume_direct",
    "emergency_stop": "stop_now",
    "restart": "restart",
}


@st.composite
def paces(draw: st.DrawFn, fields: dict[str, Any]) -> tuple[int, int]:
    """Window and margin of some rig at some time scale that the program's motor can follow."""
    scale = draw(st.integers(min(60, largest_scale(fields)), largest_scale(fields)))
    return draw(st.sampled_from([3600, 4 * scale])), draw(st.sampled_from([0, margin_s(scale)]))


def whole(steps: Fraction) -> int:
    """Steps made when the ideal stands at `steps`: the next is made half a step on."""
    return int((steps + HALF) // 1)


def line(rates: list[tuple[Any, int]], end_s: int) -> list[tuple[Any, int]]:
    """The changes before `end_s` that last until another second, and change something."""
    assert rates == sorted(rates, key=lambda change: change[0])
    lasting = [(t_s, rate) for t_s, rate in dict(rates).items() if t_s < end_s]
    return [c for i, c in enumerate(lasting) if i == 0 or c[1] != lasting[i - 1][1]]


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
        planned = [change for change in ideal.rates if change[0] <= driven.controller.rates[-1][0]]
        assert driven.controller.rates == planned


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


@st.composite
def timelines(draw: st.DrawFn, days: int, margin: int) -> list[tuple]:
    """Orders at random times. None within the margin before an hour, which is decided by then."""
    hours = draw(st.lists(st.integers(0, days * 24 - 1), max_size=8).map(sorted))
    events = []
    for hour in hours:
        at_s = hour * HOUR + draw(st.integers(0, HOUR - margin - 1))
        name = draw(st.sampled_from(sorted(_ORDERS)))
        events.append((at_s, name, draw(st.integers(1_000_001, 50_000_000))))
    return sorted(events)


@MORE
@given(programs(), st.data())
def test_any_orders_give_the_ideal(fields: dict[str, Any], data: st.DataObject) -> None:
    days, pace = 6, data.draw(paces(fields))
    driven, given_orders = Driven(fields, *pace), []
    for at_s, name, volume in data.draw(timelines(days, pace[1])):
        driven.run_to(at_s)
        c = driven.controller
        ran_empty = c.alarms.active >> al.RESERVOIR_EMPTY & 1
        if pace[1] and (name == "restart" or ran_empty):
            continue  # begins a margin later than the ideal: the paces without one show it
        args = (volume,) if name == "refill" else ()
        if driven.order(_ORDERS[name], *args) is None:
            given_orders.append((at_s, name, *args))
    driven.run_to(days * DAY)
    ideal = Ideal(fields, given_orders, days * DAY + HOUR)
    assert abs(driven.made - ideal.steps(days * DAY)) <= 1
    raised = {condition for condition, _ in driven.controller.alarms.changed}
    if al.RESERVOIR_EMPTY not in raised:  # what is released already cannot end any sooner
        ends_s = days * DAY
        assert line(driven.controller.rates, ends_s) == line(ideal.rates, ends_s)

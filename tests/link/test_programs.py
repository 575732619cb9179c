"""Programs on the wire: staged in parts, looked at, and committed in one step."""

import json
from typing import Any

import pytest
from asked import SCREENING, WHY, Device, running
from device_program import DAY, HOUR, continuous, program, with_boluses
from hypothesis import given
from hypothesis import strategies as st
from traceability.mark import requirement

from link import frames
from link.programs import PARTS_MAX

SALT: list[list[Any]] = [["salt", 1000, 0, 1000, 0]]
OTHER: list[list[Any]] = [["salt", 2000, 0, 2000, 0]]
BACLOFEN: list[list[Any]] = [["baclofen", 2000, 12, 2003, 0]]


def salty(rate: int = 10_000, **changes: Any) -> dict[str, Any]:
    return continuous(rate, **{"drugs": SALT, **changes})


def baclofen(rate: int, **changes: Any) -> dict[str, Any]:
    """`rate` nL/h of 2000 ug/mL: 48 ug a day for each 1000 nL/h."""
    return continuous(rate, **{"drugs": BACLOFEN, "nl_per_1000_steps": 5_000, **changes})


# -- in parts -------------------------------------------------------------------------------------
def test_a_program_in_one_frame_needs_no_parts(device: Device) -> None:
    small = {name: program()[name] for name in program()}
    assert device.obeyed("stage", program=small) == {"largest_scale": 1440, "soft": []}


@given(st.data())
def test_a_program_may_be_cut_anywhere(data: st.DataObject) -> None:
    """Between fields and within lists, in as many as 16 parts."""
    fields = with_boluses(periodic=[[h * HOUR, 1_000, 60] for h in range(12)])
    pieces: list[tuple[str, Any]] = []
    for name, value in fields.items():
        if isinstance(value, list) and len(value) > 1:
            at = data.draw(st.integers(0, len(value)))
            pieces += [(name, value[:at]), (name, value[at:])]
        else:
            pieces.append((name, value))
    of = data.draw(st.integers(1, PARTS_MAX))
    cuts = sorted(data.draw(st.integers(0, len(pieces))) for _ in range(of - 1))
    device = Device()
    for part, (low, high) in enumerate(zip([0, *cuts], [*cuts, len(pieces)], strict=True)):
        together: dict[str, Any] = {}
        for name, value in pieces[low:high]:
            both = name in together and isinstance(value, list)
            together[name] = together[name] + value if both else value
        reply = device.ask("stage", program=together, part=part, of=of)
        assert reply["ok"] == 1
        assert (device.commands.staged is not None) == (part == of - 1)
    assert device.commands.staged is not None
    assert device.commands.staged.fields == fields


def test_the_longest_program_fits_its_parts() -> None:
    steps = [[86_376 + i, 900_000 - i] for i in range(24)]
    drugs = [["\U0001f480" * 31 + str(i), 1, 0, 1_000_000, 3650] for i in range(4)]
    fields = with_boluses(
        mode="flex", steps=steps, variants=[[1 << day, steps] for day in range(6)], drugs=drugs,
        max_flow_nl_h=1_000_000, name="n" * 32, nl_per_1000_steps=200_000, max_step_hz=15_000,
        max_bolus_flow_nl_h=20_000_000, bolus_gap_s=0,
        periodic=[[i * 3600, 5_000, 60] for i in range(24)],
    )  # fmt: skip
    parts: list[dict[str, Any]] = [{}]
    for name, value in fields.items():
        for row in [[entry] for entry in value] if isinstance(value, list) and value else [value]:
            longer = dict(parts[-1])
            longer[name] = longer[name] + row if isinstance(row, list) and name in longer else row
            if len(frames.encode({"q": 2**40, "c": "stage", "program": longer})) > 990:
                parts.append({name: row})
            else:
                parts[-1] = longer
    assert len(parts) <= PARTS_MAX
    device = Device()
    for part, piece in enumerate(parts):
        line = frames.encode(
            {"q": part, "c": "stage", "program": piece, "part": part, "of": len(parts)}
        )
        request = frames.decode(line)
        assert request is not None
        assert device.commands.answer(request).get("ok") == 1
    assert device.commands.staged is not None
    assert device.commands.staged.fields == fields


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([(1, 2)], "part: 1 out of turn; begin again with 0"),
        ([(2, 3)], "part: 2 out of turn; begin again with 0"),
        ([(0, 3), (2, 3)], "part: 2 out of turn; begin again with 0"),
        ([(0, 3), (1, 3), (1, 3)], "part: 1 out of turn; begin again with 0"),
        ([(0, 3), (1, 2)], "part: 1 out of turn; begin again with 0"),
        ([(0, 2), (2, 2)], "part: 2 not in 0..1"),
        ([(-1, 2)], "part: -1 not in 0..1"),
        ([(0, 0)], "of: 0 not in 1..16"),
        ([(0, 17)], "of: 17 not in 1..16"),
        ([("0", 2)], "part: missing or not a whole number"),
        ([(0, None)], "of: missing or not a whole number"),
    ],
)
def test_parts_come_one_after_the_other(
    device: Device, parts: list[tuple[Any, Any]], words: str
) -> None:
    *before, (part, of) = parts
    for early, count in before:
        device.obeyed("stage", program={}, part=early, of=count)
    assert device.ask("stage", program={}, part=part, of=of)["err"] == words
    assert device.commands.staged_fields == {}
    after = device.ask("stage", program={}, part=1, of=3)
    assert after["err"] == "part: 1 out of turn; begin again with 0"


def test_part_0_begins_anew(device: Device) -> None:
    device.obeyed("stage", program={"steps": [[0, 1]]}, part=0, of=2)
    device.stage(program())
    assert device.commands.staged is not None


def test_a_first_part_forgets_what_was_staged(device: Device) -> None:
    device.stage(program())
    device.obeyed("stage", program={}, part=0, of=2)
    assert device.refused("start") == "start: nothing is staged"


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        ({"bad": 1}, "bad: not a field of a program"),
        ({"x\n" * 20: 1}, "x?x?x?x?x?x?x?x?x?x?x?x?: not a field of a program"),
        ({"v": 10**900}, f"v: 1{'0' * 23} not in 2..2"),
        ({"v": "2"}, "v: missing or not a whole number"),
        ({"mode": "x\r" * 400}, f"mode: {'x?' * 12} not one of continuous flex minimum"),
        ({"mode": ["x"]}, "mode: ['x'] not one of continuous flex minimum"),
        ({"name": "x" * 33}, "name: not 1..32 characters, none of control"),
        ({"name": "a\nb"}, "name: not 1..32 characters, none of control"),
        ({"name": "\udfff"}, "name: not 1..32 characters, none of control"),
        ({"name": ""}, "name: not 1..32 characters, none of control"),
        ({"name": 5}, "name: not 1..32 characters, none of control"),
        ({"steps": ["~"] * 23}, "steps[1]: not a list of 2"),
        ({"steps": [[1, 1]] * 24}, "steps: not 1..24 entries"),
        ({"steps": {}}, "steps: not 1..24 entries"),
        ({"steps": [[1, "~"]]}, "steps[1][1]: missing or not a whole number"),
        ({"steps": [[1, 2, 3]]}, "steps[1]: not a list of 2"),
        ({"notices_s": ["~"]}, "notices_s[0]: missing or not a whole number"),
        ({"demand": [1, 2, 3]}, "demand: not 0..2 entries"),
        ({"drugs": [["x" * 33, 1, 0, 1, 0]]}, "drugs[0]: not 1..32 characters"),
        ({"drugs": [["a\x9bb", 1, 0, 1, 0]]}, "drugs[0]: not 1..32 characters"),
        ({"drugs": [[["x"], 1, 0, 1, 0]]}, "drugs[0]: not 1..32 characters"),
        ({"drugs": [["x", 1, 0, 1]]}, "drugs[0]: not a list of 5"),
        ({"variants": [[1, "~" * 800]]}, "variants[0]: not 1..24 entries"),
        ({"variants": [[1, [[0, 1]] * 25]]}, "variants[0]: not 1..24 entries"),
        ({"variants": [[1, [[0, 1], "~"]]]}, "variants[0][1]: not a list of 2"),
    ],
)
def test_of_a_part_nothing_is_kept_that_no_program_holds(
    device: Device, piece: dict[str, Any], words: str
) -> None:
    device.obeyed("stage", program={"steps": [[0, 1]]}, part=0, of=3)
    refused = device.ask("stage", program=piece, part=1, of=3)
    assert refused["err"].startswith(words)
    assert device.commands.staged_fields == {}


@pytest.mark.parametrize("bad", [None, [], "x", 5])
def test_a_program_that_is_none_is_refused_and_leaves_nothing(device: Device, bad: Any) -> None:
    device.stage(program(name="good"))
    assert device.ask("stage", program=bad)["err"] == "program: missing"
    assert device.refused("start") == "start: nothing is staged"


@pytest.mark.parametrize("name", ["x", "x" * 32])
def test_a_name_has_from_1_to_32_characters(device: Device, name: str) -> None:
    device.stage(salty(name=name, drugs=[[name, 1000, 0, 1000, 0]]))
    assert device.commands.staged is not None


@requirement("R6.5.0(10)")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tau_dh": 99}, "tau_dh: 99 not in 100..30000"),
        ({"low_alarm_nl": 0}, "low_alarm_nl: 0 not in 500000.. : low could come after empty"),
        ({"v": 1}, "v: 1 not in 2..2"),
        ({"drugs": [["baclofen", 49, 12, 2003, 0]]}, "drugs[0]: conc_ug_ml 49 not in 50..2000"),
    ],
)
def test_a_refused_program_leaves_nothing_that_could_be_started(
    device: Device, changes: dict[str, Any], words: str
) -> None:
    device.stage(program())
    assert str(device.ask("stage", program=program(**changes))["err"]).startswith(words)
    assert device.refused("start") == "start: nothing is staged"


# -- start ----------------------------------------------------------------------------------------
def test_a_program_is_staged_then_started_once(device: Device) -> None:
    device.stage(program())
    assert device.controller.program is None
    assert device.obeyed("start", scale=60) == {}
    assert device.prepared == [("demo", 60)]
    assert device.ask("status")["state"] == "running"
    assert device.refused("start") == "start: nothing is staged"


@requirement("I5")
def test_what_is_staged_and_not_committed_never_runs(running: Device) -> None:
    running.stage(continuous(9_000, name="other"))
    running.run(3 * DAY)
    assert running.controller.program is not None
    assert running.controller.program.name == "demo"
    assert running.refused("start") == ("load: a program is running; change it, or stop it first")
    assert running.commands.staged is not None


def test_a_refused_scale_leaves_the_program_staged(device: Device) -> None:
    device.stage(program())
    for bad in (0, 1441, 10**900):
        assert device.refused("start", scale=bad) == f"scale: {str(bad)[:24]} not in 1..1440"
    for bad in (1.5, "60", None, True, "x" * 900):
        assert device.refused("start", scale=bad) == "scale: missing or not a whole number"
    assert device.obeyed("start", scale=1440) == {}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"weekday": 7}, "weekday: 7 not in 0..6"),
        ({"weekday": -1}, "weekday: -1 not in 0..6"),
        ({"weekday": "Monday"}, "weekday: missing or not a whole number"),
        ({"tod_s": DAY}, "tod_s: 86400 not in 0..86399"),
        ({"tod_s": -1}, "tod_s: -1 not in 0..86399"),
        ({"tod_s": None}, "tod_s: missing or not a whole number"),
        ({"prime": 1}, "prime: not true or false"),
        ({"prime": None}, "prime: not true or false"),
        ({"prime": True}, "prime: tubing_nl and catheter_nl are 0"),
    ],
)
def test_what_a_start_is_told_is_checked_first(
    device: Device, fields: dict[str, Any], words: str
) -> None:
    device.stage(program())
    assert device.refused("start", **fields) == words
    assert device.obeyed("start") == {}


@pytest.mark.parametrize(
    ("weekday", "tod_s", "offset_s"), [(0, 0, 0), (6, DAY - 1, 7 * DAY - 1), (3, 5, 3 * DAY + 5)]
)
def test_a_start_says_what_day_and_time_it_is(
    device: Device, weekday: int, tod_s: int, offset_s: int
) -> None:
    device.begin(program(), weekday=weekday, tod_s=tod_s)
    assert device.controller.offset_s == offset_s
    therapy = device.ask("therapy")
    assert (therapy["weekday"], therapy["tod_s"]) == (weekday, tod_s)


def test_a_start_may_fill_the_line_first(device: Device) -> None:
    device.stage(with_boluses(tubing_nl=100_000))
    assert device.obeyed("start", prime=True) == {"start_s": 0, "end_s": 36}
    assert device.commands.log == [(0, "start", "start_s 0; end_s 36")]
    assert device.ask("therapy")["bolus"] == ["prime", 0, 100_000, 0, 36]


# -- soft rules -----------------------------------------------------------------------------------
@requirement("R6.5.0(9)")
def test_soft_rules_are_named_and_want_a_reason(device: Device) -> None:
    reply = device.stage(baclofen(21_000, under_12=1))
    assert reply["soft"] == ["ABOVE_1000", "ABOVE_MOST", "UNDER_12"]
    words = "confirm: give a reason for ABOVE_1000 ABOVE_MOST UNDER_12"
    for confirm in (None, "", True, 5, "x" * 81, ["x"]):
        assert device.refused("start", confirm=confirm) == words
    assert device.refused("start") == words
    assert device.obeyed("start", confirm="x" * 80) == {}
    assert device.commands.log == [(0, "start", "x" * 80)]


@requirement("R6.5.0(9)")
def test_a_change_that_passes_a_soft_rule_wants_its_reason() -> None:
    device = running(baclofen(15_000), scale=1)
    device.run(9 * DAY)
    assert device.stage(baclofen(17_000))["soft"] == ["ABOVE_MOST"]
    words = "confirm: give a reason for ABOVE_MOST"
    assert device.refused("change") == words
    assert device.refused("refill", volume_nl=40_000_000, change=True) == words
    assert device.obeyed("change", confirm="spastic") == {}
    assert device.commands.log[-1][1:] == ("change", "spastic")


def test_the_dose_of_a_week_ago_is_that_of_a_week_before_the_change() -> None:
    """100 ug, then 200 for weeks: 390 is not more than twice of what was given a week ago."""
    device = running(baclofen(4_200, rise_permille=300))
    device.run(2 * DAY)
    for rate in (5_400, 7_000, 9_000):
        device.stage(baclofen(rate))
        device.obeyed("change", confirm="titration")
        device.run(2 * DAY)
    device.run(20 * DAY)
    assert "ESCALATION" not in device.stage(baclofen(11_000))["soft"]
    assert device.obeyed("change") == {}
    device.run(2 * DAY)
    device.stage(baclofen(19_000))
    assert "ESCALATION" in device.refused("change", override="urgent")


# -- change ---------------------------------------------------------------------------------------
def test_a_staged_program_takes_the_place_of_the_running_one() -> None:
    device = running(salty())
    device.stage(salty(9_000, name="next"))
    assert device.obeyed("change") == {}
    assert device.commands.staged is None
    assert device.ask("therapy")["next"] == "next"
    device.run(2 * HOUR)
    assert device.ask("hello")["program"] == "next"
    assert device.ask("therapy")["next"] == ""
    assert device.refused("change") == "change: nothing is staged"


def test_without_a_program_there_is_nothing_to_change(device: Device) -> None:
    device.stage(salty())
    assert device.refused("change") == "change: no program runs"


def test_a_refused_change_leaves_the_program_staged() -> None:
    device = running(salty())
    device.stage(salty(11_000))
    assert device.refused("change").startswith("dose: no rise in the first 24 h")
    for override in ("", 5, None, True, "x" * 81):
        assert device.refused("change", override=override) == (
            "override: give a reason, 1..80 characters"
        )
    assert device.obeyed("change", override="urgent") == {}
    assert device.commands.log[-1] == (HOUR, "change", "urgent")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nl_per_1000_steps": 31_251}, "nl_per_1000_steps: another pump or profile"),
        ({"max_step_hz": 2_001}, "max_step_hz: another pump or profile"),
        ({"capacity_nl": 49_000_000, "volume_nl": 49_000_000}, "capacity_nl: another pump"),
        ({"profile": "pca"}, "profile: another pump or profile"),
        ({"residual_nl": 499_999}, "residual_nl: another pump or profile"),
    ],
)
def test_another_pump_is_no_change(changes: dict[str, Any], words: str) -> None:
    device = running(salty())
    device.stage(salty(**changes))
    assert device.refused("change").startswith(words)


def test_a_change_keeps_to_the_time_scale_that_runs() -> None:
    device = running(continuous(10_000), scale=1440)
    device.stage(continuous(500_000))
    assert device.refused("change", override="x").startswith("time_scale: 1440 is more than")


# -- refill ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("volume", [None, "9", 1.5, True, [5]])
def test_a_volume_is_a_whole_number(running: Device, volume: object) -> None:
    words = "volume_nl: missing or not a whole number"
    assert running.refused("refill", volume_nl=volume) == words


def test_a_refill_is_bounded_by_the_vessel(running: Device) -> None:
    for bad in (500_000, 20_000_001, -1, 10**900):
        assert running.refused("refill", volume_nl=bad) == (
            f"refill: {str(bad)[:24]} nL not in 500001..20000000"
        )
    for good in (500_001, 20_000_000):
        assert running.obeyed("refill", volume_nl=good) == {}


@pytest.mark.parametrize("change", [1, 0, "true", None, "", []])
def test_whether_the_program_changes_is_said_or_not_and_nothing_between(change: object) -> None:
    device = running(salty())
    device.stage(salty(9_000))
    words = "change: not true or false"
    assert device.refused("refill", volume_nl=FULL, change=change) == words


FULL = 40_000_000


def test_a_refill_without_change_leaves_what_is_staged() -> None:
    device = running(salty())
    device.stage(salty(9_000))
    assert device.obeyed("refill", volume_nl=FULL, change=False) == {}
    assert device.commands.staged is not None
    assert device.ask("therapy")["next"] == ""


def test_a_refill_with_change_needs_something_staged() -> None:
    device = running(salty())
    words = "change: nothing is staged"
    assert device.refused("refill", volume_nl=FULL, change=True) == words


def test_another_solution_asks_whether_it_is_bridged() -> None:
    device = running(salty(tubing_nl=100_000))
    device.stage(salty(5_000, drugs=OTHER, name="new"))
    words = "bridge: another solution; say true, or false with a reason"
    assert device.refused("refill", volume_nl=FULL, change=True, bridge=None) == words
    words = "reason: give one for a change of solution without a bridge bolus"
    assert device.refused("refill", volume_nl=FULL, change=True, bridge=False) == words
    assert device.obeyed("refill", volume_nl=FULL, change=True, bridge=True) == {}
    assert device.commands.staged is None
    assert device.commands.log[-1] == (HOUR, "refill", "40000000; True")
    device.run(3 * HOUR)
    assert device.ask("hello")["program"] == "new"
    assert device.controller.bolus.log[0][1:3] == ("bridge", "begun")


@pytest.mark.parametrize("change", [True, False])
@pytest.mark.parametrize("bridge", [1, 0, "true", "", []])
def test_a_bridge_is_said_or_not_and_nothing_between(change: bool, bridge: object) -> None:
    device = running(salty())
    device.stage(salty(9_000))
    words = "bridge: not true or false"
    assert device.refused("refill", volume_nl=FULL, change=change, bridge=bridge) == words


def test_without_a_bridge_the_reason_is_logged() -> None:
    device = running(salty(tubing_nl=100_000))
    device.stage(salty(5_000, drugs=OTHER))
    device.obeyed("refill", volume_nl=FULL, change=True, bridge=False, reason="line was flushed")
    assert device.commands.log[-1][2] == "40000000; False; line was flushed"
    device.run(3 * HOUR)
    assert device.controller.bolus.log == []


def test_a_refill_with_change_is_both_or_neither() -> None:
    device = running(salty())
    device.stage(salty(9_000))
    for volume in (500_000, 50_000_001):
        assert device.refused("refill", volume_nl=volume, change=True).startswith("refill: ")
    device.stage(salty(11_000))
    assert device.refused("refill", volume_nl=FULL, change=True).startswith("dose: ")
    assert device.obeyed("refill", volume_nl=FULL, change=True, override="why") == {}


# -- a start without a way back -------------------------------------------------------------------
def test_after_an_emergency_stop_another_program_may_be_started() -> None:
    device = running(salty())
    device.obeyed("estop", confirm=True, **WHY)
    device.stage(SCREENING)
    assert device.refused("start") == "load: the motor is not cut yet"
    device.run(1)
    assert device.obeyed("start") == {}
    assert json.dumps(device.ask("hello")["program"]) == '"demo"'
    assert device.controller.alarms.active == 0


def test_rises_are_listed_by_what_runs_and_not_by_what_was_stopped() -> None:
    device = running(baclofen(4_200))
    device.run(2 * DAY)
    assert device.stage(baclofen(9_000))["soft"] == ["ESCALATION"]
    device.obeyed("estop", confirm=True, **WHY)
    device.run(1)
    assert device.stage(baclofen(9_000))["soft"] == []  # a new start is no rise

"""A scenario file becomes a timeline, or is refused like a program file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pumprig.therapy import (
    ProgramRefused,
    ScenarioEvent,
    load_program,
    load_scenario,
    load_scenario_text,
)
from pumprig.therapy.scenario_file import ACTIONS, Event

DAY_S = 86_400
KEYS = ", ".join(Event.model_fields)


def scenario(*events: str) -> str:
    return "".join(f"[[event]]\n{event}\n" for event in events)


def test_the_demo_refills_on_day_27(examples: Path) -> None:
    at_s = 27 * DAY_S + 12 * 3600 + 600
    assert load_scenario(examples / "demo-scenario.toml") == [
        ScenarioEvent(at_s, "refill", {"volume_nl": 18_000_000})
    ]


@pytest.mark.parametrize(
    ("event", "action", "args"),
    [
        ('do = "stop"', "stop", {}),
        ('do = "emergency_stop"\nreason = "smoke"', "emergency_stop", {"reason": "smoke"}),
        ('do = "acknowledge"', "acknowledge", {}),
        (
            'do = "acknowledge"\ncondition = "LOW_RESERVOIR"',
            "acknowledge",
            {"condition": "LOW_RESERVOIR"},
        ),
        ('do = "resume_direct"\nreason = "seen"', "resume_direct", {"reason": "seen"}),
        ('do = "restart"\nreason = "mended"', "restart", {"reason": "mended"}),
        ('do = "power_cut"\noff = "1 ms"', "power_cut", {"off_ms": 1}),
        ('do = "power_cut"\noff = "1 h"', "power_cut", {"off_ms": 3_600_000}),
        ('do = "stall"', "stall", {}),
        ('do = "stall_clear"', "stall_clear", {}),
        ('do = "freeze_cpu"', "freeze_cpu", {}),
        (
            'do = "fault"\nfault = "head.siphon"\nargs = { nl_h = 100000 }',
            "fault",
            {"fault": "head.siphon", "nl_h": 100_000},
        ),
        ('do = "fault"\nfault = "rotor.dead"', "fault", {"fault": "rotor.dead"}),
        ('do = "fault_clear"\nfault = "rotor.dead"', "fault_clear", {"fault": "rotor.dead"}),
        ('do = "key_down"\nkey = "stop"', "key_down", {"key": "stop"}),
        ('do = "key_up"\nkey = "service"', "key_up", {"key": "service"}),
        ('do = "clock_jump"\nby = "-2 h"', "clock_jump", {"by_s": -7200}),
        ('do = "refill_open"', "refill_open", {}),
        ('do = "withdrawn"\nvolume = "0 mL"', "withdrawn", {"volume_nl": 0}),
        (
            'do = "withdrawn"\nvolume = "2 mL"\nconfirm = "weighed"',
            "withdrawn",
            {"volume_nl": 2_000_000, "confirm": "weighed"},
        ),
        ('do = "refill_cancel"\nreason = "late"', "refill_cancel", {"reason": "late"}),
        ('do = "bolus"', "bolus", {}),
        (
            'do = "bolus"\nvolume = "2 mL"\nover = "2 min"\nreason = "pain"',
            "bolus",
            {"volume_nl": 2_000_000, "seconds": 120, "reason": "pain"},
        ),
        ('do = "bolus_stop"\nreason = "drowsy"', "bolus_stop", {"reason": "drowsy"}),
        ('do = "prime"\nreason = "new line"', "prime", {"reason": "new line"}),
        ('do = "screen"', "screen", {}),
        (
            'do = "screen"\nstage = 3\noverride = "as published"',
            "screen",
            {"stage": 3, "override": "as published"},
        ),
        ('do = "response"\neffective = false', "response", {"effective": False, "held_h": 0}),
        (
            'do = "response"\neffective = true\nheld = "9 h"',
            "response",
            {"effective": True, "held_h": 9},
        ),
        ('do = "stop"\nends = "minimum"', "stop", {"ends": "minimum"}),
        ('do = "empty"\nreason = "overdose"', "empty", {"reason": "overdose", "confirm": True}),
        ('do = "time"\ntod = "07:30"\nweekday = "sun"', "time", {"tod_s": 27_000, "weekday": 6}),
    ],
)
def test_every_action_carries_its_arguments(
    event: str, action: str, args: dict[str, int | str]
) -> None:
    assert load_scenario_text(scenario(f'at = "26.5 h"\n{event}')) == [
        ScenarioEvent(26 * 3600 + 1800, action, args)
    ]


def test_the_first_day_is_day_0_and_events_may_share_a_moment() -> None:
    text = scenario('at = "day 0 00:00"\ndo = "stall"', 'at = "0 s"\ndo = "freeze_cpu"')
    assert [event.at_s for event in load_scenario_text(text)] == [0, 0]
    assert load_scenario_text(scenario('at = "day 1 00:00:01"\ndo = "stall"'))[0].at_s == 86_401


@pytest.mark.parametrize(
    ("events", "line"),
    [
        (
            ['at = "1 h"\ndo = "refil"\nvolume = "18 mL"'],
            f'event[0].do: "refil" - one of {", ".join(ACTIONS)} - did you mean "refill"?',
        ),
        (
            ['at = "1 h"\ndo = "refill"'],
            'event[0].volume: missing with "refill" - a volume such as "20 mL" - add the key',
        ),
        (
            ['at = "1 h"\ndo = "refill"\nvolume = "50.000001 mL"'],
            'event[0].volume: "50.000001 mL" - allowed 0.000001 to 50 mL - '
            "refill with what a reservoir can hold",
        ),
        (
            ['at = "1 h"\ndo = "stop"\ncondition = "STALL"'],
            'event[0].condition: given with "stop" - only with acknowledge - remove it',
        ),
        (
            ['at = "1 h"\ndo = "emergency_stop"'],
            'event[0].reason: missing with "emergency_stop" - '
            "1 to 60 printable ASCII characters - add the key",
        ),
        (
            ['at = "1 h"\ndo = "restart"\nreason = " "'],
            'event[0].reason: " " - 1 to 60 printable ASCII characters - respell it',
        ),
        (
            ['at = "1 h"\ndo = "acknowledge"\ncondition = "low"'],
            'event[0].condition: "low" - the name of an alarm such as "LOW_RESERVOIR" - '
            "respell it",
        ),
        (
            ['at = "1 h"\ndo = "power_cut"\noff = "3600.001 s"'],
            'event[0].off: "3600.001 s" - allowed 0.001 to 3600 s - '
            "cut the power for a time in this range",
        ),
        (
            ['at = "1 h"\ndo = "power_cut"\noff = "0.5 ms"'],
            'event[0].off: "0.5 ms" - allowed whole ms only - '
            "write a value that needs no rounding",
        ),
        (
            ['at = "day 27"\ndo = "stop"'],
            'event[0].at: "day 27" - a moment such as "day 27 12:10" or a duration such as '
            '"26.5 h" - write "day N HH:MM"',
        ),
        (
            ['at = "12:10"\ndo = "stop"'],
            'event[0].at: "12:10" is not a number with a unit - a moment such as '
            '"day 27 12:10" or a duration such as "26.5 h" - write a number and a unit',
        ),
        (
            ['at = "day 3650 00:00:01"\ndo = "stop"'],
            'event[0].at: "day 3650 00:00:01" is 3650.000012 day - allowed 0 to 3650 day - '
            "let it happen earlier",
        ),
        (
            ['at = "2 h"\ndo = "stall"', 'at = "7199 s"\ndo = "stall_clear"'],
            'event[1].at: "7199 s" - not before the event before it, 2 h - '
            "put the events in order of time",
        ),
        (
            ['at = "1 h"\ndo = "key_down"\nkey = "stopp"'],
            'event[0].key: "stopp" - one of acknowledge, stop, service - did you mean "stop"?',
        ),
        (
            ['at = "1 h"\ndo = "fault"'],
            'event[0].fault: missing with "fault" - a part and its fault such as "head.siphon" - '
            "add the key",
        ),
        (
            ['at = "1 h"\ndo = "fault"\nfault = "siphon"'],
            'event[0].fault: "siphon" - a part and its fault such as "head.siphon" - respell it',
        ),
        (
            ['at = "1 h"\ndo = "fault"\nfault = "head.siphon"\nargs = { nl_h = true }'],
            "event[0].args: \"{'nl_h': True}\" - a table of whole numbers such as "
            "{ nl_h = 100000 } - write whole numbers, without quotes or unit",
        ),
        (
            ['at = "1 h"\ndo = "fault_clear"\nfault = "head.siphon"\nargs = { nl_h = 1 }'],
            'event[0].args: given with "fault_clear" - only with fault - remove it',
        ),
        (
            ['at = "2 h"\ndo = "stall"\nwhere = "head"'],
            f"event[0].where: unknown key - keys here are {KEYS} - remove it",
        ),
        (
            [],
            f"event: missing - a section [[event]] with {KEYS} - add it",
        ),
    ],
)
def test_a_wrong_event_is_refused_in_one_line(events: list[str], line: str) -> None:
    with pytest.raises(ProgramRefused) as refused:
        load_scenario_text(scenario(*events))
    assert refused.value.lines == [line]


@pytest.fixture
def folder(tmp_path: Path, demo: Callable[..., str]) -> Path:
    """The demo's program, the same with another dose, with another solution, and a bad one."""
    for name, changes in {
        "demo": (),
        "more": ('"32 ug/h"', '"36 ug/h"'),
        "thinner": ('"2000 ug/mL"', '"1000 ug/mL"', '"6.5 mL"', '"20 mL"'),
        "bad": ('"20 %"', '"51 %"'),
    }.items():
        (tmp_path / f"{name}.toml").write_text(demo(*changes), encoding="utf-8")
    return tmp_path


def read(folder: Path, *events: str) -> list[ScenarioEvent]:
    text = scenario(*(f'at = "{i} day"\n{event}' for i, event in enumerate(events, 1)))
    return load_scenario_text(text, folder=folder, running=load_program(folder / "demo.toml"))


def told(folder: Path, *events: str) -> list[str]:
    with pytest.raises(ProgramRefused) as refused:
        read(folder, *events)
    return refused.value.lines


def test_a_change_carries_the_device_program_of_its_file(folder: Path) -> None:
    (event,) = read(folder, 'do = "change"\nprogram = "more.toml"\noverride = "asked"')
    program = load_program(folder / "more.toml").device_program()
    assert event == ScenarioEvent(DAY_S, "change", {"override": "asked", "program": program})


def test_a_refill_may_bring_another_solution_and_says_whether_it_is_bridged(folder: Path) -> None:
    thinner = 'do = "refill"\nvolume = "20 mL"\nprogram = "thinner.toml"'
    (event,) = read(folder, f"{thinner}\nbridge = true")
    assert event.args["bridge"] is True
    assert event.args["program"]["drugs"][0][1] == 1000
    assert told(folder, thinner) == [
        "event[0].bridge: missing: the solution changes - true or false - "
        "say whether the old one in the line is bridged"
    ]
    # Back to the same solution as that which runs by then.
    read(folder, f"{thinner}\nbridge = true", thinner)


def test_an_order_that_is_expected_to_be_refused_changes_nothing(folder: Path) -> None:
    thinner = (
        'do = "refill"\nvolume = "20 mL"\nprogram = "thinner.toml"\nbridge = false\nreason = "why"'
    )
    more = 'do = "change"\nprogram = "more.toml"'
    event, _ = read(folder, f'{thinner}\nexpect = "refused"', more)
    assert event.expect == "refused"
    assert told(folder, thinner, more) == [
        'event[1].program: "more.toml" - another solution comes with a refill - refill with it'
    ]


def test_a_program_s_own_faults_are_told_where_it_is_named(folder: Path) -> None:
    assert told(folder, 'do = "change"\nprogram = "bad.toml"') == [
        'event[0].program: bad.toml: taper.max_daily_reduction: "51 %" - allowed 1 to 50 % - '
        "choose a reduction that is still a taper"
    ]


def test_a_stop_takes_a_preset_or_a_plan(folder: Path) -> None:
    plan = 'taper = [["0 h", "90 %"], ["1 day", "80 %"]]'
    for keys, kind, ends in (
        ('taper = "holiday-2w"', "holiday", "minimum"),
        ('taper = "supervised-explant"', "supervised", "stopped"),
        (plan, "", "stopped"),
        (f'{plan}\nends = "minimum"\nsupervised = true', "supervised", "minimum"),
    ):
        (event,) = read(folder, f'do = "stop"\n{keys}\nreason = "planned"')
        assert (event.args["kind"], event.args["ends"]) == (kind, ends)
    assert event.args["plan"] == [[0, 900], [24, 800]]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            'do = "stop"\ntaper = "holiday-5w"',
            'event[0].taper: "holiday-5w" - one of holiday-2w, holiday-3w, holiday-4w, '
            'supervised-explant, supervised-fast, or a plan - did you mean "holiday-4w"?',
        ),
        (
            'do = "stop"\ntaper = [["0 h", "79.9 %"]]',
            "event[0].taper[0]: 799 permille at 0 h, 1000 within 24 h before it - allowed from "
            "800: at most -20.0 % in any 24 h - lower it later or in smaller steps",
        ),
        (
            'do = "stop"\ntaper = "holiday-2w"\nends = "stopped"',
            'event[0].ends: given with "holiday-2w" - a preset says so itself - remove it',
        ),
        (
            'do = "stop"\ntaper = [["0 h"]]',
            'event[0].taper: "[\'0 h\']" - a preset such as "holiday-2w" or a plan such as '
            '[["0 h", "80 %"], ["24 h", "64 %"]] - write each entry as [hour, share]',
        ),
        (
            'do = "stop"\ntaper = [["90 min", "80 %"]]',
            'event[0].taper: "90 min" is 1.5 hour - allowed whole hour only - '
            "write a value that needs no rounding",
        ),
        (
            'do = "bolus"\nvolume = "1 mL"\nreason = "pain"',
            'event[0].over: missing with a single bolus - a duration such as "2 h" - add the key',
        ),
        (
            'do = "bolus"\nvolume = "5.000001 mL"\nover = "1 h"\nreason = "pain"',
            'event[0].volume: "5.000001 mL" - allowed 0 to 5 mL - give less at once',
        ),
        (
            'do = "refill"\nvolume = "20 mL"\nbridge = true',
            "event[0].bridge: given without program - only with program - remove it",
        ),
        (
            'do = "stall"\nexpect = "refused"',
            'event[0].expect: given with "stall" - only with an order to the device - remove it',
        ),
        (
            'do = "screen"\nexpect = "taken"',
            'event[0].expect: "taken" - one of refused - use one of these',
        ),
        (
            'do = "screen"\nstage = 4',
            "event[0].stage: 4 - 1, 2 or 3, for the bolus of 50, 75 or 100 ug - use one of these",
        ),
        (
            'do = "stop"\ntaper = "supervised-fast"',
            "event[0].reason: missing with a supervised taper - "
            "1 to 60 printable ASCII characters - add the key",
        ),
        (
            'do = "refill"\nvolume = "20 mL"\nprogram = "thinner.toml"\nbridge = false',
            "event[0].reason: missing: the old solution is not bridged - "
            "1 to 60 printable ASCII characters - say why",
        ),
        (
            'do = "response"\neffective = true\nheld = "73 h"',
            'event[0].held: "73 h" - allowed 0 to 72 h - say how long the effect held',
        ),
        (
            'do = "clock_jump"\nby = "0 s"',
            'event[0].by: "0 s" - allowed other than zero - write a duration such as "2 h"',
        ),
        (
            'do = "screen"\nnote = "a\\nb"',
            'event[0].note: "a\\nb" - 1 to 200 printable characters on one line - respell it',
        ),
    ],
)
def test_a_wrong_order_is_refused_in_one_line(folder: Path, event: str, line: str) -> None:
    assert told(folder, event) == [line]


def test_a_taper_needs_the_program_that_runs() -> None:
    with pytest.raises(ProgramRefused, match="load the scenario with its program"):
        load_scenario_text(scenario('at = "1 h"\ndo = "stop"\ntaper = "holiday-2w"'))


def test_a_note_may_stand_on_any_event() -> None:
    (event,) = load_scenario_text(scenario('at = "1 h"\ndo = "stall"\nnote = "a particle, µm"'))
    assert (event.args, event.note) == ({}, "a particle, µm")


def test_the_user_s_page_names_every_action_and_key(examples: Path) -> None:
    page = (examples.parent / "docs" / "scenarios.md").read_text(encoding="utf-8")
    for word in [*ACTIONS, *Event.model_fields]:
        assert f"`{word}`" in page or f"`{word} =" in page

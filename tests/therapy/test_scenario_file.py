"""A scenario file becomes a timeline, or is refused like a program file."""

from pathlib import Path

import pytest

from pumprig.therapy import (
    ProgramRefused,
    ScenarioEvent,
    load_scenario,
    load_scenario_text,
)

DAY_S = 86_400


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
            'event[0].do: "refil" - one of refill, stop, emergency_stop, acknowledge, '
            "resume_direct, restart, power_cut, stall, stall_clear, freeze_cpu - "
            'did you mean "refill"?',
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
            ['at = "1 h"\ndo = "stop"\nreason = "why"'],
            'event[0].reason: given with "stop" - only with emergency_stop, resume_direct, '
            "restart - remove it",
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
            ['at = "2 h"\ndo = "stall"\nwhere = "head"'],
            "event[0].where: unknown key - keys here are at, do, volume, off, reason, condition "
            "- remove it",
        ),
        (
            [],
            "event: missing - a section [[event]] with at, do, volume, off, reason, condition - "
            "add it",
        ),
    ],
)
def test_a_wrong_event_is_refused_in_one_line(events: list[str], line: str) -> None:
    with pytest.raises(ProgramRefused) as refused:
        load_scenario_text(scenario(*events))
    assert refused.value.lines == [line]

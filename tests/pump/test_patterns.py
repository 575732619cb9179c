"""The patterns, as data, keep to the limits; and the players' words say the same."""

import pytest
from traceability.mark import requirement

from pump import patterns
from pump.conditions import HIGH, LOW, MEDIUM, NONE
from pump.patterns import LAMP_SLOT_MS, LAMPS, SLOT_MS, STYLES, lamp_word, sound, sound_words
from pump.units import SMALL_INT_MAX
from pumprig.analysis import signal_limits
from pumprig.analysis.signal_limits import EDGE_S, SOUNDS, lamp_faults, sound_faults

every_sound = pytest.mark.parametrize("style", STYLES)
every_priority = pytest.mark.parametrize("priority", [LOW, MEDIUM, HIGH])


def tones(style: str, priority: int, times: int) -> list[tuple[float, float]]:
    """(begin, end) of every tone of `times` bursts, from the data, in seconds."""
    burst, pause_ms = sound(style, priority)
    found, at_ms = [], 0
    for _ in range(times):
        for before, slot, after in zip(" " + burst, burst, burst[1:] + " ", strict=False):
            if slot == "#" and before != "#":
                begin = at_ms
            at_ms += SLOT_MS
            if slot == "#" and after != "#":
                found.append((begin / 1000, at_ms / 1000))
        at_ms += pause_ms
    return found


@requirement("I8")
@every_sound
@every_priority
def test_a_sound_keeps_to_the_limits_of_its_style(style: str, priority: int) -> None:
    assert sound_faults(tones(style, priority, 3), SOUNDS[style][priority]) == []


@every_sound
def test_no_priority_is_no_sound(style: str) -> None:
    assert sound(style, NONE) == ("", 0)
    assert sound_words(style, NONE) == (0, 0)


@every_sound
@every_priority
def test_the_words_of_a_sound_say_what_its_data_say(style: str, priority: int) -> None:
    burst, pause_ms = sound(style, priority)
    bits, pause = sound_words(style, priority)
    assert [bits >> i & 1 for i in range(len(burst))] == [int(slot == "#") for slot in burst]
    assert bits >> len(burst) == 0
    assert pause * patterns.PAUSE_UNIT_MS == pause_ms
    assert burst.endswith("#"), "the pause begins with the end of the last tone"
    assert max(bits, pause) <= SMALL_INT_MAX


@every_sound
@every_priority
def test_a_new_condition_never_waits_a_second_inside_a_burst(style: str, priority: int) -> None:
    """While a burst sounds it is not begun anew, so no silence in it may be longer."""
    burst, _ = sound(style, priority)
    longest_s = max(len(gap) for gap in burst.split("#")) * SLOT_MS / 1000
    assert longest_s < signal_limits.SOUNDS_WITHIN_S - EDGE_S - 0.1  # a pass of the loop


def lamps(word: int) -> dict[str, list[bool]]:
    return {
        name: [bool(word >> (3 * slot + i) & 1) for slot in range(8)]
        for i, (_, name, _) in enumerate(LAMPS)
    }


def flashes(slots: list[bool], cycles: int = 4) -> list[tuple[float, bool]]:
    found: list[tuple[float, bool]] = []
    for i, on in enumerate(slots * cycles):
        if on != (found[-1][1] if found else False):
            found.append((i * LAMP_SLOT_MS / 1000, on))
    return found


@pytest.mark.parametrize(("name", "priority"), [("red", HIGH), ("yellow", MEDIUM)])
def test_a_lamp_flashes_within_its_limits(name: str, priority: int) -> None:
    slots = lamps(lamp_word(1 << priority, False))
    assert lamp_faults(flashes(slots[name]), signal_limits.LAMPS[name]) == []
    assert not any(any(lit) for other, lit in slots.items() if other != name)


def test_the_low_lamp_is_steady() -> None:
    assert lamps(lamp_word(1 << LOW, False)) == {
        "red": [False] * 8,
        "yellow": [False] * 8,
        "cyan": [True] * 8,
    }


def test_each_priority_shows_beside_the_others() -> None:
    both = lamp_word(1 << LOW | 1 << HIGH, False)
    assert both == lamp_word(1 << LOW, False) | lamp_word(1 << HIGH, False)
    assert lamp_word(0, False) == 0


@pytest.mark.parametrize("priorities", [0, 1 << LOW, 1 << HIGH])
def test_a_silenced_sounder_shows_on_the_cyan_lamp(priorities: int) -> None:
    silent, loud = lamps(lamp_word(priorities, True)), lamps(lamp_word(priorities, False))
    differing = [a != b for a, b in zip(silent["cyan"], loud["cyan"], strict=True)]
    assert differing.count(True) == 1
    assert silent["red"] == loud["red"] and silent["yellow"] == loud["yellow"]


def test_a_slot_lasts_what_the_players_are_built_for() -> None:
    assert (SLOT_MS, LAMP_SLOT_MS) == (100, 250)
    assert [len(slots) for _, _, slots in LAMPS] == [8, 8, 8]


def test_the_silenced_slot_is_the_seventh_of_the_cyan_lamp() -> None:
    assert lamp_word(0, True) == 0b100 << 3 * 6


def test_all_lamps_is_every_lamp_in_every_slot() -> None:
    assert patterns.ALL_LAMPS == 0xFFFFFF

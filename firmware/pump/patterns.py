"""How alarms sound and look: patterns as data, in slots of time, chosen by style and priority.

"iec": pulse counts, lengths and spacings of IEC 60601-1-8 (its figures, and the check against
them, are in pumprig.analysis.signal_limits). "implant": what implantable pumps do, one tone an
hour for what is not critical, two tones every ten minutes for what is. Lamps are the same in both.
A bare piezo lacks the harmonics that the standard asks for: the timing is true, the timbre is not.
"""

from pump.conditions import HIGH, LOW, MEDIUM, NONE
from pump.units import const

STYLES = ("iec", "implant")  # the first one is what a new rig does

# Sounds: a burst of up to 30 slots ("#": tone), then a pause from the end of its last tone.
SLOT_MS = const(100)
PAUSE_UNIT_MS = const(10)
_ONE_TONE = "##########"
_TWO_TONES = "###########........###########"
_SOUNDS = (
    (
        ("", 0),
        ("##", 19_800),
        ("##..##..##", 9_000),
        ("#.#.#...#.#.......#.#.#...#.#", 5_000),
    ),
    (
        ("", 0),
        (_ONE_TONE, 3_599_000),
        (_ONE_TONE, 3_599_000),
        (_TWO_TONES, 597_000),
    ),
)

# Lamps: one cycle of eight slots, for ever.
LAMP_SLOT_MS = const(250)
LAMP_SLOTS = const(8)
LAMPS = ((HIGH, "red", "#.#.#.#."), (MEDIUM, "yellow", "####...."), (LOW, "cyan", "########"))
# Audio paused or off: the cyan lamp is the other way round in this slot, lit or not.
_SILENCED_SLOT = const(6)


def sound(style: str, priority: int) -> "tuple[str, int]":
    """(burst, pause in ms) of a priority; ("", 0) for NONE."""
    return _SOUNDS[STYLES.index(style)][priority]


def sound_words(style: str, priority: int) -> "tuple[int, int]":
    """(burst, pause) as the player takes them: bit i is slot i; PAUSE_UNIT_MS."""
    return _WORDS[STYLES.index(style)][priority]


def lamp_word(priorities: int, silenced: bool) -> int:
    """The lamps' cycle as the player takes it, 24 bits: bit 3 i is red in slot i, then yellow and
    cyan. `priorities`: mask of 1 << priority, each has its own lamp. `silenced`: audio is paused
    or off."""
    word = 0
    for lamp, (priority, _, slots) in enumerate(LAMPS):
        if priorities >> priority & 1:
            for i in range(LAMP_SLOTS):
                if slots[i] == "#":
                    word |= 1 << (3 * i + lamp)
    if silenced:
        word ^= 1 << (3 * _SILENCED_SLOT + 2)
    return word


ALL_LAMPS = (1 << 3 * LAMP_SLOTS) - 1  # for a signal test


def _bits(slots: str) -> int:
    word = 0
    for i, slot in enumerate(slots):
        if slot == "#":
            word |= 1 << i
    return word


_WORDS = tuple(
    [
        tuple([(_bits(burst), pause_ms // PAUSE_UNIT_MS) for burst, pause_ms in sounds])
        for sounds in _SOUNDS
    ]
)
assert len(_SOUNDS) == len(STYLES) and _SOUNDS[0][NONE] == ("", 0)

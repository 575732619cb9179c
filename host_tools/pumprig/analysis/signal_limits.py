"""What a signal must be: the limits of IEC 60601-1-8, and of what implantable pumps do.

The figures are those of the standard's tables of auditory and visual signals, as secondary
sources quote them; those of the medium priority's sound are from memory of the same tables. A
bare piezo cannot give the harmonics that the standard asks for: only timing is checked.

Seconds throughout. A tone is (begin, end); a pause lasts from the end of one to the next begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Range = tuple[float, float]
Tone = tuple[float, float]
ENDLESS = float("inf")

SOUNDS_WITHIN_S = 1.0  # this project's own: from the cause being measurable to the first edge


@dataclass(frozen=True, slots=True)
class BurstLimits:
    """`pulses`: how many; `spacing`: pauses between them, but for those in `long_pauses`, which
    are given by the number of the pulse before, counted from 1."""

    pulses: tuple[int, ...]
    pulse_s: Range
    spacing_s: Range
    burst_pause_s: Range
    long_pauses: tuple[tuple[int, Range], ...] = ()
    double_spacing: tuple[int, ...] = ()  # pause there: 2 x spacing + pulse


# Pulses in a burst; pulse, spacing, pause between bursts.
HIGH = BurstLimits(
    pulses=(10,),
    pulse_s=(0.075, 0.200),
    spacing_s=(0.050, 0.125),
    burst_pause_s=(2.5, 15.0),
    long_pauses=((5, (0.35, 1.30)),),
    double_spacing=(3, 8),
)
MEDIUM = BurstLimits((3,), (0.125, 0.250), (0.125, 0.250), (2.5, 30.0))
LOW = BurstLimits((1, 2), (0.125, 0.250), (0.125, 0.250), (15.0, ENDLESS))

# Implantable pumps: one tone about every hour; two tones, 3 s together, about every ten minutes.
# "About" is taken as 2 %; the length of the single tone is not published, a second is this rig's.
NOT_CRITICAL = BurstLimits((1,), (0.5, 1.5), (0.5, 1.5), (0.98 * 3600 - 1, 1.02 * 3600 - 1))
CRITICAL = BurstLimits((2,), (0.5, 1.5), (0.5, 1.5), (0.98 * 600 - 3, 1.02 * 600 - 3))

# By style, then by priority 1..3 (low, medium, high).
SOUNDS = {
    "iec": {1: LOW, 2: MEDIUM, 3: HIGH},
    "implant": {1: NOT_CRITICAL, 2: NOT_CRITICAL, 3: CRITICAL},
}

# Lamps: flashes in Hz and the share of the time that they are lit. Low is steady.
HIGH_LAMP_HZ, HIGH_LAMP_DUTY = (1.4, 2.8), (0.20, 0.80)
MEDIUM_LAMP_HZ, MEDIUM_LAMP_DUTY = (0.4, 0.8), (0.20, 0.60)
LAMPS = {"red": (HIGH_LAMP_HZ, HIGH_LAMP_DUTY), "yellow": (MEDIUM_LAMP_HZ, MEDIUM_LAMP_DUTY)}

# What an edge may be off the pattern's own data: half a period of the carrier at either end, and
# the clock a slot of tone takes more. Limits themselves get no tolerance.
EDGE_S = 0.002


def within(value: float, limits: Range) -> bool:
    """To the microsecond, limits included."""
    return limits[0] <= round(value, 6) <= limits[1]


def bursts(tones: Sequence[Tone], limits: BurstLimits) -> list[list[Tone]]:
    """Cut where a pause is longer than any inside a burst may be."""
    longest = max([limits.spacing_s[1], *(high for _, (_, high) in limits.long_pauses)])
    cut: list[list[Tone]] = []
    for tone in tones:
        if cut and round(tone[0] - cut[-1][-1][1], 6) <= longest:
            cut[-1].append(tone)
        else:
            cut.append([tone])
    return cut


def sound_faults(tones: Sequence[Tone], limits: BurstLimits) -> list[str]:
    """What is wrong with these tones, from the first of a burst on; the last burst may be cut."""
    faults = []
    all_bursts = bursts(tones, limits)
    for n, burst in enumerate(all_bursts):
        is_last = n == len(all_bursts) - 1
        if len(burst) not in limits.pulses and not (is_last and len(burst) < limits.pulses[0]):
            faults.append(f"burst {n}: {len(burst)} pulses")
        pauses = [after[0] - before[1] for before, after in pairwise(burst)]
        pulse_s = burst[0][1] - burst[0][0]
        for i, (begin, end) in enumerate(burst):
            if not within(end - begin, limits.pulse_s):
                faults.append(f"burst {n}, pulse {i + 1}: {end - begin:.4f} s")
        for i, pause_s in enumerate(pauses):
            if not _pause_fits(i + 1, pause_s, pulse_s, pauses[0], limits):
                faults.append(f"burst {n}, after pulse {i + 1}: {pause_s:.4f} s")
    for n, (before, after) in enumerate(pairwise(all_bursts)):
        pause_s = after[0][0] - before[-1][1]
        if not within(pause_s, limits.burst_pause_s):
            faults.append(f"between bursts {n} and {n + 1}: {pause_s:.4f} s")
    return faults


def _pause_fits(
    after: int, pause_s: float, pulse_s: float, spacing_s: float, limits: BurstLimits
) -> bool:
    if after in limits.double_spacing:
        return abs(pause_s - (2 * spacing_s + pulse_s)) <= 2 * EDGE_S
    return within(pause_s, dict(limits.long_pauses).get(after, limits.spacing_s))


def lamp_faults(changes: Sequence[tuple[float, bool]], limits: tuple[Range, Range]) -> list[str]:
    """Of one flashing lamp: (time, on), beginning with on. Whole cycles only are looked at."""
    hz, duty = limits
    ons = [t for t, on in changes if on]
    if len(ons) < 2:
        return ["it does not flash"]
    faults = []
    for (begin, _), (off, _), (end, _) in zip(
        changes[::2], changes[1::2], changes[2::2], strict=False
    ):
        if not within(1 / (end - begin), hz):
            faults.append(f"{1 / (end - begin):.3f} Hz")
        if not within((off - begin) / (end - begin), duty):
            faults.append(f"lit {(off - begin) / (end - begin):.3f} of the time")
    return faults

"""The checker of signals finds what is wrong: at each limit, and a millisecond to either side."""

import pytest

from pumprig.analysis.signal_limits import HIGH, LAMPS, LOW, MEDIUM, lamp_faults, sound_faults

MS = 0.001


def burst(at_s: float, pulse_s: float, pauses_s: list[float]) -> list[tuple[float, float]]:
    tones = [(at_s, at_s + pulse_s)]
    for pause_s in pauses_s:
        begin = tones[-1][1] + pause_s
        tones.append((begin, begin + pulse_s))
    return tones


def high(pulse_s: float = 0.1, spacing_s: float = 0.1, middle_s: float = 0.7) -> list[float]:
    double_s = 2 * spacing_s + pulse_s
    five = [spacing_s, spacing_s, double_s, spacing_s]
    return [*five, middle_s, *five]


@pytest.mark.parametrize(
    ("pulse_s", "spacing_s", "middle_s", "sound"),
    [
        (0.1, 0.1, 0.7, True),
        (0.075, 0.1, 0.7, True),
        (0.075 - MS, 0.1, 0.7, False),
        (0.2, 0.1, 0.7, True),
        (0.2 + MS, 0.1, 0.7, False),
        (0.1, 0.050, 0.7, True),
        (0.1, 0.050 - MS, 0.7, False),
        (0.1, 0.125, 0.7, True),
        (0.1, 0.125 + MS, 0.7, False),
        (0.1, 0.1, 0.35, True),
        (0.1, 0.1, 0.35 - MS, False),
        (0.1, 0.1, 1.30, True),
        (0.1, 0.1, 1.30 + MS, False),
    ],
)
def test_a_high_burst(pulse_s: float, spacing_s: float, middle_s: float, sound: bool) -> None:
    tones = burst(0.0, pulse_s, high(pulse_s, spacing_s, middle_s))
    again = burst(tones[-1][1] + 5, pulse_s, high(pulse_s, spacing_s, middle_s))
    assert (sound_faults(tones + again, HIGH) == []) == sound


@pytest.mark.parametrize(
    ("pause_s", "sound"),
    [(2.5 - MS, False), (2.5, True), (15, True), (15 + MS, False)],
)
def test_the_pause_between_high_bursts(pause_s: float, sound: bool) -> None:
    tones = burst(0, 0.1, high())
    tones += burst(tones[-1][1] + pause_s, 0.1, high())
    assert (sound_faults(tones, HIGH) == []) == sound


def test_a_pulse_too_few_too_many_or_out_of_rhythm() -> None:
    whole, again = burst(0, 0.1, high()), burst(8, 0.1, high())
    assert sound_faults(whole[:-1] + again, HIGH) == ["burst 0: 9 pulses"]
    assert "burst 0: 11 pulses" in sound_faults(burst(0, 0.1, [*high(), 0.1]) + again, HIGH)
    assert sound_faults(burst(0, 0.1, [0.1] * 9) + again, HIGH)


def test_the_last_burst_may_be_cut_but_not_the_first() -> None:
    tones = burst(0, 0.2, [0.2, 0.2])
    cut = burst(10, 0.2, [0.2])
    assert sound_faults(tones + cut, MEDIUM) == []
    assert sound_faults(cut + burst(20, 0.2, [0.2, 0.2]), MEDIUM) == ["burst 0: 2 pulses"]


def test_a_low_signal_comes_back_after_15_s_at_the_earliest() -> None:
    assert sound_faults([(0, 0.2), (15.2, 15.4)], LOW) == []
    assert sound_faults([(0, 0.2), (15.2 - MS, 15.4)], LOW)


@pytest.mark.parametrize(
    ("lamp", "on_s", "off_s", "well"),
    [
        ("red", 0.25, 0.25, True),
        ("red", 0.36, 0.36, False),  # 1.39 Hz
        ("red", 0.17, 0.17, False),  # 2.94 Hz
        ("red", 0.10, 0.45, False),  # 18 % on
        ("yellow", 1.0, 1.0, True),
        ("yellow", 1.3, 1.3, False),  # 0.38 Hz
        ("yellow", 0.6, 0.6, False),  # 0.83 Hz
        ("yellow", 1.25, 0.75, False),  # 62.5 % on
    ],
)
def test_a_lamp(lamp: str, on_s: float, off_s: float, well: bool) -> None:
    period_s = on_s + off_s
    changes = [
        change for n in range(4) for change in ((n * period_s, True), (n * period_s + on_s, False))
    ]
    assert (lamp_faults(changes, LAMPS[lamp]) == []) == well
    assert lamp_faults(changes[:1], LAMPS[lamp]) == ["it does not flash"]

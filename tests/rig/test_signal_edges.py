"""The pattern on the pins is the pattern in the table, whatever the CPU is doing.

Edges are captured on an emulated board that runs the firmware. Where it says "busy", the board
collects garbage, floods its console and writes to its journal at every pass, and hardly rests.
"""

from collections.abc import Mapping
from itertools import pairwise

import pytest
from short_program import PROGRAM
from traceability.mark import requirement

from pump import conditions as al
from pump.audio import TEST_MS
from pump.conditions import HIGH, LOW, MEDIUM
from pump.patterns import LAMP_SLOT_MS, SLOT_MS, sound, sound_words
from pumprig.analysis import signal_limits
from pumprig.analysis.signal_limits import EDGE_S, SOUNDS, lamp_faults, sound_faults
from pumprig.bench.chip import TICKS_PER_S
from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig.emulated import EmulatedRig
from pumprig.therapy import load_program_text

pytestmark = pytest.mark.emulator

# Any condition can be raised by hand; `load` makes every pass a hard one, with little rest.
MAIN = """
import gc, json
from device import Device
from drivers.console import Console

def raise_(commands, request):
    commands.controller.alarms.set(request["n"], request["on"])

def load(commands, request):
    Device.loaded, Device.rest_ms = request["on"], request["rest_ms"]

def busy(self):
    if Device.loaded:
        for i in range(8):
            print(json.dumps({"a": list(range(60)), "b": i}))
        gc.collect()
        self.journal.calibrations().write({"junk": list(range(60))})
        Device.passes += 1
    serve(self)

def rest(self, ms):
    wait(self, min(ms, Device.rest_ms) if Device.loaded else ms)

def open_rest(self):  # what a start loads, and reckons its heap by, is loaded in its turn
    open_as_ever(self)
    from link.commands import CHANGING, READING
    CHANGING["raise"] = raise_
    CHANGING["load"] = load
    READING["passes"] = lambda commands, request: {"passes": Device.passes}

open_as_ever = Device._open_rest
Device._open_rest = open_rest
Device.loaded = False
Device.passes = 0
wait = Console.wait
Console.wait = rest
serve = Device._serve
Device._serve = busy
Device().run()
"""
CONDITION = {LOW: al.REFILL_DUE, MEDIUM: al.LOW_RESERVOIR, HIGH: al.STOPPED}
LAMP = {LOW: "cyan", MEDIUM: "yellow", HIGH: "red"}


class Bench:
    """A board that sounds on demand. Times are seconds since the last `begin`."""

    def __init__(self, image: Image) -> None:
        files: Mapping[str, bytes] = {**firmware_files(), "main.py": MAIN.encode()}
        self.rig = EmulatedRig(image, files)
        self.rig.open()
        self.rig.advance(TEST_MS / 1000 + 1)  # the signal test of its power-up is over
        self.begin()

    def begin(self) -> None:
        signals = self.rig.signals
        self._from = self.rig.chip.ticks()
        self._tones, self._changes = len(signals.tones), len(signals.changes)

    def quiet(self, style: str = "iec", loaded: bool = False, rest_ms: int = 150) -> None:
        for condition in CONDITION.values():
            self.rig.link.order("raise", n=condition, on=False)
        self.rig.link.request("audio_on")
        self.rig.link.order("audio_style", style=style)
        self.rig.link.order("load", on=loaded, rest_ms=rest_ms)
        self.rig.advance(0.2)
        self.begin()

    def cause(self, priority: int, on: bool = True) -> None:
        self.rig.link.order("raise", n=CONDITION[priority], on=on)

    def now_s(self) -> float:
        return (self.rig.chip.ticks() - self._from) / TICKS_PER_S

    def tones(self) -> list[tuple[float, float]]:
        """(begin, end); the end is half a period after the last rising edge."""
        return [
            ((begin - self._from) / TICKS_PER_S, (end - self._from) / TICKS_PER_S + 1 / 5600)
            for begin, end, _ in self.rig.signals.tones[self._tones :]
        ]

    def lamp(self, name: str) -> list[tuple[float, bool]]:
        changes = self.rig.signals.changes[self._changes :]
        return [((t - self._from) / TICKS_PER_S, on) for t, which, on in changes if which == name]


@pytest.fixture(scope="module")
def bench(image: Image) -> Bench:
    return Bench(image)


def expected(style: str, priority: int, count: int) -> list[float]:
    """When the first `count` tones begin, and how long each is, from the data: the begins."""
    burst, pause_ms = sound(style, priority)
    begins: list[float] = []
    at_ms = 0
    while len(begins) < count:
        for i, slot in enumerate(burst):
            if slot == "#" and (i == 0 or burst[i - 1] == "."):
                begins.append((at_ms + i * SLOT_MS) / 1000)
        at_ms += len(burst) * SLOT_MS + pause_ms
    return begins[:count]


@requirement("I8")
@pytest.mark.parametrize("loaded", [False, True], ids=["at ease", "busy"])
@pytest.mark.parametrize(("priority", "seconds"), [(HIGH, 11.0), (MEDIUM, 12.0), (LOW, 21.0)])
def test_an_iec_sound(bench: Bench, priority: int, seconds: float, loaded: bool) -> None:
    bench.quiet("iec", loaded, rest_ms=0 if priority == HIGH else 300)
    bench.cause(priority)
    bench.rig.advance(seconds)
    tones = bench.tones()
    assert tones[-1][0] > seconds - 6, "more than one burst was heard"
    assert sound_faults(tones, SOUNDS["iec"][priority]) == []
    # The clock a slot of tone takes more adds up to 5 ms in a burst of ten, and a pause has one.
    for (begin, _), wanted in zip(tones, expected("iec", priority, len(tones)), strict=True):
        assert begin - tones[0][0] == pytest.approx(wanted, abs=0.001 * (1 + len(tones)))


@pytest.mark.parametrize("loaded", [False, True], ids=["at ease", "busy"])
@pytest.mark.parametrize("priority", [LOW, MEDIUM, HIGH])
def test_an_implant_burst(bench: Bench, priority: int, loaded: bool) -> None:
    """The burst alone; an hour of a busy board takes as long to emulate."""
    bench.quiet("implant", loaded)
    bench.cause(priority)
    bench.rig.advance(3.2)
    tones = bench.tones()
    assert len(tones) == (2 if priority == HIGH else 1)
    assert sound_faults(tones, SOUNDS["implant"][priority]) == []


@pytest.mark.parametrize(
    ("priority", "seconds"), [(HIGH, 604), pytest.param(LOW, 3605, marks=pytest.mark.long)]
)
def test_an_implant_sound_comes_back(bench: Bench, priority: int, seconds: int) -> None:
    assert sound_words("implant", LOW) == sound_words("implant", MEDIUM), "one hour will do"
    bench.quiet("implant")
    bench.cause(priority)
    bench.rig.advance(seconds)
    tones = bench.tones()
    assert sound_faults(tones, SOUNDS["implant"][priority]) == []
    every_s = 600 if priority == HIGH else 3600
    in_burst = 2 if priority == HIGH else 1
    assert len(tones) >= 2 * in_burst
    assert tones[in_burst][0] - tones[0][0] == pytest.approx(every_s, abs=0.05)


@requirement("R7.4.0(7)", "I8")
@pytest.mark.parametrize("loaded", [False, True], ids=["at ease", "busy"])
def test_the_lamps(bench: Bench, loaded: bool) -> None:
    """All three at once, each in its own rhythm."""
    bench.quiet("iec", loaded)
    for priority in (LOW, MEDIUM, HIGH):
        bench.cause(priority)
    bench.rig.advance(0.1)
    bench.begin()
    bench.rig.advance(6.3)
    for name, limits in signal_limits.LAMPS.items():
        changes = bench.lamp(name)
        first = next(i for i, (_, on) in enumerate(changes) if on)
        assert lamp_faults(changes[first:], limits) == []
        for (before_s, _), (after_s, _) in pairwise(changes[first:]):
            slots = (after_s - before_s) * 1000 / LAMP_SLOT_MS
            assert slots == pytest.approx(1 if name == "red" else 4, abs=0.01)
    assert bench.lamp("cyan") == [], "steady"


def test_a_low_lamp_is_steady_and_goes_out_with_its_cause(bench: Bench) -> None:
    bench.quiet()
    bench.cause(LOW)
    bench.rig.advance(5)
    assert [on for _, on in bench.lamp("cyan")] == [True]
    bench.cause(LOW, on=False)
    bench.rig.advance(1)
    assert [on for _, on in bench.lamp("cyan")] == [True, False]


@requirement("I8")
@pytest.mark.parametrize("priority", [LOW, MEDIUM, HIGH])
@pytest.mark.parametrize("style", ["iec", "implant"])
def test_the_first_edge_comes_within_a_second_of_the_cause(
    bench: Bench, style: str, priority: int
) -> None:
    bench.quiet(style, loaded=True)
    bench.cause(priority)
    bench.rig.advance(signal_limits.SOUNDS_WITHIN_S)
    assert bench.tones()[0][0] < signal_limits.SOUNDS_WITHIN_S
    assert bench.lamp(LAMP[priority])[0][0] < signal_limits.SOUNDS_WITHIN_S


@pytest.mark.parametrize("style", ["iec", "implant"])
def test_only_the_highest_sounds_and_what_it_covered_comes_back(bench: Bench, style: str) -> None:
    bench.quiet(style)
    bench.cause(MEDIUM)
    bench.rig.advance(1.5)  # its burst is over, so what is heard is the other's
    bench.begin()
    bench.cause(HIGH)
    bench.rig.advance(4)
    assert sound_faults(bench.tones(), SOUNDS[style][HIGH]) == []
    bench.begin()  # it sounds before it is recorded, and is recorded before the answer comes
    bench.rig.link.order("ack", a="STOPPED")
    bench.rig.advance(2)
    assert sound_faults(bench.tones(), SOUNDS[style][MEDIUM]) == []
    assert bench.tones()


@pytest.mark.parametrize("after_s", [0.05, 1.5, 2.6, 3.1, 60])
@pytest.mark.parametrize("style", ["iec", "implant"])
def test_another_condition_of_the_same_priority_is_heard_within_a_second(
    bench: Bench, style: str, after_s: float
) -> None:
    """Wherever the pattern is, a tone sounds or begins within a second."""
    bench.quiet(style)
    bench.cause(HIGH)
    bench.rig.advance(after_s)
    came_s = bench.now_s()
    bench.rig.link.order("raise", n=al.TAPER_GUARD, on=True)
    bench.rig.advance(1.2)
    bench.rig.link.order("raise", n=al.TAPER_GUARD, on=False)
    assert any(
        begin < came_s + signal_limits.SOUNDS_WITHIN_S and end > came_s
        for begin, end in bench.tones()
    )


def test_acknowledged_it_is_silent_at_once(bench: Bench) -> None:
    bench.quiet()
    bench.cause(HIGH)
    bench.rig.advance(0.05)  # in a tone
    bench.rig.link.order("ack")
    acknowledged_s = bench.now_s()
    bench.rig.advance(10)
    assert max(end for _, end in bench.tones()) < acknowledged_s + EDGE_S
    assert int(bench.rig.chip.mcu.gpio[6].value) == 0


def test_a_pause_ends_in_time_and_shows_on_the_lamps(bench: Bench) -> None:
    bench.quiet()
    bench.cause(HIGH)
    bench.rig.advance(1)
    bench.rig.link.order("audio_pause")
    bench.begin()
    bench.rig.advance(119.9)
    assert bench.tones() == []
    assert 59 <= len([on for _, on in bench.lamp("cyan") if on]) <= 60, "a blink every 2 s"
    assert bench.lamp("red")
    bench.rig.advance(1.2)
    assert bench.tones()[0][0] == pytest.approx(120, abs=signal_limits.SOUNDS_WITHIN_S)


def test_a_new_condition_breaks_through_a_pause_within_a_second(bench: Bench) -> None:
    bench.quiet()
    bench.cause(HIGH)
    bench.rig.advance(1)
    bench.rig.link.order("audio_pause")
    bench.rig.advance(10)
    bench.begin()
    bench.cause(LOW)
    bench.rig.advance(1)
    assert bench.tones()[0][0] < signal_limits.SOUNDS_WITHIN_S
    assert bench.rig.link.order("status")["signals"]["audio"] == "on"  # type: ignore[index]


def test_audio_off_is_silent_also_to_a_new_condition_and_shows_on_the_lamps(
    bench: Bench,
) -> None:
    bench.quiet()
    bench.rig.link.order("audio_off", confirm=True, reason="test")
    bench.rig.advance(2.5)
    assert [on for _, on in bench.lamp("cyan") if on], "no alarm is active, and still it blinks"
    bench.cause(HIGH)
    bench.rig.advance(5)
    assert bench.tones() == []
    assert len(bench.lamp("red")) > 10


def test_the_board_is_as_busy_as_it_is_said_to_be(bench: Bench) -> None:
    bench.quiet(loaded=True)
    before = bench.rig.link.order("passes")["passes"]
    bench.rig.advance(1)
    passes = int(str(bench.rig.link.order("passes")["passes"])) - int(str(before))
    bench.quiet()
    assert passes >= 3, "a board at ease makes one pass a second"


def test_after_a_power_cut_audio_is_on_and_style_and_latch_are_kept(image: Image) -> None:
    bench = Bench(image)
    link = bench.rig.link
    link.order("stage", program=load_program_text(PROGRAM.format(volume="3 mL")).device_program())
    link.order("start", scale=1)
    link.order("raise", n=al.STEP_FAULT, on=True)
    link.order("raise", n=al.STEP_FAULT, on=False)
    link.order("audio_style", style="implant")
    link.order("audio_off", confirm=True, reason="test")
    bench.begin()
    bench.rig.happen("power_cut", {"off_ms": 250})
    bench.rig.advance(1.5)
    status = link.order("status")
    signals = status["signals"]
    assert isinstance(signals, dict)
    assert (signals["audio"], signals["style"]) == ("on", "implant")
    assert signals["latched"] == 1 << al.STEP_FAULT
    after_power_cut = 1 << al.RESET_POWER | 1 << al.CLOCK_FAULT
    assert status["alarms"] == 1 << al.STEP_FAULT | after_power_cut
    assert bench.tones()


def test_a_frozen_cpu_does_not_end_the_sound(bench: Bench) -> None:
    """Until the watchdog resets the board, which is the next thing that happens."""
    bench.quiet()
    bench.cause(HIGH)
    bench.rig.advance(0.1)
    bench.rig.chip.freeze_cpu()
    resets = bench.rig.chip.resets
    bench.rig.advance(2.0)
    assert bench.rig.chip.resets == resets
    assert len(bench.tones()) >= 7
    assert sound_faults(bench.tones(), SOUNDS["iec"][HIGH]) == []

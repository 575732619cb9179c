"""Every fault of the table: it shows in the readings, goes away again, and takes no nonsense."""

from collections.abc import Callable

import pytest

from pump.readings import Readings
from pumprig.bench.faults import FAULTS, FaultRefused, clear, inject
from pumprig.bench.fluid import RELIEF_PA
from pumprig.bench.parts.keys import ACK
from pumprig.bench.parts.scale import COUNTS_MAX, UG_PER_COUNT
from pumprig.bench.sensed import Bench

MINUTE_MS = 60_000


class Run:
    """A bench at work: 1 mL/h, minute by minute, with a reading at the end of each."""

    def __init__(self) -> None:
        self.bench = Bench(20_000_000)
        self.readings = Readings()
        self.now_ms = 0
        self.minutes(3)

    def minutes(self, count: int, steps: int = 533) -> None:
        for _ in range(count):
            self.now_ms += MINUTE_MS
            self.bench.fluid.turn(steps)
            self.bench.advance(MINUTE_MS)
            self.bench.read(self.readings, self.now_ms)
            self.bench.read_clock(self.readings, self.now_ms)


Seen = Callable[[Run], object]


def after(minutes: int, value: Callable[[Run], object], steps: int = 533) -> Seen:
    def look(run: Run) -> object:
        run.minutes(minutes, steps)
        return value(run)

    return look


def of(name: str) -> Callable[[Run], object]:
    return lambda run: getattr(run.readings, name)


def change(name: str, minutes: int = 10, steps: int = 533) -> Seen:
    """By how much a reading moves in that time."""

    def look(run: Run) -> object:
        before = getattr(run.readings, name)
        run.minutes(minutes, steps)
        return getattr(run.readings, name) - before

    return look


def scale_ug(minutes: int = 10, steps: int = 533) -> Seen:
    """By how much the scale's mass moves, its noise and all."""
    counts = change("scale_raw", minutes, steps)
    return lambda run: int(str(counts(run))) * UG_PER_COUNT


def bubble_seen(run: Run) -> object:
    run.minutes(1, steps=160)
    return run.readings.air


def pressed(run: Run) -> object:
    run.bench.keys.press(ACK)
    seen = set()
    for ms in range(21):
        run.bench.read(run.readings, run.now_ms + ms)
        seen.add(run.readings.keys)
    run.bench.keys.release(ACK)
    return seen


def delivered(minutes: int = 10, steps: int = 533) -> Seen:
    def look(run: Run) -> object:
        before = run.bench.fluid.delivered_pl
        run.minutes(minutes, steps)
        return run.bench.fluid.delivered_pl - before

    return look


def near(wanted: int, by: int) -> Callable[[object], bool]:
    return lambda value: abs(int(str(value)) - wanted) <= by


def is_(wanted: object) -> Callable[[object], bool]:
    return lambda value: value == wanted


TEN_MIN_PL = 5330 * 31_250
COUNTS_AT_VALVE = 1908  # 7 kPa
ADC_NOISE = 16  # counts: 2 rms, eight times over
NOISE = 40_000  # ug: two readings of 5 mg rms, eight times over; no luck needed
# Fault: arguments, what to look at, what it is with the fault, what it is without.
SHOWS: dict[str, tuple[dict[str, int], Seen, Callable[[object], bool], Callable[[object], bool]]]
SHOWS = {
    "scale.noise": (
        {"ug": 5_000_000},
        lambda run: max(abs(int(str(scale_ug(1)(run)))) for _ in range(20)),
        lambda ug: int(str(ug)) > 1_000_000,
        lambda ug: int(str(ug)) < 60_000,
    ),
    "scale.drift": (
        {"ug_per_h": 6_000_000},
        scale_ug(10, 0),
        near(1_000_000, NOISE),
        near(0, NOISE),
    ),
    "scale.stuck": ({}, change("scale_raw"), is_(0), lambda counts: counts != 0),
    "scale.saturated": (
        {},
        after(1, of("scale_raw")),
        is_(COUNTS_MAX),
        lambda raw: int(str(raw)) < COUNTS_MAX // 2,
    ),
    "scale.disconnected": ({}, change("scale_readings"), is_(0), is_(10)),
    "scale.bumped": (
        {"ug": 500_000, "for_ms": 90_000},
        scale_ug(1, 0),
        near(500_000, NOISE),
        near(0, NOISE),
    ),
    "rotor.stall": ({}, change("rotor"), is_(0), near(167, 1)),
    "rotor.slip": ({"permille": 500}, change("rotor"), near(83, 1), near(167, 1)),
    "rotor.missed_edges": ({"permille": 500}, change("rotor"), near(83, 1), near(167, 1)),
    "rotor.dead": ({}, change("rotor"), is_(0), near(167, 1)),
    "pressure_down.stuck": (
        {},
        lambda run: (run.bench.fluid.block_down(True), after(1, of("pressure_down_raw"))(run))[1],
        near(COUNTS_AT_VALVE, ADC_NOISE),
        lambda counts: int(str(counts)) > 3000,
    ),
    "pressure_down.disconnected": (
        {},
        after(1, of("pressure_down_raw")),
        is_(0),
        near(COUNTS_AT_VALVE, ADC_NOISE),
    ),
    "pressure_up.stuck": (
        {},
        lambda run: (run.bench.fluid.block_up(True), after(1, of("pressure_up_raw"))(run))[1],
        near(1800, ADC_NOISE),
        lambda counts: int(str(counts)) < 1000,
    ),
    "pressure_up.disconnected": (
        {},
        after(1, of("pressure_up_raw")),
        is_(0),
        near(1800, ADC_NOISE),
    ),
    "line.occlusion_down": (
        {},
        after(10, lambda run: run.bench.fluid.outlet_pa),
        is_(RELIEF_PA),
        is_(7_000),
    ),
    "line.occlusion_up": (
        {},
        after(10, of("pressure_up_raw")),
        near(1800 - 931, ADC_NOISE),
        near(1800, ADC_NOISE),
    ),
    "line.leak": (
        {"permille": 1000},
        after(1, of("pressure_down_raw")),
        near(1800, ADC_NOISE),
        near(COUNTS_AT_VALVE, ADC_NOISE),
    ),
    "air.bubble": ({"nl": 50_000, "way_nl": 5_000}, bubble_seen, is_(1), is_(0)),
    "air.stuck": ({"level": 1}, after(1, of("air")), is_(1), is_(0)),
    "air.disconnected": ({}, after(1, of("air")), is_(1), is_(0)),
    "supply.sag": ({"mv": 4_000}, after(1, of("supply_mv")), near(4_000, 50), near(4_700, 50)),
    "supply.brown_out": ({}, after(1, of("supply_mv")), near(1_800, 50), near(4_700, 50)),
    "supply.over_voltage": ({}, after(1, of("supply_mv")), near(5_800, 50), near(4_700, 50)),
    "temperature.over": ({}, after(1, of("temperature_cc")), near(6_700, 50), near(2_700, 50)),
    "temperature.stuck": (
        {},
        lambda run: (
            setattr(run.bench.temperature, "mean_cc", run.bench.temperature.mean_cc + 1000),
            change("temperature_cc")(run),
        )[1],
        is_(0),
        near(1_000, 50),
    ),
    "clock_chip.lost": ({}, after(1, of("clock_chip_s")), is_(-1), lambda s: int(str(s)) > 0),
    "clock_chip.jumped": ({"by_s": 86_400}, change("clock_chip_s"), is_(87_000), is_(600)),
    "clock_chip.slow": ({"ppm": 10_000}, change("clock_chip_s"), is_(594), is_(600)),
    "clock_chip.absent": ({}, after(1, of("clock_chip_s")), is_(-1), lambda s: int(str(s)) > 0),
    "keys.stuck": ({"keys": 2}, after(1, of("keys")), is_(2), is_(0)),
    "keys.bouncing": ({"for_ms": 20}, pressed, is_({0, 1}), is_({1})),
    "display.absent": ({}, lambda run: run.bench.display.absent, is_(True), is_(False)),
    "head.pulsation": (
        {"permille": 500, "rollers": 4},
        delivered(1, steps=400),
        near(400 * 31_250 + 3_978_874, 200),  # half a roller's way, nearly from its start
        near(400 * 31_250, 0),
    ),
    "head.stroke": (
        {"ppm": -250_000},
        delivered(),
        near(TEN_MIN_PL * 3 // 4, 1),
        near(TEN_MIN_PL, 0),
    ),
    "head.wear": (
        {"ppm_per_ml": 500_000},
        lambda run: (run.minutes(70), delivered(1)(run))[1],
        near(533 * 31_250 // 2, 1),
        near(533 * 31_250, 0),
    ),
    "head.siphon": (
        {"nl_h": 600_000},
        delivered(10, steps=0),
        near(100_000_000, 0),
        near(0, 0),
    ),
    "head.free_flow": (
        {"nl_h": 600_000},
        delivered(10),
        near(TEN_MIN_PL + 100_000_000, 0),
        near(TEN_MIN_PL, 0),
    ),
    "head.leak": ({"nl_h": 6_000_000}, scale_ug(10, 0), near(-1_000_000, NOISE), near(0, NOISE)),
}


def test_every_fault_of_the_table_is_looked_at() -> None:
    assert set(SHOWS) == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_it_shows_and_then_it_does_not(name: str) -> None:
    arguments, look, with_it, without_it = SHOWS[name]
    run = Run()
    inject(run.bench, name, **arguments)
    assert with_it(look(run))
    clear(run.bench, name)
    run.minutes(1)
    assert without_it(look(run))


@pytest.mark.parametrize("name", FAULTS)
def test_without_arguments_it_has_its_defaults_and_they_are_in_range(name: str) -> None:
    inject(Bench(1_000_000), name)
    for argument in FAULTS[name].arguments.values():
        assert argument.low <= argument.default <= argument.high


@pytest.mark.parametrize(
    ("name", "argument"), [(n, a) for n, fault in FAULTS.items() for a in fault.arguments]
)
def test_each_argument_is_taken_at_its_ends_and_refused_beyond(name: str, argument: str) -> None:
    allowed = FAULTS[name].arguments[argument]
    for value in (allowed.low, allowed.high):
        inject(Bench(1_000_000), name, **{argument: value})
    for value in (allowed.low - 1, allowed.high + 1):
        with pytest.raises(FaultRefused, match=f"{name}: {argument} {value}"):
            inject(Bench(1_000_000), name, **{argument: value})


def test_what_is_unknown_is_refused_in_one_line() -> None:
    bench = Bench(1_000_000)
    with pytest.raises(FaultRefused, match=r"known are: scale\.noise"):
        inject(bench, "scale.melted")
    with pytest.raises(FaultRefused, match=r"^line.leak: share is not among .*: permille$"):
        inject(bench, "line.leak", share=3)
    with pytest.raises(FaultRefused, match=r"^rotor.dead: permille .*: none$"):
        inject(bench, "rotor.dead", permille=3)
    with pytest.raises(FaultRefused):
        inject(bench, "line.leak", permille=True)
    assert bench.fluid.line_leak_permille == 0
    with pytest.raises(FaultRefused, match="known are"):
        clear(bench, "scale.melted")


def test_a_second_bubble_is_refused_while_one_is_on_its_way() -> None:
    bench = Bench(1_000_000)
    inject(bench, "air.bubble")
    with pytest.raises(FaultRefused, match="on its way"):
        inject(bench, "air.bubble")

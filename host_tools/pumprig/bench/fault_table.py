"""Everything that can go wrong with the parts, by name: what it sets, and the way back.

`bench.faults` injects and clears them; docs/bench.md has the table in words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pumprig.bench.parts.scale import NOISE_UG
from pumprig.bench.parts.supply import NOMINAL_MV
from pumprig.bench.sensed import Bench


@dataclass(frozen=True)
class Argument:
    low: int
    high: int
    default: int


@dataclass(frozen=True)
class Fault:
    """`set` is called with the bench and every argument; `reset` with the bench alone."""

    what: str
    set: Callable[..., None]
    reset: Callable[[Bench], None]
    arguments: Mapping[str, Argument] = field(default_factory=dict)


def _flag(what: str, part: str, attribute: str) -> Fault:
    """A fault that is there or not: an attribute of a part, True and False."""
    return Fault(
        what,
        lambda bench: setattr(getattr(bench, part), attribute, True),
        lambda bench: setattr(getattr(bench, part), attribute, False),
    )


def _number(
    what: str, part: str, attribute: str, name: str, argument: Argument, rest: Any = 0
) -> Fault:
    """A fault that is a number in a part's attribute, `rest` without it."""
    return Fault(
        what,
        lambda bench, **given: setattr(getattr(bench, part), attribute, given[name]),
        lambda bench: setattr(getattr(bench, part), attribute, rest),
        {name: argument},
    )


def _wear(bench: Bench, ppm_per_ml: int) -> None:
    bench.fluid.wear_ppm_per_ml = ppm_per_ml
    bench.fluid.wear_from_pl = bench.fluid.delivered_pl


FAULTS: dict[str, Fault] = {
    "scale.noise": _number(
        "shaking, rms", "scale", "noise_ug", "ug", Argument(0, 5_000_000, 50_000), NOISE_UG
    ),
    "scale.drift": Fault(
        "creeps, by pump time",
        lambda bench, ug_per_h: bench.scale.drift(ug_per_h),
        lambda bench: bench.scale.drift(0),
        {"ug_per_h": Argument(-10_000_000, 10_000_000, 20_000)},
    ),
    "scale.stuck": _flag("the same conversion again and again", "scale", "stuck"),
    "scale.saturated": _flag("the largest count there is", "scale", "saturated"),
    "scale.disconnected": _flag("the amplifier does not answer", "scale", "disconnected"),
    "scale.bumped": Fault(
        "something leans on it for a while, by the wall",
        lambda bench, ug, for_ms: bench.scale.bump(ug, for_ms),
        lambda bench: bench.scale.bump(0, 0),
        {"ug": Argument(-20_000_000, 20_000_000, 500_000), "for_ms": Argument(1, 600_000, 2_000)},
    ),
    "rotor.stall": _flag("the motor turns nothing", "fluid", "stalled"),
    "rotor.slip": _number(
        "of the motor's steps, so many do not turn the head",
        "fluid",
        "slip_permille",
        "permille",
        Argument(1, 1000, 200),
    ),
    "rotor.missed_edges": _number(
        "the sensor misses so many of its edges",
        "rotor",
        "missed_permille",
        "permille",
        Argument(1, 1000, 200),
    ),
    "rotor.dead": _flag("the sensor gives no edge", "rotor", "dead"),
    "pressure_down.stuck": _flag("the same counts for ever", "pressure_down", "stuck"),
    "pressure_down.disconnected": _flag("a broken wire", "pressure_down", "disconnected"),
    "pressure_up.stuck": _flag("the same counts for ever", "pressure_up", "stuck"),
    "pressure_up.disconnected": _flag("a broken wire", "pressure_up", "disconnected"),
    "line.occlusion_down": Fault(
        "closed after the head; what was pressed in comes out when it opens",
        lambda bench: bench.fluid.block_down(True),
        lambda bench: bench.fluid.block_down(False),
    ),
    "line.occlusion_up": Fault(
        "closed between bag and head",
        lambda bench: bench.fluid.block_up(True),
        lambda bench: bench.fluid.block_up(False),
    ),
    "line.leak": _number(
        "a hole after the head takes so much of the flow",
        "fluid",
        "line_leak_permille",
        "permille",
        Argument(1, 1000, 300),
    ),
    "air.bubble": Fault(
        "the head draws so much air; the detector is so much volume away",
        lambda bench, nl, way_nl: bench.fluid.bubble(nl, way_nl),
        lambda bench: bench.fluid.clear_bubble(),
        {"nl": Argument(1, 5_000_000, 10_000), "way_nl": Argument(0, 5_000_000, 5_000)},
    ),
    "air.stuck": _number(
        "it sees the same for ever: 0 liquid, 1 air",
        "air",
        "stuck",
        "level",
        Argument(0, 1, 0),
        None,
    ),
    "air.disconnected": _flag("a broken wire, which reads air", "air", "disconnected"),
    "supply.sag": _number(
        "VSYS is low", "supply", "mv", "mv", Argument(3_000, NOMINAL_MV, 4_100), NOMINAL_MV
    ),
    "supply.brown_out": _number(
        "VSYS is too low for the board",
        "supply",
        "mv",
        "mv",
        Argument(0, 2_999, 1_800),
        NOMINAL_MV,
    ),
    "supply.over_voltage": _number(
        "VSYS is too high", "supply", "mv", "mv", Argument(NOMINAL_MV, 9_800, 5_800), NOMINAL_MV
    ),
    "temperature.over": _number(
        "the chip is so much hotter, hundredths of a degree",
        "temperature",
        "chip_over_cc",
        "cc",
        Argument(1, 8_000, 4_000),
    ),
    "temperature.stuck": _flag("the same counts for ever", "temperature", "stuck"),
    "clock_chip.lost": _flag("it says that its time is not to be trusted", "clock_chip", "lost"),
    "clock_chip.jumped": Fault(
        "its time jumps; clearing does not bring it back",
        lambda bench, by_s: bench.clock_chip.jump(by_s),
        lambda bench: None,
        {"by_s": Argument(-100_000_000, 100_000_000, 3_600)},
    ),
    "clock_chip.slow": Fault(
        "it runs slow, by the wall",
        lambda bench, ppm: bench.clock_chip.run_at(-ppm, bench.wall_ms),
        lambda bench: bench.clock_chip.run_at(0, bench.wall_ms),
        {"ppm": Argument(1, 1_000_000, 10_000)},
    ),
    "clock_chip.absent": _flag("it does not answer", "clock_chip", "absent"),
    "keys.stuck": _number(
        "so many are pressed for ever: 1 acknowledge, 2 stop, 4 service",
        "keys",
        "stuck",
        "keys",
        Argument(1, 7, 1),
    ),
    "keys.bouncing": _number(
        "a key opens and closes for so long after each press",
        "keys",
        "bounce_ms",
        "for_ms",
        Argument(1, 1_000, 20),
    ),
    "display.absent": _flag("it does not answer", "display", "absent"),
    "head.pulsation": Fault(
        "the flow swings once a roller; nothing over a turn",
        lambda bench, permille, rollers: bench.fluid.pulsate(permille, rollers),
        lambda bench: bench.fluid.pulsate(0, 1),
        {"permille": Argument(1, 900, 500), "rollers": Argument(1, 12, 4)},
    ),
    "head.stroke": _number(
        "each step moves so much more than it should, or less",
        "fluid",
        "stroke_ppm",
        "ppm",
        Argument(-1_000_000, 1_000_000, 100_000),
    ),
    "head.wear": Fault(
        "each step moves less, the more was moved",
        _wear,
        lambda bench: _wear(bench, 0),
        {"ppm_per_ml": Argument(1, 1_000_000, 5_000)},
    ),
    "head.siphon": _number(
        "flow through the head while it stands",
        "fluid",
        "siphon_nl_h",
        "nl_h",
        Argument(1, 10_000_000, 100_000),
    ),
    "head.free_flow": _number(
        "flow through an open head at any time",
        "fluid",
        "free_flow_nl_h",
        "nl_h",
        Argument(1, 1_000_000_000, 5_000_000),
    ),
    "head.leak": _number(
        "the bag drips beside the scale's tray",
        "fluid",
        "bag_leak_nl_h",
        "nl_h",
        Argument(1, 1_000_000_000, 200_000),
    ),
}

"""What the fault matrix expects: each fault of the bench in each state of the pump, in one table.

A cell names the condition that must be raised, or says in words why none can be: what the rig
cannot see is written down, never left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

STATES = ("basal", "bolus", "taper", "minimum", "stopped", "refill")
FLOWING = ("basal", "bolus", "taper", "minimum", "refill")

_STANDS = "nothing turns, so nothing shows it"
_REFILLED = "somebody is at the reservoir: weight is not judged while a refill is open"
_SLOW = "at the minimum rate a day's difference is below what the scale tells"


@dataclass(frozen=True, slots=True)
class Cells:
    """`expected`: a condition for every state, or "" for none, and then why; `but`: states that
    differ. `with_`: arguments of the fault, where its defaults are not used."""

    expected: str
    why: str = ""
    but: Mapping[str, str] = field(default_factory=dict)  # state -> condition, or the reason
    with_: Mapping[str, int] = field(default_factory=dict)
    slowly: Mapping[str, int] = field(default_factory=dict)  # in their place at the minimum rate

    def cell(self, state: str) -> tuple[str, str]:
        """(condition, "") or ("", why none)."""
        found = self.but.get(state, self.expected or self.why)
        return (found, "") if found.isupper() else ("", found)


def _none(why: str) -> Cells:
    return Cells("", why)


CELLS: Mapping[str, Cells] = {
    "scale.noise": Cells("SCALE_FAULT", but={"refill": _REFILLED}),
    "scale.drift": Cells(
        "UNDER_DELIVERY",
        but={"refill": _REFILLED},
        with_={"ug_per_h": 1_000_000},
        slowly={"ug_per_h": 40_000},
    ),
    "scale.stuck": Cells("SCALE_FAULT"),
    "scale.saturated": Cells("SCALE_FAULT"),
    "scale.disconnected": Cells("SCALE_FAULT"),
    "scale.bumped": Cells(
        "SCALE_FAULT",
        but={
            "refill": _REFILLED,
            "stopped": "somebody may be at work: told only if it stays beyond the tolerance",
        },
        with_={"for_ms": 60_000},
    ),
    "rotor.stall": Cells("MOTOR_STALL", but={"stopped": _STANDS}),
    "rotor.slip": Cells("ROTOR_FAULT", but={"stopped": _STANDS}),
    "rotor.missed_edges": Cells("ROTOR_FAULT", but={"stopped": _STANDS}),
    "rotor.dead": Cells("MOTOR_STALL", but={"stopped": _STANDS}),
    "pressure_down.stuck": Cells("PRESSURE_FAULT"),
    "pressure_down.disconnected": Cells("PRESSURE_FAULT"),
    "pressure_up.stuck": Cells("PRESSURE_FAULT"),
    "pressure_up.disconnected": Cells("PRESSURE_FAULT"),
    "line.occlusion_down": Cells("OCCLUSION_DOWN", but={"stopped": _STANDS}),
    "line.occlusion_up": Cells("OCCLUSION_UP", but={"stopped": _STANDS}),
    "line.leak": Cells("UNDER_DELIVERY", but={"stopped": "nothing flows, so nothing is lost"}),
    "air.bubble": Cells("AIR", but={"stopped": "it is drawn in only while the head turns"}),
    "air.stuck": Cells("AIR", with_={"level": 1}),
    "air.disconnected": Cells("AIR"),
    "supply.sag": Cells("SUPPLY_LOW"),
    "supply.brown_out": Cells("SUPPLY_OUT_OF_RANGE"),
    "supply.over_voltage": Cells("SUPPLY_OUT_OF_RANGE"),
    "temperature.over": Cells("OVERHEAT"),
    "temperature.stuck": _none("it only corrects the scale's drift, 30 mg in ten degrees"),
    "clock_chip.lost": Cells("CLOCK_FAULT", but={"stopped": "no time of day is in use"}),
    "clock_chip.jumped": Cells("CLOCK_FAULT", but={"stopped": "no time of day is in use"}),
    "clock_chip.slow": Cells("CLOCK_FAULT", but={"stopped": "no time of day is in use"}),
    "clock_chip.absent": Cells("CLOCK_FAULT", but={"stopped": "no time of day is in use"}),
    "keys.stuck": Cells("KEY_STUCK"),
    "keys.bouncing": _none("keys are looked at more slowly than contacts bounce"),
    "display.absent": _none("nothing is asked of it; lamps and sounder say the same"),
    "head.pulsation": _none("it adds up to nothing over a turn"),
    "head.stroke": Cells(
        "OVER_DELIVERY",
        but={"stopped": _STANDS, "refill": _REFILLED, "minimum": _SLOW},
        with_={"ppm": 200_000},
    ),
    "head.wear": Cells(
        "UNDER_DELIVERY",
        but={"stopped": _STANDS, "refill": _REFILLED, "minimum": _SLOW},
        with_={"ppm_per_ml": 1_000_000},
    ),
    "head.siphon": Cells(
        "FREE_FLOW",
        but=dict.fromkeys(FLOWING, "the bench lets it run only while the head stands"),
    ),
    "head.free_flow": Cells(
        "OVER_DELIVERY",
        but={"stopped": "FREE_FLOW", "refill": _REFILLED},
        with_={"nl_h": 1_000_000},
        slowly={"nl_h": 40_000},
    ),
    "head.leak": Cells(
        "OVER_DELIVERY",
        but={"stopped": "FREE_FLOW", "refill": _REFILLED},
        slowly={"nl_h": 40_000},
    ),
}

"""The screening sequence of baclofen: three boluses of one solution, a day apart.

Figures: docs/sources.md, U. 50 ug/mL; 50, 75, 100 ug over not less than one minute, 24 h apart;
4 to 8 h of watching after each. Nobody who does not respond to the third gets a pump.
"""

from typing import Final

UG_ML: Final = 50
BOLUSES_UG: Final = (50, 75, 100)
LARGEST_NL: Final = 2_000_000  # 100 ug
LEAST_S: Final = 60
APART_S: Final = 24 * 3600
WATCH_H: Final = (4, 8)


def volume_nl(dose_ug: int) -> int:
    """The volume of a screening bolus: 1, 1.5 or 2 mL."""
    return dose_ug * 1_000_000 // UG_ML


def shortest_s(max_bolus_flow_nl_h: int) -> int:
    """The time that the largest bolus takes on this pump, and never less than a minute.

    One duration for all three: a smaller bolus only runs more slowly.
    """
    return max(LEAST_S, -(-LARGEST_NL * 3600 // max_bolus_flow_nl_h))


def next_bolus_ug(given_ug: list[int], effective: bool) -> int | None:
    """The bolus after those given; None: screening is over, by success or without a pump."""
    if effective:
        return None
    later = [dose for dose in BOLUSES_UG if dose > max(given_ug, default=0)]
    return later[0] if later else None

"""What every rig can do, whatever stands behind it: the host, an emulated Pico, a real board."""

from dataclasses import dataclass
from typing import Protocol

from pumprig.rig.link_client import LinkClient


@dataclass(frozen=True, slots=True)
class Truth:
    """What the virtual bench knows. Volumes nL, steps counted on the pin."""

    steps_seen: int
    delivered_nl: int
    reservoir_nl: int


class CannotHappen(Exception):
    """This rig cannot make that happen; the message says why and what a person can do."""


class Rig(Protocol):
    """Time is the device's. `advance` lets it pass; nothing else does, but for asking."""

    name: str
    micropython_version: str | None
    image_sha256: str | None
    exact_time: bool  # `advance` takes exactly as long as it was told, by the device's own clock
    look_s: float  # the most wall time to advance between two looks at what came back

    @property
    def link(self) -> LinkClient: ...

    def open(self) -> None:
        """Power up, or connect to what is running, until the link answers. LinkError if not."""

    def close(self) -> None: ...

    def pace(self, time_scale: int) -> None:
        """A program has started at this scale: what flows by itself on a virtual bench does so in
        pump time."""

    def advance(self, wall_s: float) -> None:
        """Let the device run for `wall_s` of its own wall time."""

    def wall_s(self) -> float:
        """The rig's own wall time, from any beginning; it goes on over resets and power cuts."""

    def happen(self, action: str, args: dict[str, int | str]) -> None:
        """Something happens to the rig: refill, power_cut, freeze_cpu, clock_jump, or one of
        bench_acts.

        CannotHappen where this rig has no hand for it.
        """

    def truth(self) -> Truth | None:
        """What the bench knows, or None where nobody knows."""

"""The pump on the rig, as a check handles it: orders, waiting by pump time, what it reported."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from programs import HOUR_SCALE, Program

from pump.conditions import CONDITIONS
from pumprig.rig import CannotHappen, Rig
from pumprig.rig.record import Sample
from pumprig.rig.staging import stage

NAMES = [row[0] for row in CONDITIONS]
# What the scale finds when the vessel does not hold what the checks say.
BY_WEIGHT = ("VOLUME_MISMATCH", "OVER_DELIVERY", "UNDER_DELIVERY", "FREE_FLOW", "SCALE_FAULT")
NOT_LOOKED_AT: set[str] = set()  # on a rig where nobody fills it
_SLICE_S = 0.03  # wall time between two looks: 43 s of pump time at HOUR_SCALE


@dataclass
class Told:
    """What the device said unasked since the check began. Times are pump seconds."""

    samples: list[Sample] = field(default_factory=list)
    rates: list[tuple[int, int]] = field(default_factory=list)
    alarms: list[tuple[str, str]] = field(default_factory=list)  # (condition, event) in order
    log: list[tuple[int, str, str]] = field(default_factory=list)
    boluses: list[tuple[int, str, str, int, int]] = field(default_factory=list)


class PumpUnderTest:
    """One check's view of the pump. Refusals come back as text; a pump that does not answer
    raises LinkError."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.link = rig.link
        self.told = Told()
        self.expected: set[str] = set()
        self.started = False
        self.was_reset = False

    # -- orders ----------------------------------------------------------------------------------
    def order(self, command: str, **fields: Any) -> dict[str, Any]:
        """An order that must be obeyed."""
        return self.link.order(command, **fields)

    def refusal(self, command: str, **fields: Any) -> str:
        """An order that must be refused: the device's own words."""
        reply = self.link.request(command, **fields)
        assert "err" in reply, f"{command} {fields} was obeyed: {reply}"
        return str(reply["err"])

    def status(self) -> dict[str, Any]:
        return self.link.order("status")

    def hello(self) -> dict[str, Any]:
        return self.link.order("hello")

    def expect(self, *conditions: str) -> None:
        """Alarms that this check provokes; any other fails it."""
        self.expected |= set(conditions)

    def start(self, program: Program, scale: int = HOUR_SCALE) -> None:
        """A fresh reservoir and `program` from pump time 0."""
        self.fill(program["volume_nl"])
        self.stage(program)
        self.order("watch", every=1)
        self.status()  # what the device had still to tell comes before this answer
        self.link.take_frames()
        self.rig.pace(scale, program["nl_per_1000_steps"])
        self.order("start", scale=scale)
        self.started = True

    def stage(self, program: Program) -> dict[str, Any]:
        reply = stage(self.link, program)
        assert "err" not in reply, reply
        return reply

    def staging_refusal(self, program: Program) -> str:
        """Why the device does not take a program: its own words."""
        reply = stage(self.link, program)
        assert "err" in reply, f"the program was taken: {program}"
        return str(reply["err"])

    def fill(self, volume_nl: int) -> None:
        """The vessel itself, where the rig has a hand for it; a person's job on a real bench, and
        no check looks inside a vessel that nobody filled."""
        try:
            self.rig.happen("refill", {"volume_nl": volume_nl})
        except CannotHappen:
            assert self.rig.truth() is None

    def refill(self, volume_nl: int) -> None:
        """The vessel filled, and the pump told."""
        self.fill(volume_nl)
        self.order("refill", volume_nl=volume_nl)

    def emergency_stop(self) -> None:
        self.expect("STOPPED")
        self.order("estop", confirm=True, reason="hil")

    # -- time ------------------------------------------------------------------------------------
    def let_pass(self, wall_s: float) -> None:
        """Wall time of the rig; all that is known of pump time is that it goes on."""
        self.rig.advance(wall_s)
        self.collect()

    def run_until_s(self, pump_s: int) -> dict[str, Any]:
        """Until the device's own clock says `pump_s` or more; its status then."""

        def slice_s(status: dict[str, Any]) -> float:
            left_s = (pump_s - status["now_s"]) / status["scale"]
            return min(left_s, self.rig.look_s) if self.rig.exact_time else _SLICE_S

        return self.run_until(lambda status: status["now_s"] >= pump_s, 2 * pump_s + 7200, slice_s)

    def run_until(
        self,
        done: Callable[[dict[str, Any]], bool],
        limit_s: int,
        slice_s: Callable[[dict[str, Any]], float] = lambda _status: _SLICE_S,
    ) -> dict[str, Any]:
        """Until `done(status)`. Fails once the device's clock is past `limit_s`."""
        while True:
            status = self.status()
            self.collect()
            if done(status):
                return status
            assert status["now_s"] < limit_s, f"still not so at pump second {limit_s}: {status}"
            self.rig.advance(slice_s(status))

    def run_until_alarm(self, name: str, limit_s: int) -> dict[str, Any]:
        return self.run_until(lambda status: name in active(status), limit_s)

    def run_until_rate(self, rate_nl_h: int, limit_s: int) -> dict[str, Any]:
        """Until the motor runs at that rate. The status says what is planned, seconds ahead."""
        return self.run_until(
            lambda _status: bool(self.told.rates) and self.told.rates[-1][1] == rate_nl_h, limit_s
        )

    def reconnect(self, at_s: int | None = None) -> dict[str, Any]:
        """After a reset: hello, and the time given back if `at_s` is known."""
        self.was_reset = True
        hello = self.hello()
        self.order("watch", every=1)
        if at_s is not None:
            self.order("clock", now_s=at_s)
        return hello

    # -- what came back --------------------------------------------------------------------------
    def collect(self) -> Told:
        told = self.told
        for frame in self.link.take_frames():
            for kind, row in frame.items():
                if kind == "s":
                    told.samples.append(Sample(row[0] * 1000 + row[1], *row[2:]))
                elif kind == "r":
                    told.rates.append((row[0], row[1]))
                elif kind == "b":
                    told.boluses.append((row[0], row[1], row[2], row[3], row[4]))
                elif kind == "a":
                    told.alarms.append((NAMES[row[1]], row[2]))
                elif kind == "l":
                    told.log.append((row[0], row[1], row[2]))
        return told

    def raised(self) -> list[str]:
        """Conditions in the order in which they were raised."""
        alarms = [(n, event) for n, event in self.collect().alarms if n not in NOT_LOOKED_AT]
        return [name for name, event in alarms if event == "raised"]


def active(status: dict[str, Any]) -> set[str]:
    found = {name for i, name in enumerate(NAMES) if status["alarms"] >> i & 1}
    return found - NOT_LOOKED_AT


def acknowledged(status: dict[str, Any]) -> set[str]:
    found = {name for i, name in enumerate(NAMES) if status["acknowledged"] >> i & 1}
    return found - NOT_LOOKED_AT

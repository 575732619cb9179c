"""What a run leaves behind: plain data, made by a rig's run, read by the reports.

All times are pump time in seconds from the start of the program unless a name says otherwise.
Volumes are nL, flows nL/h. Nothing here knows how the run was made.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    """One control step as the device saw it, at the instant it counted its own pulses."""

    now_ms: int  # pump time in milliseconds
    emitted: int  # steps the PIO has counted since the start of the program
    authorised: int  # steps the controller has released since the start of the program
    rate_nl_h: int  # rate in force
    programmed_nl_h: int  # what the program alone would give
    usable_nl: int  # ledger: volume above the residual, as authorised
    alarms: int  # bit mask of active conditions, bit = index in pump.conditions.CONDITIONS


@dataclass(frozen=True, slots=True)
class RateChange:
    """A change of the planned rate or of the basal in it, to the second."""

    t_s: int
    rate_nl_h: int  # with boluses
    basal_nl_h: int  # without; also while a bolus takes its place


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log: an alarm's change, a command obeyed, a reset, a fault of the bench."""

    t_s: int
    kind: str  # "alarm" | "bolus" | "command" | "program" | "reset" | "bench" | "note"
    name: str  # condition name, command name ...
    priority: str  # "high" | "medium" | "low" | "" where it has no meaning
    event: str  # alarms: "raised" | "cleared" | "acknowledged"; others: short free text
    text: str  # one line for people


@dataclass(frozen=True, slots=True)
class TruthPoint:
    """What the bench (virtual pump head and reservoir) knows, whatever the device believes."""

    t_s: int
    steps_seen: int  # rising edges on the STEP pin so far
    delivered_nl: int  # volume the head really moved out so far
    reservoir_nl: int  # volume really in the reservoir, residual included


@dataclass(slots=True)
class Run:
    """A whole run. Lists are in order of time. `None` means: has no meaning on this rig."""

    rig: str  # "host" | "emulator" | "serial:PORT"
    program_name: str
    program: dict[str, object]  # the device program (therapy.program.DeviceProgram as a dict)
    program_text: str  # the TOML the user wrote
    scenario_text: str  # the TOML of the scenario, "" without one
    time_scale: int
    pump_days: float
    wall_s: float = 0.0
    micropython_version: str | None = None
    image_sha256: str | None = None
    firmware_version: str | None = None
    steps_authorised: int = 0
    steps_emitted: int = 0
    steps_seen: int | None = None
    steps_in_flight_max: int | None = None  # the bound: most steps ever authorised, not emitted
    volume_error_steps_max: float | None = None
    heap_free_min_bytes: int | None = None
    loop_ms_max: int | None = None
    samples: list[Sample] = field(default_factory=list)
    rates: list[RateChange] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    truth: list[TruthPoint] = field(default_factory=list)
    day_totals: list[int] = field(default_factory=list)  # steps authorised at each pump midnight

"""The alarm table and its state: condition x drug profile -> priority, safe state, how it ends.

Priorities follow consequence and delay as IEC 60601-1-8 does: for intrathecal baclofen ("itb")
stopping is the first hazard; for an opioid on demand ("pca") it is the safe state, and the same
condition ranks lower. The state is bit masks, so raising and clearing allocates nothing.

What the sounder makes of it is `pump.audio`, how that sounds is `pump.patterns`.
"""

NONE, LOW, MEDIUM, HIGH = 0, 1, 2, 3
PRIORITY_NAMES = ("", "low", "medium", "high")

# What a condition asks of delivery, the weakest first.
KEEP, MINIMUM, FINISH, STOP = 0, 1, 2, 3
SAFE_STATE_NAMES = ("keep", "minimum rate", "finish the step, then stop", "stop at once")

# How a signal ends. WITH_CAUSE: when its cause does. WHEN_SEEN: its cause is an event that is over
# at once; acknowledging ends it. LATCHED: it outlives its cause until reset_latch.
WITH_CAUSE, WHEN_SEEN, LATCHED = 0, 1, 2
ENDING_NAMES = ("with its cause", "acknowledged", "latched")

LOW_RESERVOIR = 0
TAPER_GUARD = 1
RESERVOIR_EMPTY = 2
REFILL_DUE = 3
STOPPED = 4
RESUME_CAP = 5
STOPPING = 6
STEP_FAULT = 7
RESET_WATCHDOG = 8
RESET_POWER = 9
LATE = 10
BOLUS_INTERRUPTED = 11
DOSE_LIMIT = 12
CLOCK_FAULT = 13
PROGRAM_INTERRUPTED = 14
VOLUME_MISMATCH = 15
DRUG_EXPIRED = 16
MEMORY_FAULT = 17
RESETS_REPEATED = 18

# name, priority itb, priority pca, text, what clears it, how it ends, safe state itb, pca
CONDITIONS = (
    ("LOW_RESERVOIR", MEDIUM, LOW, "reservoir low: refill soon", "refill", WITH_CAUSE, KEEP, KEEP),
    (
        "TAPER_GUARD",
        HIGH,
        LOW,
        "guard engaged: rate follows the volume left",
        "refill",
        WITH_CAUSE,
        KEEP,
        KEEP,
    ),
    (
        "RESERVOIR_EMPTY",
        HIGH,
        MEDIUM,
        "nothing left to deliver",
        "refill",
        WITH_CAUSE,
        FINISH,
        FINISH,
    ),
    ("REFILL_DUE", LOW, LOW, "refill date is near", "refill", WITH_CAUSE, KEEP, KEEP),
    ("STOPPED", HIGH, LOW, "delivery is stopped", "restart", WITH_CAUSE, KEEP, KEEP),
    (
        "RESUME_CAP",
        LOW,
        LOW,
        "below program: climbing back",
        "back at program, or confirmed",
        WITH_CAUSE,
        KEEP,
        KEEP,
    ),
    (
        "STOPPING",
        LOW,
        LOW,
        "planned taper: below program",
        "stop reached, or restart",
        WITH_CAUSE,
        KEEP,
        KEEP,
    ),
    (
        "STEP_FAULT",
        HIGH,
        HIGH,
        "steps made differ from steps released",
        "restart, then reset_latch",
        LATCHED,
        STOP,
        STOP,
    ),
    (
        "WATCHDOG_RESET",
        MEDIUM,
        MEDIUM,
        "restarted by the watchdog: set the clock",
        "acknowledge",
        WHEN_SEEN,
        KEEP,
        KEEP,
    ),
    (
        "POWER_INTERRUPTED",
        MEDIUM,
        MEDIUM,
        "power was lost: set the clock",
        "acknowledge",
        WHEN_SEEN,
        KEEP,
        KEEP,
    ),
    (
        "LOOP_LATE",
        MEDIUM,
        MEDIUM,
        "planning came late: some volume was not given",
        "acknowledge",
        WHEN_SEEN,
        KEEP,
        KEEP,
    ),
    (
        "BOLUS_INTERRUPTED",
        MEDIUM,
        LOW,
        "a bolus was not given whole",
        "acknowledge",
        WHEN_SEEN,
        KEEP,
        KEEP,
    ),
    (
        "DOSE_LIMIT",
        MEDIUM,
        MEDIUM,
        "held to the dose limit of 24 h",
        "back below the limit",
        WITH_CAUSE,
        KEEP,
        KEEP,
    ),
    (
        "CLOCK_FAULT",
        MEDIUM,
        MEDIUM,
        "time of day is unknown: average flow",
        "setting the clock",
        WITH_CAUSE,
        KEEP,
        MINIMUM,
    ),
    (
        "PROGRAM_INTERRUPTED",
        HIGH,
        MEDIUM,
        "refill not completed: held",
        "refill, or its end",
        WITH_CAUSE,
        MINIMUM,
        FINISH,
    ),
    (
        "VOLUME_MISMATCH",
        MEDIUM,
        MEDIUM,
        "withdrawn differs from expected",
        "acknowledge",
        WHEN_SEEN,
        KEEP,
        KEEP,
    ),
    (
        "DRUG_EXPIRED",
        MEDIUM,
        MEDIUM,
        "the drug is past its time in the pump",
        "refill",
        WITH_CAUSE,
        KEEP,
        KEEP,
    ),
    (
        "MEMORY_FAULT",
        HIGH,
        HIGH,
        "what the pump had kept is damaged: check program and volume",
        "acknowledge",
        WHEN_SEEN,
        KEEP,
        KEEP,
    ),
    (
        "RESETS_REPEATED",
        HIGH,
        HIGH,
        "restarted again and again: held",
        "acknowledge",
        WHEN_SEEN,
        MINIMUM,
        MINIMUM,
    ),
)
_ENDING, _SAFE_STATE = 5, 6  # columns


def _ending(ending: int) -> int:
    """The conditions that end so, as a mask."""
    mask = 0
    for i, row in enumerate(CONDITIONS):
        if row[_ENDING] == ending:
            mask |= 1 << i
    return mask


_WHEN_SEEN = _ending(WHEN_SEEN)
_LATCHING = _ending(LATCHED)


def index(name: str) -> int:
    """The bit of the condition called `name`, -1 if there is none."""
    for i, row in enumerate(CONDITIONS):
        if row[0] == name:
            return i
    return -1


class Alarms:
    """The conditions that are signalled, as masks; bit = index in CONDITIONS.

    active: signalled; acknowledged: and silenced; latched: signalled although the cause has gone;
    fresh: raised since `pump.audio` looked. `changed` collects (condition, event) for the log.
    """

    def __init__(self, profile: str) -> None:
        self._pca = 1 if profile == "pca" else 0
        self.active = 0
        self.acknowledged = 0
        self.latched = 0
        self.fresh = 0
        self.changed: list[tuple[int, str]] = []

    def follow(self, earlier: "Alarms") -> None:
        """In place of those of another program: what latches goes on, its cause being over."""
        self.active = self.latched = earlier.active & _LATCHING
        self.acknowledged = earlier.acknowledged & _LATCHING

    def priority(self, condition: int) -> int:
        return CONDITIONS[condition][1 + self._pca]  # type: ignore[return-value]

    def safe_state(self, condition: int) -> int:
        """What that condition asks of delivery: KEEP, MINIMUM, FINISH or STOP."""
        return CONDITIONS[condition][_SAFE_STATE + self._pca]  # type: ignore[return-value]

    def set(self, condition: int, on: bool) -> None:
        """The cause is there, or it has gone. Saying so twice changes nothing."""
        bit = 1 << condition
        if on:
            if not self.active & bit or self.latched & bit:
                # A cause that comes again is to be heard again, latched and seen or not.
                self.active |= bit
                self.latched &= ~bit
                self.acknowledged &= ~bit
                self.fresh |= bit
                self.changed.append((condition, "raised"))
        elif self.active & bit:
            if bit & _LATCHING:
                if not self.latched & bit:
                    self.latched |= bit
                    self.changed.append((condition, "latched"))
            else:
                self._clear(condition)

    def _clear(self, condition: int) -> None:
        keep = ~(1 << condition)
        self.active &= keep
        self.acknowledged &= keep
        self.latched &= keep
        self.fresh &= keep
        self.changed.append((condition, "cleared"))

    def acknowledge(self, condition: int) -> bool:
        """Silence one condition, or all of them for -1; False when it is not active."""
        mask = self.active if condition < 0 else self.active & (1 << condition)
        if not mask:
            return False
        for i in range(len(CONDITIONS)):
            bit = 1 << i
            if mask & bit and not self.acknowledged & bit:
                self.acknowledged |= bit
                self.changed.append((i, "acknowledged"))
                if bit & _WHEN_SEEN:
                    self.set(i, False)
        return True

    def reset_latch(self, condition: int) -> bool:
        """End one signal that has outlived its cause, or all of them for -1; False when there is
        none. While its cause is there no signal can be reset."""
        mask = self.latched if condition < 0 else self.latched & (1 << condition)
        if not mask:
            return False
        for i in range(len(CONDITIONS)):
            if mask >> i & 1:
                self._clear(i)
        return True

    def loudest(self) -> int:
        """The highest priority that is active and not acknowledged: what sounds."""
        return self.highest_of(self.active & ~self.acknowledged)

    def highest(self) -> int:
        """The highest priority that is active."""
        return self.highest_of(self.active)

    def highest_of(self, mask: int) -> int:
        top = NONE
        i = 0
        while mask:
            if mask & 1:
                top = max(top, self.priority(i))
            mask >>= 1
            i += 1
        return top

    def priorities(self) -> int:
        """Which priorities have an active condition, as a mask of 1 << priority: for the lamps."""
        mask, found, i = self.active, 0, 0
        while mask:
            if mask & 1:
                found |= 1 << self.priority(i)
            mask >>= 1
            i += 1
        return found

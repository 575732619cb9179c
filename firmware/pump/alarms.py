"""The alarm table and its state: condition x drug profile -> priority, text, what clears it.

Priorities follow consequence and delay as IEC 60601-1-8 does: for intrathecal baclofen ("itb")
stopping is the first hazard; for an opioid on demand ("pca") it is the safe state, and the same
condition ranks lower. The state is two bit masks, so raising and clearing allocates nothing.
"""

NONE, LOW, MEDIUM, HIGH = 0, 1, 2, 3
PRIORITY_NAMES = ("", "low", "medium", "high")

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

# name, priority itb, priority pca, text, what clears it
CONDITIONS = (
    ("LOW_RESERVOIR", MEDIUM, LOW, "reservoir low: refill soon", "refill"),
    ("TAPER_GUARD", HIGH, LOW, "guard engaged: rate follows the volume left", "refill"),
    ("RESERVOIR_EMPTY", HIGH, MEDIUM, "nothing left to deliver", "refill"),
    ("REFILL_DUE", LOW, LOW, "refill date is near", "refill"),
    ("STOPPED", HIGH, LOW, "delivery is stopped", "restart"),
    ("RESUME_CAP", LOW, LOW, "below program: climbing back", "back at program, or confirmed"),
    ("STOPPING", LOW, LOW, "planned taper: below program", "stop reached, or restart"),
    ("STEP_FAULT", HIGH, HIGH, "steps made differ from steps released", "restart"),
    (
        "WATCHDOG_RESET",
        MEDIUM,
        MEDIUM,
        "restarted by the watchdog: set the clock",
        "acknowledge",
    ),
    (
        "POWER_INTERRUPTED",
        MEDIUM,
        MEDIUM,
        "power was lost: set the clock",
        "acknowledge",
    ),
    ("LOOP_LATE", MEDIUM, MEDIUM, "planning came late: some volume was not given", "acknowledge"),
    ("BOLUS_INTERRUPTED", MEDIUM, LOW, "a bolus was not given whole", "acknowledge"),
    ("DOSE_LIMIT", MEDIUM, MEDIUM, "held to the dose limit of 24 h", "back below the limit"),
    ("CLOCK_FAULT", MEDIUM, MEDIUM, "time of day is unknown: average flow", "setting the clock"),
    ("PROGRAM_INTERRUPTED", HIGH, MEDIUM, "refill not completed: held", "refill, or its end"),
    ("VOLUME_MISMATCH", MEDIUM, MEDIUM, "withdrawn differs from expected", "acknowledge"),
    ("DRUG_EXPIRED", MEDIUM, MEDIUM, "the drug is past its time in the pump", "refill"),
)
_ACKNOWLEDGE_CLEARS = (
    (1 << RESET_WATCHDOG)
    | (1 << RESET_POWER)
    | (1 << LATE)
    | (1 << BOLUS_INTERRUPTED)
    | (1 << VOLUME_MISMATCH)
)


def index(name: str) -> int:
    """The bit of the condition called `name`, -1 if there is none."""
    for i, row in enumerate(CONDITIONS):
        if row[0] == name:
            return i
    return -1


class Alarms:
    """Active and acknowledged conditions. `changed` collects (condition, event) for the log."""

    def __init__(self, profile: str) -> None:
        self._column = 2 if profile == "pca" else 1
        self.active = 0
        self.acknowledged = 0
        self.changed: list[tuple[int, str]] = []

    def priority(self, condition: int) -> int:
        return CONDITIONS[condition][self._column]  # type: ignore[return-value]

    def set(self, condition: int, on: bool) -> None:
        bit = 1 << condition
        if on and not self.active & bit:
            self.active |= bit
            self.changed.append((condition, "raised"))
        elif not on and self.active & bit:
            self.active &= ~bit
            self.acknowledged &= ~bit
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
                if bit & _ACKNOWLEDGE_CLEARS:
                    self.set(i, False)
        return True

    def loudest(self) -> int:
        """The highest priority that is active and not acknowledged: what sounds."""
        return self._highest(self.active & ~self.acknowledged)

    def highest(self) -> int:
        """The highest priority that is active: what the lamp shows."""
        return self._highest(self.active)

    def _highest(self, mask: int) -> int:
        top = NONE
        i = 0
        while mask:
            if mask & 1:
                top = max(top, self.priority(i))
            mask >>= 1
            i += 1
        return top

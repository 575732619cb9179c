"""The state of the alarms: which conditions of the table (pump.conditions) are signalled.

Bit masks, so that raising and clearing allocates nothing. What the sounder makes of it is
`pump.audio`, how that sounds is `pump.patterns`.
"""

from pump.conditions import (
    CONDITIONS,
    ENDING,
    HIGH,
    KEEP,
    LATCHED,
    NAME,
    NONE,
    OVER_DELIVERY,
    PRIORITY,
    SAFE_STATE,
    STOPPED,
    WHEN_SEEN,
)

# From here on the table has faults that the sensors and self-tests find; what those before it do
# to delivery is the planner's own business.
_FIRST_FAULT = OVER_DELIVERY


def _ending(ending: int) -> int:
    """The conditions that end so, as a mask."""
    mask = 0
    for i, row in enumerate(CONDITIONS):
        if row[ENDING] == ending:
            mask |= 1 << i
    return mask


_WHEN_SEEN = _ending(WHEN_SEEN)
_LATCHING = _ending(LATCHED)


class Alarms:
    """The conditions that are signalled, as masks; bit = index in CONDITIONS.

    active: signalled; acknowledged: and silenced; latched: signalled although the cause has gone;
    fresh: raised since `pump.audio` looked. `changed` collects (condition, event) for the log.
    stopped_long: STOPPED has become critical, whatever the profile.
    """

    def __init__(self, profile: str) -> None:
        self._pca = 1 if profile == "pca" else 0
        self.active = 0
        self.acknowledged = 0
        self.latched = 0
        self.fresh = 0
        self.stopped_long = False
        self.changed: list[tuple[int, str]] = []

    def follow(self, earlier: "Alarms") -> None:
        """In place of those of another program: what latches goes on, its cause being over."""
        self.active = self.latched = earlier.active & _LATCHING
        self.acknowledged = earlier.acknowledged & _LATCHING

    def priority(self, condition: int) -> int:
        if condition == STOPPED and self.stopped_long:
            return HIGH
        return CONDITIONS[condition][PRIORITY + self._pca]  # type: ignore[return-value]

    def safe_state(self, condition: int) -> int:
        """What that condition asks of delivery: KEEP, MINIMUM, FINISH or STOP."""
        return CONDITIONS[condition][SAFE_STATE + self._pca]  # type: ignore[return-value]

    def demand(self) -> int:
        """The most that any fault which is there now asks of delivery: KEEP to STOP. What has
        latched is over, and asks for nothing."""
        if self.active < 1 << _FIRST_FAULT:  # as nearly always
            return KEEP
        mask, top, i = (self.active & ~self.latched) >> _FIRST_FAULT, KEEP, _FIRST_FAULT
        while mask:
            if mask & 1:
                top = max(top, self.safe_state(i))
            mask >>= 1
            i += 1
        return top

    def demanding(self, least: int) -> str:
        """The name of a fault that asks for `least` or more, "" if there is none."""
        for i in range(_FIRST_FAULT, len(CONDITIONS)):
            if (self.active & ~self.latched) >> i & 1 and self.safe_state(i) >= least:
                return CONDITIONS[i][NAME]  # type: ignore[return-value]
        return ""

    def escalate(self) -> None:
        """The pump has been stopped for long: critical in any profile, and heard once more."""
        bit = 1 << STOPPED
        if self.active & bit and not self.stopped_long:
            self.stopped_long = True
            self.acknowledged &= ~bit
            self.fresh |= bit
            self.changed.append((STOPPED, "raised"))

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
        if condition == STOPPED:
            self.stopped_long = False
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

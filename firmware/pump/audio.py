"""What the sounder does about the alarms: on, paused, or off. Three things that are not the same:

- acknowledging (pump.alarms) silences conditions that somebody has seen, as long as they last;
- an audio pause silences everything for a bounded time, and a new condition breaks through it;
- audio off silences everything until it is put on again, or the board starts again.

The lamps go on in all three, and say that the sounder is silenced.
"""

from pump.alarms import Alarms
from pump.conditions import NONE
from pump.patterns import STYLES

PAUSE_S = 120
PAUSE_MAX_S = 600  # a paused alarm comes back after 10 min at the latest (R6.4.3(5))


class Audio:
    """`turn()` is called at every pass of the loop. Times are wall milliseconds.

    sounding: the priority whose pattern is to be played now; rings: counts up whenever that
    pattern is to begin anew, because a condition asks to be heard that did not before.
    """

    def __init__(self) -> None:
        self.style = STYLES[0]
        self.off = False
        self.left_ms = 0  # of a pause
        self.sounding = NONE
        self.rings = 0
        self._asking = 0  # mask of the conditions that asked to be heard at the last turn

    @property
    def state(self) -> str:
        return "off" if self.off else "paused" if self.left_ms else "on"

    def turn(self, alarms: Alarms, passed_ms: int) -> None:
        """`passed_ms` since the last turn, any number of them."""
        asking = alarms.active & ~alarms.acknowledged
        if not asking:  # as nearly always; a pause of nothing is over
            self._asking = self.left_ms = alarms.fresh = self.sounding = 0
            return
        new = asking & (alarms.fresh | ~self._asking)
        alarms.fresh = 0
        self._asking = asking
        self.left_ms = max(0, self.left_ms - passed_ms)
        if new:  # it breaks through
            self.left_ms = 0
        self.sounding = NONE if self.off or self.left_ms else alarms.highest_of(asking)
        if new and self.sounding and alarms.highest_of(new) == self.sounding:
            self.rings = (self.rings + 1) & 0xFFFF

    def pause(self, alarms: Alarms, seconds: int) -> "str | None":
        """Silence for `seconds` from now, 1 to PAUSE_MAX_S; not on top of what is left."""
        if not 1 <= seconds <= PAUSE_MAX_S:
            return "seconds: " + str(seconds) + " not in 1.." + str(PAUSE_MAX_S)
        if self.off:
            return "audio_pause: audio is off"
        self.turn(alarms, 0)
        if not self._asking:
            return "audio_pause: nothing sounds"
        self.left_ms = seconds * 1000
        self.sounding = NONE
        return None

    def put_off(self) -> None:
        self.off = True
        self.left_ms = 0
        self.sounding = NONE

    def put_on(self) -> None:
        self.off = False
        self.left_ms = 0

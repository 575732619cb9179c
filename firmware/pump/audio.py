"""What the sounder does about the alarms: on, paused, or off. Three things that are not the same:

- acknowledging (pump.alarms) silences conditions that somebody has seen, as long as they last;
- an audio pause silences everything for a bounded time, and a new condition breaks through it;
- audio off silences everything until it is put on again, or the board starts again.

The lamps go on in all three, and say that the sounder is silenced.
"""

from pump.alarms import Alarms
from pump.conditions import HIGH, NONE
from pump.patterns import STYLES

PAUSE_S = 120
TEST_MS = 4_000  # one burst of the gravest pattern, with all lamps
TEST_ANSWER_MS = 60_000  # so long after it the acknowledge key says that it was heard and seen
PAUSE_MAX_S = 600  # a paused alarm comes back after 10 min at the latest (R6.4.3(5))


class Audio:
    """`turn()` is called at every pass of the loop. Times are wall milliseconds.

    sounding: the priority whose pattern is to be played now; rings: counts up whenever that
    pattern is to begin anew, because a condition asks to be heard that did not before.
    test_ms: what is left of a signal test; confirmed: what an operator says of the last one.
    """

    def __init__(self) -> None:
        self.style = STYLES[0]
        self.off = False
        self.left_ms = 0  # of a pause
        self.sounding = NONE
        self.rings = 0
        self.test_ms = self.answer_ms = 0
        self.confirmed: bool | None = None
        self._asking = 0  # mask of the conditions that asked to be heard at the last turn

    @property
    def state(self) -> str:
        return "off" if self.off else "paused" if self.left_ms else "on"

    def turn(self, alarms: Alarms, passed_ms: int) -> None:
        """`passed_ms` since the last turn, any number of them."""
        asking = alarms.active & ~alarms.acknowledged
        if self.answer_ms:
            self.answer_ms = max(0, self.answer_ms - passed_ms)
            self.test_ms = 0 if asking else max(0, self.test_ms - passed_ms)
        if not asking:  # as nearly always; a pause of nothing is over
            self._asking = self.left_ms = alarms.fresh = 0
            self.sounding = HIGH if self.test_ms else NONE
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

    def test(self, alarms: Alarms) -> "str | None":
        """All lamps and the gravest sound for TEST_MS, for an operator to hear and see
        (R6.5.0(19), (20)). An alarm goes before, and breaks it off."""
        if self.off:
            return "signal_test: audio is off"
        if alarms.active & ~alarms.acknowledged:
            return "signal_test: an alarm is to be heard"
        self.test_ms, self.answer_ms = TEST_MS, TEST_MS + TEST_ANSWER_MS
        self.confirmed = None
        self.rings = (self.rings + 1) & 0xFFFF
        return None

    def confirm(self, ok: bool) -> "str | None":
        """An operator heard and saw it, or did not; within TEST_ANSWER_MS of its end."""
        if not self.answer_ms:
            return "signal_seen: no signal test within " + str(TEST_ANSWER_MS // 1000) + " s"
        self.confirmed = ok
        self.test_ms = self.answer_ms = 0
        return None

    def put_off(self) -> None:
        self.off = True
        self.test_ms = 0
        self.left_ms = 0
        self.sounding = NONE

    def put_on(self) -> None:
        self.off = False
        self.left_ms = 0

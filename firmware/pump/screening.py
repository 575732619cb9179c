"""The screening sequence: three test boluses, each released only by what the one before did.

50 ug in 1 mL over not less than a minute, watched for 4 to 8 h; without effect 75 ug in 1.5 mL 24
h after the first; then 100 ug in 2 mL; without effect there is no pump. The start dose that
follows is offered and never applied by itself: twice the effective dose over 24 h, or the dose
itself if the bolus held for more than 8 h. All from the USP DI monograph, for baclofen of 50
ug/mL.
"""

from pump.units import DAY_S, HOUR_S

STAGES = ((50, 1_000_000), (75, 1_500_000), (100, 2_000_000))  # ug, nL
SHORTEST_S = 60
WATCH_S = 4 * HOUR_S
HELD_LONG_H = 8
HELD_MAX_H = 72
NOT_BEGUN, WAITING, NO_EFFECT, EFFECTIVE, FAILED = 0, 1, 2, 3, 4
RESULTS = ("not begun", "waiting", "no effect", "effective", "failed")


class Screening:
    """`stage`: how many boluses were given; `given_s`: when the last one began."""

    def __init__(self) -> None:
        self.stage = 0
        self._before = 0  # the stage of the bolus before the last
        self.given_s = -DAY_S
        self.result = NOT_BEGUN
        self.held_h = 0

    def refusal(self, start_s: int) -> "str | None":
        """Why the next bolus is not released, or None."""
        if self.result == WAITING:
            return "screen: record the response to the last bolus first"
        if self.result == EFFECTIVE:
            return "screen: an effective dose is known, the sequence is over"
        if self.result == FAILED:
            return "screen: no effect at 100 ug: the sequence is over, no pump"
        if start_s < self.given_s + DAY_S:
            return "screen: 24 h after the last bolus at the earliest - USP DI monograph"
        return None

    def begin(self, start_s: int, stage: int = 0) -> None:
        """The next bolus began; or that of another `stage`, 1 to 3."""
        self._before = self.stage
        self.stage = stage or self.stage + 1
        self.given_s = start_s
        self.result = WAITING

    def interrupted(self) -> None:
        """The bolus was not given whole: it says nothing, and the stage is given again a day
        on."""
        self.stage = self._before
        self.result = NO_EFFECT if self.stage else NOT_BEGUN

    def respond(self, now_s: int, effective: bool, held_h: int) -> "str | None":
        """Record what the last bolus did. Lack of effect is known after 4 h at the earliest."""
        if self.result != WAITING:
            return "response: no bolus waits for one"
        if not effective and now_s < self.given_s + WATCH_S:
            return "response: watch for 4 h before it counts as no effect - USP DI monograph"
        self.held_h = held_h
        if effective:
            self.result = EFFECTIVE
        else:
            self.result = FAILED if self.stage == len(STAGES) else NO_EFFECT
        return None

    def start_ug_day(self) -> int:
        """The start dose on offer, 0 without one."""
        if self.result != EFFECTIVE:
            return 0
        dose_ug = STAGES[self.stage - 1][0]
        return dose_ug if self.held_h > HELD_LONG_H else 2 * dose_ug

    def snapshot(self) -> "list[int]":
        return [self.stage, self._before, self.given_s, self.result, self.held_h]

    def restore(self, state: "list[int]") -> None:
        self.stage, self._before, self.given_s, self.result, self.held_h = state

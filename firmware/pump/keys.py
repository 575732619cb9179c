"""The three keys: what a press means. Looked at some times a second, so contacts may bounce."""

from pump.units import const

ACK, STOP, SERVICE = 1, 2, 4  # as in readings.keys
STOP_MS = const(400)  # held so long, the stop key stops: no knock does that
SERVICE_MS = const(3_000)  # held so long, service tests the signals; shorter: audio pause
STUCK_MS = const(10_000)
_ALL = (ACK, STOP, SERVICE)


class Keys:
    """After a look: `ack`, `stop`, `pause`, `test` are true once for each press that means it.
    `stuck`: one is held for longer than anybody wants."""

    def __init__(self) -> None:
        self.ack = self.stop = self.pause = self.test = self.stuck = False
        self._held_ms = [-1, -1, -1]  # of each key; -1: not pressed

    def look(self, pressed: int, passed_ms: int) -> None:
        """`pressed`: mask of the keys that are closed now."""
        self.ack = self.stop = self.pause = self.test = self.stuck = False
        for i, key in enumerate(_ALL):
            before_ms = self._held_ms[i]
            if pressed & key:
                after_ms = 0 if before_ms < 0 else min(STUCK_MS, before_ms + passed_ms)
                self._held_ms[i] = after_ms
                self._down(key, before_ms, after_ms)
                self.stuck = self.stuck or after_ms >= STUCK_MS
            else:
                self._held_ms[i] = -1
                self.pause = self.pause or (key == SERVICE and 0 <= before_ms < SERVICE_MS)

    def _down(self, key: int, before_ms: int, after_ms: int) -> None:
        if key == ACK:
            self.ack = before_ms < 0
        elif key == STOP:
            self.stop = before_ms < STOP_MS <= after_ms
        else:
            self.test = before_ms < SERVICE_MS <= after_ms

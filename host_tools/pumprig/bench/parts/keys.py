"""Three keys to ground: acknowledge, stop, service."""

ACK, STOP, SERVICE = 1, 2, 4
_BOUNCE_PERIOD_MS = 2  # closed, open, closed, each for a millisecond


class Keys:
    """`press` and `release` are fingers. A key that bounces opens again after a press."""

    def __init__(self) -> None:
        self.pressed = 0
        self.stuck = 0
        self.bounce_ms = 0
        self._bounced_from_ms: int | None = None

    def press(self, keys: int) -> None:
        self.pressed |= keys
        self._bounced_from_ms = None

    def release(self, keys: int) -> None:
        self.pressed &= ~keys
        self._bounced_from_ms = None

    def raw(self, wall_ms: int) -> int:
        """The mask of those that are closed at `wall_ms`."""
        pressed = self.pressed
        if pressed and self.bounce_ms:
            if self._bounced_from_ms is None:
                self._bounced_from_ms = wall_ms
            passed = wall_ms - self._bounced_from_ms
            if passed < self.bounce_ms and passed % _BOUNCE_PERIOD_MS:
                pressed = 0
        return pressed | self.stuck

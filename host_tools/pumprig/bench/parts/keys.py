"""Three keys to ground: acknowledge, stop, service."""

from collections.abc import Callable

ACK, STOP, SERVICE = 1, 2, 4
_BOUNCE_PERIOD_MS = 2  # closed, open, closed, each for a millisecond


class Keys:
    """`press` and `release` are fingers. A key that bounces opens again after a press.

    `on_change` is told of every press and release.
    """

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._on_change = on_change
        self.pressed = 0
        self.stuck = 0
        self.bounce_ms = 0
        self._from_ms = -1

    def press(self, keys: int) -> None:
        self.pressed |= keys
        self._from_ms = -1
        self._on_change()

    def release(self, keys: int) -> None:
        self.pressed &= ~keys
        self._from_ms = -1
        self._on_change()

    def raw(self, wall_ms: int) -> int:
        """The mask of those that are closed at `wall_ms`."""
        open_now = self.bounces(wall_ms) and (wall_ms - self._from_ms) % _BOUNCE_PERIOD_MS
        return (0 if open_now else self.pressed) | self.stuck

    def bounces(self, wall_ms: int) -> bool:
        """Whether it is still opening and closing. It begins when it is first looked at."""
        if not self.pressed or not self.bounce_ms:
            return False
        if self._from_ms < 0:
            self._from_ms = wall_ms
        return wall_ms - self._from_ms < self.bounce_ms

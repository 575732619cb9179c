"""Noise, a wrong baud rate or a stranger: lines that are no frames cost nothing but a count, and
more of them than any cable makes are told as LINK_ABUSE. The pump takes no notice."""

from pump import conditions as al
from pump.units import const

LINES = const(30)  # in a burst, and then one in FORGIVEN_MS for ever
FORGIVEN_MS = const(2_000)


class Abuse:
    def __init__(self) -> None:
        self._count = 0

    def refused(self, alarms, since_ms: int) -> None:
        """A line was no frame, `since_ms` of wall time after the one before (negative: so long
        that the counter wrapped)."""
        forgiven = LINES if since_ms < 0 else since_ms // FORGIVEN_MS
        self._count = max(0, self._count - forgiven) + 1
        if self._count > LINES:
            self._count = 0
            alarms.set(al.LINK_ABUSE, True)

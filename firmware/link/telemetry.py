"""What the device tells without being asked: frames queued until somebody listens.

    {"s": [now_s, now_ms, emitted, authorised, rate, programmed, usable_nl, alarms]}  a sample
    {"r": [t_s, rate_nl_h, basal_nl_h]}   the planned rate changes at t_s; basal is part of it
    {"b": [t_s, kind, event, nl, seconds]}  a bolus is begun, given, or interrupted
    {"d": [day, authorised]}              steps released before the midnight that begins the day
    {"a": [t_s, condition, event]}        an alarm was raised, cleared, acknowledged or latched
    {"l": [t_s, command, text]}           a command was obeyed

The queue is bounded in messages and in bytes of text. It fills also while nobody watches: whoever
comes after a reset still hears of it. The oldest goes first, and `dropped` counts what went.
"""

import json

from pump.controller import Controller

QUEUE_MAX = 64
TEXT_BYTES_MAX = 2_048  # of all that wait, as JSON; one text has 970 at most


class Telemetry:
    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._queue: list[dict] = []
        self._text_bytes = 0  # of those in the queue
        self.dropped = 0

    def _add(self, message: dict) -> None:
        self._text_bytes += _text_bytes(message)
        self._queue.append(message)
        while len(self._queue) > QUEUE_MAX or self._text_bytes > TEXT_BYTES_MAX:
            self.next()
            self.dropped += 1

    def sample(self, now_s: int, now_ms: int, counted: int) -> None:
        """The state at the instant `counted` was read. Taken as a packet is released."""
        c = self._controller
        if c.program is None:
            return
        programmed = c.programmed_nl_h(max(0, now_s))
        row = (now_s, now_ms, c.emitted(counted), c.authorised, c.rate_nl_h, programmed)
        self._add({"s": row + (c.reservoir.usable_nl, c.alarms.active)})

    def gather(self, now_s: int, log: "list[tuple[int, str, str]]") -> None:
        """Take over what controller and commands have recorded since the last call."""
        c = self._controller
        changed = c.alarms.changed
        while c.rates and c.rates[0][0] <= now_s:  # a stop may yet take back what is planned
            self._add({"r": c.rates.pop(0)})
        while c.bolus.log and c.bolus.log[0][0] <= now_s:
            self._add({"b": c.bolus.log.pop(0)})
        while c.days:
            self._add({"d": c.days.pop(0)})
        while changed:
            condition, event = changed.pop(0)
            self._add({"a": (now_s, condition, event)})
        while log:
            self._add({"l": log.pop(0)})

    def next(self) -> "dict | None":
        if not self._queue:
            return None
        message = self._queue.pop(0)
        self._text_bytes -= _text_bytes(message)
        return message


def _text_bytes(message: dict) -> int:
    return len(json.dumps(message["l"][2]).encode()) if "l" in message else 0

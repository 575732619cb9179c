"""What the rig's three keys do: the same orders as over the link, in the log as such.

The stop key is the emergency stop and needs nobody's leave.
"""

from pump.audio import PAUSE_S


def press(c, keys, now_s: int) -> None:
    """Obey what `keys` (pump.keys) has just seen, on the `Commands` `c`."""
    if keys.stop and c.controller.stop_now(now_s) is None:
        _note(c, now_s, "stop")
    if keys.ack and c.controller.alarms.acknowledge(-1):
        _note(c, now_s, "acknowledge")
    if keys.pause and c.audio.pause(c.controller.alarms, PAUSE_S) is None:
        _note(c, now_s, "audio pause")


def _note(c, now_s: int, what: str) -> None:
    c.log.append((now_s, "key", what))
    c.changed = True

"""What the rig itself asks and tells: its keys, which give the same orders as the link, and its
self-test. All of it goes into the log.

The stop key is the emergency stop and needs nobody's leave.
"""

from link.audio import confirm_signals
from pump.audio import PAUSE_S
from pump.controller import EMPTY


def heed(c, sensing, now_s: int) -> None:
    """Obey what `sensing` (pump.sensing) has just seen, on the `Commands` `c`."""
    keys, audio, alarms = sensing.keys, c.audio, c.controller.alarms
    if keys.stop and c.controller.stop_now(now_s) is None:
        _note(c, now_s, "stop")
    if keys.ack:
        # Whoever has something to acknowledge has not answered the signal test.
        asking = alarms.active & ~alarms.acknowledged
        if not asking and confirm_signals(audio, sensing.self_test, True) is None:
            _note(c, now_s, "signals seen")
        elif alarms.acknowledge(-1):
            _note(c, now_s, "acknowledge")
    if keys.pause and audio.pause(alarms, PAUSE_S) is None:
        _note(c, now_s, "audio pause")
    test = sensing.self_test
    if keys.test:
        test.ask()
        if audio.test(alarms) is None:
            _note(c, now_s, "signal test")
    if test.news:
        c.log.append((now_s, "self_test", test.result))
        if test.count == 1 and c.controller.state == EMPTY:  # at power-up somebody is there
            audio.test(alarms)


def _note(c, now_s: int, what: str) -> None:
    c.log.append((now_s, "key", what))
    c.changed = True

"""Orders to the sounder and to signals that have outlived their cause, and what is told of them.

Each order takes the `Commands` it belongs to and a request, and answers None or one line of
refusal. What the orders mean is in pump.audio and pump.alarms.
"""

from link.fields import no_reason, shown
from pump import conditions as al
from pump import limits
from pump.audio import PAUSE_MAX_S, PAUSE_S
from pump.patterns import STYLES

_TESTED = {None: "not confirmed", True: "confirmed", False: "not seen"}


def audio_pause(c, request: dict) -> "str | None":
    seconds = request.get("seconds", PAUSE_S)
    refused = limits.outside("seconds", seconds, 1, PAUSE_MAX_S)
    return refused or c.audio.pause(c.controller.alarms, seconds)


def audio_off(c, request: dict) -> "str | None":
    """A service order: nothing is heard any more, however grave, until audio_on or a reset."""
    if request.get("confirm") is not True:
        return "confirm: audio off must be confirmed"
    refused = no_reason(request)
    if refused:
        return refused
    c.audio.put_off()
    return None


def audio_on(c, request: dict) -> "str | None":
    """The end of audio off, or of a pause."""
    if c.audio.state == "on":
        return "audio_on: audio is on"
    c.audio.put_on()
    return None


def audio_style(c, request: dict) -> "str | None":
    style = request.get("style")
    if style not in STYLES:
        return "style: one of " + ", ".join(STYLES)
    c.audio.style = style
    return None


def signal_test(c, request: dict) -> "str | None":
    """All lamps and the gravest sound for four seconds; then say what was seen."""
    return c.audio.test(c.controller.alarms)


def signal_seen(c, request: dict) -> "str | None":
    """{ok}: whether the signal test was heard, and all lamps seen."""
    ok = request.get("ok")
    if ok is not True and ok is not False:
        return "ok: not true or false"
    return confirm_signals(c.audio, c.rig.sensing.self_test, ok)


def confirm_signals(audio, self_test, ok: bool) -> "str | None":
    """Signals that are not heard or seen fail the self-test until they are."""
    refused = audio.confirm(ok)
    if refused is None:
        self_test.signals = "" if ok else "signals: not heard, or not seen"
        self_test.ask()
    return refused


def reset_latch(c, request: dict) -> "str | None":
    name = request.get("a", "")
    if not isinstance(name, str):
        return "a: not a condition"
    condition = -1 if name == "" else al.index(name)
    if name and condition < 0:
        return "a: " + shown(name) + " is not a condition"
    if not c.controller.alarms.reset_latch(condition):
        return "reset_latch: nothing has outlived its cause"
    return None


def signals(c) -> dict:
    """For `status`."""
    audio, alarms = c.audio, c.controller.alarms
    audio.turn(alarms, 0)
    return {
        "audio": audio.state,
        "left_s": (audio.left_ms + 999) // 1000,
        "sounding": audio.sounding,
        "style": audio.style,
        "latched": alarms.latched,
        "tested": _TESTED[audio.confirmed],
    }


def turn_audio(c, now_s: int, passed_ms: int) -> None:
    """At every pass: wall time passes for a pause, and a change of state goes into the log."""
    audio = c.audio
    audio.turn(c.controller.alarms, passed_ms)
    if audio.state != c.audio_told:
        c.audio_told = audio.state
        c.log.append((now_s, "audio", audio.state))

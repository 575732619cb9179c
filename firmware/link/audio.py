"""Orders to the sounder and to signals that have outlived their cause, and what is told of them.

Part of `link.commands.Commands`; what the orders mean is in pump.audio and pump.alarms.
"""

from pump import alarms as al
from pump import limits
from pump.audio import PAUSE_S, Audio
from pump.controller import Controller
from pump.patterns import STYLES


class AudioCommands:
    """What it needs of `Commands`. `audio_told`: the state of the sounder that the log knows."""

    controller: Controller
    audio: Audio
    audio_told: str
    log: "list[tuple[int, str, str]]"

    def do_audio_pause(self, request: dict) -> "str | None":
        seconds = request.get("seconds", PAUSE_S)
        if not limits.whole(seconds):
            return "seconds: not a whole number"
        return self.audio.pause(self.controller.alarms, seconds)

    def do_audio_off(self, request: dict) -> "str | None":
        """A service order: nothing is heard any more, however grave, until audio_on or a reset."""
        if request.get("confirm") is not True:
            return "confirm: audio off must be confirmed"
        reason = request.get("reason")
        if not isinstance(reason, str) or not 1 <= len(reason) <= 80:
            return "reason: give one, 1..80 characters"
        self.audio.put_off()
        return None

    def do_audio_on(self, request: dict) -> "str | None":
        """The end of audio off, or of a pause."""
        if self.audio.state == "on":
            return "audio_on: audio is on"
        self.audio.put_on()
        return None

    def do_audio_style(self, request: dict) -> "str | None":
        style = request.get("style")
        if style not in STYLES:
            return "style: one of " + ", ".join(STYLES)
        self.audio.style = style
        return None

    def do_reset_latch(self, request: dict) -> "str | None":
        name = request.get("a", "")
        if not isinstance(name, str):
            return "a: not a condition"
        condition = -1 if name == "" else al.index(name)
        if name and condition < 0:
            return "a: " + name[:24] + " is not a condition"
        if not self.controller.alarms.reset_latch(condition):
            return "reset_latch: nothing has outlived its cause"
        return None

    def signals(self) -> dict:
        """For `status`."""
        audio, alarms = self.audio, self.controller.alarms
        audio.turn(alarms, 0)
        return {
            "audio": audio.state,
            "left_s": (audio.left_ms + 999) // 1000,
            "sounding": audio.sounding,
            "style": audio.style,
            "latched": alarms.latched,
        }

    def turn_audio(self, now_s: int, passed_ms: int) -> None:
        """At every pass: wall time passes for a pause, and a change of state goes into the log."""
        audio = self.audio
        audio.turn(self.controller.alarms, passed_ms)
        if audio.state != self.audio_told:
            self.audio_told = audio.state
            self.log.append((now_s, "audio", audio.state))

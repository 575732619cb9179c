"""What can be asked of the device, and its answers. Refusals are values: {"err": "one line"}.

Every request carries "q", a number the host chooses, and gets one reply with the same "q". The
last reply is kept: the same "q" again is answered from it and not obeyed twice. A program is
staged, looked at, and then committed in one step; what is staged and not committed never runs.
"""

import link
import pump
from link import audio
from pump import alarms as al
from pump import limits
from pump.audio import Audio
from pump.controller import STATE_NAMES, Controller
from pump.program import Program

REASON_CHARS_MAX = 80


class Commands:
    """Obeys requests on one controller. `rig` is the device, or the host in its place:

    rig.clock: now_s, scale, set(now_s); rig.counted() -> steps since power-up;
    rig.prepare(program, scale): motor, clock and pace made ready for pump time 0;
    rig.facts() -> dict for hello. `log` collects (t_s, name, text) of what was obeyed.
    """

    def __init__(self, controller: Controller, rig) -> None:  # type: ignore
        self.controller = controller
        self.rig = rig
        self.staged: Program | None = None
        self.log: list[tuple[int, str, str]] = []
        self.watching = 0  # every how many control steps a sample is sent; 0: none
        self.service_wanted = False
        self.changed = False  # something was obeyed that must outlive a reset
        self.audio = Audio()
        self.audio_told = self.audio.state
        self._last_q = None
        self._last_reply: dict = {}

    def answer(self, request: dict) -> dict:
        q = request.get("q")
        if q is not None and q == self._last_q:
            return self._last_reply
        name = request.get("c")
        handler = getattr(self, "do_" + name, None) if isinstance(name, str) else None
        if handler is None:
            reply: dict = {"err": "c: " + str(name)[:24] + " is not a command"}
        else:
            answer = handler(request)
            if answer is None:
                reply = {"ok": 1}
                self._note(str(name), request)
            else:
                reply = {"err": answer} if isinstance(answer, str) else answer
        reply["q"] = q
        self._last_q = q
        self._last_reply = reply
        return reply

    def _note(self, name: str, request: dict) -> None:
        text = str(request.get("reason") or request.get("volume_nl") or request.get("a") or "")
        self.log.append((self.rig.clock.now_s, name, text))
        self.changed = True

    # -- reading ---------------------------------------------------------------------------------
    def do_hello(self, request: dict) -> dict:
        p = self.controller.program
        reply = {
            "protocol": link.PROTOCOL,
            "firmware": pump.VERSION,
            "state": STATE_NAMES[self.controller.state],
            "program": p.name if p else "",
            "conditions": [
                [row[0], self.controller.alarms.priority(i)] for i, row in enumerate(al.CONDITIONS)
            ],
        }
        reply.update(self.rig.facts())
        return reply

    def do_status(self, request: dict) -> dict:
        c = self.controller
        self.rig.clock.read()
        return {
            "now_s": self.rig.clock.now_s,
            "now_ms": self.rig.clock.now_ms,
            "scale": self.rig.clock.scale,
            "state": STATE_NAMES[c.state],
            "rate_nl_h": max(0, c.rate_nl_h),
            "authorised": c.authorised,
            "emitted": c.emitted(self.rig.counted()),
            "usable_nl": c.reservoir.usable_nl if c.program else 0,
            "alarms": c.alarms.active,
            "acknowledged": c.alarms.acknowledged,
            "signals": audio.signals(self),
        }

    def do_watch(self, request: dict) -> "dict | str":
        every = _number(request, "every")
        if every is None or not 0 <= every <= 1000:
            return "every: " + str(request.get("every"))[:24] + " not in 0..1000"
        self.watching = every
        return {"ok": 1}

    # -- the program -----------------------------------------------------------------------------
    def do_stage(self, request: dict) -> "dict | str":
        fields = request.get("program")
        if not isinstance(fields, dict):
            return "program: missing"
        self.staged = None  # a refusal leaves nothing behind that could be started
        refused = limits.refusal(fields)
        if refused:
            return refused
        self.staged = Program(fields)
        return {"ok": 1, "largest_scale": limits.largest_scale(fields)}

    def do_start(self, request: dict) -> "str | None":
        """Commit what is staged and run it from pump time 0, a midnight."""
        if self.staged is None:
            return "start: nothing is staged"
        scale = request.get("scale", 1)
        refused = limits.scale_refusal(self.staged.fields, scale) or self.controller.load(
            self.staged
        )
        if refused:
            return refused
        self.rig.prepare(self.staged, scale)
        self.staged = None
        return self.controller.start(0, self.rig.counted())

    # -- orders ----------------------------------------------------------------------------------
    def do_refill(self, request: dict) -> "str | None":
        volume_nl = _number(request, "volume_nl")
        if volume_nl is None:
            return "volume_nl: missing or not a whole number"
        return self.controller.refill(self.rig.clock.now_s, volume_nl, self.rig.counted())

    def do_stop(self, request: dict) -> "str | None":
        return self.controller.stop_planned(self.rig.clock.now_s)

    def do_estop(self, request: dict) -> "str | None":
        if request.get("confirm") is not True:
            return "confirm: an emergency stop must be confirmed"
        return _reason(request) or self.controller.stop_now(self.rig.clock.now_s)

    def do_restart(self, request: dict) -> "str | None":
        return _reason(request) or self.controller.restart(self.rig.clock.now_s)

    def do_resume_direct(self, request: dict) -> "str | None":
        return _reason(request) or self.controller.resume_direct(self.rig.clock.now_s)

    def do_ack(self, request: dict) -> "str | None":
        name = request.get("a", "")
        if not isinstance(name, str):
            return "a: not a condition"
        condition = -1 if name == "" else al.index(name)
        if name and condition < 0:
            return "a: " + str(name)[:24] + " is not a condition"
        if not self.controller.alarms.acknowledge(condition):
            return "ack: nothing to acknowledge"
        return None

    def do_clock(self, request: dict) -> "str | None":
        now_s = _number(request, "now_s")
        if now_s is None:
            return "now_s: missing or not a whole number"
        ahead_s = self.controller.ahead_s(self.rig.clock.now_s)
        refused = self.controller.set_clock(now_s, ahead_s)
        if not refused:
            self.rig.clock.set(now_s)
        return refused

    def do_service(self, request: dict) -> "str | None":
        """To the MicroPython prompt, for mpremote: the pump is stopped and alarmed first."""
        refused = _reason(request)
        if refused:
            return refused
        self.controller.stop_now(self.rig.clock.now_s)
        self.service_wanted = True
        return None

    # -- signals ---------------------------------------------------------------------------------
    do_audio_pause = audio.audio_pause
    do_audio_off = audio.audio_off
    do_audio_on = audio.audio_on
    do_audio_style = audio.audio_style
    do_reset_latch = audio.reset_latch


def _number(request: dict, field: str):  # type: ignore
    """The whole number in a field, or None."""
    value = request.get(field)
    return value if limits.whole(value) else None


def _reason(request: dict) -> "str | None":
    reason = request.get("reason")
    if not isinstance(reason, str) or not 1 <= len(reason) <= REASON_CHARS_MAX:
        return "reason: give one, 1.." + str(REASON_CHARS_MAX) + " characters"
    return None

"""What can be asked of the device, and how it answers. Refusals are values: {"err": "one line"}.

Every request carries "q", a number the host chooses, and gets one reply with the same "q". The
last reply is kept: the same "q" again is answered from it and not obeyed twice. Each command is
one function in programs.py, orders.py, audio.py or reading.py.
"""

from link import audio, orders, parts, programs, reading
from link.fields import clipped
from pump import limits
from pump.audio import Audio
from pump.controller import Controller
from pump.program import Program

# name -> function(commands, request): a dict is the reply, a str a refusal, None "obeyed"
READING = {
    "hello": reading.hello,
    "conditions": reading.conditions,
    "status": reading.status,
    "therapy": reading.therapy,
    "watch": reading.watch,
    "readings": parts.readings,
}
CHANGING = {
    "stage": programs.stage,
    "start": programs.start,
    "change": programs.change,
    "refill": programs.refill,
    "refill_open": orders.refill_open,
    "withdrawn": orders.withdrawn,
    "refill_cancel": orders.refill_cancel,
    "bolus": orders.bolus,
    "bolus_stop": orders.bolus_stop,
    "prime": orders.prime,
    "screen": orders.screen,
    "response": orders.response,
    "stop": orders.stop,
    "estop": orders.estop,
    "empty": orders.empty,
    "restart": orders.restart,
    "resume_direct": orders.resume_direct,
    "ack": orders.ack,
    "time": orders.time,
    "clock": orders.clock,
    "service": orders.service,
    "audio_pause": audio.audio_pause,
    "audio_off": audio.audio_off,
    "audio_on": audio.audio_on,
    "audio_style": audio.audio_style,
    "reset_latch": audio.reset_latch,
    "tubing_changed": parts.tubing_changed,
    "calibrate": parts.calibrate,
    "self_test": parts.self_test,
    "signal_test": audio.signal_test,
    "signal_seen": audio.signal_seen,
}
_KEEPS_NOTHING = ("stage",)  # obeyed, but nothing that must outlive a reset
_NOTED = ("volume_nl", "seconds", "effective", "held_h", "a", "plan", "ends", "kind") + (
    "tod_s",
    "weekday",
    "now_s",
    "bridge",
    "scale",
    "style",
    "part",
    "ok",
)
_REASONS = ("reason", "confirm", "override")
_Q_MAX = (1 << 53) - 1  # what every reader of JSON keeps exactly
_LOG_BYTES_MAX = 970  # of the text as JSON: with time and command it fits a frame


class Commands:
    """Obeys requests on one controller. `rig` is the device, or the host in its place:

    rig.clock: now_s, scale, set(now_s); rig.counted() -> steps since power-up;
    rig.prepare(program, scale): motor, clock and pace made ready for pump time 0;
    rig.sensing: pump.sensing.Sensing; rig.readings: pump.readings.Readings;
    rig.keep_calibration(calibration) -> whether it will outlive a reset;
    rig.facts() -> dict for hello. `log` collects
    (t_s, name, text) of what was obeyed.
    """

    def __init__(self, controller: Controller, rig) -> None:  # type: ignore
        self.controller = controller
        self.rig = rig
        self.staged: Program | None = None
        self.staged_fields: dict = {}  # parts of a program that is still coming
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
        if q is not None and limits.outside("q", q, -_Q_MAX, _Q_MAX):
            return {"err": "q: not a whole number of at most 53 bits", "q": None}
        if q is not None and q == self._last_q:
            return self._last_reply
        name = request.get("c")
        handler = None
        if isinstance(name, str):
            handler = READING.get(name) or CHANGING.get(name)
        if handler is None:
            reply: dict = {"err": "c: " + str(name)[:24] + " is not a command"}
        else:
            answer = handler(self, request)  # type: ignore[operator]
            if isinstance(answer, str):
                reply = {"err": answer}
            else:
                reply = {"ok": 1} if answer is None else answer
            if "err" not in reply and name in CHANGING and not self._is_only_asked(name, reply):
                self._note(str(name), request, reply)
        reply["q"] = q
        self._last_q = q
        self._last_reply = reply
        return reply

    @staticmethod
    def _is_only_asked(name: object, reply: dict) -> bool:
        return name in _KEEPS_NOTHING or "announce" in reply

    def _note(self, name: str, request: dict, reply: dict) -> None:
        """For the log: what was ordered, what follows, and why."""
        told = [str(request[field]) for field in _NOTED if field in request]
        told += [field + " " + str(reply[field]) for field in reply if field not in ("ok", "q")]
        told += [str(request[field]) for field in _REASONS if isinstance(request.get(field), str)]
        text = clipped("; ".join(told), _LOG_BYTES_MAX)
        self.log.append((self.rig.clock.now_s, name, text))
        self.changed = True

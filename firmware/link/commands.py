"""What can be asked of the device, and how it answers. Refusals are values: {"err": "one line"}.

Every request carries "q", a number the host chooses, and gets one reply with the same "q". The
last reply and that of the last order are kept, the second over a reset too: the same request again
is answered from them and not obeyed twice. Another request is a new one, whatever its "q". Each
command is one function in programs.py, orders.py, audio.py, parts.py, reading.py or authority.py.
"""

import json
from binascii import crc32

from link import audio, authority, orders, parts, programs, reading
from link.fields import clipped, plain, reason_or_none, shown
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
    "log": reading.log,
    "challenge": authority.challenge,
    "login": authority.login,
    "logout": authority.logout,
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
    "reset": orders.reset,
    "commission": authority.commission,
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
# What takes more than reading, and less than the rest: whoever is there may stop the pump.
FREE = ("estop",)
SERVICE_ONLY = ("calibrate", "audio_off", "service", "reset", "commission")
_KEEPS_NOTHING = ("stage",)  # obeyed, but nothing that must outlive a reset
# What goes into the log of an order's fields; of an order that is not here, its reason.
_NOTED = {
    "start": ("tod_s", "weekday", "scale", "confirm"),
    "change": ("confirm", "override"),
    "refill": ("volume_nl", "bridge", "reason", "confirm", "override"),
    "withdrawn": ("volume_nl", "confirm"),
    "bolus": ("volume_nl", "seconds", "reason"),
    "screen": ("override",),
    "response": ("effective", "held_h"),
    "stop": ("plan", "ends", "kind", "reason"),
    "refill_open": (),
    "ack": ("a",),
    "reset_latch": ("a",),
    "time": ("tod_s", "weekday"),
    "clock": ("now_s",),
    "audio_pause": ("seconds",),
    "audio_on": (),
    "audio_style": ("style",),
    "calibrate": ("part", "reason"),
    "self_test": (),
    "signal_test": (),
    "signal_seen": ("ok",),
}
_REASONS = ("reason", "confirm", "override")
_Q_MAX = (1 << 53) - 1  # what every reader of JSON keeps exactly
_SUM_BITS = 0x3FFFFFFF  # of a CRC-32: a small int on the device
_LOG_BYTES_MAX = 970  # of the text as JSON: with time and command it fits a frame


class Commands:
    """Obeys requests on one controller. `rig` is the device, or the host in its place:

    rig.clock: now_s, scale, set(now_s); rig.counted() -> steps since power-up;
    rig.prepare(program, scale): motor, clock and pace made ready for pump time 0;
    rig.sensing: pump.sensing.Sensing; rig.readings: pump.readings.Readings;
    rig.keep_calibration(calibration), rig.keep_keys(keys) -> whether it will outlive a reset;
    rig.ring(name) -> pump.ring.Ring of events or faults, or None;
    rig.facts() -> dict for hello. `log` collects
    (t_s, name, text) of what was obeyed.
    """

    def __init__(self, controller: Controller, rig, keys: "dict | None") -> None:  # type: ignore
        self.controller = controller
        self.rig = rig
        self.authority = authority.Authority(keys)
        self.staged: Program | None = None
        self.staged_fields: dict = {}  # parts of a program that is still coming
        self.log: list[tuple[int, str, str]] = []
        self.watching = 0  # every how many control steps a sample is sent; 0: none
        self.service_wanted = self.reset_wanted = False
        self.changed = False  # something was obeyed that must outlive a reset
        self.audio = Audio()
        self.audio_told = self.audio.state
        self._last: list = []  # number, reply and sum of the last request
        self.last_order: list = []  # and of the last order, to be kept over a reset

    def remember(self, last_order: list) -> None:
        """After a reset: the same request again is still the same order."""
        if len(last_order) == 3:  # an older firmware kept no sum
            self.last_order = last_order

    def unstage(self) -> None:
        """Forget a program that is staged, or on its way: nobody starts what another brought."""
        self.staged, self.staged_fields = None, {}

    def answer(self, request: dict) -> dict:
        q = request.get("q")
        refused = limits.outside("q", q, -_Q_MAX, _Q_MAX)
        if refused:
            return {"err": refused, "q": None}
        # Not by the number alone: who has the same would be told that another's order was obeyed.
        request_sum = crc32(json.dumps(request).encode()) & _SUM_BITS
        for answered in (self._last, self.last_order):
            if answered and answered[0] == q and answered[2] == request_sum:
                return answered[1]  # type: ignore[no-any-return]
        name = request.get("c")
        answer = self._obey(name, request) if isinstance(name, str) else _unknown(name)
        if isinstance(answer, str):
            reply: dict = {"err": answer}
        else:
            reply = {"ok": 1} if answer is None else answer
            if name in CHANGING and not self._is_only_asked(name, reply):
                self._note(str(name), request, reply)
                self.last_order = [q, reply, request_sum]
        reply["q"] = q
        self._last = [q, reply, request_sum]
        return reply

    def _obey(self, name: str, request: dict) -> "dict | str | None":
        handler = READING.get(name) or CHANGING.get(name)
        if handler is None:
            return _unknown(name)
        refused = self.authority.refusal(name, role_of(name), request)
        return refused or handler(self, request)  # type: ignore[operator, no-any-return]

    @staticmethod
    def _is_only_asked(name: object, reply: dict) -> bool:
        return name in _KEEPS_NOTHING or "announce" in reply

    def _note(self, name: str, request: dict, reply: dict) -> None:
        """For the log: what was ordered, what follows, and why. A stop is not refused for what a
        reason holds; whoever reads the log on a terminal is spared it."""
        noted = _NOTED.get(name, ("reason",))
        given = [field for field in noted if request.get(field) is not None]
        told = [str(request[field]) for field in given if field not in _REASONS]
        told += [field + " " + str(reply[field]) for field in reply if field not in ("ok", "q")]
        whys = [reason_or_none(request[field]) for field in given if field in _REASONS]
        told += [why for why in whys if why is not None]
        text = clipped(plain("; ".join(told)), _LOG_BYTES_MAX)
        self.log.append((self.rig.clock.now_s, name, text))
        self.changed = True


def _unknown(name: object) -> str:
    return "c: " + shown(name) + " is not a command"


def role_of(name: str) -> int:
    """The least role that may give this command."""
    if name in SERVICE_ONLY:
        return authority.SERVICE
    return authority.OPERATOR if name in CHANGING and name not in FREE else authority.OBSERVER

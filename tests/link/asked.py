"""A device that is asked over its commands, without a motor and without a line."""

import json
from typing import Any

from device_program import HOUR, program, screening

from link import frames
from link.commands import Commands
from pump.calibration import AS_LISTED
from pump.controller import Controller, Sensed
from pump.program import Program
from pump.readings import PARTS, Readings
from pump.ring import Ring
from pump.sensing import Sensing
from pump.units import NEVER_S
from pumprig.rig import wire

WHY = {"reason": "test"}
SCREENING = screening(drugs=[["baclofen", 50, 12, 200, 0]])


class Clock:
    """FAKE clock: stands where it is put."""

    def __init__(self) -> None:
        self.now_s, self.now_ms, self.scale = 0, 0, 1
        self.set_to: list[int] = []

    def read(self) -> None:
        pass

    def set(self, now_s: int) -> None:
        self.now_s = now_s
        self.set_to.append(now_s)


class Device:
    """FAKE rig: no motor; what is released is made at once. `ask` sends a request."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.controller = Controller()
        self.commands = Commands(self.controller, self, {})
        self.prepared: list[tuple[str, int]] = []
        self.more_facts: dict[str, object] = {}
        self.sensing = Sensing(self.controller, PARTS, AS_LISTED, self)
        self.readings = Readings()
        self.kept: list[dict[str, dict[str, int]]] = []
        self.keys: list[dict[str, str]] = []
        self.keeps = True
        self.rings: dict[str, Ring] = {}
        self._q = 0

    def counted(self) -> int:
        return self.controller.authorised

    def prepare(self, program: Program, scale: int) -> None:
        self.prepared.append((program.name, scale))
        self.clock.scale = scale
        self.clock.set(0)

    def memory_fault(self) -> str:
        return ""

    def start_ticks(self) -> None:
        pass

    def ticks_off_ms(self) -> int:
        return 0

    def keep_calibration(self, calibration: dict[str, dict[str, int]]) -> bool:
        if self.keeps:
            self.kept.append(calibration)
        return self.keeps

    def keep_keys(self, keys: dict[str, str]) -> bool:
        if self.keeps:
            self.keys.append(keys)
        return self.keeps

    def ring(self, name: str) -> "Ring | None":
        return self.rings.get(name)

    def facts(self) -> dict[str, object]:
        return {"board": "none", "self_test": "ok", **self.more_facts}

    def ask(self, command: object, **fields: Any) -> dict[str, Any]:
        self._q += 1
        reply = dict(self.commands.answer({"q": self._q, "c": command, **fields}))
        assert len(frames.encode(reply)) <= frames.LINE_BYTES_MAX
        if isinstance(command, str) and command in wire.COMMANDS:
            wire.check_reply(command, reply)  # whatever tests ask, the schema has what is said
        return reply

    def obeyed(self, command: str, **fields: Any) -> dict[str, Any]:
        """What is said beside "ok" and the number."""
        reply = self.ask(command, **fields)
        assert reply.pop("ok", None) == 1, reply
        del reply["q"]
        return reply

    def obeyed_or_told(self, command: str, **fields: Any) -> dict[str, Any]:
        """The answer to a question, without its number."""
        reply = self.ask(command, **fields)
        assert "err" not in reply and "ok" not in reply
        del reply["q"]
        return reply

    def refused(self, command: object, **fields: Any) -> str:
        """The device's words; a refusal must change nothing."""
        before = self.everything()
        reply = self.ask(command, **fields)
        assert set(reply) == {"err", "q"}
        assert self.everything() == before
        words = str(reply["err"])
        assert words and "\n" not in words
        return words

    def log_lines(self) -> list[tuple[str, str]]:
        """Name and text of what the log has to say."""
        return [(name, text) for _, name, text in self.commands.log]

    def everything(self) -> list[Any]:
        c, commands = self.controller, self.commands
        facts = [json.dumps(c.snapshot(0)), c.state, c.front_s, list(c.alarms.changed)]
        facts += [c._cut_pending, list(c.rates), list(c.bolus.log), c.alarms.active, c.clock_lost]
        facts += [commands.staged, commands.watching, commands.changed, list(commands.log)]
        return [
            *facts,
            commands.service_wanted,
            commands.reset_wanted,
            list(self.keys),
            list(self.prepared),
            list(self.clock.set_to),
            list(self.kept),
        ]

    def run(self, seconds: int) -> None:
        sensed = Sensed()
        end_s = self.clock.now_s + seconds
        while True:
            sensed.counted = self.counted()
            actions = self.controller.step(self.clock.now_s, sensed)
            assert actions.clock_s == NEVER_S, "no time passes but by run()"
            if actions.cut:
                self.controller.settle(self.counted())
            if actions.wake_s > end_s:
                break
            self.clock.now_s = max(self.clock.now_s, actions.wake_s)
        self.clock.now_s = end_s

    def begin(self, fields: dict[str, Any], **more: Any) -> None:
        """Stage a program in parts, as a host does, and start it."""
        self.stage(fields)
        self.obeyed("start", **more)

    def stage(self, fields: dict[str, Any]) -> dict[str, Any]:
        parts = [{name: fields[name]} for name in fields]
        half = len(parts) // 2
        for part, of_it in enumerate((parts[:half], parts[half:])):
            together = {name: entry[name] for entry in of_it for name in entry}
            reply = self.obeyed("stage", program=together, part=part, of=2)
        return reply


def running(fields: "dict[str, Any] | None" = None, **more: Any) -> Device:
    """A device with a program that has run for an hour."""
    device = Device()
    device.begin(program() if fields is None else fields, **more)
    device.run(HOUR)
    return device

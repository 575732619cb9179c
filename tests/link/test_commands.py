"""What can be asked of the device: replies, refusals as values, and nothing done twice."""

from typing import Any

import pytest
from device_program import DAY, HOUR, continuous, program

from link import frames
from link.commands import REASON_CHARS_MAX, Commands
from pump import alarms as al
from pump.controller import Controller, Sensed
from pump.limits import NAME_CHARS_MAX
from pump.program import Program

WHY = {"reason": "test"}


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
        self.commands = Commands(self.controller, self)
        self.prepared: list[tuple[str, int]] = []
        self._q = 0

    def counted(self) -> int:
        return self.controller.authorised

    def prepare(self, program: Program, scale: int) -> None:
        self.prepared.append((program.name, scale))
        self.clock.scale = scale
        self.clock.set(0)

    def facts(self) -> dict[str, object]:
        return {"board": "none", "self_test": "ok"}

    def ask(self, command: object, **fields: Any) -> dict[str, Any]:
        self._q += 1
        return self.commands.answer({"q": self._q, "c": command, **fields})

    def refused(self, command: object, **fields: Any) -> str:
        """The device's words; a refusal must change nothing."""
        before = self.everything()
        reply = self.ask(command, **fields)
        assert set(reply) == {"err", "q"}
        assert self.everything() == before
        return str(reply["err"])

    def everything(self) -> list[Any]:
        c, commands = self.controller, self.commands
        facts = [c.snapshot(0), c.state, c.front_s, list(c.alarms.changed), c._cut_pending]
        facts += [commands.staged, commands.watching, commands.changed, list(commands.log)]
        return [*facts, commands.service_wanted, list(self.prepared), list(self.clock.set_to)]

    def run(self, seconds: int) -> None:
        sensed = Sensed()
        end_s = self.clock.now_s + seconds
        while True:
            sensed.counted = self.counted()
            actions = self.controller.step(self.clock.now_s, sensed)
            if actions.cut:
                self.controller.settle(self.counted())
            if actions.wake_s > end_s:
                break
            self.clock.now_s = max(self.clock.now_s, actions.wake_s)
        self.clock.now_s = end_s


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def running(device: Device) -> Device:
    assert device.ask("stage", program=program())["ok"] == 1
    assert device.ask("start")["ok"] == 1
    device.run(HOUR)
    return device


# -- requests and replies -------------------------------------------------------------------------
def test_a_reply_carries_the_number_of_its_request(device: Device) -> None:
    for q in (0, 7, 2**31, -1):
        assert device.commands.answer({"q": q, "c": "status"})["q"] == q


def test_the_same_number_again_is_answered_and_not_obeyed_twice(running: Device) -> None:
    request = {"q": 99, "c": "stop"}
    first = running.commands.answer(request)
    before = running.everything()
    running.clock.now_s += 5 * HOUR
    for _ in range(3):
        assert running.commands.answer(dict(request)) == first == {"ok": 1, "q": 99}
    assert running.everything() == before
    running.commands.answer({"q": 100, "c": "stop"})
    assert running.everything() != before


def test_a_refusal_is_repeated_as_well(device: Device) -> None:
    first = device.commands.answer({"q": 5, "c": "start"})
    device.controller.load(Program(program()))
    assert device.commands.answer({"q": 5, "c": "start"}) == first


def test_a_request_without_a_number_is_obeyed_each_time(running: Device) -> None:
    for _ in range(2):
        running.clock.now_s += 2 * HOUR
        before = running.everything()
        assert running.commands.answer({"c": "stop"}) == {"ok": 1, "q": None}
        assert running.everything() != before


@pytest.mark.parametrize("name", ["", "halt", "answer", "_note", "HELLO", "hello ", "x" * 900])
def test_an_unknown_command_is_refused(device: Device, name: str) -> None:
    assert device.refused(name) == f"c: {name[:24]} is not a command"


@pytest.mark.parametrize("name", [None, 5, ["hello"], {"c": "hello"}, True])
def test_a_command_that_is_no_word_is_refused(device: Device, name: object) -> None:
    assert device.refused(name) == f"c: {str(name)[:24]} is not a command"


def test_every_reply_fits_a_line(device: Device) -> None:
    longest = program(name="n" * NAME_CHARS_MAX, drug="d" * NAME_CHARS_MAX)
    device.ask("stage", program=longest)
    device.ask("start")
    for command in ("hello", "status", "x" * 900):
        assert len(frames.encode(device.ask(command))) <= frames.LINE_BYTES_MAX // 2
    refused = device.ask("stage", program={**longest, "profile": "\n" * 400})
    assert len(frames.encode(refused)) <= frames.LINE_BYTES_MAX


def test_the_longest_program_fits_a_line() -> None:
    steps = [[86_376 + i, 1_000_000] for i in range(24)]
    longest = program(
        name="n" * NAME_CHARS_MAX,
        drug="d" * NAME_CHARS_MAX,
        steps=steps,
        indication="cerebral",
        mode="continuous",
        capacity_nl=50_000_000,
        volume_nl=50_000_000,
        residual_nl=50_000_000,
        low_alarm_nl=50_000_000,
        refill_notice_s=5_184_000,
        lead_s=43_200,
        min_flow_nl_h=1_000_000,
        minimum_nl_h=4_167,
        tau_dh=30_000,
        nl_per_1000_steps=200_000,
        max_step_hz=15_000,
        conc_ug_ml=100_000,
    )
    line = frames.encode({"q": 2**40, "c": "stage", "program": longest})
    assert len(line) - 1 <= frames.LINE_BYTES_MAX


# -- reading --------------------------------------------------------------------------------------
def test_hello_says_who_it_is(device: Device) -> None:
    reply = device.ask("hello")
    assert (reply["protocol"], reply["state"], reply["program"]) == (1, "no program", "")
    assert (reply["board"], reply["self_test"]) == ("none", "ok")
    assert reply["conditions"] == [[row[0], row[1]] for row in al.CONDITIONS]


def test_hello_gives_the_priorities_of_the_drug_profile(device: Device) -> None:
    device.ask("stage", program=program(profile="pca"))
    device.ask("start")
    assert ["STOPPED", al.LOW] in device.ask("hello")["conditions"]


def test_status_before_a_program_is_zeros(device: Device) -> None:
    status = device.ask("status")
    assert status["state"] == "no program"
    keys = ("rate_nl_h", "authorised", "emitted", "usable_nl", "alarms", "acknowledged")
    assert [status[key] for key in keys] == [0] * 6


def test_status_says_how_it_goes(running: Device) -> None:
    status = running.ask("status")
    assert status["state"] == "running"
    assert (status["now_s"], status["now_ms"], status["scale"]) == (HOUR, 0, 1)
    assert status["rate_nl_h"] == 16_000
    assert status["authorised"] == status["emitted"] == running.controller.authorised > 0
    assert status["usable_nl"] == running.controller.reservoir.usable_nl


def test_reading_changes_nothing(running: Device) -> None:
    before = running.everything()
    running.ask("hello")
    running.ask("status")
    assert running.everything() == before


def test_watch_takes_0_to_1000(device: Device) -> None:
    for every in (0, 1, 1000):
        assert device.ask("watch", every=every)["ok"] == 1
        assert device.commands.watching == every
    for bad in (-1, 1001, 1.0, "1", None, True, [1]):
        assert device.refused("watch", every=bad) == f"every: {bad} not in 0..1000"


# -- stage and start ------------------------------------------------------------------------------
def test_a_program_is_staged_then_started(device: Device) -> None:
    reply = device.ask("stage", program=program())
    assert reply["largest_scale"] == 1440
    assert device.controller.program is None
    assert device.ask("start", scale=60)["ok"] == 1
    assert device.prepared == [("demo", 60)]
    assert device.ask("status")["state"] == "running"


def test_what_is_staged_and_not_started_never_runs(running: Device) -> None:
    other = continuous(9_000, name="other")
    assert running.ask("stage", program=other)["ok"] == 1
    running.run(3 * DAY)
    assert running.controller.program is not None
    assert running.controller.program.name == "demo"
    assert running.refused("start") == "load: a program is running; stop it first"
    assert running.commands.staged is not None


def test_a_program_is_started_once(device: Device) -> None:
    assert device.refused("start") == "start: nothing is staged"
    device.ask("stage", program=program())
    device.ask("start")
    assert device.refused("start") == "start: nothing is staged"


@pytest.mark.parametrize("bad", [None, [], "x", 5])
def test_a_program_that_is_none_is_refused(device: Device, bad: object) -> None:
    device.ask("stage", program=program(name="good"))
    assert device.refused("stage", program=bad) == "program: missing"


def test_a_refused_program_leaves_nothing_that_could_be_started(device: Device) -> None:
    device.ask("stage", program=program())
    assert device.ask("stage", program=program(tau_dh=99))["err"] == "tau_dh: 99 not in 100..30000"
    assert device.refused("start") == "start: nothing is staged"


def test_a_refused_scale_leaves_the_program_staged(device: Device) -> None:
    device.ask("stage", program=program())
    for bad in (0, 1441, 1.5, "60", None, True):
        assert device.refused("start", scale=bad) == f"time_scale: {bad} not in 1..1440"
    assert device.ask("start", scale=1440)["ok"] == 1


# -- orders ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("volume", [None, "9", 1.5, True, [5]])
def test_a_volume_is_a_whole_number(running: Device, volume: object) -> None:
    assert running.refused("refill", volume_nl=volume) == (
        "volume_nl: missing or not a whole number"
    )


def test_a_refill_is_bounded_by_the_vessel(running: Device) -> None:
    for bad in (500_000, 20_000_001, -1, 10**30):
        assert running.refused("refill", volume_nl=bad) == (
            f"refill: {bad} nL not in 500001..20000000"
        )
    for good in (500_001, 20_000_000):
        assert running.ask("refill", volume_nl=good)["ok"] == 1


def test_an_emergency_stop_is_confirmed_and_has_a_reason(running: Device) -> None:
    for confirm in (None, False, 1, "true"):
        assert running.refused("estop", confirm=confirm, **WHY) == (
            "confirm: an emergency stop must be confirmed"
        )
    for reason in (None, "", "x" * (REASON_CHARS_MAX + 1), 5, ["x"]):
        assert running.refused("estop", confirm=True, reason=reason) == (
            "reason: give one, 1..80 characters"
        )
    assert running.ask("estop", confirm=True, reason="x" * REASON_CHARS_MAX)["ok"] == 1
    assert running.ask("status")["state"] == "stopped"


@pytest.mark.parametrize("command", ["restart", "resume_direct", "service"])
def test_what_must_be_explained_is_refused_without_a_reason(running: Device, command: str) -> None:
    assert running.refused(command) == "reason: give one, 1..80 characters"


def test_orders_the_controller_refuses_are_refused_in_its_words(running: Device) -> None:
    assert running.refused("restart", **WHY) == "restart: not stopped (state: running)"
    assert running.refused("resume_direct", **WHY) == "resume_direct: no return is being limited"
    running.ask("estop", confirm=True, **WHY)
    assert running.refused("stop") == "stop: not running (state: stopped)"
    assert running.refused("estop", confirm=True, **WHY) == "estop: not running (state: stopped)"


def test_a_restart_after_a_cut(running: Device) -> None:
    running.ask("estop", confirm=True, **WHY)
    assert running.refused("restart", **WHY) == "restart: not stopped (state: stopped)"
    running.run(1)  # cut and settled
    assert running.ask("restart", **WHY)["ok"] == 1


def test_acknowledging_takes_the_name_of_an_active_condition(running: Device) -> None:
    assert running.refused("ack") == "ack: nothing to acknowledge"
    assert running.refused("ack", a="STOPPED") == "ack: nothing to acknowledge"
    running.controller.alarms.set(al.STOPPED, True)
    running.controller.alarms.set(al.LATE, True)
    assert running.refused("ack", a="TAPER_GUARD") == "ack: nothing to acknowledge"
    assert running.refused("ack", a="BELL") == "a: BELL is not a condition"
    assert running.refused("ack", a="x" * 900) == f"a: {'x' * 24} is not a condition"
    assert running.ask("ack", a="LOOP_LATE")["ok"] == 1
    assert running.controller.alarms.active == 1 << al.STOPPED
    assert running.ask("ack")["ok"] == 1
    assert running.controller.alarms.acknowledged == 1 << al.STOPPED


@pytest.mark.parametrize("name", [0, False, None, [], {}, 4, ["STOPPED"]])
def test_a_condition_that_is_no_word_acknowledges_nothing(running: Device, name: object) -> None:
    running.controller.alarms.set(al.STOPPED, True)
    assert running.refused("ack", a=name) == "a: not a condition"


@pytest.mark.parametrize("now_s", [None, "9", 1.5, True, [5]])
def test_a_time_is_a_whole_number(running: Device, now_s: object) -> None:
    assert running.refused("clock", now_s=now_s) == "now_s: missing or not a whole number"


def test_the_clock_goes_forward_only(running: Device) -> None:
    assert running.refused("clock", now_s=HOUR - 1) == (
        "clock: 3599 s is before what is already planned"
    )
    assert running.refused("clock", now_s=2**40).endswith("already planned")
    assert running.ask("clock", now_s=DAY)["ok"] == 1
    assert running.clock.set_to[-1] == DAY


def test_service_stops_the_pump_alarmed(running: Device) -> None:
    assert running.ask("service", **WHY)["ok"] == 1
    assert running.commands.service_wanted
    assert running.ask("status")["state"] == "stopped"
    assert running.controller.alarms.active >> al.STOPPED & 1


def test_service_of_a_pump_that_does_not_run_is_granted(device: Device) -> None:
    assert device.ask("service", **WHY)["ok"] == 1
    assert device.commands.service_wanted


def test_what_was_obeyed_is_logged_and_kept(running: Device) -> None:
    assert running.commands.log == [(0, "start", "")]
    running.commands.log.clear()
    running.commands.changed = False
    running.ask("status")
    running.refused("restart", **WHY)
    assert not running.commands.changed
    running.ask("refill", volume_nl=9_000_000)
    running.ask("estop", confirm=True, reason="pain")
    assert running.commands.changed
    assert running.commands.log == [(HOUR, "refill", "9000000"), (HOUR, "estop", "pain")]

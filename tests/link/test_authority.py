"""Roles, keys and sessions: who may give which orders, and what a wrong proof costs."""

import hashlib
import hmac
import random
from typing import Any

import pytest
from asked import WHY, Device, running
from device_program import program

from link import authority
from link.authority import Authority, hmac_sha256
from link.commands import CHANGING, READING, SERVICE_ONLY, role_of
from pump import conditions as al

KEYS = {"operator": "11" * 32, "service": "a5" * 32}
OTHER = {"operator": "22" * 32, "service": "5A" * 32}
NOT_KEPT = "commission: they could not be kept in flash; the old ones hold"


def locked_up(keys: dict[str, str] = KEYS) -> Device:
    """A device whose keys have been set, and that runs a program."""
    device = running()
    device.obeyed("commission", **keys, **WHY)
    return device


def proof_of(role: str, number: str, keys: dict[str, str] = KEYS) -> str:
    """As docs/link.md has it, by Python's own library."""
    key = bytes.fromhex(keys[role])
    return hmac.new(key, f"pumprig{role}{number}".encode(), hashlib.sha256).hexdigest()


def log_in(device: Device, role: str, keys: dict[str, str] = KEYS) -> str:
    number = device.obeyed_or_told("challenge")["number"]
    return str(device.obeyed("login", role=role, proof=proof_of(role, number, keys))["s"])


def fail(device: Device, times: int = 1) -> None:
    for _ in range(times):
        device.ask("challenge")
        assert device.ask("login", role="operator", proof="0" * 64)["err"] == "proof: wrong"


def is_locked(device: Device) -> bool:
    device.ask("challenge")
    said = str(device.ask("login", role="operator", proof="0" * 64)["err"])
    return said.startswith("login: too many wrong proofs; wait ")


def with_staged(device: Device) -> Device:
    """A program waits, and the beginning of another."""
    device.stage(program())
    device.commands.staged_fields = {"part": 0, "of": 2, "fields": {}}
    return device


def has_staged(device: Device) -> bool:
    return device.commands.staged is not None or device.commands.staged_fields != {}


# -- HMAC -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("key_bytes", [0, 1, 32, 63, 64])
def test_the_sum_is_that_of_rfc_2104(key_bytes: int) -> None:
    draw = random.Random(key_bytes)
    for length in (0, 1, 55, 56, 64, 200):
        key, message = draw.randbytes(key_bytes), draw.randbytes(length)
        assert hmac_sha256(key, message) == hmac.new(key, message, hashlib.sha256).digest()


# -- an open board --------------------------------------------------------------------------------
def test_a_board_without_keys_obeys_whoever_holds_the_port() -> None:
    device = running()
    assert device.ask("hello")["authority"] == "open"
    device.obeyed("calibrate", part="tubing", life_ml=500, **WHY)
    assert device.refused("challenge") == "challenge: the board's keys are not set"
    assert device.refused("login", role="operator", proof="") == "login: ask for a challenge first"


def test_both_keys_empty_open_the_board_again() -> None:
    device = locked_up()
    session = log_in(device, "service")
    device.obeyed("commission", operator="", service="", s=session, **WHY)
    assert device.ask("hello")["authority"] == "open"
    assert device.keys[-1] == {}
    device.obeyed("stop")


# -- roles ----------------------------------------------------------------------------------------
def test_there_are_three_roles() -> None:
    assert authority.ROLES == ("observer", "operator", "service")
    assert (authority.OBSERVER, authority.OPERATOR, authority.SERVICE) == (0, 1, 2)


def test_each_command_belongs_to_one_role() -> None:
    roles = {name: role_of(name) for name in [*READING, *CHANGING]}
    assert {name for name, role in roles.items() if role == authority.OBSERVER} == {
        *READING,
        "estop",
    }
    assert {name for name, role in roles.items() if role == authority.SERVICE} == {
        "calibrate",
        "audio_off",
        "service",
        "reset",
        "commission",
    }


@pytest.mark.parametrize("command", [name for name in CHANGING if name != "estop"])
def test_no_order_is_obeyed_without_a_session(command: str) -> None:
    device = locked_up()
    role = "service" if command in SERVICE_ONLY else "operator"
    for more in ({}, {"s": ""}, {"s": "~"}, {"s": "0" * 16}, {"s": 0}, {"s": None}, {"s": ["x"]}):
        said = device.refused(command, confirm=True, **WHY, **more)
        assert said == f"s: {command} takes a session as {role}"


@pytest.mark.parametrize("command", SERVICE_ONLY)
def test_what_belongs_to_the_service_is_refused_to_an_operator(command: str) -> None:
    device = locked_up()
    session = log_in(device, "operator")
    said = device.refused(command, confirm=True, s=session, **WHY)
    assert said == f"s: {command} takes a session as service"


def test_the_service_may_do_what_an_operator_may() -> None:
    device = locked_up()
    session = log_in(device, "service")
    device.obeyed("stop", s=session)
    device.obeyed("calibrate", part="tubing", life_ml=500, s=session, **WHY)


def test_everybody_may_read_and_stop_the_pump() -> None:
    device = locked_up()
    for command in ("hello", "status", "therapy", "conditions", "readings"):
        assert "err" not in device.ask(command)
    device.obeyed("estop", confirm=True, reason="it leaks")
    assert device.ask("status")["state"] == "stopped"
    assert "s: restart" in device.refused("restart", program="demo", **WHY)


# -- sessions -------------------------------------------------------------------------------------
def test_a_session_begins_with_the_right_proof_and_ends_at_logout() -> None:
    device = locked_up()
    session = log_in(device, "operator")
    assert device.log_lines()[-1] == ("login", "operator")
    device.obeyed("stop", s=session)
    device.obeyed("logout", s=session)
    for s in (session, "", "~"):
        assert "takes a session" in device.refused("restart", program="demo", s=s, **WHY)
        assert device.refused("logout", s=s) == "s: of no session"


def test_a_login_says_how_long_the_session_may_be_idle() -> None:
    device = locked_up()
    answer = proof_of("operator", str(device.ask("challenge")["number"]))
    assert device.obeyed("login", role="operator", proof=answer)["idle_s"] == 600


def test_before_any_challenge_there_is_nothing_to_answer() -> None:
    device = Device()
    device.commands.authority = Authority(KEYS)
    assert device.refused("logout", s="~") == "s: of no session"
    for number in ("", "~"):
        said = device.refused("login", role="operator", proof=proof_of("operator", number))
        assert said == "login: ask for a challenge first"
    device.commands.authority.turn(1)
    for s in ("", "~"):
        assert "takes a session" in device.refused("stop", s=s)
        assert device.refused("logout", s=s) == "s: of no session"


def test_a_stranger_cannot_end_a_session() -> None:
    device = locked_up()
    session = log_in(device, "operator")
    assert device.refused("logout", s="0" * 16) == "s: of no session"
    device.obeyed("stop", s=session)


def test_a_session_has_a_number_of_its_own_each_time() -> None:
    device = locked_up()
    first, second = log_in(device, "operator"), log_in(device, "operator")
    assert first != second and len(first) == 16
    assert "takes a session" in device.refused("stop", s=first)
    device.obeyed("stop", s=second)


@pytest.mark.parametrize(("passed_ms", "goes_on"), [(599_999, True), (600_000, False)])
def test_a_session_ends_ten_minutes_after_its_last_request(passed_ms: int, goes_on: bool) -> None:
    device = locked_up()
    session = log_in(device, "operator")
    device.commands.authority.turn(599_999)
    device.ask("status", s=session)  # a question keeps it going too
    device.commands.authority.turn(passed_ms)
    assert ("err" not in device.ask("stop", s=session)) == goes_on


def test_questions_of_others_do_not_keep_a_session_going() -> None:
    device = locked_up()
    session = log_in(device, "operator")
    device.commands.authority.turn(599_999)
    device.ask("status")
    device.commands.authority.turn(1)
    assert "takes a session" in device.refused("stop", s=session)


def test_a_number_is_used_once() -> None:
    device = locked_up()
    number = str(device.ask("challenge")["number"])
    answer = proof_of("operator", number)
    device.obeyed("login", role="operator", proof=answer)
    again = device.refused("login", role="operator", proof=answer)
    assert again == "login: ask for a challenge first"


def test_only_the_latest_number_counts() -> None:
    device = locked_up()
    number = str(device.ask("challenge")["number"])
    assert device.ask("challenge")["number"] != number
    reply = device.ask("login", role="operator", proof=proof_of("operator", number))
    assert reply["err"] == "proof: wrong"


@pytest.mark.parametrize("role", ["observer", "", None, 1, "Operator"])
def test_only_two_roles_have_a_key(role: object) -> None:
    device = locked_up()
    device.ask("challenge")
    assert device.refused("login", role=role, proof="0" * 64) == (
        "role: not one of operator service"
    )


def test_the_proof_of_one_role_is_none_of_the_other() -> None:
    device = locked_up()
    number = str(device.ask("challenge")["number"])
    answer = proof_of("operator", number)
    assert device.ask("login", role="service", proof=answer)["err"] == "proof: wrong"


@pytest.mark.parametrize("wrong", [None, 7, "", "0" * 63, "0" * 65, [], {}, "é" * 64])
def test_what_is_no_proof_is_a_wrong_one(wrong: object) -> None:
    device = locked_up()
    device.ask("challenge")
    assert device.ask("login", role="operator", proof=wrong)["err"] == "proof: wrong"


# -- wrong proofs ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("failures", "locked"), [(4, False), (5, True)])
def test_the_fifth_wrong_proof_closes_the_door_and_is_told(failures: int, locked: bool) -> None:
    device = locked_up()
    before = device.controller.rate_nl_h
    fail(device, failures)
    abused = bool(device.controller.alarms.active >> al.LINK_ABUSE & 1)
    assert abused == locked
    assert (("login", "too many wrong proofs") in device.log_lines()) == locked
    assert device.controller.rate_nl_h == before
    if locked:
        assert is_locked(device)
    else:
        log_in(device, "operator")


def test_a_closed_door_is_closed_to_the_right_proof_too_and_for_a_minute() -> None:
    device = locked_up()
    fail(device, 5)
    for passed_ms, wait_s in ((0, 61), (1, 60), (59_998, 1)):
        device.commands.authority.turn(passed_ms)
        number = str(device.ask("challenge")["number"])
        said = device.refused("login", role="operator", proof=proof_of("operator", number))
        assert said == f"login: too many wrong proofs; wait {wait_s} s"
    device.commands.authority.turn(1)
    log_in(device, "operator")


def test_a_door_that_opens_again_takes_five_wrong_proofs_more() -> None:
    device = locked_up()
    fail(device, 5)
    device.commands.authority.turn(60_000)
    fail(device, 4)
    log_in(device, "operator")
    fail(device, 5)
    assert is_locked(device)
    device.commands.authority.turn(60_000)
    fail(device, 5)
    assert is_locked(device)


def test_a_session_goes_on_behind_a_closed_door() -> None:
    device = locked_up()
    session = log_in(device, "operator")
    fail(device, 5)
    device.obeyed("stop", s=session)


def test_a_right_proof_forgets_the_wrong_ones_before_it() -> None:
    device = locked_up()
    fail(device, 4)
    log_in(device, "operator")
    fail(device, 4)
    assert not is_locked(device)


def test_a_stranger_does_not_fill_the_log() -> None:
    device = locked_up()
    fail(device, 5)
    lines = len(device.commands.log)
    for _ in range(100):
        device.ask("challenge")
        device.ask("login", role="operator", proof="0" * 64)
    assert len(device.commands.log) == lines


# -- keys -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, 'operator: not 64 hex digits; both "" open the board'),
        ({**KEYS, "operator": "1" * 63}, 'operator: not 64 hex digits; both "" open the board'),
        ({**KEYS, "operator": "1" * 65}, 'operator: not 64 hex digits; both "" open the board'),
        ({**KEYS, "operator": "g" * 64}, 'operator: not 64 hex digits; both "" open the board'),
        ({**KEYS, "operator": "~" * 64}, 'operator: not 64 hex digits; both "" open the board'),
        ({**KEYS, "operator": 7}, 'operator: not 64 hex digits; both "" open the board'),
        ({**KEYS, "service": ""}, 'service: not 64 hex digits; both "" open the board'),
        ({**KEYS, "operator": ""}, 'operator: not 64 hex digits; both "" open the board'),
        ({**KEYS, "operator": "A5" * 32}, "service: the same as the operator's"),
    ],
)
def test_what_is_no_pair_of_keys_is_refused(keys: dict[str, Any], said: str) -> None:
    device = running()
    assert device.refused("commission", **keys, **WHY) == said
    assert device.refused("commission", **KEYS) == "reason: give one, 1..80 characters"
    assert device.ask("hello")["authority"] == "open"


def test_other_keys_take_the_place_of_the_old_ones_and_end_their_session() -> None:
    device = locked_up()
    session = log_in(device, "service")
    device.ask("challenge")
    device.obeyed("commission", **OTHER, s=session, **WHY)
    assert "takes a session" in device.refused("stop", s=session)
    answer = proof_of("service", "", OTHER)
    said = device.refused("login", role="service", proof=answer)
    assert said == "login: ask for a challenge first"
    number = str(device.ask("challenge")["number"])
    old = device.ask("login", role="service", proof=proof_of("service", number))
    assert old["err"] == "proof: wrong"
    log_in(device, "service", OTHER)


def test_keys_that_cannot_be_kept_are_not_obeyed() -> None:
    device = locked_up()
    session = log_in(device, "service")
    device.keeps = False
    assert device.refused("commission", **OTHER, s=session, **WHY) == NOT_KEPT
    device.obeyed("stop", s=session)


def test_keys_are_told_by_nothing_that_the_device_says() -> None:
    device = locked_up()
    log_in(device, "service")
    said = [str(device.ask(name, every=0)) for name in READING if name != "login"]
    said += [str(entry) for entry in device.commands.log]
    for key in KEYS.values():
        assert key not in " ".join(said).lower()


def test_keys_that_cannot_be_read_leave_the_board_to_observers() -> None:
    device = Device()
    device.commands.authority = Authority(None)
    assert device.ask("hello")["authority"] == "locked"
    assert device.refused("stage", program=program()) == "s: stage takes a session as operator"
    assert device.refused("challenge") == "challenge: the board's keys are lost"
    device.ask("login", role="operator", proof="0" * 64)


# -- what one brought, and another does not find --------------------------------------------------
def test_what_was_staged_is_forgotten_at_a_login_a_logout_and_with_other_keys() -> None:
    device = with_staged(running())
    device.obeyed("commission", **KEYS, **WHY)
    assert not has_staged(device)
    device = with_staged(running())
    device.commands.authority.commission(KEYS)
    s = log_in(device, "operator")
    assert not has_staged(device)
    device.obeyed("stage", program=program(), s=s)
    assert has_staged(device)
    device.obeyed("logout", s=s)
    assert not has_staged(device)


def test_a_stranger_does_not_make_it_forget() -> None:
    device = with_staged(running())
    device.commands.authority.commission(KEYS)
    fail(device)
    device.refused("logout", s="0" * 16)
    device.refused("commission", **OTHER, **WHY)
    assert has_staged(device)


def test_who_repeats_the_number_of_a_login_is_not_told_its_session() -> None:
    device = locked_up()
    number = device.obeyed_or_told("challenge")["number"]
    proof = proof_of("operator", number)
    login = {"q": 77, "c": "login", "role": "operator", "proof": proof}
    session = device.commands.answer(login)["s"]
    assert session not in str(device.commands.answer({"q": 77, "c": "hello"}))


@pytest.mark.parametrize("letter", ["\ud800", "\u20ac", "\x00"])
def test_a_session_of_strange_letters_is_none(letter: str) -> None:
    device = locked_up()
    log_in(device, "operator")
    assert device.refused("stop", s=letter * 16) == "s: stop takes a session as operator"
    device.ask("challenge")
    assert device.ask("login", role="operator", proof=letter * 64)["err"] == "proof: wrong"

"""What a press of a key means, and how often."""

import pytest

from pump.keys import ACK, SERVICE, STOP, Keys


def meant(*looks: tuple[int, int]) -> list[str]:
    """(pressed, ms since the last look) ..., and all that was meant on the way."""
    keys, found = Keys(), []
    for pressed, passed_ms in looks:
        keys.look(pressed, passed_ms)
        found += [name for name in ("ack", "stop", "pause", "test") if getattr(keys, name)]
    return found


def test_acknowledge_counts_once_however_long_it_is_held() -> None:
    assert meant((0, 100), (ACK, 100), (ACK, 400), (ACK, 9_000), (0, 100)) == ["ack"]
    assert meant((ACK, 100), (0, 100), (ACK, 100)) == ["ack", "ack"]


@pytest.mark.parametrize(("held_ms", "means"), [(399, []), (400, ["stop"])])
def test_stop_has_to_be_held(held_ms: int, means: list[str]) -> None:
    assert meant((STOP, 100), (STOP, held_ms), (0, 10)) == means
    assert meant((STOP, 5_000)) == [], "pressed since the last look: nobody knows for how long"
    assert meant((STOP, 100), (STOP, 400), (STOP, 400)) == ["stop"]


@pytest.mark.parametrize(("held_ms", "means"), [(2_999, ["pause"]), (3_000, ["test"])])
def test_service_pauses_when_it_is_let_go_and_tests_when_it_is_held(
    held_ms: int, means: list[str]
) -> None:
    assert meant((SERVICE, 100), (SERVICE, held_ms), (0, 10)) == means
    assert meant((SERVICE, 100), (SERVICE, 3_000), (SERVICE, held_ms)) == ["test"], "once"


@pytest.mark.parametrize("key", [ACK, STOP, SERVICE])
@pytest.mark.parametrize(("held_ms", "stuck"), [(9_999, False), (10_000, True)])
def test_a_key_held_for_ten_seconds_is_stuck_until_it_is_let_go(
    key: int, held_ms: int, stuck: bool
) -> None:
    keys = Keys()
    keys.look(key, 100)
    keys.look(key, held_ms)
    assert keys.stuck == stuck
    keys.look(0, 100)
    assert not keys.stuck


def test_the_keys_are_these_bits() -> None:
    assert (ACK, STOP, SERVICE) == (1, 2, 4)


def test_before_its_first_look_no_key_means_anything() -> None:
    keys = Keys()
    assert not (keys.ack or keys.stop or keys.pause or keys.test or keys.stuck)


@pytest.mark.parametrize("held", [ACK, STOP, SERVICE])
def test_one_that_is_stuck_is_told_whatever_the_others_do(held: int) -> None:
    keys = Keys()
    keys.look(held, 100)
    for others in (0, ACK | STOP | SERVICE, ACK, 0):
        keys.look(held | others, 10_000)
        assert keys.stuck


def test_keys_do_not_know_of_each_other() -> None:
    assert meant((ACK | STOP, 100), (STOP, 400), (SERVICE, 100), (0, 100)) == [
        "ack",
        "stop",
        "pause",
    ]

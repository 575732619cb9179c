"""A board that has its keys, from the host's side: it logs in by itself, and only with a key."""

import os
import stat
from pathlib import Path

import pytest

from pumprig.image.keys import KeyFileError, default_path, new_keys, read_keys, write_keys
from pumprig.rig.host import HostRig
from pumprig.rig.link_client import LinkClient, LinkError

WHY = {"reason": "test"}
CALIBRATION = {"part": "tubing", "life_ml": 500, **WHY}


def commissioned() -> tuple[HostRig, dict[str, str]]:
    rig, keys = HostRig(), new_keys()
    rig.open()
    rig.link.order("commission", **keys, **WHY)
    return rig, keys


def test_a_request_that_takes_a_session_begins_one() -> None:
    rig, keys = commissioned()
    rig.link.keys = keys
    rig.link.order("calibrate", **CALIBRATION)
    rig.link.order("audio_style", style="implant")


def test_the_least_role_is_taken_and_a_greater_one_when_it_must_be() -> None:
    rig, keys = commissioned()
    rig.link.keys = keys
    seen: list[object] = []
    ask = rig.link._ask

    def watch(command: str, limit_s: float, fields: "dict[str, object]") -> dict[str, object]:
        seen.append(fields.get("role"))
        return ask(command, limit_s, fields)

    rig.link._ask = watch  # type: ignore[method-assign, assignment]
    rig.link.order("audio_style", style="implant")
    rig.link.order("calibrate", **CALIBRATION)
    assert [role for role in seen if role] == ["operator", "service"]


def test_without_keys_a_refusal_comes_as_it_is() -> None:
    rig, _ = commissioned()
    with pytest.raises(LinkError, match=r"s: calibrate takes a session as service$"):
        rig.link.order("calibrate", **CALIBRATION)
    assert "err" in rig.link.request("estop", confirm=True, **WHY), "nothing runs"


def test_a_host_with_the_operator_s_key_alone_gives_no_service_order() -> None:
    rig, keys = commissioned()
    rig.link.keys = {"operator": keys["operator"]}
    rig.link.order("audio_style", style="implant")
    with pytest.raises(LinkError, match=r"^login: there is no key for the role service$"):
        rig.link.order("calibrate", **CALIBRATION)


def test_the_wrong_key_is_told() -> None:
    rig, _ = commissioned()
    rig.link.keys = new_keys()
    with pytest.raises(LinkError, match=r"^login refused: proof: wrong$"):
        rig.link.order("calibrate", **CALIBRATION)


def test_a_session_that_has_ended_is_begun_again() -> None:
    rig, keys = commissioned()
    rig.link.keys = keys
    rig.link.order("audio_style", style="implant")
    rig.advance(601)
    rig.link.order("audio_style", style="iec")


# -- the file -------------------------------------------------------------------------------------
def test_keys_are_written_for_their_owner_only_and_never_over_others(tmp_path: Path) -> None:
    path, keys = tmp_path / "deep" / "keys.json", new_keys()
    write_keys(path, keys)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert read_keys(path) == keys
    with pytest.raises(KeyFileError, match="cannot be written"):
        write_keys(path, new_keys())
    assert read_keys(path) == keys


def test_no_file_is_no_keys(tmp_path: Path) -> None:
    assert read_keys(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read as keys"),
        ("{", "cannot be read as keys"),
        ("[]", "not an object with operator and service"),
        ("{}", "not an object with operator and service"),
        ('{"nurse": "00"}', "'nurse': not one of operator service"),
        ('{"operator": "00"}', "operator: not 64 hex digits"),
        ('{"service": 7}', "service: not 64 hex digits"),
    ],
)
def test_what_is_no_key_file_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "keys.json"
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(KeyFileError) as refused:
        read_keys(path)
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602])
def test_a_key_file_that_others_can_get_at_is_refused(tmp_path: Path, mode: int) -> None:
    path, keys = tmp_path / "keys.json", new_keys()
    write_keys(path, keys)
    path.chmod(mode)
    with pytest.raises(KeyFileError) as refused:
        read_keys(path)
    said = f"{path}: its mode is 0{mode:o}, others can get at the keys; run `chmod 600 {path}`"
    assert str(refused.value) == said
    path.chmod(0o400)
    assert read_keys(path) == keys


def test_the_environment_names_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUMPRIG_KEYS", "/somewhere/keys")
    assert default_path() == Path("/somewhere/keys")
    monkeypatch.delenv("PUMPRIG_KEYS")
    assert default_path() == Path.home() / ".config" / "pumprig" / "keys.json"


def test_a_client_without_keys_has_no_session() -> None:
    assert LinkClient(lambda _: None, lambda done, _: done()).keys == {}

"""Which image is used, in which order, and what a person reads when there is none."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pumprig.image import ImageError, ensure_image
from pumprig.image.cache import ImageCache, default_cache_dir
from pumprig.image.model import BOARDS
from pumprig.image.verify import Booted

Make = Callable[..., bytes]
pytestmark = pytest.mark.usefixtures("boots")


class Sources:
    """FAKE download and FAKE build: bytes to deliver, or the reason for a refusal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.official: bytes | ImageError = ImageError("no connection within 4 s")
        self.debian: bytes | ImageError = ImageError("toolchain", do=["sudo apt-get install x"])
        monkeypatch.setattr("pumprig.image.official.fetch", self._download)
        monkeypatch.setattr("pumprig.image.debian.build", self._build)

    def _download(self, board: object, scratch: Path, progress: object) -> Path:
        return self._give("official", self.official, scratch)

    def _build(self, board: object, scratch: Path, log: Path, progress: object) -> Path:
        return self._give("debian", self.debian, scratch)

    def _give(self, name: str, answer: bytes | ImageError, scratch: Path) -> Path:
        self.asked.append(name)
        if isinstance(answer, ImageError):
            raise answer
        (scratch / "fetched.uf2").write_bytes(answer)
        return scratch / "fetched.uf2"


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Sources:
    return Sources(monkeypatch)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_given_image_wins_over_the_cache(
    tmp_path: Path, cache: Path, sources: Sources, image_bytes: Make
) -> None:
    sources.official = image_bytes()
    ensure_image(cache_dir=cache)
    mine = tmp_path / "mine.uf2"
    mine.write_bytes(image_bytes("1.24.1"))
    found = ensure_image(given=mine, cache_dir=cache)
    assert (found.path, found.source, found.micropython_version) == (mine, "given", "1.24.1")


def test_a_given_image_that_is_bad_is_not_replaced_by_another(
    tmp_path: Path, cache: Path, sources: Sources
) -> None:
    with pytest.raises(ImageError, match="cannot read") as refused:
        ensure_image(given=tmp_path / "absent.uf2", cache_dir=cache)
    assert sources.asked == []
    assert "--image PATH" in str(refused.value)


def test_the_official_image_comes_before_a_build_and_then_from_the_cache(
    cache: Path, sources: Sources, image_bytes: Make
) -> None:
    sources.official = sources.debian = image_bytes()
    first = ensure_image(cache_dir=cache)
    second = ensure_image(cache_dir=cache)
    assert sources.asked == ["official"]
    assert (first.source, second.source) == ("official", "cache")
    assert (first.path, first.sha256) == (second.path, second.sha256)
    record = json.loads(first.path.with_suffix(".json").read_text())
    assert record["sha256"] == first.sha256
    assert record["source"] == "official"
    assert record["verified_by_boot"] is True
    assert not list(cache.glob("scratch-*"))


def test_without_a_network_the_image_is_built(
    cache: Path, sources: Sources, image_bytes: Make
) -> None:
    sources.debian = image_bytes()
    assert ensure_image(cache_dir=cache).source == "debian"
    assert sources.asked == ["official", "debian"]


def test_the_refusal_lists_what_was_tried_and_what_to_do(cache: Path, sources: Sources) -> None:
    with pytest.raises(ImageError) as refused:
        ensure_image(cache_dir=cache)
    text = str(refused.value)
    assert text.splitlines()[0] == "no MicroPython 1.25.0 image for RPI_PICO"
    for part in (
        "- cache: no ",
        "- official download: no connection within 4 s",
        "- build from Debian packages: toolchain",
        "- sudo apt-get install x",
        "--image PATH",
        "make demo RIG=host",
        "--rig host",
    ):
        assert part in text


def test_a_fetched_image_of_another_version_board_or_chip_is_not_kept(
    cache: Path, sources: Sources, image_bytes: Make
) -> None:
    sources.official = image_bytes("1.24.1")
    sources.debian = image_bytes(family=0xE48BFF59)
    with pytest.raises(ImageError, match=r"it is MicroPython 1\.24\.1") as refused:
        ensure_image(cache_dir=cache)
    assert "chip family 0xe48bff59, RPI_PICO takes 0xe48bff56" in str(refused.value)
    assert not list(cache.rglob("*.uf2"))


def test_an_image_that_does_not_boot_is_not_kept(
    cache: Path, sources: Sources, image_bytes: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise ImageError("no prompt")

    monkeypatch.setattr("pumprig.image.verify.boot", refuse)
    sources.official = image_bytes()
    with pytest.raises(ImageError, match="official download: no prompt"):
        ensure_image(cache_dir=cache)
    assert not list(cache.rglob("*.uf2"))


def test_a_board_that_is_not_emulated_is_kept_as_not_booted(
    cache: Path, sources: Sources, image_bytes: Make
) -> None:
    sources.debian = image_bytes(family=0xE48BFF59, machine="Raspberry Pi Pico2 with RP2350")
    image = ensure_image("RPI_PICO2", cache_dir=cache)
    assert image.micropython_version == "1.25.0"
    record = json.loads(image.path.with_suffix(".json").read_text())
    assert record["verified_by_boot"] is False


@pytest.mark.parametrize("board", ["RPI_PICO", "RPI_PICO_W"])
def test_an_image_for_another_board_with_the_same_chip_is_refused(
    tmp_path: Path, image_bytes: Make, board: str
) -> None:
    other = {"RPI_PICO": "Raspberry Pi Pico W", "RPI_PICO_W": "Raspberry Pi Pico"}[board]
    path = tmp_path / "a.uf2"
    path.write_bytes(image_bytes(machine=f"{other} with RP2040"))
    with pytest.raises(ImageError, match=f"is for a {other} with RP2040, {board} is a "):
        ensure_image(board, given=path)


def test_an_image_that_boots_as_something_else_is_refused(
    tmp_path: Path, image_bytes: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.uf2"
    path.write_bytes(image_bytes())
    monkeypatch.setattr("pumprig.image.verify.boot", lambda path: Booted("1.24.1", "other"))
    with pytest.raises(ImageError, match=r"but boots Booted\(version='1\.24\.1'"):
        ensure_image(given=path)


def test_an_unknown_board_is_refused_with_the_known_ones(cache: Path) -> None:
    with pytest.raises(ImageError, match="RPI_PICO2_W"):
        ensure_image("PYBOARD", cache_dir=cache)


@pytest.mark.parametrize("damage", ["image", "record", "no record", "no hash"])
def test_a_damaged_cache_is_discarded_and_said(
    cache: Path, sources: Sources, image_bytes: Make, damage: str
) -> None:
    sources.official = image_bytes()
    path = ensure_image(cache_dir=cache).path
    match damage:
        case "image":
            path.write_bytes(path.read_bytes()[:-512])
        case "record":
            path.with_suffix(".json").write_text("{")
        case "no record":
            path.with_suffix(".json").unlink()
        case "no hash":
            path.with_suffix(".json").write_text("{}")
    said: list[str] = []
    again = ensure_image(cache_dir=cache, progress=lambda stage, detail: said.append(detail))
    assert said[0].startswith(
        "discarded RPI_PICO-1.25.0.uf2: its " if damage != "no record" else "d"
    )
    assert again.source == "official"
    assert sources.asked == ["official", "official"]


@pytest.mark.parametrize("replaced", [1, 2])
def test_an_interruption_while_storing_leaves_nothing_that_counts(
    cache: Path,
    sources: Sources,
    image_bytes: Make,
    monkeypatch: pytest.MonkeyPatch,
    replaced: int,
) -> None:
    sources.official = image_bytes()
    real, calls = os.replace, 0

    def interrupted(source: str, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == replaced:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr("pumprig.image.cache.os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ensure_image(cache_dir=cache)
    assert not list(cache.rglob(".*.uf2.*"))
    assert ImageCache(cache).lookup(BOARDS["RPI_PICO"], lambda *_: None) is None
    assert ensure_image(cache_dir=cache).source == "official"


def test_what_a_killed_run_left_behind_is_removed(
    cache: Path, sources: Sources, image_bytes: Make
) -> None:
    (cache / "scratch-killed" / "half").mkdir(parents=True)
    sources.official = image_bytes()
    ensure_image(cache_dir=cache)
    assert not list(cache.glob("scratch-*"))


def test_a_cache_that_cannot_be_written_says_how_to_choose_another(
    tmp_path: Path, sources: Sources
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImageError, match="PUMPRIG_CACHE"):
        ensure_image(cache_dir=tmp_path / "file")


def test_the_cache_lies_where_the_environment_says_else_in_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUMPRIG_CACHE", str(tmp_path))
    assert default_cache_dir() == tmp_path
    monkeypatch.delenv("PUMPRIG_CACHE")
    checkout = default_cache_dir().parents[1]
    assert (checkout / "pyproject.toml").is_file()

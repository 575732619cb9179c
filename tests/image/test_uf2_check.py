"""A UF2 file is whole, in order, and for one chip; anything else is refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pumprig.image.errors import ImageError
from pumprig.image.uf2 import read_uf2, require_family

Make = Callable[..., bytes]


def test_a_whole_image_gives_family_blocks_and_version(tmp_path: Path, image_bytes: Make) -> None:
    path = tmp_path / "a.uf2"
    path.write_bytes(image_bytes("1.25.0"))
    found = read_uf2(path)
    assert (found.family_id, found.version) == (0xE48BFF56, "1.25.0")
    assert found.machine == "Raspberry Pi Pico with RP2040"
    assert found.blocks * 512 == path.stat().st_size


def test_a_preview_is_named_as_the_running_image_names_it(
    tmp_path: Path, image_bytes: Make
) -> None:
    path = tmp_path / "a.uf2"
    path.write_bytes(image_bytes("1.26.0-preview.12.gabc"))
    assert read_uf2(path).version == "1.26.0-preview"


def test_a_version_cut_by_a_block_border_is_found(tmp_path: Path, uf2: Make) -> None:
    path = tmp_path / "a.uf2"
    path.write_bytes(uf2(b"x" * 245 + b"MicroPython v1.24.1 on 2024-11-29"))
    assert read_uf2(path).version == "1.24.1"


@pytest.mark.parametrize("size", [1, 476])
def test_payload_sizes_at_the_limits_are_taken(tmp_path: Path, uf2_block: Make, size: int) -> None:
    path = tmp_path / "a.uf2"
    path.write_bytes(uf2_block(b"x" * 476, size=size))
    assert read_uf2(path).version is None


def test_the_absolute_block_before_an_rp2350_image_is_skipped(
    tmp_path: Path, uf2_block: Make, image_bytes: Make
) -> None:
    path = tmp_path / "a.uf2"
    work_around = uf2_block(b"\xef" * 256, 0, 2, family=0xE48BFF57, address=0x10FF_FF00)
    path.write_bytes(work_around + image_bytes(family=0xE48BFF59))
    assert read_uf2(path).family_id == 0xE48BFF59


def _damages(block: Make, image: bytes) -> dict[str, tuple[bytes, str]]:
    first, second = image[:512], image[512:1024]
    return {
        "empty": (b"", "0 bytes"),
        "one byte short": (image[:-1], "no whole UF2"),
        "one byte long": (image + b"\0", "no whole UF2"),
        "first magic": (b"\xff" + image[1:], "block 0: not a UF2 block"),
        "second magic": (image[:4] + b"\xff" + image[5:], "block 0: not a UF2 block"),
        "end magic": (image[:511] + b"\xff" + image[512:], "block 0: not a UF2 block"),
        "no family": (block(b"x", flags=0), "no family id"),
        "no payload": (block(b"", size=0), "0 bytes at"),
        "too much payload": (block(b"x", size=477), "477 bytes at"),
        "below flash": (block(b"x", address=0x0FFF_FFFF), "0x0fffffff"),
        "above flash": (block(b"x", address=0x1100_0000), "0x11000000"),
        "last block lost": (image[:-512], "cut short"),
        "inner block lost": (first + image[1024:], "number 2, expected 1"),
        "blocks swapped": (second + first + image[1024:], "number 1, expected 0"),
        "two chips": (
            block(b"x", 0, 2) + block(b"x", 1, 2, family=0xE48BFF59),
            "one chip family, found 0xe48bff56, 0xe48bff59",
        ),
    }


@pytest.mark.parametrize("name", list(_damages(lambda *_, **__: b"", bytes(2048))))
def test_damage_is_refused_with_its_reason(
    tmp_path: Path, uf2_block: Make, image_bytes: Make, name: str
) -> None:
    data, reason = _damages(uf2_block, image_bytes())[name]
    path = tmp_path / "a.uf2"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=reason) as refused:
        read_uf2(path)
    assert "\n" not in str(refused.value)


def test_an_image_for_the_other_chip_is_refused(tmp_path: Path, image_bytes: Make) -> None:
    path = tmp_path / "a.uf2"
    path.write_bytes(image_bytes(family=0xE48BFF59))
    with pytest.raises(ImageError, match="0xe48bff59, the drive takes 0xe48bff56"):
        require_family(read_uf2(path), 0xE48BFF56, "the drive")

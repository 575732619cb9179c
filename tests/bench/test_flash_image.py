"""The file system that is put into the board's flash is the one the board mounts."""

import hashlib

import pytest
from bare_board import Heard, board
from littlefs import LittleFS

from pumprig.bench import flash_image
from pumprig.image import Image

FILES = {
    "main.py": b"print('hi')\n",
    "deep/er/file.bin": bytes(range(256)) * 40,
    "empty": b"",
}


def test_what_goes_in_comes_out() -> None:
    image = flash_image.build(FILES)
    assert len(image) == flash_image.FS_BLOCKS * flash_image.FS_BLOCK_BYTES
    fs = LittleFS(
        block_size=flash_image.FS_BLOCK_BYTES, block_count=flash_image.FS_BLOCKS, mount=False
    )
    fs.context.buffer = bytearray(image)
    fs.mount()
    found = {
        f"{folder}/{name}".lstrip("/"): fs.open(f"{folder}/{name}", "rb").read()
        for folder, _, names in fs.walk("/")
        for name in names
    }
    assert found == FILES


def test_without_files_it_is_an_empty_file_system() -> None:
    assert len(flash_image.build({})) == flash_image.FS_BLOCKS * flash_image.FS_BLOCK_BYTES


@pytest.mark.emulator
def test_the_board_reads_it_and_can_write_to_it(image: Image) -> None:
    main = """
import os, hashlib, binascii
data = open("deep/er/file.bin", "rb").read()
print(binascii.hexlify(hashlib.sha256(data).digest()).decode())
with open("new", "w") as f:
    f.write("kept")
print(open("new").read(), os.stat("empty")[6])
"""
    chip = board(image, main, files={k: v for k, v in FILES.items() if k != "main.py"})
    heard = Heard(chip)
    chip.run_for(0.5)
    sha256 = hashlib.sha256(FILES["deep/er/file.bin"]).hexdigest()
    assert heard.lines[:2] == [sha256, "kept 0"]

"""The board's file system with the firmware in it, as a littlefs image.

Booting from an image takes no time; copying the same files over the console takes seconds, which
is the deploy path and tested as such elsewhere.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from littlefs import LittleFS, UserContext

# The Pico's layout as the stock MicroPython image mounts it (the emulator's board table agrees).
FS_START = 0xA0000
FS_BLOCKS = 352
FS_BLOCK_BYTES = 4096
_DISK_VERSION = 0x00020000  # 2.0: every MicroPython release mounts it


def build(files: Mapping[str, bytes]) -> bytes:
    """`files` maps board paths such as "main.py" or "pump/units.mpy" to their contents."""
    context = UserContext(buffsize=FS_BLOCKS * FS_BLOCK_BYTES)
    fs = LittleFS(
        context=context,
        block_size=FS_BLOCK_BYTES,
        block_count=FS_BLOCKS,
        prog_size=256,
        disk_version=_DISK_VERSION,
    )
    for name in sorted(files):
        folder = str(PurePosixPath(name).parent)
        if folder != ".":
            fs.makedirs(folder, exist_ok=True)
        with fs.open(name, "wb") as f:
            f.write(files[name])
    fs.unmount()
    return bytes(context.buffer)

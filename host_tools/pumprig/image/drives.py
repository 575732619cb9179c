"""Which mounted drives are boards waiting for an image?"""

import glob
import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ("BootDrive", "boot_drive_at", "find_boot_drives")

_MOUNT_POINTS = ("/media/*", "/media/*/*", "/run/media/*/*", "/mnt/*", "/Volumes/*")
_INFO = "INFO_UF2.TXT"
_BOARD_ID = re.compile(r"^Board-ID:[ \t]*(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class BootDrive:
    """A mounted BOOTSEL drive; ``board_id`` is "RPI-RP2" (RP2040) or "RP2350"."""

    path: Path
    board_id: str

    def is_there(self) -> bool:
        return boot_drive_at(self.path) is not None


def boot_drive_at(path: Path) -> BootDrive | None:
    """The BOOTSEL drive mounted at ``path``; None if there is none, or no longer."""
    try:
        match = _BOARD_ID.search((path / _INFO).read_text(errors="replace"))
    except OSError:
        return None
    return BootDrive(path, match[1]) if match else None


def find_boot_drives(mount_points: tuple[str, ...] = _MOUNT_POINTS) -> list[BootDrive]:
    """All BOOTSEL drives at the usual mount points."""
    paths = sorted({Path(name) for pattern in mount_points for name in glob.glob(pattern)})
    return [drive for path in paths if (drive := boot_drive_at(path)) is not None]

"""Rigs: one protocol, and what can stand behind it."""

from pathlib import Path

from pumprig.image import Progress, ensure_image
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.host import HostRig
from pumprig.rig.link_client import LinkError
from pumprig.rig.protocol import CannotHappen, Rig, Truth
from pumprig.rig.serial_port import SerialRig

__all__ = ["CannotHappen", "LinkError", "Rig", "RigUnknown", "Truth", "rig_named"]


class RigUnknown(ValueError):
    """No rig has that name; the message lists those there are."""


def rig_named(name: str, image: Path | None = None, progress: Progress | None = None) -> Rig:
    """The rig called `host`, `emulator` or `serial:PORT`, not opened yet. RigUnknown otherwise;
    ImageError when the emulator needs a MicroPython image and none can be had."""
    if name == "host":
        return HostRig()
    if name == "emulator":
        return EmulatedRig(ensure_image(given=image, progress=progress))
    if name.startswith("serial:") and len(name) > len("serial:"):
        return SerialRig(name.removeprefix("serial:"))
    raise RigUnknown(f"rig: {name!r} - one of host, emulator, serial:PORT")

"""The rig with an emulated Pico in it: real MicroPython, real pulses, a virtual pump."""

from collections.abc import Mapping
from pathlib import Path

from pump.journal import SECTORS
from pumprig.bench.chip import Chip
from pumprig.bench.sensed import Bench
from pumprig.bench.signal_log import SignalLog
from pumprig.bench.wired import WiredBench
from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.rig.bench_acts import NEW_BAG_NL, act
from pumprig.rig.link_client import LinkClient, LinkError
from pumprig.rig.protocol import CannotHappen, Truth

BOOT_LIMIT_S = 10.0


class EmulatedRig:
    """Lockstep: simulated time moves only in `open`, `advance` and while a request waits."""

    name = "emulator"
    exact_time = True
    look_s = 10.0

    def __init__(self, image: Image, files: Mapping[str, bytes] | None = None) -> None:
        self.micropython_version: str | None = image.micropython_version
        self.image_sha256: str | None = image.sha256
        self._image_path: Path = image.path
        self._files = firmware_files() if files is None else files

    def open(self) -> None:
        self.power_up()
        self.await_boot()

    def power_up(self) -> None:
        """A new board with its parts, switched on; nothing has run yet."""
        self.bench = Bench(NEW_BAG_NL)
        self.wired = WiredBench(self.bench)
        self.head = self.wired.head
        self.signals = SignalLog()
        self.chip = Chip(
            self._image_path, self._files, self.wired, self.signals, journal_sectors=SECTORS
        )
        self.link = LinkClient(self.chip.write_console, self.chip.run_until)
        self.chip.on_console = self.link.receive

    def await_boot(self) -> None:
        """Run until the firmware answers. LinkError after BOOT_LIMIT_S of simulated time."""
        if not self.chip.run_until(lambda: self.chip.usb_connected, BOOT_LIMIT_S):
            raise LinkError("the board did not appear on USB")
        self.link.request("hello", limit_s=BOOT_LIMIT_S / LinkClient.TRIES)

    def close(self) -> None:
        self.chip.on_console = lambda _data: None

    def pace(self, time_scale: int) -> None:
        self.wired.time_scale = time_scale

    def advance(self, wall_s: float) -> None:
        self.chip.run_for(wall_s)

    def wall_s(self) -> float:
        return self.chip.now_s()

    def happen(self, action: str, args: dict[str, int | str]) -> None:
        if action == "refill":
            self.head.refill(int(args["volume_nl"]))
        elif act(self.bench, action, args):
            self.wired.update()
        elif action == "power_cut":
            self.chip.power_cut(int(args["off_ms"]) / 1000)
            self.await_boot()
        elif action == "freeze_cpu":
            self.chip.freeze_cpu()
            if not self.chip.run_until(lambda: not self.chip.usb_connected, BOOT_LIMIT_S):
                raise LinkError("the watchdog did not reset a frozen CPU")
            self.await_boot()
        else:
            raise CannotHappen(f"{action}: unknown to the emulated rig")

    def truth(self) -> Truth | None:
        head = self.head
        return Truth(head.steps_seen, head.delivered_nl, head.reservoir_nl)

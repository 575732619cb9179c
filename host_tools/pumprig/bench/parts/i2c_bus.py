"""The I2C bus: what answers at an address, at the speed that the chip has set."""

from typing import Protocol

from pumprig.bench.chip import Chip

_BITS_A_BYTE = 9
_TX_EMPTY = 1 << 4


class OnBus(Protocol):
    """A device at an address. A transfer begins with `start`; bytes are written or read."""

    address: int

    def answers(self) -> bool: ...
    def start(self, reading: bool) -> None: ...
    def write(self, value: int) -> None: ...
    def read(self) -> int: ...


class I2cBus:
    def __init__(self, *devices: OnBus) -> None:
        self._devices = {device.address: device for device in devices}
        self._at: OnBus | None = None

    def attach(self, chip: Chip) -> None:
        self._mcu = chip.mcu
        self._bus = chip.mcu.i2c[0]
        self._alarm = chip.mcu.clock.create_alarm(self._byte_is_over)
        self._then = (0, 0)
        self._bus.on_connect = self._connect
        self._bus.on_write_byte = self._write
        self._bus.on_read_byte = self._read

    def _later(self, kind: int, value: int) -> None:
        """The chip hears the end of a byte when it has passed on the wire."""
        self._then = (kind, value)
        clocks = self._bus.scl_low_period + self._bus.scl_high_period
        self._alarm.schedule(_BITS_A_BYTE * clocks * 1e9 / self._mcu.clk_sys)

    def _byte_is_over(self) -> None:
        kind, value = self._then
        if kind == 0:
            if not value:
                # No answer empties the queue, and the chip's register says so (RP2040 datasheet,
                # TX_EMPTY). The emulator's does not, and the driver would wait for its timeout.
                self._bus.int_raw |= _TX_EMPTY
            self._bus.complete_connect(bool(value))
        elif kind == 1:
            self._bus.complete_write(bool(value))
        else:
            self._bus.complete_read(value)

    def _connect(self, address: int, mode: object) -> None:
        device = self._devices.get(address)
        self._at = device if device is not None and device.answers() else None
        if self._at is not None:
            self._at.start(reading=int(mode) == 1)  # type: ignore[call-overload]
        self._later(0, self._at is not None)

    def _write(self, value: int) -> None:
        if self._at is not None:
            self._at.write(value)
        self._later(1, self._at is not None)

    def _read(self, _more: bool) -> None:
        self._later(2, self._at.read() if self._at is not None else 0xFF)

"""What the sensors say, as they say it: raw, not judged. Drivers fill it, `pump` judges it.

Plain attributes, so that filling it allocates nothing. A part that is absent leaves its
attributes as they are here.
"""

# What can be wired; a rig declares what it has (pins.PARTS). What it lacks raises nothing.
PARTS = (
    "scale",
    "rotor",
    "pressure_down",
    "pressure_up",
    "air",
    "supply",
    "temperature",
    "clock_chip",
    "keys",
    "display",
)


class Readings:
    """`rotor`: edges of the rotor sensor since power-up, 2**30 at most.
    `scale_raw`: the last conversion of the load-cell amplifier, signed 24 bits. `scale_readings`:
    how many were taken; a scale that is dead leaves it as it is.
    `pressure_down_raw`, `pressure_up_raw`: ADC counts, 0..4095, after and before the pump head.
    `supply_mv`: VSYS. `temperature_cc`: the chip's, hundredths of a degree C.
    `air`: 1 while the detector sees air, or its wire is broken.
    `keys`: those pressed now, not debounced: 1 acknowledge, 2 stop, 4 service.
    `clock_chip_s`: seconds since 2000-01-01; -1: it lost its time, is absent or does not answer.
    """

    def __init__(self) -> None:
        self.rotor = 0
        self.scale_raw = 0
        self.scale_readings = 0
        self.pressure_down_raw = 0
        self.pressure_up_raw = 0
        self.supply_mv = 0
        self.temperature_cc = 0
        self.air = 0
        self.keys = 0
        self.clock_chip_s = -1


def supply_mv(counts: int) -> int:
    """VSYS in mV from 12 bits: the Pico divides it by 3, full scale is 3.3 V."""
    return counts * 2475 // 1024


def temperature_cc(counts: int) -> int:
    """The RP2040's own, hundredths of a degree C, from 12 bits; one count is 0.47 degrees.

    27 C at 0.706 V, falling 1.721 mV a degree (RP2040 datasheet, 4.9.5). Products below 2**29.
    """
    microvolt = counts * 103_125 // 128
    return 2700 - (microvolt - 706_000) * 100 // 1721

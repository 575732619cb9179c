"""A pressure sensor of the line: a voltage in proportion, on an ADC pin.

-100 to +100 kPa over 0.2 to 2.7 V at 3.3 V supply is a bench assumption after the common
amplified modules. The ADC divides the same supply into 4096, so the voltage itself does not
matter. A resistor to ground makes a broken wire read 0, which no pressure does.
"""

from pumprig.bench.parts.noise import Noise

ZERO_COUNTS = 1800  # 1.45 V at no pressure
PA_PER_1000_COUNTS = 64_453  # 200 kPa over 2.5 V of 3.3 V
_COUNTS_LOW, _COUNTS_HIGH = 248, 3351  # where its output ends
NOISE_COUNTS = 2  # rms, of the RP2040's converter and the wire: bench assumption


class Pressure:
    def __init__(self, seed: int = 3) -> None:
        self._noise = Noise(seed)
        self._reads = 0
        self.stuck = self.disconnected = False
        self.last = ZERO_COUNTS

    def raw(self, pascal: int) -> int:
        """ADC counts, 0..4095, for this pressure on it."""
        if self.disconnected:
            self.last = 0
        elif not self.stuck:
            self._reads += 1
            counts = ZERO_COUNTS + pascal * 1000 // PA_PER_1000_COUNTS
            counts += self._noise.at(self._reads, NOISE_COUNTS)
            self.last = max(_COUNTS_LOW, min(_COUNTS_HIGH, counts))
        return self.last

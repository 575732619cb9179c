"""What feeds the board: VSYS, seen through the Pico's own divider by 3."""

from pumprig.bench.parts.noise import Noise

NOMINAL_MV = 4_700  # USB's 5 V less a Schottky diode (Pico datasheet, 4.4)
RIPPLE_MV = 8  # rms, bench assumption


class Supply:
    """`mv` is what it is now; `raw` has the ripple of the moment on top."""

    def __init__(self, seed: int = 2) -> None:
        self.mv = NOMINAL_MV
        self._noise = Noise(seed)
        self._reads = 0
        self.last = 0

    def raw(self) -> int:
        """ADC counts, 0..4095; at most 9.9 V."""
        self._reads += 1
        mv = self.mv + self._noise.at(self._reads, RIPPLE_MV)
        self.last = max(0, min(4095, mv * 4096 // 9900))
        return self.last

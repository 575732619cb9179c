"""Noise that is the same at every run: a value for each number, near enough to normal."""

import random

_SIZE = 4096
_MIXER = 2_654_435_761  # Knuth's multiplier of the golden ratio
_UNIT = 1024


class Noise:
    """`at(n, rms)`: the n-th value, an integer of about that root mean square, mean near 0."""

    def __init__(self, seed: int) -> None:
        source = random.Random(seed)
        self._table = [round(source.gauss(0, _UNIT)) for _ in range(_SIZE)]

    def at(self, number: int, rms: int) -> int:
        mixed = number * _MIXER & 0xFFFFFFFF
        return self._table[(mixed >> 13 ^ number) % _SIZE] * rms // _UNIT

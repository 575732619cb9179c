"""The scale's side of the two volume truths: what the reservoir weighs, against the books.

Conversions are gathered in blocks of BLOCK; the mean of a block without its extremes is one
weight. deviation = weighed - booked. Two sums follow what it does: the largest fall and the
largest rise since it last turned, less TOLERATED of what was booked meanwhile. So slow errors add
up for as long as they last, and noise does not. 1 mg of the rig's liquid counts as 1 uL.
A block that is wide is either shaken, and not judged, or a fast flow, and judged whatever it is.

Fits 30 bits: counts are 24 bits signed; nL per 1024 counts at most 100,000, volumes to 1e8 nL.
"""

from pump.units import const

BLOCK = const(8)
# Bench figures for a 100 g cell: conversions scatter by 5 mg, warming by 10 degrees moves it by
# 30 mg, of which the compensation leaves a tenth. docs/sensing.md has the curve that follows.
ERROR_NL = const(60_000)  # so much too much or too little is no accident
TOLERATED = const(20)  # one part in so many of the volume booked: the head's own accuracy
JUMP_NL = const(200_000)  # from block to block: no flow of this rig does that, a hand does
RANGE_NL = const(60_000)  # within a block: shaken, or a flow that is out of hand
MISMATCH_NL = const(1_000_000)  # where the program declares no tolerance (R6.8.0(3))
LOW_MARGIN_NL = const(100_000)  # so far below the low level before the scale alone says so
_SILENT_MS = const(2_000)  # without a conversion: ten a second are due
_SAME = const(30)  # equal conversions in a row: noise would not allow it
_AGAIN = const(3)  # blocks, or conversions at the end of the range
_COUNTS_END = const(0x7FFFFF)
_DEGREES_CC_MAX = const(1_500)  # compensated at most: a hot chip is not a hot scale


class Weighing:
    """`fault`: the scale is not to be believed now; `jumped`: it was moved or loaded since the
    last look. `weighed_nl`: volume in the reservoir, residual included; -1 before the first
    block. over_nl, under_nl: what left too much, or too little, since the books were right.

    `calibration`: tare_raw (counts with an empty container), nl_per_1024 (nL in 1024 counts),
    drift_nl_degree (nL the reading rises by a degree), temperature_cc (when it was calibrated).
    """

    def __init__(self, calibration: dict) -> None:
        self.calibrate(calibration)
        self.fault = self.jumped = False
        self.weighed_nl = -1
        self.deviation_nl = 0
        self.over_nl = self.under_nl = 0
        self.blocks = 0  # judged, so that others see when there is a new one
        self._readings = self._silent_ms = 0
        self._raw = self._same = self._ends = 0
        self._n = self._first = self._sum = self._low = self._high = 0
        self._last = self._step = self._way = 0  # the one before; largest step, and all of them
        self._shaken = 0
        self._booked_nl = -1  # at the last block; -1: that one is the first

    def calibrate(self, calibration: dict) -> None:
        self.tare_raw: int = calibration["tare_raw"]
        self.nl_per_1024: int = calibration["nl_per_1024"]
        self.drift_nl_degree: int = calibration["drift_nl_degree"]
        self.temperature_cc: int = calibration["temperature_cc"]

    def begin(self) -> None:
        """The books are right as they are: what was wrong before is over, or somebody is at the
        reservoir."""
        self._booked_nl = -1
        self._n = 0
        self.over_nl = self.under_nl = 0

    def look(
        self, raw: int, readings: int, temperature_cc: int, booked_nl: int, passed_ms: int
    ) -> bool:
        """The last conversion, and how many there were so far. `booked_nl`: what the reservoir
        should hold. True when a block was judged."""
        self.jumped = False
        if readings == self._readings:
            self._silent_ms += passed_ms
            if self._silent_ms >= _SILENT_MS:
                self._disbelieve()
            return False
        self._readings = readings
        self._silent_ms = 0
        self._same = self._same + 1 if raw == self._raw else 0
        self._ends = self._ends + 1 if raw >= _COUNTS_END or raw < -_COUNTS_END else 0
        self._raw = raw
        if self._same >= _SAME or self._ends >= _AGAIN:
            self._disbelieve()
            return False
        if self._ends:
            return False
        degrees_cc = temperature_cc - self.temperature_cc
        degrees_cc = max(-_DEGREES_CC_MAX, min(_DEGREES_CC_MAX, degrees_cc))
        drift_nl = degrees_cc * self.drift_nl_degree // 100
        # Each against the books of its own instant: what flows within a block does not count.
        return self._gather(self._volume_nl(raw - self.tare_raw) - drift_nl - booked_nl, booked_nl)

    def _disbelieve(self) -> None:
        self.fault = True
        self._n = 0

    def _gather(self, off_nl: int, booked_nl: int) -> bool:
        """One conversion: so far off the books. True when it ends a block, and that is judged."""
        if self._n == 0:
            self._first = self._low = self._high = self._last = off_nl
            self._sum = self._step = self._way = 0
        self._low = min(self._low, off_nl)
        self._high = max(self._high, off_nl)
        self._sum += off_nl - self._first
        step_nl = abs(off_nl - self._last)
        self._step = max(self._step, step_nl)
        self._way += step_nl
        self._last = off_nl
        self._n += 1
        if self._n < BLOCK:
            return False
        self._n = 0
        range_nl = self._high - self._low
        wide = range_nl > RANGE_NL
        # What runs evenly one way is a flow, however fast; a hand or a shake comes in steps, and
        # goes to and fro. While the scale is not believed it is not believed in this either.
        evenly = self._step * 2 <= range_nl and self._way * 2 <= range_nl * 3
        flows = wide and evenly and not self.fault
        if wide and not flows:
            self._shaken += 1
            if self._shaken >= _AGAIN:
                self.fault = True
            return False
        self._shaken = 0
        self.fault = False
        first = self._first
        inner = self._sum - (self._low - first) - (self._high - first)
        deviation_nl = first + inner // (BLOCK - 2)
        self.weighed_nl = booked_nl + deviation_nl
        self._judge(deviation_nl, booked_nl, flows)
        return True

    def _judge(self, deviation_nl: int, booked_nl: int, flows: bool) -> None:
        if self._booked_nl >= 0:
            rise_nl = deviation_nl - self.deviation_nl
            if flows or -JUMP_NL <= rise_nl <= JUMP_NL:
                moved_nl = max(0, self._booked_nl - booked_nl)
                self.over_nl = max(0, self.over_nl - rise_nl - moved_nl // TOLERATED)
                self.under_nl = max(0, self.under_nl + rise_nl - moved_nl // TOLERATED)
            else:
                self.jumped = True
        self.deviation_nl = deviation_nl
        self._booked_nl = booked_nl
        self.blocks = (self.blocks + 1) & 0xFFFF

    def _volume_nl(self, counts: int) -> int:
        """Of so many counts. In two parts, so that no product needs more than 30 bits."""
        whole, part = counts >> 10, counts & 1023
        return whole * self.nl_per_1024 + (part * self.nl_per_1024 >> 10)

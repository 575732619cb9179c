"""How a packet of steps becomes ticks of the pulse generator. Pure arithmetic, no registers.

One tick is `div256 / 256` system clocks of 8 ns. It is chosen once per program so that the fastest
programmed rate has TICKS_FASTEST ticks between steps, exactly (clock divider 16.8), and it stays
the same through every change of rate: so packets chain in the generator without the CPU, and the
time line of the pulses is a sum of whole ticks, kept against pump time with its remainder.

A step interval is a whole number of ticks. When the true interval lies between p and p + 1, the
packet is cut in two runs, one of each: no interval is off by more than one tick, and no pulse by
more than a quarter of a step in a packet of 256.

Fits 30 bits: all but the span of a packet and the interval of a new rate, which need up to 60.
Those are made once a packet and once a change of rate, and cost some 100 bytes of heap.
"""

TICKS_FASTEST = 256
DIV_MIN = 40_000  # 1.25 us: a first delay of 22 bits still reaches 5 s ahead
DIV_MAX = 0xFFFFFF  # 16.8 bits, 0.524 ms
TICK_UNITS_PER_S = 32_000_000_000  # system clocks x 256 per second at 125 MHz
INTERVAL_MAX = 0x3FFFFF  # 22 bits


class Pulses:
    """The plan of one packet, in ticks from the packet's start. Reused, never replaced.

    first: to the first rising edge; interval: between the edges of the first run of `run` steps;
    then `run_longer` steps with interval + 1; span: of the packet; last: to the last edge.
    """

    def __init__(self, highest_nl_h: int, nl_per_1000_steps: int, time_scale: int) -> None:
        self.units_per_step = 18 * nl_per_1000_steps
        div = DIV_MAX
        if highest_nl_h:
            per_step = TICK_UNITS_PER_S * self.units_per_step // (5 * highest_nl_h * time_scale)
            div = per_step // TICKS_FASTEST
        self.div256 = min(DIV_MAX, max(DIV_MIN, div))
        self._per_pump_s = time_scale * self.div256  # TICK_UNITS_PER_S / this: ticks per pump s
        self._remainder = 0
        self._rate_nl_h = -1
        self._interval_16 = 0  # ticks x 16
        self.first = self.interval = self.run = self.run_longer = self.span = self.last = 0

    def plan(self, phase: int, rate_nl_h: int, steps: int, seconds: int) -> None:
        """Lay out `steps` over `seconds` of pump time that start at `phase` (pump.delivery)."""
        if rate_nl_h != self._rate_nl_h:
            self._rate_nl_h = rate_nl_h
            if rate_nl_h:
                ticks_16 = TICK_UNITS_PER_S * 16 * self.units_per_step
                ticks_16 //= 5 * rate_nl_h * self._per_pump_s
                self._interval_16 = min(INTERVAL_MAX << 4, ticks_16)
        units = TICK_UNITS_PER_S * seconds + self._remainder
        self.span = units // self._per_pump_s
        self._remainder = units - self.span * self._per_pump_s
        self.run = self.run_longer = self.last = 0
        if steps:
            # The part of a step still missing, in 1/256: 22 bits of units_per_step << 8 is 30.
            missing = ((self.units_per_step - phase) << 8) // self.units_per_step
            self.interval = self._interval_16 >> 4
            self.first = (missing * self.interval) >> 8
            self.run_longer = ((steps - 1) * (self._interval_16 & 15)) >> 4
            self.run = steps - self.run_longer
            self.last = self.first + (steps - 1) * self.interval + self.run_longer


def largest_first_delay_us(div256: int) -> int:
    """The longest wait for a first edge that fits the generator's 22 bits, microseconds."""
    return (INTERVAL_MAX * div256) // 32_000

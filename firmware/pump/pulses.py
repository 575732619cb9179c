"""How a packet of steps becomes ticks of the pulse generator. Pure arithmetic, no registers.

One tick is `div256 / 256` system clocks of 8 ns. It is chosen once per program so that the fastest
programmed rate has TICKS_FASTEST ticks between steps, or a larger number that the clock divider
(16.8 bits) can make, exactly; and it stays the same through every change of rate and of program,
up to 13 times that rate. So packets chain in the generator without the CPU, and the time line of
the pulses is a sum of whole ticks, kept against pump time with its remainder.

A step interval is a whole number of ticks. When the true interval lies between p and p + 1, the
packet is cut in two runs, one of each: no interval is off by more than one tick, and no pulse by
more than a quarter of a step in a packet of 256.

Fits 30 bits: all but the span of a packet, the interval of a new rate and the first wait of a
motor at rest, which need up to 60. They cost some 200 bytes of heap a packet.
"""

INTERVAL_MIN = 51  # what the generator's own instructions take
COARSE = 32  # its longest instruction: whole multiples of it cost the least
TICKS_FASTEST = INTERVAL_MIN + 20 * COARSE
_MIDDLE = 8  # its second longest
DIV_MIN = 39_500  # 1.23 us, 54 ticks at 15,000 Hz; a first delay of 22 bits still reaches 5 s
DIV_MAX = 0xFFFFFF  # 16.8 bits, 0.524 ms
TICK_UNITS_PER_S = 32_000_000_000  # system clocks x 256 per second at 125 MHz
TICK_UNITS_PER_US = 32_000
INTERVAL_MAX = 0x3FFFFF  # 22 bits of counts


class Pulses:
    """The plan of one packet. Reused, never replaced; all in ticks.

    run, interval: the first run's steps and the ticks between their edges; run_longer: steps of a
    second run, with interval + 1. `wait_chained` or `wait_resting` then gives the wait for the
    first edge, from the last edge before or from now.
    """

    def __init__(self, highest_nl_h: int, nl_per_1000_steps: int, time_scale: int) -> None:
        self.units_per_step = 18 * nl_per_1000_steps
        self._shift = 8
        while self._shift < 12 and self.units_per_step << self._shift + 1 < 1 << 30:
            self._shift += 1
        div = DIV_MAX
        if highest_nl_h:
            per_step = TICK_UNITS_PER_S * self.units_per_step // (5 * highest_nl_h * time_scale)
            more = (per_step + DIV_MAX - 1) // DIV_MAX - TICKS_FASTEST
            least = TICKS_FASTEST + max(0, (more + COARSE - 1) // COARSE) * COARSE
            ticks = least  # or up to a third more, if the clock divider fits better
            for other in range(least, least + 8 * COARSE, _MIDDLE):
                if per_step % other < per_step % ticks:
                    ticks = other
            div = per_step // ticks
        self.div256 = min(DIV_MAX, max(DIV_MIN, div))
        self._per_pump_s = time_scale * self.div256  # TICK_UNITS_PER_S / this: ticks per pump s
        self._remainder = 0
        self._rate_nl_h = -1
        self._interval_16 = 0  # ticks x 16
        self._first = 0  # from the packet's start to its first edge
        self._after = 0  # from the packet's last edge, if it falls where planned, to its end
        self._gap = 0  # from the last edge made to the start of this packet
        self.interval = self.run = self.run_longer = 0
        self.late_max = 0

    def plan(self, phase: int, rate_nl_h: int, steps: int, seconds: int) -> None:
        """Lay out `steps` over `seconds` of pump time that start at `phase` (pump.delivery)."""
        self._steady = rate_nl_h == self._rate_nl_h
        if not self._steady:
            self._rate_nl_h = rate_nl_h
            if rate_nl_h:
                ticks_16 = TICK_UNITS_PER_S * 16 * self.units_per_step
                ticks_16 //= 5 * rate_nl_h * self._per_pump_s
                self._interval_16 = min(INTERVAL_MAX << 4, ticks_16)
                self.interval = self._interval_16 >> 4
        units = TICK_UNITS_PER_S * seconds + self._remainder
        span = units // self._per_pump_s
        self._remainder = units - span * self._per_pump_s
        self.run = self.run_longer = 0
        if not steps:
            self._gap += span
            return
        # The part of a step still missing, as fine as 30 bits allow: 1/256 for the largest step.
        missing = ((self.units_per_step - phase) << self._shift) // self.units_per_step
        self._first = (missing * self.interval) >> self._shift
        self.run_longer = ((steps - 1) * (self._interval_16 & 15)) >> 4
        self.run = steps - self.run_longer
        self._after = span - self._first - (steps - 1) * self.interval - self.run_longer

    def wait_chained(self, overhead: int) -> int:
        """Ticks from the last edge to this packet's first, less `overhead`, never below zero.

        At a steady rate the interval is kept as long as that leaves the edge within 1/128 interval
        of its place, so that rounding at the seams of packets does not reach the motor.
        """
        due = self._gap + self._first
        wait = due
        slack = (self.interval >> 7) + 1
        if self._steady and -slack <= due - self.interval <= slack:
            wait = self.interval
        return self._place(wait - overhead, wait - due)

    def wait_resting(self, us_to_start: int, overhead: int) -> int:
        """Ticks from now to the first edge, less `overhead`; the packet starts in `us_to_start`
        of wall time."""
        wait = us_to_start * TICK_UNITS_PER_US // self.div256 + self._first
        return self._place(wait - overhead, 0)

    def _place(self, wait: int, shift: int) -> int:
        """What lies late, or was shifted, is taken off the gap to the next packet."""
        if wait < 0:
            shift -= wait
            self.late_max = max(self.late_max, -wait)
            wait = 0
        self._gap = self._after - shift
        return wait

    def rest(self) -> None:
        """The generator was emptied: nothing is chained on to."""
        self._gap = 0
        self._rate_nl_h = -1


def headroom_nl_h(highest_nl_h: int, nl_per_1000_steps: int, time_scale: int) -> int:
    """The highest rate that pulses prepared for `highest_nl_h` can still make."""
    div256 = Pulses(highest_nl_h, nl_per_1000_steps, time_scale).div256
    units = TICK_UNITS_PER_S * 18 * nl_per_1000_steps
    return units // (5 * time_scale * div256 * INTERVAL_MIN)

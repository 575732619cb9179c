"""Units of the controller, and what fits a small integer.

MicroPython on the RP2040 keeps integers below 2**30 in the reference itself; a larger one is an
object on the heap. Every product in a hot path of this package is bounded below 2**30, and each
module says which products those are. Volume is nL, flow nL/h, pump time whole seconds from the
start of the program, a step's volume the whole number of nL per 1000 steps (31.25 nL: 31250).
"""

try:
    from micropython import const as const
except ImportError:  # CPython: the same files run on the host

    def const(value: int) -> int:
        return value


HOUR_S = const(3600)
DAY_S = const(86400)
HOURS_PER_DAY = const(24)
WEEK_S = const(604800)
SMALL_INT_MAX = const(0x3FFFFFFF)
NEVER_S = const(0x3FFFFFFF)  # 34 years: later than any wake
# Of pump time: delivery ends here, 10 days before NEVER_S would come. 8.6 days at a scale of 1440.
END_S = const(1_072_800_000)

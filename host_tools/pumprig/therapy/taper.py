"""Which time constant keeps a taper within the largest daily reduction?"""

from typing import Final

HOURS_PER_DAY: Final = 24


def tau_dh(max_drop_permille: int, periodic: bool = False) -> int:
    """Time constant of the taper in tenths of an hour, for a drop of 10 to 500 permille a day.

    The device caps the rate at usable volume / tau, anew each hour. The volume, and with it the
    cap, then falls by 1/tau_h per hour, so the smallest tau that keeps a day's fall within the
    limit d solves (1 - 1/tau_h)^24 >= 1 - d. It is a little above the continuous law's
    -24 h / ln(1 - d), and found in integers because the limit must hold exactly.

    A periodic bolus takes its share of a day at once, at the cap of that hour. With any, tau is
    24 h / d, longer still: then not even a whole day at one cap takes more than d of the volume.
    """
    if periodic:
        return -(-10_000 * HOURS_PER_DAY // max_drop_permille)
    low, high = 10, 100_000  # low never satisfies the law (rate 0 after an hour), high always
    while high - low > 1:
        middle = (low + high) // 2
        if keeps_within(middle, max_drop_permille):
            high = middle
        else:
            low = middle
    return high


def keeps_within(tau_dh: int, max_drop_permille: int) -> bool:
    """Whether 24 hourly steps of this tau (tenths of an hour) lose no more than the limit."""
    left = (tau_dh - 10) ** HOURS_PER_DAY * 1000
    return left >= (1000 - max_drop_permille) * tau_dh**HOURS_PER_DAY

"""Which start dose does a screening result suggest? Offered, never applied.

docs/sources.md, U: twice the screening dose that worked, over 24 h; if that bolus held for more
than 8 h, the screening dose itself over 24 h. No increase in the first 24 h.
"""

from typing import Final

LONG_H: Final = 8


def start_dose_ug_day(effective_ug: int, held_h: int) -> int:
    """ug/day from the screening bolus that worked (ug) and how long it held (whole hours)."""
    return effective_ug if held_h > LONG_H else 2 * effective_ug

"""What a NOR flash may hold when its power goes in the middle of an erase or a program.

An erase lifts bits to 1 and a program pulls bits to 0, each bit in its own time. So at any instant
some of the bits that were to change have changed: none, a few, most or all. Which, is chance.
"""

from random import Random


def torn(before: bytes, after: bytes, chance: Random) -> bytes:
    """Something between `before` and `after`. Of the bits that differ, a share has changed; or, as
    often, all of the first bytes and none of the rest."""
    if chance.random() < 0.25:
        whole = chance.randrange(len(before) + 1)
        return after[:whole] + before[whole:]
    share = chance.choice((0.0, 0.01, 0.99, 1.0, chance.random(), chance.random()))
    changed = bytearray(before)
    for at, (old, new) in enumerate(zip(before, after, strict=True)):
        left = old ^ new
        while left:
            bit = left & -left
            left -= bit
            if chance.random() < share:
                changed[at] ^= bit
    return bytes(changed)

"""State over a reset: one record as bytes, with a sequence number and a CRC-32.

Two slots are written in turn, so a power cut in the middle of one leaves the other. `newest()`
takes the sound record with the higher number; a damaged one is never guessed at.
"""

import binascii
import json

# What may have been delivered since the last record: a record is due after this much. 50 uL is
# 100 ug of baclofen at 2000 ug/mL, a fifth of a typical day.
BOUND_NL = 50_000


def encode(sequence: int, state: dict) -> bytes:
    text = json.dumps([sequence, state]).encode()
    return b"%08x" % binascii.crc32(text) + text


def decode(data: bytes) -> "tuple[int, dict] | None":
    """(sequence, state), or None for anything that is not a whole, unaltered record."""
    if data[:8] != b"%08x" % binascii.crc32(data[8:]):
        return None
    try:
        sequence, state = json.loads(data[8:])
    except (ValueError, TypeError):
        return None
    return sequence, state


def newest(slots: "list[bytes]") -> "tuple[int, dict] | None":
    """The sound record with the highest sequence number, or None when there is none."""
    best = None
    for data in slots:
        record = decode(data)
        if record and (best is None or record[0] > best[0]):
            best = record
    return best

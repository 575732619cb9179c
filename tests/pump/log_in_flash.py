"""A log in a small flash, and all that can be read back of it."""

from nor_flash import NorFlash

from pump import ring
from pump.export import count_gaps, page
from pump.ring import Ring, length_at, sequence_at

FIRST, SECTORS = 2, 5


def fresh(filled: int = 0xFF) -> NorFlash:
    return NorFlash(FIRST + SECTORS + 1, filled)


def opened(flash: NorFlash) -> Ring:
    log = Ring(flash, FIRST, SECTORS)
    count_gaps(log)
    return log


def everything(log: Ring, max_bytes: int = 700) -> list[tuple[int, str]]:
    """(number, text) of all that can be exported, page by page."""
    found: list[tuple[int, str]] = []
    data, following = page(log, 1, max_bytes)
    while data:
        assert len(data) <= max_bytes
        at = 0
        while at < len(data):
            length = length_at(data, at)
            assert length, "an export holds whole records only"
            text = data[at + ring.HEAD_BYTES : at + length - ring.SUM_BYTES].decode()
            found.append((sequence_at(data, at), text))
            at += length
        assert following == found[-1][0] + 1
        data, following = page(log, following, max_bytes)
    return found


def in_a_second_sector(records: int) -> tuple[NorFlash, Ring]:
    flash = fresh()
    log = opened(flash)
    while not flash.erases[FIRST + 1]:
        log.append(1, 0, "12345")
    for _ in range(records - 1):
        log.append(1, 0, "12345")
    return flash, log

"""The log read back: pages of it for who asks, and what is missing at its end.

Loaded after the first packets are with the motor; the ring itself does without.
"""

from pump.ring import TRIES, Ring, sequence_at, sound_in
from pump.slots import SECTOR_BYTES, SECTOR_PAGES

_SECTORS_READ = 4  # where a record should be, the two behind it, and the next that has any
_PROOFS = 4  # of what sectors say, before the rest of a log so damaged is given up


def page(ring: Ring, from_sequence: int, max_bytes: int) -> "tuple[bytes, int]":
    """Whole records as they lie in flash, from number `from_sequence` or the next there is,
    and the number to go on from, above `sequence` when there is no more. No bytes: there is no
    more. `max_bytes` of 122 or more always gets on. A stranger may ask for any: reads four
    sectors more than so many bytes fill, and the beginning of each when it begins somewhere
    else than the page before ended."""
    wanted = max(1, from_sequence)
    if wanted > ring.sequence:
        return b"", wanted
    sector = _sector_of(ring, wanted)
    out = bytearray()
    most = left = _SECTORS_READ + max_bytes // SECTOR_BYTES
    while left and sector >= 0:
        ring.hint, begun = sector, wanted
        for number in range(SECTOR_PAGES):
            data = ring.read(sector, number)
            for at in sound_in(data, wanted - 1):
                if len(out) + data[at] > max_bytes:
                    return bytes(out), wanted
                out += memoryview(data)[at : at + data[at]]
                wanted = sequence_at(data, at) + 1
        if sector == ring.sector:
            return bytes(out), ring.sequence + 1
        if wanted > begun or left >= most - 1:
            sector = ring.after(sector)
        elif out:
            break
        else:  # damaged from there on
            sector = _find(ring, wanted, True)
        left -= 1
    return bytes(out), wanted if out else ring.sequence + 1


def _sector_of(ring: Ring, wanted: int) -> int:
    for sector in (ring.hint, ring.after(ring.hint)):
        if _holds(ring, sector, wanted):
            return sector
    return _find(ring, wanted, False)


def _holds(ring: Ring, sector: int, wanted: int) -> bool:
    """Whether `wanted` lies in that sector, by its beginning and the next one's."""
    if sector == ring.following() or not 0 < ring.first_sequence(sector) <= wanted:
        return False
    return sector == ring.sector or ring.first_sequence(ring.after(sector)) > wanted


def _find(ring: Ring, wanted: int, above: bool) -> int:
    """The sector that begins with the last number up to `wanted`; where there is none, or with
    `above`, the one that begins with the next number; -1: there is neither. The sector that
    comes next does not count: a power cut may have left it half erased."""
    said = _numbers(ring)
    for _ in range(_PROOFS):
        number = 0 if above else max([0] + [each for each in said if each <= wanted])
        if not number:
            number = min([each for each in said if each > wanted] or [0])
        if not number:
            break
        sector = said.index(number)
        said[sector] = ring.first_sequence(sector)
        if said[sector] == number:
            return sector
    return -1


def _numbers(ring: Ring) -> "list[int]":
    """What each sector's first number is. It is proved where it does not fit in with that of
    the sector behind it, as far as there is time for that."""
    said = [ring.number_said(sector) for sector in range(ring.sectors)]
    said[ring.following()] = 0
    sector, behind, proofs = ring.sector, ring.sequence, _PROOFS
    for _ in range(ring.sectors):
        number = said[sector]
        if (number < 0 or number > behind) and proofs:
            proofs -= 1
            number = ring.first_sequence(sector)
        said[sector] = number if 0 < number <= ring.sequence else 0
        behind = said[sector] or behind
        sector = (sector - 1) % ring.sectors
    return said


def count_gaps(ring: Ring) -> None:
    """Once after a boot: what is missing in the sector where the log ended then, and right
    before it. Some 60 ms for a full one, which no start has to spare."""
    last = _last_before(ring, ring.ended)
    for number in range(SECTOR_PAGES):
        page = ring.read(ring.ended, number)
        for at in sound_in(page, 0):
            number_at = sequence_at(page, at)
            if number_at > last:
                ring.gaps += number_at - last - 1
                last = number_at


def _last_before(ring: Ring, sector: int) -> int:
    """The number of the last sound record in the sectors before `sector`, as far back as
    append leaves any out; 0: there is none."""
    for _ in range(TRIES):
        sector = (sector - 1) % ring.sectors
        for number in reversed(range(SECTOR_PAGES)):
            page, last = ring.read(sector, number), 0
            for at in sound_in(page, 0):
                last = sequence_at(page, at)
            if last:
                return last
    return 0

"""The log: small records, one behind the other, in a ring of flash sectors. None is changed.

    offset  bytes
    0       1      length of the whole record
    1       1      kind
    2       4      sequence number, from 1
    6       4      pump time in s, signed
    10      8      SHA-256 of the record before, its first 8 bytes
    18             text, UTF-8
    end     4      CRC-32 of all before it

A record lies within a page, and several share one: a program clears bits and touches no other.
What a power cut tears has no right sum and takes no number: the next record has the same one. So a
number that is missing is a record that is damaged or gone, and a record that was edited does not
match what its successor says of it.
"""

import binascii
import hashlib

from pump.slots import PAGE_BYTES, SECTOR_PAGES

HEAD_BYTES, SUM_BYTES, HASH_BYTES = 18, 4, 8
LEAST_BYTES = HEAD_BYTES + SUM_BYTES
TEXT_BYTES_MAX = 100
KIND_MAX = 31  # no letter: most of what is no record is seen at once
TRIES = 3  # pages that do not take a record before it is given up
NO_HASH = bytes(HASH_BYTES)
BLANK = b"\xff" * PAGE_BYTES


def encode(kind: int, sequence: int, t_s: int, before: bytes, text: bytes) -> bytes:
    """A record. `text` is cut to TEXT_BYTES_MAX bytes."""
    text = text[:TEXT_BYTES_MAX]
    record = bytes((LEAST_BYTES + len(text), kind))
    record += sequence.to_bytes(4, "little") + (t_s & 0xFFFFFFFF).to_bytes(4, "little")
    record += before + text
    return record + binascii.crc32(record).to_bytes(SUM_BYTES, "little")


def length_at(data, at: int) -> int:
    """The length of the sound record at `at` of `data`, or 0 if there is none."""
    length = data[at]
    end = at + length
    if length < LEAST_BYTES or end > len(data) or data[at + 1] > KIND_MAX:
        return 0
    crc = binascii.crc32(memoryview(data)[at : end - SUM_BYTES])
    return length if crc == _u32(data, end - SUM_BYTES) else 0


def sequence_at(data, at: int) -> int:
    return _u32(data, at + 2)


def digest(record) -> bytes:
    """What the next record says of this one."""
    return hashlib.sha256(record).digest()[:HASH_BYTES]


def sound_in(data, after: int):
    """Offsets of the sound records in `data`, a page, with numbers above `after`. Behind what is
    damaged the next is looked for byte by byte."""
    at = 0
    while at + LEAST_BYTES <= len(data):
        if data[at] == 0xFF and data[at:] == BLANK[at:]:
            return
        length = length_at(data, at)
        if length and sequence_at(data, at) > after:
            after = sequence_at(data, at)
            yield at
        at += length or 1


class Ring:
    """`sectors` sectors from sector `first` of `flash` (see pump.slots)."""

    def __init__(self, flash, first: int, sectors: int) -> None:
        self._flash = flash
        self._first = first
        self._sectors = sectors
        self._page = bytearray(PAGE_BYTES)
        self._back = bytearray(PAGE_BYTES)
        self._head = bytearray(6)  # length, kind and number
        self._erased = -1  # the sector that was erased to come next
        self.sequence = 0  # of the last record; 0: there is none
        self.head = NO_HASH  # of the last record: what an export must end with
        self.gaps = 0  # numbers missing at its end at power-up, once they are counted
        self.failed = 0  # records that did not read back right since power-up
        self._hint = 0  # the sector that the last page ended in
        self._sector, self._at = sectors - 1, SECTOR_PAGES * PAGE_BYTES
        self._find_end()
        self._ended = self._sector  # at power-up

    def _read(self, sector: int, page: int) -> bytearray:
        self._flash.read(self._first + sector, page * PAGE_BYTES, self._page)
        return self._page

    def _following(self) -> int:
        return (self._sector + 1) % self._sectors

    def _first_sequence(self, sector: int) -> int:
        """The number of the first sound record in a sector, 0 if there is none."""
        blank = 0
        for number in range(SECTOR_PAGES):
            page = self._read(sector, number)
            if page[0] == 0xFF and page[1] == 0xFF:  # no record has either, and one may be damaged
                blank += 1
                if blank == 2:  # nothing was written here
                    return 0
                continue
            for at in sound_in(page, 0):
                return sequence_at(page, at)
        return 0

    def _number_said(self, sector: int) -> int:
        """What the first record of a sector says its number is, unproved; 0 where nothing was
        written. To check each one's sum would take a tenth of a second at every boot."""
        for number in range(2):
            self._flash.read(self._first + sector, number * PAGE_BYTES, self._head)
            if self._head[0] != 0xFF or self._head[1] != 0xFF:
                said = 0 if number else sequence_at(self._head, 0)
                return said or self._first_sequence(sector)
        return 0

    def _find_end(self) -> None:
        said = [self._number_said(sector) for sector in range(self._sectors)]
        while not self.sequence:
            highest = max(said)
            if not highest:
                return
            self._sector = said.index(highest)
            proved = said[self._sector] = self._first_sequence(self._sector)
            if proved == highest:
                self.sequence = highest
        # A number that damage has made lower hides its sector, which comes next.
        number = self._first_sequence(self._following())
        while number > self.sequence:
            self.sequence, self._sector = number, self._following()
            number = self._first_sequence(self._following())
        self._at = 0
        for number in reversed(range(SECTOR_PAGES)):
            page, last = self._read(self._sector, number), -1
            if page == BLANK:
                continue
            if not self._at:  # a page that was torn is not gone on with
                self._at = (number + 1) * PAGE_BYTES
            for at in sound_in(page, 0):
                self.sequence, last = sequence_at(page, at), at
            if last >= 0:
                self.head = digest(memoryview(page)[last : last + page[last]])
                return

    def count_gaps(self) -> None:
        """Once after a boot: what is missing in the sector where the log ended then. Some 60 ms
        for a full one, which no start has to spare."""
        last = 0
        for number in range(SECTOR_PAGES):
            page = self._read(self._ended, number)
            for at in sound_in(page, last):
                if last:
                    self.gaps += sequence_at(page, at) - last - 1
                last = sequence_at(page, at)

    # -- writing ---------------------------------------------------------------------------------
    def append(self, kind: int, t_s: int, text: str) -> bool:
        """Add a record; True when it has been read back and found right."""
        record = encode(kind, self.sequence + 1, t_s, self.head, text.encode())
        for _ in range(TRIES):
            if self._put(record):
                self.sequence += 1
                self.head = digest(record)
                return True
            self.failed += 1
            self._at = _next_page(self._at)
        return False

    def _put(self, record: bytes) -> bool:
        if self._at % PAGE_BYTES + len(record) > PAGE_BYTES:
            self._at = _next_page(self._at)
        if self._at >= SECTOR_PAGES * PAGE_BYTES:
            following = self._following()
            if self._erased != following:
                self._flash.erase(self._first + following)
            self._sector, self._at, self._erased = following, 0, -1
        page, inside = self._page, self._at % PAGE_BYTES
        page[:] = BLANK
        page[inside : inside + len(record)] = record
        offset = self._at - inside
        self._flash.program(self._first + self._sector, offset, page)
        self._flash.read(self._first + self._sector, offset, self._back)
        self._at += len(record)
        return self._back[inside : inside + len(record)] == record

    def tend(self) -> bool:
        """Erase the next sector once this one is half full. Whether that was done."""
        following = self._following()
        if self._erased == following or self._at < SECTOR_PAGES // 2 * PAGE_BYTES:
            return False
        if not self.sequence:  # nothing was ever written: the first record erases for itself
            return False
        self._flash.erase(self._first + following)
        self._erased = following
        return True

    # -- reading ---------------------------------------------------------------------------------
    def _sector_of(self, wanted: int) -> int:
        """The sector where record `wanted` is, or the oldest one if it is gone. The one that comes
        next does not count: a power cut may have left it half erased."""
        found, best, oldest = self._sector, 0, self.sequence + 1
        for sector in range(self._sectors):
            if sector == self._following():
                continue
            number = self._first_sequence(sector)
            if best < number <= wanted:
                found, best = sector, number
            elif not best and 0 < number < oldest:
                found, oldest = sector, number
        return found

    def page(self, from_sequence: int, max_bytes: int) -> "tuple[bytes, int]":
        """Whole records as they lie in flash, from number `from_sequence` or the oldest there is,
        and the number to go on from. No bytes: there is no more. `max_bytes` of 122 or more always
        gets on. Reads some pages, of each sector when it begins somewhere else than it ended."""
        out = bytearray()
        wanted = max(1, from_sequence)
        if wanted > self.sequence:
            return b"", wanted
        sector = self._hint
        if sector == self._following() or not 0 < self._first_sequence(sector) <= wanted:
            sector = self._sector_of(wanted)
        while True:
            self._hint = sector
            for number in range(SECTOR_PAGES):
                data = self._read(sector, number)
                for at in sound_in(data, wanted - 1):
                    if len(out) + data[at] > max_bytes:
                        return bytes(out), wanted
                    out += memoryview(data)[at : at + data[at]]
                    wanted = sequence_at(data, at) + 1
            if sector == self._sector:
                return bytes(out), wanted
            sector = (sector + 1) % self._sectors


def _next_page(at: int) -> int:
    return (at + PAGE_BYTES - 1) // PAGE_BYTES * PAGE_BYTES


def _u32(data, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")

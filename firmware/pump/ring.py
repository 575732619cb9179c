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
match what its successor says of it. The first record of a sector begins its first page; a sector
whose first page does not take it is left out.
"""

import binascii
import hashlib

from pump.slots import PAGE_BYTES, SECTOR_PAGES, TAG

HEAD_BYTES, SUM_BYTES, HASH_BYTES = 18, 4, 8
LEAST_BYTES = HEAD_BYTES + SUM_BYTES
TEXT_BYTES_MAX = 100
KIND_MAX = 31  # no letter: most of what is no record is seen at once
TRIES = 3  # pages or sectors that do not take a record before it is given up
NO_HASH = bytes(HASH_BYTES)
BLANK = b"\xff" * PAGE_BYTES
_CLAIM_BYTES = 6  # length, kind and number
_UNWRITTEN, _TAGGED = BLANK[:_CLAIM_BYTES], TAG[:_CLAIM_BYTES]


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
    """`sectors` sectors from sector `first` of `flash` (see pump.slots). What reads it back is in
    pump.export: a start, which writes to it, has no time to load that."""

    def __init__(self, flash, first: int, sectors: int) -> None:
        self._flash = flash
        self._first = first
        self.sectors = sectors
        self._page = bytearray(PAGE_BYTES)
        self._back = bytearray(PAGE_BYTES)
        self._head = bytearray(_CLAIM_BYTES)
        self._erased = -1  # the sector that was erased to come next
        self.sequence = 0  # of the last record; 0: there is none
        self.head = NO_HASH  # of the last record: what an export must end with
        self.gaps = 0  # numbers missing at its end at power-up: pump.export.count_gaps
        self.failed = 0  # records that did not read back right since power-up
        self.hint = 0  # the sector that the last page of an export ended in
        self.sector, self._at = sectors - 1, SECTOR_PAGES * PAGE_BYTES
        self._find_end()
        self.ended = self.sector  # at power-up

    def read(self, sector: int, page: int) -> bytearray:
        self._flash.read(self._first + sector, page * PAGE_BYTES, self._page)
        return self._page

    def after(self, sector: int) -> int:
        return (sector + 1) % self.sectors

    def following(self) -> int:
        return self.after(self.sector)

    def first_sequence(self, sector: int) -> int:
        """The number of the first sound record in a sector, 0 if there is none."""
        blank = 0
        for number in range(SECTOR_PAGES):
            page = self.read(sector, number)
            if page == BLANK:  # one may be what a failed program left
                blank += 1
                if blank == 2:  # nothing was written here
                    return 0
                continue
            for at in sound_in(page, 0):
                return sequence_at(page, at)
        return 0

    def number_said(self, sector: int) -> int:
        """What the first record of a sector says its number is, unproved; 0 where nothing was
        written, -1 where something was, and no number. To check each one's sum would take a tenth
        of a second at every boot."""
        head = self._head
        for number in range(2):
            self._flash.read(self._first + sector, number * PAGE_BYTES, head)
            if head == _TAGGED:
                return 0
            if head != _UNWRITTEN:  # the first page, or what is left of it
                return -1 if number else sequence_at(head, 0) or -1
        return 0

    def _find_end(self) -> None:
        said = [self.number_said(sector) for sector in range(self.sectors)]
        while not self.sequence:
            highest = max(said)
            if highest <= 0:
                if -1 not in said:
                    return
                highest = -1
            self.sector = said.index(highest)
            said[self.sector] = self.first_sequence(self.sector)
            if said[self.sector] == highest:
                self.sequence = highest
        # A number that damage has made lower hides its sector, which comes next.
        number = self.first_sequence(self.following())
        while number > self.sequence:
            self.sequence, self.sector = number, self.following()
            number = self.first_sequence(self.following())
        self._at = 0
        for number in reversed(range(SECTOR_PAGES)):
            page, last = self.read(self.sector, number), -1
            if page == BLANK:
                continue
            if not self._at:  # a page that was torn is not gone on with
                self._at = (number + 1) * PAGE_BYTES
            for at in sound_in(page, 0):
                self.sequence, last = sequence_at(page, at), at
            if last >= 0:
                self.head = digest(memoryview(page)[last : last + page[last]])
                return

    def go_on_from(self, sequence: int) -> None:
        """Records up to that number are known to have been here: their numbers are not given
        again, and what is damaged of them shows as a gap."""
        self.sequence = max(self.sequence, sequence)

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
            if self._at == len(record):  # it was to begin a sector, and is looked for there
                self._at = SECTOR_PAGES * PAGE_BYTES
            self._at = _next_page(self._at)
        return False

    def _put(self, record: bytes) -> bool:
        if self._at % PAGE_BYTES + len(record) > PAGE_BYTES:
            self._at = _next_page(self._at)
        if self._at >= SECTOR_PAGES * PAGE_BYTES:
            following = self.following()
            if self._erased != following:
                self._flash.erase(self._first + following)
            self.sector, self._at, self._erased = following, 0, -1
        page, inside = self._page, self._at % PAGE_BYTES
        page[:] = BLANK
        page[inside : inside + len(record)] = record
        offset = self._at - inside
        self._flash.program(self._first + self.sector, offset, page)
        self._flash.read(self._first + self.sector, offset, self._back)
        self._at += len(record)
        return self._back[inside : inside + len(record)] == record

    def tend(self) -> bool:
        """Erase the next sector once this one is half full. Whether that was done."""
        following = self.following()
        if self._erased == following or self._at < SECTOR_PAGES // 2 * PAGE_BYTES:
            return False
        if not self.sequence:  # nothing was ever written: the first record erases for itself
            return False
        self._flash.erase(self._first + following)
        self._erased = following
        return True


def _next_page(at: int) -> int:
    return (at + PAGE_BYTES - 1) // PAGE_BYTES * PAGE_BYTES


def _u32(data, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")

"""Records of some kB in flash, of which the newest counts: the state over a reset, and histories.

A ring of slots, each of one or more erase sectors. A record starts on a page, never leaves its
slot, and is never written over: the next one goes behind it, or to the next slot, which was erased
for it. So whatever a power cut tears is the record under way, and the one before it is whole.

    offset  bytes
    0       1      KIND
    1       1      VERSION
    2       2      length of the text
    4       4      sequence number, from 1
    8       4      CRC-32 of bytes 0 to 7 and the text
    12      1      0xFF; 0 once the record has been read back and found right
    13      3      the sequence number's low 24 bits again, each inverted
    16      4      the sequence number again, each bit inverted
    20             the text: JSON

The mark at 12 tells a record that a power cut tore, which nobody was promised, from one that was
whole once and is damaged. `missed` says how many damaged ones are newer than the newest sound one:
what they held is lost, and the ledger must allow for it. Any byte may be what was hit, so two of
the three numbers must agree. A torn erase of an old record makes no newer one of it: it sets bits,
which raises the plain number and lowers the inverted ones.

After a boot the next record opens a fresh slot. What a torn program leaves behind may read as
blank and still not hold what is written there. The slot of the newest record is never opened
before a newer one is whole, and no slot whose damage is still to be told: a flash that takes
nothing any more, or a cut during recovery, leaves what there was.
"""

import binascii
import io
import json

SECTOR_BYTES, PAGE_BYTES = 4096, 256  # erase and program units of the Pico's W25Q16
SECTOR_PAGES = SECTOR_BYTES // PAGE_BYTES
HEAD_BYTES = 20
KIND, VERSION = 0xA5, 1  # KIND is no first byte of a UTF-8 character: no page of text has it
TAG = b"pumprig journal "  # a sector begins with that until it is written to: drivers/flash.py
TRIES = 3  # slots in a row that do not take a record before it is given up
# Room for one record's text, taken when the heap is still in one piece: years later no block of
# this length need be free any more. A longer text asks for its room; seen, with 48 steps: 3023.
TEXT_BYTES = 4096
_DONE_AT, _LOW_AGAIN_AT, _AGAIN_AT = 12, 13, 16
_LOW = 0xFFFFFF  # 16 million records are more than the flash lasts for
_text = io.BytesIO(bytes(TEXT_BYTES))
_text.write(b"{")  # MicroPython makes the copy that can be written now


class Slots:
    """`slots` slots of `slot_sectors` sectors from sector `first` of `flash`, which offers

    read(sector, offset, into), program(sector, offset, page), erase(sector);
    a program clears bits of one page and sets none; both may fail without saying so.
    """

    def __init__(self, flash, first: int, slots: int, slot_sectors: int) -> None:
        self._flash = flash
        self._first = first
        self._slots = slots
        self._sectors = slot_sectors
        self._pages = slot_sectors * SECTOR_PAGES
        self._page = bytearray(PAGE_BYTES)
        self._back = bytearray(PAGE_BYTES)
        self._head = bytearray(HEAD_BYTES)
        self._ahead = 0  # sectors of the next slot that are erased
        self.failed = 0  # records that did not read back right since power-up
        self.missed = 0
        self.sequence = 0
        self._highest = (0, -1)  # number and page of what was whole once, damaged or not
        self._newest = self._sound_before((1 << 32, 0), True)
        if self._newest:
            self.sequence = self._newest[0]
            self._highest = max(self._highest, self._newest)
        self._before = self._newest  # by the last write
        self._slot = self._highest[1] // self._pages if self._highest[0] else slots - 1
        self.missed = max(0, self._highest[0] - self.sequence)
        self.sequence += self.missed
        self._at = self._pages  # full, in effect: the first record opens a slot

    # -- reading ---------------------------------------------------------------------------------
    def newest(self) -> "dict | None":
        """The newest sound record, or None when there is none."""
        return self._load(self._newest) if self._newest else None

    def still_sound(self) -> bool:
        """Whether the newest record can still be read."""
        at = self._newest
        return at is None or (self._is_sound(at[1]) and _u32(self._head, 4) == at[0])

    def recent(self, count: int) -> "list[dict]":
        """The last `count` records that are sound, the newest first."""
        found: list[dict] = []
        at = self._newest
        while at and len(found) < count:
            found.append(self._load(at))
            at = self._sound_before(at)
        return found

    def _read(self, index: int, offset: int, into) -> None:
        """`index`: page within the ring."""
        sector, page = divmod(index, SECTOR_PAGES)
        self._flash.read(self._first + sector, page * PAGE_BYTES + offset, into)

    def _heads(self):
        """The number of each page that may begin a record, its beginning read into self._head.
        Text has no control characters, and blank pages have none: most of a start's scan."""
        read, head, index = self._flash.read, self._head, 0
        for sector in range(self._first, self._first + self._slots * self._sectors):
            for offset in range(0, SECTOR_BYTES, PAGE_BYTES):
                read(sector, offset, head)
                if head[1] == VERSION or head[_DONE_AT] < 0x20:
                    yield index
                index += 1

    def _sound_before(
        self, limit: "tuple[int, int]", count: bool = False
    ) -> "tuple[int, int] | None":
        """(sequence, page) of the newest sound record below `limit` in that order. `count`: look
        for the highest number on the way, so that a boot reads all of it once."""
        head = self._head
        while True:
            best = (0, 0)
            for index in self._heads():
                if count:
                    self._note_number(index)
                if head[0] == KIND and head[1] == VERSION:
                    at = (_u32(head, 4), index)
                    if best < at < limit:
                        best = at
            if not best[0]:
                return None
            if self._is_sound(best[1]):
                return best
            limit, count = best, False

    def _is_sound(self, index: int) -> bool:
        head, page = self._head, self._page
        self._read(index, 0, head)
        left = head[2] | head[3] << 8
        if not self._fits(index, left):
            return False
        crc = binascii.crc32(memoryview(head)[:8])
        begin = HEAD_BYTES
        while left > 0:
            self._read(index, 0, page)
            part = min(left, PAGE_BYTES - begin)
            crc = binascii.crc32(memoryview(page)[begin : begin + part], crc)
            left -= part
            begin = 0
            index += 1
        return crc == _u32(head, 8)

    def _fits(self, index: int, length: int) -> bool:
        return length > 0 and index % self._pages + _pages(length) <= self._pages

    def _load(self, at: "tuple[int, int]") -> dict:
        self._read(at[1], 0, self._head)
        text = bytearray(self._head[2] | self._head[3] << 8)
        whole, done = memoryview(text), 0
        index, offset = at[1], HEAD_BYTES
        while done < len(text):
            part = min(len(text) - done, PAGE_BYTES - offset)
            self._read(index, offset, whole[done : done + part])
            done += part
            index += 1
            offset = 0
        return json.loads(text)

    def _note_number(self, index: int) -> None:
        """Of the record at page `index`, whose head was read, if it was whole once."""
        head = self._head
        done = head[_DONE_AT]
        if done == 0xFF or _ones(done) >= 4:  # torn, or no record
            return
        plain = _u32(head, 4) & _LOW
        again = _u32(head, _AGAIN_AT) & _LOW ^ _LOW
        low = int.from_bytes(head[_LOW_AGAIN_AT:_AGAIN_AT], "little") ^ _LOW
        if plain in (again, low):
            self._highest = max(self._highest, (plain, index))
        elif again == low and head[0] == KIND:
            self._highest = max(self._highest, (again, index))

    # -- writing ---------------------------------------------------------------------------------
    def write(self, state: dict, copies: int = 1) -> bool:
        """Keep `state`; True when it has been read back and found right. `copies` go to slots of
        their own, so that no single damage loses them. Refused, False: longer than a slot."""
        length = _write_text(state)
        if not self._fits(0, length):
            self.failed += 1
            return False
        self._before, kept = self._newest, 0
        guarded = [self._newest[1] // self._pages] if self._newest else []
        for copy in range(copies):
            if copy:
                self._at = self._pages
            if self._put(length, guarded):
                kept += 1
                guarded.append(self._slot)
        return kept == copies

    def take_back(self) -> None:
        """After a write that kept one copy and not the other: neither counts. A program clears
        bits, so a page of zeros takes the place of its head."""
        if self._newest and self._newest != self._before:
            sector, at = divmod(self._newest[1], SECTOR_PAGES)
            self._flash.program(self._first + sector, at * PAGE_BYTES, bytes(PAGE_BYTES))
        self._newest = self._before

    def tend(self) -> bool:
        """Erase a sector of the slot that comes next, if one is due: what takes its time is done
        before it is needed. Whether anything was done."""
        if self._at == self._pages or self._ahead == self._sectors:
            return False
        self._erase_ahead((self._slot + 1) % self._slots)
        return True

    def _erase_ahead(self, slot: int) -> None:
        self._flash.erase(self._first + slot * self._sectors + self._ahead)
        self._ahead += 1

    def _open(self, guarded: "list[int]") -> bool:
        """The next slot that holds nothing `guarded`, erased."""
        slot = self._slot
        for _ in range(self._slots):
            slot = (slot + 1) % self._slots
            if slot not in guarded:
                while self._ahead < self._sectors:
                    self._erase_ahead(slot)
                self._slot, self._at, self._ahead = slot, 0, 0
                return True
            self._ahead = 0
        return False

    def _put(self, length: int, guarded: "list[int]") -> bool:
        """The first `length` bytes of the text."""
        for _ in range(TRIES):
            if self._at + _pages(length) > self._pages and not self._open(guarded):
                break
            self.sequence += 1
            index = self._slot * self._pages + self._at
            if self._program(index, length):
                self._newest = (self.sequence, index)
                self._at += _pages(length)
                return True
            self.failed += 1
            self._at = self._pages  # whatever is wrong with this slot, the next one is fresh
        return False

    def _program(self, index: int, length: int) -> bool:
        head, page = self._head, self._page
        head[:] = b"\xff" * HEAD_BYTES
        head[0], head[1] = KIND, VERSION
        head[2:4] = length.to_bytes(2, "little")
        head[4:8] = self.sequence.to_bytes(4, "little")
        crc = binascii.crc32(memoryview(head)[:8])
        for part in self._text_parts(length):
            crc = binascii.crc32(part, crc)
        head[8:12] = crc.to_bytes(4, "little")
        head[_LOW_AGAIN_AT:_AGAIN_AT] = (self.sequence & _LOW ^ _LOW).to_bytes(3, "little")
        head[_AGAIN_AT:] = (self.sequence ^ 0xFFFFFFFF).to_bytes(4, "little")
        for number, _ in enumerate(self._text_parts(length)):
            if not number:
                page[:HEAD_BYTES] = head
            if not self._write_page(index + number, page):
                return False
        page[:] = b"\xff" * PAGE_BYTES
        page[_DONE_AT] = 0
        sector, at = divmod(index, SECTOR_PAGES)
        self._flash.program(self._first + sector, at * PAGE_BYTES, page)
        return True

    def _text_parts(self, length: int):
        """What goes on each page, in its place in self._page, blank around it."""
        page, begin = self._page, HEAD_BYTES
        _text.seek(0)
        while length > 0:
            page[:] = b"\xff" * PAGE_BYTES
            part = memoryview(page)[begin : begin + length]  # at most to the end of the page
            _text.readinto(part)
            yield part
            length -= len(part)
            begin = 0

    def _write_page(self, index: int, page: bytearray) -> bool:
        sector, at = divmod(index, SECTOR_PAGES)
        self._flash.program(self._first + sector, at * PAGE_BYTES, page)
        self._read(index, 0, self._back)
        return self._back == page


def _write_text(state: dict) -> int:
    """`state` as JSON into _text; its length."""
    _text.seek(0)
    try:
        json.dump(state, _text)  # type: ignore[arg-type]
    except TypeError:  # CPython's json writes characters
        _text.write(json.dumps(state).encode())
    return _text.tell()


def _pages(length: int) -> int:
    return (HEAD_BYTES + length + PAGE_BYTES - 1) // PAGE_BYTES


def _u32(data, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _ones(byte: int) -> int:
    count = 0
    while byte:
        byte &= byte - 1
        count += 1
    return count

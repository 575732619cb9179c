"""What does an exported log say, and has anybody been at it?

An export is the records as they lie in flash, one behind the other (docs/journal.md). Each names
the hash of the one before, so that a record which was removed, edited or put in shows.
"""

import binascii
from dataclasses import dataclass

from pump.journal import KIND_NAMES
from pump.ring import HEAD_BYTES, LEAST_BYTES, SUM_BYTES, digest, length_at


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One line of the log. `t_s` is pump time; a reset may have set it back by an hour."""

    sequence: int
    t_s: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class LogCheck:
    """`records` that are sound, and in one line each what is wrong between them."""

    records: list[LogRecord]
    findings: list[str]
    head: bytes  # hash of the last record: the device tells its own in reply

    @property
    def is_whole(self) -> bool:
        return not self.findings


def check_log(data: bytes, head: bytes | None = None) -> LogCheck:
    """Read an export and check sums, numbers and hashes; its end too, if the device's `head` is
    known. Damage is skipped byte by byte to the next sound record, and is a finding."""
    records: list[LogRecord] = []
    findings: list[str] = []
    at, skipped, last, before = 0, 0, 0, b""
    while at < len(data):
        length = length_at(data, at) if len(data) - at >= LEAST_BYTES else 0
        if not length:
            skipped += 1
            at += 1
            continue
        raw = data[at : at + length]
        record = _read(raw)
        if skipped:
            findings.append(f"{skipped} bytes before record {record.sequence} are no record")
            skipped = 0
        if records:
            findings.extend(_between(last, before, record.sequence, raw))
        records.append(record)
        last, before, at = record.sequence, digest(raw), at + length
    if skipped:
        findings.append(f"{skipped} bytes at the end are no record")
    if head is not None and head != before:
        findings.append("the last record is not the last one that the device wrote")
    return LogCheck(records, findings, before)


def _read(raw: bytes) -> LogRecord:
    kind = raw[1]
    return LogRecord(
        sequence=int.from_bytes(raw[2:6], "little"),
        t_s=int.from_bytes(raw[6:10], "little", signed=True),
        kind=KIND_NAMES[kind] if 0 < kind < len(KIND_NAMES) else f"kind {kind}",
        text=raw[HEAD_BYTES : len(raw) - SUM_BYTES].decode("utf-8", "replace"),
    )


def _between(last: int, before: bytes, sequence: int, raw: bytes) -> list[str]:
    if sequence <= last:
        return [f"record {sequence} comes after {last}"]
    if sequence > last + 1:
        missing = f"{last + 1}" if sequence == last + 2 else f"{last + 1} to {sequence - 1}"
        return [f"missing: {missing}"]
    if raw[10:18] != before:
        return [f"record {last} was changed: {sequence} names another"]
    return []


def as_hex(data: bytes) -> str:
    """How an export is kept in a text file: 32 bytes a line."""
    return "\n".join(
        binascii.hexlify(data[at : at + 32]).decode() for at in range(0, len(data), 32)
    )


def from_text(text: str) -> bytes:
    """The export in a text file. ValueError: something that is not hexadecimal."""
    return binascii.unhexlify("".join(text.split()))

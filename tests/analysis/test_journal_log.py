"""An exported log: read, and whatever was done to it is found."""

from pathlib import Path

import pytest
from emulated_port import run_command

from pump.ring import NO_HASH, digest, encode
from pumprig.analysis.journal_log import LogRecord, as_hex, check_log, from_text

TEXTS = [(1, -1, "power"), (3, 0, "start"), (4, 0, "7500"), (2, 90_061, "+STOPPED"), (9, 5, "?")]


def export(first: int = 1) -> list[bytes]:
    records: list[bytes] = []
    before = NO_HASH
    for number, (kind, t_s, text) in enumerate(TEXTS, first):
        records.append(encode(kind, number, t_s, before, text.encode()))
        before = digest(records[-1])
    return records


def test_what_it_says() -> None:
    check = check_log(b"".join(export()), digest(export()[-1]))
    assert check.records == [
        LogRecord(1, -1, "reset", "power"),
        LogRecord(2, 0, "order", "start"),
        LogRecord(3, 0, "rate", "7500"),
        LogRecord(4, 90_061, "alarm", "+STOPPED"),
        LogRecord(5, 5, "kind 9", "?"),
    ]
    assert check.findings == []
    assert check.is_whole
    assert check.head == digest(export()[-1])


def test_it_may_begin_anywhere_and_be_empty() -> None:
    assert check_log(b"".join(export(700)[2:])).findings == []
    assert check_log(b"") == check_log(b"", b"")


@pytest.mark.parametrize(
    ("gone", "finding"),
    [
        (slice(1, 2), ["missing: 2"]),
        (slice(1, 3), ["missing: 2 to 3"]),
        (slice(0, 1), []),  # it was the oldest: nobody can say
    ],
)
def test_a_record_that_was_removed(gone: slice, finding: list[str]) -> None:
    records = export()
    del records[gone]
    assert check_log(b"".join(records)).findings == finding


def test_an_end_that_was_cut_off() -> None:
    records = export()
    head = digest(records.pop())
    assert check_log(b"".join(records)).findings == []
    (finding,) = check_log(b"".join(records), head).findings
    assert finding == "the last record is not the last one that the device wrote"


def test_a_record_that_was_edited_with_a_right_sum() -> None:
    records = export()
    records[2] = encode(4, 3, 0, records[2][10:18], b"9500")
    assert check_log(b"".join(records)).findings == [
        "record 3 was changed: 4 names another",
    ]


def test_a_record_that_was_put_in() -> None:
    records = export()
    records.insert(2, records[0])
    assert check_log(b"".join(records)).findings == [
        "record 1 comes after 2",
        "missing: 2",
    ]


def test_every_byte_altered_is_found() -> None:
    data = b"".join(export())
    head = digest(export()[-1])
    for at in range(len(data)):
        altered = data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]
        check = check_log(altered, head)
        assert not check.is_whole, at
        assert len(check.records) == 4


def test_noise_between_and_behind() -> None:
    records = export()
    records.insert(1, b"\x00noise")
    records.append(b"\x17tail")
    assert check_log(b"".join(records)).findings == [
        "6 bytes before record 2 are no record",
        "5 bytes at the end are no record",
    ]


def test_the_text_form_comes_back() -> None:
    data = bytes(range(100))
    assert from_text(as_hex(data)) == data
    assert as_hex(data).splitlines()[0] == data[:32].hex()
    assert from_text("") == b""
    for wrong in ("0", "zz", "0x00"):
        with pytest.raises(ValueError):
            from_text(wrong)


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "log.hex"
    file.write_text(as_hex(b"".join(export())))
    head = digest(export()[-1]).hex()
    done = run_command("pumprig", "log", str(file), "--head", head)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "       1 day   -1 23:59:59 reset  power"
    assert lines[3] == "       4 day    1 01:01:01 alarm  +STOPPED"
    assert lines[5] == f"5 records, the last one's hash is {head}"
    file.write_text(as_hex(b"".join(export()[:1] + export()[2:])))
    done = run_command("pumprig", "log", str(file), "--quiet")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "NOT WHOLE: missing: 2"
    file.write_text("no log")
    done = run_command("pumprig", "log", str(file))
    assert done.returncode == 2
    assert "no export in hexadecimal" in done.stderr


def test_the_wear_command() -> None:
    done = run_command("pumprig", "wear", "examples/demo.toml")
    assert done.returncode == 0, done.stderr
    told = dict(line.rsplit("  ", 1) for line in done.stdout.splitlines())
    years = next(text for name, text in told.items() if name.startswith("state sectors last"))
    assert int(years.split()[0]) >= 10
    done = run_command("pumprig", "wear", "examples/demo.toml", "--orders", "2000")
    assert done.returncode == 1
    assert done.stderr.strip() == "less than 10 years"

"""`pumprig log`: the log of a board, or an export of it, read and checked."""

import enum
from pathlib import Path
from typing import Annotated

import typer

DAY_S, HOUR_S = 86_400, 3_600


class RingName(enum.StrEnum):
    """A board's logs."""

    events = "events"
    faults = "faults"


def log(
    source: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="Serial port of a board, or an export in hexadecimal.",
        ),
    ],
    head: Annotated[
        str, typer.Option(help="Of an export: the last record's hash as the device told it.")
    ] = "",
    ring: Annotated[RingName, typer.Option(help="Of a board: which log.")] = RingName.events,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Of a board: keep the export here as well.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Findings only, no records.")] = False,
) -> None:
    """Print a log and check that no record is missing or was changed."""
    from pumprig.analysis.journal_log import check_log

    of_board = source.is_char_device()
    wrong = {"--head": of_board and bool(head), "--out": not of_board and out is not None}
    for option, given in wrong.items():
        if given:
            typer.echo(f"{option}: has no meaning for {source}", err=True)
            raise typer.Exit(2)
    data, expected = _of_board(source, ring, out) if of_board else _of_file(source, head)
    check = check_log(data, expected)
    if not quiet:
        for record in check.records:
            typer.echo(f"{record.sequence:8} {_when(record.t_s)} {record.kind:6} {record.text}")
    for finding in check.findings:
        typer.echo(f"NOT WHOLE: {finding}")
    typer.echo(f"{len(check.records)} records, the last one's hash is {check.head.hex()}")
    if check.findings:
        raise typer.Exit(1)


def _of_file(export: Path, head: str) -> tuple[bytes, bytes | None]:
    from pumprig.analysis.journal_log import from_text

    try:
        data = from_text(export.read_text(encoding="ascii"))
        return data, bytes.fromhex(head) if head else None
    except (ValueError, UnicodeDecodeError) as error:
        typer.echo(f"{export}: no export in hexadecimal ({error})", err=True)
        raise typer.Exit(2) from error


def _of_board(port: Path, ring: RingName, out: Path | None) -> tuple[bytes, bytes | None]:
    from rich.console import Console
    from rich.progress import Progress

    from pumprig.analysis.journal_log import as_hex
    from pumprig.rig.device_log import read_log
    from pumprig.rig.link_client import LinkError
    from pumprig.rig.serial_port import SerialRig

    try:
        if out is not None:  # before anything is read
            out.parent.mkdir(parents=True, exist_ok=True)
            out.touch()
    except OSError as error:
        typer.echo(f"--out: {out} cannot be written ({error.strerror})", err=True)
        raise typer.Exit(2) from error
    try:
        rig = SerialRig(str(port))
        rig.open()
        try:
            with Progress(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task(f"{ring} of {port}", total=None)
                log = read_log(
                    rig.link,
                    ring,
                    progress=lambda done, last: bar.update(task, completed=done, total=last),
                )
        finally:
            rig.close()
    except LinkError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if out is not None:
        out.write_text(as_hex(log.data) + "\n", encoding="ascii")
    return log.data, log.head if log.data else None


def _when(t_s: int) -> str:
    days, left = divmod(t_s, DAY_S)
    return f"day {days:4} {left // HOUR_S:02}:{left % HOUR_S // 60:02}:{left % 60:02}"

"""`pumprig log`: an exported log, read and checked."""

from pathlib import Path
from typing import Annotated

import typer

DAY_S, HOUR_S = 86_400, 3_600


def log(
    export: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="An export in hexadecimal.")
    ],
    head: Annotated[
        str, typer.Option(help="The hash of the last record as the device tells it, 16 digits.")
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Findings only, no records.")] = False,
) -> None:
    """Print an exported log and check that no record is missing or was changed."""
    from pumprig.analysis.journal_log import check_log, from_text

    try:
        data = from_text(export.read_text(encoding="ascii"))
        expected = bytes.fromhex(head) if head else None
    except (ValueError, UnicodeDecodeError) as error:
        typer.echo(f"{export}: no export in hexadecimal ({error})", err=True)
        raise typer.Exit(2) from error
    check = check_log(data, expected)
    if not quiet:
        for record in check.records:
            typer.echo(f"{record.sequence:8} {_when(record.t_s)} {record.kind:6} {record.text}")
    for finding in check.findings:
        typer.echo(f"NOT WHOLE: {finding}")
    typer.echo(f"{len(check.records)} records, the last one's hash is {check.head.hex()}")
    if check.findings:
        raise typer.Exit(1)


def _when(t_s: int) -> str:
    days, left = divmod(t_s, DAY_S)
    return f"day {days:4} {left // HOUR_S:02}:{left % HOUR_S // 60:02}:{left % 60:02}"

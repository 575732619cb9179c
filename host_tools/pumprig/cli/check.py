"""`pumprig check FILE`: would this program be accepted, and what would it do?"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pumprig.cli.check_words import explain, explain_change
from pumprig.therapy import (
    ProgramRefused,
    Therapy,
    load_program,
    max_time_scale,
    refuse_time_scale,
)
from pumprig.therapy.forecast import forecast
from pumprig.therapy.notes import notes
from pumprig.therapy.rules_change import Change, change
from pumprig.therapy.soft import soft_rules

_WIDTH = 200  # wider than any table: none is squeezed


def check(
    file: Annotated[Path, typer.Argument(help="Program file (TOML).", show_default=False)],
    time_scale: Annotated[
        int | None,
        typer.Option(help="Also check that the motor can follow this many times real time."),
    ] = None,
    running: Annotated[
        Path | None,
        typer.Option(help="Also say whether FILE may follow this program.", show_default=False),
    ] = None,
    refill: Annotated[
        bool, typer.Option("--refill", help="With --running: the change comes with a refill.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the machine form.")] = False,
) -> None:
    """Say what a program would do, or every reason why it is refused (exit code 2)."""
    try:
        therapy = load_program(file)
        program = therapy.device_program()
        if time_scale is not None:
            refuse_time_scale(program, time_scale)
        before = load_program(running) if running is not None else None
    except ProgramRefused as refused:
        for line in refused.lines:
            typer.echo(line, err=True)
        raise typer.Exit(2) from None
    found = change(before, therapy, at_refill=refill) if before is not None else None
    if as_json:
        typer.echo(json.dumps(_machine_form(therapy, found), indent=2))
        return
    # A file, a pipe and a narrow window all get the same unwrapped lines.
    console = Console(soft_wrap=True, highlight=False, width=_WIDTH)
    for part in explain(therapy, max_time_scale(program)):
        console.print(Text(part) if isinstance(part, str) else part)
    if before is not None and found is not None:
        for line in explain_change(before, therapy, found, at_refill=refill):
            console.print(Text(line))


def _machine_form(therapy: Therapy, found: Change | None) -> dict[str, object]:
    program = therapy.device_program()
    told: dict[str, object] = {
        "program": program,
        "max_time_scale": max_time_scale(program),
        "forecast": asdict(forecast(therapy)),
        "soft": [asdict(rule) for rule in soft_rules(therapy)],
        "notes": notes(therapy),
    }
    if found is not None:
        told["change"] = {
            "overridable": [str(fault) for fault in found.overridable],
            "never": [str(fault) for fault in found.never],
            "soft": [asdict(rule) for rule in found.soft],
        }
    return told

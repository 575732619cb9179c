"""`pumprig check FILE`: would this program be accepted, and what would it do?"""

import json
from dataclasses import asdict
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pumprig.therapy import (
    ProgramRefused,
    Therapy,
    load_program,
    max_time_scale,
    refuse_time_scale,
)
from pumprig.therapy.forecast import DAY_S
from pumprig.therapy.notes import notes
from pumprig.therapy.units import in_unit, plain


def check(
    file: Annotated[Path, typer.Argument(help="Program file (TOML).", show_default=False)],
    time_scale: Annotated[
        int | None,
        typer.Option(help="Also check that the motor can follow this many times real time."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the machine form.")] = False,
) -> None:
    """Say what a program would do, or every reason why it is refused (exit code 2)."""
    try:
        therapy = load_program(file)
        program = therapy.device_program()
        if time_scale is not None:
            refuse_time_scale(program, time_scale)
    except ProgramRefused as refused:
        for line in refused.lines:
            typer.echo(line, err=True)
        raise typer.Exit(2) from None
    if as_json:
        told = {
            "program": program,
            "max_time_scale": max_time_scale(program),
            "forecast": asdict(therapy.forecast()),
            "notes": notes(therapy),
        }
        typer.echo(json.dumps(told, indent=2))
    else:
        _print(therapy, max_time_scale(program))


def _print(therapy: Therapy, largest_scale: int) -> None:
    # A file, a pipe and a narrow window all get the same unwrapped lines.
    console = Console(soft_wrap=True, highlight=False)
    coming = therapy.forecast()
    daily = f"{plain(Fraction(coming.dose_ng_day, 1000), 3)} ug/day"
    for line in (
        f'Program "{therapy.name}" is accepted: {therapy.drug} {therapy.conc_ug_ml} ug/mL, '
        f"profile {therapy.profile}, {therapy.indication}, {therapy.mode}.",
        f"It gives {daily} in {in_unit(coming.daily_nl, 'nL', 'mL')} a day"
        f"{_largest_change(therapy)}.",
    ):
        console.print(Text(line))
    console.print(_flow_table(therapy))
    console.print(_reservoir_table(therapy))
    for line in [*_taper_lines(therapy), f"Largest time scale: {largest_scale}."]:
        console.print(Text(line))
    for note in notes(therapy):
        console.print(Text(f"Note: {note}"))


def _largest_change(therapy: Therapy) -> str:
    """The largest change from one step to the next, as a share of the rate before it."""
    rates = [rate for _, rate in therapy.steps]
    if len(rates) < 2:
        return ""
    day_and_night = pairwise([rates[-1], *rates])
    changes = [Fraction(now - before, before) for before, now in day_and_night]
    share = max(changes, key=abs) * 100
    return f"; the largest change between steps is {'+' if share > 0 else ''}{plain(share, 1)} %"


def _flow_table(therapy: Therapy) -> Table:
    table = Table("works from", "pump starts", "flow", "dose", title="A day", title_justify="left")
    for at_s, rate in therapy.steps:
        dose = Fraction(rate * therapy.conc_ug_ml, 1_000_000)
        start_s = at_s - therapy.lead_s
        before = " the day before" if start_s < 0 else ""
        table.add_row(
            _clock(at_s),
            _clock(start_s % DAY_S) + before,
            in_unit(rate, "nL/h", "mL/h"),
            f"{plain(dose, 3)} ug/h",
        )
    return table


def _reservoir_table(therapy: Therapy) -> Table:
    coming = therapy.forecast()
    usable = therapy.volume_nl - therapy.residual_nl
    table = Table(
        "event", "usable volume", "after", title="If nobody refills", title_justify="left"
    )
    for event, level_nl, at_s in (
        ("start", usable, 0),
        ("LOW_RESERVOIR", coming.low_usable_nl, coming.low_reservoir_s),
        ("TAPER_GUARD", coming.guard_usable_nl, coming.taper_guard_s),
        ("empty, were there no taper", 0, coming.empty_s),
    ):
        after = "never" if at_s is None else f"{plain(Fraction(at_s, DAY_S), 2)} days"
        table.add_row(event, in_unit(level_nl, "nL", "mL"), after)
    return table


def _taper_lines(therapy: Therapy) -> list[str]:
    if therapy.mode == "stopped":
        return ["The pump stands still: there is nothing to taper."]
    coming = therapy.forecast()
    return [
        f"Taper: at most {plain(Fraction(therapy.max_drop_permille, 10))} % less per day "
        f"(time constant {plain(Fraction(therapy.tau_dh, 10))} h), down to "
        f"{in_unit(therapy.minimum_nl_h, 'nL/h', 'mL/day')} after about "
        f"{coming.days_to_minimum} days.",
        f"Its guard takes over at {in_unit(coming.guard_usable_nl, 'nL', 'mL')} usable: "
        "the highest rate times the time constant.",
    ]


def _clock(second_of_day: int) -> str:
    minutes, seconds = divmod(second_of_day, 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text

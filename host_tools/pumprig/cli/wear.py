"""`pumprig wear`: how long the flash lasts, and how far back the logs go, for a program."""

from pathlib import Path
from typing import Annotated

import typer

from pump import journal
from pump.program import Program
from pumprig.therapy import ProgramRefused, load_program

STATE_BYTES = 4000  # more than a busy day makes of it; there is room for twice that
DAYS_A_YEAR = 365


def wear(
    program: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A program file.")],
    orders: Annotated[int, typer.Option(min=0, help="Orders a day.")] = 10,
    events: Annotated[int, typer.Option(min=1, help="Events a day.")] = 100,
    state_bytes: Annotated[
        int, typer.Option(min=1, max=8172, help="Size of a state, JSON.")
    ] = STATE_BYTES,
) -> None:
    """Compute the life of the journal's flash at time scale 1, and the depth of its logs."""
    try:
        therapy = load_program(program)
    except ProgramRefused as refused:
        for line in refused.lines:
            typer.echo(line, err=True)
        raise typer.Exit(2) from None
    p = Program(dict(therapy.device_program()))
    boluses_nl = p.fields["bolus_day_max"] * p.fields["bolus_max_nl"]
    nl_a_day = min(p.limit_24h_nl, p.daily_nl + boluses_nl)
    states = journal.states_a_day(nl_a_day, orders)
    life_days = journal.slots_life_days(
        journal.STATE_SLOTS, journal.STATE_SLOT_SECTORS, state_bytes, states
    )
    events_life = journal.ring_life_days(journal.EVENT_SECTORS, journal.TEXT_USUAL, events)
    depth = journal.ring_depth(journal.EVENT_SECTORS, journal.TEXT_USUAL)
    faults = journal.ring_depth(journal.FAULT_SECTORS, journal.FAULT_TEXT_MAX)
    typer.echo(f"states a day           {states}")
    typer.echo(f"state sectors last     {life_days // DAYS_A_YEAR} years")
    typer.echo(f"event sectors last     {events_life // DAYS_A_YEAR} years")
    typer.echo(f"events kept            {depth}, {depth // events} days")
    typer.echo(f"faults kept            {faults}")
    if life_days < journal.LIFE_YEARS * DAYS_A_YEAR:
        typer.echo(f"less than {journal.LIFE_YEARS} years", err=True)
        raise typer.Exit(1)

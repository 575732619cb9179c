"""`pumprig wear`: how long the flash lasts, and how far back the logs go, for a program."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pump import journal
from pump.delivery import PACKET_STEPS_MAX
from pumprig.therapy import ProgramRefused, load_program

WINDOW_S = 4  # what a packet covers at time scale 1
STATE_BYTES = 4096  # the largest state there is room for is twice that
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
    fields: dict[str, Any] = dict(therapy.device_program())
    step_pl = fields["nl_per_1000_steps"]
    nl_a_day = max(rate for _, rate in fields["steps"]) * 24
    packet = journal.packet_steps(fields["max_flow_nl_h"], WINDOW_S, step_pl, PACKET_STEPS_MAX)
    states = journal.states_a_day(nl_a_day, step_pl, packet, orders)
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

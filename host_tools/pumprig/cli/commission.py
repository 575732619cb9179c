"""`pumprig commission`: give a board its keys, so that only who holds them gives it orders."""

from pathlib import Path
from typing import Annotated

import typer

from pumprig.image.keys import KeyFileError, default_path, new_keys, read_keys, write_keys
from pumprig.rig.link_client import LinkError
from pumprig.rig.serial_port import SerialRig


def commission(
    port: Annotated[str, typer.Argument(help="Serial port of the board.")],
    keys: Annotated[
        Path | None,
        typer.Option(help="Key file; made if it is not there. Else $PUMPRIG_KEYS, or your own."),
    ] = None,
    old_keys: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Keys that the board has until now."),
    ] = None,
    open_board: Annotated[
        bool, typer.Option("--open", help="Take the keys away: anybody gives orders again.")
    ] = False,
) -> None:
    """Set the board's keys: from then on orders take a session, and stopping takes none.

    The pump takes no notice. Keep the key file: the board never tells its keys.
    """
    path = keys or default_path()
    try:
        found = read_keys(path)
        wanted = found or new_keys()
        if set(wanted) != {"operator", "service"}:
            raise KeyFileError(
                f"{path}: has no {'service' if 'operator' in wanted else 'operator'}"
            )
        if not found and not open_board:  # before the board has them, or they might be lost
            write_keys(path, wanted)
        until_now = read_keys(old_keys) if old_keys else found
    except KeyFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    try:
        rig = SerialRig(port, keys=until_now)
        rig.open()
        try:
            sent = {"operator": "", "service": ""} if open_board else wanted
            rig.link.order("commission", reason="pumprig commission", **sent)
            state = rig.link.order("hello")["authority"]
        finally:
            rig.close()
    except LinkError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"board    {port}: {'open to anybody' if state == 'open' else 'has its keys'}")
    if not open_board:
        typer.echo(f"keys     {path}")

"""`pumprig flash`: put a MicroPython image on a board, and check that it runs."""

from pathlib import Path
from typing import Annotated

import typer

from pumprig.image import BoardName, ImageError, ensure_image
from pumprig.image.deploy import leave_pump
from pumprig.image.flash import flash_board
from pumprig.image.show import StageDisplay


def flash(
    path: Annotated[
        Path | None,
        typer.Option("--image", exists=True, dir_okay=False, help="Flash this .uf2 file."),
    ] = None,
    board: Annotated[BoardName, typer.Option(help="MicroPython's board name.")] = "RPI_PICO",
    drive: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Where the BOOTSEL drive is mounted."),
    ] = None,
    port: Annotated[
        str | None, typer.Option(help="Serial port of the board, to restart it as a drive.")
    ] = None,
) -> None:
    """Put MicroPython on a board: BOOTSEL drive, copy, restart, check what runs.

    A pump that runs there is stopped, alarmed, and stays at the prompt: deploy to it next.
    """
    try:
        with StageDisplay() as progress:
            image = ensure_image(board, given=path, progress=progress)
            flashed = flash_board(image, drive, port, progress, enter_repl=leave_pump)
    except ImageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"port     {flashed.port}")
    typer.echo(f"runs     MicroPython {flashed.identity.version} on {flashed.identity.machine}")
    typer.echo(f"next     pumprig deploy {flashed.port}")

"""`pumprig image`: get a MicroPython image ready, and say which."""

from pathlib import Path
from typing import Annotated

import typer

from pumprig.image import BoardName, ImageError, ensure_image
from pumprig.image.show import StageDisplay


def image(
    path: Annotated[
        Path | None,
        typer.Option("--image", exists=True, dir_okay=False, help="Check this .uf2 file instead."),
    ] = None,
    board: Annotated[BoardName, typer.Option(help="MicroPython's board name.")] = "RPI_PICO",
) -> None:
    """Get, build if need be, and check the MicroPython image of a board."""
    try:
        with StageDisplay() as progress:
            found = ensure_image(board, given=path, progress=progress)
    except ImageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"path     {found.path}")
    typer.echo(f"board    {found.board}")
    typer.echo(f"version  MicroPython {found.micropython_version}")
    typer.echo(f"sha256   {found.sha256}")
    typer.echo(f"source   {found.source}")

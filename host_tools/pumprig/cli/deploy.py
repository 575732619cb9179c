"""`pumprig deploy`: our firmware on to a board that runs MicroPython."""

from typing import Annotated

import typer

from pumprig.image import BoardName, ImageError
from pumprig.image.deploy import deploy as deploy_files
from pumprig.image.firmware import firmware_files
from pumprig.image.show import StageDisplay


def deploy(
    port: Annotated[str, typer.Argument(help="Serial port of the board, e.g. /dev/ttyACM0.")],
    board: Annotated[BoardName, typer.Option(help="MicroPython's board name.")] = "RPI_PICO",
) -> None:
    """Copy the firmware to a board over mpremote's transport, check it there, restart it."""
    try:
        files = firmware_files(board)
        with StageDisplay() as progress:
            done = deploy_files(port, files, progress)
    except ImageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{done.files} files, {done.bytes} bytes on the board, {done.sent} files sent")
    typer.echo(f"firmware {done.firmware} answers, state: {done.state}")

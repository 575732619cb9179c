"""`pumprig emulate`: an emulated rig at the end of a serial port, for any serial client."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from pumprig.image import ImageError, ensure_image
from pumprig.image.show import StageDisplay


def emulate(
    speed: Annotated[
        float, typer.Option(min=0.1, max=1000, help="Times the wall clock, if the host can.")
    ] = 1.0,
    blank: Annotated[
        bool, typer.Option("--blank", help="MicroPython only: the firmware is to be deployed.")
    ] = False,
    reservoir_ml: Annotated[
        float, typer.Option(min=0, max=50, help="What the virtual reservoir holds.")
    ] = 20.0,
    image: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="MicroPython .uf2 to use.")
    ] = None,
) -> None:
    """Run an emulated Pico with a pump on it until Ctrl-C. Prints the serial port to use."""
    from pumprig.bench.chip import Chip
    from pumprig.bench.pty_port import PtyPort
    from pumprig.bench.pump_head import PumpHead
    from pumprig.image.firmware import firmware_files

    try:
        with StageDisplay() as progress:
            found = ensure_image(given=image, progress=progress)
        files = {} if blank else firmware_files()
    except ImageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    head = PumpHead(reservoir_nl=round(reservoir_ml * 1_000_000))
    chip = Chip(found.path, files, head)
    port = PtyPort(chip)
    typer.echo(f"port {port.path}")
    going = True

    def stop(*_: object) -> None:
        nonlocal going
        going = False

    def turn() -> bool:
        port.turn()
        return going

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    chip.run_paced(speed, turn)
    port.close()
    typer.echo(f"steps seen {head.steps_seen}, delivered {head.delivered_nl} nL")

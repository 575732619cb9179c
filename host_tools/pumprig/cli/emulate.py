"""`pumprig emulate`: an emulated rig at the end of a serial port, for any serial client."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from pumprig.image import ImageError, ensure_image
from pumprig.image.show import StageDisplay

PORT_VARIABLE = "PUMPRIG_PORT"


def emulate(
    command: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"After `--`: a command to run, with the port in ${PORT_VARIABLE}. The board "
            "lives as long as it does, and its exit code is ours."
        ),
    ] = None,
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
    from pump.journal import SECTORS
    from pumprig.bench.chip import Chip
    from pumprig.bench.pty_port import PtyPort
    from pumprig.bench.sensed import Bench
    from pumprig.bench.wired import WiredBench
    from pumprig.image.firmware import firmware_files

    try:
        with StageDisplay() as progress:
            found = ensure_image(given=image, progress=progress)
        files = {} if blank else firmware_files()
    except ImageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    wired = WiredBench(Bench(reservoir_nl=round(reservoir_ml * 1_000_000)))
    head = wired.head
    chip = Chip(found.path, files, wired, journal_sectors=0 if blank else SECTORS)
    port = PtyPort(chip)
    typer.echo(f"port {port.path}")
    going = True

    def stop(*_: object) -> None:
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    client = _started(command, port.path)

    def turn() -> bool:
        port.turn()
        return going and (client is None or client.poll() is None)

    try:
        chip.run_paced(speed, turn)
    finally:
        if client:
            client.terminate()
            client.wait()
    port.close()
    typer.echo(f"steps seen {head.steps_seen}, delivered {head.delivered_nl} nL")
    if client and client.returncode:
        raise typer.Exit(client.returncode if client.returncode > 0 else 1)


def _started(command: list[str] | None, port: str) -> subprocess.Popen[bytes] | None:
    if not command:
        return None
    try:
        return subprocess.Popen(command, env={**os.environ, PORT_VARIABLE: port})
    except OSError as error:
        typer.echo(f"{command[0]}: cannot be run ({error.strerror})", err=True)
        raise typer.Exit(2) from error

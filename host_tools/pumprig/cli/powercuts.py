"""`pumprig powercuts`: cut the emulated board's power, many times, and look what it kept."""

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from pumprig.image import ImageError, ensure_image
from pumprig.image.show import StageDisplay


def powercuts(
    cuts: Annotated[int, typer.Option(min=1, help="How many, in all.")] = 200,
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where the figures go.")] = Path(
        "out/powercuts.json"
    ),
    seed: Annotated[
        int | None, typer.Option(help="Of the chance: the same cuts again. Default: the time.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Boards at a time.")] = os.cpu_count() or 1,
) -> None:
    """Cut the power at random instants, half of them inside flash erases and programs."""
    from pumprig.measure.powercuts import run

    out.parent.mkdir(parents=True, exist_ok=True)
    first = int(time.time()) if seed is None else seed
    try:
        with StageDisplay() as progress:
            image = ensure_image(progress=progress)

            def keep(figures: dict[str, Any]) -> None:  # a long run that is ended has its figures
                progress("cuts", f"{figures['cuts']} of {cuts}")
                out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

            figures = run(image, cuts, first, workers, keep)
    except ImageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for key, value in figures.items():
        typer.echo(f"{key:22} {value}")
    if figures["what"]:
        raise typer.Exit(1)

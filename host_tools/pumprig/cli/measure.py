"""`pumprig measure`: the project's figures, by running it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pumprig.image import ImageError, ensure_image
from pumprig.image.show import StageDisplay


def measure(
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where the figures go.")] = Path(
        "out/bench.json"
    ),
) -> None:
    """Measure speed, cost and pulse timing on host and emulator; a flat JSON object. Exit code 1
    when a budget is not kept."""
    from pumprig.measure import budgets, on_board, speed

    figures: dict[str, float] = {}
    try:
        with StageDisplay() as progress:
            image = ensure_image(progress=progress)
            for stage in (
                speed.host,
                on_board.sizes,
                on_board.control_step,
                on_board.boot,
                on_board.pulses,
                on_board.emulated_pio,
                speed.emulator,
                speed.whole_demo,
            ):
                progress("measure", f"{stage.__name__}")
                figures.update(stage(image))
    except ImageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    out.parent.mkdir(parents=True, exist_ok=True)
    rounded = {key: round(value, 3) for key, value in figures.items()}
    out.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    for key, value in rounded.items():
        typer.echo(f"{key:36} {value}")
    for line in (over := budgets.broken(rounded)):
        typer.echo(f"over budget: {line}", err=True)
    if over:
        raise typer.Exit(1)

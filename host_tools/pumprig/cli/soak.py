"""`pumprig soak`: half a year on one emulated board; does anything creep?"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pumprig.image import ImageError, ensure_image
from pumprig.image.show import StageDisplay
from pumprig.rig.link_client import LinkError


def soak(
    days: Annotated[int, typer.Option(min=2, max=3650, help="Of pump time.")] = 180,
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where the figures go.")] = Path(
        "out/soak.json"
    ),
) -> None:
    """Run an emulated board for many days, with orders every day, and hold its books to account.

    Exit code 1: something was wrong, or the board did not answer.
    """
    from pumprig.measure.soak import soak as run

    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with StageDisplay() as progress:
            image = ensure_image(progress=progress)

        def tell(day: dict[str, Any]) -> None:
            typer.echo(f"day {day['day']} of {days}, {day['heap_free_min']} bytes free at least")

        figures = run(image, days, tell)
    except (ImageError, LinkError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for key, value in figures.items():
        if key != "heap_free_min":
            typer.echo(f"{key:26} {value}")
    if figures["what"]:
        raise typer.Exit(1)

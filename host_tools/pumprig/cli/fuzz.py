"""`pumprig fuzz`: a stranger's lines, by the million; does anything fall over, or obey?"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from pumprig.image import ImageError, ensure_image
from pumprig.image.show import StageDisplay
from pumprig.rig.link_client import LinkError
from pumprig.therapy import ProgramRefused


def fuzz(
    lines: Annotated[int, typer.Option(min=0, help="On the host.")] = 1_000_000,
    board_lines: Annotated[int, typer.Option(min=0, help="Through the emulated USB.")] = 10_000,
    program: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Runs meanwhile.")
    ] = Path("examples/demo.toml"),
    seed: Annotated[
        int | None, typer.Option(help="Of the chance: the same lines again. Default: the time.")
    ] = None,
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where the figures go.")] = Path(
        "out/fuzz.json"
    ),
) -> None:
    """Send lines that nobody should send, three quarters of them to a board that has its keys.

    Exit code 1: the device's code fell over, or obeyed, or delivered otherwise.
    """
    from pumprig.measure.fuzz import fuzz_board, fuzz_host

    first = int(time.time()) if seed is None else seed
    out.parent.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"seed": first}
    try:
        with StageDisplay() as progress:

            def told(name: str, of: int, every: int) -> Callable[[int], None]:
                """A line of progress every so many lines."""
                return lambda done: (
                    None if done % every else progress(name, f"{done} of {of} lines")
                )

            for name, count, keys in (("host", lines * 3 // 4, True), ("open", lines // 4, False)):
                found = fuzz_host(program, count, first, told(name, count, 20_000), keys)
                figures[name] = asdict(found)
            if board_lines:
                image = ensure_image(progress=progress)
                tell = told("board", board_lines, 500)
                figures["board"] = fuzz_board(image, program, board_lines, first, tell)
    except ProgramRefused as refused:
        for line in refused.lines:
            typer.echo(line, err=True)
        raise typer.Exit(2) from None
    except (ImageError, LinkError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    typer.echo(json.dumps(figures, indent=2))
    if any(part["what"] for part in figures.values() if isinstance(part, dict)):
        raise typer.Exit(1)

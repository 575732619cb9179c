"""`pumprig fuzz`: a stranger's lines, by the million; does anything fall over, or obey?"""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from pumprig.image import ImageError, ensure_image
from pumprig.image.show import StageDisplay
from pumprig.rig.link_client import LinkError


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
            for name, count, keys in (("host", lines * 3 // 4, True), ("open", lines // 4, False)):
                found = fuzz_host(
                    program,
                    count,
                    first,
                    lambda done, name=name, count=count: (
                        progress(  # type: ignore[misc]
                            name, f"{done} of {count} lines"
                        )
                        if done % 20_000 == 0
                        else None
                    ),
                    keys,
                )
                figures[name] = {
                    "lines": found.lines,
                    "answered": found.answered,
                    "refused": found.refused,
                    "what": found.what,
                }
            if board_lines:
                figures["board"] = fuzz_board(
                    ensure_image(progress=progress),
                    program,
                    board_lines,
                    first,
                    lambda done: (
                        progress("board", f"{done} of {board_lines} lines")
                        if done % 500 == 0
                        else None
                    ),
                )
    except (ImageError, LinkError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    typer.echo(json.dumps(figures, indent=2))
    if any(part["what"] for part in figures.values() if isinstance(part, dict)):
        raise typer.Exit(1)

"""`pumprig faults`: break every part in every state of the pump, and see what the rig does."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from pumprig.image import ImageError, ensure_image
from pumprig.image.show import StageDisplay


def faults(
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the two files go.")] = Path(
        "out"
    ),
    rig: Annotated[
        str, typer.Option(help="host, emulator (the covering subset) or both.")
    ] = "both",
) -> None:
    """The fault matrix: faults.html and faults.json. Exit code 1 if a cell is wrong."""
    from pumprig.measure import faults as matrix
    from pumprig.rig.emulated import EmulatedRig
    from pumprig.rig.host import HostRig

    if rig not in ("host", "emulator", "both"):
        typer.echo(f"--rig: {rig!r} - one of host, emulator, both", err=True)
        raise typer.Exit(2)
    found: list[dict[str, Any]] = []
    try:
        with StageDisplay() as progress:

            def tell(what: str) -> None:
                progress("faults", f"{len(found)} cells done; {what}")

            if rig != "emulator":
                host = matrix.rows(
                    "host",
                    lambda: HostRig(sense_ms=matrix.LOOK_MS),
                    matrix.every_cell(),
                    tell,
                )
                found.extend(host)
            if rig != "host":
                image = ensure_image(progress=progress)
                found.extend(
                    matrix.rows("emulator", lambda: EmulatedRig(image), matrix.ON_THE_PINS, tell)
                )
    except ImageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    out.mkdir(parents=True, exist_ok=True)
    (out / "faults.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (out / "faults.html").write_text(page(found), encoding="utf-8")
    wrong = [row for row in found if row["verdict"] != "ok"]
    for row in wrong:
        typer.echo(
            f"wrong: {row['rig']} {row['fault']}, {row['state']}: {row['condition']}, "
            f"raised {', '.join(row['raised']) or 'nothing'}, {row['latency_ms']} ms"
        )
    slowest = max((row["latency_ms"] or 0 for row in found), default=0)
    typer.echo(f"{len(found)} cells, {len(wrong)} wrong, slowest {slowest} ms; {out}/faults.html")
    if wrong:
        raise typer.Exit(1)


def page(found: list[dict[str, Any]]) -> str:
    from jinja2 import Template

    from pumprig.bench.fault_table import FAULTS
    from pumprig.measure.fault_cells import STATES

    rigs: dict[str, dict[str, dict[str, Any]]] = {}
    for row in found:
        rigs.setdefault(row["rig"], {}).setdefault(row["fault"], {})[row["state"]] = row
    template = files("pumprig.measure").joinpath("faults.html.j2").read_text(encoding="utf-8")
    html: str = Template(template, autoescape=True).render(
        rows=found,
        rigs=rigs,
        states=STATES,
        what={name: fault.what for name, fault in FAULTS.items()},
        wrong=sum(row["verdict"] != "ok" for row in found),
        slowest=max((row["latency_ms"] or 0 for row in found), default=0),
    )
    return html

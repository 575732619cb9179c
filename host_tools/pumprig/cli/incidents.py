"""`pumprig incidents`: replay what happened to real pumps."""

import json
from pathlib import Path
from typing import Annotated

import typer


def incidents(
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the page goes.")] = Path("out"),
) -> None:
    """Replay the incidents of examples/incidents; write incidents.html and incidents.json.

    Exit code 1: one was not as declared.
    """
    from pumprig.measure.incidents import as_html, as_rows, declared, replay

    replays = []
    for incident in declared():
        replays.append(replay(incident))
        told = "; ".join(replays[-1].wrong) or f"{incident.verdict}: {incident.rig}"
        typer.echo(f"{incident.name:26} {told}")
    out.mkdir(parents=True, exist_ok=True)
    (out / "incidents.html").write_text(as_html(replays), encoding="utf-8")
    text = json.dumps(as_rows(replays), indent=2) + "\n"
    (out / "incidents.json").write_text(text, encoding="utf-8")
    if any(found.wrong for found in replays):
        raise typer.Exit(1)

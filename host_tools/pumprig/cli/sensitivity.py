"""`pumprig sensitivity`: how small an error is found within a day, and that nothing else is."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pumprig.image.show import StageDisplay


def sensitivity(
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the two files go.")] = Path(
        "out"
    ),
    seeds: Annotated[int, typer.Option(min=1, help="Noises; the worst one counts.")] = 3,
    days: Annotated[int, typer.Option(min=1, help="Of the quiet weeks.")] = 30,
    time_scale: Annotated[
        int, typer.Option(min=1, max=1440, help="Fewer pump seconds a second: more weights.")
    ] = 60,
) -> None:
    """The curve of the smallest steady error, and days without a fault: sensitivity.json and .png.

    Exit code 1 if anything was raised where nothing was wrong."""
    from pumprig.analysis.plots_sensitivity import write_png
    from pumprig.measure import sensitivity as measure

    points: list[measure.Point] = []
    weeks: list[dict[str, Any]] = []
    with StageDisplay() as progress:
        for rate_nl_h in (10_417, 1_000_000):  # 0.25 mL a day, as in the demo, and the most
            progress("quiet", f"{days} days at {rate_nl_h / 1000:g} uL/h")
            weeks.append(measure.quiet(rate_nl_h, days, time_scale))
        for point in measure.curve(measure.RATES_NL_H, seeds, time_scale):
            points.append(point)
            progress("curve", f"{len(points)} of {len(measure.RATES_NL_H)}")
    out.mkdir(parents=True, exist_ok=True)
    figures = measure.as_figures(points, weeks)
    (out / "sensitivity.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    write_png(
        out / "sensitivity.png",
        [(p.rate_nl_h, p.over_ppm) for p in points],
        [(p.rate_nl_h, p.under_ppm) for p in points],
        [(p.rate_nl_h, p.reckoned_ppm) for p in points],
    )
    typer.echo("uL/h      too much  too little  by the thresholds (% of the flow)")
    for p in points:
        found = [_percent(p.over_ppm), _percent(p.under_ppm), _percent(p.reckoned_ppm)]
        typer.echo(f"{p.rate_nl_h / 1000:<9g} {found[0]:>8}  {found[1]:>10}  {found[2]:>8}")
    for week in weeks:
        raised = ", ".join(week["raised"]) or "nothing raised"
        typer.echo(f"{week['days']} days at {week['rate_nl_h'] / 1000:g} uL/h: {raised}")
    if any(week["raised"] for week in weeks):
        raise typer.Exit(1)


def _percent(ppm: int | None) -> str:
    return "none" if ppm is None else f"{ppm / 10_000:.1f}"

"""`pumprig run`: run a program on a rig and write its report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from pumprig.image import ImageError
from pumprig.image.show import StageDisplay
from pumprig.therapy import (
    ProgramRefused,
    load_program,
    load_scenario,
    refuse_time_scale,
)

if TYPE_CHECKING:
    from pumprig.rig.run import Progress

DAY_S = 86_400


def run(
    file: Annotated[Path, typer.Argument(help="Program file (TOML).", dir_okay=False)],
    rig: Annotated[str, typer.Option(help="host, emulator or serial:PORT.")] = "emulator",
    days: Annotated[float, typer.Option(min=0.01, max=3650, help="Pump days to run.")] = 1.0,
    time_scale: Annotated[
        int, typer.Option(help="Pump time runs this many times the wall's.")
    ] = 1,
    scenario: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Scenario file (TOML).")
    ] = None,
    confirm: Annotated[
        str, typer.Option(help="Reason for what is accepted only when confirmed.")
    ] = "",
    prime: Annotated[
        bool, typer.Option("--prime", help="Fill the line, from the head to the tip, first.")
    ] = False,
    out: Annotated[Path, typer.Option(file_okay=False, help="Where the report goes.")] = Path(
        "out/run"
    ),
    image: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="MicroPython .uf2 to use.")
    ] = None,
) -> None:
    """Run a program and write summary.json, events.csv, flow.csv and report.html.

    Exit code 0: run to the end; 1: it could not be run; 2: refused, nothing done.
    """
    # Heavy libraries are loaded here, so that a refusal stays quick.
    from pumprig.rig import LinkError, RigUnknown, rig_named
    from pumprig.rig.run import NotRefused, Plan, run_program

    try:
        therapy = load_program(file)
        refuse_time_scale(therapy.device_program(), time_scale)
        events = load_scenario(scenario, therapy) if scenario else []
        plan = Plan(
            therapy=therapy,
            program_text=file.read_text(encoding="utf-8"),
            days=days,
            time_scale=time_scale,
            events=events,
            scenario_text=scenario.read_text(encoding="utf-8") if scenario else "",
            confirm=confirm,
            prime=prime,
        )
    except ProgramRefused as refused:
        for line in refused.lines:
            typer.echo(line, err=True)
        raise typer.Exit(2) from refused
    from pumprig.analysis import write_report

    try:
        with StageDisplay() as stages:
            chosen = rig_named(rig, image=image, progress=stages)
        chosen.open()
        try:
            with _Shown() as shown:
                result = run_program(chosen, plan, shown)
        finally:
            chosen.close()
    except RigUnknown as unknown:
        typer.echo(str(unknown), err=True)
        raise typer.Exit(2) from unknown
    except ProgramRefused as refused:
        for line in refused.lines:
            typer.echo(line, err=True)
        raise typer.Exit(2) from refused
    except (ImageError, LinkError, NotRefused) as failed:
        typer.echo(str(failed), err=True)
        raise typer.Exit(1) from failed
    figures = write_report(result, out)
    _print_figures(figures, out)


class _Shown:
    """Live progress: a bar on a terminal, a line every tenth of the way elsewhere."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar: Bar | None = None
        self._tenth = -1

    def __enter__(self) -> "_Shown":
        if self._console.is_terminal:
            self._bar = Bar(
                TextColumn("day {task.fields[day]}"),
                BarColumn(),
                TextColumn("{task.fields[state]}"),
                TimeElapsedColumn(),
                console=self._console,
            )
            self._task = self._bar.add_task("run", total=None, day="0", state="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def __call__(self, progress: "Progress") -> None:
        sample = progress.sample
        state = ""
        if sample:
            alarms = " ".join(progress.alarms) or "no alarm"
            state = (
                f"{sample.rate_nl_h / 1000:.3f} uL/h, "
                f"{sample.usable_nl / 1e6:.3f} mL usable, {alarms}"
            )
        day = f"{progress.now_s / DAY_S:.1f} of {progress.end_s / DAY_S:g}"
        if self._bar:
            self._bar.update(
                self._task, total=progress.end_s, completed=progress.now_s, day=day, state=state
            )
        elif (tenth := 10 * progress.now_s // progress.end_s) > self._tenth:
            self._tenth = tenth
            self._console.print(f"day {day}: {state}", highlight=False)


def _print_figures(figures: dict[str, object], out: Path) -> None:
    console = Console()
    for key in (
        "rig",
        "micropython_version",
        "time_scale",
        "pump_days",
        "wall_s",
        "steps_authorised",
        "steps_emitted",
        "steps_seen",
        "volume_error_steps_max",
        "rate_drop_max_per_day",
        "reservoir_min_nl",
        "heap_free_min_bytes",
        "loop_ms_max",
    ):
        console.print(f"{key:24} {figures[key]}", highlight=False)
    console.print(
        f"report                   {out / 'report.html'}", highlight=False, soft_wrap=True
    )

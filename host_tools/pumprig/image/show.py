"""How are the stages of a long job shown to a person?"""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

__all__ = ("StageDisplay",)

_LINE_EVERY_S = 60.0  # of a stage that lasts, in a log file: hours are not silent, nor a flood


class StageDisplay:
    """A ``progress(stage, detail)`` callback and context manager, writing to stderr.

    On a terminal, one live line per stage with its seconds; elsewhere, a plain line when a stage
    begins and one a minute while it lasts.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console if console is not None else Console(stderr=True)
        self._live = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._stage: str | None = None
        self._task: TaskID | None = None
        self._began = time.monotonic()
        self._printed_s = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._finish()
        self._live.stop()

    def __call__(self, stage: str, detail: str) -> None:
        if not self._console.is_terminal:
            self._print(stage, detail)
        if stage == self._stage and self._task is not None:
            self._live.update(self._task, detail=detail)
            return
        self._finish()
        self._stage = stage
        self._task = self._live.add_task(stage, total=1, detail=detail)

    def _print(self, stage: str, detail: str) -> None:
        seconds = time.monotonic() - self._began
        if stage == self._stage and seconds - self._printed_s < _LINE_EVERY_S:
            return
        line = f"{seconds:5.1f} s  {stage}: {detail}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._printed_s = seconds

    def _finish(self) -> None:
        if self._task is not None:
            self._live.update(self._task, completed=1)
            self._task = None

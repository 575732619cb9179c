"""How is a build step run: logged, in a clean environment, and stopped when we are stopped?"""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from .errors import ImageError

__all__ = ("CommandLog",)

# What a caller's make, shell or Pico project would otherwise smuggle into the build.
_FOREIGN = re.compile(
    r"MAKEFLAGS|MFLAGS|MAKELEVEL|MAKEOVERRIDES|GIT_DIR|CFLAGS|CXXFLAGS|ASMFLAGS|LDFLAGS|CPATH|CC|CXX"
    r"|BOARD|BUILD|V|PICO_.*|MICROPY_.*|CMAKE_.*|PYTHON(PATH|HOME)"
)
_TELLING = re.compile(r"^E: |error: |Error: |CMake Error|No space left")


class CommandLog:
    """Runs commands, appending what they print to one log file."""

    def __init__(self, path: Path, **environment: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        self.path = path
        kept = {key: value for key, value in os.environ.items() if not _FOREIGN.fullmatch(key)}
        self._environment = {**kept, "LC_ALL": "C", **environment}

    def run(
        self,
        what: str,
        *command: str | Path,
        cwd: Path | None = None,
        each_line: Callable[[str], None] | None = None,
    ) -> list[str]:
        """Run to the end and return the printed lines; ImageError names ``what`` and the log."""
        arguments = [str(part) for part in command]
        lines: list[str] = []
        with self.path.open("a") as log:
            log.write(f"$ {' '.join(arguments)}\n")
            log.flush()
            # A session of its own, so that its children, too, end when we are interrupted.
            with subprocess.Popen(
                arguments,
                cwd=cwd,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            ) as process:
                assert process.stdout is not None
                try:
                    for line in process.stdout:
                        log.write(line)
                        lines.append(line.rstrip("\n"))
                        if each_line is not None:
                            each_line(line)
                except BaseException:
                    os.killpg(process.pid, signal.SIGTERM)
                    raise
        if process.returncode:
            raise ImageError(
                f"{what} failed ({_most_telling(lines) or f'exit {process.returncode}'}); "
                f"log: {self.path}"
            )
        return lines


def _most_telling(lines: list[str]) -> str:
    telling = [line for line in lines if _TELLING.search(line)]
    spoken = telling[:1] or [line for line in lines if line.strip()][-1:]
    return spoken[0].strip() if spoken else ""

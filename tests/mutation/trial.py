"""Do the tests notice one mutant? Each is tried in a forked child, so that none meets another.

The child gets the mutated module by an import hook and runs pytest until the first failure. The
parent has loaded what is not ours, for speed, and nothing that is: so the mutant is what every
import of that module finds, wherever its values were copied to.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import hypothesis
import pytest

KILLED, SURVIVED, TIMEOUT, BROKEN = "killed", "survived", "timeout", "broken"

# A test that takes a loop without end is given up after so much processor time: ten times its own,
# and three seconds, which is more than a slow minute of a shared machine adds.
_SLOWER = 10
_SLOWER_S = 3.0
_MEMORY_BYTES = 4 << 30
# Exit codes of a child; those below 10 are pytest's.
_EXIT_TIMEOUT, _EXIT_NOT_OURS, _EXIT_FAILED = 20, 21, 22


class _Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves one module from a text; `used` says whether anybody asked for it."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self._name, self._path = name, path
        self._code: CodeType = compile(source, str(path), "exec")
        self.used = False

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        package = [str(self._path.parent)] if self._path.stem == "__init__" else None
        spec = importlib.util.spec_from_loader(name, self, is_package=package is not None)
        assert spec is not None
        spec.submodule_search_locations = package
        return spec

    def exec_module(self, module: ModuleType) -> None:
        self.used = True
        exec(self._code, module.__dict__)


@dataclass
class Clock:
    """Seconds of processor time of each test, and the alarm for those that take far too long."""

    limits_s: dict[str, float] = field(default_factory=dict)
    spent_s: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        before = _processor_s()
        if self.limits_s:
            limit_s = _SLOWER * self.limits_s.get(item.nodeid, 0.0) + _SLOWER_S
            signal.setitimer(signal.ITIMER_PROF, limit_s)
        result = yield
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.spent_s[item.nodeid] = _processor_s() - before
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Quick tests first, those of the first file before all others (see `run`)."""
        first = items[0].path
        items.sort(key=lambda i: (i.path != first, self.limits_s.get(i.nodeid, 0.0)))


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Bench:
    """Tries mutants of `package` (files in `folder`) with the tests in `tests`."""

    def __init__(self, root: Path, package: str, folder: Path, tests: Sequence[Path]) -> None:
        self._root, self._package, self._folder = root, package, folder
        self._tests = list(tests)
        self._seconds: dict[str, float] = {}
        os.environ["HYPOTHESIS_PROFILE"] = "mutants"
        assert hypothesis.__version__  # loaded here, once

    def baseline(self) -> float:
        """Run all tests on the unchanged source; the seconds they take, or an error."""
        clock = Clock()
        read_fd, write_fd = os.pipe()

        def work() -> int:
            code = self._pytest(self._tests, clock, quiet=False)
            with os.fdopen(write_fd, "w") as out:
                out.write("\n".join(f"{s!r} {name}" for name, s in clock.spent_s.items()))
            return code

        child = _fork(work)
        os.close(write_fd)
        with os.fdopen(read_fd) as lines:
            for line in lines:
                seconds, name = line.rstrip("\n").split(" ", 1)
                self._seconds[name] = float(seconds)
        if _code(os.waitpid(child, 0)[1]) != 0 or not self._seconds:
            raise SystemExit("mutants: the tests fail before anything is changed")
        return sum(self._seconds.values())

    def begin(self, module: str, source: str) -> int:
        """Start the trial of one mutant; the child's process id, for `verdict`."""
        name = self._package if module == "__init__" else f"{self._package}.{module}"
        own = sorted(path for t in self._tests for path in t.glob(f"test_{module}*.py"))

        def work() -> int:
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
            signal.signal(signal.SIGPROF, _give_up)
            hook = _Hook(name, self._folder / f"{module}.py", source)
            sys.meta_path.insert(0, hook)
            # Its own tests alone, to begin with: most mutants go no further.
            for paths in (own, own + self._tests):
                code = self._pytest(paths, Clock(self._seconds), quiet=True) if paths else 0
                if code:
                    return code
            return 0 if hook.used else _EXIT_NOT_OURS

        return _fork(work)

    def _pytest(self, paths: Sequence[Path], clock: Clock, quiet: bool) -> int:
        os.chdir(self._root)
        if quiet:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
        options = [
            "-x",
            "-q",
            "-W",
            "ignore",
            "--tb=no" if quiet else "--tb=short",
            "-p",
            "no:cacheprovider",
        ]
        return int(pytest.main([*options, *map(str, paths)], plugins=[clock]))


def verdict(status: int) -> str:
    """What a child's wait status says about its mutant."""
    code = _code(status)
    if code == 0:
        return SURVIVED
    if code == _EXIT_TIMEOUT:
        return TIMEOUT
    return BROKEN if code in (4, 5, _EXIT_NOT_OURS, _EXIT_FAILED) else KILLED


def _code(status: int) -> int:
    return os.waitstatus_to_exitcode(status)


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    os._exit(_EXIT_TIMEOUT)


def _fork(work: Callable[[], int]) -> int:
    """The process id of a child that does `work` and ends with the code that it gives."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code = _EXIT_FAILED
    try:
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)

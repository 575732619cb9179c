"""Do the tests notice one mutant? Each is tried in a forked child, so that none meets another.

Only tests that run the changed statement can (reach.py). A trial begins with the quick ones in one
file, which is enough for most; then come all the others. What survives has passed every one.

The child gets the mutated module by an import hook and runs pytest until the first failure. The
parent has loaded what is not ours, for speed, and nothing that is: so the mutant is what every
import of that module finds, wherever its values were copied to.
"""

import os
import pickle
import resource
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence, Set
from pathlib import Path
from types import FrameType

import hypothesis
import pytest

from mutation.clock import Clock, Survey
from mutation.hook import Hook
from mutation.reach import Reach, marked
from mutation.sites import Mutant

KILLED, SURVIVED, TIMEOUT, BROKEN = "killed", "survived", "timeout", "broken"

_QUICK_S = 0.05
# Importing and collecting takes two seconds; a loop without end may be met there as well.
_COLLECTING_S = 12.0
_MEMORY_BYTES = 4 << 30
# Exit codes of a child; those below 10 are pytest's.
_EXIT_TIMEOUT, _EXIT_NOT_OURS, _EXIT_FAILED = 20, 21, 22


class Bench:
    """Tries mutants of `package` (files in `folder`) with `tests`, folders or files."""

    def __init__(self, root: Path, package: str, folder: Path, tests: Sequence[Path]) -> None:
        self._root, self._package, self._folder, self._tests = root, package, folder, tests
        self._seconds: dict[str, float] = {}
        self._reach = Reach({}, ())
        os.environ["HYPOTHESIS_PROFILE"] = "mutants"
        assert hypothesis.__version__  # loaded here, once

    def baseline(self) -> float:
        """Run all tests on the unchanged source; the seconds they take, or an error."""
        survey = Survey()
        read_fd, write_fd = os.pipe()

        def work() -> int:
            for path in self._folder.glob("*.py"):
                source = path.read_text()
                marks = survey.marks.of(path.stem, source)
                sys.meta_path.insert(0, Hook(self._name(path.stem), path, marked(source), marks))
            code = self._pytest(self._tests, survey, quiet=False)
            with os.fdopen(write_fd, "wb") as out:
                pickle.dump((survey.spent_s, survey.by_test, survey.shared), out)
            return code

        child = _fork(work)
        os.close(write_fd)
        with os.fdopen(read_fd, "rb") as told:
            self._seconds, by_test, shared = pickle.load(told)
        if _code(os.waitpid(child, 0)[1]) != 0 or not self._seconds:
            raise SystemExit("mutants: the tests fail before anything is changed")
        self._reach = Reach(by_test, shared)
        return sum(self._seconds.values())

    def begin(self, mutant: Mutant) -> int:
        """Start the trial of one mutant; the child's process id, for `verdict`."""
        path = self._folder / f"{mutant.module}.py"
        reaching = self._reach.tests(mutant.module, mutant.statement)

        def work() -> int:
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
            signal.signal(signal.SIGPROF, _give_up)
            hook = Hook(self._name(mutant.module), path, mutant.source)
            sys.meta_path.insert(0, hook)
            if reaching is not None and not reaching:
                return 0
            for paths, chosen in self._stages(mutant.module, reaching):
                signal.setitimer(signal.ITIMER_PROF, _COLLECTING_S)
                code = self._pytest(paths, Clock(self._seconds, chosen), quiet=True)
                if code:
                    return code
            return 0 if hook.used else _EXIT_NOT_OURS

        return _fork(work)

    def _name(self, module: str) -> str:
        return self._package if module == "__init__" else f"{self._package}.{module}"

    def _stages(
        self, module: str, reaching: "Set[str] | None"
    ) -> "list[tuple[Sequence[Path], Set[str] | None]]":
        """(files, tests): the quick ones in the module's own file, or in that which has most of
        them; then all. None: all tests of the files, whatever they are called now."""
        tests = self._seconds.keys() if reaching is None else reaching
        files = Counter(_file(t) for t in tests if self._seconds[t] <= _QUICK_S)
        own = [file for file in files if Path(file).name == f"test_{module}.py"]
        first = own or [file for file, _ in files.most_common(1)]
        if reaching is None:
            return [([self._root / file for file in first], None), (self._tests, None)]
        quick = {t for t in tests if _file(t) in first and self._seconds[t] <= _QUICK_S}
        stages: list[tuple[Sequence[Path], Set[str] | None]] = []
        for chosen in (quick, reaching):
            if chosen:
                stages.append((sorted({self._root / _file(t) for t in chosen}), chosen))
        return stages

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


def _file(test: str) -> str:
    return test.split("::", 1)[0]


def verdict(status: int) -> str:
    """What a child's wait status says about its mutant. 4, a usage error, is a conftest.py that
    does not import any more: the files are those of the run before anything was changed."""
    code = _code(status)
    if code == 0:
        return SURVIVED
    if code == _EXIT_TIMEOUT:
        return TIMEOUT
    return BROKEN if code in (5, _EXIT_NOT_OURS, _EXIT_FAILED) else KILLED


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

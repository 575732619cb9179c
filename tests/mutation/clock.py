"""Plugins of pytest: how long does each test take, and what does it run?"""

import resource
import signal
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

import pytest

from mutation.reach import Lines, Marks

# A test that takes a loop without end is given up after so much processor time: ten times its own,
# and three seconds, which is more than a slow minute of a shared machine adds.
_SLOWER = 10
_SLOWER_S = 3.0


@dataclass
class Clock:
    """Seconds of processor time of each test, and the alarm for those that take far too long.
    Only the tests in `chosen` run, the quick ones first."""

    limits_s: dict[str, float] = field(default_factory=dict)
    chosen: "Set[str] | None" = None
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
        if self.chosen is not None:
            items[:] = [item for item in items if item.nodeid in self.chosen]
        items.sort(key=lambda item: self.limits_s.get(item.nodeid, 0.0))


@dataclass
class Survey(Clock):
    """The run on the unchanged source: what each test takes, and what it runs."""

    marks: Marks = field(default_factory=Marks)
    by_test: dict[str, Lines] = field(default_factory=dict)
    shared: Lines = field(default_factory=set)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        if not self.by_test:
            self.shared |= self.marks.take()
        result = yield from super().pytest_runtest_protocol(item)
        self.by_test[item.nodeid] = self.marks.take()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Any:
        result = yield
        if fixturedef.scope != "function":
            self.shared |= self.marks.take()
        return result


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime

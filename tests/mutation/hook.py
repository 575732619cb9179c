"""Serves one module from a text, to whoever imports it first."""

import importlib.abc
import importlib.machinery
import importlib.util
from ast import Module
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from mutation.reach import MARKS


class Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """`used` says whether anybody asked for it; `marks` are what it may mark (reach.marked)."""

    def __init__(
        self, name: str, path: Path, source: str | Module, marks: bytearray | None = None
    ) -> None:
        self._name, self._path, self._marks = name, path, marks
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
        if self._marks is not None:
            module.__dict__[MARKS] = self._marks
        exec(self._code, module.__dict__)

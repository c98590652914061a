"""timm, an extra, imported with or without a torchvision that works: `pip install taskgraft[timm]`."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter

_VISION = "torchvision"


@functools.cache
def import_timm() -> Any:
    """The module `timm`.

    timm needs torchvision for transforms and data sets, of which we use none, and imports it when it is
    imported. Something stands in for a torchvision that is missing, or built for another torch than ours,
    until the import is done (`docs/decisions/0018`).

    Raises:
        RequestError: If the extra is not installed, or does not import.
    """
    if importlib.util.find_spec("timm") is None:
        raise RequestError.expected(
            "a trunk from timm",
            "used with the extra timm installed",
            "no module of that name",
            f"pip install taskgraft[timm], or leave {Parameter('trunk')} out.",
        )
    try:
        # What a module makes on import is real, even if a network is being costed on the meta device.
        with _vision_that_imports(), torch.device("cpu"):
            return importlib.import_module("timm")
    except (ImportError, AttributeError, RuntimeError) as error:
        raise RequestError.expected(
            "timm",
            "a version that imports here",
            f"{type(error).__name__}: {str(error).splitlines()[0]}",
            "pip install -U timm.",
        ) from error


@contextmanager
def _vision_that_imports() -> Iterator[None]:
    """Leaves a working torchvision alone; otherwise puts a stand-in in its place, removed afterwards."""
    try:
        importlib.import_module(_VISION)
        yield
        return
    # One built for another torch fails with a RuntimeError, or an OSError of the loader.
    except (ImportError, RuntimeError, OSError):
        _forget()
    finder = _StandInFinder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if _is_vision(name)]:
        del sys.modules[name]


def _is_vision(name: str) -> bool:
    return name.partition(".")[0] == _VISION


class _StandInFinder(MetaPathFinder, Loader):
    """Finds torchvision's modules, all empty, in which every name is a class that does nothing."""

    def find_spec(
        self, fullname: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        # Its models are tried for and done without; a stand-in would be taken for the real ones.
        is_wanted = _is_vision(fullname) and not fullname.startswith(f"{_VISION}.models")
        return ModuleSpec(fullname, self, is_package=True) if is_wanted else None

    def exec_module(self, module: ModuleType) -> None:
        module.__getattr__ = _nothing  # type: ignore[method-assign]


class _Nothing(type):
    """A class whose members, such as those of an enumeration, are classes that do nothing as well."""

    def __getattr__(cls, name: str) -> _Nothing:
        return _nothing(name)


def _nothing(name: str) -> _Nothing:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Nothing(name, (), {})

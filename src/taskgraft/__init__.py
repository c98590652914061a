"""taskgraft: train, fairly compare and ship classifiers of every level of a label hierarchy.

Example:
    >>> import tempfile
    >>> import taskgraft as tg
    >>> data = tg.load("shapes", num_train=640, num_test=64)
    >>> with tempfile.TemporaryDirectory() as out:
    ...     study = tg.compare(data, architectures="independent,shared", recipe="quick", epochs=1, out=out)
    >>> [row.variant for row in study.summary()]
    ['independent', 'shared']
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskgraft.architecture import Architecture, Flow, catalogue
    from taskgraft.data import Dataset, Provenance
    from taskgraft.data.sources import from_arrays, load
    from taskgraft.errors import TaskgraftError
    from taskgraft.evaluation import Evaluation, evaluate
    from taskgraft.events import Observer
    from taskgraft.execution import compare
    from taskgraft.export import export
    from taskgraft.inference import Model
    from taskgraft.models import load_model
    from taskgraft.recipe import Recipe, recipe
    from taskgraft.remapping import remap
    from taskgraft.report import write_report
    from taskgraft.study import Study
    from taskgraft.taxonomy import Level, Taxonomy
    from taskgraft.verdict import conclude

    __version__: str

__all__ = [
    "Architecture",
    "Dataset",
    "Evaluation",
    "Flow",
    "Level",
    "Model",
    "Observer",
    "Provenance",
    "Recipe",
    "Study",
    "TaskgraftError",
    "Taxonomy",
    "catalogue",
    "compare",
    "conclude",
    "evaluate",
    "export",
    "from_arrays",
    "load",
    "load_model",
    "recipe",
    "remap",
    "write_report",
]

# Where each name stands: it is imported when it is first used, for some of these take seconds.
_PACKAGES = {
    "architecture": ("Architecture", "Flow", "catalogue"),
    "data": ("Dataset", "Provenance"),
    "data.sources": ("from_arrays", "load"),
    "errors": ("TaskgraftError",),
    "events": ("Observer",),
    "evaluation": ("Evaluation", "evaluate"),
    "execution": ("compare",),
    "export": ("export",),
    "inference": ("Model",),
    "models": ("load_model",),
    "recipe": ("Recipe", "recipe"),
    "remapping": ("remap",),
    "report": ("write_report",),
    "sklearn": ("TaskgraftClassifier",),
    "study": ("Study",),
    "taxonomy": ("Level", "Taxonomy"),
    "verdict": ("conclude",),
}
_HOMES = {name: f"taskgraft.{package}" for package, names in _PACKAGES.items() for name in names}


class _Package(ModuleType):
    """This package, in which `recipe` is the function, though a package of it has that name, too."""

    def __setattr__(self, name: str, value: Any) -> None:
        # So does the import system with every package inside this one.
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def _has_working_directory() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


if not _has_working_directory():
    import_module("taskgraft.torch_without_directory")


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("taskgraft")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

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

from importlib.metadata import version
from typing import Any

import taskgraft.torch_anywhere  # noqa: F401 - before all else, see there

# isort: split
from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.data import Dataset, Provenance
from taskgraft.data.sources import from_arrays, load
from taskgraft.errors import TaskgraftError
from taskgraft.execution import compare
from taskgraft.recipe import Recipe, recipe
from taskgraft.report import write_report
from taskgraft.study import Study
from taskgraft.taxonomy import Level, Taxonomy
from taskgraft.verdict import conclude

__version__ = version("taskgraft")

__all__ = [
    "Architecture",
    "Dataset",
    "Flow",
    "Level",
    "Provenance",
    "Recipe",
    "Study",
    "TaskgraftError",
    "Taxonomy",
    "catalogue",
    "compare",
    "conclude",
    "from_arrays",
    "load",
    "recipe",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Fetches `TaskgraftClassifier` when it is first asked for: scikit-learn is an extra."""
    if name == "TaskgraftClassifier":
        from taskgraft.sklearn import TaskgraftClassifier  # noqa: PLC0415

        return TaskgraftClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

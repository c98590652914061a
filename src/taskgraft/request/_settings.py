"""Values of the recipe that are set: by key path, or by an option that is short for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.request._texts import settings_of

SHORTHANDS = {"epochs": "epochs", "lr": "optimizer.learning_rate", "batch": "batch_size"}


def merged_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Key paths and values of `set` and of the shorthands.

    Args:
        values: Options by name, shorthands among them.

    Raises:
        RequestError: If a key has a value by both.

    Example:
        >>> merged_settings({"set": {"optimizer": {"momentum": 0.5}}, "lr": 0.1, "seeds": 3})
        {'optimizer.momentum': 0.5, 'optimizer.learning_rate': 0.1}
    """
    changes = settings_of(values.get("set", {}))
    for name, path in SHORTHANDS.items():
        value = values.get(name)
        if value is None:
            continue
        if path in changes:
            raise RequestError.expected(
                path,
                "set once",
                Phrase(f"{changes[path]} by {Parameter('set')} and {value} by {Parameter(name)}"),
                "Leave one of them out.",
            )
        changes[path] = value
    return changes

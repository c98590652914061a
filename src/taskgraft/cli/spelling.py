"""How the command line spells a parameter that an error names: `--val-fraction`, `--size=64`, `--no-tree`."""

from __future__ import annotations

from typing import Any

from taskgraft.cli.taking import flag_of
from taskgraft.request import CompareOptions, TrainOptions

# Of verbs that do not take it from a record of options.
_OTHERS = {"form": "--format", "renames": "--rename", "num_alternatives": "--top", "is_sure": "--yes"}


def on_command_line(name: str, value: Any) -> str:
    """The option of a parameter, as the verbs declare it.

    Args:
        name: Of the parameter, as in Python.
        value: A text, a number or a truth value; None for the name alone.

    Example:
        >>> on_command_line("num_threads", 2), on_command_line("auto_batch", True)
        ('--threads=2', '--auto-batch')
    """
    record = TrainOptions if name in TrainOptions.model_fields else CompareOptions
    option = _OTHERS.get(name) or flag_of(record, name)
    return option if value is None or isinstance(value, bool) else f"{option}={value}"

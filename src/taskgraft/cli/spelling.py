"""How the command line spells a parameter that an error names: `--val-fraction`, `--size=64`, `--no-tree`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def on_command_line(command: Any, name: str, value: Any) -> str:
    """The option of a parameter, as the verbs declare it.

    Args:
        command: The command, as click knows it, with its verbs.
        name: Of the parameter, as in Python.
        value: A text, a number or a truth value; None for the name alone.
    """
    option = next(_options(command, name), f"--{name.replace('_', '-')}")
    return option if value is None or isinstance(value, bool) else f"{option}={value}"


def _options(command: Any, name: str) -> Iterator[str]:
    for parameter in command.params:
        if parameter.name == name and parameter.opts[0].startswith("--"):
            yield parameter.opts[0]
    for each in getattr(command, "commands", {}).values():
        yield from _options(each, name)

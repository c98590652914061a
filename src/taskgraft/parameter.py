"""A parameter that a sentence names: its name is data, and each front end spells it its way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# What stands around a parameter in a text that is yet to be spelled. A text of a user that looks like it is
# as harmless as any other.
_BEGIN, _END = "\x0e", "\x0f"
_MARKED = re.compile(f"{_BEGIN}([a-z_]+)(?:=([ -~]*))?{_END}")

Spelling = Callable[[str, Any], str]


@dataclass(frozen=True)
class Parameter:
    """A parameter of the package's functions, and its value where a sentence gives one.

    In an f-string it becomes a mark, which `spelled` turns into the spelling of Python or the command line.

    Attributes:
        name: As in Python.
        value: A text, a number or a truth value; None for the name alone.

    Example:
        >>> sentence = f"Pass {Parameter('size', 64)}, or leave {Parameter('on_bad_image')} out."
        >>> spelled(sentence)
        'Pass size=64, or leave on_bad_image out.'
        >>> spelled(sentence, lambda name, value: f"--{name.replace('_', '-')}")
        'Pass --size, or leave --on-bad-image out.'
    """

    name: str
    value: str | float | bool | None = None

    def __str__(self) -> str:
        return f"{_BEGIN}{self.name}{'' if self.value is None else f'={self.value!a}'}{_END}"


def in_python(name: str, value: Any) -> str:
    """How Python spells a parameter: `val_fraction`, `size=64`, `fit='crop'`."""
    return name if value is None else f"{name}={value!r}"


def spelled(text: str, spelling: Spelling = in_python) -> str:
    """A text with every parameter in the spelling of whoever reads it."""
    return _MARKED.sub(lambda mark: spelling(mark[1], _value(mark[2])), text)


def parameters_in(text: str) -> frozenset[str]:
    """Names of the parameters in a text that is yet to be spelled."""
    return frozenset(mark[1] for mark in _MARKED.finditer(text))


def outside_marks(change: Callable[[str], str], text: str) -> str:
    """A text changed everywhere but in the parameters that it names."""
    pieces, end = [], 0
    for mark in _MARKED.finditer(text):
        pieces += [change(text[end : mark.start()]), mark[0]]
        end = mark.end()
    return "".join([*pieces, change(text[end:])])


def _value(literal: str | None) -> Any:
    try:
        return None if literal is None else ast.literal_eval(literal)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return literal

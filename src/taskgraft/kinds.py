"""Of which kind a value from Python has to be: one line in place of a TypeError from somewhere inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from taskgraft.errors import Phrase, RequestError

_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Kind:
    """A kind of values.

    Attributes:
        words: What an error calls one, each in its turn: "a number".
        holds: Whether a value is of the kind.
    """

    words: tuple[str, ...]
    holds: Callable[[Any], bool]

    def __or__(self, other: Kind) -> Kind:
        """The kind of values that are of either."""
        return Kind((*self.words, *other.words), lambda value: self.holds(value) or other.holds(value))

    def __str__(self) -> str:
        """What an error calls one."""
        *first, last = self.words
        return f"{', '.join(first)} or {last}" if first else last


def is_whole(value: object) -> bool:
    """Whether a value is a whole number, of Python or NumPy; True is none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether a value is a number, of Python or NumPy; True is none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _are_names(value: object) -> bool:
    # The order of names counts, and a set has none.
    return isinstance(value, str) or (
        isinstance(value, Iterable) and not isinstance(value, bytes | Set | Mapping)
    )


NONE = Kind(("None",), lambda value: value is None)
NUMBER = Kind(("a number",), is_number)
WHOLE_NUMBER = Kind(("a whole number",), is_whole)
NAME = Kind(("a name",), lambda value: isinstance(value, str))
NAMES = Kind(("a name", "a list of names"), _are_names)
PATH = Kind(("a path",), lambda value: isinstance(value, str | Path))
TRUTH = Kind(("True", "False"), lambda value: isinstance(value, bool))


def check_kinds(values: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Refuses the first value that is not of its kind.

    Args:
        values: By name.
        kinds: By name; values without one may be anything.

    Raises:
        RequestError: If one is of another kind.

    Example:
        >>> check_kinds({"epochs": "3"}, {"epochs": NUMBER | NONE})
        Traceback (most recent call last):
        ...
        taskgraft.errors.RequestError: Expected epochs to be a number or None, but got the str '3'. Pass \
such a value.
    """
    # Python only: what the command line hands on is of its kind already.
    for name, value in values.items():
        kind = kinds.get(name)
        if kind is not None and not kind.holds(value):
            raise RequestError.expected(name, str(kind), _shown(value), "Pass such a value.")


def _shown(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    text = repr(value)
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return Phrase(f"the {type(value).__name__} {shown}")

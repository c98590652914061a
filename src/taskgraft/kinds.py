"""Of which kind a value from Python has to be: one line in place of a TypeError from somewhere inside."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from taskgraft.errors import Phrase, RequestError

_LONGEST_SHOWN = 60

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


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
MAPPING = Kind(("a mapping",), lambda value: isinstance(value, Mapping))
FUNCTION = Kind(("a function",), callable)
# NumPy is not imported for this.
ARRAY = Kind(("an array",), lambda value: hasattr(value, "dtype") and hasattr(value, "shape"))


def of_class(words: str, kind: type) -> Kind:
    """The kind of the objects of a class.

    Args:
        words: What an error calls one: "a Study".
        kind: The class.
    """
    return Kind((words,), lambda value: isinstance(value, kind))


def several(words: str, one: Callable[[Any], bool]) -> Kind:
    """The kind of lists and tuples of which each item is of a kind.

    Args:
        words: What an error calls one: "a list of names".
        one: Whether an item is of its kind.
    """

    def holds(value: Any) -> bool:
        is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        return is_list and all(map(one, value))

    return Kind((words,), holds)


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


def of_kinds(
    **kinds: Kind,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Has a function refuse arguments that are not of their kinds.

    Args:
        **kinds: By the name of the parameter.

    Example:
        >>> @of_kinds(side=NUMBER)
        ... def area(side):
        ...     return side * side
        >>> area(side="3")
        Traceback (most recent call last):
        ...
        taskgraft.errors.RequestError: Expected side to be a number, but got the str '3'. Pass such a value.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            check_kinds(signature.bind(*args, **kwargs).arguments, kinds)
            return function(*args, **kwargs)

        return checked

    return decorate


def _shown(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    text = repr(value)
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return Phrase(f"the {type(value).__name__} {shown}")

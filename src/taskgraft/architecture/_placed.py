"""Where in a user's file an architecture stands, and errors that name this place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from taskgraft.architecture._spec import Architecture
from taskgraft.errors import ArchitectureError, RequestError
from taskgraft.legible import one_line

MOST_ARCHITECTURES = 1_000
_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Placed:
    """An architecture with the places that hold its name, its fork and its mixers.

    A place is a file with a key path or a line: `mine.toml, architecture[0].name`, `mine.py, line 7`.
    """

    architecture: Architecture
    name_place: str
    fork_place: str
    mixer_place: str


@contextmanager
def at(place: str) -> Iterator[None]:
    """Puts a place in front of the message of an error raised within.

    Example:
        >>> with at("mine.toml, architecture[0].fork"):  # doctest: +ELLIPSIS
        ...     raise RequestError.expected("fork", "0 or more", -1, "Raise it.")
        Traceback (most recent call last):
        taskgraft.errors.ArchitectureError: mine.toml, architecture[0].fork: Expected fork to be 0 or ...
    """
    try:
        yield
    except RequestError as error:
        raise ArchitectureError(f"{one_line(place)}: {error.text}") from error


def too_many(count: int | str) -> ArchitectureError:
    """The error for a file of more architectures than any study compares."""
    return ArchitectureError.expected(
        "the number of architectures", f"at most {MOST_ARCHITECTURES:,}", count, "Use several files."
    )


def clipped(value: object, longest: int = _LONGEST_SHOWN) -> str:
    """A value as a message shows it, on one line and cut where it is long.

    Example:
        >>> clipped("a" * 70, 10)
        'aaaaaaa...'
    """
    text = " ".join(str(value).split())
    return text if len(text) <= longest else f"{text[: longest - 3]}..."

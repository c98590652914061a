"""Where in a user's file an architecture stands, and errors that say so."""

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
    """An architecture with the lines, counted from 1, that say its name and where its trunk forks."""

    architecture: Architecture
    name_line: int
    fork_line: int


@contextmanager
def at(file_name: str, line: int) -> Iterator[None]:
    """Puts file and line in front of the message of an error raised within.

    Example:
        >>> with at("mine.toml", 7):  # doctest: +ELLIPSIS
        ...     raise RequestError.expected("fork", "0 or more", -1, "Raise it.")
        Traceback (most recent call last):
        taskgraft.errors.ArchitectureError: mine.toml, line 7: Expected fork to be 0 or more, but got -1. ...
    """
    try:
        yield
    except RequestError as error:
        raise ArchitectureError(f"{one_line(file_name)}, line {line}: {error}") from error


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

"""Where the options of a study stand: in a file, or beside it; refusals of what the file says name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from taskgraft.errors import RequestError
from taskgraft.legible import one_line
from taskgraft.request._settings import SHORTHANDS
from taskgraft.toml_file import in_file


@dataclass(frozen=True)
class Source:
    """Where options come from.

    Attributes:
        path: Of the study file; None without one.
        in_file: What it gives that counts: options by name, values of the recipe by key path.
        beside: What was given beside it.
    """

    path: Path | None = None
    in_file: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()

    @contextmanager
    def naming(self, *names: str) -> Iterator[None]:
        """Names the file in refusals of what it says.

        Args:
            *names: What the work within looks at, for refusals that do not say what they are about.
        """
        try:
            yield
        except RequestError as error:
            placed = self._placed(error, names)
            if placed is error:
                raise
            raise placed from error

    def _placed(self, error: RequestError, names: Iterable[str]) -> RequestError:
        if self.path is None:
            return error
        subjects = error.subjects & (self.in_file | self.beside) or frozenset(names)
        if not subjects & self.in_file:
            return error
        if subjects & self.beside:
            both = type(error)(f"{one_line(self.path.name)} and the options beside it: {error.text}")
            return both.with_details(error.details)
        # A file has keys, whoever reads it: names as in Python, not options of the command line.
        return in_file(self.path, type(error)(str(error)).with_details(error.details))


def with_shorthands(names: Iterable[str]) -> frozenset[str]:
    """Names of options and key paths, a shorthand by its name and its path."""
    given = set(names)
    pairs = [{name, path} for name, path in SHORTHANDS.items()]
    return frozenset(given.union(*(pair for pair in pairs if pair & given)))

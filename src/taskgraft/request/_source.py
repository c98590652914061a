"""Where the options of a study stand: in a file, or beside it; refusals of what the file says name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taskgraft.errors import RequestError
from taskgraft.legible import one_line
from taskgraft.parameter import in_python
from taskgraft.request._settings import SHORTHANDS
from taskgraft.toml_file import in_file


@dataclass(frozen=True)
class Source:
    """Where options come from.

    Attributes:
        path: Of the study file; None without one.
        in_file: What it gives that counts: options by name, values of the recipe by key path.
        beside: What was given beside it.
        spellings: Options that the file spells as the command line does, as it spells them.
    """

    path: Path | None = None
    in_file: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    spellings: Mapping[str, str] = field(default_factory=dict)

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
        return self.in_its_words(error)

    def in_its_words(self, error: RequestError) -> RequestError:
        """A refusal of what the file says: with its name, and options as it spells them, or as Python does.

        Whoever reads a file, it has keys: no options of the command line.
        """
        if self.path is None:
            return error
        spelled = type(error)(error.spelled(self._spelled)).with_details(error.details)
        return in_file(self.path, spelled)

    def _spelled(self, name: str, value: Any) -> str:
        return self.spellings.get(name) or in_python(name, value)


def with_shorthands(names: Iterable[str]) -> frozenset[str]:
    """Names of options and key paths, a shorthand by its name and its path."""
    given = set(names)
    pairs = [{name, path} for name, path in SHORTHANDS.items()]
    return frozenset(given.union(*(pair for pair in pairs if pair & given)))

"""The names of classes in a taxonomy file, by the rules of all labels."""

from __future__ import annotations

from pathlib import Path

from taskgraft.data.labels import NotOneLabelError, on_white_space, plain, written
from taskgraft.errors import TaxonomyError


class FileNames:
    """The names of one file.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._forms: dict[str, dict[str, None]] = {}

    def of(self, value: object) -> str | None:
        """The name that a cell or a value of JSON stands for.

        Raises:
            TaxonomyError: If it is no name.
        """
        try:
            name = plain(value)
        except NotOneLabelError as error:
            raise TaxonomyError.expected(
                f"every class of {self.path}", "a name", error, "Write it as a text."
            ) from error
        if name is None:
            return None
        self._forms.setdefault(str(name), {})[written(value) or str(name)] = None
        return str(name)

    def needed(self, value: object) -> str:
        """The same where there must be one."""
        name = self.of(value)
        if name is None:
            raise TaxonomyError.expected(f"every class of {self.path}", "a name", value, "Name it.")
        return name

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to names, a sentence."""
        return tuple(on_white_space(f"names in {self.path.name}", self._forms))

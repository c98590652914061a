"""A file of renames: which older classes stand behind newer ones, where their paths do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from taskgraft.errors import Phrase, RequestError
from taskgraft.taxonomy import Names
from taskgraft.toml_file import in_file, read_toml

Renames = Mapping[Names, tuple[Names, ...]]
"""By the path of a newer class, those of the older ones behind it."""

ARROW = " > "
_TABLE = "renames"


def read_renames(path: Path) -> Renames:
    r"""Reads a file of renames: a TOML table whose keys are newer paths, its values older ones.

    Args:
        path: Of the file. Names of a path are joined by ` > `; a class that others were merged into has a
            list of them.

    Raises:
        RequestError: If it is no such file.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "renames.toml"
        >>> _ = file.write_text('[renames]\n"pet > tabby" = "pet > cat"\n"farm" = ["cows", "pigs"]')
        >>> read_renames(file)
        {('pet', 'tabby'): (('pet', 'cat'),), ('farm',): (('cows',), ('pigs',))}
    """
    content = read_toml("the file of renames", path)
    table = content.get(_TABLE)
    if set(content) != {_TABLE} or not isinstance(table, dict):
        raise in_file(path, _wrong(f"a table [{_TABLE}] and nothing else", ", ".join(content) or "nothing"))
    renames: dict[Names, tuple[Names, ...]] = {}
    for new, old in table.items():
        several = old if isinstance(old, list) else [old]
        if not several or not all(isinstance(each, str) and each.strip() for each in several):
            raise in_file(path, _wrong(f"a path or a list of paths for {new!r}", type(old).__name__))
        renames[_split(new)] = tuple(_split(each) for each in several)
    return renames


def _split(text: str) -> Names:
    return tuple(name.strip() for name in text.split(ARROW.strip()))


def _wrong(rule: str, got: str) -> RequestError:
    return RequestError.expected(
        "the file", rule, Phrase(got), 'Write lines such as "new > path" = "old > path".'
    )

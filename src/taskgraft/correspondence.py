"""Which classes of an older tree stand behind those of a newer one: by paths, or as a file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.taxonomy import Taxonomy
from taskgraft.toml_file import in_file, read_toml

Names = tuple[str, ...]
Renames = Mapping[Names, tuple[Names, ...]]
_ARROW = " > "
_TABLE = "renames"


@dataclass(frozen=True)
class Correspondence:
    """What stands behind the classes of a newer tree.

    Attributes:
        sources: By level, coarsest first, for each newer class the older ones behind it: none for a new
            class, several for one that they were merged into.
        retired: Paths of the older classes that stand behind none.
        added: Paths of the newer classes behind which none stands.
    """

    sources: tuple[tuple[tuple[int, ...], ...], ...]
    retired: tuple[Names, ...]
    added: tuple[Names, ...]


def correspond(older: Taxonomy, newer: Taxonomy, renames: Renames | None = None) -> Correspondence:
    """Finds the older classes behind every newer one.

    A class is the older one of the same path of names. A rename of a path holds for everything below it.

    Args:
        older: The tree of a trained model.
        newer: That of the data to train on, of as many levels.
        renames: By newer path, the older ones; see `read_renames`.

    Raises:
        RequestError: If the levels are not as many, or a rename names a class that does not exist.

    Example:
        >>> older = Taxonomy.from_names(["kind", "sort"], [("pet", "cat"), ("pet", "dog"), ("farm", "cow")])
        >>> paths = [("animal", "cat"), ("animal", "cow"), ("fish", "eel")]
        >>> newer = Taxonomy.from_names(["kind", "sort"], paths)
        >>> found = correspond(older, newer, {("animal",): (("pet",), ("farm",))})
        >>> found.sources
        (((0, 1), ()), ((0,), (2,), ()))
        >>> found.retired, found.added
        ((('pet', 'dog'),), (('fish',), ('fish', 'eel')))
    """
    if older.num_levels != newer.num_levels:
        raise RequestError.expected(
            "the levels of the data",
            f"as many as the model's, {', '.join(older.level_names)}",
            Phrase(", ".join(newer.level_names)),
            "Give data with these levels.",
        )
    renames = renames or {}
    paths = [older.paths(level) for level in range(older.num_levels)]
    _check(renames, paths, [newer.paths(level) for level in range(newer.num_levels)])
    sources: list[tuple[tuple[int, ...], ...]] = []
    added: list[Names] = []
    used: set[Names] = set()
    for level in range(newer.num_levels):
        numbers = {path: k for k, path in enumerate(paths[level])}
        behind = []
        for path in newer.paths(level):
            old = tuple(sorted({numbers[each] for each in _older(path, renames) if each in numbers}))
            behind.append(old)
            used.update(paths[level][k] for k in old)
            if not old:
                added.append(path)
        sources.append(tuple(behind))
    retired = tuple(path for level in paths for path in level if path not in used)
    return Correspondence(tuple(sources), retired, tuple(added))


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
    return tuple(name.strip() for name in text.split(_ARROW.strip()))


def _wrong(rule: str, got: str) -> RequestError:
    return RequestError.expected(
        "the file", rule, Phrase(got), 'Write lines such as "new > path" = "old > path".'
    )


def _older(path: Names, renames: Renames) -> tuple[Names, ...]:
    """What a newer path was called before: the longest renamed beginning of it decides."""
    for length in range(len(path), 0, -1):
        if path[:length] in renames:
            return tuple((*old, *path[length:]) for old in renames[path[:length]])
    return (path,)


def _check(renames: Renames, older: list[list[Names]], newer: list[list[Names]]) -> None:
    """Refuses renames of classes that do not exist, or from one level to another."""
    for new, olds in renames.items():
        level = len(new) - 1 if len(older) > 1 and len(new) <= len(older) else 0
        if new not in newer[level]:
            raise unknown_name("a renamed class of the data", _ARROW.join(new), _shown(newer))
        for old in olds:
            if old not in older[level]:
                raise unknown_name("a class of the model", _ARROW.join(old), _shown(older))


def _shown(levels: list[list[Names]]) -> list[str]:
    return [_ARROW.join(path) for level in levels for path in level]

"""Taxonomies as people write them down: a line per leaf, a child and its parent a line, or a tree in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from taskgraft.data.labels import continued_name
from taskgraft.errors import TaxonomyError
from taskgraft.several import names_of
from taskgraft.taxonomy import MOST_LEVELS, Taxonomy, read_rows, unreadable

TAXONOMY_FILE = "taxonomy.json"
"""What a folder of pictures may hold beside them."""
_MOST_BYTES = 16 << 20
_EDGES = {"child", "parent"}


def read_taxonomy(path: Path | str, level_names: str | Sequence[str] | None = None) -> Taxonomy:
    """Reads a taxonomy from a file.

    - CSV with a header of level names and a line per leaf: `kind,animal` then `pet,cat`;
    - CSV with the header `child,parent` (in any order): a class and its parent a line, no parent for the top;
    - JSON as `Taxonomy.to_dict` gives it;
    - JSON of nested objects, whose ends are `{}`, null or lists of names: `{"pet": ["cat", "dog"]}`.

    A class that ends early stands for itself at every finer level; a single root is left out.

    Args:
        path: The file.
        level_names: Of the levels, coarsest first, one by one or joined by commas, for the forms that name
            none; `level_1` ... unless told.

    Raises:
        TaxonomyError: If the file cannot be read or does not hold a tree.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "t.json").write_text('{"pet": ["cat", "dog"], "car": null}')
        ...     taxonomy = read_taxonomy(Path(folder) / "t.json")
        >>> [level.classes for level in taxonomy.levels]
        [('pet', 'car'), ('cat', 'dog', 'car')]
    """
    path = Path(path)
    level_names = None if level_names is None else names_of("--levels", level_names)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TaxonomyError.expected(
                str(path), f"at most {_MOST_BYTES >> 20} MB", f"{path.stat().st_size} bytes", "Shorten it."
            )
        text = path.read_text(encoding="utf-8-sig")
        data = json.loads(text) if path.suffix.lower() == ".json" else None
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(path, error) from error
    if isinstance(data, dict) and set(data) != {"levels", "parents"}:
        return _from_paths(list(_walk(data, ())), level_names, path)
    rows = read_rows(text, path) if data is None else []
    if rows and {name.strip().lower() for name in rows[0]} == _EDGES:
        return _from_paths(_paths_of_edges(rows, path), level_names, path)
    return Taxonomy.from_file(path)


def _walk(tree: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Paths to the ends of a nested tree."""
    if len(above) > MOST_LEVELS + 1:
        raise TaxonomyError.expected(
            "a taxonomy", f"at most {MOST_LEVELS} levels deep", " / ".join(above), "Flatten it."
        )
    if isinstance(tree, Mapping) and tree:
        for name, below in tree.items():
            yield from _walk(below, (*above, name))
    elif isinstance(tree, list) and tree:
        for item in tree:
            yield from _walk(item, above) if isinstance(item, Mapping) else _walk(None, (*above, str(item)))
    elif tree in (None, {}, []):
        yield above
    else:
        yield (*above, str(tree))


def _paths_of_edges(rows: Sequence[Sequence[str]], path: Path) -> list[tuple[str, ...]]:
    """Paths from the top to each class that is nobody's parent, in the order of the file."""
    header = [name.strip().lower() for name in rows[0]]
    child, parent = header.index("child"), header.index("parent")
    above: dict[str, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header) or not row[child].strip():
            raise TaxonomyError.expected(
                f"line {number} of {path}", "a child and its parent", ",".join(row), "Mend the line."
            )
        name, over = row[child].strip(), row[parent].strip()
        if above.setdefault(name, over) != over:
            raise TaxonomyError.expected(
                f"class {name!r} of {path}", "under one parent", [above[name], over], "Rename one of the two."
            )
    inner = set(above.values())
    tops = [name for name in inner if name and name not in above]
    above.update(dict.fromkeys(sorted(tops), ""))
    return [_path_to(name, above, path) for name in above if name not in inner]


def _path_to(name: str, above: Mapping[str, str], path: Path) -> tuple[str, ...]:
    found = [name]
    while over := above[found[-1]]:
        if over in found:
            raise TaxonomyError.expected(
                f"the parents in {path}", "free of cycles", " under ".join([*found, over]), "Break the cycle."
            )
        found.append(over)
    return tuple(reversed(found))


def _from_paths(paths: Sequence[tuple[str, ...]], level_names: Sequence[str] | None, path: Path) -> Taxonomy:
    if not paths or not all(paths):
        raise TaxonomyError.expected(
            str(path), "a tree of classes", "no class that is nobody's parent", "Give every class its parent."
        )
    depth = max(len(one) for one in paths)
    if depth > 1 and len({one[0] for one in paths}) == 1:
        # What every class lies under tells nothing apart.
        paths, depth = [one[1:] for one in paths if len(one) > 1], depth - 1
    names = tuple(level_names or default_level_names(depth))
    if len(names) != depth:
        raise TaxonomyError.expected(
            "the level names", f"{depth}, one for each level of {path}", len(names), "Give --levels."
        )
    taken = [{one[i] for one in paths if len(one) > i} for i in range(depth)]
    return Taxonomy.from_names(names, [_padded(one, taken) for one in paths])


def default_level_names(num_levels: int) -> list[str]:
    """Names for levels that nobody named: `level_1` is the coarsest."""
    return [f"level_{i + 1}" for i in range(num_levels)]


def _padded(path: tuple[str, ...], taken: Sequence[set[str]]) -> list[str]:
    """A path continued by its last class down to the finest level."""
    full = list(path)
    while len(full) < len(taken):
        full.append(continued_name(full[-1], taken[len(full)]))
    return full

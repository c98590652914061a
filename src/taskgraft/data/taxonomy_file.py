"""Taxonomies as people write them down: a line per leaf, a child and its parent a line, or a tree in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from taskgraft.data.delimited import Row, delimited_rows
from taskgraft.data.labels import NotOneLabelError, named_rows, plain
from taskgraft.errors import DataError, TaxonomyError
from taskgraft.several import names_of
from taskgraft.taxonomy import MOST_LEVELS, Taxonomy

TAXONOMY_FILE = "taxonomy.json"
"""What a folder of pictures may hold beside them."""
_MOST_BYTES = 16 << 20
_EDGES = {"child", "parent"}
Names = tuple[str, ...]


def read_taxonomy(path: Path | str, level_names: str | Sequence[str] | None = None) -> Taxonomy:
    """Reads a taxonomy from a file.

    - CSV with a header of level names and a line per leaf: `kind,animal` then `pet,cat`;
    - CSV with the header `child,parent` (in any order): a class and its parent a line, no parent for the top;
    - JSON as `Taxonomy.to_dict` gives it;
    - JSON of nested objects, whose ends are `{}`, null or lists of names: `{"pet": ["cat", "dog"]}`.

    Names follow the rules of all labels (`docs/decisions/0026`): a class that ends early stands for itself at
    every finer level, and a name that stands under several parents is several classes. A single root is left
    out.

    Args:
        path: The file.
        level_names: Of the levels, coarsest first, one by one or joined by commas, for the forms that name
            none; `level_1` ... unless given.

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
    _check_size(path)
    if path.suffix.lower() == ".json":
        data = _json(path)
        if not isinstance(data, dict) or set(data) == {"levels", "parents"}:
            return Taxonomy.from_dict(data)
        return _from_paths(list(_walk(data, (), path)), level_names, path)
    (_, header), *rows = _rows(path)
    if {name.lower() for name in header} == _EDGES:
        return _from_paths(_paths_of_edges(header, rows, path), level_names, path)
    paths = [tuple(name or None for name in row) for _, row in rows]
    return _from_paths(paths, header, path, keeps_root=True)


def _check_size(path: Path) -> None:
    try:
        num_bytes = path.stat().st_size
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if num_bytes > _MOST_BYTES:
        raise TaxonomyError.expected(
            str(path), f"at most {_MOST_BYTES >> 20} MB", f"{num_bytes} bytes", "Shorten it."
        )


def _unreadable(path: Path, error: Exception) -> TaxonomyError:
    return TaxonomyError.expected(
        str(path), "a readable taxonomy file (CSV or JSON, UTF-8)", str(error),
        "Check the path and its contents.",
    )  # fmt: skip


def _json(path: Path) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # Python keeps the last of two equal keys, and with it one of two subtrees.
        names: dict[str, Any] = {}
        for key, value in pairs:
            name = _name(key, path)
            if name in names:
                raise TaxonomyError.expected(
                    f"every class of {path}", "written once under its parent", key, "Join the two."
                )
            names[name] = value
        return names

    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=once)
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error


def _rows(path: Path) -> list[Row]:
    """The rows of a CSV file that hold something, names cell by cell, the header first."""
    try:
        rows = [(line, [*map(str.strip, row)]) for line, row in delimited_rows(path, fewest_columns=1)]
    except OSError as error:
        raise _unreadable(path, error) from error
    except DataError as error:
        raise TaxonomyError(str(error)) from error
    if not rows:
        raise TaxonomyError.expected(
            str(path), "a header of level names and a line per leaf", "an empty file", "Write one."
        )
    num_columns = len(rows[0][1])
    for line, row in rows:
        if len(row) != num_columns:
            raise TaxonomyError.expected(
                f"line {line} of {path}", f"{num_columns} names long, as its header is", ",".join(row),
                "Mend the line.",
            )  # fmt: skip
    return rows


def _name(value: object, path: Path) -> str:
    """A class name of a JSON file."""
    try:
        name = plain(value)
    except NotOneLabelError as error:
        raise TaxonomyError.expected(
            f"every class of {path}", "a name", error, "Write it as a text."
        ) from error
    if name is None:
        raise TaxonomyError.expected(f"every class of {path}", "a name", value, "Name it.")
    return str(name)


def _walk(tree: Any, above: Names, path: Path) -> Iterator[Names]:
    """Paths to the ends of a nested tree."""
    if len(above) > MOST_LEVELS + 1:
        raise _too_deep(" / ".join(above))
    if isinstance(tree, Mapping) and tree:
        for name, below in tree.items():
            yield from _walk(below, (*above, name), path)
    elif isinstance(tree, list) and tree:
        for item in tree:
            if isinstance(item, Mapping):
                yield from _walk(item, above, path)
            else:
                yield (*above, _name(item, path))
    elif tree in (None, {}, []):
        yield above
    else:
        yield (*above, _name(tree, path))


def _too_deep(shown: str) -> TaxonomyError:
    return TaxonomyError.expected("a taxonomy", f"at most {MOST_LEVELS} levels deep", shown, "Flatten it.")


def _paths_of_edges(header: Sequence[str], rows: Sequence[Row], path: Path) -> list[Names]:
    """Paths from the top to each class that is nobody's parent, in the order of the file."""
    places = [name.lower() for name in header]
    child, parent = places.index("child"), places.index("parent")
    above: dict[str, str] = {}
    for line, row in rows:
        name, over = row[child], row[parent]
        if not name:
            raise TaxonomyError.expected(
                f"line {line} of {path}", "a child and its parent", ",".join(row), "Mend the line."
            )
        if above.setdefault(name, over) != over:
            raise TaxonomyError.expected(
                f"class {name!r} of {path}", "under one parent", [above[name], over],
                "Rename one of the two, or write a line per leaf.",
            )  # fmt: skip
    inner = set(above.values())
    tops = [name for name in inner if name and name not in above]
    above.update(dict.fromkeys(sorted(tops), ""))
    return [_path_to(name, above, path) for name in above if name not in inner]


def _path_to(name: str, above: Mapping[str, str], path: Path) -> Names:
    upwards = [name]
    while over := above[upwards[-1]]:
        if over in upwards:
            raise TaxonomyError.expected(
                f"the parents in {path}", "free of cycles", " under ".join([*upwards, over]),
                "Break the cycle.",
            )  # fmt: skip
        upwards.append(over)
        # A root that all share is no level.
        if len(upwards) > MOST_LEVELS + 1:
            raise _too_deep(" under ".join(upwards))
    return tuple(reversed(upwards))


def _from_paths(
    paths: Sequence[Sequence[str | None]], level_names: Sequence[str] | None, path: Path, *,
    keeps_root: bool = False,
) -> Taxonomy:  # fmt: skip
    if not paths or not all(paths):
        raise TaxonomyError.expected(
            str(path), "a tree of classes", "no class that is nobody's parent", "Give every class its parent."
        )
    depth = max(len(one) for one in paths)
    if not keeps_root and depth > 1 and len({one[0] for one in paths}) == 1:
        # What every class lies under tells nothing apart.
        paths, depth = [one[1:] for one in paths if len(one) > 1], depth - 1
    names = tuple(level_names or default_level_names(depth))
    if len(names) != depth:
        raise TaxonomyError.expected(
            "the level names", f"{depth}, one for each level of {path}", len(names), "Give --levels."
        )
    rows = [(*one, *[None] * (depth - len(one))) for one in paths]
    full = named_rows(dict.fromkeys(rows, 1), names).names
    leaves = [[name for name in full[row] if name is not None] for row in rows]
    # A line that ends where others go on names no class of its own.
    return Taxonomy.from_names(names, [leaf for leaf in leaves if len(leaf) == depth])


def default_level_names(num_levels: int) -> list[str]:
    """Names for levels that nobody named: `level_1` is the coarsest."""
    return [f"level_{i + 1}" for i in range(num_levels)]

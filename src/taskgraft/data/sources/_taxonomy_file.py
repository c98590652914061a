"""Taxonomies as people write them down: a line per leaf, a child and its parent a line, or a tree in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from taskgraft.data.labels import named_rows
from taskgraft.data.sources._delimited import delimited_rows
from taskgraft.data.sources._file_names import FileNames
from taskgraft.data.sources._text_file import text_lines
from taskgraft.errors import DataError, TaxonomyError
from taskgraft.parameter import Parameter
from taskgraft.several import names_of
from taskgraft.taxonomy import MOST_LEVELS, Taxonomy

TAXONOMY_FILE = "taxonomy.json"
"""What a folder of pictures may hold beside them."""
_MOST_BYTES = 16 << 20
_EDGES = {"child", "parent"}
_PAIRS = "_isa.txt"
_FLAT = {"levels", "parents"}
Names = tuple[str, ...]
Row = tuple[int, list[str | None]]


class FileTaxonomy(NamedTuple):
    """What a file says.

    Attributes:
        taxonomy: The levels and classes.
        path: The file.
        notes: What was decided on the way, a sentence each.
    """

    taxonomy: Taxonomy
    path: Path
    notes: tuple[str, ...] = ()


def read_taxonomy(path: Path | str, level_names: str | Sequence[str] | None = None) -> Taxonomy:
    """Reads a taxonomy from a file.

    - CSV with a header of level names and a line per leaf: `kind,animal` then `pet,cat`;
    - CSV with the header `child,parent` (in any order): a class and its parent a line, no parent for the top;
    - a file whose name ends in `_isa.txt`, of a parent and its child a line, parted by a blank: so the trees
      of *Making Better Mistakes* are published;
    - JSON as `Taxonomy.to_dict` gives it, and as exported files and servers do, with its digest;
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
    return read_taxonomy_file(path, level_names).taxonomy


def read_taxonomy_file(path: Path | str, level_names: str | Sequence[str] | None = None) -> FileTaxonomy:
    """Reads a taxonomy as `read_taxonomy` does, with what there is to say of its names."""
    path = Path(path)
    level_names = None if level_names is None else names_of(Parameter("levels"), level_names)
    _check_size(path)
    names = FileNames(path)
    if path.suffix.lower() == ".json":
        data = _json(names)
        if not isinstance(data, dict) or _FLAT <= set(data) <= {*_FLAT, "digest"}:
            return FileTaxonomy(Taxonomy.from_dict(data), path)
        taxonomy = _from_paths(list(_walk(data, (), names)), level_names, path)
        return FileTaxonomy(taxonomy, path, names.notes)
    if path.name.lower().endswith(_PAIRS):
        taxonomy = _from_paths(_paths_of_edges(("parent", "child"), _pairs(names), path), level_names, path)
        return FileTaxonomy(taxonomy, path, names.notes)
    (_, header), *rows = _rows(names)
    columns = [name or "" for name in header]
    if {name.lower() for name in columns} >= _EDGES:
        taxonomy = _from_paths(_paths_of_edges(columns, rows, path), level_names, path)
    elif "parent" in map(str.lower, columns):
        raise TaxonomyError.expected(
            f"the header of {path}",
            "child and parent, or the names of levels",
            ",".join(columns),
            "Call the column of the classes child.",
        )
    else:
        taxonomy = _from_paths([row for _, row in rows], columns, path, keeps_root=True)
    return FileTaxonomy(taxonomy, path, names.notes)


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
        str(path),
        "a readable taxonomy file (CSV or JSON, UTF-8)",
        str(error),
        "Check the path and its contents.",
    )


def _json(file_names: FileNames) -> Any:
    path = file_names.path

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # Python keeps the last of two equal keys, and with it one of two subtrees.
        names: dict[str, Any] = {}
        for key, value in pairs:
            name = file_names.needed(key)
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


def _rows(names: FileNames) -> list[Row]:
    """The rows of a CSV file that hold something, names cell by cell, the header first."""
    path = names.path
    try:
        rows = [(line, [*map(names.of, row)]) for line, row in delimited_rows(path, fewest_columns=1)]
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
                f"line {line} of {path}",
                f"{num_columns} names long, as its header is",
                _line(row),
                "Mend the line.",
            )
    return rows


def _pairs(names: FileNames) -> list[Row]:
    """The lines of a text file that hold something: a parent and its child."""
    path = names.path
    try:
        lines = [(number, line.split()) for number, line in enumerate(text_lines(path), start=1)]
    except OSError as error:
        raise _unreadable(path, error) from error
    except DataError as error:
        raise TaxonomyError(str(error)) from error
    rows: list[Row] = [(number, [*map(names.of, words)]) for number, words in lines if words]
    for number, row in rows:
        if len(row) != 2:
            raise TaxonomyError.expected(
                f"line {number} of {path}",
                "a parent and its child, parted by a blank",
                _line(row),
                "Mend it.",
            )
    return rows


def _walk(tree: Any, above: Names, names: FileNames) -> Iterator[Names]:
    """Paths to the ends of a nested tree."""
    if len(above) > MOST_LEVELS + 1:
        raise _too_deep(" / ".join(above))
    if isinstance(tree, Mapping) and tree:
        for name, below in tree.items():
            yield from _walk(below, (*above, name), names)
    elif isinstance(tree, list) and tree:
        for item in tree:
            if isinstance(item, Mapping):
                yield from _walk(item, above, names)
            else:
                yield (*above, names.needed(item))
    elif tree in (None, {}, []):
        yield above
    else:
        yield (*above, names.needed(tree))


def _line(row: Sequence[str | None]) -> str:
    return ",".join(name or "" for name in row)


def _too_deep(shown: str) -> TaxonomyError:
    return TaxonomyError.expected("a taxonomy", f"at most {MOST_LEVELS} levels deep", shown, "Flatten it.")


def _paths_of_edges(header: Sequence[str], rows: Sequence[Row], path: Path) -> list[Names]:
    """Paths from the top to each class without children, in the order of the file."""
    places = [name.lower() for name in header]
    child, parent = places.index("child"), places.index("parent")
    above: dict[str, str] = {}
    for line, row in rows:
        name, over = row[child], row[parent] or ""
        if not name:
            raise TaxonomyError.expected(
                f"line {line} of {path}", "a child and its parent", _line(row), "Mend the line."
            )
        if above.setdefault(name, over) != over:
            raise TaxonomyError.expected(
                f"class {name!r} of {path}",
                "under one parent",
                [above[name], over],
                "Rename one of the two, or write a line per leaf.",
            )
    inner = set(above.values())
    tops = [name for name in inner if name and name not in above]
    above.update(dict.fromkeys(sorted(tops), ""))
    return [_path_to(name, above, path) for name in above if name not in inner]


def _path_to(name: str, above: Mapping[str, str], path: Path) -> Names:
    upwards = [name]
    while over := above[upwards[-1]]:
        if over in upwards:
            raise TaxonomyError.expected(
                f"the parents in {path}",
                "free of cycles",
                " under ".join([*upwards, over]),
                "Break the cycle.",
            )
        upwards.append(over)
        # A root that all share is no level.
        if len(upwards) > MOST_LEVELS + 1:
            raise _too_deep(" under ".join(upwards))
    return tuple(reversed(upwards))


def _from_paths(
    paths: Sequence[Sequence[str | None]],
    level_names: Sequence[str] | None,
    path: Path,
    *,
    keeps_root: bool = False,
) -> Taxonomy:
    if not paths or not all(paths):
        raise TaxonomyError.expected(
            str(path),
            "a tree of classes",
            "no leaf",
            "Give it a class without children.",
        )
    depth = max(len(one) for one in paths)
    if not keeps_root and depth > 1 and len({one[0] for one in paths}) == 1:
        # What every class lies under tells nothing apart.
        paths, depth = [one[1:] for one in paths if len(one) > 1], depth - 1
    names = tuple(level_names or default_level_names(depth))
    if len(names) != depth:
        raise TaxonomyError.expected(
            "the level names",
            f"{depth}, one for each level of {path}",
            len(names),
            f"Give {Parameter('levels')}.",
        )
    rows = [(*one, *[None] * (depth - len(one))) for one in paths]
    full = named_rows(dict.fromkeys(rows, 1), names).names
    leaves = [[name for name in full[row] if name is not None] for row in rows]
    # A line that ends where others go on names no new class.
    return Taxonomy.from_names(names, [leaf for leaf in leaves if len(leaf) == depth])


def default_level_names(num_levels: int) -> list[str]:
    """Names for levels without a name: `level_1` is the coarsest."""
    return [f"level_{i + 1}" for i in range(num_levels)]

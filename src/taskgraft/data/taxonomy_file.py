"""Taxonomies as people write them down: a line per leaf, a child and its parent a line, or a tree in JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from taskgraft.data.labels import NotOneLabelError, named_rows, plain
from taskgraft.errors import TaxonomyError
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
    text = _text(path)
    if path.suffix.lower() == ".json":
        data = _json(path, text)
        if not isinstance(data, dict) or set(data) == {"levels", "parents"}:
            return Taxonomy.from_dict(data)
        return _from_paths(list(_walk(data, (), path)), level_names, path)
    rows = _rows(path, text)
    if {name.lower() for name in rows[0]} == _EDGES:
        return _from_paths(_paths_of_edges(rows, path), level_names, path)
    paths = [_trimmed(row) for row in rows[1:]]
    return _from_paths(paths, rows[0], path, keeps_root=True)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TaxonomyError.expected(
                str(path), f"at most {_MOST_BYTES >> 20} MB", f"{path.stat().st_size} bytes", "Shorten it."
            )
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> TaxonomyError:
    return TaxonomyError.expected(
        str(path), "a readable taxonomy file (CSV or JSON, UTF-8)", str(error),
        "Check the path and its contents.",
    )  # fmt: skip


def _json(path: Path, text: str) -> Any:
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
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error


def _rows(path: Path, text: str) -> list[list[str]]:
    """The lines of a CSV file that hold something, names cell by cell, the header first."""
    try:
        # Not by `splitlines`: a name may hold any of the signs that Python takes for the end of a line.
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error as error:
        raise _unreadable(path, error) from error
    rows = [row for row in rows if any(row)]
    if not rows:
        raise TaxonomyError.expected(
            str(path), "a header of level names and a line per leaf", "an empty file", "Write one."
        )
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise TaxonomyError.expected(
                f"line {number} of {path}", f"{len(rows[0])} names long, as its header is", ",".join(row),
                "Mend the line.",
            )  # fmt: skip
    return rows


def _trimmed(row: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(name or None for name in row)


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


def _paths_of_edges(rows: Sequence[Sequence[str]], path: Path) -> list[Names]:
    """Paths from the top to each class that is nobody's parent, in the order of the file."""
    header = [name.lower() for name in rows[0]]
    child, parent = header.index("child"), header.index("parent")
    above: dict[str, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        name, over = row[child], row[parent]
        if not name:
            raise TaxonomyError.expected(
                f"line {number} of {path}", "a child and its parent", ",".join(row), "Mend the line."
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

"""A table of pictures: CSV or Parquet with a column of paths and one column of class names a level."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from taskgraft.data.files import reading
from taskgraft.data.labels import shown
from taskgraft.data.sources._delimited import has_header, read_delimited
from taskgraft.data.sources._list_file import LABEL, is_path, read_list, read_paths
from taskgraft.data.sources._raw_table import RawTable
from taskgraft.data.sources._samples import Samples, with_taxonomy
from taskgraft.data.sources._taxonomy_file import FileTaxonomy, read_taxonomy_file
from taskgraft.errors import DataError, RequestError, unknown_name
from taskgraft.parameter import Parameter
from taskgraft.pictures import Picture
from taskgraft.several import names_of

_PARQUET = frozenset({".parquet", ".pq"})
_LISTS = frozenset({".txt", ".lst"})
SUFFIXES = frozenset({".csv", ".tsv", ".tab"}) | _LISTS | _PARQUET
_IMAGE_COLUMNS = ("image", "path", "file", "filename", "file_name", "filepath", "image_path", "img")
_SPLIT_COLUMN = "split"
_MOST_CSV_BYTES = 512 << 20
_MOST_ROWS = 20_000_000
_ROWS_AT_A_TIME = 256
# No system takes a longer path; what is longer is no path.
_LONGEST_PATH = 4096
_LONGEST_NAME = 40


def read_table(
    path: Path,
    label_columns: str | Sequence[str] | None = None,
    *,
    image_column: str | None = None,
    split_column: str | None = None,
    data_dir: Path | None = None,
    taxonomy: Path | None = None,
    has_tree: bool = True,
) -> Samples:
    """Reads which pictures a table names, and what it says of them.

    Cells become labels by the rules of `docs/decisions/0026`. A Parquet column of pictures may hold the
    encoded bytes themselves, alone or as a record of `bytes` and `path`; one that is null is an unreadable
    picture.

    Args:
        path: `.csv` or `.tsv` (with a header; its separator is found out), `.txt` or `.lst` (such a table, or
            a path and a label a line) or `.parquet` (extra `parquet`).
        label_columns: One a level, coarsest first, one by one or joined by commas; unless given, `label` of a
            list, or the levels of the taxonomy.
        image_column: Of the paths; the usual names are looked for unless given.
        split_column: Of the splits (train, val, test); `split` is taken where it exists, unless given.
        data_dir: What the paths are relative to, and must lie in; by default the folder of the table.
        taxonomy: A file with the levels above those of the table.
        has_tree: Whether each finer class lies under one coarser class.

    Raises:
        DataError: If the table cannot be read, or a path leaves the folder.
        RequestError: If a column does not exist.
    """
    given = () if label_columns is None else names_of(Parameter("label_columns"), label_columns)
    wanted = {*given, *(each for each in (image_column, split_column) if each is not None)}
    root = path.parent if data_dir is None else _existing_folder(data_dir)
    with reading(path):
        table, is_list = _read(path, wanted, root)
    tree = None if taxonomy is None else read_taxonomy_file(taxonomy)
    labels = given or _usual_labels(table, tree, is_list=is_list)
    image, split = _checked_columns(path, table, root, labels, image_column, split_column)
    pictures = _pictures(path, table, table.columns[image], root)
    samples = Samples(
        source=str(path),
        pictures=pictures,
        names=_names(path, table, table.columns[image]),
        columns={name: table.columns[name] for name in labels},
        splits=None if split is None else table.columns[split],
        is_text=table.is_text,
        has_tree=has_tree,
    )
    return samples if tree is None else with_taxonomy(samples, tree)


def is_table(path: Path) -> bool:
    """Whether a file is one that `read_table` reads, by its suffix."""
    return path.suffix.lower() in SUFFIXES


def read_pictures(
    path: Path, image_column: str | None = None, data_dir: Path | None = None
) -> list[tuple[str, Picture]]:
    """Reads which pictures a table names, whatever else it says.

    Args:
        path: A table as `read_table` takes it, of one column or more; or a list with a path a line, and
            whatever behind it.
        image_column: Of the paths; the usual names are looked for unless given, and the only one is taken.
        data_dir: What the paths are relative to, and must lie in; by default the folder of the table.

    Returns:
        What each picture is called, and where or what it is.

    Raises:
        DataError: If the table cannot be read, or a path leaves the folder.
        RequestError: If it has no such column.
    """
    root = path.parent if data_dir is None else _existing_folder(data_dir)
    names = _IMAGE_COLUMNS if image_column is None else (image_column,)
    with reading(path):
        if path.suffix.lower() in _LISTS and not any(has_header(path, {name}) for name in names):
            table = read_paths(path, root)
        elif path.suffix.lower() in _PARQUET:
            table, _ = _read(path, set(), root)
        else:
            table = read_delimited(path, () if image_column is None else names, fewest_columns=1)
    column = _image_column(path, table, image_column)
    pictures = _pictures(path, table, table.columns[column], root)
    return list(zip(_names(path, table, table.columns[column]), pictures, strict=True))


def _image_column(path: Path, table: RawTable, wanted: str | None) -> str:
    only = tuple(table.columns) if len(table.columns) == 1 else ()
    column = wanted
    if column is None:
        column = next((name for name in (*_IMAGE_COLUMNS, *only) if name in table.columns), None)
    if column is None:
        raise RequestError.expected(
            Parameter("image_column"), "given", ", ".join(table.columns), "Name the column of paths."
        )
    if column not in table.columns:
        raise unknown_name(f"a column of {path}", column, list(table.columns))
    return column


def _existing_folder(path: Path) -> Path:
    if not path.is_dir():
        got = "a file" if path.exists() else "no such folder"
        raise RequestError.expected(f"{Parameter('data_dir')} {path}", "a folder", got, "Check the path.")
    return path


def _usual_labels(table: RawTable, tree: FileTaxonomy | None, *, is_list: bool) -> tuple[str, ...]:
    """The columns of labels by default: a list has one, a taxonomy names its levels."""
    if is_list:
        return (LABEL,)
    return tuple(name for name in (tree.taxonomy.level_names if tree else ()) if name in table.columns)


def _checked_columns(
    path: Path, table: RawTable, root: Path, labels: Sequence[str], image: str | None, split: str | None
) -> tuple[str, str | None]:
    """The columns of the pictures and of the splits, where those and the labels exist."""
    names = [name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..." for name in table.columns]
    if image is None:
        image = next((name for name in _IMAGE_COLUMNS if name in table.columns), None)
    if split is None:
        split = next((name for name in table.columns if name.strip().lower() == _SPLIT_COLUMN), None)
    columns = [each for each in (image, *labels, split) if each is not None]
    missing = [column for column in columns if column not in table.columns]
    if (missing or image is None) and table.is_text and any(is_path(name, root) for name in table.columns):
        raise DataError.expected(
            str(path),
            "a table with a header",
            f"a picture in its first line: {', '.join(names)}",
            "Begin it with a line of names, such as path,label.",
        )
    if image is None:
        raise RequestError.expected(
            Parameter("image_column"), "given", ", ".join(names), "Name the column of paths."
        )
    if not labels:
        raise RequestError.expected(
            Parameter("label_columns"),
            f"given for {path}, coarsest level first",
            "none",
            f"Name them, like {Parameter('label_columns', 'a,b')}; its columns are {', '.join(names)}.",
        )
    for column in missing:
        raise unknown_name(f"a column of {path}", column, names)
    return image, split


def _read(path: Path, wanted: set[str], root: Path) -> tuple[RawTable, bool]:
    """The table, and whether it is a list without a header."""
    suffix = path.suffix.lower()
    if suffix in _LISTS and not (wanted and has_header(path, wanted)):
        return read_list(path, root), True
    if suffix not in _PARQUET:
        return read_delimited(path, wanted), False
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise RequestError.expected(
            f"what reads {path}", "installed", "no pyarrow", "pip install taskgraft[parquet]"
        ) from error
    try:
        return RawTable(_read_parquet(path, parquet.ParquetFile)), False
    except (OSError, DataError):
        raise
    # pyarrow is not ours, and what it meets in a file from strangers can be anything.
    except Exception as error:
        raise OSError(str(error) or type(error).__name__) from error


def _read_parquet(path: Path, open_file: Callable[[BinaryIO], Any]) -> dict[str, list[Any]]:
    """All columns, a few rows at a time: a few bytes of a file may unpack to many."""
    # Opened here: pyarrow takes no path that is not UTF-8.
    with path.open("rb") as raw, open_file(raw) as file:
        # What a file says of itself may be a lie; how many rows are read its groups say.
        groups = (file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups))
        if sum(groups) > _MOST_ROWS:
            raise OSError(f"more than {_MOST_ROWS:,} rows")
        names = file.schema_arrow.names
        if len(set(names)) < len(names):
            raise DataError.expected(
                str(path), "a table of different columns", ", ".join(names), "Rename one of the two."
            )
        table: dict[str, list[Any]] = {name: [] for name in names}
        most_bytes = _MOST_CSV_BYTES + path.stat().st_size
        for batch in file.iter_batches(batch_size=_ROWS_AT_A_TIME):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                cells = column.dictionary_decode() if hasattr(column, "dictionary") else column
                most_bytes -= cells.nbytes
                if most_bytes < 0:
                    raise OSError(f"cells of over {_MOST_CSV_BYTES >> 20} MB in a file that is far smaller")
                table[name] += cells.to_pylist()
    return table


def _pictures(path: Path, table: RawTable, cells: Sequence[Any], root: Path) -> list[Picture]:
    pictures: list[Picture] = []
    outside = []
    inside = os.path.abspath(root)
    for index, cell in enumerate(cells):
        content, name = _content_and_path(cell)
        if content is not None or name is None or (isinstance(name, str) and not name.strip()):
            pictures.append(content)
            continue
        # Compared as written: a table must not reach beyond its folder, whatever its cells say.
        place = _place(root, name) if _may_be_path(name) else None
        if place is None or not Path(os.path.abspath(place)).is_relative_to(inside):
            length = f" ({len(name):,} signs)" if isinstance(name, str) and len(name) > _LONGEST_PATH else ""
            outside.append(f"{table.place(index)}: {shown(name)}{length}")
        else:
            pictures.append(place)
    if outside:
        raise DataError.expected(
            f"the paths of {path}",
            f"of files inside {root}",
            f"{len(outside)} that are not",
            f"Mend them, or name the folder they lie in with {Parameter('data_dir')}.",
        ).with_details(outside)
    return pictures


def _place(root: Path, name: str) -> Path:
    """The file that a cell names; a table from Windows parts its folders by backslashes."""
    place = Path(os.path.normpath(root / name))
    if "\\" in name and not place.exists():
        turned = Path(os.path.normpath(root / name.replace("\\", "/")))
        return turned if turned.exists() else place
    return place


def _content_and_path(cell: Any) -> tuple[Any, Any]:
    """What a cell says of a picture: its encoded bytes, its path, or neither."""
    if isinstance(cell, Mapping):
        content = cell.get("bytes")
        return content if isinstance(content, bytes) else None, cell.get("path")
    return (cell, None) if isinstance(cell, bytes) else (None, cell)


def _may_be_path(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and bool(name.strip()) and len(name) <= _LONGEST_PATH and "\0" not in name


def _names(path: Path, table: RawTable, cells: Sequence[Any]) -> list[str]:
    """What messages call each picture: its path, else its place in the table."""
    paths = [_content_and_path(cell)[1] for cell in cells]
    return [
        name if _may_be_path(name) else f"{table.place(index)} of {path.name}"
        for index, name in enumerate(paths)
    ]

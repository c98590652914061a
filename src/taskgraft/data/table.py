"""A table of pictures: CSV or Parquet with a column of paths and one column of class names a level."""

from __future__ import annotations

import csv
import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from taskgraft.data.reading import reading
from taskgraft.data.samples import Samples, with_taxonomy
from taskgraft.data.taxonomy_file import read_taxonomy
from taskgraft.errors import DataError, RequestError, unknown_name
from taskgraft.several import names_of

SUFFIXES = frozenset({".csv", ".parquet", ".pq"})
_IMAGE_COLUMNS = ("image", "path", "file", "filename", "file_name", "filepath", "image_path", "img")
_SPLIT_COLUMN = "split"
_MOST_CSV_BYTES = 512 << 20
_MOST_ROWS = 20_000_000
_ROWS_AT_A_TIME = 256
Table = dict[str, list[Any]]


def read_table(
    path: Path, label_columns: str | Sequence[str] | None, *, image_column: str | None = None,
    split_column: str | None = None, image_root: Path | None = None, taxonomy: Path | None = None,
    has_tree: bool = True,
) -> Samples:  # fmt: skip
    """Reads which pictures a table names, and what it says of them.

    Cells become labels by the rules of `docs/decisions/0026`. A Parquet column of pictures may hold the
    encoded bytes themselves, alone or as a record of `bytes` and `path`.

    Args:
        path: `.csv` (UTF-8, with a header) or `.parquet` (extra `parquet`).
        label_columns: One a level, coarsest first, one by one or joined by commas.
        image_column: Of the paths; the usual names are found unless told.
        split_column: Of the splits (train, val, test); `split` is taken where there is one, unless told.
        image_root: What the paths are relative to, and must lie in; the table's own folder unless told.
        taxonomy: A file with the levels above those of the table.
        has_tree: Whether each finer class lies under one coarser class.

    Raises:
        DataError: If the table cannot be read, or a path leaves the folder.
        RequestError: If a column is not there.
    """
    table = _read(path)
    names = list(table)
    image = image_column or next((name for name in _IMAGE_COLUMNS if name in names), None)
    if image is None:
        raise RequestError.expected("--image-column", "given", ", ".join(names), "Name the column of paths.")
    if not label_columns:
        raise RequestError.expected(
            "--label-columns", f"given for {path}, coarsest level first", "none",
            f"Name them, like --label-columns=a,b; its columns are {', '.join(names)}.",
        )  # fmt: skip
    labels = names_of("--label-columns", label_columns)
    split = split_column or (_SPLIT_COLUMN if _SPLIT_COLUMN in names else None)
    for column in (image, *labels, *([split] if split else [])):
        if column not in table:
            raise unknown_name(f"a column of {path}", column, names)
    pictures = _pictures(path, table[image], image_root or path.parent)
    samples = Samples(
        source=str(path), pictures=pictures, names=_names(table[image], path),
        columns={name: table[name] for name in labels}, splits=table[split] if split else None,
        is_text=path.suffix.lower() == ".csv", has_tree=has_tree,
    )  # fmt: skip
    return samples if taxonomy is None else with_taxonomy(samples, read_taxonomy(taxonomy))


def _read(path: Path) -> Table:
    with reading(path):
        if path.suffix.lower() == ".csv":
            return _read_csv(path)
        try:
            parquet = importlib.import_module("pyarrow.parquet")
        except ImportError as error:
            raise RequestError.expected(
                f"what reads {path}", "installed", "no pyarrow", "pip install taskgraft[parquet]"
            ) from error
        try:
            return _read_parquet(path, parquet.ParquetFile)
        except OSError:
            raise
        # pyarrow is not ours, and what it meets in a file from strangers can be anything.
        except Exception as error:
            raise OSError(str(error) or type(error).__name__) from error


def _read_parquet(path: Path, open_file: Callable[[BinaryIO], Any]) -> Table:
    """All columns, as many rows at a time as a few bytes that stand for many may become without harm."""
    # Opened here: pyarrow takes no path that is not UTF-8.
    with path.open("rb") as raw, open_file(raw) as file:
        # What a file says of itself may be a lie; how many rows are read its groups say.
        groups = (file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups))
        if sum(groups) > _MOST_ROWS:
            raise OSError(f"more than {_MOST_ROWS:,} rows")
        table: Table = {name: [] for name in file.schema_arrow.names}
        most_bytes = _MOST_CSV_BYTES + path.stat().st_size
        for batch in file.iter_batches(batch_size=_ROWS_AT_A_TIME):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                cells = column.dictionary_decode() if hasattr(column, "dictionary") else column
                most_bytes -= cells.nbytes
                if most_bytes < 0:
                    raise OSError(f"cells of over {_MOST_CSV_BYTES >> 20} MB in a file that is far smaller")
                table[name] += cells.to_pylist()
    return table


def _read_csv(path: Path) -> Table:
    if path.stat().st_size > _MOST_CSV_BYTES:
        raise OSError(f"more than {_MOST_CSV_BYTES >> 20} MB")
    with path.open(newline="", encoding="utf-8-sig") as stream:
        try:
            rows = list(csv.reader(stream, strict=True))
        except csv.Error as error:
            raise OSError(str(error)) from error
    rows = [row for row in rows if row]
    if not rows or len(set(rows[0])) < len(rows[0]):
        raise DataError.expected(
            str(path), "a table with a header of different names",
            ",".join(rows[0]) if rows else "an empty file", "Mend its first line.",
        )  # fmt: skip
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise DataError.expected(
                f"row {number} of {path}", f"{len(rows[0])} cells long", len(row), "Mend the row."
            )
    return {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}


def _pictures(path: Path, cells: Sequence[Any], root: Path) -> list[Path | bytes]:
    outside = []
    found: list[Path | bytes] = []
    for number, cell in enumerate(cells, start=1):
        encoded = cell.get("bytes") if isinstance(cell, Mapping) else cell
        if isinstance(encoded, bytes):
            found.append(encoded)
            continue
        told = str(cell.get("path") if isinstance(cell, Mapping) else cell or "")
        # Compared as written: a table must not reach beyond its folder, whatever its cells say.
        place = Path(os.path.normpath(root / told))
        if not told or not place.is_relative_to(os.path.normpath(root)):
            outside.append(f"row {number}: {told!r}")
        found.append(place)
    if outside:
        raise DataError.expected(
            f"the paths of {path}", f"of files inside {root}", f"{len(outside)} that are not",
            "Mend them, or name the folder they lie in with --data-dir.",
        ).with_details(outside)  # fmt: skip
    return found


def _names(cells: Sequence[Any], path: Path) -> list[str]:
    told = [cell.get("path") if isinstance(cell, Mapping) else cell for cell in cells]
    return [
        name if isinstance(name, str) and name else f"row {number} of {path.name}"
        for number, name in enumerate(told, start=1)
    ]

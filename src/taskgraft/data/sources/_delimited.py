"""Tables in text files: CSV with a comma, a semicolon, a tab or a bar between its cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

from taskgraft.data.sources._raw_table import RawTable
from taskgraft.data.sources._text_file import text_lines
from taskgraft.errors import DataError

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_LINES, _SAMPLE_SIGNS = 200, 1 << 20
_MOST_BYTES = 512 << 20
# What spreadsheets write above the header, so that others need not find it out.
_DIRECTIVE = re.compile(r'"?sep=([,;|\t])"?\s*')
Row = tuple[int, list[str]]
"""Where a row begins in its file, as a line, and its cells."""


def read_delimited(path: Path, wanted: Collection[str] = (), *, fewest_columns: int = 2) -> RawTable:
    r"""Reads a table with a header; its separator and its encoding are found out.

    White space around the names of columns does not count; columns without a name are left out, and so are
    lines without a cell that holds something.

    Args:
        path: The file.
        wanted: Columns that it is to have: they tell separators apart where several would do.
        fewest_columns: 1 where a table of a single column is one, too.

    Raises:
        DataError: If the header or a line is no good, or the separator or the encoding is not certain.
        OSError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "t.csv").write_text('path;label\n"a;1.png";x, y\n')
        ...     table = read_delimited(Path(folder) / "t.csv")
        >>> table.columns, table.place(0)
        ({'path': ['a;1.png'], 'label': ['x, y']}, 'line 2')
    """
    rows = delimited_rows(path, wanted, fewest_columns=fewest_columns)
    names = _names(path, rows[0][1] if rows else [])
    for line, row in rows:
        if len(row) != len(names):
            raise _uneven(path, line, row, len(names))
    columns = {name: [row[i] for _, row in rows[1:]] for i, name in enumerate(names) if name}
    return RawTable(columns, [line for line, _ in rows[1:]])


def delimited_rows(path: Path, wanted: Collection[str] = (), *, fewest_columns: int = 2) -> list[Row]:
    """The rows of a text table that hold something, the header first.

    Args:
        path: The file.
        wanted: Names that the header is to have.
        fewest_columns: 1 where a table of a single column is one, too.

    Raises:
        DataError: If a quote is never closed, or the separator or the encoding is not certain.
        OSError: If it cannot be read.
    """
    with _cells_of_any_length():
        return list(_rows(path, wanted, fewest_columns))


def has_header(path: Path, wanted: Collection[str]) -> bool:
    """Whether the first line of a file names all these columns."""
    sample = list(islice(text_lines(path), 1))
    with _cells_of_any_length():
        headers = [next(csv.reader(sample, delimiter=separator), []) for separator in _SEPARATORS]
    return any(set(wanted) <= {name.strip() for name in header} for header in headers)


@contextmanager
def _cells_of_any_length() -> Iterator[None]:
    """Lets cells be as long as the file: a column of encoded pictures may be one that nobody reads."""
    before = csv.field_size_limit(_MOST_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _rows(path: Path, wanted: Collection[str], fewest_columns: int) -> Iterator[Row]:
    if path.stat().st_size > _MOST_BYTES:
        raise OSError(f"more than {_MOST_BYTES >> 20} MB")
    lines = text_lines(path)
    sample = _sample(lines)
    directive = _DIRECTIVE.fullmatch(sample[0]) if sample else None
    before = 1 if directive else 0
    sample = sample[before:]
    separator = directive[1] if directive else _separator(path, sample, wanted, fewest_columns)
    # A blank behind every separator of the header belongs to no cell.
    is_spaced = bool(sample) and re.search(f"{re.escape(separator)}(?! |$)", sample[0].rstrip()) is None
    reader = csv.reader(chain(sample, lines), delimiter=separator, strict=True, skipinitialspace=is_spaced)
    while True:
        line = before + reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _misquoted(path, line, error) from error
        if row is None:
            return
        if any(map(str.strip, row)):
            yield line, row


def _sample(lines: Iterator[str]) -> list[str]:
    """The first lines: many, or few that are long."""
    sample, num_signs = [], 0
    for line in islice(lines, _SAMPLE_LINES):
        sample.append(line)
        num_signs += len(line)
        if num_signs > _SAMPLE_SIGNS:
            break
    return sample


def _separator(path: Path, sample: Sequence[str], wanted: Collection[str], fewest_columns: int) -> str:
    """What parts the cells: found in the header, by the names it is to have, and by the lines below."""
    tables = {separator: _sampled(sample, separator) for separator in _SEPARATORS}
    fitting = [one for one, rows in tables.items() if rows and len(rows[0]) > 1]
    if not fitting and (fewest_columns == 1 or not any(tables.values())):
        return ","
    if not fitting:
        raise DataError.expected(
            str(path),
            "a table of two columns or more",
            f"the one column {sample[0].strip()}",
            "Put a comma, a semicolon, a tab or a bar between the cells, in the header too.",
        )
    naming = [one for one in fitting if wanted and set(wanted) <= {name.strip() for name in tables[one][0]}]
    fitting = naming or fitting
    if len(fitting) > 1:
        even = [one for one in fitting if len({len(row) for row in tables[one]}) == 1]
        fitting = even or fitting
    if len(fitting) > 1:
        names = " and a ".join(_SEPARATORS[one] for one in fitting)
        raise DataError.expected(
            str(path),
            "a table with one separator",
            f"a {names} in {sample[0].strip()}",
            "Quote the cells that hold the other one.",
        )
    return fitting[0]


def _sampled(sample: Sequence[str], separator: str) -> list[list[str]]:
    """The first rows as a separator gives them, without the last, which the end of the sample may cut."""
    rows = [row for row in csv.reader(sample, delimiter=separator) if any(map(str.strip, row))]
    return rows[:-1] if len(rows) > 2 else rows


def _names(path: Path, header: Sequence[str]) -> list[str]:
    names = [name.strip() for name in header]
    given = [name for name in names if name]
    if not given or len(set(given)) < len(given):
        raise DataError.expected(
            str(path),
            "a table with a header of different names",
            ",".join(names) if given else "an empty file",
            "Mend its first line.",
        )
    return names


def _uneven(path: Path, line: int, row: Sequence[str], num_cells: int) -> DataError:
    more = " Quote a cell that holds the separator." if len(row) > num_cells else ""
    return DataError.expected(
        f"line {line} of {path}", f"{num_cells} cells long", len(row), f"Mend the line.{more}"
    )


def _misquoted(path: Path, line: int, error: csv.Error) -> DataError:
    got = "a quote that is never closed" if "unexpected end" in str(error) else str(error)
    return DataError.expected(
        f"line {line} of {path}", "well quoted", got, 'Mend the line; within quotes, "" stands for a quote.'
    )

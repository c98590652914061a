from __future__ import annotations

import csv
import random
import time
from pathlib import Path

import pytest

from taskgraft.data.sources._delimited import read_delimited
from taskgraft.errors import DataError

ROWS = [["path", "kind", "note"], ["a;1.png", "x, y", "5\" | 6'"], ["b\tc.png", "two\nlines", ""]]


def written(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def error_of(path: Path, *wanted: str) -> str:
    with pytest.raises(DataError) as caught:
        read_delimited(path, wanted)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_separator_is_found_out_whatever_the_cells_hold(
    tmp_path: Path, separator: str, quoting: int, end: str
) -> None:
    if end == "\r":
        quoting = csv.QUOTE_ALL  # else Python leaves a cell with the other end of a line unquoted
    with (tmp_path / "t.csv").open("w", newline="") as stream:
        csv.writer(stream, delimiter=separator, quoting=quoting, lineterminator=end).writerows(ROWS)  # type: ignore[arg-type]
    table = read_delimited(tmp_path / "t.csv")
    assert list(table.columns) == ROWS[0]
    assert [list(row) for row in zip(*table.columns.values(), strict=True)] == ROWS[1:]
    assert table.lines == [2, 3]


def test_what_a_spreadsheet_says_of_its_separator_is_heard(tmp_path: Path) -> None:
    table = read_delimited(written(tmp_path, 'sep=;\r\npath;label,x\r\n"a\r\nb";c\r\nd;e\r\n'))
    assert table.columns == {"path": ["a\r\nb", "d"], "label,x": ["c", "e"]}
    assert table.lines == [3, 5]


@pytest.mark.parametrize(
    ("text", "wanted", "columns"),
    [
        ("path,label;kind\na,b;c\n", ["path", "label;kind"], ["path", "label;kind"]),
        ("path,label;kind\na,b;c\n", ["kind"], ["path,label", "kind"]),
        ("path;label, or name\na;b\nc;d, e\n", [], ["path", "label, or name"]),
        ("path, label, kind\na, b, c\n", [], ["path", "label", "kind"]),
    ],
)
def test_names_and_lines_tell_separators_apart(
    tmp_path: Path, text: str, wanted: list[str], columns: list[str]
) -> None:
    assert list(read_delimited(written(tmp_path, text), wanted).columns) == columns


def test_blanks_behind_every_separator_of_the_header_belong_to_no_cell(tmp_path: Path) -> None:
    table = read_delimited(written(tmp_path, 'path, label\n a.png, "b, c"\n'))
    assert table.columns == {"path": ["a.png"], "label": ["b, c"]}
    table = read_delimited(written(tmp_path, "path,label\n a.png, b \n"))
    assert table.columns == {"path": [" a.png"], "label": [" b "]}


def test_two_separators_that_both_fit_are_refused(tmp_path: Path) -> None:
    message = error_of(written(tmp_path, "path,label;kind\na,b;c\n"))
    assert message == (
        "Expected FILE to be a table with one separator, but got 'a comma and a semicolon in "
        "path,label;kind'. Quote the cells that hold the other one."
    )


@pytest.mark.parametrize("text", ["path label\na.png 3\n", "path\na.png,3\n", "x"])
def test_one_column_is_no_table(tmp_path: Path, text: str) -> None:
    message = error_of(written(tmp_path, text))
    assert "a table of two columns or more, but got 'the one column " in message
    assert message.endswith("Put a comma, a semicolon, a tab or a bar between the cells, in the header too.")


def test_columns_without_a_name_are_left_out_and_names_are_stripped(tmp_path: Path) -> None:
    table = read_delimited(written(tmp_path, ", path ,label\t,,\n0,a.png,x,,\n1,b.png,y,,\n"))
    assert table.columns == {"path": ["a.png", "b.png"], "label": ["x", "y"]}


def test_lines_that_hold_nothing_are_passed_over_and_counted(tmp_path: Path) -> None:
    table = read_delimited(written(tmp_path, "\n \npath,label\n\na.png,x\n,\n   \nb.png,y\n\n"))
    assert table.columns == {"path": ["a.png", "b.png"], "label": ["x", "y"]}
    assert table.lines == [5, 8]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a table with a header of different names, but got 'an empty file'"),
        ("\n\n", "a table with a header of different names, but got 'an empty file'"),
        ("path,a, path\n", "a table with a header of different names, but got 'path,a,path'. Mend its first"),
        (
            'path,a\n"x\n\ny",1\n\nb\n',
            "Expected line 6 of FILE to be 2 cells long, but got 1. Mend the line.",
        ),
        ("path,a\nx,1,2\n", "line 2 of FILE to be 2 cells long, but got 3. Mend the line. Quote a cell that"),
        (
            'path,a\nx,1\n\n"y,1\nz,1\n',
            "line 4 of FILE to be well quoted, but got 'a quote that is never closed'",
        ),
        ('path,a\nx,"1"2\n', "line 2 of FILE to be well quoted, but got"),
    ],
)
def test_what_is_no_table_is_named_with_the_line_of_the_file(tmp_path: Path, text: str, message: str) -> None:
    assert message in error_of(written(tmp_path, text))


def test_lone_quotes_within_cells_stay(tmp_path: Path) -> None:
    table = read_delimited(written(tmp_path, "path,a\nit's.png,5\" disk\n"))
    assert table.columns == {"path": ["it's.png"], "a": ['5" disk']}


def test_cells_may_be_huge_and_are_cut_in_messages(tmp_path: Path) -> None:
    huge, limit = "iVBORw0KGgo" * 100_000, csv.field_size_limit()
    started = time.process_time()
    table = read_delimited(written(tmp_path, f"path,picture,a\nx.png,{huge},1\n"))
    assert table.columns["picture"] == [huge]
    assert csv.field_size_limit() == limit
    assert len(error_of(written(tmp_path, f"{huge}\n1\n"))) < 1000
    assert len(error_of(written(tmp_path, f"{huge},{huge}\n"))) < 1000
    assert len(error_of(written(tmp_path, f"path,a\n{huge},1,2\n"))) < 1000
    assert time.process_time() - started < 10


def test_a_table_of_any_cells_is_read_as_it_was_written_or_refused(tmp_path: Path) -> None:
    rng, num_refused = random.Random(0), 0
    signs = [*",;|\t\"' \n\r.ab-1é日", "\r\n", '""', "a.png", "sep=;"]
    for number in range(400):
        cells = [
            ["".join(rng.choices(signs, k=rng.randint(0, 6))) for _ in range(3)]
            for _ in range(rng.randint(0, 5))
        ]
        rows = [row for row in cells if any(map(str.strip, row))]
        header = ["path", *rng.sample(["kind", "a;b", "c, d", "e|f", 'g"h', "i\tj", "k\nl"], 2)]
        path = tmp_path / f"{number}.csv"
        encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16"])
        with path.open("w", newline="", encoding=encoding) as stream:
            quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
            writer = csv.writer(stream, delimiter=rng.choice(",;|\t"), quoting=quoting)  # type: ignore[arg-type]
            writer.writerows([header, *rows])
        try:
            table = read_delimited(path, header if rng.random() < 0.5 else [])
        except DataError:
            num_refused += 1
            continue
        assert list(table.columns) == header
        assert [list(row) for row in zip(*table.columns.values(), strict=True)] == rows
    assert num_refused < 40

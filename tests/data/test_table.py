from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from taskgraft.data.sources import read_table
from taskgraft.errors import DataError, RequestError, TaskgraftError

CSV = """path,kind,animal,split
one.png,pet,cat,train
sub/two.png,pet,,test
three.png,-1,wolf,validation
"""


def csv_file(folder: Path, text: str = CSV) -> Path:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return path


def parquet_file(folder: Path, columns: dict[str, list[Any]]) -> Path:
    path = folder / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def test_a_csv_file_is_read(tmp_path: Path) -> None:
    outcome = read_table(csv_file(tmp_path), ["kind", "animal"])
    assert outcome.pictures == [tmp_path / "one.png", tmp_path / "sub/two.png", tmp_path / "three.png"]
    assert outcome.names == ["one.png", "sub/two.png", "three.png"]
    assert outcome.columns == {"kind": ["pet", "pet", "-1"], "animal": ["cat", "", "wolf"]}
    assert outcome.splits == ["train", "test", "validation"]
    assert outcome.is_text


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "x,y,z,part\n1.png,a,b,dev\n2.png,a,c,\n")
    outcome = read_table(path, ["y", "z"], image_column="x", split_column="part")
    assert outcome.splits == ["dev", ""]
    assert outcome.names == ["1.png", "2.png"]


def test_parquet_with_paths_says_the_same(tmp_path: Path) -> None:
    path = parquet_file(
        tmp_path,
        {
            "path": ["one.png", "sub/two.png", "three.png"],
            "kind": ["pet", "pet", "-1"],
            "animal": ["cat", "", "wolf"],
            "split": ["train", "test", "validation"],
        },
    )
    expected = read_table(csv_file(tmp_path), ["kind", "animal"])
    outcome = read_table(path, ["kind", "animal"])
    assert (outcome.pictures, outcome.columns, outcome.splits) == (
        expected.pictures,
        expected.columns,
        expected.splits,
    )


def test_parquet_may_hold_the_pictures_and_numbers(tmp_path: Path) -> None:
    path = parquet_file(
        tmp_path,
        {
            "image": [{"bytes": b"abc", "path": "x.png"}, {"bytes": b"de", "path": None}],
            "fine": [3, -1],
            "score": [1.5, float("nan")],
        },
    )
    outcome = read_table(path, ["fine", "score"])
    assert outcome.pictures == [b"abc", b"de"]
    assert outcome.names == ["x.png", "row 2 of t.parquet"]
    assert outcome.columns["fine"] == [3, -1]
    assert not outcome.is_text


def test_pictures_may_lie_in_another_folder(tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    root.mkdir()
    outcome = read_table(csv_file(tmp_path), ["kind"], data_dir=root)
    assert outcome.pictures[0] == root / "one.png"


def test_a_taxonomy_gives_the_levels_above(tmp_path: Path) -> None:
    taxonomy = tmp_path / "tree.csv"
    taxonomy.write_text("child,parent\ncat,pet\ndog,pet\nwolf,wild\n")
    outcome = read_table(csv_file(tmp_path), ["animal"], taxonomy=taxonomy)
    assert outcome.taxonomy is not None
    assert outcome.columns == {"level_2": ["cat", "", "wolf"]}


def test_a_taxonomy_names_the_columns_of_labels(tmp_path: Path) -> None:
    taxonomy = tmp_path / "tree.csv"
    taxonomy.write_text("kind,animal\npet,cat\npet,dog\nwild,wolf\n")
    outcome = read_table(csv_file(tmp_path), None, taxonomy=taxonomy)
    assert list(outcome.columns) == ["kind", "animal"]
    taxonomy.write_text("sort,animal\npet,cat\npet,dog\nwild,wolf\n")
    assert list(read_table(csv_file(tmp_path), None, taxonomy=taxonomy).columns) == ["animal"]
    taxonomy.write_text("a,b\npet,cat\nwild,dog\n")
    with pytest.raises(RequestError, match="Expected label_columns to be given"):
        read_table(csv_file(tmp_path), None, taxonomy=taxonomy)


def test_paths_must_stay_inside(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "path,a\n../x.png,1\n/etc/passwd,2\nok/../fine.png,1\n,2\n")
    with pytest.raises(DataError, match=r"of files inside .*, but got '2 that are not'") as caught:
        read_table(path, ["a"])
    assert caught.value.details == ("line 2: '../x.png'", "line 3: '/etc/passwd'")


@pytest.mark.parametrize(
    ("text", "labels", "options", "message"),
    [
        ("", ["a"], {}, "a table with a header of different names, but got 'an empty file'"),
        ("path,a,a\n", ["a"], {}, "a header of different names, but got 'path,a,a'"),
        ("path,a\nx.png\n", ["a"], {}, "line 2 of"),
        ("q,a\nx.png,1\n", ["a"], {}, "Expected image_column to be given, but got 'q, a'"),
        ("path,a\nx.png,1\n", None, {}, "like label_columns='a,b'; its columns are path, a."),
        ("path,a\nx.png,1\n", ["b"], {}, "to be one of path, a, but got 'b'"),
        ("path,a\nx.png,1\n", ["a"], {"split_column": "s"}, "to be one of path, a, but got 's'"),
        ('path,a\n"x.png,1\n', ["a"], {}, "t.csv to be well quoted, but got 'a quote that is never closed'"),
    ],
)
def test_tables_that_say_too_little_are_refused(
    tmp_path: Path, text: str, labels: list[str] | None, options: dict[str, str], message: str
) -> None:
    with pytest.raises(TaskgraftError) as caught:
        read_table(csv_file(tmp_path, text), labels, **options)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(DataError, match=r"t\.parquet to be readable and whole"):
        read_table(tmp_path / "t.parquet", ["a"])
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00path")
    with pytest.raises(DataError, match=r"t\.csv to be readable and whole"):
        read_table(tmp_path / "t.csv", ["a"])
    with pytest.raises(DataError, match="No such file"):
        read_table(tmp_path / "none.csv", ["a"])


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.txt", "t.lst", "t.CSV"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_tables_of_all_makes_say_the_same(
    tmp_path: Path, name: str, separator: str, encoding: str
) -> None:
    (tmp_path / name).write_text(CSV.replace(",", separator), encoding=encoding)
    outcome = read_table(tmp_path / name, ["kind", "animal"])
    expected = read_table(csv_file(tmp_path), ["kind", "animal"])
    assert (outcome.names, outcome.columns, outcome.splits) == (
        expected.names,
        expected.columns,
        expected.splits,
    )


@pytest.mark.parametrize("name", ["train.txt", "train.lst"])
def test_a_list_needs_no_options(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a/my cat.jpg 3\nb.jpg 5\n")
    outcome = read_table(tmp_path / name, None)
    assert outcome.pictures == [tmp_path / "a/my cat.jpg", tmp_path / "b.jpg"]
    assert outcome.columns == {"label": ["3", "5"]}
    assert outcome.is_text


def test_a_first_line_that_is_no_header_is_named(tmp_path: Path) -> None:
    for text in ("a/1.jpg,cat\nb.jpg,dog\n", "cat;t.csv\ndog;x\n"):
        with pytest.raises(
            DataError, match="a table with a header, but got 'a picture in its first line"
        ) as caught:
            read_table(csv_file(tmp_path, text), ["label"])
        assert str(caught.value).endswith("Begin it with a line of names, such as path,label.")


def test_a_null_picture_of_a_parquet_file_is_left_to_whoever_reads_pictures(tmp_path: Path) -> None:
    record = {"bytes": None, "path": None}
    path = parquet_file(tmp_path, {"image": [{"bytes": b"a", "path": None}, None, record], "a": [1, 2, 3]})
    outcome = read_table(path, ["a"])
    assert outcome.pictures == [b"a", None, None]
    assert outcome.names == [f"row {number} of t.parquet" for number in (1, 2, 3)]
    path = parquet_file(tmp_path, {"path": ["a.png", None], "a": [1, 2]})
    assert read_table(path, ["a"]).pictures == [tmp_path / "a.png", None]


def test_what_can_be_no_path_is_named_and_cut(tmp_path: Path) -> None:
    path = csv_file(tmp_path, f"path,a\nx.png,1\n\n{'iVBORw0KGgo' * 100_000},1\n  ,2\n")
    with pytest.raises(DataError, match="but got '1 that are not'") as caught:
        read_table(path, ["a"])
    assert [line[:22] for line in caught.value.details] == ["line 4: 'iVBORw0KGgoiV"]
    assert caught.value.details[0].endswith("... (1,100,000 signs)")
    assert max(map(len, caught.value.details)) < 100
    path = parquet_file(tmp_path, {"path": [[1, 2], [3]], "a": [1, 2]})
    with pytest.raises(DataError, match="but got '2 that are not'"):
        read_table(path, ["a"])


def test_a_table_in_the_working_directory_does_not_reach_out_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    csv_file(tmp_path, "path,a\n../x.png,1\na/../y.png,2\n")
    with pytest.raises(DataError, match="but got '1 that are not'"):
        read_table(Path("t.csv"), ["a"])


def test_columns_of_one_name_in_a_parquet_file_are_refused(tmp_path: Path) -> None:
    table = pyarrow.table(
        [pyarrow.array(["x.png"]), pyarrow.array([1]), pyarrow.array([2])], ["path", "a", "a"]
    )
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="a table of different columns, but got 'path, a, a'"):
        read_table(tmp_path / "t.parquet", ["a"])


def test_parquet_without_its_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(RequestError, match=r"pip install taskgraft\[parquet\]"):
        read_table(parquet_file(tmp_path, {"path": ["a"], "a": ["b"]}), ["a"])


def test_a_row_without_a_path_is_a_picture_that_cannot_be_read(tmp_path: Path) -> None:
    samples = read_table(csv_file(tmp_path, "path,a\nx.png,1\n,2\n  ,2\n"), ["a"])
    assert samples.pictures == [tmp_path / "x.png", None, None]
    assert samples.names[1:] == ["line 3 of t.csv", "line 4 of t.csv"]


def test_folders_parted_as_on_windows_are_entered(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "1.png").touch()
    (tmp_path / "a\\b.png").touch()
    samples = read_table(csv_file(tmp_path, "path,a\nimg\\1.png,1\na\\b.png,2\n"), ["a"])
    assert samples.pictures == [tmp_path / "img/1.png", tmp_path / "a\\b.png"]
    with pytest.raises(DataError, match="of files inside"):
        read_table(csv_file(tmp_path, "path,a\n../img/1.png,1\n"), ["a"])

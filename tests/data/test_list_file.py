from __future__ import annotations

from pathlib import Path

import pytest

from taskgraft.data.sources._list_file import read_list
from taskgraft.errors import DataError


def written(folder: Path, text: str) -> Path:
    path = folder / "t.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("text", "paths", "labels"),
    [
        ("a/1.jpg 0\nb/2.png 12\n", ["a/1.jpg", "b/2.png"], ["0", "12"]),
        ("my cat.jpg  cat\r\n\r\n  ü\u00a0x.jpg -1 \r\n", ["my cat.jpg", "ü\u00a0x.jpg"], ["cat", "-1"]),
        ("a.jpg\tpolar bear\nb c.jpg\t\n", ["a.jpg", "b c.jpg"], ["polar bear", ""]),
        ("0\t3.000000\ta b.jpg\n1\t4.000000\tc.jpg\n", ["a b.jpg", "c.jpg"], ["3.000000", "4.000000"]),
        ("without-suffix 7\n", ["without-suffix"], ["7"]),
    ],
)
def test_a_path_and_its_label_a_line(tmp_path: Path, text: str, paths: list[str], labels: list[str]) -> None:
    (tmp_path / "without-suffix").touch()
    table = read_list(written(tmp_path, text), tmp_path)
    assert table.columns == {"path": paths, "label": labels}
    assert table.is_text


def test_rows_are_the_lines_of_the_file(tmp_path: Path) -> None:
    table = read_list(written(tmp_path, "\na.jpg 1\n\n\nb.jpg 2"), tmp_path)
    assert [table.place(i) for i in (0, 1)] == ["line 2", "line 5"]


@pytest.mark.parametrize(
    "line",
    [
        "a.jpg",
        "my cat.jpg",
        "1 001.cat/a.jpg",
        "a.jpg polar bear",
        "a.jpg\tpet\tcat",
        "a.jpg,3",
        "path label",
        "0\tx\t1.5\ta.jpg",
        "5 7",
        "gone-without-suffix 7",
        "3\ta.jpg",
    ],
)
def test_a_line_of_another_form_is_refused_rather_than_misread(tmp_path: Path, line: str) -> None:
    path = written(tmp_path, f"fine.jpg 3\n\n{line}\n")
    with pytest.raises(DataError) as caught:
        read_list(path, tmp_path)
    message = str(caught.value)
    assert message.startswith(
        f"Expected line 3 of {path} to be the path of a picture and one label, but got "
    )
    assert "\n" not in message


def test_a_huge_line_is_cut_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_list(written(tmp_path, "x" * 1_000_000), tmp_path)
    assert len(str(caught.value)) < 1000

"""The pictures of `taskgraft predict`: by tables, lists and standard input, under any name."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import run

from taskgraft.models import load_model

Capture = pytest.CaptureFixture[str]


def names_and_paths(text: str) -> list[tuple[str, str]]:
    return [(row["name"], row["predicted.colour"]) for row in csv.DictReader(io.StringIO(text, newline=""))]


Capture = pytest.CaptureFixture[str]


def as_files(photos: Path, tmp_path: Path) -> dict[str, Path]:
    """The three pictures named by tables and lists of every kind."""
    names = ["a.png", "b.png", "deep/c.png"]
    files = {
        "columns.csv": "id,path,label\n1,a.png,x\n2,b.png,y\n3,deep/c.png,z\n",
        "one column.csv": "path\na.png\nb.png\ndeep/c.png\n",
        "other name.csv": "what\na.png\nb.png\ndeep/c.png\n",
        "tabs.tsv": "image\tx\na.png\t1\nb.png\t2\ndeep/c.png\t3\n",
        "paths.txt": "a.png\n\nb.png\r\ndeep/c.png",
        "labels.lst": "a.png 1\nb.png\tpolar bear\ndeep/c.png 3\n",
        "header.txt": "path,label\na.png,1\nb.png,2\ndeep/c.png,3\n",
    }
    for name, text in files.items():
        (photos / name).write_text(text)
    content = [{"bytes": (photos / name).read_bytes(), "path": name} for name in names]
    pq.write_table(pa.table({"image": content, "label": [1, 2, 3]}), photos / "bytes.parquet")
    pq.write_table(pa.table({"path": names, "label": [1, 2, 3]}), photos / "paths.parquet")
    return {name: photos / name for name in (*files, "bytes.parquet", "paths.parquet")}


def test_tables_and_lists_name_pictures(
    model_file: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(photos)
    assert run(monkeypatch, "predict", model_file, "a.png", "b.png", "deep/c.png", "--csv") == 0
    expected = names_and_paths(capsys.readouterr().out)
    for path in as_files(photos, tmp_path).values():
        assert run(monkeypatch, "predict", model_file, path, "--csv") == 0, path
        assert names_and_paths(capsys.readouterr().out) == expected, path
    # Of a column that no rule finds, and from elsewhere.
    table = tmp_path / "elsewhere.csv"
    table.write_text("id,shot\n1,a.png\n2,b.png\n3,deep/c.png\n")
    options = ["--image-column", "shot", "--data-dir", photos]
    assert run(monkeypatch, "predict", model_file, table, *options, "--csv") == 0
    assert names_and_paths(capsys.readouterr().out) == expected


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", "", "to be a table with a header of different names, but got 'an empty file'"),
        ("header.csv", "path,label\n", "to be a table with pictures, but got none"),
        ("empty.txt", "\n\n", "to be a table with pictures, but got none"),
        ("columns.csv", "x,y\n1,2\n", "Expected --image-column to be given, but got 'x, y'"),
        (
            "outside.txt",
            "../secret.png\n",
            "Mend them, or name the folder they lie in with --data-dir",
        ),
    ],
)
def test_a_table_without_pictures_is_one_clear_line(
    model_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    name: str,
    content: str,
    said: str,
) -> None:
    (tmp_path / name).write_text(content)
    assert run(monkeypatch, "predict", model_file, tmp_path / name) in (1, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err.splitlines()[0]
    assert "Traceback" not in err


class _Input:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\0"])
def test_paths_come_by_standard_input(
    model_file: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, end: bytes
) -> None:
    monkeypatch.chdir(photos)
    odd = "new\nline.png" if end == b"\0" else "a b.png"
    (photos / odd).write_bytes((photos / "a.png").read_bytes())
    content = end.join([b"a.png", b"deep", os.fsencode(odd), b""])
    monkeypatch.setattr(sys, "stdin", _Input(content))
    assert run(monkeypatch, "predict", model_file, "-", "b.png", "--csv") == 0
    names = [name for name, _ in names_and_paths(capsys.readouterr().out)]
    assert names == ["a.png", "deep/c.png", odd, "b.png"]


def test_a_picture_comes_by_standard_input(
    model_file: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stdin", _Input((photos / "a.png").read_bytes()))
    assert run(monkeypatch, "predict", model_file, "-", "--csv") == 0
    [(name, colour)] = names_and_paths(capsys.readouterr().out)
    assert name == "standard input"
    assert colour == load_model(model_file).predict(photos / "a.png")[0].path[-1].name
    monkeypatch.setattr(sys, "stdin", _Input(b" \n"))
    assert run(monkeypatch, "predict", model_file, "-") == 2
    assert (
        "to be the paths of pictures, a line each, or a picture, but got nothing" in capsys.readouterr().err
    )


def test_names_that_are_not_utf_8_come_out_as_they_went_in(
    model_file: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    name = b"caf\xe9\x01.png"
    Path(os.fsdecode(os.path.join(os.fsencode(photos), name))).write_bytes((photos / "a.png").read_bytes())
    monkeypatch.chdir(photos)
    monkeypatch.setattr(sys, "stdin", _Input(name + b"\n"))
    assert run(monkeypatch, "predict", model_file, "-", "--csv") == 0
    assert capfdbinary.readouterr().out.splitlines()[1].startswith(name + b",")
    for form in ("--jsonl", "--json"):
        monkeypatch.setattr(sys, "stdin", _Input(name + b"\n"))
        assert run(monkeypatch, "predict", model_file, "-", form) == 0
        content = json.loads(capfdbinary.readouterr().out)
        prediction = content if form == "--jsonl" else content["predictions"][0]
        assert bytes.fromhex(prediction["name_bytes"]) == name
        assert prediction["name"] == "caf\\xe9\x01.png"

"""`images.jsonl`: names of any kind come back as they were, and decide nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from listening import Listening
from oracle_study import oracle_study
from taskgraft.data import Dataset
from taskgraft.errors import StudyError
from taskgraft.recipe import Recipe
from taskgraft.study import DamagedFileError, Study, keep_names, read_names
from taskgraft.study._image_names import names_damage

DIGEST = "0" * 64
HOSTILE = [
    "a,b\n\r\"'\\",
    "\udcff\udc80.png",
    "\ud800",
    "\x00\x1b[31m",
    "",
    " ",
    "=1+1",
    "\u2028\x85",
    "\N{GRINNING FACE}",
    "x" * 10_000,
    '{"split": "val"}',
    "null",
    "e\u0301",
    "\u202etxt.exe",
]


def named(data: Dataset, names: list[str]) -> Dataset:
    """The data with these names in turn, so that each stands in val and in test."""
    return replace(data, names=[names[i % len(names)] for i in range(len(data.images))])


class Noting(Listening):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_note(self, text: str) -> None:
        self.notes.append(text)


def test_names_of_any_kind_come_back_as_they_were(tiny_data: Dataset, tmp_path: Path) -> None:
    data = named(tiny_data, HOSTILE)
    assert keep_names(tmp_path, data, DIGEST) == ()
    found = read_names(tmp_path, DIGEST)
    for split in ("val", "test"):
        assert list(found[split]) == data.names_of(split)
    lines = (tmp_path / "images.jsonl").read_bytes().decode("ascii").splitlines()
    assert len(lines) == 1 + 40 + 60
    assert json.loads(lines[1]) == {"split": "val", "name": data.names_of("val")[0]}


def test_other_names_of_the_same_pictures_are_taken_with_one_line(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    before, after = (
        named(tiny_data, [f"{word} {i}" for i in range(len(tiny_data.images))]) for word in ("old", "new")
    )
    assert before.digest() == after.digest()
    study = oracle_study(before, tiny_recipe, tmp_path)
    files = {path: path.read_bytes() for path in tmp_path.glob("runs/*/*")}
    noting = Noting()
    again = oracle_study(after, tiny_recipe, tmp_path, noting)
    assert noting.notes == [
        f"100 val and test images have other names than before ('{before.names_of('val')[0]}' is "
        f"'{after.names_of('val')[0]}' now); pictures, labels and splits are the same. images.jsonl takes "
        "the new names."
    ]
    assert again.runs == study.runs
    assert {path: path.read_bytes() for path in tmp_path.glob("runs/*/*")} == files
    assert list(again.predictions().names) == after.names_of("test")
    noting = Noting()
    oracle_study(after, tiny_recipe, tmp_path, noting)
    assert noting.notes == []


def test_images_that_no_split_uses_shift_no_name(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    before = named(tiny_data, [f"picture {i}" for i in range(len(tiny_data.images))])
    after = replace(
        before,
        images=np.concatenate([before.images[:1], before.images]),
        labels=np.concatenate([before.labels[:1], before.labels]),
        indices={split: own + 1 for split, own in before.indices.items()},
        names=["unused", *before.names],
    )
    assert after.digest() == before.digest()
    study = oracle_study(before, tiny_recipe, tmp_path)
    noting = Noting()
    again = oracle_study(after, tiny_recipe, tmp_path, noting)
    assert noting.notes == []
    assert again.predictions().as_csv() == study.predictions().as_csv()


def test_damage_is_named_and_made_good(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> None:
    study = oracle_study(tiny_data, tiny_recipe, tmp_path)
    path = tmp_path / "images.jsonl"
    content = path.read_bytes()
    for damage, reason in (
        (content[:-1], "one whose checksum does not hold"),
        (content.replace(b'"val"', b'"test"', 1), "one whose checksum does not hold"),
        (content.replace(b'"data": "', b'"data": "0', 1), "one whose checksum does not hold"),
        (b"", "one without its first line"),
        (b"[" * 100_000, "one without its first line"),
        (b"{}\n", "one without its first line"),
    ):
        path.write_bytes(damage)
        assert Study.open(tmp_path).damaged == (f"images.jsonl is {reason}",)
        with pytest.raises(StudyError, match=f"to be undamaged, but got {reason}"):
            study.predictions()
        noting = Noting()
        oracle_study(tiny_data, tiny_recipe, tmp_path, noting)
        assert noting.notes == [f"Damaged, and written again: images.jsonl is {reason}."]
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"null",
        b"{",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"split": [], "name": "a"}',
        b'{"split": "val"}',
        b'{"split": "train", "name": "a"}',
    ],
    ids=lambda line: repr(line[:40]),
)
def test_a_sealed_file_of_something_else_than_names_is_damage(tmp_path: Path, line: bytes) -> None:
    header = {"data": DIGEST, "format": 4}
    checksum = hashlib.sha256(json.dumps(header).encode() + b"\n" + line).hexdigest()
    first = json.dumps({**header, "checksum": checksum}).encode()
    (tmp_path / "images.jsonl").write_bytes(first + b"\n" + line)
    with pytest.raises(DamagedFileError, match="but got one with something else than names"):
        read_names(tmp_path, DIGEST)


def test_a_newer_file_is_left_alone_and_one_that_is_too_large_is_not_read(
    tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskgraft.study._image_names.FORMAT", 99)
    keep_names(tmp_path, tiny_data, DIGEST)
    monkeypatch.undo()
    before = (tmp_path / "images.jsonl").read_bytes()
    for use in (
        lambda: read_names(tmp_path, DIGEST),
        lambda: names_damage(tmp_path, DIGEST),
        lambda: keep_names(tmp_path, tiny_data, DIGEST),
    ):
        with pytest.raises(StudyError, match="format 99, made by a newer taskgraft"):
            use()
    assert (tmp_path / "images.jsonl").read_bytes() == before
    monkeypatch.setattr("taskgraft.study._image_names._MOST_BYTES", 9)
    with pytest.raises(DamagedFileError, match="more than 9 bytes"):
        read_names(tmp_path, DIGEST)

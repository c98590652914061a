"""Each kind of outside value has one right reading, or is refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
import torch
from twelve_pictures import classes_of, from_column, from_columns, from_csv, from_hub, from_parquet

import taskgraft as tg
from five_sources import Pictures
from taskgraft.data import Dataset, Provenance
from taskgraft.errors import TaskgraftError
from taskgraft.taxonomy import Taxonomy

AB = ["a", "b"] * 6
_LAST = [i >= 9 for i in range(12)]


@pytest.mark.parametrize(
    "mask", [np.array(_LAST), _LAST, torch.tensor(_LAST), pd.Series(_LAST), tuple(_LAST)], ids=str
)
def test_a_mask_is_a_mask(pictures: Pictures, mask: Any) -> None:
    assert from_column(AB, pictures, test=mask).indices["test"].tolist() == [9, 10, 11]


@pytest.mark.parametrize(
    "options",
    [
        {"test": range(-6, 0)},
        {"test": range(6), "val": range(4, 9)},
        {"test": [0, 0, 1]},
        {"val": [3, 3]},
        {"test": [0.0, 10.9]},
        {"test": np.array([1.0, 2.0])},
        {"test": [0, 99]},
        {"test": ["train"] * 9 + ["test"] * 3},
        {"test": "test"},
        {"test": np.ones(11, dtype=bool)},
        {"val": [True] * 3},
        {"test": [[0, 1], [2, 3]]},
        {"test": {0: 1}},
        {"test": [None, 1]},
        {"test": [True, 0, 1]},
        {"test": [10**30]},
        {"test": 3},
        {"test": np.full(12, True)},
    ],
    ids=str,
)
def test_other_indices_are_refused_in_one_line(pictures: Pictures, options: dict[str, Any]) -> None:
    with pytest.raises(TaskgraftError) as caught:
        from_column(AB, pictures, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("test", [[1, 6], [6, 6], [6, -1], [6, 12], [6.0, 7.0]], ids=str)
def test_every_dataset_checks_its_splits(pictures: Pictures, test: list[Any]) -> None:
    parts = {"train": np.arange(4), "val": np.arange(4, 6), "test": np.array(test)}
    taxonomy = Taxonomy.from_names(["k"], [("a",), ("b",)])
    with pytest.raises(TaskgraftError):
        Dataset(
            pictures.pixels[:12],
            np.zeros((12, 1), dtype=np.int64),
            taxonomy,
            parts,
            Provenance("x", "x", False),
        )


GAPS = ["None", "nan", "NA", "null", "N/A", "-1"] * 2
_AS_THEY_ARE = [("-1", "N/A", "NA", "None", "nan", "null")]
Read = Callable[[Pictures, Path], Dataset]
TWO = np.array([0, 1] * 6)
READINGS: dict[str, tuple[Read, list[tuple[str, ...]]]] = {
    "text that looks like a gap, of CSV": (lambda p, f: from_csv({"k": GAPS}, f / "t.csv", p), _AS_THEY_ARE),
    "text that looks like a gap, of Parquet": (
        lambda p, f: from_parquet({"k": GAPS}, f / "t.parquet", p),
        _AS_THEY_ARE,
    ),
    "text that looks like a gap, of the hub": (lambda p, f: from_hub({"k": GAPS}, f / "t", p), _AS_THEY_ARE),
    "text that looks like a gap, of arrays": (lambda p, f: from_column(GAPS, p), _AS_THEY_ARE),
    "-1 among integers of CSV": (
        lambda p, f: from_csv({"k": ["-1", "0", "1"] * 4}, f / "t.csv", p),
        [("0", "1")],
    ),
    "-1 among integers and empty cells of CSV": (
        lambda p, f: from_csv({"k": ["-1", "", "0", "1"] * 3}, f / "t.csv", p),
        [("0", "1")],
    ),
    "-1 among words of CSV": (
        lambda p, f: from_csv({"k": ["-1", "0", "a"] * 4}, f / "t.csv", p),
        [("0", "-1", "a")],
    ),
    "-1.0 of CSV": (
        lambda p, f: from_csv({"k": ["-1.0", "0", "1"] * 4}, f / "t.csv", p),
        [("0", "1", "-1.0")],
    ),
    "white space of CSV": (
        lambda p, f: from_csv({"k": [" ", "a", "b", "\t"] * 3}, f / "t.csv", p),
        [("a", "b")],
    ),
    "pandas string": (
        lambda p, f: from_column(pd.Series(["a", pd.NA, "b"] * 4, dtype="string"), p),
        [("a", "b")],
    ),
    "pandas Int64": (lambda p, f: from_column(pd.Series([1, pd.NA, 0] * 4, dtype="Int64"), p), [("0", "1")]),
    "pandas boolean": (
        lambda p, f: from_column(pd.Series([True, pd.NA, False] * 4, dtype="boolean"), p),
        [("False", "True")],
    ),
    "NaT": (lambda p, f: from_column([pd.NaT, "a", "b"] * 4, p), [("a", "b")]),
    "floats with NaN of the hub": (
        lambda p, f: from_hub({"k": [1.0, float("nan"), 0.0] * 4}, f / "t", p),
        [("0", "1")],
    ),
    "(N, 1)": (lambda p, f: from_column(TWO[:, None], p), [("0", "1")]),
    "(N, 1) of text": (lambda p, f: from_column(np.array(AB)[:, None], p), [("a", "b")]),
    "a list of lists": (lambda p, f: from_column([[k] for k in AB], p), [("a", "b")]),
    "lists of Parquet": (
        lambda p, f: from_parquet({"k": [[k] for k in AB]}, f / "t.parquet", p),
        [("a", "b")],
    ),
    "sequences of the hub": (lambda p, f: from_hub({"k": [[k] for k in AB]}, f / "t", p), [("a", "b")]),
    "bytes": (lambda p, f: from_column([k.encode() for k in AB], p), [("a", "b")]),
    "numpy bytes": (lambda p, f: from_column(np.array(AB, dtype="S"), p), [("a", "b")]),
    "bytes of Parquet": (
        lambda p, f: from_parquet({"k": [k.encode() for k in AB]}, f / "t.parquet", p),
        [("a", "b")],
    ),
    "integers as floats": (lambda p, f: from_column(TWO.astype(float), p), [("0", "1")]),
    "half floats": (lambda p, f: from_column(TWO.astype(np.float16), p), [("0", "1")]),
    "numpy scalars": (lambda p, f: from_column(list(TWO.astype(np.uint8)), p), [("0", "1")]),
    "tensors": (lambda p, f: from_column([torch.tensor(int(k)) for k in TWO], p), [("0", "1")]),
    "Arrow": (lambda p, f: from_column(pyarrow.array(AB).dictionary_encode(), p), [("a", "b")]),
    "truth values": (lambda p, f: from_column(TWO.astype(bool), p), [("False", "True")]),
    "2**53": (
        lambda p, f: from_column([float(2**53), 2**64] * 6, p),
        [("9007199254740992", "18446744073709551616")],
    ),
    "white space at the ends": (
        lambda p, f: from_column(["dog ", "dog", "\u00a0cat"] * 4, p),
        [("cat", "dog")],
    ),
    "numbers with zeros before": (lambda p, f: from_column(["7", "07", "007"] * 4, p), [("007", "07", "7")]),
    "numbers in names": (lambda p, f: from_column(["a10", "a9", "a"] * 4, p), [("a", "a9", "a10")]),
    "digits without end": (
        lambda p, f: from_column(["9" * 5000, "1" * 5000] * 6, p),
        [("1" * 5000, "9" * 5000)],
    ),
    "homonyms": (
        lambda p, f: from_columns({"k": AB, "s": ["morus", "morus", "x", "y"] * 3}, p),
        [("a", "b"), ("a/morus", "x", "b/morus", "y")],
    ),
    "a skipped rank": (
        lambda p, f: from_columns({"k": AB, "m": [None, "c"] * 6, "s": ["x", "y", "z", "w"] * 3}, p),
        [("a", "b"), ("a", "c"), ("x", "z", "w", "y")],
    ),
    "a namesake above": (
        lambda p, f: from_columns({"k": ["x", "b"] * 6, "s": [None, "x"] * 6}, p),
        [("b", "x"), ("x", "x (itself)")],
    ),
}


@pytest.mark.parametrize("name", READINGS)
def test_each_value_has_one_reading(name: str, pictures: Pictures, tmp_path: Path) -> None:
    read, classes = READINGS[name]
    assert classes_of(read(pictures, tmp_path)) == classes


REFUSALS: dict[str, Any] = {
    "one-hot rows": np.eye(12, dtype=int)[:, :4],
    "one-hot lists": [[0, 1], [1, 0]] * 6,
    "a row of two among ones": [["a"]] * 11 + [["a", "b"]],
    "empty lists": [[], "a"] * 6,
    "fractions": [0.5, 1.0] * 6,
    "infinity": [float("inf"), 1.0] * 6,
    "dates": np.array(["2020-01-01"] * 12, "M8[D]"),
    "timestamps": pd.date_range("2020", periods=12),
    "mappings": [{"a": 1}, "b"] * 6,
    "sets": [{"a"}, "b"] * 6,
    "objects": [object(), "b"] * 6,
    "a class for a name": [int, "b"] * 6,
    "bytes that are no UTF-8": [b"\xff", b"a"] * 6,
    "lone surrogates": ["\udcff", "a"] * 6,
    "floats that may be another integer": [2.0**53 + 2, 1.0] * 6,
    "a text": "abababababab",
    "a set": {str(i) for i in range(12)},
    "a mapping": dict.fromkeys(range(12), "a"),
    "too few": AB[:-1],
    "too many": [*AB, "a"],
    "no column": 5,
    "complex numbers": [1j, 1] * 6,
    "three axes": np.zeros((12, 2, 1), dtype=int),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_no_label_is_refused_in_one_line(name: str, pictures: Pictures) -> None:
    with pytest.raises(TaskgraftError) as caught:
        from_column(REFUSALS[name], pictures)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "columns",
    [
        {"k": ["a", "b", None] * 4, "s": ["m", "m", "m"] * 4},
        {"k": ["a", "b", None] * 4, "s": ["x", "y", "z"] * 4},
        {"k": ["a", "b", "c"] * 4, "s": ["m", "m", "a/m"] * 4},
    ],
    ids=["a homonym without its parent", "a class without any parent", "a path like a name"],
)
def test_trees_that_nobody_can_tell_are_refused(columns: dict[str, Any], pictures: Pictures) -> None:
    with pytest.raises(TaskgraftError) as caught:
        from_columns(columns, pictures)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "parts"),
    [
        (["dog ", "dog", "cat"] * 4, ("'k'", "'dog '", "'dog'")),
        (["None", "a", "b"] * 4, ("'k'", "None")),
    ],
)
def test_what_was_decided_is_noted_once(
    column: list[str], parts: tuple[str, ...], pictures: Pictures
) -> None:
    notes = from_column(column, pictures).provenance.notes
    assert sum(all(part in note for part in parts) for note in notes) == 1, notes


def test_homonyms_are_noted_with_both_paths(pictures: Pictures) -> None:
    notes = from_columns({"k": AB, "s": ["morus", "morus", "x", "y"] * 3}, pictures).provenance.notes
    assert any("a/morus" in note and "b/morus" in note for note in notes)


SPELLINGS = {
    "train": ["Training", "train_set", "seg_train", "", None, " TRAIN"],
    "val": ["valid", "Validation", "dev"],
    "test": ["testing", "test_set", "SEG_TEST\t"],
}


def table_of_splits(words: list[Any], folder: Path, pictures: Pictures) -> list[Dataset]:
    """One table by way of CSV and of Parquet."""
    columns: dict[str, Any] = {"image": pictures.names[:12], "k": AB, "part": words}
    pd.DataFrame(columns, dtype=object).to_csv(folder / "t.csv", index=False)
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "t.parquet")
    return [
        tg.load(folder / name, label_columns="k", split_column="part", data_dir=pictures.folder)
        for name in ("t.csv", "t.parquet")
    ]


def test_words_of_splits_are_known_in_many_spellings(pictures: Pictures, tmp_path: Path) -> None:
    for data in table_of_splits([word for words in SPELLINGS.values() for word in words], tmp_path, pictures):
        assert {split: at.tolist() for split, at in data.indices.items()} == {
            "train": [0, 1, 2, 3, 4, 5],
            "val": [6, 7, 8],
            "test": [9, 10, 11],
        }


@pytest.mark.parametrize("word", ["fold1", "traintest", "test2", "0", "seg_", "_set", "x_set"])
def test_other_words_of_splits_are_refused(word: str, pictures: Pictures, tmp_path: Path) -> None:
    with pytest.raises(TaskgraftError) as caught:
        table_of_splits(["train"] * 6 + [word] * 3 + ["test"] * 3, tmp_path, pictures)
    assert word in str(caught.value)


def test_numbers_are_no_words_of_splits(pictures: Pictures, tmp_path: Path) -> None:
    with pytest.raises(TaskgraftError, match="to be one of train"):
        table_of_splits([0] * 6 + [1] * 6, tmp_path, pictures)

"""Twelve pictures with labels from any source: six to train on, three val, three test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pyarrow
import pyarrow.parquet

import taskgraft as tg
from five_sources import Pictures
from taskgraft.data import Dataset

_WORDS = ["train"] * 6 + ["val"] * 3 + ["test"] * 3


def from_column(column: Any, pictures: Pictures, **options: Any) -> Dataset:
    given = {"val": range(6, 9), "test": range(9, 12)} | options
    return tg.from_arrays(pictures.pixels[:12], {"k": column}, **given)


def from_columns(columns: dict[str, Any], pictures: Pictures) -> Dataset:
    return tg.from_arrays(pictures.pixels[:12], columns, val=range(6, 9), test=range(9, 12))


def from_csv(columns: dict[str, Any], path: Path, pictures: Pictures, **options: Any) -> Dataset:
    table = pd.DataFrame({"path": pictures.names[:12], "split": _WORDS} | columns, dtype=object)
    table.to_csv(path, index=False)
    return tg.load(path, label_columns=list(columns), data_dir=pictures.folder, **options)


def from_parquet(columns: dict[str, Any], path: Path, pictures: Pictures) -> Dataset:
    pyarrow.parquet.write_table(
        pyarrow.table({"image": pictures.encoded[:12], "split": _WORDS} | columns), path
    )
    return tg.load(path, label_columns=list(columns))


def from_hub(
    columns: dict[str, Any], folder: Path, pictures: Pictures, features: dict[str, Any] | None = None
) -> Dataset:
    images = [{"bytes": encoded, "path": None} for encoded in pictures.encoded[:12]]
    everything = datasets.Dataset.from_dict({"image": images} | columns)
    for name, feature in ({"image": datasets.Image()} | (features or {})).items():
        everything = everything.cast_column(name, feature)
    parts = {"train": range(6), "validation": range(6, 9), "test": range(9, 12)}
    datasets.disable_progress_bars()
    datasets.DatasetDict({word: everything.select(at) for word, at in parts.items()}).save_to_disk(folder)
    return tg.load(f"hub:{folder}", label_columns=list(columns))


def from_tree(rows: list[str], folder: Path, pictures: Pictures, **options: Any) -> Dataset:
    for name, place in zip(pictures.names, rows, strict=False):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / name).write_bytes(pictures.encoded[pictures.names.index(name)])
    return tg.load(folder, **options)


def classes_of(data: Dataset) -> list[tuple[str, ...]]:
    """Of each level the names."""
    return [level.classes for level in data.taxonomy.levels]

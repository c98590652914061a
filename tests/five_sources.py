"""One table of labels as arrays, a CSV file, a Parquet file, a dataset of the hub, and a folder."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow
import pyarrow.parquet
from PIL import Image

import taskgraft as tg
from taskgraft.data import Dataset

SOURCES = ("arrays", "csv", "parquet", "hub", "folder")
LEVELS = ("kind", "thing", "sort", "rank", "form")
SPLITS = {"train": "train", "val": "validation", "test": "test"}
Row = tuple[str | None, ...]


@dataclass
class Named:
    """A table whose cells are text.

    Attributes:
        rows: Of each image the class names, coarsest level first.
        parts: Of each image train, val or test, in this order: a dataset of the hub has its rows so.
        words: How the table spells them.
        order: By level, class names in the order of their own numbers, for the hub alone.
    """

    rows: Sequence[Row]
    parts: Sequence[str]
    words: Sequence[str | None]
    order: dict[str, list[str]] = field(default_factory=dict)

    @property
    def levels(self) -> list[str]:
        """Names of the levels."""
        return list(LEVELS[: len(self.rows[0])])

    @property
    def columns(self) -> dict[str, list[str | None]]:
        """Names by level."""
        return {level: [row[i] for row in self.rows] for i, level in enumerate(self.levels)}


class Pictures:
    """Pictures of 16 x 16, each of one colour, written once."""

    def __init__(self, folder: Path, number: int = 40) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        colours = np.random.default_rng(0).integers(0, 256, (number, 3, 1, 1), dtype=np.uint8)
        self.pixels = np.repeat(np.repeat(colours, 16, axis=2), 16, axis=3)
        self.names = [f"{i:03d}.png" for i in range(number)]
        self.encoded = [_png(image) for image in self.pixels]
        for name, encoded in zip(self.names, self.encoded, strict=True):
            (folder / name).write_bytes(encoded)


def _png(image: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(stream, format="PNG")
    return stream.getvalue()


def load_from(source: str, table: Named, folder: Path, pictures: Pictures) -> Dataset:
    """The table by way of a source, which is written into an empty folder."""
    return _LOADERS[source](table, folder, pictures)


def _from_arrays(table: Named, folder: Path, pictures: Pictures) -> Dataset:
    at = {split: [i for i, part in enumerate(table.parts) if part == split] for split in SPLITS}
    pixels = pictures.pixels[: len(table.rows)]
    return tg.from_arrays(pixels, table.columns, test=at["test"], val=at["val"])


def _from_csv(table: Named, folder: Path, pictures: Pictures) -> Dataset:
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", *table.levels, "split"])
        for name, row, word in zip(pictures.names, table.rows, table.words, strict=False):
            writer.writerow([name, *row, word])
    return tg.load(path, label_columns=table.levels, data_dir=pictures.folder)


def _from_parquet(table: Named, folder: Path, pictures: Pictures) -> Dataset:
    path = folder / "table.parquet"
    cells: dict[str, Any] = {"image": pictures.encoded[: len(table.rows)], "split": table.words}
    pyarrow.parquet.write_table(pyarrow.table(cells | table.columns), path)
    return tg.load(path, label_columns=table.levels)


def _from_hub(table: Named, folder: Path, pictures: Pictures) -> Dataset:
    """A level that has numbers of its own is a feature of class labels, any other one of text."""
    features = {"image": datasets.Image()} | {
        level: datasets.ClassLabel(names=table.order[level])
        if level in table.order
        else datasets.Value("string")
        for level in table.levels
    }
    encoded = [{"bytes": each, "path": None} for each in pictures.encoded[: len(table.rows)]]
    everything = datasets.Dataset.from_dict(
        {"image": encoded} | table.columns, features=datasets.Features(features)
    )
    parts = {
        word: everything.select([i for i, part in enumerate(table.parts) if part == split])
        for split, word in SPLITS.items()
    }
    datasets.disable_progress_bars()
    datasets.DatasetDict(parts).save_to_disk(folder / "hub")
    return tg.load(f"hub:{folder / 'hub'}", label_columns=table.levels)


def _from_folder(table: Named, folder: Path, pictures: Pictures) -> Dataset:
    root = folder / "tree"
    for name, row, part in zip(pictures.names, table.rows, table.parts, strict=False):
        place = root.joinpath(part, *(cell for cell in row if cell is not None))
        place.mkdir(parents=True, exist_ok=True)
        os.link(pictures.folder / name, place / name)
    return tg.load(root, levels=table.levels)


_LOADERS = {
    "arrays": _from_arrays,
    "csv": _from_csv,
    "parquet": _from_parquet,
    "hub": _from_hub,
    "folder": _from_folder,
}

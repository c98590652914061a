"""Draws tables whose columns have types, as Parquet files and datasets of the hub have them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from hostile_words import PLAIN, POOLS

import taskgraft as tg
from five_sources import SPLITS, Pictures
from taskgraft.data import Dataset

NUM_ROWS = 9
PARTS = ["train"] * 5 + ["val"] * 2 + ["test"] * 2
_NAN = float("nan")


def draw_typed(seed: int) -> dict[str, Any]:
    """One column of classes, or two without a tree, each of a type."""
    rng = random.Random(f"typed {seed}")
    return {level: _draw_column(rng) for level in ("kind", "thing")[: rng.choice([1, 2])]}


def _draw_column(rng: random.Random) -> Any:
    draw, values = rng.choice(_TYPES)
    cells = [rng.choice(values) for _ in range(NUM_ROWS)]
    if rng.random() < 0.4:
        cells[rng.randrange(NUM_ROWS)] = None
    return draw(cells)


def _of(kind: Any) -> Callable[[Sequence[Any]], Any]:
    return lambda cells: pa.array(cells, type=kind)


_WORDS = [word for pool in POOLS for word in pool]
_TYPES: list[tuple[Callable[[Sequence[Any]], Any], Sequence[Any]]] = [
    (_of(pa.int8()), (-1, 0, 1, 7, 100)),
    (_of(pa.int64()), (-1, 0, 2**50, -7)),
    (_of(pa.uint64()), (0, 1, 2**50)),
    (_of(pa.float32()), (-1.0, 0.0, 1.0, 7.0, _NAN)),
    (_of(pa.float64()), (-1.0, -0.0, 1.0, 2.0**53, _NAN)),
    (_of(pa.float64()), (0.0, 1.0, 0.5)),
    (_of(pa.float64()), (0.0, 1.0, 2.0**53 + 2)),
    (_of(pa.float64()), (0.0, 1.0, float("inf"))),
    (_of(pa.decimal128(6, 2)), (Decimal("1.00"), Decimal("7"), Decimal("-1.00"))),
    (_of(pa.decimal128(6, 2)), (Decimal("1.00"), Decimal("7.25"))),
    (_of(pa.bool_()), (True, False)),
    (_of(pa.string()), PLAIN),
    (_of(pa.string()), _WORDS),
    (_of(pa.large_string()), _WORDS),
    (lambda cells: pa.array(cells, type=pa.string()).dictionary_encode(), _WORDS),
    (_of(pa.binary()), [word.encode() for word in _WORDS]),
    (_of(pa.binary()), [b"a", b"b", b"\xff"]),
    (_of(pa.list_(pa.string())), [[word] for word in _WORDS]),
    (_of(pa.list_(pa.string())), [["a"], ["b"], [None], []]),
    (_of(pa.list_(pa.int64())), [[0], [1], [-1]]),
    (_of(pa.list_(pa.int64())), [[0, 1], [1, 0]]),
    (_of(pa.list_(pa.list_(pa.int64()))), [[[0]], [[1]]]),
    (_of(pa.timestamp("us")), [datetime(2020, 1, 1), datetime(2021, 1, 1)]),
    (_of(pa.date32()), [date(2020, 1, 1)]),
    (_of(pa.struct([("a", pa.int64())])), [{"a": 0}, {"a": 1}]),
]


def load_parquet(columns: dict[str, Any], folder: Path, pictures: Pictures) -> Dataset:
    """By way of a Parquet file."""
    given = {"image": pictures.encoded[:NUM_ROWS], "split": PARTS}
    pa.parquet.write_table(pa.table(given | columns), folder / "table.parquet")
    return tg.load(folder / "table.parquet", label_columns=list(columns), has_tree=False)


def load_hub(columns: dict[str, Any], folder: Path, pictures: Pictures) -> Dataset:
    """By way of a dataset that was saved."""
    images = [{"bytes": encoded, "path": None} for encoded in pictures.encoded[:NUM_ROWS]]
    everything = datasets.Dataset(pa.table({"image": images} | columns)).cast_column(
        "image", datasets.Image()
    )
    parts = {
        word: everything.select([i for i, part in enumerate(PARTS) if part == split])
        for split, word in SPLITS.items()
    }
    datasets.disable_progress_bars()
    datasets.DatasetDict(parts).save_to_disk(folder / "hub")
    return tg.load(f"hub:{folder / 'hub'}", label_columns=list(columns), has_tree=False)


def load_arrow(columns: dict[str, Any], folder: Path, pictures: Pictures) -> Dataset:
    """In memory, as Arrow has it."""
    return _in_memory(columns, pictures)


def load_pandas(columns: dict[str, Any], folder: Path, pictures: Pictures) -> Dataset:
    """In memory, as pandas makes it: integers with gaps become floats."""
    return _in_memory({level: column.to_pandas() for level, column in columns.items()}, pictures)


def load_pandas_arrow(columns: dict[str, Any], folder: Path, pictures: Pictures) -> Dataset:
    """In memory, as pandas holds Arrow's own types."""
    return _in_memory(
        {level: pd.Series(column, dtype=pd.ArrowDtype(column.type)) for level, column in columns.items()},
        pictures,
    )


def _in_memory(columns: dict[str, Any], pictures: Pictures) -> Dataset:
    return tg.from_arrays(
        pictures.pixels[:NUM_ROWS], columns, val=range(5, 7), test=range(7, NUM_ROWS), has_tree=False
    )


LOADERS = {
    "parquet": load_parquet,
    "hub": load_hub,
    "arrow": load_arrow,
    "pandas": load_pandas,
    "pandas of arrow": load_pandas_arrow,
}

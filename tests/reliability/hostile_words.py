"""Names that labels have in the wild, and the forms in which cells say them or say nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

PLAIN = ("cat", "dog", "wolf", "apple", "pear", "bread", "Morus", "morus", "oak", "rose", "van", "CAT")
GAPS = (
    "None",
    "nan",
    "NaN",
    "NA",
    "N/A",
    "null",
    "NULL",
    "-1",
    "-1.0",
    "none",
    "<NA>",
    "NaT",
    "nil",
    "#N/A",
    "?",
    "0",
)
DIGITS = (
    "7",
    "07",
    "007",
    "0",
    "00",
    "10",
    "9",
    "1",
    "01",
    "-2",
    "1.0",
    "1e3",
    "9" * 25,
    "0" * 9 + "7",
    "12a",
    "a12",
    "a2",
)
NUMBERS = tuple(str(k) for k in (0, 1, 2, 3, 5, 7, 10, 11, 100, 2**40, -2, -7))
SPACE = (
    "dog",
    " dog",
    "dog ",
    "dog\t",
    "\u00a0dog",
    "dog\u2003",
    "dog\u3000",
    "dog\n",
    "\x1fdog",
    "dog\u200b",
    "\ufeffdog",
    "do g",
    "do  g",
    "\u2028dog",
    "dog\x85",
    "\r\ndog",
    "\u180edog",
)
ACCENTS = (
    "\u00e9",
    "e\u0301",
    "\u00c5",
    "A\u030a",
    "\u212b",
    "\ufb01",
    "fi",
    "\u00df",
    "SS",
    "ss",
    "\u0130",
    "i\u0307",
    "K",
    "\u212a",
    "Ω",
    "\u2126",
    "가",
    "\u1100\u1161",
)
SIGNS = (
    "\U0001f431",
    "\U0001f469\u200d\U0001f52c",
    "\u05d7\u05ea\u05d5\u05dc",
    "\u0642\u0637\u0629",
    "a\u202eb",
    "'",
    '"',
    '""',
    'a"b',
    ",",
    "a,b",
    ";",
    "a;b",
    "/",
    "a/b",
    "a/b/c",
    "b/c",
    "\\",
    "a\\b",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "=1+1",
    "@SUM(A1)",
    "+1",
    "|",
    "#x",
    "%s",
    "{}",
    "{0}",
    "[1]",
    "('a',)",
    ".",
    "..",
    ".dog",
    "~",
    "$HOME",
    "con",
    "x (itself)",
    "a",
    "b",
    "x",
    "\x1b[31mred",
    "a\x00b",
)
RESERVED = (
    "train",
    "val",
    "test",
    "level_1",
    "level_2",
    "path",
    "split",
    "image",
    "taxonomy.json",
    "dev",
    "kind",
    "thing",
)
LONG = ("W" * 255, "\u00e9" * 127, "W" * 254 + "X", "9" * 255, "a b " * 60 + "c")
PATHS = ("a", "b", "a/b", "b/a", "a/a", "b/b", "a/b/a", "c", "/", "a/", "/b", "b (itself)", "a/b (itself)")
POOLS: tuple[Sequence[str], ...] = (
    PLAIN,
    GAPS,
    DIGITS,
    NUMBERS,
    SPACE,
    ACCENTS,
    SIGNS,
    RESERVED,
    PATHS,
    LONG,
)
LEVELS = (
    "kind",
    "thing",
    "sort",
    "level_1",
    "level_2",
    "train",
    "cat",
    "a,b",
    "Größe",
    "label",
    "x",
    "order",
    "family",
)

NOTHING: tuple[Any, ...] = (
    None,
    "",
    " ",
    "\t\n",
    "\u3000",
    float("nan"),
    np.float32("nan"),
    np.nan,
    pd.NA,
    pd.NaT,
    np.datetime64("NaT"),
    -1,
    -1.0,
    np.int8(-1),
    np.float16(-1),
    Decimal(-1),
    Decimal("NaN"),
    np.ma.masked,
    b"",
    b"  ",
    [None],
    [-1],
    np.array([-1]),
    np.array(-1),
    pa.scalar(None),
    pa.scalar(-1),
    (float("nan"),),
    [""],
)
POISON: tuple[Any, ...] = (
    [0, 0, 1, 0],
    (),
    [],
    np.zeros(3),
    np.array([]),
    {"a": 1},
    {"a"},
    frozenset({1}),
    {},
    0.5,
    np.float32(1.5),
    float("inf"),
    -np.inf,
    Decimal("0.1"),
    Fraction(1, 2),
    1j,
    date(2020, 1, 1),
    datetime(2020, 1, 1),
    np.datetime64("2020-01-01"),
    pd.Timestamp("2020-01-01"),
    pd.Timedelta(1),
    "\ud800",
    "a\udc80b",
    b"\xff",
    b"a\xe9",
    float(2**53 + 2),
    1e300,
    -1.5,
    ["a", "b"],
    np.array(["a", "b"]),
    pa.scalar([1, 2]),
    pa.scalar({"a": 1}),
    object(),
    Ellipsis,
    len,
    int,
    range(2),
    ["a", None],
    np.eye(2),
)


def said(rng: random.Random, name: str) -> Any:
    """A name in one of the forms in which a cell may hold it."""
    forms: list[Any] = [
        name,
        np.str_(name),
        name.encode(),
        [name],
        (name,),
        np.array([name], dtype=object),
        pa.scalar(name),
    ]
    forms += [np.bytes_(name.encode())] if not name.endswith("\x00") else []
    if name in NUMBERS:
        number = int(name)
        forms += [
            number,
            float(number),
            np.int64(number),
            np.float64(number),
            Decimal(number),
            [number],
            pa.scalar(number),
        ]
        forms += [np.array(number), np.array([[number]]), Decimal(f"{number}.0"), str(number)]
    return rng.choice(forms)


def column_of(rng: random.Random, names: Sequence[str | None]) -> Any:
    """A column that holds names, None being unknown, in one of the containers that people have."""
    known = [name for name in names if name is not None]
    forms = [_cells, _cells, _series, _strings, _arrow, _nested]
    if known and set(known) <= set(NUMBERS):
        forms += [_integers, _floats, _masked, _nullable] * 2
    return rng.choice(forms)(rng, names)


def _cells(rng: random.Random, names: Sequence[str | None]) -> Any:
    mixed = rng.random() < 0.5
    cells = [rng.choice(NOTHING) if name is None else said(rng, name) if mixed else name for name in names]
    return tuple(cells) if rng.random() < 0.2 else cells


def _series(rng: random.Random, names: Sequence[str | None]) -> Any:
    dtype = rng.choice(["object", "string", "category", "str"])
    return pd.Series(list(names), dtype=dtype, index=[f"row {i}" for i in range(len(names), 0, -1)])


def _strings(rng: random.Random, names: Sequence[str | None]) -> Any:
    if any(name is None for name in names):
        return np.array(list(names), dtype=object)
    return np.array(list(names))


def _arrow(rng: random.Random, names: Sequence[str | None]) -> Any:
    array = pa.array(list(names), type=rng.choice([pa.string(), pa.large_string(), pa.string_view()]))
    if rng.random() < 0.3:
        return pa.chunked_array([array[:1], array[1:]])
    return array.dictionary_encode() if rng.random() < 0.3 and array.type == pa.string() else array


def _nested(rng: random.Random, names: Sequence[str | None]) -> Any:
    array = np.array([[name] for name in names], dtype=object).reshape(len(names), 1)
    return array if rng.random() < 0.5 else array.tolist()


def _integers(rng: random.Random, names: Sequence[str | None]) -> Any:
    array = np.array([-1 if name is None else int(name) for name in names])
    return rng.choice([array, array[:, None], array.tolist(), pd.Series(array), pa.array(array)])


def _floats(rng: random.Random, names: Sequence[str | None]) -> Any:
    array = np.array([np.nan if name is None else float(name) for name in names])
    return rng.choice([array, array.tolist(), pd.Series(array), pa.array(array), array[:, None]])


def _masked(rng: random.Random, names: Sequence[str | None]) -> Any:
    return np.ma.masked_array([int(name or 0) for name in names], mask=[name is None for name in names])


def _nullable(rng: random.Random, names: Sequence[str | None]) -> Any:
    return pd.array([None if name is None else int(name) for name in names], dtype="Int64")

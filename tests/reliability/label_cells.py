"""The reference for one cell: a name, nothing, or refused. Slow and plain, written from decision 26 alone."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

LARGEST_FLOAT = 2**53
LOOKS_LIKE_A_GAP = {"none", "nan", "na", "n/a", "null", "-1"}


class Refused(Exception):
    """The rules say that this is no table of labels."""


class Unclear(Exception):
    """The rules do not say; whatever comes of it, it must not be a crash."""


def name_of(cell: Any) -> str | None:
    """The name that a cell holds, as it was written; None for an unknown one."""
    value = unwrapped(cell)
    if value is None:
        return None
    if isinstance(value, bytes):
        value = decoded(value)
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int):
        return None if value == -1 else str(value)
    if isinstance(value, float | Decimal):
        return number_of(value)
    raise Refused(f"{type(value).__name__} is no name")


def unwrapped(cell: Any) -> Any:
    """What a scalar, or a list of one, holds, as Python's own type; None for what stands for nothing."""
    if cell is None or cell is pd.NA or cell is pd.NaT or cell is np.ma.masked:
        return None
    if hasattr(cell, "as_py"):
        return unwrapped(cell.as_py())
    if hasattr(cell, "detach"):
        return unwrapped(cell.tolist())
    if isinstance(cell, np.datetime64 | np.timedelta64):
        if np.isnat(cell):
            return None
        raise Refused("a date")
    if isinstance(cell, np.generic) and not isinstance(cell, str | bytes):
        return cell.item()
    if isinstance(cell, np.ndarray):
        if cell.size != 1:
            raise Refused(f"{cell.size} labels")
        return unwrapped(cell.reshape(-1)[0])
    if isinstance(cell, list | tuple):
        if len(cell) != 1:
            raise Refused(f"{len(cell)} labels")
        return unwrapped(cell[0])
    return cell


def decoded(value: bytes) -> str:
    """UTF-8 bytes as text."""
    try:
        return bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bytes that are no UTF-8") from None


def text_of(value: str) -> str | None:
    """Text as it is; nothing where it is white space alone."""
    if any(0xD800 <= ord(sign) <= 0xDFFF for sign in value):
        raise Refused("a lone surrogate")
    return str(value) if value.strip() else None


def number_of(value: float | Decimal) -> str | None:
    """A float that is an integer, written as one."""
    if math.isnan(value):
        return None
    if math.isinf(value) or value != int(value) or abs(value) > LARGEST_FLOAT:
        raise Refused("no integer")
    return name_of(int(value))


def names_of(column: Any, is_text: bool) -> list[str | None]:
    """The names of a column, white space at their ends included."""
    if isinstance(column, str | bytes | set | frozenset | Mapping) or not isinstance(column, Iterable):
        raise Refused("no column")
    names = [name_of(cell) for cell in column]
    if is_text and is_of_integers(names):
        return [None if name is not None and name.strip() == "-1" else name for name in names]
    return names


def is_of_integers(names: list[str | None]) -> bool:
    """Whether every name but -1 is an integer."""
    others = [name.strip() for name in names if name is not None and name.strip() != "-1"]
    return all(re.fullmatch(r"[-+]?[0-9]+", name) for name in others)


def natural_key(name: str) -> tuple[list[Any], str]:
    """As people count: digits by their number, all else by its letters; ties by how it is written."""
    pieces: list[Any] = re.split(r"([0-9]+)", name)
    for i in range(1, len(pieces), 2):
        digits = pieces[i].lstrip("0")
        # Numbers of any length, without the limit that Python has on them.
        pieces[i] = (len(digits), digits)
    return pieces, name

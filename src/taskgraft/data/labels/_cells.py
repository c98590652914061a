"""One cell from outside, whatever its type, as the one value it stands for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

Plain = str | int | bool | None
"""A name, a number, a truth value, or None where the label is unknown."""

_UNKNOWN_NUMBER = -1
# From here on a float no longer tells one integer from the next.
_LARGEST_EXACT = 2.0**53
_MOST_BITS = 1024
_DEEPEST = 8
# Of pandas, which need not be installed.
_GAP_TYPES = frozenset({"NAType", "NaTType"})
_LONGEST_SHOWN = 40


class NotOneLabelError(ValueError):
    """A cell is no single label; the message shows the cell."""


def plain(cell: object) -> Plain:
    """What a cell holds, by the rules of `docs/decisions/0026`.

    Args:
        cell: Text, bytes, a number, a scalar of any library, or a list of one of these.

    Raises:
        NotOneLabelError: If it is no single label.

    Example:
        >>> plain(" cat "), plain(b"cat"), plain(2.0), plain([7]), plain(float("nan")), plain(-1)
        ('cat', 'cat', 2, 7, None, None)
    """
    value = _unwrapped(cell)
    if isinstance(value, str):
        return _text(str.__str__(value), cell)
    if isinstance(value, bytes | bytearray | memoryview):
        return _text(_decoded(bytes(value), cell), cell)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int):
        return _integer(int(value), cell)
    if isinstance(value, float | Decimal):
        return _from_fraction(value, cell)
    if value is None:
        return None
    raise NotOneLabelError(shown(cell))


def name_of(value: Plain) -> str | None:
    """The class name that a plain value stands for.

    Example:
        >>> name_of(7), name_of("cat"), name_of(True), name_of(None)
        ('7', 'cat', 'True', None)
    """
    return None if value is None else str(value)


def written(cell: object) -> str | None:
    """The text of a cell as it came, white space included; None for a cell that holds no text.

    Example:
        >>> written([b"cat "]), written(7)
        ('cat ', None)
    """
    value = _unwrapped(cell)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode()
    return str.__str__(value) if isinstance(value, str) else None


def shown(cell: object) -> str:
    """A cell as a message can carry it: in one line, and cut where it is long."""
    text = repr(cell.tolist() if isinstance(cell, np.ndarray) else cell)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _unwrapped(cell: object) -> object:
    """The value within scalars of libraries and lists of one; None for what each library calls missing."""
    value: Any = cell
    for _ in range(_DEEPEST):
        inner = _inner(value)
        if inner is value:
            break
        value = inner
    return value


def _inner(value: Any) -> Any:
    if isinstance(value, str | bytes | bytearray | memoryview | int | range) or type(value) is float:
        return value
    if type(value).__name__ in _GAP_TYPES or value is np.ma.masked:
        return None
    if isinstance(value, np.datetime64 | np.timedelta64):
        return None if np.isnat(value) else value
    if isinstance(value, Sequence):
        return value[0] if len(value) == 1 else value
    return float(value) if isinstance(value, np.floating) else _listed(value)


def _listed(value: Any) -> Any:
    """What an array, a tensor or a scalar of a library gives in Python's types."""
    method = next((method for method in ("as_py", "tolist") if hasattr(value, method)), None)
    return value if method is None else getattr(value, method)()


def _text(text: str, cell: object) -> str | None:
    stripped = text.strip()
    if not stripped.isascii():
        try:
            stripped.encode()
        except UnicodeEncodeError as error:
            raise NotOneLabelError(f"{shown(cell)}, which is no Unicode") from error
    return stripped or None


def _decoded(content: bytes, cell: object) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise NotOneLabelError(f"{shown(cell)}, which is no UTF-8") from error


def _integer(number: int, cell: object) -> int | None:
    if number.bit_length() > _MOST_BITS:
        raise NotOneLabelError(f"an integer of {number.bit_length():,} bits")
    return None if number == _UNKNOWN_NUMBER else number


def _from_fraction(number: float | Decimal, cell: object) -> int | None:
    if number.is_nan() if isinstance(number, Decimal) else math.isnan(number):
        return None
    if not math.isfinite(number) or not -_LARGEST_EXACT <= number <= _LARGEST_EXACT or number % 1:
        raise NotOneLabelError(shown(cell))
    return _integer(int(number), cell)

"""A column from outside, as one class name or nothing for each image, with notes for the user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

import numpy as np

from taskgraft.data.labels._cells import NotOneLabelError, Plain, name_of, plain, shown, written
from taskgraft.errors import DataError, Phrase

Column = Any
"""Cells as a source has them: a list, an array, a tensor, or a column of a library."""
_GAP_TEXT = "-1"
_INTEGER = re.compile(r"[+-]?[0-9]+")
_LIKE_A_GAP = re.compile(r"none|nan|nat|na|<na>|n/a|#n/a|null|nil|-[0-9]+(\.0*)?", re.IGNORECASE)
_MOST_NAMED = 4


class NamedColumn(NamedTuple):
    """One level of labels as names.

    Attributes:
        names: One for each image; None where the label is unknown.
        notes: What was decided on the way, a sentence each.
    """

    names: list[str | None]
    notes: tuple[str, ...] = ()


def cells_of(what: str, column: Column, remedy: str = "Pass a label for each image.") -> list[Any]:
    """The cells of a column of any library, one for each image.

    Args:
        what: What messages call it.
        column: A list, an array, a tensor, a column of pandas, polars, Arrow or the hub.
        remedy: What to pass instead of what is no column.

    Raises:
        DataError: If it is no column: a text, a mapping, a set, or a single value.

    Example:
        >>> cells_of("labels", np.array([[1], [2]])), cells_of("labels", range(2))
        ([[1], [2]], [0, 1])
    """
    if isinstance(column, np.ma.MaskedArray):
        return _as_list(what, column.tolist(), remedy)
    for method in ("to_pylist", "to_list"):
        if hasattr(column, method):
            return _as_list(what, getattr(column, method)(), remedy)
    if hasattr(column, "detach"):
        return _as_list(what, column.detach().cpu().tolist(), remedy)
    if hasattr(column, "__array__"):
        array = np.asarray(column)
        # NumPy lists a time as a bare number, and a record as a tuple.
        return (
            list(array)
            if array.ndim and array.dtype.kind in "mMV"
            else _as_list(what, array.tolist(), remedy)
        )
    return _as_list(what, column, remedy)


def _as_list(what: str, column: object, remedy: str) -> list[Any]:
    if isinstance(column, str | bytes | Mapping | Set) or not isinstance(column, Iterable):
        raise DataError.expected(
            what, "a list or an array, one value an image", Phrase(shown(column)), remedy
        )
    return list(column)


def named_column(
    level: str, column: Column, *, is_text: bool = False, images: Sequence[str] | None = None
) -> NamedColumn:
    """Turns the cells of a level into names, by the rules of `docs/decisions/0026`.

    Args:
        level: Name of the level.
        column: Its cells as they came.
        is_text: Whether they came as text alone, as from a CSV file: then `-1` among integers is a gap.
        images: What messages call each image; its position unless given.

    Raises:
        DataError: If a cell is not one label, or the column is not a column.

    Example:
        >>> named_column("kind", ["pet ", None, b"pet"])
        NamedColumn(names=['pet', None, 'pet'], notes=("White space at the ends of names of level 'kind' was \
dropped. One class: 'pet ' and 'pet'.",))
    """
    cells = cells_of(f"labels of level {level!r}", column)
    gaps = {_GAP_TEXT} if is_text and _counts(cells) else set()
    forms: dict[str, dict[str, None]] = {}
    names: list[str | None] = []
    read: dict[str, str | None] = {}
    for position, cell in enumerate(cells):
        # Most cells are texts that were met before.
        if type(cell) is str and cell in read:
            names.append(read[cell])
            continue
        name = name_of(_plain(level, str(position) if images is None else images[position], cell))
        name = None if name in gaps else name
        if name is not None:
            forms.setdefault(name, {})[written(cell) or name] = None
        if type(cell) is str:
            read[cell] = name
        names.append(name)
    return NamedColumn(names, (*on_white_space(f"names of level {level!r}", forms), *_on_gaps(level, forms)))


def _plain(level: str, image: str, cell: object) -> Plain:
    try:
        return plain(cell)
    except NotOneLabelError as error:
        raise DataError.expected(
            f"the label of image {image} at level {level!r}",
            "one name or one integer",
            error,
            "Give one label an image: of a row of scores the argmax, of anything else a text.",
        ) from error


def _counts(cells: Sequence[object]) -> bool:
    """Whether all texts are integers, but for the empty ones."""
    texts = {cell.strip() for cell in cells if isinstance(cell, str)}
    return all(_INTEGER.fullmatch(text) for text in texts if text)


def on_white_space(names: str, forms: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """A sentence where names had white space at their ends.

    Args:
        names: What the sentence calls the names.
        forms: For each name, how it was written.

    Example:
        >>> list(on_white_space("names", {"dog": ["dog "]}))
        ["White space at the ends of names was dropped: 'dog '."]
    """
    stripped = [repr(form) for name, of_name in forms.items() for form in of_name if form != name]
    same = [" and ".join(map(repr, of_name)) for of_name in map(list, forms.values()) if len(of_name) > 1]
    if same:
        yield f"White space at the ends of {names} was dropped. One class: {listing(same)}."
    elif stripped:
        yield f"White space at the ends of {names} was dropped: {listing(stripped)}."


def _on_gaps(level: str, names: Iterable[str]) -> Iterator[str]:
    alike = [repr(name) for name in names if _LIKE_A_GAP.fullmatch(name)]
    if alike:
        yield (
            f"Level {level!r} has classes with names that elsewhere mean no label: {listing(alike)}. "
            "Where a label is unknown, give none."
        )


def listing(items: Sequence[str]) -> str:
    """A few of several items, and how many more there are.

    Example:
        >>> listing(["a", "b", "c", "d", "e", "f"])
        'a, b, c, d and 2 more'
    """
    more = f" and {len(items) - _MOST_NAMED:,} more" if len(items) > _MOST_NAMED else ""
    return ", ".join(items[:_MOST_NAMED]) + more

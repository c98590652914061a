"""What answers a key that no recipe has, or not this one: the closest key, and what it belongs to."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from taskgraft.errors import RequestError
from taskgraft.recipe._keys import NO_KEYS, all_keys, keys_of_values
from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._rules import kind_key, kinds_of, tables_of
from taskgraft.recipe._spec import Spec

_CUTOFF = 0.6


class NoSuchKeyError(Exception):
    """A key is looked for in a table that does not have it.

    Args:
        tables: The kinds that the table may be of.
        where: Its path, with a point behind it; empty for the recipe itself.
    """

    def __init__(self, tables: tuple[type[Spec], ...], where: str) -> None:
        super().__init__(where)
        self.tables, self.where = tables, where


def refuse_key(path: str, missing: NoSuchKeyError, values: Mapping[str, Any]) -> NoReturn:
    """Refuses a key that no recipe has, or not this one.

    Args:
        path: The key path that came.
        missing: Where it was looked for.
        values: The recipe's nested values, which say what it has.
    """
    if _as_listed(path) in all_keys():
        belongs = _belongs(path, values)
        raise RequestError.expected(
            "each key", "one of this recipe's", path, f"It {belongs}." if belongs else "Leave it out."
        ).about(path)
    close = _closest(path, list(keys_of_values(values)))
    if close:
        belongs = _belongs(close, values)
        remedy = f"Did you mean {close}?" + (f" It {belongs}." if belongs else "")
    else:
        names = (f"{missing.where}{name}" for each in missing.tables for name in each.model_fields)
        remedy = f"Choose one of {', '.join(name for name in dict.fromkeys(names) if name not in NO_KEYS)}."
    raise RequestError.expected("each key", "one of the recipe's", path, remedy).about(path)


def _closest(path: str, here: Sequence[str]) -> str | None:
    """The key that is meant, one of this recipe before any other."""
    name = path.rpartition(".")[2]
    keys = [*here, *(key for key in all_keys() if key not in here)]
    same = [key for key in keys if key.rpartition(".")[2] == name]
    if same:
        return same[0]
    # Who leaves out the tables has a name in mind.
    compared = [key if "." in path else key.rpartition(".")[2] for key in keys]
    scores = [difflib.SequenceMatcher(None, path, key).ratio() for key in compared]
    # The first of the best.
    best = max(range(len(keys)), key=scores.__getitem__)
    return keys[best] if scores[best] >= _CUTOFF else None


def _as_listed(path: str) -> str:
    """A key path with the first table of every list in place of any other."""
    return ".".join("0" if name.isdecimal() else name for name in path.split("."))


def _belongs(path: str, values: Any) -> str:
    """To which kinds of table a key belongs, and which is this recipe's; empty for one that it has."""
    tables: tuple[type[Spec], ...] = (Recipe,)
    where, said = "", ""
    for name in path.split("."):
        if name.isdecimal():
            values = (
                values[int(name)] if isinstance(values, tuple | list) and int(name) < len(values) else None
            )
            where += f"{name}."
            continue
        having = tuple(each for each in tables if name in each.model_fields)
        key = kind_key(having[0]) if having else None
        kind = values.get(key) if isinstance(values, Mapping) and key else None
        if key and not any(kind in kinds_of(each) for each in having):
            kinds = "|".join(kind for each in having for kind in kinds_of(each))
            here = f", and this recipe has {where}{key}={kind}" if kind else ""
            said = said or f"belongs to {where}{key}={kinds}{here}"
        values = values.get(name) if isinstance(values, Mapping) else None
        tables = tuple(inner for each in having for inner in tables_of(each.model_fields[name]))
        where += f"{name}."
    return said

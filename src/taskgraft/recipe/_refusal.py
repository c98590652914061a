"""What is wrong with a recipe's keys and values, in one line: the key path, the rule and what came."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.recipe._keys import NO_KEYS, all_keys, shown
from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._rules import kind_key, kinds_of, rule_of, tables_of
from taskgraft.recipe._spec import Spec

_MOST_SHOWN = 5


def unknown_key(path: str, tables: tuple[type[Spec], ...], where: str) -> NoReturn:
    """Refuses a key that no recipe has, or not this one.

    Args:
        path: The key path that came.
        tables: The kinds of table in which it was looked for; none if there is only a value.
        where: The path of that table, with a point behind it; empty for the recipe itself.
    """
    here = [
        f"{where}{name}" for each in tables for name in each.model_fields if f"{where}{name}" not in NO_KEYS
    ]
    elsewhere = list(all_keys())
    if path in elsewhere:
        remedy = _of_which_kind(path, where)
        raise RequestError.expected("each key", "one of this recipe's", path, remedy)
    same = [each for each in elsewhere if each.rpartition(".")[2] == path.rpartition(".")[2]]
    close = same or difflib.get_close_matches(path, [*here, *elsewhere], n=1)
    remedy = f"Did you mean {close[0]}?" if close else f"Choose one of {', '.join(here)}."
    raise RequestError.expected("each key", "one of the recipe's", path, remedy)


def unknown_kind(path: str, value: Any, tables: tuple[type[Spec], ...]) -> NoReturn:
    """Refuses a kind of table that there is not."""
    raise unknown_name(path, str(value), [kind for each in tables for kind in kinds_of(each)])


def without_kind(path: str, where: str, tables: tuple[type[Spec], ...]) -> NoReturn:
    """Refuses a key of a table that is missing, and may be of several kinds."""
    kinds = ", ".join(kind for each in tables for kind in kinds_of(each))
    raise RequestError.expected(
        f"{where}{kind_key(tables[0])}",
        f"set together with {path}",
        Phrase("none"),
        f"Set it to one of {kinds}.",
    )


def refuse(
    error: ValidationError, values: Mapping[str, Any], changes: Mapping[str, Any], before: Mapping[str, Any]
) -> NoReturn:
    """Refuses values that are no recipe, by the first thing that is wrong with them.

    Args:
        error: What pydantic says.
        values: The nested values that it was given.
        changes: What was set, by key path.
        before: What stood there, by key path.
    """
    errors = [(_located(each, values), each) for each in error.errors()]
    # What was set before what does not go with it any more.
    errors.sort(key=lambda each: each[0] not in changes)
    path, first = errors[0]
    if first["type"] == "value_error":
        sentence = str(first["ctx"]["error"])
        raise RequestError.expected(
            path or "the recipe",
            "of values that fit together",
            Phrase(_several(changes)),
            f"{sentence[0].upper()}{sentence[1:]}.",
        ) from error
    field = _field_at(path, values)
    if first["type"] == "missing" or field is None:
        rule, got = rule_of(field) if field else first["msg"], Phrase("none")
        remedy = f"Set it: {field.description}" if field and before else "Set it, or begin from a base."
        raise RequestError.expected(path, rule, got, remedy) from error
    remedy = f"Leave it out for {shown(before[path])}." if path in before else f"It is: {field.description}"
    raise RequestError.expected(path, rule_of(field), _got(path, values), remedy) from error


def _several(changes: Mapping[str, Any]) -> str:
    pairs = [f"{path}={shown(value)}" for path, value in changes.items()]
    return ", ".join([*pairs[:_MOST_SHOWN], *(["..."] if len(pairs) > _MOST_SHOWN else [])])


def _of_which_kind(path: str, where: str) -> str:
    """Says of a key that is known, but not in this table, to what it belongs."""
    kinds = [
        f"{where}{kind_key(each)}={'|'.join(kinds_of(each))}"
        for each in _kinds_at(where)
        if path.removeprefix(where).split(".")[0] in each.model_fields
    ]
    return f"It belongs to {' or '.join(kinds)}." if kinds else "Leave it out."


def _kinds_at(where: str) -> tuple[type[Spec], ...]:
    """The kinds of table that may stand at a path."""
    tables: tuple[type[Spec], ...] = (Recipe,)
    for name in where.split(".")[:-1]:
        fields = [each.model_fields[name] for each in tables if name in each.model_fields]
        tables = tuple(inner for field in fields for inner in tables_of(field)) or tables
    return tables


def _located(error: Mapping[str, Any], values: Any) -> str:
    """The key path of an error: without the words for the kinds that pydantic puts between its parts."""
    path: list[str] = []
    for part in error["loc"]:
        is_inside = (isinstance(values, Mapping) and part in values) or (
            isinstance(values, tuple | list) and isinstance(part, int) and part < len(values)
        )
        if is_inside:
            values = values[part]
            path.append(str(part))
    if error["type"] == "missing":
        path.append(str(error["loc"][-1]))
    if path and path[-1].isdecimal():
        # One value of a list: its key is the list's.
        path.pop()
    return ".".join(path)


def _field_at(path: str, values: Any) -> FieldInfo | None:
    """The field of a key path, of the kinds of table that the values say."""
    field = None
    tables: tuple[type[Spec], ...] = (Recipe,)
    for name in path.split("."):
        if name.isdecimal():
            values = values[int(name)] if isinstance(values, tuple | list) else None
            continue
        table = values if isinstance(values, Mapping) else {}
        tables = tuple(each for each in tables if table.get(kind_key(each)) in kinds_of(each)) or tables
        fields = [each.model_fields[name] for each in tables if name in each.model_fields]
        if not fields:
            return None
        field, values = fields[0], table.get(name)
        tables = tuple(inner for each in fields for inner in tables_of(each))
    return field


def _got(path: str, values: Any) -> object:
    for name in path.split("."):
        values = values[int(name) if name.isdecimal() else name]
    return values if isinstance(values, str) else Phrase(shown(values))

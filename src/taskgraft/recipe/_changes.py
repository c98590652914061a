"""A recipe with other values, each named by its key path and checked as if the recipe had been written so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from taskgraft.errors import Phrase, RequestError
from taskgraft.kinds import MAPPING, of_class, of_kinds
from taskgraft.recipe._keys import NO_KEYS, alike, keys_of, shown
from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._refusal import Changes, refuse, unknown_kind, without_kind
from taskgraft.recipe._rules import is_optional, kind_key, kinds_of, tables_of
from taskgraft.recipe._spec import Spec
from taskgraft.recipe._unknown_key import NoSuchKeyError, refuse_key
from taskgraft.shell_text import ShellText

_NONE = "none"
_NO_NAMES: Mapping[str, str] = {}


@of_kinds(recipe=of_class("a Recipe", Recipe), changes=MAPPING)
def changed(recipe: Recipe, changes: Mapping[str, Any], names: Mapping[str, str] = _NO_NAMES) -> Recipe:
    """A recipe with other values; all else stays.

    Args:
        recipe: Any.
        changes: Key paths and their values: `{"optimizer.learning_rate": 0.1, "batch_size": 64}`. A table
            is changed key by key: `{"optimizer": {"learning_rate": 0.1}}`. `none` leaves out what can be left
            out. Another kind of optimizer, augmentation or trunk has its defaults and what is set with it,
            and nothing of the kind before.
        names: What errors call a key path, such as the option that sets it.

    Raises:
        RequestError: If a key is unknown, a value does not fit its key, or the values do not fit together.

    Example:
        >>> from taskgraft.recipe import quick
        >>> mine = changed(quick(), {"epochs": 20, "optimizer.learning_rate": 0.1})
        >>> mine.epochs, mine.optimizer.learning_rate, mine.optimizer.momentum
        (20.0, 0.1, 0.9)
        >>> changed(quick(), {"optimizer.learning_rat": 0.1})
        Traceback (most recent call last):
        ...
        taskgraft.errors.RequestError: Expected each key to be one of the recipe's, but got \
'optimizer.learning_rat'. Did you mean optimizer.learning_rate?
    """
    before = {key.path: key.value for key in keys_of(recipe)}
    return built(recipe.model_dump(), Changes(flattened(changes), before, names))


def built(values: dict[str, Any], changes: Changes) -> Recipe:
    """A recipe of nested values, some of them changed.

    Args:
        values: As `Recipe.model_dump` gives them; empty to begin from nothing. They are changed in place.
        changes: What is set, by key path.
    """
    # A table before its keys, and which kind it is before what that kind has.
    for path in sorted(
        changes.values, key=lambda path: (path.count("."), not path.endswith((".kind", ".family")))
    ):
        try:
            _put(Recipe, values, "", path, changes)
        except NoSuchKeyError as missing:
            refuse_key(path, missing, values)
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        refuse(error, values, changes)


def flattened(changes: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Nested tables as key paths and values.

    Raises:
        RequestError: If a key has two values that differ, or is none.

    Example:
        >>> flattened({"optimizer": {"kind": "sgd", "momentum": 0.9}, "batch_size": 64})
        {'optimizer.kind': 'sgd', 'optimizer.momentum': 0.9, 'batch_size': 64}
    """
    flat: dict[str, Any] = {}
    for name, value in changes.items():
        key = f"{path}{name}"
        table = value.model_dump() if isinstance(value, Spec) else value
        for inner, each in (
            flattened(table, f"{key}.") if isinstance(table, Mapping) else {key: table}
        ).items():
            if inner in flat and not alike(flat[inner], each):
                got = Phrase(f"{shown(flat[inner])} and {shown(each)}")
                raise RequestError.expected(inner, "set once", got, "Leave one of them out.").about(inner)
            flat[inner] = each
    return flat


def assignment(text: str) -> tuple[str, Any]:
    """Reads `KEY=VALUE`; a value in brackets or braces is one of TOML, any other is text.

    Raises:
        RequestError: If it is not of this form.

    Example:
        >>> assignment("optimizer.learning_rate=0.1"), assignment("growth=[0.5, 1.0]")
        (('optimizer.learning_rate', '0.1'), ('growth', [0.5, 1.0]))
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key and equals and value):
        raise RequestError.expected("a change", "KEY=VALUE", text, "For example batch_size=64.")
    return key, value_of_text(value)


def value_of_text(text: str) -> Any:
    """A value in brackets or braces, read as TOML; any other text says what its key makes of it."""
    if text.startswith(("[", "{", '"')):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            return ShellText(text)
    return ShellText(text)


def _put(spec: type[Spec], table: dict[str, Any], where: str, path: str, changes: Changes) -> None:
    """Puts a value in its place within the nested values of a record.

    Args:
        spec: The class of the record.
        table: Its values.
        where: The path of the record, with a point behind it; empty for the recipe itself.
        path: The key path of the value.
        changes: All that is set.
    """
    name, *rest = path.removeprefix(where).split(".")
    field = spec.model_fields.get(name)
    if field is None or path in NO_KEYS or (rest and not tables_of(field)):
        raise NoSuchKeyError((spec,), where)
    below = f"{where}{name}."
    if not rest:
        value = changes.values[path]
        table[name] = None if value == _NONE and is_optional(field) else _named(tables_of(field), value)
    elif isinstance(table.get(name), tuple | list):
        position = _position(path, below, len(table[name]))
        inner = [*table[name]]
        inner[position] = {**inner[position]}
        _put(tables_of(field)[0], inner[position], f"{below}{position}.", path, changes)
        table[name] = inner
    else:
        chosen, table[name] = _table(tables_of(field), table.get(name), below, path, changes)
        _put(chosen, table[name], below, path, changes)


def _named(tables: tuple[type[Spec], ...], value: Any) -> Any:
    """A value of which a name says enough as the table of that name; any other as it is."""
    if isinstance(value, str) and tables and all(each.is_named for each in tables):
        return {kind_key(tables[0]): str(value)}
    return value


def _position(path: str, below: str, count: int) -> int:
    """Which table of a list a key path means."""
    position, _, name = path.removeprefix(below).partition(".")
    if not (position.isdecimal() and int(position) < count and name):
        rule = f"{below}N.NAME with N from 0 to {count - 1}"
        raise RequestError.expected(f"a key of {below[:-1]}", rule, path, "Count from 0.").about(path)
    return int(position)


def _table(
    tables: tuple[type[Spec], ...], values: Any, below: str, path: str, changes: Changes
) -> tuple[type[Spec], dict[str, Any]]:
    """The class and the values of a table that a value is put in: an empty one where its kind is another."""
    values = values if isinstance(values, dict) else {}
    if len(tables) == 1:
        return tables[0], values
    key = kind_key(tables[0]) or ""
    if path == f"{below}{key}":
        value = changes.values[path]
        chosen = next((each for each in tables if value in kinds_of(each)), None)
        if chosen is None:
            unknown_kind(path, value, tables, changes)
        return chosen, values if values.get(key) in kinds_of(chosen) else {}
    chosen = next((each for each in tables if values.get(key) in kinds_of(each)), None)
    if chosen is None:
        without_kind(path, below, tables)
    return chosen, values

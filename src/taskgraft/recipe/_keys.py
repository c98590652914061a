"""The values of a recipe by key path, such as `optimizer.learning_rate`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_origin

from pydantic.fields import FieldInfo

from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._rules import fields_of_kind, rule_of, tables_of
from taskgraft.recipe._spec import Spec
from taskgraft.shell_text import ShellText

# What a recipe began from is not a number of a run.
NO_KEYS = ("base",)


@dataclass(frozen=True)
class Key:
    """One value of a recipe.

    Attributes:
        path: Names from the recipe to the value, joined by points; of a list of tables the position, from 0.
        value: The value.
        field: What it means, and its range.
    """

    path: str
    value: Any
    field: FieldInfo

    @property
    def meaning(self) -> str:
        """What the value means, as a sentence."""
        return self.field.description or ""

    @property
    def rule(self) -> str:
        """What values it may have."""
        return rule_of(self.field)


def keys_of(spec: Spec, path: str = "") -> Iterator[Key]:
    """Every value of a recipe, or of a table of it, in order.

    Args:
        spec: The recipe or the table.
        path: The key path of the table.

    Example:
        >>> from taskgraft.recipe import quick
        >>> [key.path for key in keys_of(quick()) if key.path.startswith("optimizer.")]
        ['optimizer.kind', 'optimizer.learning_rate', 'optimizer.momentum', 'optimizer.weight_decay']
    """
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        below = f"{path}{name}"
        if below in NO_KEYS:
            continue
        if isinstance(value, Spec):
            yield from keys_of(value, f"{below}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], Spec):
            for position, each in enumerate(value):
                yield from keys_of(each, f"{below}.{position}.")
        else:
            yield Key(below, value, field)


def keys_of_values(values: Any, tables: Sequence[type[Spec]] = (Recipe,), path: str = "") -> Iterator[str]:
    """Every key path of nested values, whether they are a recipe or not yet.

    Args:
        values: By name, as `Recipe.model_dump` gives them.
        tables: The kinds of record that they may be of; which they are they say themselves.
        path: Of the record, with a point behind it.

    Example:
        >>> from taskgraft.recipe import Adam, Sgd
        >>> list(keys_of_values({"kind": "adam"}, (Sgd, Adam), "optimizer."))
        ['optimizer.kind', 'optimizer.learning_rate', 'optimizer.epsilon']
    """
    for name, field in fields_of_kind(tables, values).items():
        if f"{path}{name}" in NO_KEYS:
            continue
        inner, value = tables_of(field), values.get(name) if isinstance(values, Mapping) else None
        if not inner or value is None:
            yield f"{path}{name}"
        elif isinstance(value, tuple | list):
            for position, each in enumerate(value):
                yield from keys_of_values(each, inner, f"{path}{name}.{position}.")
        else:
            yield from keys_of_values(value, inner, f"{path}{name}.")


def all_keys() -> tuple[str, ...]:
    """Every key path that some recipe has; of a list of tables, those of its first.

    Example:
        >>> "optimizer.rest.momentum" in all_keys(), "optimizer.epsilon" in all_keys()
        (True, True)
    """
    return tuple(_paths(Recipe))


def _paths(spec: type[Spec], where: str = "") -> Iterator[str]:
    for name, field in spec.model_fields.items():
        tables = tables_of(field)
        is_list = get_origin(field.annotation) is tuple
        if (is_list or not tables) and f"{where}{name}" not in NO_KEYS:
            yield f"{where}{name}"
        for each in tables:
            yield from _paths(each, f"{where}{name}.0." if is_list else f"{where}{name}.")


def alike(first: Any, second: Any) -> bool:
    """Whether two values of a key are the same one, typed or not.

    Example:
        >>> alike(ShellText("1e-1"), 0.1), alike((0.5, 1.0), [0.5, 1]), alike(ShellText("2"), 3)
        (True, True, False)
    """
    return shown(read_value(first)) == shown(read_value(second))


def read_value(value: Any) -> Any:
    """A value with typed text in it read as the numbers that it may be.

    Example:
        >>> read_value([ShellText("1e-1"), ShellText("on")])
        [0.1, 'on']
    """
    if isinstance(value, ShellText):
        for kind in (int, float):
            with contextlib.suppress(ValueError):
                return kind(value)
    if isinstance(value, tuple | list):
        return [read_value(each) for each in value]
    return value.model_dump() if isinstance(value, Spec) else value


def shown(value: Any) -> str:
    """A value as it is written behind `KEY=`.

    Example:
        >>> shown((0.5, 1.0)), shown(None), shown(True), shown("sgd"), shown(9.25), shown(100.0)
        ('[0.5, 1]', 'none', 'true', 'sgd', '9.25', '100')
    """
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)

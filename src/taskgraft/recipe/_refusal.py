"""What is wrong with a recipe's values, in one line: the key path, the rule and what came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.recipe._keys import read_value, shown
from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._rules import fields_of_kind, kind_key, kinds_of, rule_of, tables_of
from taskgraft.recipe._spec import MisfitError, Spec
from taskgraft.shell_text import kind_fault

_MOST_SHOWN = 5


@dataclass(frozen=True)
class Changes:
    """Values that are to be changed, as errors speak of them.

    Attributes:
        values: What is set, by key path.
        before: What stood at each key path.
        names: What whoever sets a value calls its key path, such as an option; by default the path itself.
    """

    values: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, path: str) -> str:
        """What to call a key path."""
        return self.names.get(path, path)


def unknown_kind(path: str, value: Any, tables: tuple[type[Spec], ...], changes: Changes) -> NoReturn:
    """Refuses a kind of table that does not exist."""
    error = unknown_name(changes.name(path), str(value), [kind for each in tables for kind in kinds_of(each)])
    raise error.about(path)


def without_kind(path: str, where: str, tables: tuple[type[Spec], ...]) -> NoReturn:
    """Refuses a key of a table that is missing, and may be of several kinds."""
    kinds = ", ".join(kind for each in tables for kind in kinds_of(each))
    raise RequestError.expected(
        f"{where}{kind_key(tables[0])}",
        f"set together with {path}",
        Phrase("none"),
        f"Set it to one of {kinds}.",
    ).about(path)


def refuse(error: ValidationError, values: Mapping[str, Any], changes: Changes) -> NoReturn:
    """Refuses values that are no recipe, by the first thing that is wrong with them.

    Args:
        error: What pydantic says.
        values: The nested values that it was given.
        changes: What of them was set.
    """
    errors = [(_located(each, values), each) for each in error.errors()]
    # What was set before what does not go with it any more.
    errors.sort(key=lambda each: each[0] not in changes.values)
    path, first = errors[0]
    if first["type"] == "value_error":
        raise _misfit(path, first["ctx"]["error"], values, changes) from error
    what, of = changes.name(path), _field_at(path, values)
    got: object
    if first["type"] == "missing" or of is None:
        rule = rule_of(of) if of else first["msg"]
        remedy = f"Set it: {of.description}" if of and changes.before else "Set it, or begin from a base."
        got = Phrase(f"none{_for_kind(path, changes)}")
    else:
        fault, before = kind_fault(first), changes.before.get(path)
        rule, got = rule_of(of), fault.got if fault else _got(path, values)
        remedy = (
            f"Leave it out for {shown(before)}." if path in changes.before else f"It is: {of.description}"
        )
        remedy = (fault and fault.remedy) or remedy
    raise RequestError.expected(what, rule, got, remedy).about(path) from error


def _misfit(path: str, fault: Exception, values: Mapping[str, Any], changes: Changes) -> RequestError:
    """The error for values that do not go together: it shows those that were set, or else all of them."""
    keys = [f"{path}.{key}".strip(".") for key in fault.keys] if isinstance(fault, MisfitError) else [path]
    set_here = {
        set_path: value
        for set_path, value in changes.values.items()
        if any(f"{set_path}.".startswith(f"{key}.") or f"{key}.".startswith(f"{set_path}.") for key in keys)
    }
    given = set_here or {key: _got(key, values) for key in keys}
    pairs = [f"{changes.name(key)}={shown(value)}" for key, value in given.items()]
    sentence = str(fault)
    return RequestError.expected(
        path or "the recipe",
        "of values that fit together",
        Phrase(", ".join([*pairs[:_MOST_SHOWN], *(["..."] if len(pairs) > _MOST_SHOWN else [])])),
        f"{sentence[0].upper()}{sentence[1:]}.",
    ).about(*given)


def _for_kind(path: str, changes: Changes) -> str:
    """For which kind of table a value is missing, where that kind was set."""
    for key in ("kind", "family"):
        of_table = f"{path.rpartition('.')[0]}.{key}"
        if of_table in changes.values:
            return f" for {of_table}={shown(changes.values[of_table])}"
    return ""


def _located(error: ErrorDetails, values: Any) -> str:
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
    if fault := kind_fault(error):
        path.append(fault.name)
    if path and path[-1].isdecimal():
        # One value of a list: its key is the list's.
        path.pop()
    return ".".join(path)


def _field_at(path: str, values: Any) -> FieldInfo | None:
    """The field of a key path, of the kinds of table that the values say."""
    of = None
    tables: tuple[type[Spec], ...] = (Recipe,)
    for name in path.split("."):
        if name.isdecimal():
            values = values[int(name)] if isinstance(values, tuple | list) else None
            continue
        of = fields_of_kind(tables, values).get(name)
        if of is None:
            return None
        values = values.get(name) if isinstance(values, Mapping) else None
        tables = tables_of(of)
    return of


def _got(path: str, values: Any) -> object:
    for name in path.split("."):
        values = values[int(name) if name.isdecimal() else name]
    values = read_value(values)
    return values if isinstance(values, str) else Phrase(shown(values))

"""What values a field of a record takes, in words that an error, a comment and a help text share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from taskgraft.recipe._spec import Spec
from taskgraft.several import either

_UNIONS = (Union, UnionType)


@dataclass(frozen=True)
class Rule:
    """Beside the type of a field: what values it takes, in words.

    Attributes:
        words: As they follow "Expected name to be".
    """

    words: str


def rule_of(field: FieldInfo) -> str:
    """The values that a field takes, as they follow "Expected batch_size to be".

    Example:
        >>> from taskgraft.recipe import EarlyStop, Muon
        >>> rule_of(EarlyStop.model_fields["patience"]), rule_of(Muon.model_fields["momentum"])
        ('a whole number of at least 1', 'a number of at least 0 and below 1')
    """
    said = [each.words for each in field.metadata if isinstance(each, Rule)]
    return said[0] if said else _rule(field.annotation, field.metadata)


def is_optional(field: FieldInfo) -> bool:
    """Whether a field takes none."""
    return _is_union(field.annotation) and NoneType in get_args(field.annotation)


def tables_of(field: FieldInfo) -> tuple[type[Spec], ...]:
    """The kinds of table that a field takes, itself or in a list; none for a plain value."""
    return tuple(_specs(field.annotation))


def kind_key(spec: type[Spec]) -> str | None:
    """The field of a table that says which of several kinds it is."""
    return next((name for name in ("kind", "family") if name in spec.model_fields), None)


def kinds_of(spec: type[Spec]) -> tuple[str, ...]:
    """The words for which a table is of this kind."""
    key = kind_key(spec)
    return () if key is None else get_args(spec.model_fields[key].annotation)


def of_kind(tables: Sequence[type[Spec]], values: Any) -> tuple[type[Spec], ...]:
    """Of several kinds of table the one that values say they are of; all of them where they say none."""
    if not isinstance(values, Mapping):
        return tuple(tables)
    return tuple(each for each in tables if values.get(kind_key(each)) in kinds_of(each)) or tuple(tables)


def fields_of_kind(tables: Sequence[type[Spec]], values: Any) -> dict[str, FieldInfo]:
    """The fields of the kind of table that values say they are of."""
    fields: dict[str, FieldInfo] = {}
    for each in of_kind(tables, values):
        fields = {**each.model_fields, **fields}
    return fields


def _specs(annotation: Any) -> Iterable[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield from annotation.kinds()
    elif get_origin(annotation) is Annotated:
        yield from _specs(get_args(annotation)[0])
    elif _is_union(annotation) or get_origin(annotation) is tuple:
        for each in get_args(annotation):
            yield from _specs(each)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in _UNIONS


def _rule(annotation: Any, metadata: Iterable[Any]) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _rule(arguments[0], [*metadata, *_flat(arguments[1:])])
    if origin is Literal:
        return either(map(str, arguments))
    if origin is tuple:
        return _rule_of_list(arguments)
    if specs := list(_specs(annotation)):
        return _rule_of_table(specs) + (", or none" if NoneType in arguments else "")
    if _is_union(annotation):
        return " or ".join("none" if each is NoneType else _rule(each, metadata) for each in arguments)
    return _rule_of_plain(annotation, metadata)


def _rule_of_table(specs: Sequence[type[Spec]]) -> str:
    kinds = [kind for spec in specs for kind in kinds_of(spec)]
    if len(specs) > 1:
        return f"a table of {kind_key(specs[0])} {either(kinds)}"
    return f"a table of {', '.join(specs[0].model_fields)}"


def _rule_of_list(arguments: tuple[Any, ...]) -> str:
    inner = _rule(arguments[0], ())
    if arguments[-1] is Ellipsis:
        return f"a list, each {inner}"
    return f"a list of {len(arguments)}, each {inner}"


def _rule_of_plain(kind: Any, metadata: Iterable[Any]) -> str:
    if kind is bool:
        return "true or false"
    if kind is str:
        return "text"
    bounds = [
        f"{words} {value:,}"
        for name, words in (("ge", "of at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))
        for each in metadata
        if (value := getattr(each, name, None)) is not None
    ]
    noun = "a whole number" if kind is int else "a number"
    if kind is int and bounds == ["above 0"]:
        bounds = ["of at least 1"]
    return " ".join([noun, " and ".join(bounds)]).strip()


def _flat(metadata: Iterable[Any]) -> Iterable[Any]:
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from each.metadata
        else:
            yield each

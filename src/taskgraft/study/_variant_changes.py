"""What is no longer the same about a study's variants, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from taskgraft.architecture import Architecture, Flow
from taskgraft.recipe import Variant, recipe_values
from taskgraft.study._change import Change, unlike


def variant_changes(old: Sequence[Variant], new: Sequence[Variant]) -> Iterator[Change]:
    """How the variants of two requests differ: in their names, then in what the same name stands for.

    A value of the recipe that changed in the same way for all is one change.

    Args:
        old: Those on record.
        new: Those of the new request.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> separate = Variant("mine", Architecture("mine", ("a", "b")), recipe("quick"))
        >>> shared = Variant("mine", Architecture("mine", ("a", "b"), "shared"), recipe("quick"))
        >>> [change.words() for change in variant_changes([separate], [shared])]
        ['trunk of mine: separate before, shared now']
    """
    yield from unlike("variants", *(", ".join(each.name for each in side) for side in (old, new)))
    by_name = {variant.name: variant for variant in old}
    pairs = [(by_name[each.name], each) for each in new if each.name in by_name]
    for before, after in pairs:
        yield from _of_architecture(before, after)
    yield from _of_recipes(pairs)


def _of_architecture(old: Variant, new: Variant) -> Iterator[Change]:
    for field in fields(Architecture):
        values = (getattr(each.architecture, field.name) for each in (old, new))
        yield from unlike(f"{field.name} of {new.name}", *map(_in_words, values))


def _of_recipes(pairs: Sequence[tuple[Variant, Variant]]) -> Iterator[Change]:
    values = [(new.name, recipe_values(old.recipe), recipe_values(new.recipe)) for old, new in pairs]
    for path in dict.fromkeys(path for _, old, new in values for path in (*old, *new)):
        changes = [
            (name, change)
            for name, old, new in values
            for change in unlike(f"recipe.{path}", old.get(path), new.get(path))
        ]
        if len(changes) == len(pairs) and len({_sides(change) for _, change in changes}) == 1:
            yield changes[0][1]
        else:
            yield from (change._replace(what=f"{change.what} of {name}") for name, change in changes)


def _sides(change: Change) -> tuple[str, str]:
    return repr(change.old), repr(change.new)


def _in_words(value: Any) -> str:
    if isinstance(value, Flow):
        gradient = "" if value.passes_gradient else ", no gradient back"
        return f"{value.carries} of {value.source} into {value.target}{gradient}"
    return " and ".join(map(_in_words, value)) or "none" if isinstance(value, tuple) else str(value)

"""Values that follow from others, and yield to what was set: which they are, and how they are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from taskgraft.recipe._changes import changed
from taskgraft.recipe._keys import keys_of, shown
from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._recipes import RECIPES

_MOST_SHOWN = 8
NOTHING_SET: frozenset[str] = frozenset()


def keys_set(recipe: Recipe) -> frozenset[str]:
    """Key paths of the values that somebody set: those that differ from the recipe it began from.

    A recipe that began from none is set in all its values.

    Example:
        >>> from taskgraft.recipe import quick
        >>> sorted(keys_set(changed(quick(), {"epochs": 20, "optimizer.learning_rate": 0.1})))
        ['epochs', 'optimizer.learning_rate']
    """
    values = {key.path: key.value for key in keys_of(recipe)}
    base = RECIPES.get(recipe.base)
    before = {} if base is None else {key.path: key.value for key in keys_of(base())}
    return frozenset(path for path, value in values.items() if path not in before or before[path] != value)


def derived(recipe: Recipe, values: Mapping[str, Any], is_set: Collection[str]) -> Recipe:
    """A recipe with values that follow from others, but for those that were set.

    Args:
        recipe: Any.
        values: What follows, by key path.
        is_set: Key paths of the values that stay.
    """
    return changed(recipe, {path: value for path, value in values.items() if path not in is_set})


def differences_of(before: Recipe, after: Recipe) -> tuple[str, ...]:
    """Each value in which two recipes differ, in one line.

    Example:
        >>> from taskgraft.recipe import quick
        >>> differences_of(quick(), changed(quick(), {"batch_size": 64, "augmentation": "none"}))
        ('batch_size=64, not 128', 'augmentation=none')
    """
    old, new = ({key.path: key.value for key in keys_of(each)} for each in (before, after))
    return tuple(
        f"{path}={_short(value)}" + (f", not {_short(old[path])}" if path in old else "")
        for path, value in new.items()
        if path not in old or old[path] != value
    )


def dropped_values(
    before: Recipe, after: Recipe, is_set: Collection[str], was_set: Collection[str] | None = None
) -> Iterator[str]:
    """Values that somebody set in a recipe, and that another kind of table has left out: a line a table.

    Args:
        before: The recipe that they were set in.
        after: What was made of it.
        is_set: Key paths of the values that were set on the way: nobody misses what they replace.
        was_set: Key paths of the values that were set before; without it, those that tell `before` from its
            base.

    Example:
        >>> from taskgraft.recipe import quick
        >>> mine = changed(quick(), {"name": "mine", "optimizer.momentum": 0.5})
        >>> adam = {"optimizer.kind": "adam", "optimizer.learning_rate": 0.1}
        >>> list(dropped_values(mine, changed(mine, adam), adam))
        ['optimizer.momentum=0.5 of mine: not kept, as optimizer.kind is adam.']
    """
    old, new = ({key.path: key.value for key in keys_of(each)} for each in (before, after))
    was_set = keys_set(before) if was_set is None else was_set
    by_table: dict[str, list[str]] = {}
    for path in sorted(was_set):
        kind = _other_kind(path, old, new)
        if kind and path in old and path != kind and path not in is_set and old[path] != new.get(path):
            by_table.setdefault(kind, []).append(f"{path}={_short(old[path])}")
    for kind, pairs in by_table.items():
        yield f"{', '.join(pairs)} of {before.name}: not kept, as {kind} is {new[kind]}."


def _other_kind(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """The key of the outermost table around a value whose kind has become another; None without one."""
    tables = path.split(".")
    for depth in range(1, len(tables)):
        for key in ("kind", "family"):
            kind = ".".join([*tables[:depth], key])
            if kind in old and kind in new and old[kind] != new[kind]:
                return kind
    return None


def _short(value: Any) -> str:
    """A value as a line shows it: of a long list its ends."""
    if isinstance(value, tuple) and len(value) > _MOST_SHOWN:
        return f"[{shown(value[0])}, ... {shown(value[-1])}]"
    return shown(value)

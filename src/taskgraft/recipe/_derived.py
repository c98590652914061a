"""Values that follow from others, and yield to what was set: which they are, and how they are shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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


def _short(value: Any) -> str:
    """A value as a line shows it: of a long list its ends."""
    if isinstance(value, tuple) and len(value) > _MOST_SHOWN:
        return f"[{shown(value[0])}, ... {shown(value[-1])}]"
    return shown(value)

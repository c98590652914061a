"""One recipe made into several, a combination of values each, and what to call them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from taskgraft.errors import Phrase, RequestError
from taskgraft.recipe._changes import changed
from taskgraft.recipe._keys import keys_of, shown
from taskgraft.recipe._recipe import Recipe

Vary = Mapping[str, Sequence[Any]]

_MOST_RECIPES = 10_000
# What a name that names a directory may hold.
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
# A run's numbers do not depend on it.
_NO_NUMBERS = ("name",)
_NOTHING: Mapping[str, Any] = {}


def varied(
    recipe: Recipe, vary: Vary, settings: Mapping[str, Any] = _NOTHING, names: Mapping[str, str] = _NOTHING
) -> dict[str, Recipe]:
    """A recipe for every combination of values, by what tells it from the others; all else stays.

    Args:
        recipe: Any.
        vary: By key path, the values: `{"optimizer.learning_rate": [0.1, 0.2]}`.
        settings: Key paths and values that every recipe has: a kind of optimizer that is varied keeps them.
        names: What errors call a key path, such as the option that sets it.

    Returns:
        By a text such as `+learning_rate=0.1+batch_size=64`, keys in the order given. A key is called by the
        last names of its path that no other key of the recipes has. Without keys, the recipe with its
        settings under an empty text.

    Raises:
        RequestError: If a key is unknown or has no values, a value does not fit its key, or two are the same.

    Example:
        >>> from taskgraft.recipe import quick
        >>> recipes = varied(quick(), {"optimizer.learning_rate": [0.1, 0.2], "batch_size": [64]})
        >>> [(name, each.optimizer.learning_rate) for name, each in recipes.items()]
        [('+learning_rate=0.1+batch_size=64', 0.1), ('+learning_rate=0.2+batch_size=64', 0.2)]
    """
    check_vary(vary)
    combinations = [dict(zip(vary, values, strict=True)) for values in itertools.product(*vary.values())]
    recipes = [changed(recipe, {**settings, **each}, names) for each in combinations]
    values = [{key.path: key.value for key in keys_of(each)} for each in recipes]
    paths = dict.fromkeys(path for each in values for path in each)
    keys = {path: _short(path, paths) for path in vary}
    named: dict[str, Recipe] = {}
    for combination, each, its in zip(combinations, recipes, values, strict=True):
        name = "".join(f"+{keys[path]}={label(its.get(path, value))}" for path, value in combination.items())
        if name in named:
            _refuse_twice(name[1:], vary, is_same=each == named[name])
        named[name] = each
    return named


def label(value: Any) -> str:
    """A value within a name, which may name a directory; numbers can be read back from it.

    Example:
        >>> label(1e300), label(-0.5), label((256, 128)), label("timm/resnet18")
        ('1e300', '-0.5', '256_128', 'timm-resnet18')
    """
    if isinstance(value, Mapping):
        return "_".join(label(each) for each in value.values())
    if isinstance(value, tuple | list):
        return "_".join(label(each) for each in value) or "none"
    if isinstance(value, int | float):
        # The sign of an exponent goes without saying where it is no minus.
        return shown(value).replace("+", "")
    return _UNSAFE.sub("-", shown(value)).strip("-") or "none"


def check_vary(vary: Vary) -> None:
    """Refuses keys without values, keys that decide no number, and more combinations than a study may have.

    Raises:
        RequestError: If there are such.
    """
    for path, values in vary.items():
        if path in _NO_NUMBERS:
            rule = "of values that decide the numbers of a run"
            raise RequestError.expected("each varied key", rule, path, "Vary another one.").about(path)
        if not isinstance(values, list | tuple | range) or not values:
            raise RequestError.expected(
                f"the values of {path}", "a list of one or more", values, "Write it like [0.1, 0.2]."
            ).about(path)
    number = math.prod(len(values) for values in vary.values())
    if number > _MOST_RECIPES:
        raise RequestError.expected(
            "the combinations of varied values", f"at most {_MOST_RECIPES:,}", number, "Vary fewer values."
        ).about(*vary)


def _refuse_twice(name: str, vary: Vary, *, is_same: bool) -> None:
    what = "the values of a varied key" if is_same else "what values of a varied key are called"
    remedy = "Leave one of them out." if is_same else "Rename one of them."
    raise RequestError.expected(what, "different", Phrase(f"{name} twice"), remedy).about(*vary)


def _short(path: str, paths: Collection[str]) -> str:
    """The last names of a key path, as few as no other path ends with."""
    names = path.split(".")
    for count in range(1, len(names)):
        end = ".".join(names[-count:])
        if not any(other != path and f".{other}".endswith(f".{end}") for other in paths):
            return end
    return path

"""From where to where a value of a recipe is searched: what follows from its kind, or what is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, get_args

from taskgraft.errors import Phrase, RequestError
from taskgraft.kinds import is_number
from taskgraft.recipe._changes import changed
from taskgraft.recipe._keys import keys_of, read_value, shown
from taskgraft.recipe._recipe import Recipe

# What decides the length of a run, and with it what a trial costs; and what decides no number of it.
_NOT_SEARCHED = ("epochs", "min_steps", "val_fraction", "name", "early_stop")
_WEIGHT = "finest_weight"
# How far from the recipe's value, each way: of rates and weights, of shares, of whole numbers.
_FACTOR, _SHARE_FACTOR, _WHOLE_FACTOR = 8.0, 2.0, 4


@dataclass(frozen=True)
class Range:
    """What is tried of one key.

    Attributes:
        low: The smallest value.
        high: The largest.
        is_log: Whether steps are ratios, as for a learning rate, and not differences.
        is_whole: Whether values are whole numbers.

    Example:
        >>> str(Range(0.01, 1.0)), str(Range(32, 512, is_whole=True))
        ('0.01 to 1 (log)', '32 to 512 (log)')
    """

    low: float
    high: float
    is_log: bool = True
    is_whole: bool = False

    def __str__(self) -> str:
        return f"{shown(_short(self.low))} to {shown(_short(self.high))}{' (log)' if self.is_log else ''}"

    @classmethod
    def around(cls, path: str, value: Any, most: float | None) -> Self:
        """The range around a recipe's value that follows from its kind.

        Args:
            path: The key.
            value: The recipe's.
            most: What the values do not exceed; None for nothing.

        Raises:
            RequestError: If none follows.
        """
        if not is_number(value) or value <= 0:
            what = f"{path}={shown(value)}"
            raise RequestError.expected(
                "a key that is searched without a range", "a number above 0", what, f"Write {path}=LOW:HIGH."
            ).about("tune_keys")
        if isinstance(value, int):
            high = value * _WHOLE_FACTOR if most is None else min(value * _WHOLE_FACTOR, int(most))
            return cls(max(1, value // _WHOLE_FACTOR), high, is_whole=True)
        if most is not None:
            high = min(value * _SHARE_FACTOR, (value + most) / 2)
            return cls(value / _SHARE_FACTOR, high, is_log=False)
        return cls(value / _FACTOR, value * _FACTOR)

    @classmethod
    def given(cls, path: str, ends: tuple[float, float], value: Any) -> Self:
        """The range between two ends above 0: by ratios, but for fractions less than eightfold apart."""
        low, high = ends
        is_whole = isinstance(value, int)
        return cls(low, high, is_log=low > 0 and (is_whole or high / low >= _FACTOR), is_whole=is_whole)


def default_keys(recipe: Recipe, num_trained: int) -> tuple[str, ...]:
    """What is worth a search in any recipe: the rate, the weight of the finest level, the trunk's share.

    Args:
        recipe: The recipe.
        num_trained: Levels that have a loss.

    Example:
        >>> from taskgraft.recipe import quick, recipe
        >>> default_keys(quick(), 2), default_keys(quick(), 1)
        (('optimizer.learning_rate', 'finest_weight'), ('optimizer.learning_rate',))
        >>> default_keys(recipe("quick", {"balancing": "equal"}), 2)
        ('optimizer.learning_rate',)
    """
    keys = ["optimizer.learning_rate"]
    # Of a weight that decides how long a step is and nothing else, the rate says all.
    if num_trained > 1 and recipe.balancing.weights_decide == "direction":
        keys.append(_WEIGHT)
    if recipe.trunk_rate_ratio != 1:
        keys.append("trunk_rate_ratio")
    return tuple(keys)


def ranges_of(
    recipe: Recipe, keys: Mapping[str, tuple[float, float] | None], num_trained: int
) -> dict[str, Range]:
    """The range of each key that is searched; one without a say in the result is left out.

    Args:
        recipe: The recipe.
        keys: Key paths, each with its ends or None for what follows from the recipe's value.
        num_trained: Levels that have a loss.

    Raises:
        RequestError: If the recipe has no such key, it cannot be searched, or an end is none of its values.

    Example:
        >>> from taskgraft.recipe import quick
        >>> ranges = ranges_of(quick(), {"optimizer.learning_rate": None, "label_smoothing": (0, 0.3)}, 2)
        >>> [f"{path}: {each}" for path, each in ranges.items()]
        ['optimizer.learning_rate: 0.025 to 1.6 (log)', 'label_smoothing: 0 to 0.3']
    """
    return {
        path: _range(recipe, path, ends)
        for path, ends in keys.items()
        if path != _WEIGHT or _weighs(recipe, num_trained)
    }


def _weighs(recipe: Recipe, num_trained: int) -> bool:
    """Whether the weight of the finest level has a say: of one level alone it has none."""
    # An early stop watches the sum by the recipe's weights, whatever made the gradients.
    decides = recipe.balancing.weights_decide != "nothing" or recipe.early_stop is not None
    return num_trained > 1 and decides


def _range(recipe: Recipe, path: str, ends: tuple[float, float] | None) -> Range:
    by_path = {key.path: key for key in keys_of(recipe)}
    if path not in by_path:
        # Refused in the words of any other wrong key.
        changed(recipe, {path: 1})
        raise _not_searched(path)
    key = by_path[path]
    kinds = {key.field.annotation, *get_args(key.field.annotation)}
    if path in _NOT_SEARCHED or not kinds & {int, float} or isinstance(key.value, bool):
        raise _not_searched(path)
    if ends is None:
        return Range.around(path, read_value(key.value), _upper_bound(key.field.metadata))
    chosen = Range.given(path, ends, key.value)
    if not chosen.low < chosen.high:
        got = Phrase(f"{shown(chosen.low)}:{shown(chosen.high)}")
        raise RequestError.expected(f"the range of {path}", "LOW:HIGH", got, "Exchange them.").about(
            "tune_keys"
        )
    for end in (chosen.low, chosen.high):
        # Refused in the words of any other value of the key.
        changed(recipe, {path: int(end) if chosen.is_whole and end == int(end) else end})
    return chosen


def _not_searched(path: str) -> RequestError:
    rule = "a number that is no length of a run"
    return RequestError.expected("each key that is searched", rule, path, "Leave it out.").about("tune_keys")


def _upper_bound(metadata: list[Any]) -> float | None:
    bounds = [getattr(each, name, None) for each in metadata for name in ("lt", "le")]
    return next((float(each) for each in bounds if each is not None), None)


def _short(value: float) -> float:
    return float(f"{value:.4g}")

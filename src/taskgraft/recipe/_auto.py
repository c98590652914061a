"""`auto`: the recipe that a rule chooses by what is to be trained on, and why it does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from taskgraft.recipe._changes import changed
from taskgraft.recipe._derived import derived
from taskgraft.recipe._keys import shown
from taskgraft.recipe._length import follow_length
from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._recipes import RECIPES

AUTO = "auto"
# Of a run, unless somebody says otherwise; docs/recipes.md has the measurements.
FEWEST_STEPS = 1_500
# From how many train images on `fast` has enough to learn from, and how large its batches are then.
_MANY, _BATCH_OF_MANY = 20_000, 256
# Of fewer images: up to how many, batches of which size.
_BATCHES_OF_FEW = ((1_000, 16), (5_000, 32), (_MANY, 64))
_UNEVEN = 10
_PHOTOGRAPHS = 64

Trunk = Literal["the recipe's", "untrained", "pretrained"]
_NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Facts:
    """What the rule looks at.

    Attributes:
        num_train: Train images.
        side: Shorter side of the images, in pixels.
        class_counts: Train images of each class of the finest level.
        trunk: Whether one of timm is wanted, and with weights.
    """

    num_train: int
    side: int
    class_counts: tuple[int, ...]
    trunk: Trunk = "the recipe's"


@dataclass(frozen=True)
class AutoRecipe:
    """What the rule has chosen.

    Attributes:
        recipe: With every value that it decided, and every value that was set.
        lines: What it chose and why, a line each.
    """

    recipe: Recipe
    lines: tuple[str, ...]


def auto_bases(trunk: Trunk) -> tuple[str, ...]:
    """The recipes that the rule may begin from, whatever the data are."""
    if trunk == "pretrained":
        return ("finetune",)
    return ("quick",) if trunk == "untrained" else ("quick", "fast")


def auto_recipe(
    facts: Facts, settings: Mapping[str, Any], names: Mapping[str, str] = _NO_NAMES
) -> AutoRecipe:
    """The recipe that suits some data; what is set stays as it is.

    Args:
        facts: Of the data and the trunk.
        settings: Key paths and values that somebody set.
        names: What errors call a key path.

    Raises:
        RequestError: If a setting is none of the recipe's that was chosen.

    Example:
        >>> few = auto_recipe(Facts(2_000, 32, (100,) * 20), {}).recipe
        >>> few.base, few.batch_size, few.epochs * (2_000 // few.batch_size) >= 1_500
        ('quick', 32, True)
        >>> auto_recipe(Facts(45_000, 32, (450,) * 100), {}).recipe.base
        'fast'
    """
    base, why = _base(facts)
    before = RECIPES[base]()
    is_set = frozenset(settings)
    chosen = changed(before, settings, names)
    if not before.min_steps:
        chosen = derived(chosen, {"min_steps": FEWEST_STEPS, "batch_size": _batch(facts, before)}, is_set)
        # Who says how many epochs gets smaller batches at most.
        is_fixed = is_set if "epochs" in is_set else is_set | {"batch_size"}
        chosen = follow_length(chosen, facts.num_train, is_fixed)
        chosen = derived(chosen, dict(_rates(before, chosen)), is_set)
    else:
        chosen = follow_length(chosen, facts.num_train, is_set)
    return AutoRecipe(chosen, (why, _length_line(before, chosen, facts), *_more_lines(chosen, facts)))


def _base(facts: Facts) -> tuple[str, str]:
    """The recipe to begin from, and why."""
    images = f"{facts.num_train:,} train images"
    if facts.trunk == "pretrained":
        return "finetune", "auto: finetune, as the trunk is pretrained."
    if facts.trunk == "untrained":
        return "quick", "auto: quick, whose optimizer suits a trunk of timm without weights."
    if facts.num_train < _MANY:
        return "quick", f"auto: quick, a small network, as {images} are fewer than {_MANY:,}."
    return "fast", f"auto: fast, as {images} are {_MANY:,} or more."


def _batch(facts: Facts, before: Recipe) -> int:
    if before.base == "fast":
        return _BATCH_OF_MANY
    fitting = (size for below, size in _BATCHES_OF_FEW if facts.num_train < below)
    return next(fitting, before.batch_size)


def _rates(before: Recipe, after: Recipe) -> Iterator[tuple[str, float]]:
    """Learning rates for another batch size: the gradient of a smaller batch is noisier, by the root."""
    if after.optimizer.kind != before.optimizer.kind or after.batch_size == before.batch_size:
        return
    ratio = math.sqrt(after.batch_size / before.batch_size)
    yield "optimizer.learning_rate", _rounded(before.optimizer.learning_rate * ratio)
    if before.optimizer.kind == "muon":
        yield "optimizer.rest.learning_rate", _rounded(before.optimizer.rest.learning_rate * ratio)


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")


def _length_line(before: Recipe, chosen: Recipe, facts: Facts) -> str:
    batch = min(chosen.batch_size, facts.num_train)
    steps = round(chosen.epochs * (facts.num_train // batch))
    rate, usual = chosen.optimizer.learning_rate, before.optimizer.learning_rate
    other = f", learning rate {shown(rate)} for {shown(usual)}" if rate != usual else ""
    return f"auto: {shown(chosen.epochs)} epochs in batches of {batch:,} are {steps:,} steps{other}."


def _more_lines(chosen: Recipe, facts: Facts) -> Iterator[str]:
    """What else it decided, and what somebody may want to decide otherwise."""
    yield f"auto: images of {facts.side} pixels, {_balance_words(chosen, facts)}."
    if facts.trunk == "the recipe's" and facts.side >= _PHOTOGRAPHS:
        yield f"auto: from scratch; photographs of {facts.side} pixels gain much by a pretrained trunk."


def _balance_words(chosen: Recipe, facts: Facts) -> str:
    if chosen.balance != "none":
        return f"balance {chosen.balance}"
    counts = [count for count in facts.class_counts if count]
    if not counts:
        return "each of which counts the same"
    words = f"each counts the same: the largest class has {max(counts):,}, the smallest {min(counts):,}"
    return f"{words}, which balance evens out" if max(counts) >= _UNEVEN * min(counts) else words

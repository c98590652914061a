"""A recipe made to fit data and trunk: what follows from them, but for what was set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, unknown_name
from taskgraft.hardware import Hardware
from taskgraft.network import HUB, lookalikes
from taskgraft.parameter import Parameter
from taskgraft.recipe import (
    AUTO,
    NOTHING_SET,
    RECIPES,
    Recipe,
    TimmTrunkSpec,
    changed,
    derived,
    differences_of,
    dropped_values,
    flattened,
    follow_images,
    follow_length,
    has_idle_stages,
    keys_set,
    recipe,
)
from taskgraft.toml_file import SUFFIX, is_toml
from taskgraft.training import check_balanced_levels, check_growth, follow_hardware, parse_balance, with_trunk

# A mark of what was followed, and what the user named.
_UNSAID = (
    "side_pixels=",
    "network.trunk.family=",
    "network.trunk.backbone=",
    "network.trunk.weights",
    "network.trunk.drop_path=0:",
    "network.trunk.stages=1:",
)


@dataclass(frozen=True)
class ChosenRecipe:
    """A recipe with the values that somebody set, before it is made to fit any data.

    Attributes:
        recipe: The recipe.
        is_set: Key paths of the values that were set: no value that follows from others replaces them.
        dropped: A line for each kind of table that was replaced together with values that were set in it.
        reasons: Why it is this recipe, a line each, where a rule chose it.
    """

    recipe: Recipe
    is_set: frozenset[str]
    dropped: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, base: str | Recipe, settings: Mapping[str, Any]) -> Self:
        """The recipe of a name, a file or an object, with other values.

        Args:
            base: The recipe.
            settings: Key paths and values.

        Raises:
            RequestError: For an unknown name, or what is wrong with the file or a value.
        """
        before = base_recipe(base)
        return cls.made(before, changed(before, settings), settings)

    @classmethod
    def made(cls, before: Recipe, after: Recipe, settings: Mapping[str, Any]) -> Self:
        """A recipe that was made of another one by setting values.

        Args:
            before: The recipe of a name or a file.
            after: The same with other values.
            settings: By key path; of tables the key path alone counts.
        """
        is_set = keys_set(after) | flattened(settings).keys()
        return cls(after, frozenset(is_set), tuple(dropped_values(before, after, is_set)))


def base_recipe(base: str | Recipe) -> Recipe:
    """The recipe of a name, a file or an object.

    Raises:
        RequestError: For an unknown name, or what is wrong with the file.
    """
    if isinstance(base, Recipe):
        return base
    if base not in RECIPES and not is_toml(base):
        raise unknown_name("recipe", base, [AUTO, *RECIPES, f"or a {SUFFIX} file"])
    return recipe(base)


@dataclass(frozen=True)
class FittedRecipe:
    """A recipe made to fit.

    Attributes:
        recipe: The recipe.
        derived: A line for each value that follows from data or trunk, and for each that would but was set;
            before them, why it is this recipe.
        undivided: The same before its trunk was divided for the architectures that look at stages; None where
            it was not.
    """

    recipe: Recipe
    derived: tuple[str, ...] = ()
    undivided: FittedRecipe | None = None

    def for_architecture(self, architecture: Architecture) -> FittedRecipe:
        """Itself, or undivided for an architecture that does not look at stages and would train otherwise."""
        looks = architecture.looks_at_stages or has_idle_stages(architecture, self.recipe)
        return self if looks or self.undivided is None else self.undivided


def fit_recipe(
    chosen: ChosenRecipe,
    data: Dataset,
    *,
    trunk: str | None = None,
    trunk_weights: str | Path | None = None,
    balance: str | None = None,
    hardware: Hardware | None = None,
) -> FittedRecipe:
    """A recipe made to fit the data's images and levels, with another trunk or balance where one is given.

    Args:
        chosen: The recipe, and what of it was set.
        data: Image shape and levels.
        trunk: `timm/NAME`, in place of the recipe's.
        trunk_weights: Its pretrained weights.
        balance: As `parse_balance` reads it.
        hardware: What it is to be trained on; without it precision and layout stay as they are.

    Raises:
        RequestError: If one of them is not what it should be, or a value that was set does not go with it.
    """
    _check_trunk(trunk, trunk_weights)
    fitted = FittedRecipe(chosen.recipe, (*chosen.reasons, *chosen.dropped))
    if trunk is not None:
        cause = trunk if trunk_weights is None else f"the pretrained {trunk}"
        fitted = derive(
            fitted,
            lambda recipe, is_set: with_trunk(recipe, trunk, trunk_weights, is_set),
            chosen.is_set,
            cause,
        )
    if balance is not None:
        kind, levels = parse_balance(balance, data.taxonomy.level_names)
        balanced = changed(fitted.recipe, {"balance": kind, "balance_levels": levels})
        fitted = replace(fitted, recipe=balanced)
    check_growth(fitted.recipe)
    fitted = replace(fitted, derived=(*fitted.derived, *_doubts(fitted.recipe, data.image_shape)))
    check_balanced_levels("balance_levels", fitted.recipe.balance_levels, data.taxonomy.level_names)
    num_train = data.num_images["train"]
    fitted = derive(
        fitted,
        lambda recipe, is_set: follow_length(recipe, num_train, is_set),
        chosen.is_set,
        f"{num_train:,} train images",
    )
    if hardware is not None:
        fitted = derive(
            fitted,
            lambda recipe, is_set: follow_hardware(recipe, data.image_shape, hardware, is_set),
            chosen.is_set,
            f"the depthwise convolutions of {fitted.recipe.network.trunk.title}, which are slower in bf16",
        )
    _, height, width = data.image_shape
    return derive(
        fitted,
        lambda recipe, is_set: follow_images(recipe, data.image_shape, is_set),
        chosen.is_set,
        f"images of {height}x{width}",
    )


def shortened(fitted: FittedRecipe, ratio: float, is_set: frozenset[str], cause: str) -> FittedRecipe:
    """A recipe of a share of its length.

    Args:
        fitted: The recipe.
        ratio: The share.
        is_set: Key paths of values that stay.
        cause: From what it follows.
    """
    epochs = round(fitted.recipe.epochs * ratio, 2)
    return derive(fitted, lambda recipe, is_set: derived(recipe, {"epochs": epochs}, is_set), is_set, cause)


def derive(
    fitted: FittedRecipe,
    make: Callable[[Recipe, Collection[str]], Recipe],
    is_set: frozenset[str],
    cause: str,
) -> FittedRecipe:
    """A recipe with values that follow from something, and a line for each of them.

    Args:
        fitted: The recipe before.
        make: Gives the recipe after, but for values that are set.
        is_set: Key paths of those.
        cause: From what the values follow.
    """
    after = make(fitted.recipe, is_set)
    derived = [f"{line}: follows from {cause}." for line in differences_of(fitted.recipe, after)]
    # What would be there had nobody set it.
    kept = [
        f"{line} as it would follow from {cause}: it was set."
        for line in differences_of(make(fitted.recipe, NOTHING_SET), after)
        if line.partition("=")[0] in is_set
    ]
    gone = dropped_values(fitted.recipe, after, frozenset(), is_set)
    lines = [line for line in (*derived, *kept, *gone) if not line.startswith(_UNSAID)]
    return FittedRecipe(after, (*fitted.derived, *lines))


def _doubts(recipe: Recipe, image_shape: tuple[int, int, int]) -> Iterator[str]:
    """A line where a file of weights fits another network as well, which treats pixels otherwise."""
    trunk = recipe.network.trunk
    if isinstance(trunk, TimmTrunkSpec) and trunk.weights not in (None, HUB):
        for other in lookalikes(trunk, image_shape):
            yield (
                f"The weights in {Path(str(trunk.weights)).name} fit timm/{other} as well as {trunk.title}, "
                "and no file says of which they are: pixels are scaled and maps padded otherwise."
            )


def _check_trunk(trunk: str | None, weights: str | Path | None) -> None:
    if trunk is None and weights is not None:
        raise RequestError.expected(
            Parameter("trunk_weights"),
            f"used with {Parameter('trunk')}",
            "without it",
            "Name the trunk they belong to.",
        )

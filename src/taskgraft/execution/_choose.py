"""With which recipes a study's variants are to be trained, before they are made to fit the data."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from taskgraft.architecture import Architecture
from taskgraft.errors import RequestError
from taskgraft.execution._fit import ChosenRecipe, base_recipe
from taskgraft.recipe import AUTO, Recipe, Trunk, auto_bases, changed, check_vary, flattened, varied
from taskgraft.request import SHORTHANDS, CompareOptions, VariantOptions

# What decides the recipes of a study.
RECIPE_OPTIONS = ("recipe", "set", "vary", "variants", *SHORTHANDS)
_FAMILY, _WEIGHTS = "network.trunk.family", "network.trunk.weights"

# Makes a recipe of the values that are set, and of what errors call them.
Choose = Callable[[Mapping[str, Any], Mapping[str, str]], ChosenRecipe]


@dataclass(frozen=True)
class NamedChoice:
    """A variant that is named: its architecture, and the recipe before it is made to fit any data."""

    architecture: str | Architecture
    chosen: ChosenRecipe


@dataclass(frozen=True)
class Choices:
    """The recipes of a study.

    Attributes:
        crossed: Those that every architecture is crossed with, by what is put behind its name.
        named: Variants by name.
    """

    crossed: Mapping[str, ChosenRecipe]
    named: Mapping[str, NamedChoice]

    @property
    def recipes(self) -> Iterator[Recipe]:
        """Every recipe."""
        yield from (each.recipe for each in self.crossed.values())
        yield from (each.chosen.recipe for each in self.named.values())

    def sets(self, path: str) -> bool:
        """Whether somebody set a value, by its key path, for any recipe."""
        named = (each.chosen for each in self.named.values())
        return any(path in each.is_set for each in (*self.crossed.values(), *named))

    @property
    def val_fraction(self) -> float:
        """The share of train that is held out; where recipes differ in it, the study is refused later."""
        return next(self.recipes).val_fraction


def choose_recipes(options: CompareOptions, auto: Choose | None = None) -> Choices:
    """The recipes that the options of a study name, set and vary.

    Args:
        options: Of the study.
        auto: What `auto` is, once there is data to choose by. Before, it is one of those that it may be:
            what none of them can have is refused.

    Raises:
        RequestError: For an unknown recipe, or what is wrong with a file or a value.

    Example:
        >>> small = {"small": {"architecture": "shared", "set": {"batch_size": 64}}}
        >>> choices = choose_recipes(CompareOptions.of({"recipe": "quick", "epochs": 3, "variants": small}))
        >>> choices.crossed, choices.named["small"].chosen.recipe.batch_size
        ({}, 64)
    """
    if auto is not None:
        return _choices(options, auto)
    refusals = []
    for base in auto_bases(trunk_wanted(options)):
        try:
            return _choices(options, partial(_chosen, base))
        except RequestError as error:
            if not is_auto(options):
                raise
            refusals.append(error)
    raise refusals[0]


def is_auto(options: CompareOptions) -> bool:
    """Whether a rule chooses the recipe of the study, or of one of its variants."""
    return AUTO in (options.recipe, *(each.recipe for each in options.variants.values()))


def trunk_wanted(options: CompareOptions) -> Trunk:
    """Whether options name a trunk of timm, and weights for it."""
    if options.trunk is None and options.settings.get(_FAMILY) != "timm":
        return "the recipe's"
    is_pretrained = options.trunk_weights is not None or options.settings.get(_WEIGHTS, "none") != "none"
    return "pretrained" if is_pretrained else "untrained"


def _choices(options: CompareOptions, auto: Choose) -> Choices:
    named = {
        name: NamedChoice(variant.architecture, _of_variant(name, variant, auto, options))
        for name, variant in options.variants.items()
    }
    return Choices(_crossed(options, auto) if options.is_crossed else {}, named)


def _crossed(options: CompareOptions, auto: Choose) -> dict[str, ChosenRecipe]:
    vary, settings, names = options.vary, options.settings, options.key_names
    if options.recipe != AUTO:
        base = base_recipe(options.recipe)
        is_set = {**settings, **dict.fromkeys(vary)}
        recipes = varied(base, vary, settings, names)
        return {ending: ChosenRecipe.made(base, each, is_set) for ending, each in recipes.items()}
    check_vary(vary)
    combinations = (dict(zip(vary, values, strict=True)) for values in itertools.product(*vary.values()))
    chosen = [auto({**settings, **each}, names) for each in combinations]
    # Only for what to call them.
    return dict(zip(varied(chosen[0].recipe, vary, settings, names), chosen, strict=True))


def _chosen(base: str | Recipe, settings: Mapping[str, Any], names: Mapping[str, str]) -> ChosenRecipe:
    before = base_recipe(base)
    return ChosenRecipe.made(before, changed(before, settings, names), settings)


def _of_variant(name: str, variant: VariantOptions, auto: Choose, options: CompareOptions) -> ChosenRecipe:
    base = options.recipe
    if variant.recipe is not None:
        base = variant.recipe
        try:
            base = base if base == AUTO else base_recipe(base)
        except RequestError as error:
            raise type(error)(f"variants.{name}: {error.text}").about("variants") from error
    its = {path: value for path, value in flattened(variant.set).items() if path not in options.trunk_values}
    names = {**options.key_names, **{path: f"{path} of variants.{name}" for path in its}}
    choose = auto if base == AUTO else partial(_chosen, base)
    return choose({**options.settings, **its}, names)

"""With which recipes a study's variants are to be trained, before any data is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from taskgraft.architecture import Architecture
from taskgraft.errors import RequestError
from taskgraft.execution._fit import ChosenRecipe, base_recipe
from taskgraft.recipe import Recipe, changed, flattened, varied
from taskgraft.request import SHORTHANDS, CompareOptions, VariantOptions

# What decides the recipes of a study.
RECIPE_OPTIONS = ("recipe", "set", "vary", "variants", *SHORTHANDS)


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

    @property
    def val_fraction(self) -> float:
        """The share of train that is held out; where recipes differ in it, the study is refused later."""
        return next(self.recipes).val_fraction


def choose_recipes(options: CompareOptions) -> Choices:
    """The recipes that the options of a study name, set and vary.

    Raises:
        RequestError: For an unknown recipe, or what is wrong with a file or a value.

    Example:
        >>> small = {"small": {"architecture": "shared", "set": {"batch_size": 64}}}
        >>> choices = choose_recipes(CompareOptions.of({"recipe": "quick", "epochs": 3, "variants": small}))
        >>> choices.crossed, choices.named["small"].chosen.recipe.batch_size
        ({}, 64)
    """
    base = base_recipe(options.recipe)
    crossed = {}
    if options.is_crossed:
        recipes = varied(base, options.vary, options.settings, options.key_names)
        is_set = {**options.settings, **dict.fromkeys(options.vary)}
        crossed = {ending: ChosenRecipe.made(base, each, is_set) for ending, each in recipes.items()}
    named = {
        name: NamedChoice(variant.architecture, _of_variant(name, variant, base, options))
        for name, variant in options.variants.items()
    }
    return Choices(crossed, named)


def _of_variant(name: str, variant: VariantOptions, base: Recipe, options: CompareOptions) -> ChosenRecipe:
    if variant.recipe is not None:
        try:
            base = base_recipe(variant.recipe)
        except RequestError as error:
            raise type(error)(f"variants.{name}: {error.text}").about("variants") from error
    its = {path: value for path, value in flattened(variant.set).items() if path not in options.trunk_values}
    names = {**options.key_names, **{path: f"{path} of variants.{name}" for path in its}}
    settings = {**options.settings, **its}
    return ChosenRecipe.made(base, changed(base, settings, names), settings)

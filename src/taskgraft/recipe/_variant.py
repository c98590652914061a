"""The unit of comparison: an architecture with the full recipe it is trained with, under one name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from pydantic import ConfigDict

from taskgraft.architecture import Architecture
from taskgraft.recipe._balancing_spec import BalancingSpec, GradientSpec
from taskgraft.recipe._keys import keys_of
from taskgraft.recipe._recipe import Recipe
from taskgraft.recipe._trunk_families import TimmTrunkSpec

_LONGEST_NAME = 160
# What can name a directory everywhere, and never leads out of one: a twin's name holds two others, that of
# a variant the values that make it one.
_SAFE_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._@+=-]{{0,{_LONGEST_NAME - 1}}}")
VARIANT_NAME = f"at most {_LONGEST_NAME} letters, digits and signs of '._@+=-', a letter or digit first"


def is_variant_name(name: str) -> bool:
    """Whether a variant may have a name: it names a directory.

    Example:
        >>> is_variant_name("shared+batch_size=64"), is_variant_name("../shared")
        (True, False)
    """
    return _SAFE_NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class Variant:
    """What a study compares: everything that decides a run but its data, its seed and the machine.

    Attributes:
        name: What tables and directories call it; one name a study.
        architecture: What is shared and what flows.
        recipe: Every number of the training.
        derived: What was set for the user, a plain line each: stages for larger images, rates for a
            pretrained trunk. Words only: two variants that differ in nothing else are equal.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> shared = Architecture("shared", ("coarse", "fine"), "shared")
        >>> Variant("shared", shared, recipe("quick")).recipe.batch_size
        128
    """

    # A record with a field that nobody knows is refused.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str
    architecture: Architecture
    recipe: Recipe
    derived: tuple[str, ...] = field(default=(), compare=False)


def has_idle_stages(architecture: Architecture, recipe: Recipe) -> bool:
    """Whether runs are the same, to the bit, in however many stages a trunk of timm is divided.

    They are where one lane goes through it: it computes the same, of the same first weights. Several lanes
    draw what they leave out (stochastic depth) stage by stage, and balancers that compare gradients add up
    weights in the order in which they stand.

    Args:
        architecture: Of the variant.
        recipe: Likewise.
    """
    is_one_lane = architecture.trunk == "shared" or len(architecture.branched) == 1
    # That of an extension is of the base, and may compare gradients as well.
    compares = isinstance(recipe.balancing, GradientSpec) or type(recipe.balancing) is BalancingSpec
    return is_one_lane and not (architecture.looks_at_stages or compares)


def without_idle_stages(variant: Variant) -> Variant:
    """The variant with an undivided trunk, where its runs are the same in however many stages it is.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> shared = Architecture("shared", ("coarse", "fine"), "shared")
        >>> divided = recipe("finetune", {"network.trunk.stages": 5})
        >>> without_idle_stages(Variant("shared", shared, divided)).recipe.network.trunk.num_stages
        1
    """
    is_idle = has_idle_stages(variant.architecture, variant.recipe)
    return replace(variant, recipe=undivided(variant.recipe)) if is_idle else variant


def undivided(recipe: Recipe) -> Recipe:
    """The recipe with a trunk of timm in one stage."""
    trunk = recipe.network.trunk
    if not isinstance(trunk, TimmTrunkSpec) or trunk.stages == 1:
        return recipe
    network = recipe.network.model_copy(update={"trunk": trunk.model_copy(update={"stages": 1})})
    return recipe.model_copy(update={"network": network})


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """Every value of a recipe by its key path.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> recipe_values(recipe("quick"))["optimizer.learning_rate"]
        0.2
    """
    return {key.path: key.value for key in keys_of(recipe)}


def differing_values(variants: Sequence[Variant]) -> dict[str, dict[str, Any]]:
    """In which keys the recipes of variants differ: by key path, the value of each variant by its name.

    A variant whose recipe has no such key (as with optimizers of two kinds) has None.

    Example:
        >>> from taskgraft.recipe import changed, recipe
        >>> shared = Architecture("shared", ("coarse", "fine"), "shared")
        >>> slow = recipe("quick", {"epochs": 12})
        >>> differing_values([Variant("short", shared, recipe("quick")), Variant("long", shared, slow)])
        {'epochs': {'short': 6.0, 'long': 12.0}}
    """
    values = {variant.name: recipe_values(variant.recipe) for variant in variants}
    paths = dict.fromkeys(path for each in values.values() for path in each)
    by_path = {path: {name: each.get(path) for name, each in values.items()} for path in paths}
    return {path: each for path, each in by_path.items() if len(set(each.values())) > 1}

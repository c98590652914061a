"""The baseline of a pretrained trunk: heads alone learn, beside variants whose trunks are tuned."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from taskgraft.architecture import CONTROL
from taskgraft.data import Dataset
from taskgraft.errors import Phrase, RequestError
from taskgraft.execution._fit import FittedRecipe
from taskgraft.execution._variants import Selection, variants_of, what_is_trained
from taskgraft.hardware import Hardware
from taskgraft.parameter import Parameter
from taskgraft.recipe import Recipe, Variant, changed
from taskgraft.request import CompareOptions

_FROZEN = "+frozen_ratio=1"


def frozen_variants(
    options: CompareOptions,
    data: Dataset,
    recipes: Mapping[str, FittedRecipe],
    beside: tuple[Variant, ...],
    hardware: Hardware,
) -> tuple[Variant, ...]:
    """One variant on a frozen trunk for each recipe that architectures are crossed with, where one is wanted.

    It is `shared`: separate trunks that are never moved are all the same one. What trains the same as another
    variant is left out.

    Args:
        options: Of the study.
        data: Its data.
        recipes: As for `variants_of`.
        beside: The other variants of the study.
        hardware: Where and how to compute.

    Raises:
        RequestError: If it is wanted of a trunk that was not trained before, or without architectures.
    """
    if options.freeze and not recipes:
        rule = f"used with {Parameter('architectures')}, which the frozen variant stands beside"
        remedy = "Name some, or set frozen_ratio = 1 in a variant."
        raise RequestError.expected(Parameter("freeze"), rule, Phrase("variants alone"), remedy)
    wanted = {ending: each for ending, each in recipes.items() if _is_wanted(options, each.recipe)}
    if not wanted:
        return ()
    frozen = {f"{ending}{_FROZEN}": _frozen(each) for ending, each in wanted.items()}
    selection = Selection("shared" if data.taxonomy.num_levels > 1 else CONTROL)
    seen: set[Hashable] = {what_is_trained(each, data, hardware) for each in beside}
    kept = []
    for variant in variants_of(selection, data, frozen):
        trained = what_is_trained(variant, data, hardware)
        if trained not in seen:
            seen.add(trained)
            kept.append(replace(variant, derived=(*variant.derived, _line(variant))))
    return tuple(kept)


def _is_wanted(options: CompareOptions, recipe: Recipe) -> bool:
    if options.freeze is not None:
        return options.freeze
    # As `flat`, it goes without saying where no architectures are named; in recipes that freeze at first.
    return recipe.frozen_ratio > 0 and options.architectures is None and options.forks is None


def _frozen(fitted: FittedRecipe) -> FittedRecipe:
    trunk = fitted.recipe.network.trunk
    if not trunk.is_trained and fitted.recipe.start is None:
        rule = "used with a trunk that begins with weights of an earlier training"
        remedy = f"Use the recipe finetune, or {Parameter('trunk')} with {Parameter('trunk_weights')}."
        raise RequestError.expected(Parameter("freeze"), rule, Phrase(f"{trunk.title} without"), remedy)
    undivided = None if fitted.undivided is None else _frozen(fitted.undivided)
    return replace(fitted, recipe=changed(fitted.recipe, {"frozen_ratio": 1.0}), undivided=undivided)


def _line(variant: Variant) -> str:
    return (
        f"{variant.name}: the baseline on a trunk that stays as it began, at about a third of the arithmetic."
    )

"""Every number of a training run, the recipes that have a name, and variants: what a study compares."""

from taskgraft.recipe._augmentation import Affine, FlipShift
from taskgraft.recipe._few_steps import few_steps_caution
from taskgraft.recipe._follow import follow_images
from taskgraft.recipe._network_spec import AnyTrunkSpec, NetworkSpec, StageSpec, TimmTrunkSpec, TrunkSpec
from taskgraft.recipe._recipe import Adam, Balance, EarlyStop, Muon, Recipe, Sgd
from taskgraft.recipe._recipes import RECIPES, quick, recipe
from taskgraft.recipe._variant import Variant, differing_values, recipe_values

__all__ = [
    "RECIPES",
    "Adam",
    "Affine",
    "AnyTrunkSpec",
    "Balance",
    "EarlyStop",
    "FlipShift",
    "Muon",
    "NetworkSpec",
    "Recipe",
    "Sgd",
    "StageSpec",
    "TimmTrunkSpec",
    "TrunkSpec",
    "Variant",
    "differing_values",
    "few_steps_caution",
    "follow_images",
    "quick",
    "recipe",
    "recipe_values",
]

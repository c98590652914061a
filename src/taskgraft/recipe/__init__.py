"""Every number of a training run, and the recipes that have a name."""

from taskgraft.recipe._augmentation import Affine, FlipShift
from taskgraft.recipe._few_steps import few_steps_caution
from taskgraft.recipe._follow import follow_images
from taskgraft.recipe._network_spec import BranchSpec, NetworkSpec
from taskgraft.recipe._recipe import Adam, Balance, EarlyStop, Muon, Recipe, Sgd
from taskgraft.recipe._recipes import RECIPES, quick, recipe
from taskgraft.recipe._trunk_families import (
    CompactSpec,
    KerasBlocksSpec,
    ResidualSpec,
    StagedTrunkSpec,
    StageSpec,
    TimmTrunkSpec,
)
from taskgraft.recipe._trunk_spec import TRUNK_SPECS, TrunkSpec

__all__ = [
    "RECIPES",
    "TRUNK_SPECS",
    "Adam",
    "Affine",
    "Balance",
    "BranchSpec",
    "CompactSpec",
    "EarlyStop",
    "FlipShift",
    "KerasBlocksSpec",
    "Muon",
    "NetworkSpec",
    "Recipe",
    "ResidualSpec",
    "Sgd",
    "StageSpec",
    "StagedTrunkSpec",
    "TimmTrunkSpec",
    "TrunkSpec",
    "few_steps_caution",
    "follow_images",
    "quick",
    "recipe",
]

"""Every number of a training run; recipes by name, from files and changed by key path; variants."""

from taskgraft.recipe._augmentation import Affine, Augmentation, Crop, FlipShift
from taskgraft.recipe._auto import AUTO, AutoRecipe, Facts, Trunk, auto_bases, auto_recipe
from taskgraft.recipe._balancing_spec import BALANCING_SPECS, BalancingSpec
from taskgraft.recipe._batch_halving import FEWEST_IMAGES, MOST_HALVINGS, halved
from taskgraft.recipe._changes import assignment, changed, flattened, value_of_text
from taskgraft.recipe._derived import (
    NOTHING_SET,
    derived,
    differences_of,
    dropped_values,
    keys_set,
)
from taskgraft.recipe._few_steps import FEWEST_STEPS, few_steps_caution
from taskgraft.recipe._follow import follow_images
from taskgraft.recipe._keys import Key, alike, all_keys, keys_of, read_value, shown
from taskgraft.recipe._length import follow_length
from taskgraft.recipe._network_spec import BranchSpec, NetworkSpec
from taskgraft.recipe._optimizer_spec import Adam, AdamW, Muon, Sgd
from taskgraft.recipe._ranges import Range, default_keys, ranges_of
from taskgraft.recipe._recipe import Balance, EarlyStop, Recipe
from taskgraft.recipe._recipe_file import recipe, recipe_text
from taskgraft.recipe._recipes import RECIPES, quick
from taskgraft.recipe._rules import rule_of
from taskgraft.recipe._start_spec import StartSpec
from taskgraft.recipe._trunk_families import (
    CompactSpec,
    KerasBlocksSpec,
    ResidualSpec,
    StagedTrunkSpec,
    StageSpec,
    TimmTrunkSpec,
)
from taskgraft.recipe._trunk_spec import TRUNK_SPECS, TrunkSpec
from taskgraft.recipe._variant import (
    VARIANT_NAME,
    Variant,
    differing_values,
    has_idle_stages,
    is_variant_name,
    recipe_values,
    undivided,
    without_idle_stages,
)
from taskgraft.recipe._vary import Vary, check_vary, label, varied

__all__ = [
    "AUTO",
    "BALANCING_SPECS",
    "FEWEST_IMAGES",
    "FEWEST_STEPS",
    "MOST_HALVINGS",
    "NOTHING_SET",
    "RECIPES",
    "TRUNK_SPECS",
    "VARIANT_NAME",
    "Adam",
    "AdamW",
    "Affine",
    "Augmentation",
    "AutoRecipe",
    "Balance",
    "BalancingSpec",
    "BranchSpec",
    "CompactSpec",
    "Crop",
    "EarlyStop",
    "Facts",
    "FlipShift",
    "KerasBlocksSpec",
    "Key",
    "Muon",
    "NetworkSpec",
    "Range",
    "Recipe",
    "ResidualSpec",
    "Sgd",
    "StageSpec",
    "StagedTrunkSpec",
    "StartSpec",
    "TimmTrunkSpec",
    "Trunk",
    "TrunkSpec",
    "Variant",
    "Vary",
    "alike",
    "all_keys",
    "assignment",
    "auto_bases",
    "auto_recipe",
    "changed",
    "check_vary",
    "default_keys",
    "derived",
    "differences_of",
    "differing_values",
    "dropped_values",
    "few_steps_caution",
    "flattened",
    "follow_images",
    "follow_length",
    "halved",
    "has_idle_stages",
    "is_variant_name",
    "keys_of",
    "keys_set",
    "label",
    "quick",
    "ranges_of",
    "read_value",
    "recipe",
    "recipe_text",
    "recipe_values",
    "rule_of",
    "shown",
    "undivided",
    "value_of_text",
    "varied",
    "without_idle_stages",
]

import math

import pytest
from pydantic import ValidationError

from taskgraft.architecture.catalogue import NAMES, catalogue
from taskgraft.data.dataset import Dataset
from taskgraft.data.sources import load
from taskgraft.hardware.device import choose_hardware
from taskgraft.model.spec import TrunkSpec
from taskgraft.training.history import Silent
from taskgraft.training.recipe import Recipe
from taskgraft.training.recipes import fast, original, recipe
from taskgraft.training.train import train


@pytest.fixture(scope="module")
def pictures() -> Dataset:
    return load("shapes", num_train=800, num_test=100)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("recipe_name", ["fast", "accurate"])
def test_the_long_recipes_train_every_architecture_at_every_size(
    pictures: Dataset, recipe_name: str, name: str
) -> None:
    known = recipe(recipe_name)
    short = known.model_copy(update={"batch_size": 8, "epochs": len(known.growth) / 90})
    architecture = catalogue(pictures.taxonomy.level_names)[name]
    _, history = train(architecture, pictures, short, 0, choose_hardware("cpu", 1), Silent())
    assert history[-1].step == len(known.growth)
    assert math.isfinite(history[-1].train_loss)


def test_every_recipe_says_its_own_name_and_can_be_read_back() -> None:
    for name in ("original", "fast", "accurate", "quick"):
        assert recipe(name).name == name
        assert Recipe.model_validate_json(recipe(name).model_dump_json()) == recipe(name)


def test_images_may_grow_only_where_features_do_not_depend_on_the_size() -> None:
    with pytest.raises(ValidationError, match="growing images need the compact family"):
        Recipe(**{**dict(original()), "growth": (0.5, 1.0)})


@pytest.mark.parametrize("side", [0.0, 1.5])
def test_a_size_is_a_share_of_the_full_one(side: float) -> None:
    with pytest.raises(ValidationError):
        Recipe(**{**dict(fast()), "growth": (side, 1.0)})


def test_only_compact_stages_are_deeper() -> None:
    with pytest.raises(ValidationError, match="another stage depth than 2 needs the compact family"):
        TrunkSpec(family="keras-blocks", stem_width=8, stage_widths=(8,), stage_depth=3)

import math

import numpy as np
import pytest
from pydantic import ValidationError

from taskgraft.architecture import NAMES, catalogue
from taskgraft.data import Dataset, Provenance
from taskgraft.data.sources import load
from taskgraft.errors import RequestError
from taskgraft.hardware import choose_hardware
from taskgraft.recipe import (
    RECIPES,
    TRUNK_SPECS,
    NetworkSpec,
    Recipe,
    ResidualSpec,
    TrunkSpec,
    changed,
    quick,
    recipe,
)
from taskgraft.recipe._recipes import fast, original
from taskgraft.taxonomy import Taxonomy
from taskgraft.training import train, train_pflop


@pytest.fixture(scope="module")
def pictures() -> Dataset:
    return load("shapes", num_train=160, num_test=20)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("recipe_name", ["fast", "compact", "accurate"])
def test_the_long_recipes_train_every_architecture_at_every_size(
    pictures: Dataset, recipe_name: str, name: str
) -> None:
    known = recipe(recipe_name)
    sizes = tuple(dict.fromkeys(known.growth))
    # A quarter as wide: most of a step at full width is the optimizer's products.
    narrow = known.network.scaled(0.25)
    short = known.model_copy(
        update={"network": narrow, "batch_size": 8, "epochs": len(sizes) / 18, "growth": sizes}
    )
    architecture = catalogue(pictures.taxonomy.level_names)[name]
    _, history = train(architecture, pictures, short, 0, choose_hardware("cpu", 1))
    assert history[-1].step == len(sizes)
    assert math.isfinite(history[-1].train_loss)


def test_every_recipe_says_its_own_name_and_can_be_read_back() -> None:
    for name in RECIPES:
        assert recipe(name).name == name
        assert Recipe.model_validate_json(recipe(name).model_dump_json()) == recipe(name)


def test_images_may_grow_only_where_features_do_not_depend_on_the_size() -> None:
    with pytest.raises(
        ValidationError,
        match="sees all sizes alike, which keras-blocks does not",
    ):
        Recipe(**{**dict(original()), "growth": (0.5, 1.0)})


def test_only_a_trunk_that_begins_trained_can_stay_as_it_began() -> None:
    rule = "frozen needs weights to begin with: those of a pretrained trunk, or a start"
    with pytest.raises(RequestError, match=rf"but got frozen_ratio=1\. A trunk that is {rule}"):
        changed(quick(), {"frozen_ratio": 1})
    begun = changed(quick(), {"frozen_ratio": 1, "start.model": "model.safetensors"})
    assert begun.frozen_ratio == 1
    with pytest.raises(RequestError, match=rf"family=timm\. A trunk that is {rule}"):
        changed(recipe("finetune"), {"network.trunk.weights": "none"})


@pytest.mark.parametrize("side", [0.0, 1.5])
def test_a_size_is_a_share_of_the_full_one(side: float) -> None:
    with pytest.raises(ValidationError):
        Recipe(**{**dict(fast()), "growth": (side, 1.0)})


def test_every_stage_of_a_residual_trunk_is_described() -> None:
    values = dict(fast().network.trunk)
    for stages in (values["stages"][:2], ()):
        with pytest.raises(ValidationError, match="`stages` needs one for each width: 3"):
            ResidualSpec(**{**values, "stages": stages})


def test_a_family_has_its_own_numbers_and_no_others() -> None:
    widths = {"stem_width": 8, "stage_widths": [8]}
    assert trunk_of({"family": "compact", **widths, "stage_depth": 3}).stage_depth == 3
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        trunk_of({"family": "keras-blocks", **widths, "stage_depth": 3})
    with pytest.raises(ValidationError, match=r"compact, residual, timm, but got 'compat'\. Did you mean"):
        trunk_of({"family": "compat", **widths})
    with pytest.raises(ValidationError, match="stem_width is of another kind"):
        trunk_of({"family": "keras-blocks", **widths, "stem_width": "whitened"})


def trunk_of(values: dict[str, object]) -> TrunkSpec:
    """The trunk that a recipe's record of these values has."""
    return NetworkSpec.model_validate({**quick().network.model_dump(), "trunk": values}).trunk


@pytest.mark.parametrize("name", TRUNK_SPECS)
def test_a_trunk_is_read_back_as_its_family_whose_name_it_has(name: str) -> None:
    family = TRUNK_SPECS[name]
    assert family.model_fields["family"].default == name
    for each in (recipe(known).network for known in RECIPES):
        if isinstance(each.trunk, family):
            assert type(NetworkSpec.model_validate_json(each.model_dump_json()).trunk) is family


def test_fast_stays_within_its_operations_on_the_whole_of_cifar100() -> None:
    """0.33 PFLOP for `shared` on 49,500 train images, sizes counted; the images themselves do not matter."""
    labels = np.zeros((50_000, 2), dtype=np.int64)
    images = np.broadcast_to(np.uint8(0), (50_000, 3, 32, 32))
    taxonomy = Taxonomy.from_names(["coarse", "fine"], [(f"c{i // 5}", f"f{i}") for i in range(100)])
    indices = {
        "train": np.arange(49_500),
        "val": np.arange(49_500, 49_600),
        "test": np.arange(49_600, 50_000),
    }
    data = Dataset(images, labels, taxonomy, indices, Provenance("zeros", "none", is_official=False))
    pflop = train_pflop(catalogue(taxonomy.level_names)["shared"], fast(), data)
    assert 0.32 < pflop <= 0.35

"""A network that begins from a trained one keeps what still has a meaning."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.correspondence import correspond
from taskgraft.data import Dataset
from taskgraft.errors import DataError, RequestError
from taskgraft.file_reading import sha256_of
from taskgraft.hardware import Hardware
from taskgraft.inference import Model, write_model
from taskgraft.recipe import Recipe, StartSpec
from taskgraft.taxonomy import Taxonomy
from taskgraft.training import Job, untrained_network
from taskgraft.training._start import carry_over
from trained_model import trained_model

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
PATHS = [("cold", "green"), ("warm", "yellow"), ("warm", "red"), ("cold", "blue")]
LEVELS = ("group", "colour")
FLOWS = [
    Architecture("carries-probs", LEVELS, flows=(Flow("group", "colour", carries="probs"),)),
    Architecture("carries-features", LEVELS, flows=(Flow("colour", "group", carries="features"),)),
]


def on(data: Dataset, taxonomy: Taxonomy) -> Dataset:
    """The same images under classes of another order and number."""
    labels = np.zeros_like(data.labels)
    return replace(data, labels=labels, taxonomy=taxonomy)


def with_weights_of(model: Model, data: Dataset, recipe: Recipe, taxonomy: Taxonomy) -> Model:
    network = untrained_network(Job(model.network.architecture, on(data, taxonomy), recipe, F32), seed=1)
    carry_over(model, network, correspond(model.taxonomy, taxonomy))
    return network.eval()


@pytest.fixture(params=[*catalogue(LEVELS), "flat", *FLOWS], ids=lambda each: getattr(each, "name", each))
def model(request: pytest.FixtureRequest, tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    if isinstance(request.param, str):
        return trained_model(tiny_data, tiny_recipe, request.param)
    job = Job(request.param, tiny_data, tiny_recipe, F32)
    described = trained_model(tiny_data, tiny_recipe, "shared").description
    return Model(untrained_network(job, 0).eval(), described)


def test_classes_in_another_order_have_the_same_logits(
    model: Model, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    turned = Taxonomy.from_names(LEVELS, PATHS)
    network = with_weights_of(model, tiny_data, tiny_recipe, turned)
    images = torch.from_numpy(tiny_data.images[:8])
    with torch.inference_mode():
        for before, after, old, new in zip(
            model.network(images), network(images), model.taxonomy.levels, turned.levels, strict=True
        ):
            order = [old.classes.index(name) for name in new.classes]
            torch.testing.assert_close(after, before[:, order], rtol=1e-5, atol=1e-5)


def test_new_classes_leave_the_old_ones_their_logits_where_nothing_flows(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    model = trained_model(tiny_data, tiny_recipe, "shared")
    more = Taxonomy.from_names(LEVELS, [*PATHS, ("grey", "ash")])
    network = with_weights_of(model, tiny_data, tiny_recipe, more)
    images = torch.from_numpy(tiny_data.images[:8])
    with torch.inference_mode():
        before, after = model.network(images), network(images)
    assert [level.shape[1] for level in after] == [3, 5]
    order = [model.taxonomy.levels[1].classes.index(name) for _, name in PATHS]
    torch.testing.assert_close(after[1][:, :4], before[1][:, order], rtol=1e-5, atol=1e-5)


def test_a_network_of_another_build_is_refused(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    model = trained_model(tiny_data, tiny_recipe, "shared")
    other = untrained_network(Job(catalogue(LEVELS)["independent"], tiny_data, tiny_recipe, F32), 0)
    with pytest.raises(RequestError, match="the network to be built as the model it begins from, shared"):
        carry_over(model, other, correspond(model.taxonomy, tiny_data.taxonomy))


def test_another_file_under_the_same_name_is_refused(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    model = trained_model(tiny_data, tiny_recipe, "shared")
    path = tmp_path / "m.safetensors"
    write_model(path, model.network, model.description)
    start = StartSpec(model=str(path), sha256=sha256_of(path))
    job = Job(model.network.architecture, tiny_data, tiny_recipe.model_copy(update={"start": start}), F32)
    begun = untrained_network(job, 0)
    for name, tensor in model.network.state_dict().items():
        assert torch.equal(begun.state_dict()[name], tensor), name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DataError, match=f"{re.escape(str(path))} to be the file this recipe was made with"):
        untrained_network(job, 0)

"""The flat classifier trains the finest network of `independent`, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from taskgraft.architecture import Architecture, catalogue, flat
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.hardware._device import Precision
from taskgraft.history import Epoch
from taskgraft.inference import predict_logits
from taskgraft.network import Network
from taskgraft.recipe import Recipe, recipe
from taskgraft.training import train

LEVELS = ("group", "colour")
FLAT = flat(LEVELS)["flat"]
F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)


def weights_of_finest(network: Network, lane: int) -> list[torch.Tensor]:
    pattern = rf"lanes\.{lane}\.|pools\.{lane}\.|branches\.1\."
    return [tensor for name, tensor in network.state_dict().items() if re.search(pattern, name)]


def trained(
    architecture: Architecture, data: Dataset, of: Recipe, hardware: Hardware = F32
) -> tuple[Network, list[Epoch]]:
    return train(architecture, data, of, 3, hardware)


def assert_the_same_network(data: Dataset, of: Recipe, hardware: Hardware) -> None:
    alone, ours = trained(FLAT, data, of, hardware)
    both, theirs = trained(catalogue(LEVELS)["independent"], data, of, hardware)
    pairs = list(zip(weights_of_finest(alone, 0), weights_of_finest(both, 1), strict=True))
    assert len(pairs) == len([name for name in alone.state_dict() if not name.startswith("pixel")])
    assert all(torch.equal(one, other) for one, other in pairs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.train_losses == {"colour": other.train_losses["colour"]}
        assert one.val_losses["colour"] == other.val_losses["colour"]
        assert one.train_loss == pytest.approx(of.finest_weight * other.train_losses["colour"])
    logits = [predict_logits(each, data, "test", hardware, flip=of.test_time_flip) for each in (alone, both)]
    np.testing.assert_array_equal(logits[0][1], logits[1][1])


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_it_is_the_finest_network_of_separate_ones_to_the_bit(
    tiny_data: Dataset, tiny_recipe: Recipe, precision: Precision
) -> None:
    hardware = Hardware("cpu", precision, channels_last=True, num_threads=1)
    changed = tiny_recipe.model_copy(update={"finest_weight": 1.7, "test_time_flip": True})
    assert_the_same_network(tiny_data, changed, hardware)


def test_so_it_is_with_muon(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    """Which turns all matrices of one shape together: one and two of them give the same bits."""
    changed = tiny_recipe.model_copy(update={"optimizer": recipe("compact").optimizer})
    assert_the_same_network(tiny_data, changed, F32)


def test_coarser_labels_decide_nothing(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    labels = tiny_data.labels.copy()
    labels[:, 0] = -1
    one, _ = trained(FLAT, tiny_data, tiny_recipe)
    other, _ = trained(FLAT, replace(tiny_data, labels=labels), tiny_recipe)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_an_image_without_the_finest_label_has_no_loss(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    labels = tiny_data.labels.copy()
    labels[tiny_data.indices["train"], 1] = -1
    network, history = trained(FLAT, replace(tiny_data, labels=labels), tiny_recipe)
    assert [row.train_losses for row in history] == [{"colour": 0.0}] * len(history)
    assert all(parameter.isfinite().all() for parameter in network.parameters())


def test_its_coarser_level_is_scored_on_val_all_the_same(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    _, history = trained(FLAT, tiny_data, tiny_recipe.model_copy(update={"epochs": 8.0}))
    assert history[-1].val_accuracies["group"] >= history[-1].val_accuracies["colour"] > 0.7
    assert history[-1].val_losses["group"] < history[-1].val_losses["colour"]


def test_classes_of_a_derived_level_are_not_weighed(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    plain, _ = trained(FLAT, tiny_data, tiny_recipe)
    changes = {"balance": "loss", "balance_levels": ("group",)}
    weighed, _ = trained(FLAT, tiny_data, tiny_recipe.model_copy(update=changes))
    for one, other in zip(plain.parameters(), weighed.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)

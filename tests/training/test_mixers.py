"""Networks with mixers train, stop and go on like all others."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from cut_off import Cut, Watching, check_same, checkpoints, go, short

from taskgraft.architecture import SOFT_NAMES, Architecture, Mixing, known_architectures
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.hardware._device import Precision
from taskgraft.inference import predict_logits
from taskgraft.network import Network, initialise
from taskgraft.recipe import recipe

STITCHED = Architecture("stitched", ("group", "colour"), mixers=(Mixing(1, "cross-stitch"),))
BF16 = Hardware("cpu", "bf16", channels_last=True, num_threads=1)


@pytest.mark.parametrize("name", ["fast", "original"])
@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_it_trains_and_goes_on_from_a_checkpoint_with_the_same_bits(
    tiny_data: Dataset, tmp_path: Path, name: str, precision: Precision
) -> None:
    recipe_ = short(recipe(name), epochs=1.2)
    whole = go(tiny_data, recipe_, STITCHED, None, precision=precision)
    shares = whole[0].trunk.stages[0].mixer.shares.detach()
    start = torch.tensor([[0.9, 0.1], [0.1, 0.9]])[:, :, None].expand_as(shares)
    assert not torch.equal(shares, start)
    assert (shares - start).abs().max() < 0.5
    with pytest.raises(Cut):
        go(tiny_data, recipe_, STITCHED, checkpoints(tmp_path), Watching(3), precision)
    resumed = Watching()
    check_same(go(tiny_data, recipe_, STITCHED, checkpoints(tmp_path), resumed, precision), whole)
    assert resumed.resumed == [3]
    logits = predict_logits(whole[0], tiny_data, "test", BF16)
    assert [level.shape for level in logits] == [(60, 2), (60, 4)]


@pytest.mark.parametrize("soft_name", SOFT_NAMES)
@pytest.mark.parametrize("balancing", ["fixed", "pcgrad"])
def test_every_soft_architecture_trains_and_resumes_with_the_same_bits(
    tiny_data: Dataset, tmp_path: Path, soft_name: str, balancing: str
) -> None:
    """With growing images and Muon, and where gradients of levels are compared at what they share."""
    soft = known_architectures(STITCHED.levels, 2)[soft_name]
    recipe_ = short(recipe("fast", {"balancing": balancing}), epochs=1.2)
    whole = go(tiny_data, recipe_, soft, None)
    begun = Network(soft, recipe_.network, (2, 4), tiny_data.image_shape)
    initialise(begun, 0)
    moved = {
        name: not torch.equal(w, dict(begun.named_parameters())[name]) for name, w in weights_of(whole[0])
    }
    assert all(moved.values())
    with pytest.raises(Cut):
        go(tiny_data, recipe_, soft, checkpoints(tmp_path), Watching(3))
    resumed = Watching()
    check_same(go(tiny_data, recipe_, soft, checkpoints(tmp_path), resumed), whole)
    assert resumed.resumed == [3]


def weights_of(network: Network) -> list[tuple[str, torch.Tensor]]:
    """Those that are trained, by name."""
    return [(name, weight) for name, weight in network.named_parameters() if weight.requires_grad]

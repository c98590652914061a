"""Derived levels: the logarithm of the finest level's probabilities, summed; against NumPy by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax

from taskgraft.architecture import Architecture, catalogue, flat
from taskgraft.errors import ArchitectureError
from taskgraft.hardware import Hardware
from taskgraft.inference import folded
from taskgraft.inference._predictor import TorchEngine
from taskgraft.network import Network, cost, initialise, reading_macs
from taskgraft.network._summed import Summed, ancestors_of_leaves
from taskgraft.recipe import recipe
from taskgraft.taxonomy import Taxonomy

SPEC = recipe("quick").network
# Bread has no finer classes: a padded chain stands for it.
RAGGED = Taxonomy.from_names(
    ["kind", "group", "thing"],
    [
        ("fruit", "citrus", "lemon"),
        ("fruit", "citrus", "lime"),
        ("fruit", "stone", "plum"),
        ("bread", "bread", "bread"),
    ],
)
IMAGES = torch.randint(0, 256, (6, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
F32 = Hardware("cpu", "f32", channels_last=False, num_threads=1)


def built(architecture: Architecture, taxonomy: Taxonomy = RAGGED, seed: int = 0) -> Network:
    network = Network(architecture, SPEC, taxonomy.num_classes, (3, 16, 16), parents=taxonomy.parents)
    initialise(network, seed)
    return network.eval()


def by_hand(finest: np.ndarray, taxonomy: Taxonomy, level: int) -> np.ndarray:
    """Class by class, leaf by leaf."""
    probs = softmax(finest.astype(np.float64), axis=1)
    sums = np.zeros((len(finest), taxonomy.num_classes[level]))
    for leaf, above in enumerate(taxonomy.ancestors(level).tolist()):
        sums[:, above] += probs[:, leaf]
    return np.log(sums)


def test_coarser_logits_are_logarithms_of_summed_probabilities() -> None:
    logits = [each.detach().numpy() for each in built(flat(RAGGED.level_names)["flat"])(IMAGES)]
    assert [each.shape for each in logits] == [(6, k) for k in RAGGED.num_classes]
    for level in (0, 1):
        assert logits[level] == pytest.approx(by_hand(logits[2], RAGGED, level), abs=1e-5)
        assert np.exp(logits[level]).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_what_is_far_below_all_others_stays_a_number() -> None:
    finest = torch.tensor([[0.0, -300.0, -301.0, 5.0], [400.0, 0.0, 0.0, 0.0]])
    summed = Summed([0, 1, 1, 0], 2)(finest).double().numpy()
    below = -300 + np.log1p(np.exp(-1)) - np.logaddexp(0, 5)
    assert summed[0] == pytest.approx([0, below], abs=1e-4)
    assert summed[1] == pytest.approx([0, -400 + np.log(2)], abs=1e-4)


def test_half_precision_is_summed_in_full() -> None:
    finest = torch.randn(4, 300, generator=torch.Generator().manual_seed(1)).bfloat16()
    summed = Summed([k % 3 for k in range(300)], 3)(finest)
    assert summed.dtype == torch.float32
    probs = finest.double().softmax(1)
    wanted = torch.stack([probs[:, k::3].sum(1) for k in range(3)], 1).log()
    assert torch.allclose(summed.double(), wanted, atol=1e-5)


def test_ancestors_are_those_of_the_taxonomy() -> None:
    for level in (0, 1):
        assert ancestors_of_leaves(RAGGED.parents, level) == RAGGED.ancestors(level).tolist()


def test_the_one_network_is_the_finest_of_separate_ones() -> None:
    alone, all_levels = (
        built(each)
        for each in (flat(RAGGED.level_names)["flat"], catalogue(RAGGED.level_names)["independent"])
    )
    assert torch.equal(alone(IMAGES)[2], all_levels(IMAGES)[2])
    others = all_levels.state_dict()
    names = [name for name in alone.state_dict() if name.startswith("branches")]
    assert names
    assert all(name.startswith("branches.2.") for name in names)
    assert all(torch.equal(alone.state_dict()[name], others[name]) for name in names)
    assert len(alone.lanes) == 1


def test_a_level_between_may_have_a_branch_and_the_finest_is_summed() -> None:
    mine = Architecture("mine", RAGGED.level_names, "shared", derived=("kind",))
    network = built(mine)
    kind, group, thing = (each.detach().numpy() for each in network(IMAGES))
    assert kind == pytest.approx(by_hand(thing, RAGGED, 0), abs=1e-5)
    assert np.abs(group - by_hand(thing, RAGGED, 1)).max() > 0.01
    branched = network.branch_logits(network.features(IMAGES))
    assert [tuple(each.shape) for each in branched] == [(6, 3), (6, 4)]


def test_folded_networks_sum_too_and_mirror_images_are_averaged_before() -> None:
    network = built(flat(RAGGED.level_names)["flat"])
    fast = folded(network, torch.float32, torch.contiguous_format)
    for one, other in zip(network(IMAGES), fast(IMAGES), strict=True):
        assert torch.allclose(one, other, atol=1e-4)
    logits = [each.numpy() for each in TorchEngine(network, F32, flip=True)(IMAGES)]
    mean = (network(IMAGES)[2] + network(IMAGES.flip(3))[2]) / 2
    assert logits[2] == pytest.approx(mean.detach().numpy(), abs=1e-4)
    assert logits[0] == pytest.approx(by_hand(logits[2], RAGGED, 0), abs=1e-5)


def test_levels_without_a_tree_are_refused() -> None:
    levels = ("colour", "shape")
    with pytest.raises(
        ArchitectureError, match=r"'flat', which sums colour .*levels of a tree.*Leave flat out"
    ):
        Network(flat(levels)["flat"], SPEC, (2, 3), (3, 16, 16))


def test_it_costs_what_the_finest_network_costs() -> None:
    levels, size = ("coarse", "fine"), ((20, 100), (3, 32, 32))
    known, spec = catalogue(levels), recipe("fast").network
    only = cost(flat(levels)["flat"], spec, *size)
    assert only.macs == reading_macs(known["independent"], spec, *size, ["fine"]) == 164_901_664
    assert only.num_parameters < cost(known["shared"], spec, *size).num_parameters
    for name in ("independent", "shared", "coarse-to-fine"):
        assert reading_macs(known[name], spec, *size, levels) == cost(known[name], spec, *size).macs
    flowing = known["coarse-to-fine"]
    assert reading_macs(flowing, spec, *size, ["fine"]) == cost(flowing, spec, *size).macs

from __future__ import annotations

import pytest

from taskgraft.architecture import NAMES, Architecture, Flow, catalogue
from taskgraft.network import Network, cost
from taskgraft.recipe import recipe

LEVELS = catalogue(["coarse", "fine"])
NUM_CLASSES = {"coarse": 20, "fine": 100}
IMAGE = (3, 32, 32)

# Parameters, batch-norm statistics included, and trainable ones, as the posing project counted them.
ORIGINAL = {
    "independent": (18_783_864, 18_775_416),
    "shared": (18_486_008, 18_477_944),
    "coarse-to-fine": (18_788_984, 18_780_536),
    "fine-to-coarse": (18_809_464, 18_801_016),
    "shared-coarse-to-fine": (18_491_128, 18_483_064),
    "shared-fine-to-coarse": (18_511_608, 18_503_544),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_original_networks_have_the_original_sizes(name: str) -> None:
    found = cost(LEVELS[name], recipe("original").network, (20, 100), IMAGE)
    assert (found.num_parameters, found.num_trainable_parameters) == ORIGINAL[name]


def conv(side: int, num_in: int, num_out: int, kernel: int = 3) -> int:
    return side * side * num_in * num_out * kernel * kernel


def original_macs(name: str) -> int:
    trunk = (
        conv(32, 3, 64)
        + 2 * conv(32, 64, 64)  # the stem and the first block, then a pool
        + conv(16, 64, 128)
        + conv(16, 128, 128)
    )
    return branches_macs(name, trunk, 8 * 8 * 128, (1024, 512), (256, 128))


def fast_macs(name: str) -> int:
    trunk = (
        conv(31, 3, 24, kernel=2)
        + conv(31, 24, 64)
        + 2 * conv(15, 64, 64, kernel=1)  # the pool stands before the pair
        + conv(15, 64, 256)
        + conv(7, 256, 192)
        + conv(7, 192, 256, kernel=1)
        + conv(6, 256, 768, kernel=2)
        + 2 * conv(3, 768, 512)  # of 7x7 pixels 6x6 are pooled
    )
    assert trunk == pytest.approx(165e6, rel=0.01)
    return branches_macs(name, trunk, 768, (), (256,))


def compact_macs(name: str) -> int:
    trunk = (
        conv(31, 3, 24, kernel=2)
        + conv(31, 24, 64)
        + conv(15, 64, 64)  # the pool stands between the two
        + conv(15, 64, 256)
        + conv(7, 256, 256)
        + conv(7, 256, 768)
        + conv(3, 768, 768)
    )
    assert trunk == pytest.approx(220e6, rel=0.03)
    return branches_macs(name, trunk, 768, (), (256,))


def branches_macs(
    name: str, trunk: int, num_features: int, fc_1: tuple[int, ...], fc_2: tuple[int, ...]
) -> int:
    architecture = LEVELS[name]
    total = trunk * (1 if architecture.trunk == "shared" else 2)
    for level, num_classes in NUM_CLASSES.items():
        carried = sum(NUM_CLASSES[flow.source] for flow in architecture.sources_of(level))
        before, after = (num_features, *fc_1), (*fc_2, num_classes)
        total += sum(a * b for a, b in zip(before, fc_1, strict=False))
        total += sum(a * b for a, b in zip((before[-1] + carried, *fc_2), after, strict=True))
    return total


@pytest.mark.parametrize("name", NAMES)
def test_macs_are_those_counted_by_hand(name: str) -> None:
    for recipe_name, by_hand in (("original", original_macs), ("fast", fast_macs), ("compact", compact_macs)):
        found = cost(LEVELS[name], recipe(recipe_name).network, (20, 100), IMAGE)
        assert found.macs == by_hand(name)


def test_cost_is_that_of_the_network_that_is_built() -> None:
    levels = ("a", "b", "c")
    architecture = Architecture("mine", levels, "shared", (Flow("a", "c"), Flow("b", "c", "probs")))
    spec = recipe("quick").network
    network = Network(architecture, spec, (2, 5, 11), (1, 28, 28))
    found = cost(architecture, spec, (2, 5, 11), (1, 28, 28))
    assert found.num_trainable_parameters == sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert sum(p.numel() for p in network.parameters() if not p.requires_grad) == 8 * 4  # the whitened stem
    # Besides the weights a network holds batch-norm statistics, batch counters and pixel statistics.
    statistics = sum(b.numel() for name, b in network.named_buffers() if "running" in name)
    assert found.num_parameters == sum(p.numel() for p in network.parameters()) + statistics

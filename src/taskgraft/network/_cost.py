"""What a network costs before it is trained: parameters and multiply-accumulates."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from taskgraft.architecture import Architecture
from taskgraft.network._mac_count import MacCount, zeros
from taskgraft.network._network import Network
from taskgraft.recipe import NetworkSpec


@dataclass(frozen=True)
class Cost:
    """The cost of one architecture in one recipe.

    Attributes:
        num_parameters: Weights and batch-norm statistics.
        num_trainable_parameters: Weights alone.
        macs: Multiply-accumulates of convolutions, matrix products and attention for one image, forward.
    """

    num_parameters: int
    num_trainable_parameters: int
    macs: int


@functools.cache
def cost(
    architecture: Architecture,
    spec: NetworkSpec,
    num_classes: tuple[int, ...],
    image_shape: tuple[int, int, int],
) -> Cost:
    """Costs an architecture without allocating or running it (on the meta device).

    Args:
        architecture: What is shared and what flows.
        spec: Widths of the recipe.
        num_classes: Classes of each level, coarsest first.
        image_shape: Channels, height and width.
    """
    with torch.device("meta"):
        network = Network(architecture, spec, num_classes, image_shape, parents=_any_tree(num_classes)).eval()
    images = zeros((1, *image_shape))
    # To sum probabilities takes no multiplications, whatever the tree.
    with MacCount() as count, torch.no_grad():
        network.branch_logits(network.features(images))
    trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
    return Cost(_num_parameters(network), trainable, count.macs)


def reading_macs(
    architecture: Architecture,
    spec: NetworkSpec,
    num_classes: tuple[int, ...],
    image_shape: tuple[int, int, int],
    levels: Collection[str],
) -> int:
    """Multiply-accumulates for one image where only some levels' logits are read: the rest is not computed.

    Args:
        architecture: As for `cost`.
        spec: As for `cost`.
        num_classes: As for `cost`.
        image_shape: As for `cost`.
        levels: The finest, and perhaps others; what flows into them is computed, too.

    Example:
        >>> from taskgraft.architecture import catalogue
        >>> from taskgraft.recipe import recipe
        >>> separate, spec = catalogue(["coarse", "fine"])["independent"], recipe("fast").network
        >>> whole = cost(separate, spec, (20, 100), (3, 32, 32)).macs
        >>> f"{reading_macs(separate, spec, (20, 100), (3, 32, 32), ['fine']) / whole:.2f}"
        '0.50'
    """
    return cost(architecture.read_for(levels), spec, num_classes, image_shape).macs


def _any_tree(num_classes: Sequence[int]) -> list[list[int]]:
    """Some parents of the classes of each level but the first."""
    pairs = zip(num_classes, num_classes[1:], strict=False)
    return [[min(k, above - 1) for k in range(below)] for above, below in pairs]


def _num_parameters(network: nn.Module) -> int:
    statistics = (
        buffer.numel()
        for module in network.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm)
        for buffer in (module.running_mean, module.running_var)
        if buffer is not None
    )
    return sum(p.numel() for p in network.parameters()) + sum(statistics)

"""A trained network made ready to predict: batch norms folded away, weights in the precision they run in."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from taskgraft.network import Chain, Network


def folded(network: Network, precision: torch.dtype, memory_format: torch.memory_format) -> Network:
    """A copy of a network that gives the same logits with fewer passes over memory.

    In a `Chain` a batch norm becomes part of the convolution or dense layer before it, also through a
    max-pool where its scales are positive (then the largest stays the largest). All weights, those of mixers
    too, are rounded to `precision` once instead of in every call; pixels are normalised in f32 first.

    Args:
        network: Left as it is.
        precision: `torch.bfloat16` or `torch.float32`.
        memory_format: Layout of images and convolution weights.

    Example:
        >>> from taskgraft.architecture import catalogue
        >>> from taskgraft.recipe import recipe
        >>> network = Network(catalogue(["a", "b"])["shared"], recipe("quick").network, (2, 4), (3, 32, 32))
        >>> fast = folded(network, torch.float32, torch.channels_last)
        >>> count = lambda n: sum(isinstance(m, nn.BatchNorm2d) for m in n.modules())
        >>> count(network), count(fast)
        (6, 0)
    """
    fast = copy.deepcopy(network).eval().requires_grad_(False)
    # What else there is, from timm or an extension, stays as it is: a sequence may be used by place or name.
    for chain in [module for module in fast.modules() if isinstance(module, Chain)]:
        _fold(chain)
    # torch's stubs do not know that `to` takes a memory format.
    fast.to(memory_format=memory_format)  # type: ignore[call-overload]
    # All but what normalises the pixels.
    for part in fast.children():
        part.to(precision)
    fast.precision = precision
    return fast


def _fold(chain: Chain) -> None:
    """Folds every batch norm of a chain that can be folded, and drops what does nothing when predicting."""
    kept: list[nn.Module] = []
    for module in chain:
        if isinstance(module, nn.Dropout):
            continue
        if isinstance(module, _BatchNorm) and (target := _target(kept, module)) is not None:
            kept[target] = _fuse(kept[target], module)
        else:
            kept.append(module)
    del chain[:]
    chain.extend(kept)


def _target(before: list[nn.Module], norm: _BatchNorm) -> int | None:
    """Position of the layer a batch norm can be folded into, given the layers before it."""
    last = len(before) - 1
    if last >= 0 and isinstance(before[last], nn.Conv2d | nn.Linear):
        return last
    behind_pool = (
        last >= 1 and isinstance(before[last], nn.MaxPool2d) and isinstance(before[last - 1], nn.Conv2d)
    )
    return last - 1 if behind_pool and bool((norm.weight > 0).all()) else None


def _fuse(layer: nn.Module, norm: _BatchNorm) -> nn.Module:
    if isinstance(layer, nn.Conv2d):
        return fuse_conv_bn_eval(layer, norm)
    assert isinstance(layer, nn.Linear)
    return fuse_linear_bn_eval(layer, norm)

"""Initial weights that are paired between architectures: one seed, one weight, wherever shapes agree."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import nn

from taskgraft.network._network import Network
from taskgraft.recipe import NetworkSpec


def initialise(network: Network, spec: NetworkSpec, seed: int) -> None:
    """Fills a network's weights in place, each from a stream named by the seed and the layer.

    A layer's name leaves out which level a trunk belongs to: the trunks of every architecture, shared,
    separate or forked, begin at the same point. Branches are told apart by level.

    Args:
        network: On any device but meta.
        spec: Decides the distribution: Glorot-uniform (Glorot and Bengio, 2010) for `keras`,
            LeCun-uniform (LeCun et al., 1998) for `modern`, where in each convolution the first filters
            hand one input channel on as it is (Dirac; Zagoruyko and Komodakis, 2017). Biases are zero.
        seed: The run's seed.
    """
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            bound = _bound(module, spec)
            stream = stream_generator(seed, _paired_name(name))
            with torch.no_grad():
                drawn = torch.rand(module.weight.shape, generator=stream)
                module.weight.copy_((2 * drawn - 1) * bound)
                if _hands_on(module, spec):
                    nn.init.dirac_(module.weight[: module.in_channels])
                if module.bias is not None:
                    module.bias.zero_()


def stream_generator(seed: int, *names: object) -> torch.Generator:
    """A CPU random stream that depends on the seed and its name only, not on what was drawn before.

    Example:
        >>> a, b = stream_generator(0, "order", 1), stream_generator(0, "order", 1)
        >>> bool((torch.rand(3, generator=a) == torch.rand(3, generator=b)).all())
        True
    """
    text = "/".join(str(part) for part in (seed, *names))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
    return torch.Generator().manual_seed(number)


def _hands_on(module: nn.Module, spec: NetworkSpec) -> bool:
    """Whether a layer begins by handing its input on: all modern convolutions but the stem."""
    return spec.conventions == "modern" and isinstance(module, nn.Conv2d) and module.bias is None


def _paired_name(name: str) -> str:
    """`trunks.1.3.0`, `trunks.0.3.0` and `common.2.3.0` are one layer; a branch's name holds its level."""
    parts = name.split(".")
    return ".".join(["trunk", *parts[2:]] if parts[0] in ("trunks", "common") else parts)


def _bound(module: nn.Conv2d | nn.Linear, spec: NetworkSpec) -> float:
    """Half-width of the uniform distribution of a layer's weights."""
    receptive = math.prod(module.weight.shape[2:])
    fan_in, fan_out = module.weight.shape[1] * receptive, module.weight.shape[0] * receptive
    return math.sqrt(6 / (fan_in + fan_out)) if spec.conventions == "keras" else math.sqrt(3 / fan_in)

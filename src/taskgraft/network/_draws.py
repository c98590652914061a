"""How first weights are drawn."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor, nn


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


def lecun_uniform(module: nn.Module, stream: torch.Generator) -> None:
    """A convolution's or dense layer's weights, uniform with a variance of 1 / fan-in (LeCun et al., 1998).

    Biases are zero.
    """
    weight = _weight(module)
    uniform_within(module, stream, math.sqrt(3 / _fans(weight)[0]))


def glorot_uniform(module: nn.Module, stream: torch.Generator) -> None:
    """A convolution's or dense layer's weights as in Glorot and Bengio (2010); biases are zero."""
    weight = _weight(module)
    uniform_within(module, stream, math.sqrt(6 / sum(_fans(weight))))


def handing_on(module: nn.Module, stream: torch.Generator) -> None:
    """A convolution whose first filters hand one input channel on as it is; `lecun_uniform` for the others.

    Dirac weights, as in Zagoruyko and Komodakis (2017).
    """
    lecun_uniform(module, stream)
    weight = _weight(module)
    with torch.no_grad():
        nn.init.dirac_(weight[: weight.shape[1]])


def uniform_within(module: nn.Module, stream: torch.Generator, bound: float) -> None:
    """Uniform weights between -bound and bound, and biases of zero."""
    weight = _weight(module)
    with torch.no_grad():
        weight.copy_((2 * torch.rand(weight.shape, generator=stream) - 1) * bound)
        if isinstance(module.bias, Tensor):
            module.bias.zero_()


def _weight(module: nn.Module) -> Tensor:
    weight = module.weight
    assert isinstance(weight, Tensor)
    return weight


def _fans(weight: Tensor) -> tuple[int, int]:
    """Values that one output sees, and outputs that see one value."""
    receptive = math.prod(weight.shape[2:])
    return weight.shape[1] * receptive, weight.shape[0] * receptive

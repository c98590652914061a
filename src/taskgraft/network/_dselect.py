"""The gates of DSelect-k: of all experts a stream takes a few, which ones for every image."""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor, nn

from taskgraft.errors import ArchitectureError
from taskgraft.network._declared import declare
from taskgraft.network._draws import lecun_uniform, uniform_within
from taskgraft.network._gates import Gates
from taskgraft.network._mixer import MIXERS

NUM_SELECTED = 2
"""k, experts that are taken at most."""

# Of the smooth step from 0 to 1; and how far from its middle first weights reach, as a share of it.
_WIDTH, _BEGINNING = 1.0, 0.01


@MIXERS.add("dselect-k")
class DSelectK(Gates):
    """Hazimeh, Zhao, Chowdhery, Sathiamoorthy, Chen, Mazumder, Hong and Chi: DSelect-k (NeurIPS 2021).

    A stream continues with the sum over its experts of their shares times their maps, as behind `gates`. The
    shares are a softmax over k = 2 selectors of what each selects. A selector is a number z_b for each bit b
    of an expert's number: it takes expert e by the product over the bits of S(z_b) where the bit is 1 and of
    1 - S(z_b) where it is 0; S is the cubic step from 0 at -1/2 to 1 at 1/2, so that bits come to be 0 or 1
    exactly. The z and the logits of the softmax are linear in the means of what the experts went out from.
    Left out is the paper's penalty on their entropy.

    Args:
        place: Behind experts, of which a stream sees 2, 4, 8 or 16: every number in bits is one of them.
    """

    def gate(self, num_experts: int, key: str) -> nn.Module:
        """A selector of some experts.

        Raises:
            ArchitectureError: If they are not a power of two.
        """
        if num_experts.bit_count() != 1:
            raise ArchitectureError.expected(
                "the experts that a level sees through dselect-k",
                "a power of two",
                num_experts,
                "Change the shared or the specific ones.",
            )
        return Selector(self.place.entered_shape[0], num_experts, key)


class Selector(nn.Module):
    """Shares of experts, of which at most k are not zero once it is certain.

    Args:
        num_features: D, width of the means.
        num_experts: E, a power of two.
        key: Of its first weights.
    """

    codes: Tensor

    def __init__(self, num_features: int, num_experts: int, key: str) -> None:
        super().__init__()
        num_bits = int(math.log2(num_experts))
        near_middle = functools.partial(uniform_within, bound=_BEGINNING * _WIDTH)
        bits = nn.Linear(num_features, NUM_SELECTED * num_bits)
        self.bits = declare(bits, "matrix", init=near_middle, key=f"{key}.bits")
        weights = nn.Linear(num_features, NUM_SELECTED)
        self.weights = declare(weights, "matrix", init=lecun_uniform, key=f"{key}.weights")
        codes = [[expert >> bit & 1 for bit in reversed(range(num_bits))] for expert in range(num_experts)]
        self.register_buffer("codes", torch.tensor(codes, dtype=torch.bool), persistent=False)

    def forward(self, means: Tensor) -> Tensor:
        """Means (B, D) to shares (B, E)."""
        steps = torch.unflatten(smooth_step(self.bits(means)), 1, (NUM_SELECTED, 1, self.codes.shape[1]))
        selected = torch.where(self.codes, steps, 1 - steps).prod(dim=3)
        shares: Tensor = (self.weights(means).softmax(dim=1)[:, :, None] * selected).sum(dim=1)
        return shares


def smooth_step(values: Tensor) -> Tensor:
    """From 0 at -1/2 and below to 1 at 1/2 and above, in a cubic.

    Example:
        >>> smooth_step(torch.tensor([-2.0, 0.0, 0.25, 0.5]))
        tensor([0.0000, 0.5000, 0.8438, 1.0000])
    """
    inside = values.clamp(-_WIDTH / 2, _WIDTH / 2)
    return 0.5 + 1.5 / _WIDTH * inside - 2 / _WIDTH**3 * inside**3

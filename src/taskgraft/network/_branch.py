"""What follows the trunk for one level: fc_1, the flows coming in, fc_2 and the head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskgraft.network._declared import declare
from taskgraft.network._draws import glorot_uniform, lecun_uniform
from taskgraft.network._layers import keras_dense, modern_dense
from taskgraft.recipe import NetworkSpec


class Branch(nn.Module):
    """One level's branch.

    Calling it does what comes after `fc_1`, which is called by itself: what it gives may flow, too.

    Args:
        spec: Widths and conventions.
        num_features: D, features the trunk gives.
        num_carried: Width of all that flows in from other levels, 0 for none.
        num_classes: K, classes of the level.
        key: Of its first weights.
    """

    def __init__(
        self, spec: NetworkSpec, num_features: int, num_carried: int, num_classes: int, key: str
    ) -> None:
        super().__init__()
        self.fc_1, width = _dense_blocks(spec, num_features, spec.branch.fc_1, f"{key}.fc_1")
        self.fc_2, width = _dense_blocks(spec, width + num_carried, spec.branch.fc_2, f"{key}.fc_2")
        init = glorot_uniform if spec.conventions == "keras" else lecun_uniform
        # No batch norm follows it.
        self.head = declare(nn.Linear(width, num_classes), "matrix", init=init, key=f"{key}.head")

    def forward(self, hidden: Tensor, carried: Sequence[Tensor]) -> Tensor:
        """What `fc_1` gave (B, D) and what flows in (each (B, its width)) to logits (B, K)."""
        if carried:
            # A flow keeps the hidden precision; under autocast both sides are bf16 already.
            hidden = torch.cat([hidden, *(c.to(hidden.dtype) for c in carried)], dim=1)
        logits: Tensor = self.head(self.fc_2(hidden))
        return logits


def _dense_blocks(
    spec: NetworkSpec, num_in: int, widths: Sequence[int], key: str
) -> tuple[nn.Sequential, int]:
    dense = keras_dense if spec.conventions == "keras" else modern_dense
    sizes = (num_in, *widths)
    blocks = [
        dense(a, b, spec.branch.dropout, f"{key}.{place}.0")
        for place, (a, b) in enumerate(zip(sizes, sizes[1:], strict=False))
    ]
    return nn.Sequential(*blocks), sizes[-1]

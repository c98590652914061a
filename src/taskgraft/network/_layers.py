"""The layers that trunks and branches are built of, in Keras' conventions and in modern ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from taskgraft.network._declared import declare
from taskgraft.network._draws import glorot_uniform, lecun_uniform
from taskgraft.network._whole_batch import values_per_channel


class Chain(nn.Sequential):
    """Layers one after another, which may be replaced by fewer that give the same when predicting.

    A batch norm is folded into the convolution or dense layer before it, and dropout left out
    (`taskgraft.inference.folded`). So no layer within is called by its place, or from elsewhere.
    """


class _KerasStatistics(nn.modules.batchnorm._BatchNorm):
    """Batch norm with Keras' defaults and its running variance, which is the biased one.

    PyTorch folds the unbiased batch variance into the running one; Keras 3 the biased, smaller by
    (n - 1) / n for n values a channel. The difference reaches the logits at test time.
    """

    def __init__(self, num_features: int) -> None:
        super().__init__(num_features, eps=1e-3, momentum=0.01)
        declare(self, "plain")

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or self.running_var is None or self.momentum is None:
            return super().forward(input)
        # The graph holds on to the tensor that is updated inside, so it must not be touched again.
        updated = self.running_var.clone()
        output = F.batch_norm(
            input,
            self.running_mean,
            updated,
            self.weight,
            self.bias,
            training=True,
            momentum=self.momentum,
            eps=self.eps,
        )
        n = values_per_channel(input)
        with torch.no_grad():
            kept = self.running_var * (1 - self.momentum)
            self.running_var.copy_(kept + (updated - kept) * ((n - 1) / n))
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        return output


class KerasBatchNorm1d(_KerasStatistics, nn.BatchNorm1d):
    """Keras' batch norm over features of shape (B, D)."""


class KerasBatchNorm2d(_KerasStatistics, nn.BatchNorm2d):
    """Keras' batch norm over maps of shape (B, C, H, W)."""


def batch_norm_1d(num_features: int) -> nn.BatchNorm1d:
    """A batch norm over features of shape (B, D)."""
    return declare(nn.BatchNorm1d(num_features), "plain")


def batch_norm_2d(num_features: int) -> nn.BatchNorm2d:
    """A batch norm over maps of shape (B, C, H, W)."""
    return declare(nn.BatchNorm2d(num_features), "plain")


def batch_norms(module: nn.Module) -> list[nn.modules.batchnorm._BatchNorm]:
    """Every batch norm within a module, of whatever make: what has statistics of a batch.

    Example:
        >>> len(batch_norms(nn.Sequential(batch_norm_1d(3), nn.SiLU(), batch_norm_2d(3))))
        2
    """
    return [each for each in module.modules() if isinstance(each, nn.modules.batchnorm._BatchNorm)]


def keras_dense(num_in: int, width: int, dropout: float, key: str) -> Chain:
    """A dense block as the posing project has it: linear, ReLU, dropout, batch norm."""
    linear = declare(nn.Linear(num_in, width), "hidden", init=glorot_uniform, key=key)
    return Chain(linear, nn.ReLU(), nn.Dropout(dropout), KerasBatchNorm1d(width))


def modern_dense(num_in: int, width: int, dropout: float, key: str) -> Chain:
    """A dense block in today's order: linear, batch norm, SiLU, dropout."""
    linear = declare(nn.Linear(num_in, width, bias=False), "hidden", init=lecun_uniform, key=key)
    return Chain(linear, batch_norm_1d(width), nn.SiLU(), nn.Dropout(dropout))

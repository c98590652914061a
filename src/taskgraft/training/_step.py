"""One training step, as everything makes it that trains, looks for a batch size that fits, or measures."""

from __future__ import annotations

import torch
from torch import Tensor

from taskgraft.network import Network
from taskgraft.training._batch_losses import BatchLosses
from taskgraft.training._batches import Batch
from taskgraft.training._job import Job
from taskgraft.training._optimizer import Optimizer
from taskgraft.training.balancers import Balancer


class Step:
    """From a batch to moved weights: logits, losses, gradients, optimizer.

    Args:
        network: In training mode.
        balancer: Makes gradients of the losses.
        optimizer: Moves the weights along them.
        job: Its recipe's label smoothing, what each class of its data counts, its hardware.
    """

    def __init__(self, network: Network, balancer: Balancer, optimizer: Optimizer, job: Job) -> None:
        self._losses = BatchLosses(network, job)
        self._balancer = balancer
        self._optimizer = optimizer
        self._hardware = job.hardware
        self._shared_parameters = network.shared_parameters()

    def __call__(self, batch: Batch, *, is_frozen: bool = False) -> Tensor:
        """Makes the step.

        Args:
            batch: Its targets are those of the T levels that have a branch.
            is_frozen: Whether the trunk stays as it is: no gradient of it is computed.

        Returns:
            The losses that the step began with, without their graph: f32 of shape (T,).
        """
        images = batch.images.contiguous(memory_format=self._hardware.memory_format)
        batch = batch._replace(images=images)
        losses, features = self._losses(batch, is_frozen=is_frozen)
        self._balancer.backward(losses, features, () if is_frozen else self._shared_parameters)
        self._optimizer.step()
        self._optimizer.zero_grad()
        if self._balancer.looks_again:
            with torch.no_grad():
                self._balancer.look_again(self._losses(batch, is_frozen=is_frozen)[0])
        return losses.detach()
